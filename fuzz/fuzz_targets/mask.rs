//! Masks: any picture file may be one, and what was read survives being written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use portico_imaging::{decode_mask, encode_mask};

fuzz_target!(init: portico_fuzz::prepare(), |data: &[u8]| {
    let limits = portico_fuzz::limits();
    let Ok(mask) = decode_mask(data, &limits) else { return };
    assert_eq!(mask.values().len(), mask.width() as usize * mask.height() as usize);
    let written = encode_mask(&mask).expect("a mask can be written");
    let again = decode_mask(&written.bytes, &limits).expect("and read");
    assert_eq!(mask, again);
});
