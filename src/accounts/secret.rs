//! Random secrets: cookies, links and API keys. Only their SHA-256 is stored; with 256 random bits it cannot be turned back.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

/// What every API key begins with, so that people and secret scanners know one when they see it.
pub const KEY_PREFIX: &str = "ptc_";
/// No secret of ours is longer.
const MAX_BYTES: usize = 128;

/// 256 bits from the operating system, URL-safe base64: 43 characters.
pub fn new() -> String {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A new API key.
pub fn new_key() -> String {
    format!("{KEY_PREFIX}{}", new())
}

/// What is stored of a secret: SHA-256, 64 lower-case hex digits.
pub fn hash(secret: &str) -> String {
    hex::encode(Sha256::digest(secret))
}

/// The hash of a secret that a caller sent; `None` for what cannot be one.
pub fn hash_of_sent(text: &str) -> Option<String> {
    let plausible = (43..=MAX_BYTES).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    plausible.then(|| hash(text))
}

/// Compares in a time that does not depend on where they differ.
pub fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_long_never_repeat_and_are_stored_as_hashes() {
        let (a, b) = (new(), new());
        assert_eq!(a.len(), 43);
        assert_ne!(a, b);
        assert_eq!(hash_of_sent(&a), Some(hash(&a)));
        assert!(!hash(&a).contains(&a));
        assert!(same(&hash(&a), &hash(&a)) && !same(&hash(&a), &hash(&b)));
    }

    #[test]
    fn what_cannot_be_a_secret_is_not_looked_up() {
        for text in ["", "short", &"a".repeat(1000), &format!("{}\n", "a".repeat(43)), &"é".repeat(43)] {
            assert_eq!(hash_of_sent(text), None, "{text:?}");
        }
    }
}
