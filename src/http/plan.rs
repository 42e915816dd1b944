//! `/plan`: how an instruction is read. Nothing is run.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::body::JsonBody;
use super::caller::Caller;
use super::error::{ApiError, ErrorEnvelope};
use super::sessions::{session_id, store_error};
use super::state::App;
use crate::chat;
use crate::cli::reading_json;
use crate::plan::{Context, Plan, Step, read};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanRequest {
    pub instruction: Option<String>,
    /// A conversation whose versions and open question count.
    #[serde(default)]
    pub session: Option<String>,
    #[serde(default)]
    pub context: Option<PlanContext>,
}

/// What comes with the instruction, where there is no session.
#[derive(Deserialize, Default, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PlanContext {
    /// Pictures attached.
    pub attached: Option<usize>,
    /// Versions in the conversation.
    pub versions: Option<usize>,
    /// A mask comes with it.
    pub mask: bool,
    /// The steps that ran last, which "a bit more" and "not that one, the left one" speak of.
    #[schema(value_type = Option<Vec<Object>>)]
    pub last: Option<Vec<Step>>,
}

/// Exactly one of `plan`, `command`, `question`, `reply`.
#[derive(Serialize, ToSchema)]
pub struct PlanAnswer {
    #[schema(value_type = Option<Object>)]
    pub plan: Option<Value>,
    pub words: Option<Vec<String>>,
    #[schema(value_type = Option<Object>)]
    pub command: Option<Value>,
    #[schema(value_type = Option<Object>)]
    pub question: Option<Value>,
    pub reply: Option<String>,
    /// 0..=1
    pub confidence: f64,
    /// How each stretch of the instruction was read; offsets in UTF-16 code units.
    #[schema(value_type = Vec<Object>)]
    pub spans: Vec<Value>,
}

/// Reads an instruction without running anything.
#[utoipa::path(post, path = "/plan", tag = "edit", request_body = PlanRequest,
    responses((status = 200, body = PlanAnswer), (status = 400, body = ErrorEnvelope), (status = 404, body = ErrorEnvelope)))]
pub async fn plan(State(app): State<App>, caller: Caller, body: JsonBody<PlanRequest>) -> Result<Json<Value>, ApiError> {
    let request = body.0;
    let instruction =
        request.instruction.as_deref().map(str::trim).filter(|t| !t.is_empty()).ok_or_else(|| super::intake::missing("instruction"))?;
    let limit = app.config.limits.max_instruction_chars;
    if instruction.chars().count() > limit {
        return Err(ApiError::bad_request(
            "instruction_too_long",
            format!("说明最多 {limit} 个字符。"),
            format!("An instruction has at most {limit} characters."),
        )
        .field("instruction"));
    }
    let given = request.context.unwrap_or_default();
    let mut context = Context {
        attached: given.attached.unwrap_or(0),
        versions: given.versions.unwrap_or(0),
        mask: given.mask,
        last_plan: given.last.map(Plan::new),
        ..Context::default()
    };
    if let Some(id) = &request.session {
        let id = session_id(id)?;
        let session = app.store.session(&caller.user, &id).await.map_err(store_error)?;
        let question = app.store.open_question(&caller.user, &id).await.map_err(store_error)?.map(|row| row.question);
        let standing = chat::standing(&app.store, &caller.user, &session).await.map_err(store_error)?;
        context = Context { attached: context.attached, mask: context.mask, question, ..standing };
    } else if given.attached.is_none() && given.versions.is_none() {
        // Asked about words alone: as if a picture came with them.
        context.attached = 1;
    }
    Ok(Json(reading_json(&read(instruction, &context), caller.lang)))
}
