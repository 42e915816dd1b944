//! A hole as a montage of a few shifted copies of its surroundings, cut where they show least (He and Sun 2012, "Statistics of Patch Offsets for
//! Image Completion"; Pritch et al. 2009, "Shift-Map Image Editing"). Large pieces keep lines straight, so it suits bricks, fences and horizons.
//!
//! One shift after the other is offered to all pixels at once; a minimum cut finds who gains by taking it (alpha expansion: Boykov, Veksler and
//! Zabih 2001, "Fast Approximate Energy Minimization via Graph Cuts").

use crate::mincut::{GridCut, NEIGHBOURS};

use super::level::State;
use super::seam::Copies;
use super::{Cancelled, Stop};

/// No seam between two pixels counts more than this: two gaps of about 58 levels in each of three channels.
const WORST_SEAM: u32 = 20_000;
/// What a step into a place that may not be copied counts.
const UNKNOWN: u32 = 1200;
/// Keeps a pixel as it is.
const NEVER: i32 = 1 << 28;
/// Directions of [`NEIGHBOURS`] to the right and down.
const RIGHT_AND_DOWN: [usize; 2] = [4, 6];

/// What a hole pixel (its number in `Copies::holes`) costs when it is copied from a source, beside the seams.
pub type Price<'a> = &'a (dyn Fn(usize, usize) -> u32 + Sync);

/// Pixels from `left`, `top` up to `right`, `bottom`, which are outside.
#[derive(Clone, Copy)]
pub struct Area {
    pub left: usize,
    pub top: usize,
    pub right: usize,
    pub bottom: usize,
}

/// A montage that is being improved.
pub struct Montage<'a> {
    copies: &'a Copies<'a>,
    price: Price<'a>,
    index: Vec<u32>,
    /// Where each hole pixel is copied from now.
    pub sources: Vec<u32>,
}

