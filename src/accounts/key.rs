//! Making an API key: the secret that is shown once, and what is kept of it.

use std::time::Duration;

use super::{Scopes, secret};
use crate::store::{Limits, NewKey, Time};

/// Characters of a secret that are shown in lists.
const HINT_CHARS: usize = 8;
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A new key and its secret; without `days` it does not expire.
pub fn new_key(name: String, scopes: Scopes, limits: Limits, days: Option<u32>) -> (NewKey, String) {
    let key = secret::new_key();
    let new = NewKey {
        name,
        hash: secret::hash(&key),
        hint: key.chars().take(HINT_CHARS).collect(),
        scopes: scopes.names().into_iter().map(str::to_owned).collect(),
        limits,
        expires_at: days.map(|days| Time::now().after(DAY * days)),
    };
    (new, key)
}
