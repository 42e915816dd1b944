//! The base path: where a proxy gives the server a part of a host, `server.public_url` says which, and every route answers there too.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::Uri;
use tower::ServiceExt as _;

/// `routes` at the root and under `base`. The prefix is taken away before anything looks at the address, so that a route, the guard and the log know one
/// form only.
pub fn under(base: &str, routes: Router) -> Router {
    if base.is_empty() {
        return routes;
    }
    let base: Arc<str> = base.into();
    Router::new().fallback_service(routes.map_request(move |mut request: Request| {
        if let Some(uri) = without(&base, request.uri()) {
            *request.uri_mut() = uri;
        }
        request
    }))
}

/// The address without the prefix, where it has it.
fn without(base: &str, uri: &Uri) -> Option<Uri> {
    let rest = uri.path().strip_prefix(base).filter(|rest| rest.is_empty() || rest.starts_with('/'))?;
    let path = if rest.is_empty() { "/" } else { rest };
    let query = uri.query().map_or(String::new(), |query| format!("?{query}"));
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(format!("{path}{query}").parse().ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(uri: &str) -> Option<String> {
        without("/portico", &uri.parse().unwrap()).map(|uri| uri.to_string())
    }

    #[test]
    fn only_the_whole_prefix_is_taken_away() {
        assert_eq!(stripped("/portico").as_deref(), Some("/"));
        assert_eq!(stripped("/portico/").as_deref(), Some("/"));
        assert_eq!(stripped("/portico/s/ses_1?a=b%20c").as_deref(), Some("/s/ses_1?a=b%20c"));
        assert_eq!(stripped("/portico/portico").as_deref(), Some("/portico"));
        assert_eq!(stripped("http://host/portico/static/js/main.js").as_deref(), Some("http://host/static/js/main.js"));
        for other in ["/", "/porticos", "/api/v1/portico", "/Portico/s/1"] {
            assert_eq!(stripped(other), None, "{other}");
        }
    }
}
