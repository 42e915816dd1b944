//! `/users`, `/invites`, `/audit`: looking after accounts. For owners.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::address::Address;
use super::body::JsonBody;
use super::caller::Caller;
use super::error::{ApiError, ErrorEnvelope};
use super::login::{self, LimitFigures};
use super::sessions::store_error;
use super::state::App;
use crate::store::{InviteId, InviteKind, Limits, StoreError, User, UserId, UserRole};

/// Most entries of the audit in one answer.
const MOST_ACTS: u32 = 200;

/// An account as owners see it: what it takes up, never what is in it.
#[derive(Serialize, ToSchema)]
pub struct UserShown {
    pub id: String,
    pub name: String,
    pub role: UserRole,
    pub disabled: bool,
    pub created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<String>,
    /// This account's own figures; `null` = as configured.
    pub limits: OwnLimits,
    /// What holds; 0 = no limit.
    pub effective: LimitFigures,
    pub usage: UserUsage,
    /// How many API keys.
    pub keys: usize,
}

#[derive(Serialize, ToSchema)]
pub struct UserUsage {
    pub storage_bytes: u64,
    pub jobs: u32,
}

/// `null` = as configured, 0 = no limit.
#[derive(Serialize, Deserialize, Clone, Copy, Default, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OwnLimits {
    pub requests_per_minute: Option<u32>,
    pub jobs_at_once: Option<u32>,
    pub storage_bytes: Option<u64>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserBody {
    pub role: Option<UserRole>,
    /// Kept out: browsers are signed out and keys refused until it is taken back.
    pub disabled: Option<bool>,
    /// Replaces all three.
    pub limits: Option<OwnLimits>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteBody {
    pub role: UserRole,
}

/// A one-time link.
#[derive(Serialize, ToSchema)]
pub struct InviteShown {
    pub id: String,
    pub kind: InviteKind,
    pub role: UserRole,
    /// Whose password it sets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub created_at: String,
    pub expires_at: String,
    /// Only in the answer that makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct ActShown {
    pub id: i64,
    pub time: String,
    pub actor: String,
    pub action: String,
    pub subject: String,
    pub detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Entries before this one
    before: Option<i64>,
    /// 1..=200
    limit: Option<u32>,
}

/// Everybody who can sign in.
#[utoipa::path(get, path = "/users", tag = "account", responses((status = 200, body = Vec<UserShown>), (status = 403, body = ErrorEnvelope)))]
pub async fn list(State(app): State<App>, _owner: Caller) -> Result<Json<Vec<UserShown>>, ApiError> {
    login::require_accounts(&app).await?;
    let mut shown = vec![];
    for user in app.store.accounts().await.map_err(store_error)? {
        shown.push(show(&app, user).await?);
    }
    Ok(Json(shown))
}

/// Changes somebody's role, limits, or whether they may come in.
#[utoipa::path(patch, path = "/users/{id}", tag = "account", params(("id" = String, Path)), request_body = UserBody,
    responses((status = 200, body = UserShown), (status = 403, body = ErrorEnvelope), (status = 404, body = ErrorEnvelope), (status = 409, body = ErrorEnvelope)))]
pub async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: JsonBody<UserBody>,
) -> Result<Json<UserShown>, ApiError> {
    let user = find(&app, &id).await?;
    let mut tx = app.store.begin(&caller.user).await.map_err(store_error)?;
    if let Some(role) = body.0.role {
        tx.set_role(&user.id, role).await.map_err(store_error)?;
        tx.note(&caller.actor(), "user.role", &user.name, role.name()).await.map_err(store_error)?;
    }
    if let Some(disabled) = body.0.disabled {
        tx.set_disabled(&user.id, disabled).await.map_err(store_error)?;
        let action = if disabled { "user.disable" } else { "user.enable" };
        tx.note(&caller.actor(), action, &user.name, "").await.map_err(store_error)?;
    }
    if let Some(own) = body.0.limits {
        let limits =
            Limits { requests_per_minute: own.requests_per_minute, jobs_at_once: own.jobs_at_once, storage_bytes: own.storage_bytes };
        tx.set_limits(&user.id, limits).await.map_err(store_error)?;
        let detail = serde_json::to_string(&own).unwrap_or_default();
        tx.note(&caller.actor(), "user.limits", &user.name, &detail).await.map_err(store_error)?;
    }
    tx.commit().await.map_err(store_error)?;
    app.accounts.way_closed();
    Ok(Json(show(&app, find(&app, &id).await?).await?))
}

