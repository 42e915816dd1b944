//! `/welcome`: the other end of a one-time link. The token is in the link's fragment, which browsers send to nobody; the page posts it here.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::address::Address;
use super::body::JsonBody;
use super::error::{ApiError, ErrorEnvelope};
use super::guard::Stranger;
use super::login::{self, Me, account_error};
use super::state::App;
use crate::accounts::Newcomer;
use crate::store::{InviteKind, UserRole};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LookBody {
    pub token: String,
}

/// What a link is for.
#[derive(Serialize, ToSchema)]
pub struct LinkShown {
    pub kind: InviteKind,
    pub role: UserRole,
    /// Whose password it sets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WelcomeBody {
    pub token: String,
    /// 1 to 64 characters; not for a new password.
    pub name: Option<String>,
    /// 8 characters to 1024 bytes.
    pub password: String,
}

/// What a one-time link is for. It stays good.
#[utoipa::path(post, path = "/welcome/look", tag = "account", request_body = LookBody,
    responses((status = 200, body = LinkShown), (status = 404, body = ErrorEnvelope)))]
pub async fn look(State(app): State<App>, body: JsonBody<LookBody>) -> Result<Json<LinkShown>, ApiError> {
    login::require_accounts(&app).await?;
    let link = app.accounts.look(&body.0.token).await.map_err(account_error)?;
    Ok(Json(LinkShown { kind: link.invite.kind, role: link.invite.role, name: link.name }))
}

/// Uses a one-time link: makes the account, or sets the new password, and signs in.
#[utoipa::path(post, path = "/welcome", tag = "account", request_body = WelcomeBody,
    responses((status = 200, body = Me), (status = 400, body = ErrorEnvelope), (status = 404, body = ErrorEnvelope), (status = 409, body = ErrorEnvelope)))]
pub async fn welcome(
    State(app): State<App>,
    stranger: Stranger,
    axum::Extension(address): axum::Extension<Address>,
    headers: HeaderMap,
    body: JsonBody<WelcomeBody>,
) -> Result<Response, ApiError> {
    login::require_accounts(&app).await?;
    let newcomer = Newcomer { token: body.0.token, name: body.0.name, password: body.0.password };
    let came = login::came(&address, &headers);
    let fresh = app.accounts.welcome(newcomer, &came, Some(stranger.request_id.clone())).await.map_err(account_error)?;
    login::signed_in(&app, &stranger, &address, fresh).await
}
