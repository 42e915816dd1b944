//! EXIF: how the camera was held, and what of the rest may travel on with an edited file.

mod kept;

use super::header::probe;
use super::ifd::Tiff;
use super::limits::Limits;

pub use kept::{kept, with_resolution};

const ORIENTATION: u16 = 0x0112;

/// The EXIF block of a picture file, where it has one; of a TIFF the file itself.
pub fn block<'a>(file: &'a [u8], limits: &Limits) -> Option<&'a [u8]> {
    file.get(probe(file, limits).ok()?.exif?)
}

/// The orientation (1..=8, EXIF 2.32 tag 0x0112) of a TIFF-structured EXIF block, with or without the `Exif\0\0` in front.
/// 1 where there is none or it makes no sense.
pub fn orientation(block: &[u8]) -> u8 {
    read(block).filter(|v| (1..=8).contains(v)).map_or(1, |v| v as u8)
}

fn read(block: &[u8]) -> Option<u16> {
    let tiff = Tiff::new(block)?;
    // SHORT by the standard; some writers use LONG.
    tiff.find(tiff.first()?, ORIENTATION)?.uint(0).and_then(|v| u16::try_from(v).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(little: bool, long: bool, value: u16) -> Vec<u8> {
        let mut out = Vec::new();
        let w16 = |out: &mut Vec<u8>, v: u16| out.extend(if little { v.to_le_bytes() } else { v.to_be_bytes() });
        let w32 = |out: &mut Vec<u8>, v: u32| out.extend(if little { v.to_le_bytes() } else { v.to_be_bytes() });
        out.extend(if little { b"II" } else { b"MM" });
        w16(&mut out, 42);
        w32(&mut out, 8);
        w16(&mut out, 1);
        w16(&mut out, 0x0112);
        w16(&mut out, if long { 4 } else { 3 });
        w32(&mut out, 1);
        if long {
            w32(&mut out, value.into());
        } else {
            w16(&mut out, value);
            w16(&mut out, 0);
        }
        w32(&mut out, 0);
        out
    }

    #[test]
    fn orientation_is_read_in_both_byte_orders_and_both_integer_types() {
        for little in [true, false] {
            for long in [true, false] {
                for value in 1..=8 {
                    assert_eq!(orientation(&block(little, long, value)), value as u8);
                }
                assert_eq!(orientation(&block(little, long, 9)), 1);
                assert_eq!(orientation(&block(little, long, 0)), 1);
            }
        }
    }

    #[test]
    fn a_cut_or_lying_block_means_upright_and_never_a_panic() {
        let whole = block(true, false, 6);
        for end in 0..whole.len() - 6 {
            assert_eq!(orientation(&whole[..end]), 1, "cut at {end}");
        }
        let mut far = whole.clone();
        far[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(orientation(&far), 1);
    }
}