/// Removes an account with all its conversations and pictures; its jobs are stopped.
#[utoipa::path(delete, path = "/users/{id}", tag = "account", params(("id" = String, Path)),
    responses((status = 204), (status = 403, body = ErrorEnvelope), (status = 404, body = ErrorEnvelope), (status = 409, body = ErrorEnvelope)))]
pub async fn remove(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    let user = find(&app, &id).await?;
    // Without any account the folder would belong to whoever is on the machine: only they may decide that.
    if app.store.accounts().await.map_err(store_error)?.len() == 1 {
        return Err(ApiError::explain(&StoreError::LastOwner));
    }
    let mut tx = app.store.begin(&caller.user).await.map_err(store_error)?;
    let removed = tx.delete_user(&user.id).await.map_err(store_error)?;
    tx.note(&caller.actor(), "user.remove", &user.name, "").await.map_err(store_error)?;
    tx.commit().await.map_err(store_error)?;
    app.engine.drop_jobs(&removed.jobs);
    app.accounts.way_closed();
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a link that sets a new password for somebody.
#[utoipa::path(post, path = "/users/{id}/reset", tag = "account", params(("id" = String, Path)),
    responses((status = 201, body = InviteShown), (status = 403, body = ErrorEnvelope), (status = 404, body = ErrorEnvelope)))]
pub async fn reset(
    State(app): State<App>,
    caller: Caller,
    axum::Extension(address): axum::Extension<Address>,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<InviteShown>), ApiError> {
    let user = find(&app, &id).await?;
    link(&app, &caller, &address, (InviteKind::Reset, user.role, Some(user))).await
}

/// Links that are still good, the newest first.
#[utoipa::path(get, path = "/invites", tag = "account", responses((status = 200, body = Vec<InviteShown>), (status = 403, body = ErrorEnvelope)))]
pub async fn invites(State(app): State<App>, _owner: Caller) -> Result<Json<Vec<InviteShown>>, ApiError> {
    login::require_accounts(&app).await?;
    let mut shown = vec![];
    for invite in app.store.invites().await.map_err(store_error)? {
        let name = match &invite.user {
            Some(id) => Some(app.store.user(id).await.map_err(store_error)?.name),
            None => None,
        };
        shown.push(invite_shown(invite, name, None));
    }
    Ok(Json(shown))
}

/// Makes an invitation: a link that makes one account.
#[utoipa::path(post, path = "/invites", tag = "account", request_body = InviteBody,
    responses((status = 201, body = InviteShown), (status = 403, body = ErrorEnvelope)))]
pub async fn invite(
    State(app): State<App>,
    caller: Caller,
    axum::Extension(address): axum::Extension<Address>,
    body: JsonBody<InviteBody>,
) -> Result<(StatusCode, Json<InviteShown>), ApiError> {
    login::require_accounts(&app).await?;
    link(&app, &caller, &address, (InviteKind::Invite, body.0.role, None)).await
}

/// Withdraws a link.
#[utoipa::path(delete, path = "/invites/{id}", tag = "account", params(("id" = String, Path)),
    responses((status = 204), (status = 403, body = ErrorEnvelope), (status = 404, body = ErrorEnvelope)))]
