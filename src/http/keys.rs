//! `/keys`: what programs sign in with.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::JsonBody;
use super::caller::Caller;
use super::error::{ApiError, ErrorEnvelope};
use super::login;
use super::sessions::store_error;
use super::state::App;
use crate::accounts::{self, Scope, Scopes};
use crate::store::{ApiKey, KeyId, Limits, NewKey, UserRole};

/// Longest life of a key that has one, in days.
const MAX_DAYS: u32 = 3650;

/// A key; the secret itself is shown once, when it is made.
#[derive(Serialize, ToSchema)]
pub struct KeyShown {
    pub id: String,
    pub name: String,
    /// The secret's first characters.
    pub hint: String,
    pub scopes: Vec<String>,
    pub limits: KeyLimits,
    pub created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<String>,
    /// The secret; only in the answer that makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// Of one key, beside its owner's limits; 0 = none of its own.
#[derive(Serialize, Deserialize, Clone, Copy, Default, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct KeyLimits {
    pub requests_per_minute: u32,
    pub jobs_at_once: u32,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyBody {
    /// 1 to 64 characters.
    pub name: String,
    pub scopes: Vec<Scope>,
    /// 1 to 3650; without it the key does not expire.
    pub expires_in_days: Option<u32>,
    #[serde(default)]
    pub limits: KeyLimits,
}

/// The caller's keys, the newest first; revoked ones are gone.
#[utoipa::path(get, path = "/keys", tag = "account", responses((status = 200, body = Vec<KeyShown>)))]
pub async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Vec<KeyShown>>, ApiError> {
    login::require_accounts(&app).await?;
    let keys = app.store.keys(&caller.user).await.map_err(store_error)?;
    Ok(Json(keys.into_iter().map(|key| shown(key, None)).collect()))
}

/// Makes a key. The answer is the only place that has the secret.
#[utoipa::path(post, path = "/keys", tag = "account", request_body = KeyBody,
    responses((status = 201, body = KeyShown), (status = 400, body = ErrorEnvelope), (status = 403, body = ErrorEnvelope)))]
pub async fn create(State(app): State<App>, caller: Caller, body: JsonBody<KeyBody>) -> Result<Response, ApiError> {
    login::require_accounts(&app).await?;
    let body = body.0;
    let (new, secret) = checked(&body, caller.role)?;
    let scopes = new.scopes.join(" ");
    let mut tx = app.store.begin(&caller.user).await.map_err(store_error)?;
    let key = tx.add_key(new).await.map_err(store_error)?;
    tx.note(&caller.actor(), "key.add", &key.name, &scopes).await.map_err(store_error)?;
    tx.commit().await.map_err(store_error)?;
    let mut response = (StatusCode::CREATED, Json(shown(key, Some(secret)))).into_response();
    response.headers_mut().insert(axum::http::header::CACHE_CONTROL, axum::http::HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Revokes a key, for good and at once.
#[utoipa::path(delete, path = "/keys/{id}", tag = "account", params(("id" = String, Path)), responses((status = 204), (status = 404, body = ErrorEnvelope)))]
pub async fn revoke(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    login::require_accounts(&app).await?;
    let id: KeyId = id.parse().map_err(|_| ApiError::not_found())?;
    let mut tx = app.store.begin(&caller.user).await.map_err(store_error)?;
    let key = tx.revoke_key(&id).await.map_err(store_error)?;
    tx.note(&caller.actor(), "key.revoke", &key.name, &key.hint).await.map_err(store_error)?;
    tx.commit().await.map_err(store_error)?;
    app.accounts.way_closed();
    Ok(StatusCode::NO_CONTENT)
}

/// The key that was wished for; only owners may ask for `admin`.
fn checked(body: &KeyBody, role: UserRole) -> Result<(NewKey, String), ApiError> {
    let name = accounts::name_of(&body.name).map_err(login::account_error)?;
    let scopes: Scopes = body.scopes.iter().copied().collect();
    if scopes == Scopes::default() {
        return Err(bad(
            "密钥至少要有一个权限：read、edit、batch 或 admin。",
            "A key needs at least one scope: read, edit, batch or admin.",
            "scopes",
        ));
    }
    if scopes.has(Scope::Admin) && role != UserRole::Owner {
        return Err(bad("只有所有者的密钥可以有 admin 权限。", "Only an owner's key can have the scope `admin`.", "scopes"));
    }
    if body.expires_in_days.is_some_and(|days| !(1..=MAX_DAYS).contains(&days)) {
        return Err(bad(
            "有效期为 1 到 3650 天；不填则不过期。",
            "A key expires in 1 to 3650 days; leave it out for never.",
            "expires_in_days",
        ));
    }
    let own = |n: u32| (n > 0).then_some(n);
    let limits = Limits {
        requests_per_minute: own(body.limits.requests_per_minute),
        jobs_at_once: own(body.limits.jobs_at_once),
        storage_bytes: None,
    };
    Ok(accounts::new_key(name, scopes, limits, body.expires_in_days))
}

fn bad(zh: &str, en: &str, field: &str) -> ApiError {
    ApiError::bad_request("invalid_parameter", zh, en).field(field)
}

fn shown(key: ApiKey, secret: Option<String>) -> KeyShown {
    KeyShown {
        id: key.id.to_string(),
        name: key.name,
        hint: key.hint,
        scopes: key.scopes,
        limits: KeyLimits {
            requests_per_minute: key.limits.requests_per_minute.unwrap_or(0),
            jobs_at_once: key.limits.jobs_at_once.unwrap_or(0),
        },
        created_at: key.created_at.to_string(),
        expires_at: key.expires_at.map(|t| t.to_string()),
        last_used_at: key.last_used_at.map(|t| t.to_string()),
        key: secret,
    }
}
