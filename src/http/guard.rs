//! What every request passes first: host, origin and proxy checks; caller, language and request id; security headers after.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::error::{ApiError, render};
use super::state::App;
use crate::store::UserId;
use crate::text::{Lang, Text};

/// Nothing inline, nothing from elsewhere; pictures may be blobs made by the page.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' blob: data:; connect-src 'self'; script-src 'self'; \
style-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Who calls, and in which language.
#[derive(Clone, Debug)]
pub struct Caller {
    pub user: UserId,
    pub lang: Lang,
}

impl<S: Send + Sync> axum::extract::FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, _: &S) -> Result<Self, ApiError> {
        parts.extensions.get::<Caller>().cloned().ok_or_else(|| ApiError::internal(&"a route outside the guard asked for its caller"))
    }
}

/// The outermost layer.
pub async fn guard(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let lang = language(request.headers());
    let request_id = format!("req_{}", uuid::Uuid::now_v7().simple());
    let raster_content = request.uri().path().starts_with("/api/v1/images/");
    let refused = check(request.headers(), request.uri().authority().map(|a| a.as_str()), &app.config.server.allowed_hosts);
    let response = match refused {
        Err(error) => error.into_response(),
        Ok(()) => {
            request.extensions_mut().insert(Caller { user: UserId::local(), lang });
            next.run(request).await
        }
    };
    let mut response = render(response, lang, &request_id, app.base());
    secure(response.headers_mut(), raster_content);
    if let Ok(id) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), id);
    }
    response
}

/// The page's cookie wins over the browser's header, so that the switch on the page holds.
pub fn language(headers: &HeaderMap) -> Lang {
    let cookie = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(';')).find_map(|pair| {
        match pair.trim().strip_prefix("portico_lang=")? {
            "zh" => Some(Lang::Zh),
            "en" => Some(Lang::En),
            _ => None,
        }
    });
    let header = || headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).and_then(Lang::from_accept_language);
    cookie.or_else(header).unwrap_or_default()
}

/// Without accounts whoever reaches the server may do everything, so only this machine's own browser and programs may
/// reach it: no foreign host name (DNS rebinding), no foreign page (cross-site requests), no proxy (strangers look local).
fn check(headers: &HeaderMap, authority: Option<&str>, allowed: &[String]) -> Result<(), ApiError> {
    let forwarded = headers.keys().any(|name| name.as_str() == "forwarded" || name.as_str().starts_with("x-forwarded-"));
    if forwarded {
        return Err(forbidden(
            "proxy_refused",
            "这个服务没有账号，不能放在反向代理后面：所有来访者都会被当成本机用户。",
            "This server has no accounts and cannot stand behind a proxy: every visitor would count as the local user.",
        ));
    }
    let host = headers.get(header::HOST).and_then(|v| v.to_str().ok()).or(authority).unwrap_or("");
    if !is_allowed_host(host, allowed) {
        return Err(forbidden(
            "host_refused",
            "不接受以这个主机名访问；请用 http://127.0.0.1，或在 server.allowed_hosts 中加入它。",
            "This host name is not accepted; use http://127.0.0.1, or add it to server.allowed_hosts.",
        ));
    }
    if let Some(origin) = headers.get(header::ORIGIN) {
        let same = origin.to_str().ok().and_then(|o| o.split_once("://")).is_some_and(|(_, o)| o.eq_ignore_ascii_case(host));
        if !same {
            return Err(forbidden("origin_refused", "不接受来自其他网页的请求。", "Requests from another web page are not accepted."));
        }
    }
    Ok(())
}

fn forbidden(code: &'static str, zh: &str, en: &str) -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, code, Text::new(zh, en))
}

/// Loopback names with any port, and the ones that the operator listed.
fn is_allowed_host(host: &str, allowed: &[String]) -> bool {
    let name = if let Some(rest) = host.strip_prefix('[') {
        rest.split_once(']').map_or("", |(inner, _)| inner)
    } else {
        host.rsplit_once(':').map_or(host, |(name, port)| if port.bytes().all(|b| b.is_ascii_digit()) { name } else { host })
    };
    let loopback = name.eq_ignore_ascii_case("localhost") || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    loopback || allowed.iter().any(|a| a.eq_ignore_ascii_case(name))
}

fn secure(headers: &mut HeaderMap, raster_content: bool) {
    // A picture opened by itself is a document of its own and needs nothing at all.
    let policy = if raster_content { "default-src 'none'; frame-ancestors 'none'; sandbox" } else { CONTENT_SECURITY_POLICY };
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(k, v)| (HeaderName::from_static(k), HeaderValue::from_str(v).unwrap())).collect()
    }

    fn code(pairs: &[(&'static str, &str)]) -> Option<String> {
        check(&headers(pairs), None, &["studio.lan".to_owned()]).err().map(|e| e.code.into_owned())
    }

    #[test]
    fn only_loopback_and_listed_hosts_are_answered() {
        for host in ["127.0.0.1:7878", "localhost", "LOCALHOST:1", "[::1]:7878", "127.3.2.1", "studio.lan:80"] {
            assert_eq!(code(&[("host", host)]), None, "{host}");
        }
        for host in
            ["evil.example", "127.0.0.1.evil.example", "10.0.0.5:7878", "", "[::2]", "localhost.evil.example:7878", "studio.lan.evil"]
        {
            assert_eq!(code(&[("host", host)]).as_deref(), Some("host_refused"), "{host}");
        }
    }

    #[test]
    fn another_page_cannot_use_the_local_users_server() {
        let host = ("host", "127.0.0.1:7878");
        assert_eq!(code(&[host, ("origin", "http://127.0.0.1:7878")]), None);
        for origin in ["http://evil.example", "null", "http://127.0.0.1:9999", "file://"] {
            assert_eq!(code(&[host, ("origin", origin)]).as_deref(), Some("origin_refused"), "{origin}");
        }
    }

    #[test]
    fn a_proxied_request_is_refused_because_strangers_would_look_local() {
        for name in ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"] {
            assert_eq!(code(&[("host", "localhost"), (name, "1.2.3.4")]).as_deref(), Some("proxy_refused"), "{name}");
        }
    }

    #[test]
    fn the_pages_switch_wins_over_the_browsers_language() {
        assert_eq!(language(&headers(&[("accept-language", "zh-CN,zh;q=0.9,en;q=0.8")])), Lang::Zh);
        assert_eq!(language(&headers(&[("accept-language", "zh-CN"), ("cookie", "a=b; portico_lang=en")])), Lang::En);
        assert_eq!(language(&headers(&[("accept-language", "fr, de")])), Lang::En);
    }
}
