//! What the targets share: low limits, and what has to hold of every file, readable or not.

use std::collections::HashSet;
use std::panic::PanicHookInfo;
use std::sync::Mutex;

use portico_imaging::text::Explain;
use portico_imaging::{Decoded, Header, ImageError, Limits, decode, probe};

/// Low enough that a run stays fast; the checks are the same at any height.
pub fn limits() -> Limits {
    Limits { max_bytes: 1 << 20, max_pixels: 120_000, max_side: 2_000, max_frames: 50 }
}

/// Pixel work stays on this thread, so that a run depends on its input alone.
///
/// The decoders are not ours, and [`decode`] turns their panics into errors. Such a panic is written down once and passes; any other one reaches
/// libFuzzer as before. With `PORTICO_FUZZ_STRICT` set every panic ends the run.
pub fn prepare() {
    let _ = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global();
    if std::env::var_os("PORTICO_FUZZ_STRICT").is_none() {
        std::panic::set_hook(Box::new(note));
    }
}

static SEEN: Mutex<Option<HashSet<String>>> = Mutex::new(None);

fn note(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let Ok(mut seen) = SEEN.lock() else { return };
    if seen.get_or_insert_default().insert(place.clone()) {
        eprintln!("PANIC at {place}: {panic}");
    }
}

/// A file of whatever kind: an error with a code, or a picture that is what its header says.
pub fn check_file(bytes: &[u8]) {
    let limits = limits();
    let header = probe(bytes, &limits);
    match decode(bytes, &limits) {
        Ok(decoded) => check_picture(&decoded, header.as_ref().expect("what is decoded has a header"), &limits),
        Err(error) => check_error(&error),
    }
}

fn check_picture(decoded: &Decoded, header: &Header, limits: &Limits) {
    let picture = &decoded.picture;
    assert_eq!((picture.width(), picture.height()), (header.width, header.height));
    assert!(u64::from(picture.width()) * u64::from(picture.height()) <= limits.max_pixels);
    assert_eq!(picture.rgba8().len(), picture.width() as usize * picture.height() as usize * 4);
    assert!((1..=8).contains(&decoded.source.orientation));
    assert!(decoded.source.profile.as_ref().is_none_or(|name| name.chars().count() <= 80));
}

fn check_error(error: &ImageError) {
    assert!(!error.code().is_empty() && !error.text().zh.is_empty() && !error.text().en.is_empty());
}
