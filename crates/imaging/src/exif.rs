//! The one thing that is read from EXIF: how the camera was held.

/// The orientation (1..=8, EXIF 2.32 tag 0x0112) of a TIFF-structured EXIF block, with or without the `Exif\0\0` in front.
/// 1 where there is none or it makes no sense.
pub fn orientation(block: &[u8]) -> u8 {
    let tiff = block.strip_prefix(b"Exif\0\0").unwrap_or(block);
    read(tiff).filter(|v| (1..=8).contains(v)).map_or(1, |v| v as u8)
}

fn read(tiff: &[u8]) -> Option<u16> {
    let little = match tiff.get(..4)? {
        [b'I', b'I', 42, 0] => true,
        [b'M', b'M', 0, 42] => false,
        _ => return None,
    };
    let u16_at = |at: usize| {
        let b: [u8; 2] = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if little { u16::from_le_bytes(b) } else { u16::from_be_bytes(b) })
    };
    let u32_at = |at: usize| {
        let b: [u8; 4] = tiff.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if little { u32::from_le_bytes(b) } else { u32::from_be_bytes(b) })
    };
    let ifd = u32_at(4)? as usize;
    let entries = u16_at(ifd)?;
    for entry in 0..usize::from(entries) {
        let at = ifd.checked_add(2 + entry * 12)?;
        if u16_at(at)? == 0x0112 {
            // SHORT by the standard; some writers use LONG, whose low half lies elsewhere in big-endian files.
            return match u16_at(at + 2)? {
                4 => u32_at(at + 8).and_then(|v| u16::try_from(v).ok()),
                _ => u16_at(at + 8),
            };
        }
    }
    None
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
