//! Tables of the `.cube` format: refused with a line, or a table that gives a colour for every colour.
#![no_main]

use libfuzzer_sys::fuzz_target;
use portico_imaging::filter::Cube;

fuzz_target!(init: portico_fuzz::prepare(), |data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Cube::parse(text) {
        Ok(cube) => {
            for colour in [[0.0; 3], [1.0; 3], [0.5; 3], [0.0, 0.3, 1.0], [0.999_999, 0.5, 0.1], [1.0, 0.0, 0.0]] {
                let found = cube.at(colour);
                assert!(found.iter().all(|v| (0.0..=1.0).contains(v)), "{colour:?} became {found:?}");
            }
        }
        Err(error) => assert!(error.line >= 1, "{error}"),
    }
});
