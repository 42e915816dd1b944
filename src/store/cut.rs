//! Only in builds with debug assertions: ends the process exactly before or after a change that the crash tests name.

use std::sync::OnceLock;

use super::SessionId;

/// `before:N` or `after:N`: the change that brings a session's events to number N.
const VARIABLE: &str = "PORTICO_TEST_CUT";

/// Ends the process like a power cut if this is the place.
pub(super) fn here(moment: &str, advanced: &[(SessionId, i64)]) {
    static PLACE: OnceLock<Option<(String, i64)>> = OnceLock::new();
    let place = PLACE.get_or_init(|| {
        let value = std::env::var(VARIABLE).ok()?;
        let (moment, seq) = value.split_once(':')?;
        Some((moment.to_owned(), seq.parse().ok()?))
    });
    if place.as_ref().is_some_and(|(when, seq)| when == moment && advanced.iter().any(|(_, reached)| reached >= seq)) {
        std::process::abort();
    }
}
