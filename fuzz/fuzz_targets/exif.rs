//! EXIF blocks: what is kept of one fits a JPEG segment, can be read again, and holds no orientation.
#![no_main]

use libfuzzer_sys::fuzz_target;
use portico_imaging::exif;

fuzz_target!(init: portico_fuzz::prepare(), |data: &[u8]| {
    assert!((1..=8).contains(&exif::orientation(data)));
    for gps in [false, true] {
        if let Some(kept) = exif::kept(data, gps) {
            assert!(kept.len() < 65_000, "it fits a JPEG segment: {}", kept.len());
            assert_eq!(exif::orientation(&kept), 1, "the orientation is applied already");
            assert!(exif::kept(&kept, gps).is_none_or(|again| again.len() <= kept.len()), "nothing is added");
        }
    }
    let with = exif::with_resolution(Some(data), 300);
    assert!(with.len() < 65_000 && with.starts_with(b"II*\0"));
    let _ = exif::block(data, &portico_fuzz::limits()).map(exif::orientation);
});
