//! Sixteen bits a channel beside eight: rounding from one to the other, and keeping them where an operation that knows only eight changed nothing.

use rayon::prelude::*;

use super::picture::Picture;
use crate::pace::checkpoint;

/// Samples per parallel piece.
const RUN: usize = 1 << 16;

/// The nearest of 8 bits: 65535 is 255, so a level is 257 wide.
pub fn narrow(wide: u16) -> u8 {
    ((u32::from(wide) + 128) / 257) as u8
}

/// Every sample rounded to 8 bits.
pub(crate) fn narrowed(wide: &[u16]) -> Vec<u8> {
    checkpoint();
    let mut out = vec![0; wide.len()];
    out.par_chunks_mut(RUN).zip(wide.par_chunks(RUN)).for_each(|(out, wide)| {
        for (out, &v) in out.iter_mut().zip(wide) {
            *out = narrow(v);
        }
    });
    out
}

/// Whether a picture has 16 bits and how much of it uses them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Every sample is as it was.
    All,
    /// Some samples were changed and have 8 bits of detail.
    Partly,
}

/// `after`, which an operation of 8 bits made of `before`, with the 16 bits of `before` wherever the 8 bits are still the same. `None` where
/// there is nothing to keep: `before` has 8 bits, `after` has 16 of its own, or the sizes differ.
pub fn keep(before: &Picture, after: &Picture) -> Option<(Picture, Kept)> {
    checkpoint();
    let deep = before.deep()?;
    if after.deep().is_some() || (before.width(), before.height()) != (after.width(), after.height()) {
        return None;
    }
    let mut out = vec![0u16; deep.len()];
    let changed: usize = out
        .par_chunks_mut(RUN)
        .zip(deep.par_chunks(RUN))
        .zip(before.rgba8().par_chunks(RUN).zip(after.rgba8().par_chunks(RUN)))
        .map(|((out, deep), (before, after))| {
            let mut changed = 0;
            for (i, out) in out.iter_mut().enumerate() {
                let same = before[i] == after[i];
                *out = if same { deep[i] } else { u16::from(after[i]) * 257 };
                changed += usize::from(!same);
            }
            changed
        })
        .sum();
    let kept = if changed == 0 { Kept::All } else { Kept::Partly };
    Some((Picture::from_rgba16(after.width(), after.height(), out), kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp() -> Picture {
        Picture::from_rgba16(256, 64, (0..256 * 64).flat_map(|i| [i * 4, i * 4 + 1, 65535 - i * 4, 65535].map(|v: u32| v as u16)).collect())
    }

    #[test]
    fn sixteen_bits_are_rounded_to_the_nearest_level_and_the_ends_stay() {
        for v in 0..=u16::MAX {
            assert_eq!(narrow(v), (f64::from(v) / 257.0).round() as u8, "at {v}");
        }
    }

    #[test]
    fn what_an_operation_of_eight_bits_leaves_alone_keeps_its_sixteen() {
        let before = ramp();
        let mut after = before.clone();
        after.rgba8_mut()[4 * 100..4 * 101].copy_from_slice(&[90, 91, 92, 4]);
        assert_eq!(after.bit_depth(), 8, "writing to eight bits gives up sixteen");
        let (kept, how) = keep(&before, &after).expect("same size");
        assert_eq!(how, Kept::Partly);
        let (new, old) = (kept.deep().expect("sixteen bits"), before.deep().expect("sixteen bits"));
        assert_eq!(new[400..404], [90 * 257, 91 * 257, 92 * 257, 1028]);
        assert!(new[..400] == old[..400] && new[404..] == old[404..]);
        let untouched = Picture::from_rgba8(256, 64, before.rgba8().to_vec());
        assert_eq!(keep(&before, &untouched), Some((before.clone(), Kept::All)));
        assert_eq!(keep(&before, &Picture::filled(64, 256, [0; 4])), None);
        assert_eq!(keep(&untouched, &after), None, "eight bits have nothing to keep");
    }
}
