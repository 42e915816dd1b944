//! Cookies: reading one, and the one that a signed-in browser carries.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};

/// The cookie of a sign-in.
pub const LOGIN: &str = "portico_login";

/// A cookie's value.
pub fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(';'));
    pairs.filter_map(|pair| pair.trim().split_once('=')).find(|(n, _)| *n == name).map(|(_, value)| value)
}

/// Scripts cannot read it, other sites' forms do not bring it along (`SameSite=Lax`), and behind https it never travels in the clear.
pub fn login(token: &str, keep: Duration, (https, base_path): (bool, &str)) -> HeaderValue {
    let secure = if https { "; Secure" } else { "" };
    let path = if base_path.is_empty() { "/" } else { base_path };
    let text = format!("{LOGIN}={token}; Path={path}; Max-Age={}; HttpOnly; SameSite=Lax{secure}", keep.as_secs());
    HeaderValue::from_str(&text).expect("tokens and configured paths are plain ASCII")
}

/// Makes the browser forget it.
pub fn forget(base_path: &str) -> HeaderValue {
    login("", Duration::ZERO, (false, base_path))
}

/// Whether a response sets it.
pub fn sets_login(headers: &HeaderMap) -> bool {
    headers.get_all(header::SET_COOKIE).iter().any(|v| v.as_bytes().starts_with(LOGIN.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_for_this_site_and_out_of_scripts_reach() {
        let plain = login("abc", Duration::from_secs(60), (false, ""));
        assert_eq!(plain.to_str().unwrap(), "portico_login=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
        let behind = login("abc", Duration::from_secs(60), (true, "/portico"));
        assert_eq!(behind.to_str().unwrap(), "portico_login=abc; Path=/portico; Max-Age=60; HttpOnly; SameSite=Lax; Secure");
        assert!(forget("").to_str().unwrap().contains("Max-Age=0"));
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("xportico_login=no; a=b"));
        headers.append(header::COOKIE, HeaderValue::from_static("portico_login=yes; portico_login=second"));
        assert_eq!(value(&headers, LOGIN), Some("yes"));
        assert_eq!(value(&headers, "login"), None);
    }
}
