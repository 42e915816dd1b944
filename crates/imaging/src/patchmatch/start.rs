//! The first estimate, on the coarsest level: colours and texture spread smoothly from the border inwards. It holds no objects, so none is
//! copied into the hole only because it fits itself.

use super::level::{Level, State};
use super::vote::hole_pixels;
use super::{Cancelled, Stop};

/// Sweeps; each carries the border further, and the hole of a coarsest level is only a few pixels deep.
const SWEEPS: usize = 60;

/// Sets the hole to the membrane over its border (Laplace's equation, by relaxation in alternating order).
pub fn membrane(level: &mut Level, stop: Stop<'_>) -> Result<(), Cancelled> {
    let mut holes = hole_pixels(level);
    let mut spread = Spread::new(level);
    // From the rim inwards once, so that every pixel has a value before the sweeps.
    holes.sort_by_key(|&p| (level.depth[p as usize], p));
    for sweep in 0..SWEEPS {
        stop.check()?;
        let order: Box<dyn Iterator<Item = &u32>> = if sweep % 2 == 0 { Box::new(holes.iter()) } else { Box::new(holes.iter().rev()) };
        for &pixel in order {
            spread.relax(level, pixel as usize);
        }
    }
    for &pixel in &holes {
        let value = spread.value[pixel as usize].map(|v| v.round() as u8);
        level.set_pixel(pixel as usize, value);
    }
    Ok(())
}

struct Spread {
    value: Vec<[f32; 4]>,
    set: Vec<bool>,
}

impl Spread {
    fn new(level: &Level) -> Spread {
        let value = (0..level.state.len()).map(|i| level.pixel(i).map(f32::from)).collect();
        Spread { value, set: level.state.iter().map(|&s| s == State::Source).collect() }
    }

    /// The mean of the neighbours that have a value.
    fn relax(&mut self, level: &Level, p: usize) {
        let (x, y) = (p % level.width, p / level.width);
        let beside = [
            (x > 0, p.wrapping_sub(1)),
            (x + 1 < level.width, p + 1),
            (y > 0, p.wrapping_sub(level.width)),
            (y + 1 < level.height, p + level.width),
        ];
        let (mut sum, mut count) = ([0.0f32; 4], 0.0);
        for (_, q) in beside.into_iter().filter(|&(inside, q)| inside && self.set[q]) {
            for (sum, v) in sum.iter_mut().zip(self.value[q]) {
                *sum += v;
            }
            count += 1.0;
        }
        if count > 0.0 {
            self.value[p] = sum.map(|s| s / count);
            self.set[p] = true;
        }
    }
}
