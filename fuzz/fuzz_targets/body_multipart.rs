//! Multipart forms under whatever boundary.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use portico::config::Limits;
use portico::http::fuzzing::submission;
use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Builder::new_current_thread().build().expect("a runtime"));

fuzz_target!(|data: &[u8]| {
    // The first line is the content type's parameters, the rest the body.
    let split = data.iter().position(|&b| b == b'\n').unwrap_or(0);
    let (head, body) = data.split_at(split);
    let head = String::from_utf8_lossy(head);
    let kind = if head.is_empty() { "multipart/form-data; boundary=x".to_owned() } else { format!("multipart/form-data{head}") };
    let limits = Limits { max_upload_bytes: 10_000, max_images: 3, ..Limits::default() };
    let body = body.strip_prefix(b"\n").unwrap_or(body).to_vec();
    let length = body.len();
    match RUNTIME.block_on(submission(&kind, body, &limits)) {
        Ok(taken) => assert!(taken.images <= 3 && taken.bytes <= length),
        Err((status, code)) => assert!((400..500).contains(&status) && !code.is_empty(), "{status} {code}"),
    }
});
