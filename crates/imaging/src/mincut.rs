//! The minimum cut between two terminals on a grid of pixels whose eight neighbours are linked.
//!
//! Y. Boykov, V. Kolmogorov, "An Experimental Comparison of Min-Cut/Max-Flow Algorithms for Energy Minimization in Vision", PAMI 2004: a search
//! tree grows from each terminal, a path is pushed where they meet, and the parts that lose their link look for a new parent. Capacities are
//! integers, so that the flow is exact and the result does not depend on rounding.

use std::collections::VecDeque;

/// Asked now and then by long work: whether to stop.
pub type Cancel<'a> = &'a (dyn Fn() -> bool + Sync);

/// Neighbours in the order of the links: opposite directions are `d` and `7 - d`.
pub(crate) const NEIGHBOURS: [(i32, i32); 8] = [(-1, -1), (0, -1), (1, -1), (-1, 0), (1, 0), (-1, 1), (0, 1), (1, 1)];

/// Parents that are no neighbour.
const TERMINAL: u8 = 8;
const ORPHAN: u8 = 9;
const NONE: u8 = 10;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tree {
    Free,
    Source,
    Sink,
}

#[derive(Clone, Copy)]
struct Node {
    /// What is left of the link to the source (positive) or to the sink (negative).
    terminal: i32,
    /// When `distance` was last known to be true.
    stamp: u32,
    /// Steps to the terminal along the parents.
    distance: u32,
    tree: Tree,
    parent: u8,
    active: bool,
}

/// A graph of `width * height` pixels; solve it once.
pub(crate) struct GridCut {
    width: usize,
    stride: usize,
    steps: [isize; 8],
    nodes: Vec<Node>,
    /// What may still flow from a node to each neighbour.
    links: Vec<[i32; 8]>,
    queue: VecDeque<u32>,
    orphans: VecDeque<u32>,
    now: u32,
}

impl GridCut {
    pub(crate) fn new(width: usize, height: usize) -> GridCut {
        // A rim without links, so that every pixel has eight neighbours.
        let stride = width + 2;
        let node = Node { terminal: 0, stamp: 0, distance: 0, tree: Tree::Free, parent: NONE, active: false };
        GridCut {
            width,
            stride,
            steps: NEIGHBOURS.map(|(dx, dy)| dy as isize * stride as isize + dx as isize),
            nodes: vec![node; stride * (height + 2)],
            links: vec![[0; 8]; stride * (height + 2)],
            queue: VecDeque::new(),
            orphans: VecDeque::new(),
            now: 0,
        }
    }

    /// Adds to what it costs to put a pixel (`y * width + x`) on the sink's side (positive) or on the source's (negative).
    pub(crate) fn pull(&mut self, pixel: usize, towards_source: i32) {
        let node = self.node_of(pixel);
        self.nodes[node].terminal = self.nodes[node].terminal.saturating_add(towards_source);
    }

    /// What it costs to part a pixel from its neighbour, either way round.
    pub(crate) fn link(&mut self, pixel: usize, direction: usize, cost: i32) {
        self.link_each_way(pixel, direction, [cost, cost]);
    }

    /// What it costs when a pixel is on the source's side and its neighbour is not, and the other way round.
    pub(crate) fn link_each_way(&mut self, pixel: usize, direction: usize, costs: [i32; 2]) {
        let node = self.node_of(pixel);
        let other = self.neighbour(node, direction);
        self.links[node][direction] = costs[0];
        self.links[other][7 - direction] = costs[1];
    }

    /// Whether each pixel is on the source's side of the smallest cut; pixels that either side would take go to the sink's. `None` when `cancel`
    /// says so.
    pub(crate) fn solve(mut self, cancel: Cancel<'_>) -> Option<Vec<bool>> {
        if cancel() {
            return None;
        }
        self.plant();
        let mut rounds = 0u32;
        while let Some(&node) = self.queue.front() {
            let meeting = match self.nodes[node as usize].tree {
                Tree::Free => None,
                tree => self.grow(node as usize, tree),
            };
            let Some((from, direction)) = meeting else {
                self.queue.pop_front();
                self.nodes[node as usize].active = false;
                continue;
            };
            rounds += 1;
            if rounds.is_multiple_of(1024) && cancel() {
                return None;
            }
            self.now += 1;
            self.augment(from, direction);
            while let Some(orphan) = self.orphans.pop_front() {
                self.adopt(orphan as usize);
            }
        }
        let (width, stride) = (self.width, self.stride);
        let rows = self.nodes.chunks_exact(stride).skip(1);
        let height = self.nodes.len() / stride - 2;
        Some(rows.take(height).flat_map(|row| row[1..=width].iter().map(|n| n.tree == Tree::Source)).collect())
    }

    fn node_of(&self, pixel: usize) -> usize {
        (pixel / self.width + 1) * self.stride + pixel % self.width + 1
    }

    fn neighbour(&self, node: usize, direction: usize) -> usize {
        node.wrapping_add_signed(self.steps[direction])
    }

    fn plant(&mut self) {
        for i in 0..self.nodes.len() {
            let node = &mut self.nodes[i];
            if node.terminal != 0 {
                node.tree = if node.terminal > 0 { Tree::Source } else { Tree::Sink };
                node.parent = TERMINAL;
                node.distance = 1;
                self.activate(i);
            }
        }
    }

    fn activate(&mut self, node: usize) {
        if !self.nodes[node].active {
            self.nodes[node].active = true;
            self.queue.push_back(node as u32);
        }
    }