impl<'a> Montage<'a> {
    /// Begins with `copies.sources`.
    pub fn new(copies: &'a Copies<'a>, price: Price<'a>) -> Montage<'a> {
        let mut index = vec![u32::MAX; copies.pixels.len()];
        for (k, &p) in copies.holes.iter().enumerate() {
            index[p as usize] = k as u32;
        }
        Montage { copies, price, index, sources: copies.sources.to_vec() }
    }

    /// Lets the hole's pixels in the area take the shift where the whole then shows less; whether any did.
    pub fn expand(&mut self, shift: (i32, i32), area: Area, stop: Stop<'_>) -> Result<bool, Cancelled> {
        let offers = self.offers(shift, area);
        if !offers.iter().any(|o| o.is_some_and(|(k, to)| to.is_some_and(|to| self.sources[k] != to))) {
            return Ok(false);
        }
        let width = area.right - area.left;
        let mut cut = GridCut::new(width, area.bottom - area.top);
        for (i, offer) in offers.iter().enumerate() {
            let Some((k, to)) = *offer else { continue };
            self.weigh(&mut cut, i, (k, to), area);
            for direction in RIGHT_AND_DOWN {
                let (right, j) = if direction == RIGHT_AND_DOWN[0] { (true, i + 1) } else { (false, i + width) };
                if let Some(Some(other)) = offers.get(j).filter(|_| !right || (i + 1) % width != 0) {
                    self.join(&mut cut, (i, (k, to)), (j, *other), direction);
                }
            }
        }
        let takes = cut.solve(stop.0).ok_or(Cancelled)?;
        Ok(self.take(&offers, &takes, area))
    }

    /// For each pixel of the area that belongs to the hole its number, and the source that the shift gives if it may be copied.
    fn offers(&self, (dx, dy): (i32, i32), area: Area) -> Vec<Option<Offer>> {
        let (width, height) = (self.copies.width as i64, self.copies.height as i64);
        let pixels = (area.top..area.bottom).flat_map(|y| (area.left..area.right).map(move |x| (x, y)));
        let offer = |(x, y): (usize, usize)| {
            let k = self.index[y * self.copies.width + x];
            let (sx, sy) = (x as i64 + i64::from(dx), y as i64 + i64::from(dy));
            let inside = sx >= 0 && sy >= 0 && sx < width && sy < height;
            let source = inside.then(|| (sy * width + sx) as usize).filter(|&s| self.copies.state[s] == State::Source);
            (k != u32::MAX).then_some((k as usize, source.map(|s| s as u32)))
        };
        pixels.map(offer).collect()
    }

    /// What the pixel alone says to its offer, neighbours that cannot change included.
    fn weigh(&self, cut: &mut GridCut, i: usize, (k, to): Offer, area: Area) {
        let Some(to) = to else { return cut.pull(i, -NEVER) };
        let alone = |source: u32| self.alone(k, source as usize) + self.fixed(k, source as usize, Some(area));
        cut.pull(i, bounded(alone(self.sources[k])) - bounded(alone(to)));
    }

    /// The seam between two pixels that both may change, as terms of the cut (Kolmogorov and Zabih 2004, "What Energy Functions can be Minimized
    /// via Graph Cuts?", §4.1). Where the seam costs are no metric, the term that cannot be expressed counts as nothing.
    fn join(&self, cut: &mut GridCut, (i, a): (usize, Offer), (j, b): (usize, Offer), direction: usize) {
        let step = self.step(direction);
        let seam = |a: u32, b: u32| self.seam(a as usize, b as usize, step) as i32;
        let (own_a, own_b) = (self.sources[a.0], self.sources[b.0]);
        let neither = seam(own_a, own_b);
        let (only_a, only_b) = match (a.1, b.1) {
            (Some(a), Some(b)) => (seam(a, own_b), seam(own_a, b)),
            (Some(a), None) => return cut.pull(i, neither - seam(a, own_b)),
            (None, Some(b)) => return cut.pull(j, neither - seam(own_a, b)),
            (None, None) => return,
        };
        // The cost of changing: `neither` when none does, 0 when both do.
        cut.pull(i, neither - only_a);
        cut.pull(j, only_a);
        cut.link_each_way(i, direction, [0, (only_a + only_b - neither).max(0)]);
    }

    fn step(&self, direction: usize) -> i64 {
        let (dx, dy) = NEIGHBOURS[direction];
        i64::from(dy) * self.copies.width as i64 + i64::from(dx)
    }

    /// What the whole montage costs: how much its seams and its border show, and the prices.
    pub fn cost(&self) -> u64 {
        let all: Vec<usize> = (0..self.sources.len()).collect();
        self.cost_of(&all, Area { left: 0, top: 0, right: self.copies.width, bottom: self.copies.height })
    }

    /// Carries the changes out if they do lower the cost.
    fn take(&mut self, offers: &[Option<Offer>], takes: &[bool], area: Area) -> bool {
        let chosen = offers.iter().zip(takes).filter_map(|(offer, take)| offer.filter(|_| *take));
        let changes: Vec<(usize, u32)> =
            chosen.filter_map(|(k, to)| to.map(|to| (k, to))).filter(|&(k, to)| self.sources[k] != to).collect();
        if changes.is_empty() {
            return false;
        }
        let held: Vec<usize> = offers.iter().flatten().map(|(k, _)| *k).collect();
        let before = self.cost_of(&held, area);
        let mut undo = Vec::with_capacity(changes.len());
        for &(k, to) in &changes {
            undo.push((k, self.sources[k]));
            self.sources[k] = to;
        }
        let better = self.cost_of(&held, area) < before;
        if !better {
            undo.into_iter().for_each(|(k, source)| self.sources[k] = source);
        }
        better
    }

    /// Cost of the pixels in an area and of all seams that touch them.
    fn cost_of(&self, held: &[usize], area: Area) -> u64 {
        let of = |&k: &usize| {
            let (p, source) = (self.copies.holes[k] as usize, self.sources[k] as usize);
            let mut sum = u64::from(self.alone(k, source) + self.fixed(k, source, Some(area)));
            for direction in RIGHT_AND_DOWN {
                if let Some(l) = self.beside(p, direction).map(|q| self.index[q]).filter(|&l| l != u32::MAX)
                    && area.holds(self.copies.holes[l as usize] as usize, self.copies.width)
                {
                    sum += u64::from(self.seam(source, self.sources[l as usize] as usize, self.step(direction)));
                }
            }
            sum
        };
        held.iter().map(of).sum()
    }

    fn beside(&self, p: usize, direction: usize) -> Option<usize> {
        let (width, height) = (self.copies.width, self.copies.height);
        let (x, y) = (p % width, p / width);
        let (dx, dy) = NEIGHBOURS[direction];
        let (x, y) = (x.checked_add_signed(dx as isize)?, y.checked_add_signed(dy as isize)?);
        (x < width && y < height).then_some(y * width + x)
    }

    /// The price of a source, and how badly it meets the known pixels beside.
    fn alone(&self, k: usize, source: usize) -> u32 {
        let p = self.copies.holes[k] as usize;
        let mut sum = (self.price)(k, source);
        for direction in [1, 3, 4, 6] {
            let Some(q) = self.beside(p, direction).filter(|&q| self.copies.state[q] == State::Source) else { continue };
            sum += (2 * self.gap(source as i64 + self.step(direction), q)).min(WORST_SEAM);
        }
        sum
    }

    /// Seams with pixels of the hole outside the area.
    fn fixed(&self, k: usize, source: usize, area: Option<Area>) -> u32 {
        let p = self.copies.holes[k] as usize;
        let Some(area) = area.filter(|a| a.reaches_out(p, self.copies.width)) else { return 0 };
        let mut sum = 0;
        for direction in [1, 3, 4, 6] {
            let Some(q) = self.beside(p, direction).filter(|&q| self.index[q] != u32::MAX && !area.holds(q, self.copies.width)) else {
                continue;
            };
            sum += self.seam(source, self.sources[self.index[q] as usize] as usize, self.step(direction));
        }
        sum
    }

    /// How much the seam between two neighbours shows that are copied from `a` and `b`; `step` leads from the first to the second.
    fn seam(&self, a: usize, b: usize, step: i64) -> u32 {
        if a as i64 + step == b as i64 {
            return 0;
        }
        (self.gap(a as i64 + step, b) + self.gap(b as i64 - step, a)).min(WORST_SEAM)
    }

    fn gap(&self, seen: i64, there: usize) -> u32 {
        let Some(State::Source) = usize::try_from(seen).ok().and_then(|i| self.copies.state.get(i)) else { return UNKNOWN };
        let (a, b) = (self.copies.pixels[seen as usize], self.copies.pixels[there]);
        (0..4).map(|c| u32::from(a[c].abs_diff(b[c])).pow(2)).sum()
    }
}

/// A hole pixel's number and where it would be copied from.
type Offer = (usize, Option<u32>);

impl Area {
    /// With another pixel.
    pub fn with(self, x: usize, y: usize) -> Area {
        Area { left: self.left.min(x), top: self.top.min(y), right: self.right.max(x + 1), bottom: self.bottom.max(y + 1) }
    }