pub async fn withdraw(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    let id: InviteId = id.parse().map_err(|_| ApiError::not_found())?;
    let mut tx = app.store.begin(&caller.user).await.map_err(store_error)?;
    tx.withdraw_invite(&id).await.map_err(store_error)?;
    tx.note(&caller.actor(), "invite.withdraw", id.as_str(), "").await.map_err(store_error)?;
    tx.commit().await.map_err(store_error)?;
    Ok(StatusCode::NO_CONTENT)
}

/// What was done to accounts, keys and limits, the newest first.
#[utoipa::path(get, path = "/audit", tag = "account", params(AuditQuery), responses((status = 200, body = Vec<ActShown>), (status = 403, body = ErrorEnvelope)))]
pub async fn audit(State(app): State<App>, _owner: Caller, Query(query): Query<AuditQuery>) -> Result<Json<Vec<ActShown>>, ApiError> {
    let limit = query.limit.unwrap_or(50).clamp(1, MOST_ACTS);
    let acts = app.store.audit(query.before, limit).await.map_err(store_error)?;
    let shown = acts.into_iter().map(|act| ActShown {
        id: act.id,
        time: act.time.to_string(),
        actor: act.actor,
        action: act.action,
        subject: act.subject,
        detail: act.detail,
        request_id: act.request_id,
    });
    Ok(Json(shown.collect()))
}

/// Somebody who can sign in.
async fn find(app: &App, id: &str) -> Result<User, ApiError> {
    login::require_accounts(app).await?;
    let id: UserId = id.parse().map_err(|_| ApiError::not_found())?;
    let user = app.store.user(&id).await.map_err(store_error)?;
    if user.password.is_some() { Ok(user) } else { Err(ApiError::not_found()) }
}

async fn show(app: &App, user: User) -> Result<UserShown, ApiError> {
    let stored = app.store.stored_bytes(&user.id).await.map_err(store_error)?;
    let jobs = app.store.unfinished(&user.id).await.map_err(store_error)?;
    let seen = app.store.last_seen(&user.id).await.map_err(store_error)?;
    let keys = app.store.keys(&user.id).await.map_err(store_error)?.len();
    Ok(UserShown {
        effective: login::figures(&user, app.accounts.defaults()),
        id: user.id.to_string(),
        name: user.name,
        role: user.role,
        disabled: user.disabled_at.is_some(),
        created_at: user.created_at.to_string(),
        last_seen_at: seen.map(|t| t.to_string()),
        limits: OwnLimits {
            requests_per_minute: user.limits.requests_per_minute,
            jobs_at_once: user.limits.jobs_at_once,
            storage_bytes: user.limits.storage_bytes,
        },
        usage: UserUsage { storage_bytes: stored, jobs },
        keys,
    })
}

async fn link(
    app: &App,
    caller: &Caller,
    address: &Address,
    (kind, role, user): (InviteKind, UserRole, Option<User>),
) -> Result<(StatusCode, Json<InviteShown>), ApiError> {
    let made = app.accounts.invite(&caller.user, (kind, role), user.as_ref(), &caller.actor()).await;
    let (invite, token) = made.map_err(store_error)?;
    let url = format!("{}/welcome#{token}", site(app, address));
    Ok((StatusCode::CREATED, Json(invite_shown(invite, user.map(|u| u.name), Some(url)))))
}

/// Where people find this server: as configured, else as the caller found it.
fn site(app: &App, address: &Address) -> String {
    if let Some(url) = &app.config.server.public_url {
        return url.trim_end_matches('/').to_owned();
    }
    let scheme = if address.https { "https" } else { "http" };
    format!("{scheme}://{}", address.host)
}

fn invite_shown(invite: crate::store::Invite, name: Option<String>, url: Option<String>) -> InviteShown {
    InviteShown {
        id: invite.id.to_string(),
        kind: invite.kind,
        role: invite.role,
        name,
        created_at: invite.created_at.to_string(),
        expires_at: invite.expires_at.to_string(),
        url,
    }
}
