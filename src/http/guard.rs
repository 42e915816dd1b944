//! What every request passes first: host, origin and proxy checks; who calls and what they may; language and request id; security headers after.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use tracing::Instrument as _;

use super::address::{self, Address};
use super::caller::Caller;
use super::cookie;
use super::error::{ApiError, render};
use super::gate::{Need, need};
use super::state::App;
use crate::accounts::{Scope, Via};
use crate::request_id;
use crate::store::UserRole;
use crate::text::{Lang, Text};

/// Nothing inline, nothing from elsewhere; pictures may be blobs made by the page.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' blob: data:; connect-src 'self'; script-src 'self'; \
style-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The outermost layer.
pub async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let lang = language(request.headers());
    let request_id = request_id::new();
    let span = tracing::info_span!("request", request_id);
    let path = request.uri().path().to_owned();
    let raster_content = path.starts_with("/api/v1/images/");
    let passed = request_id::within(request_id.clone(), pass(&app, (lang, &request_id, &path), request, next)).instrument(span).await;
    let response = passed.unwrap_or_else(IntoResponse::into_response);
    let mut response = render(response, lang, &request_id, &app.base_path);
    secure(response.headers_mut(), raster_content);
    if let Ok(id) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), id);
    }
    response
}

async fn pass(app: &App, (lang, request_id, path): (Lang, &str, &str), mut request: Request, next: Next) -> Result<Response, ApiError> {
    // Whether the process is alive must not depend on the database.
    let alive = path == "/healthz";
    let accounts = alive || app.accounts.on().await.map_err(|e| ApiError::explain(&e))?;
    let address = Address::of(&request, &app.config.server, accounts);
    address::check(request.headers(), &address, &app.config.server, accounts)?;
    let need = need(request.method(), path);
    let https = address.https;
    request.extensions_mut().insert(address);
    if !accounts {
        request.extensions_mut().insert(Caller::local(lang, request_id));
        return Ok(next.run(request).await);
    }
    // Who may come in anyway is not asked, and not held up by a cookie or key that is worth nothing.
    if need == Need::Open {
        request.extensions_mut().insert(Stranger { lang, request_id: request_id.to_owned() });
        return Ok(next.run(request).await);
    }
    let (caller, fresh) = identify(app, request.headers(), (lang, request_id)).await?;
    let Some(caller) = caller else {
        return match need {
            Need::Page if *request.method() == Method::GET => Ok(to_login(app, &request, path)),
            _ => Err(sign_in()),
        };
    };
    permit(&caller, need)?;
    if path.starts_with("/api/") {
        slow_down(app, &caller)?;
    }
    request.extensions_mut().insert(Stranger { lang, request_id: request_id.to_owned() });
    request.extensions_mut().insert(caller);
    let mut response = next.run(request).await;
    // A handler that sets the cookie itself (signing out) has the last word.
    if let Some(token) = fresh.filter(|_| !cookie::sets_login(response.headers())) {
        response.headers_mut().append(header::SET_COOKIE, cookie::login(&token, app.accounts.login_ttl(), (https, &app.base_path)));
    }
    Ok(response)
}

/// Language and request id of whoever asks, signed in or not.
#[derive(Clone, Debug)]
pub struct Stranger {
    pub lang: Lang,
    pub request_id: String,
}

impl<S: Send + Sync> axum::extract::FromRequestParts<S> for Stranger {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, _: &S) -> Result<Self, ApiError> {
        let known = parts.extensions.get::<Stranger>().cloned();
        let caller = || parts.extensions.get::<Caller>().map(|c| Stranger { lang: c.lang, request_id: c.request_id.clone() });
        known.or_else(caller).ok_or_else(|| ApiError::internal(&"a route outside the guard asked who calls"))
    }
}

