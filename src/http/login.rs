//! `/login`, `/logout`, `/me`, `/logins`: signing in, who one is, and the browsers that one is signed in with.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::address::Address;
use super::body::JsonBody;
use super::caller::{self, Caller};
use super::cookie;
use super::error::{ApiError, ErrorEnvelope};
use super::guard::Stranger;
use super::sessions::store_error;
use super::shapes::{self, Warning};
use super::state::App;
use crate::accounts::{AccountError, Allowed, Came, Fresh, Via};
use crate::store::space::in_words;
use crate::store::{LoginId, StoreError, UserRole};
use crate::text::{Notice, Text};

/// Of the space that somebody may use, the part from which the page warns.
const NEARLY_FULL: f64 = 0.8;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginBody {
    pub name: String,
    pub password: String,
}

/// Who calls, what they may do and what they take up.
#[derive(Serialize, ToSchema)]
pub struct Me {
    /// Whether this server has accounts.
    pub accounts: bool,
    pub user: Person,
    /// `local` (no accounts), `login` or `key`
    pub via: &'static str,
    pub scopes: Vec<&'static str>,
    pub limits: LimitFigures,
    pub usage: Usage,
    pub warnings: Vec<Warning>,
}

#[derive(Serialize, ToSchema)]
pub struct Person {
    pub id: String,
    pub name: String,
    pub role: UserRole,
}

/// 0 = no limit.
#[derive(Serialize, ToSchema)]
pub struct LimitFigures {
    pub requests_per_minute: u32,
    pub jobs_at_once: u32,
    pub storage_bytes: u64,
    pub streams_at_once: u32,
}

impl From<Allowed> for LimitFigures {
    fn from(allowed: Allowed) -> Self {
        LimitFigures {
            requests_per_minute: allowed.requests_per_minute.unwrap_or(0),
            jobs_at_once: allowed.jobs_at_once.unwrap_or(0),
            storage_bytes: allowed.storage_bytes.unwrap_or(0),
            streams_at_once: allowed.streams_at_once.unwrap_or(0),
        }
    }
}

#[derive(Serialize, ToSchema)]
pub struct Usage {
    /// Bytes of the pictures that are kept.
    pub storage_bytes: u64,
    /// Jobs that wait or run.
    pub jobs: u32,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MeBody {
    pub name: Option<String>,
    pub password: Option<NewPassword>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    pub old: String,
    /// 8 characters to 1024 bytes.
    pub new: String,
}

/// A browser that one is signed in with.
#[derive(Serialize, ToSchema)]
pub struct LoginShown {
    pub id: String,
    /// What the browser says of itself.
    pub agent: String,
    pub created_at: String,
    pub last_used_at: String,
    /// The one that asks.
    pub current: bool,
}

/// Signs in: the answer sets the cookie `portico_login`.
#[utoipa::path(post, path = "/login", tag = "account", request_body = LoginBody,
    responses((status = 200, body = Me), (status = 401, body = ErrorEnvelope), (status = 429, body = ErrorEnvelope)))]
pub async fn login(
    State(app): State<App>,
    stranger: Stranger,
    axum::Extension(address): axum::Extension<Address>,
    headers: HeaderMap,
    body: JsonBody<LoginBody>,
) -> Result<Response, ApiError> {
    require_accounts(&app).await?;
    let fresh = app.accounts.sign_in(&body.0.name, body.0.password, &came(&address, &headers)).await.map_err(account_error)?;
    signed_in(&app, &stranger, &address, fresh).await
}

/// Signs this browser out.
#[utoipa::path(post, path = "/logout", tag = "account", responses((status = 204)))]
pub async fn logout(State(app): State<App>, caller: Caller) -> Result<Response, ApiError> {
    if let Via::Login(id) = &caller.via {
        let mut tx = app.store.begin(&caller.user).await.map_err(store_error)?;
        tx.end_login(id).await.map_err(store_error)?;
        tx.commit().await.map_err(store_error)?;
        app.accounts.way_closed();
    }
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie::forget(&app.base_path))]).into_response())
}

/// Who calls, what they may do and what they take up.
#[utoipa::path(get, path = "/me", tag = "account", responses((status = 200, body = Me), (status = 401, body = ErrorEnvelope)))]
pub async fn me(State(app): State<App>, caller: Caller) -> Result<Json<Me>, ApiError> {
    Ok(Json(describe(&app, &caller).await?))
}

/// Changes the caller's own name or password. With the password all other browsers are signed out; keys stay.
#[utoipa::path(patch, path = "/me", tag = "account", request_body = MeBody,
    responses((status = 200, body = Me), (status = 400, body = ErrorEnvelope), (status = 403, body = ErrorEnvelope), (status = 409, body = ErrorEnvelope)))]
pub async fn change(State(app): State<App>, mut caller: Caller, body: JsonBody<MeBody>) -> Result<Json<Me>, ApiError> {
    require_accounts(&app).await?;
    let user = app.store.user(&caller.user).await.map_err(store_error)?;
    let name = body.0.name.as_deref().map(crate::accounts::name_of).transpose().map_err(account_error)?;
    if let Some(word) = body.0.password {
        let keep = if let Via::Login(id) = &caller.via { Some(id) } else { None };
        app.accounts.change_password(&user, keep, word.old, word.new).await.map_err(account_error)?;
    }
    if let Some(name) = name.filter(|name| *name != user.name) {
        let mut tx = app.store.begin(&caller.user).await.map_err(store_error)?;
        tx.rename_user(&caller.user, &name).await.map_err(store_error)?;
        tx.note(&caller.actor(), "user.rename", &user.name, &name).await.map_err(store_error)?;
        tx.commit().await.map_err(store_error)?;
        caller.name = name;
    }
    Ok(Json(describe(&app, &caller).await?))
}

