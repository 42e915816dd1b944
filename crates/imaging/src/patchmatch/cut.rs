//! Moves the seams between copies to where they show least: each pixel beside a seam may join the copy next to it when the pictures that
//! meet there then differ less (the seam cost of Kwatra et al. 2003, "Graphcut Textures", §3.1, lowered by iterated conditional modes).

use super::level::State;
use super::seam::Copies;
use super::{Cancelled, Stop};

/// Sweeps over the hole; a seam moves at least a pixel in each.
const SWEEPS: usize = 12;
/// What joining another copy must save, so that seams do not wander where nothing shows.
const WORTH: u32 = 16;

/// Where each hole pixel is copied from, seams moved.
pub fn moved(copies: &Copies<'_>, stop: Stop<'_>) -> Result<Vec<u32>, Cancelled> {
    let mut index = vec![u32::MAX; copies.pixels.len()];
    for (k, &p) in copies.holes.iter().enumerate() {
        index[p as usize] = k as u32;
    }
    let mut sources = copies.sources.to_vec();
    for sweep in 0..SWEEPS {
        stop.check()?;
        let mut changed = false;
        for n in 0..sources.len() {
            let k = if sweep % 2 == 0 { n } else { sources.len() - 1 - n };
            let seam = Seam { copies, index: &index, sources: &sources };
            if let Some(better) = seam.better(k) {
                sources[k] = better;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    Ok(sources)
}

struct Seam<'a> {
    copies: &'a Copies<'a>,
    index: &'a [u32],
    sources: &'a [u32],
}

impl Seam<'_> {
    /// A source for hole pixel `k` that continues a neighbour's copy and shows less.
    fn better(&self, k: usize) -> Option<u32> {
        let (p, own) = (self.copies.holes[k] as usize, self.sources[k] as usize);
        let beside = self.beside(p);
        let others: [Option<usize>; 4] = beside.map(|q| {
            let (q, step) = q?;
            let l = self.index[q];
            let source = if l == u32::MAX { return None } else { (i64::from(self.sources[l as usize]) - step) as usize };
            (source != own && self.colour(source).is_some()).then_some(source)
        });
        if others.iter().all(Option::is_none) {
            return None;
        }
        let mut best = (self.shows(&beside, own).saturating_sub(WORTH), None);
        for source in others.into_iter().flatten() {
            let shows = self.shows(&beside, source);
            if shows < best.0 {
                best = (shows, Some(source as u32));
            }
        }
        best.1
    }

    fn beside(&self, p: usize) -> [Option<(usize, i64)>; 4] {
        let (width, height) = (self.copies.width, self.copies.height);
        let (x, y) = (p % width, p / width);
        let steps = [(x > 0, -1), (x + 1 < width, 1), (y > 0, -(width as i64)), (y + 1 < height, width as i64)];
        steps.map(|(inside, step)| inside.then(|| ((p as i64 + step) as usize, step)))
    }

    /// How much the seams around a pixel show when it is copied from `source`.
    fn shows(&self, beside: &[Option<(usize, i64)>; 4], source: usize) -> u32 {
        let mut sum = 0;
        for &(q, step) in beside.iter().flatten() {
            let here = self.copies.pixels[source];
            let beyond = self.colour((source as i64 + step) as usize);
            let l = self.index[q];
            if l != u32::MAX {
                let other = self.sources[l as usize] as usize;
                if other as i64 - step != source as i64 {
                    let back = self.colour((other as i64 - step) as usize);
                    sum += gap(beyond, self.copies.pixels[other]) + gap(back, here);
                }
            } else if self.copies.state[q] == State::Source {
                sum += 2 * gap(beyond, self.copies.pixels[q]);
            }
        }
        sum
    }

    fn colour(&self, i: usize) -> Option<[u8; 4]> {
        (self.copies.state.get(i) == Some(&State::Source)).then(|| self.copies.pixels[i])
    }
}

/// Sum of squared differences; nothing is known of a place that may not be copied, which counts as a visible step.
fn gap(a: Option<[u8; 4]>, b: [u8; 4]) -> u32 {
    a.map_or(1200, |a| (0..3).map(|c| u32::from(a[c].abs_diff(b[c])).pow(2)).sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patchmatch::search::Noise;

    #[test]
    fn seams_show_less_afterwards_and_every_source_may_be_copied() {
        let (width, height) = (40usize, 30usize);
        let hole = |i: usize| (12..28).contains(&(i % width)) && (10..20).contains(&(i / width));
        let pixels: Vec<[u8; 4]> = (0..width * height).map(|i| [(Noise::new(5, i as u64).next() % 200) as u8, 80, 90, 255]).collect();
        let state: Vec<State> = (0..width * height).map(|i| if hole(i) { State::Hole } else { State::Source }).collect();
        let holes: Vec<u32> = (0..width * height).filter(|&i| hole(i)).map(|i| i as u32).collect();
        // The upper half from above, the lower half from below.
        let from = |p: u32| if p < 15 * width as u32 { p - 10 * width as u32 } else { p + 10 * width as u32 };
        let sources: Vec<u32> = holes.iter().map(|&p| from(p)).collect();
        let copies = Copies { width, height, pixels: &pixels, state: &state, holes: &holes, sources: &sources };
        let mut index = vec![u32::MAX; pixels.len()];
        holes.iter().enumerate().for_each(|(k, &p)| index[p as usize] = k as u32);
        let total = |sources: &[u32]| -> u64 {
            let seam = Seam { copies: &copies, index: &index, sources };
            holes.iter().enumerate().map(|(k, &p)| u64::from(seam.shows(&seam.beside(p as usize), sources[k] as usize))).sum()
        };
        let after = moved(&copies, Stop(&|| false)).unwrap();
        assert!(total(&after) < total(&sources), "{} after {}", total(&after), total(&sources));
        assert!(after.iter().all(|&s| state[s as usize] == State::Source));
    }
}
