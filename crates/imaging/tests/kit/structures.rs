//! What looks like a scratch and is none, drawn into pictures: trusses, poles with wires, fences, window frames, rays of lamps. For training only: photographs
//! with none of them teach nothing about them.

use portico_imaging::Picture;

use super::damage::Chance;

/// Draws a few of them; the same seed gives the same.
pub fn with_structures(picture: &Picture, seed: u64) -> Picture {
    let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0xb017);
    let mut pen = Pen { picture: picture.clone(), tone: [0.0; 3] };
    for _ in 0..2 + (chance.next() % 3) as usize {
        let base = chance.between((10.0, 245.0));
        pen.tone = std::array::from_fn(|_| base + chance.between((-12.0, 12.0)));
        match chance.next() % 5 {
            0 => pen.truss(&mut chance),
            1 => pen.poles(&mut chance),
            2 => pen.fence(&mut chance),
            3 => pen.frame(&mut chance),
            _ => pen.rays(&mut chance),
        }
    }
    pen.picture
}

struct Pen {
    picture: Picture,
    tone: [f32; 3],
}

type Point = (f32, f32);

impl Pen {
    fn size(&self) -> Point {
        (self.picture.width() as f32, self.picture.height() as f32)
    }

    fn dot(&mut self, x: f32, y: f32, cover: f32) {
        let (w, h) = (self.picture.width() as usize, self.picture.height() as usize);
        if x < 0.0 || y < 0.0 || x >= w as f32 || y >= h as f32 || cover <= 0.0 {
            return;
        }
        let i = (y as usize * w + x as usize) * 4;
        for c in 0..3 {
            let value = &mut self.picture.rgba8_mut()[i + c];
            *value = (f32::from(*value) + (self.tone[c] - f32::from(*value)) * cover.min(1.0)).clamp(0.0, 255.0) as u8;
        }
    }

    /// A bar that fades from `cover.0` to `cover.1`.
    fn bar(&mut self, a: Point, b: Point, width: f32, cover: (f32, f32)) {
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let length = dx.hypot(dy).max(1.0);
        let (tx, ty) = (dx / length, dy / length);
        let r = width / 2.0 + 1.0;
        let (x0, x1) = (a.0.min(b.0) - r, a.0.max(b.0) + r);
        let (y0, y1) = (a.1.min(b.1) - r, a.1.max(b.1) + r);
        let (w, h) = self.size();
        for y in y0.max(0.0) as usize..=y1.clamp(0.0, h - 1.0) as usize {
            for x in x0.max(0.0) as usize..=x1.clamp(0.0, w - 1.0) as usize {
                let (px, py) = (x as f32 - a.0, y as f32 - a.1);
                let (along, across) = (px * tx + py * ty, (py * tx - px * ty).abs());
                if along >= -0.5 && along <= length + 0.5 {
                    let strength = cover.0 + (cover.1 - cover.0) * along / length;
                    self.dot(x as f32, y as f32, strength * (width / 2.0 + 0.5 - across).clamp(0.0, 1.0));
                }
            }
        }
    }

    fn truss(&mut self, chance: &mut Chance) {
        let (w, h) = self.size();
        let (x, top) = (chance.between((0.05, 0.95)) * w, chance.between((-0.2, 0.5)) * h);
        let (upper, lower) = (chance.between((0.005, 0.04)) * w, chance.between((0.02, 0.12)) * w);
        let bottom = h * chance.between((0.7, 1.1));
        let width = chance.between((1.0, 4.0));
        let at = |side: f32, y: f32| (x + side * (upper + (lower - upper) * (y - top) / (bottom - top)), y);
        for side in [-1.0, 1.0] {
            self.bar(at(side, top), at(side, bottom), width, (0.95, 0.95));
        }
        let mut y = top;
        while y < bottom {
            let next = y + (2.0 * (at(1.0, y).0 - x)).max(6.0);
            self.bar(at(-1.0, y), at(1.0, next), width * 0.6, (0.9, 0.9));
            self.bar(at(1.0, y), at(-1.0, next), width * 0.6, (0.9, 0.9));
            self.bar(at(1.0, next), at(-1.0, next), width * 0.6, (0.9, 0.9));
            y = next;
        }
    }

    fn poles(&mut self, chance: &mut Chance) {
        let (w, h) = self.size();
        let ground = h * chance.between((0.6, 1.05));
        let heights: Vec<Point> = (0..3).map(|i| (w * (0.1 + 0.35 * i as f32 + chance.between((-0.08, 0.08))), h * chance.between((0.05, 0.4)))).collect();
        let width = chance.between((2.0, 12.0));
        for &(x, top) in &heights {
            self.bar((x, top), (x + chance.between((-6.0, 6.0)), ground), width, (0.95, 0.95));
            self.bar((x - 3.0 * width, ground), (x + 3.0 * width, ground), 2.0 * width, (0.9, 0.9));
        }
        let sag = chance.between((0.0, 0.06)) * h;
        for pair in heights.windows(2) {
            let point = |i: usize| {
                let f = i as f32 / 16.0;
                (pair[0].0 + (pair[1].0 - pair[0].0) * f, pair[0].1 + (pair[1].1 - pair[0].1) * f + 4.0 * sag * f * (1.0 - f))
            };
            for i in 0..16 {
                self.bar(point(i), point(i + 1), width * 0.2 + 0.6, (0.85, 0.85));
            }
        }
    }

    fn fence(&mut self, chance: &mut Chance) {
        let (w, h) = self.size();
        let (x0, x1) = (w * chance.between((0.0, 0.4)), w * chance.between((0.6, 1.0)));
        let (top, bottom) = (h * chance.between((0.3, 0.6)), h * chance.between((0.65, 0.95)));
        let (gap, width) = (chance.between((7.0, 30.0)), chance.between((1.0, 4.0)));
        let mut x = x0;
        while x < x1 {
            self.bar((x, top), (x, bottom), width, (0.9, 0.9));
            x += gap;
        }
        for y in [top + 0.2 * (bottom - top), bottom - 0.2 * (bottom - top)] {
            self.bar((x0, y), (x1, y), width, (0.9, 0.9));
        }
    }

    fn frame(&mut self, chance: &mut Chance) {
        let (w, h) = self.size();
        let (x, y) = (w * chance.between((0.0, 0.6)), h * chance.between((0.0, 0.6)));
        let (dx, dy) = (w * chance.between((0.1, 0.4)), h * chance.between((0.1, 0.4)));
        let width = chance.between((1.5, 7.0));
        let lean = chance.between((-0.06, 0.06));
        for f in [0.0, 0.5, 1.0] {
            self.bar((x, y + f * dy), (x + dx, y + f * dy + lean * dx), width, (0.95, 0.95));
            self.bar((x + f * dx, y + lean * f * dx), (x + f * dx, y + dy + lean * f * dx), width, (0.95, 0.95));
        }
    }

    fn rays(&mut self, chance: &mut Chance) {
        let (w, h) = self.size();
        let (x, y) = (w * chance.between((0.1, 0.9)), h * chance.between((0.1, 0.9)));
        let (length, turn) = (w * chance.between((0.03, 0.15)), chance.unit());
        let spokes = 4 + chance.next() % 8;
        for i in 0..spokes {
            let angle = turn + i as f32 * std::f32::consts::TAU / spokes as f32;
            self.bar((x, y), (x + length * angle.cos(), y + length * angle.sin()), 2.5, (1.0, 0.1));
        }
        let r = length * 0.15;
        self.bar((x - r / 2.0, y), (x + r / 2.0, y), 2.0 * r, (1.0, 1.0));
    }
}