    /// With what is up to `reach` around it, within a picture.
    pub fn grown(self, reach: usize, width: usize, height: usize) -> Area {
        Area {
            left: self.left.saturating_sub(reach),
            top: self.top.saturating_sub(reach),
            right: (self.right + reach).min(width),
            bottom: (self.bottom + reach).min(height),
        }
    }

    fn holds(&self, p: usize, width: usize) -> bool {
        (self.left..self.right).contains(&(p % width)) && (self.top..self.bottom).contains(&(p / width))
    }

    fn reaches_out(&self, p: usize, width: usize) -> bool {
        let (x, y) = (p % width, p / width);
        x == self.left || x + 1 == self.right || y == self.top || y + 1 == self.bottom
    }
}

fn bounded(cost: u32) -> i32 {
    cost.min(NEVER as u32 / 2) as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patchmatch::search::Noise;

    #[test]
    fn offering_a_shift_finds_the_best_of_all_choices() {
        let (width, height) = (12usize, 9usize);
        let pixels: Vec<[u8; 4]> = (0..width * height).map(|i| [(Noise::new(3, i as u64).next() % 60) as u8, 80, 90, 0]).collect();
        let hole = |i: usize| (5..8).contains(&(i % width)) && (3..6).contains(&(i / width));
        let state: Vec<State> = (0..width * height).map(|i| if hole(i) { State::Hole } else { State::Source }).collect();
        let holes: Vec<u32> = (0..width * height).filter(|&i| hole(i)).map(|i| i as u32).collect();
        let left: Vec<u32> = holes.iter().map(|&p| p - 4).collect();
        let copies = Copies { width, height, pixels: &pixels, state: &state, holes: &holes, sources: &left };
        let price = |k: usize, source: usize| (Noise::new(k as u64, source as u64).next() % 900) as u32;
        let mut montage = Montage::new(&copies, &price);
        montage.expand((4, 1), Area { left: 4, top: 2, right: 10, bottom: 7 }, Stop(&|| false)).unwrap();
        let chosen = |which: usize| -> Vec<u32> {
            let source = |k: usize| if which >> k & 1 == 1 { holes[k] + 4 + width as u32 } else { left[k] };
            (0..holes.len()).map(source).collect()
        };
        let cost = |sources: &[u32]| Montage::new(&Copies { sources, ..copies }, &price).cost();
        let least = (0..1 << holes.len()).map(|which| cost(&chosen(which))).min().unwrap();
        assert_eq!(montage.cost(), least);
        assert!(least < cost(&left));
    }

    #[test]
    fn outside_the_area_nothing_changes() {
        let (width, height) = (30usize, 12usize);
        let pixels: Vec<[u8; 4]> = (0..width * height).map(|i| [(i / width * 20) as u8, 80, 90, 0]).collect();
        let hole = |i: usize| (10..18).contains(&(i % width)) && (4..8).contains(&(i / width));
        let state: Vec<State> = (0..width * height).map(|i| if hole(i) { State::Hole } else { State::Source }).collect();
        let holes: Vec<u32> = (0..width * height).filter(|&i| hole(i)).map(|i| i as u32).collect();
        let low: Vec<u32> = holes.iter().map(|&p| p - 9 + width as u32).collect();
        let copies = Copies { width, height, pixels: &pixels, state: &state, holes: &holes, sources: &low };
        let area = Area { left: 10, top: 4, right: 14, bottom: 8 };
        let mut montage = Montage::new(&copies, &|_, _| 0);
        assert!(montage.expand((-9, 0), area, Stop(&|| false)).unwrap());
        for ((&p, &before), &after) in holes.iter().zip(&low).zip(&montage.sources) {
            assert!(after == before || area.holds(p as usize, width) && after == p - 9);
        }
    }
}
