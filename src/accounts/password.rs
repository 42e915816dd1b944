//! Passwords: argon2id with OWASP's parameters (19 MiB, two passes, one lane; the defaults of the `argon2` crate), a salt for each.

use std::sync::OnceLock;

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};

/// Fewer characters can be guessed.
pub const MIN_CHARS: usize = 8;
/// Longer ones only cost time.
pub const MAX_BYTES: usize = 1024;

/// Whether a new password may be used.
pub fn acceptable(password: &str) -> bool {
    password.chars().count() >= MIN_CHARS && password.len() <= MAX_BYTES
}

/// The PHC string that is stored. Takes some 20 ms and 19 MiB: not on an async thread.
pub fn hash(password: &str) -> String {
    let mut salt = [0_u8; 16];
    getrandom::fill(&mut salt).expect("the operating system gives random bytes");
    let salt = SaltString::encode_b64(&salt).expect("16 bytes are a salt");
    Argon2::default().hash_password(password.as_bytes(), &salt).expect("the parameters are valid").to_string()
}

/// Whether the password fits; without a stored hash it takes as long and never does, so that the time does not tell which names exist.
pub fn fits(password: &str, stored: Option<&str>) -> bool {
    static NOBODY: OnceLock<String> = OnceLock::new();
    if password.len() > MAX_BYTES {
        return false;
    }
    let known = stored.is_some();
    let stored = stored.unwrap_or_else(|| NOBODY.get_or_init(|| hash("nobody has this password")));
    let fits = PasswordHash::new(stored).is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok());
    fits && known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_fits_and_the_same_one_is_never_stored_alike() {
        let (a, b) = (hash("correct horse"), hash("correct horse"));
        assert!(a.starts_with("$argon2id$") && a != b);
        assert!(fits("correct horse", Some(&a)) && fits("correct horse", Some(&b)));
        assert!(!fits("correct horsE", Some(&a)));
        assert!(!fits("nobody has this password", None));
        assert!(!fits("x", Some("not a hash")));
    }

    #[test]
    fn a_password_has_eight_characters_in_any_script() {
        assert!(acceptable("一二三四五六七八") && acceptable("12345678"));
        assert!(!acceptable("1234567") && !acceptable(&"x".repeat(1025)));
    }
}
