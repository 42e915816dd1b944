//! What each address asks of a caller. Everything that is not listed as open needs a sign-in, so that a new route is closed until somebody opens it.

use axum::http::Method;

use crate::accounts::Scope;

/// What a request needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Anybody may ask.
    Open,
    /// A page: whoever is not signed in is sent to sign in.
    Page,
    /// The API, with one of these scopes.
    Scope(&'static [Scope]),
    /// The API, by somebody in person (or a key for administration): a key must not make more of itself.
    Person,
    /// The API, by an owner.
    Owner,
}

const READ: Need = Need::Scope(&[Scope::Read]);
const EDIT: Need = Need::Scope(&[Scope::Edit]);
const WORK: Need = Need::Scope(&[Scope::Edit, Scope::Batch]);
const ANY: Need = Need::Scope(&Scope::ALL);

/// The path without the base path.
pub fn need(method: &Method, path: &str) -> Need {
    let Some(api) = path.strip_prefix("/api/v1/") else {
        let open = matches!(path, "/login" | "/welcome" | "/docs/errors" | "/favicon.ico" | "/healthz" | "/readyz");
        return match path {
            _ if open || path.starts_with("/static/") => Need::Open,
            "/api/openapi.json" => ANY,
            _ if path.starts_with("/api/") && path != "/api/docs" => ANY,
            _ => Need::Page,
        };
    };
    let reading = matches!(*method, Method::GET | Method::HEAD);
    match api.split('/').next().unwrap_or("") {
        "login" | "welcome" => Need::Open,
        "me" if reading => ANY,
        "logout" | "me" | "logins" | "keys" => Need::Person,
        "users" | "invites" | "audit" => Need::Owner,
        "plan" => READ,
        // Read out of a picture; nothing is kept.
        "recipes" if api == "recipes/read" => READ,
        "edit" | "run" => WORK,
        "batches" if !reading => WORK,
        // A batch brings its pictures and stops its jobs.
        "images" if !reading && api == "images" => WORK,
        "jobs" if !reading => WORK,
        _ if reading => READ,
        _ => EDIT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_thought_of_is_closed() {
        for path in ["/", "/s/ses_1", "/account", "/api/docs", "/anything", "/staticx", "/healthz/x", "//healthz"] {
            assert_eq!(need(&Method::GET, path), Need::Page, "{path}");
        }
        for path in ["/api/v2/x", "/api/openapi.json", "/api/anything"] {
            assert_eq!(need(&Method::GET, path), ANY, "{path}");
        }
        assert_eq!(need(&Method::POST, "/api/v1/anything/new"), EDIT);
        assert_eq!(need(&Method::OPTIONS, "/api/v1/sessions"), EDIT);
        assert_eq!(need(&Method::GET, "/api/v1/loginx"), READ);
    }

    #[test]
    fn keys_cannot_make_keys_and_only_owners_administer() {
        assert_eq!(need(&Method::POST, "/api/v1/keys"), Need::Person);
        assert_eq!(need(&Method::GET, "/api/v1/keys"), Need::Person);
        assert_eq!(need(&Method::PATCH, "/api/v1/me"), Need::Person);
        for path in ["users", "users/usr_1/reset", "invites", "audit"] {
            assert_eq!(need(&Method::GET, &format!("/api/v1/{path}")), Need::Owner, "{path}");
        }
    }

    #[test]
    fn a_batch_key_may_upload_run_and_stop_but_not_talk() {
        for path in ["edit", "run", "images", "jobs/job_1/cancel", "batches", "batches/bat_1/items", "batches/bat_1/retry"] {
            assert_eq!(need(&Method::POST, &format!("/api/v1/{path}")), WORK, "{path}");
        }
        assert_eq!(need(&Method::POST, "/api/v1/sessions"), EDIT);
        assert_eq!(need(&Method::POST, "/api/v1/images/img_1/mask"), EDIT);
    }
}