/// The browsers that the caller is signed in with, the last used first.
#[utoipa::path(get, path = "/logins", tag = "account", responses((status = 200, body = Vec<LoginShown>)))]
pub async fn logins(State(app): State<App>, caller: Caller) -> Result<Json<Vec<LoginShown>>, ApiError> {
    let rows = app.store.logins(&caller.user).await.map_err(store_error)?;
    let shown = rows.into_iter().map(|row| LoginShown {
        current: caller.via == Via::Login(row.id.clone()),
        id: row.id.to_string(),
        agent: row.agent,
        created_at: row.created_at.to_string(),
        last_used_at: row.last_used_at.to_string(),
    });
    Ok(Json(shown.collect()))
}

/// Signs one of the caller's browsers out.
#[utoipa::path(delete, path = "/logins/{id}", tag = "account", params(("id" = String, Path)), responses((status = 204), (status = 404, body = ErrorEnvelope)))]
pub async fn end_login(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    let id: LoginId = id.parse().map_err(|_| ApiError::not_found())?;
    let mut tx = app.store.begin(&caller.user).await.map_err(store_error)?;
    tx.end_login(&id).await.map_err(store_error)?;
    tx.commit().await.map_err(store_error)?;
    app.accounts.way_closed();
    Ok(StatusCode::NO_CONTENT)
}

/// The answer to a sign-in: who one is now, and the cookie.
pub async fn signed_in(app: &App, stranger: &Stranger, address: &Address, fresh: Fresh) -> Result<Response, ApiError> {
    let known = (stranger.request_id.as_str(), app.accounts.defaults());
    // Which login it is matters to nobody in this answer.
    let caller = Caller::signed_in(fresh.user, Via::Login(LoginId::new()), stranger.lang, known);
    let cookie = cookie::login(&fresh.token, app.accounts.login_ttl(), (address.https, &app.base_path));
    let mut response = Json(describe(app, &caller).await?).into_response();
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    response.headers_mut().insert(header::CACHE_CONTROL, axum::http::HeaderValue::from_static("no-store"));
    Ok(response)
}

async fn describe(app: &App, caller: &Caller) -> Result<Me, ApiError> {
    let stored = app.store.stored_bytes(&caller.user).await.map_err(store_error)?;
    let jobs = app.store.unfinished(&caller.user).await.map_err(store_error)?;
    let allowed = caller.allowed;
    let nearly = allowed.storage_bytes.filter(|most| stored as f64 >= *most as f64 * NEARLY_FULL);
    let notices: Vec<Notice> = nearly.map(|most| nearly_full(stored, most)).into_iter().collect();
    Ok(Me {
        accounts: caller.via != Via::Local,
        user: Person { id: caller.user.to_string(), name: caller.name.clone(), role: caller.role },
        via: match caller.via {
            Via::Local => "local",
            Via::Login(_) => "login",
            Via::Key(_) => "key",
        },
        scopes: caller.scopes.names(),
        limits: allowed.into(),
        usage: Usage { storage_bytes: stored, jobs },
        warnings: shapes::warnings(&notices, caller.lang),
    })
}

fn nearly_full(stored: u64, most: u64) -> Notice {
    Notice::new(
        "storage_nearly_full",
        format!("你的图片已用 {}，上限 {}。请删除不需要的会话。", in_words(stored), in_words(most)),
        format!(
            "Your pictures take {} of the {} that you may use. Delete conversations that you no longer need.",
            in_words(stored),
            in_words(most)
        ),
    )
}

/// Refuses what would take more room than the caller has, before anything is worked on. Whatever stores pictures asks again in the change that adds
/// them: [`crate::store::Tx::keep_within`].
pub async fn require_room(app: &App, caller: &Caller, more: u64) -> Result<(), ApiError> {
    let Some(most) = caller.allowed.storage_bytes else { return Ok(()) };
    let stored = app.store.stored_bytes(&caller.user).await.map_err(store_error)?;
    if stored.saturating_add(more) <= most {
        return Ok(());
    }
    Err(store_error(StoreError::NoSpace { most }))
}

/// Sign-ins, links and keys mean nothing where there are no accounts.
pub async fn require_accounts(app: &App) -> Result<(), ApiError> {
    if app.accounts.on().await.map_err(store_error)? {
        return Ok(());
    }
    Err(ApiError::new(
        StatusCode::CONFLICT,
        "accounts_off",
        Text::new(
            "这个服务没有账号。用 portico serve --accounts 启动，就可以登录、邀请别人和使用密钥。",
            "This server has no accounts. Start it with `portico serve --accounts` for sign-ins, invitations and keys.",
        ),
    ))
}

pub fn came(address: &Address, headers: &HeaderMap) -> Came {
    let agent = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or("");
    Came { address: address.client, agent: agent.to_owned() }
}

pub fn account_error(error: AccountError) -> ApiError {
    let mut api = ApiError::explain(&error);
    if let AccountError::TooManyAttempts(wait) = error {
        api.retry_after = Some(u32::try_from(wait.as_secs()).unwrap_or(900) + 1);
    }
    api
}

/// Kept here so that lists of users show the same figures.
pub fn figures(user: &crate::store::User, defaults: Allowed) -> LimitFigures {
    caller::allowed(user, defaults).into()
}
