//! JPEG files, damaged in every way.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use portico_imaging::Format;

fuzz_target!(init: portico_fuzz::prepare(), |data: &[u8]| -> Corpus {
    if Format::sniff(data) != Ok(Format::Jpeg) {
        return Corpus::Reject;
    }
    portico_fuzz::check_file(data);
    Corpus::Keep
});
