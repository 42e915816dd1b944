//! JSON bodies with pictures, plans and words.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use portico::config::Limits;
use portico::http::fuzzing::submission;
use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Builder::new_current_thread().build().expect("a runtime"));

fuzz_target!(|data: &[u8]| {
    let limits = Limits { max_upload_bytes: 10_000, max_images: 3, ..Limits::default() };
    match RUNTIME.block_on(submission("application/json", data.to_vec(), &limits)) {
        Ok(taken) => assert!(taken.images <= 3 && taken.bytes <= data.len()),
        Err((status, code)) => assert!((400..500).contains(&status) && !code.is_empty(), "{status} {code}"),
    }
});
