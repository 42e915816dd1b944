//! Damage that any file can take: cut off, bits turned over, blocks moved, by a generator with a fixed seed.

use super::{Bad, bad};

/// SplitMix64 (G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators", 2014).
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

/// The file cut at its signature, inside its header, and at even distances.
pub fn cuts(what: &str, file: &[u8]) -> Vec<Bad> {
    let mut ends = vec![1, 3, 8, 13, 26];
    ends.extend((1..6).map(|i| file.len() * i / 6));
    ends.push(file.len() - 1);
    ends.retain(|&end| end > 0 && end < file.len());
    ends.sort_unstable();
    ends.dedup();
    ends.into_iter().map(|end| bad(format!("{what} cut at {end}"), &file[..end])).collect()
}

/// The file with a few bits turned over, each time others.
pub fn flips(what: &str, file: &[u8], times: u64) -> Vec<Bad> {
    (0..times)
        .map(|seed| {
            let mut dice = Dice(seed + file.len() as u64);
            let mut hurt = file.to_vec();
            for _ in 0..=dice.below(12) {
                // The head matters most.
                let end = if dice.below(2) == 0 { hurt.len().min(64) } else { hurt.len() };
                let at = dice.below(end);
                hurt[at] ^= 1 << dice.below(8);
            }
            bad(format!("{what} with bits turned over, seed {seed}"), hurt)
        })
        .collect()
}

/// Blocks left out, doubled, zeroed and set to ones.
pub fn moves(what: &str, file: &[u8], times: u64) -> Vec<Bad> {
    (0..times)
        .map(|seed| {
            let mut dice = Dice(seed * 7919 + file.len() as u64);
            let from = dice.below(file.len());
            let to = (from + 1 + dice.below(file.len() / 3 + 1)).min(file.len());
            let (head, block, tail) = (&file[..from], &file[from..to], &file[to..]);
            let hurt = match seed % 4 {
                0 => [head, tail].concat(),
                1 => [head, block, block, tail].concat(),
                2 => [head, &vec![0; block.len()], tail].concat(),
                _ => [head, &vec![0xff; block.len()], tail].concat(),
            };
            bad(format!("{what} with a block moved, seed {seed}"), hurt)
        })
        .collect()
}

pub fn all(what: &str, file: &[u8]) -> Vec<Bad> {
    [cuts(what, file), flips(what, file, 8), moves(what, file, 4)].concat()
}