/// Who calls, by key or by cookie, and the cookie to send back where it was time for a new one.
async fn identify(app: &App, headers: &HeaderMap, (lang, request_id): (Lang, &str)) -> Result<(Option<Caller>, Option<String>), ApiError> {
    let defaults = app.accounts.defaults();
    if let Some(token) = bearer(headers) {
        let Some((user, key)) = app.accounts.by_key(token).await.map_err(|e| ApiError::explain(&e))? else {
            return Err(ApiError::new(
                StatusCode::UNAUTHORIZED,
                "key_invalid",
                Text::new("这个 API 密钥不对、已过期或已撤销。", "This API key is wrong, has expired or was revoked."),
            ));
        };
        let caller = Caller::signed_in(user, Via::Key(key.id.clone()), lang, (request_id, defaults)).by(&key);
        return Ok((Some(caller), None));
    }
    let Some(token) = cookie::value(headers, cookie::LOGIN) else { return Ok((None, None)) };
    // A socket's answer has no place for a cookie that all browsers would take.
    let may_rotate = !headers.contains_key(header::UPGRADE);
    let found = app.accounts.by_cookie(token, may_rotate).await.map_err(|e| ApiError::explain(&e))?;
    let Some((user, login, fresh)) = found else { return Ok((None, None)) };
    Ok((Some(Caller::signed_in(user, Via::Login(login.id), lang, (request_id, defaults))), fresh))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn permit(caller: &Caller, need: Need) -> Result<(), ApiError> {
    let by_key = matches!(caller.via, Via::Key(_));
    match need {
        Need::Open | Need::Page => Ok(()),
        Need::Scope(any) if any.iter().any(|scope| caller.scopes.allow(*scope)) => Ok(()),
        Need::Scope(any) => Err(missing(any[0])),
        Need::Person | Need::Owner if by_key && !caller.scopes.allow(Scope::Admin) => Err(missing(Scope::Admin)),
        Need::Owner if caller.role != UserRole::Owner => Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "owner_only",
            Text::new("只有所有者可以管理账号。请联系所有者。", "Only an owner looks after accounts. Ask one."),
        )),
        Need::Person | Need::Owner => Ok(()),
    }
}

fn missing(scope: Scope) -> ApiError {
    let name = scope.name();
    ApiError::new(
        StatusCode::FORBIDDEN,
        "scope_missing",
        Text::new(
            format!("这个 API 密钥没有“{name}”权限。请在账号页新建一个带此权限的密钥。"),
            format!("This API key lacks the scope `{name}`. Make one that has it on the account page."),
        ),
    )
}

fn sign_in() -> ApiError {
    ApiError::new(
        StatusCode::UNAUTHORIZED,
        "sign_in_required",
        Text::new("请先登录，或带上 API 密钥（Authorization: Bearer …）。", "Sign in first, or send an API key (Authorization: Bearer …)."),
    )
}

fn to_login(app: &App, request: &Request, path: &str) -> Response {
    let base = &app.base_path;
    let asked = request.uri().query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    let next: String = form_encode(&format!("{base}{asked}"));
    let mut response = Redirect::to(&format!("{base}/login?next={next}")).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Percent-encodes everything but what RFC 3986 calls unreserved, and the slash.
fn form_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// An account, and a key beside it, make so many requests a minute.
fn slow_down(app: &App, caller: &Caller) -> Result<(), ApiError> {
    let pace = app.accounts.pace();
    let of_user = caller.allowed.requests_per_minute.map(|n| (caller.user.as_str().to_owned(), n));
    let of_key = match &caller.via {
        Via::Key(id) => caller.key_allowed.requests_per_minute.map(|n| (id.as_str().to_owned(), n)),
        Via::Local | Via::Login(_) => None,
    };
    for (who, per_minute) in of_key.into_iter().chain(of_user) {
        if let Err(wait) = pace.take(&who, per_minute) {
            let seconds = u32::try_from(wait.as_secs()).unwrap_or(60) + 1;
            let mut error = ApiError::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_requests",
                Text::new(
                    format!("请求太多（每分钟 {per_minute} 次），请 {seconds} 秒后再试。"),
                    format!("Too many requests ({per_minute} a minute); try again in {seconds} seconds."),
                ),
            );
            error.retry_after = Some(seconds);
            return Err(error);
        }
    }
    Ok(())
}

/// The page's cookie wins over the browser's header, so that the switch on the page holds.
pub fn language(headers: &HeaderMap) -> Lang {
    let cookie = match cookie::value(headers, "portico_lang") {
        Some("zh") => Some(Lang::Zh),
        Some("en") => Some(Lang::En),
        _ => None,
    };
    let header = || headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).and_then(Lang::from_accept_language);
    cookie.or_else(header).unwrap_or_default()
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

    #[test]
    fn the_pages_switch_wins_over_the_browsers_language() {
        assert_eq!(language(&headers(&[("accept-language", "zh-CN,zh;q=0.9,en;q=0.8")])), Lang::Zh);
        assert_eq!(language(&headers(&[("accept-language", "zh-CN"), ("cookie", "a=b; portico_lang=en")])), Lang::En);
        assert_eq!(language(&headers(&[("accept-language", "fr, de")])), Lang::En);
    }

    #[test]
    fn where_somebody_wanted_to_go_survives_the_sign_in() {
        assert_eq!(form_encode("/portico/s/ses_1?a=b&c=你"), "/portico/s/ses_1%3Fa%3Db%26c%3D%E4%BD%A0");
    }
}