    /// What may flow along a link in the sense of the tree: away from the source, towards the sink.
    fn residual(&self, tree: Tree, node: usize, direction: usize) -> i32 {
        match tree {
            Tree::Source => self.links[node][direction],
            _ => self.links[self.neighbour(node, direction)][7 - direction],
        }
    }

    /// Takes free neighbours into the tree; the link where it meets the other tree, named from the source's side.
    fn grow(&mut self, node: usize, tree: Tree) -> Option<(usize, usize)> {
        for direction in 0..8 {
            if self.residual(tree, node, direction) == 0 {
                continue;
            }
            let other = self.neighbour(node, direction);
            let here = self.nodes[node];
            let there = &mut self.nodes[other];
            if there.tree == Tree::Free {
                *there = Node { tree, parent: (7 - direction) as u8, stamp: here.stamp, distance: here.distance + 1, ..*there };
                self.activate(other);
            } else if there.tree != tree {
                return Some(if tree == Tree::Source { (node, direction) } else { (other, 7 - direction) });
            } else if there.stamp <= here.stamp && there.distance > here.distance + 1 {
                // A shorter way to the terminal.
                there.parent = (7 - direction) as u8;
                there.stamp = here.stamp;
                there.distance = here.distance + 1;
            }
        }
        None
    }

    /// Pushes what the path through a link can take.
    fn augment(&mut self, from: usize, direction: usize) {
        let to = self.neighbour(from, direction);
        let mut amount = self.links[from][direction];
        let mut node = from;
        while self.nodes[node].parent != TERMINAL {
            let (parent, back) = self.up(node);
            amount = amount.min(self.links[parent][back]);
            node = parent;
        }
        amount = amount.min(self.nodes[node].terminal);
        node = to;
        while self.nodes[node].parent != TERMINAL {
            let d = usize::from(self.nodes[node].parent);
            amount = amount.min(self.links[node][d]);
            node = self.neighbour(node, d);
        }
        amount = amount.min(-self.nodes[node].terminal);

        self.links[from][direction] -= amount;
        self.links[to][7 - direction] += amount;
        self.push(from, amount, Tree::Source);
        self.push(to, amount, Tree::Sink);
    }

    /// The parent and the direction from it to the node.
    fn up(&self, node: usize) -> (usize, usize) {
        let d = usize::from(self.nodes[node].parent);
        (self.neighbour(node, d), 7 - d)
    }

    fn push(&mut self, start: usize, amount: i32, tree: Tree) {
        let mut node = start;
        while self.nodes[node].parent != TERMINAL {
            let (parent, back) = self.up(node);
            let (tail, head) = if tree == Tree::Source { ((parent, back), (node, 7 - back)) } else { ((node, 7 - back), (parent, back)) };
            self.links[tail.0][tail.1] -= amount;
            self.links[head.0][head.1] += amount;
            if self.links[tail.0][tail.1] == 0 {
                self.orphan(node);
            }
            node = parent;
        }
        let terminal = &mut self.nodes[node].terminal;
        *terminal += if tree == Tree::Source { -amount } else { amount };
        if *terminal == 0 {
            self.orphan(node);
        }
    }

    fn orphan(&mut self, node: usize) {
        self.nodes[node].parent = ORPHAN;
        self.orphans.push_back(node as u32);
    }

    /// Finds a parent that still leads to the terminal, the nearest one, or sets the node free.
    fn adopt(&mut self, node: usize) {
        let tree = self.nodes[node].tree;
        let mut best = (u32::MAX, NONE);
        for direction in 0..8 {
            let other = self.neighbour(node, direction);
            if self.nodes[other].tree == tree && self.residual(tree, other, 7 - direction) > 0 {
                let distance = self.distance_to_terminal(other);
                if distance < best.0 {
                    best = (distance, direction as u8);
                }
            }
        }
        if best.1 != NONE {
            let now = self.now;
            let orphan = &mut self.nodes[node];
            (orphan.parent, orphan.stamp, orphan.distance) = (best.1, now, best.0 + 1);
            return;
        }
        for direction in 0..8 {
            let other = self.neighbour(node, direction);
            if self.nodes[other].tree != tree {
                continue;
            }
            if self.residual(tree, other, 7 - direction) > 0 {
                self.activate(other);
            }
            if self.nodes[other].parent == (7 - direction) as u8 {
                self.orphan(other);
            }
        }
        let lost = &mut self.nodes[node];
        (lost.tree, lost.parent) = (Tree::Free, NONE);
    }

    /// Steps to the terminal, `u32::MAX` when the way is cut. What is learnt on the way is stamped.
    fn distance_to_terminal(&mut self, start: usize) -> u32 {
        let (mut node, mut steps) = (start, 0);
        let total = loop {
            let here = self.nodes[node];
            if here.stamp == self.now && here.parent != ORPHAN {
                break steps + here.distance;
            }
            match here.parent {
                TERMINAL => {
                    self.nodes[node].stamp = self.now;
                    self.nodes[node].distance = 1;
                    break steps + 1;
                }
                ORPHAN | NONE => return u32::MAX,
                d => node = self.neighbour(node, usize::from(d)),
            }
            steps += 1;
        };
        let (mut node, mut left) = (start, total);
        while self.nodes[node].stamp != self.now {
            self.nodes[node].stamp = self.now;
            self.nodes[node].distance = left;
            left -= 1;
            node = self.neighbour(node, usize::from(self.nodes[node].parent));
        }
        total
    }
}
