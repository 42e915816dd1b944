//! `/sessions/{id}/messages`: saying something in a conversation.

use axum::Json;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::body::read_submission;
use super::caller::Caller;
use super::error::{ApiError, ErrorEnvelope};
use super::intake;
use super::sessions::{session_id, store_error};
use super::shapes::{Job, Message};
use super::state::App;
use super::view::View;
use crate::chat::{self, Incoming, Instead, Lut, UseRecipe};
use crate::plan::Plan;
use crate::store::QuestionId;

#[derive(Serialize, ToSchema)]
pub struct Messages {
    pub messages: Vec<Message>,
}

/// What one says: words, or an edited plan, or the answer to a question.
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct MessageBody {
    text: Option<String>,
    #[schema(value_type = Option<Object>)]
    plan: Option<Value>,
    answer: Option<AnswerBody>,
    /// Ids of uploaded pictures (files in a multipart form).
    images: Option<Vec<String>>,
    /// Id of an uploaded mask: white = selected.
    mask: Option<String>,
    /// A colour table that the words speak of ("apply this LUT"); without words it is put over the picture.
    lut: Option<LutBody>,
    /// Continue from this version.
    from_version: Option<u32>,
    /// The plan is an edited one, in place of this version's own: the result stands beside it.
    instead_of: Option<u32>,
    /// With `instead_of`: make again what followed that version, one after the other, on top of the new one.
    follow: Option<bool>,
    /// With `follow`: the last version to be made again. Without it the current one where it followed, else the newest that did.
    upto: Option<u32>,
    /// A saved recipe, to be run on `images`, else on the current version.
    recipe: Option<RecipeUse>,
}

/// A `.cube` file.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LutBody {
    /// The file's name without `.cube`; what the table is called where it has no title of its own.
    #[serde(default)]
    name: String,
    /// The file's text, up to 4 MB.
    cube: String,
}

/// A saved recipe to be run.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecipeUse {
    /// Its id or name.
    pub recipe: String,
    /// The newest without it.
    pub version: Option<u32>,
    /// By parameter; texts are read as the parameter's type.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub values: crate::recipe::Values,
    /// Run it also where models are installed other than those that it is pinned to.
    #[serde(default)]
    pub any_models: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerBody {
    /// The question's id.
    question: String,
    /// 0-based.
    option: usize,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WaitQuery {
    /// Answer when the work is done
    #[serde(default)]
    wait: bool,
}

/// The message as stored, and the answer: a job, a question, a command or a reply.
#[derive(Serialize, ToSchema)]
pub struct Posted {
    pub message: Message,
    /// The first answer; with several pictures there is one for each, see `answers`.
    pub answer: Message,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Message>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<Job>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub question: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub command: Option<Value>,
}

/// The conversation so far, oldest first.
#[utoipa::path(get, path = "/sessions/{id}/messages", tag = "messages", params(("id" = String, Path)),
    responses((status = 200, body = Messages), (status = 404, body = ErrorEnvelope)))]
pub async fn list(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Json<Messages>, ApiError> {
    let id = session_id(&id)?;
    app.store.session(&caller.user, &id).await.map_err(store_error)?;
    let rows = app.store.messages(&caller.user, &id).await.map_err(store_error)?;
    let view = View { app, user: caller.user, lang: caller.lang };
    Ok(Json(Messages { messages: view.messages(&rows).await? }))
}

/// Says something. The work goes on when the caller goes away; with `wait=true` the answer comes when it is done.
#[utoipa::path(post, path = "/sessions/{id}/messages", tag = "messages", params(("id" = String, Path), WaitQuery),
    request_body(content((MessageBody = "application/json"), (MessageBody = "multipart/form-data"))),
    responses((status = 202, body = Posted), (status = 200, description = "with wait=true", body = Posted), (status = 400, body = ErrorEnvelope),
        (status = 404, body = ErrorEnvelope), (status = 413, body = ErrorEnvelope), (status = 415, body = ErrorEnvelope), (status = 429, body = ErrorEnvelope)))]
pub async fn post(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Query(query): Query<WaitQuery>,
    request: Request,
) -> Result<Response, ApiError> {
    let id = session_id(&id)?;
    app.store.session(&caller.user, &id).await.map_err(store_error)?;
    super::login::require_room(&app, &caller, 0).await?;
    let incoming = incoming(&app, &caller, request).await?;
    let turn =
        chat::receive((&app.store, &app.engine, &app.models), &caller.user, &id, incoming).await.map_err(|e| ApiError::explain(&e))?;
    let mut status = StatusCode::ACCEPTED;
    let mut job = turn.jobs.first().cloned();
    if query.wait {
        for (i, queued) in turn.jobs.iter().enumerate() {
            let done = app.engine.wait(&caller.user, &queued.id).await.map_err(|e| ApiError::explain(&e))?;
            if i == 0 {
                job = Some(done);
            }
        }
        status = StatusCode::OK;
    }
    let view = View { app, user: caller.user, lang: caller.lang };
    let mut answers = view.messages(&turn.answers).await?;
    if answers.is_empty() {
        return Err(ApiError::internal(&"a turn without an answer"));
    }
    let answer = answers.remove(0);
    if !answers.is_empty() {
        answers.insert(0, answer.clone());
    }
    let plain = answer.job.is_none() && answer.question.is_none() && answer.error.is_none();
    let posted = Posted {
        message: view.message(&turn.message).await?,
        job: match &job {
            Some(row) => Some(view.job(row).await?),
            None => None,
        },
        question: answer.question.clone(),
        reply: plain.then(|| answer.text.clone()),
        command: answer.command.clone(),
        answer,
        answers,
    };
    Ok((status, Json(posted)).into_response())
}

/// Uploads are kept first, then the message may name them.
async fn incoming(app: &App, caller: &Caller, request: Request) -> Result<Incoming, ApiError> {
    let (submission, _held) = read_submission(request, &app.config.limits, &app.body_memory).await?;
    let text = submission.text("text");
    let limit = app.config.limits.max_instruction_chars;
    if text.as_ref().is_some_and(|t| t.chars().count() > limit) {
        return Err(ApiError::bad_request(
            "instruction_too_long",
            format!("说明最多 {limit} 个字符。"),
            format!("An instruction has at most {limit} characters."),
        )
        .field("text"));
    }
    let answer = match submission.json::<AnswerBody>("answer")? {
        None => None,
        Some(answer) => {
            let question: QuestionId = answer.question.parse().map_err(|_| ApiError::not_found().field("answer"))?;
            Some((question, answer.option))
        }
    };
    let plan = submission.json::<Plan>("plan")?;
    // Whoever wrote a plan is told at once which of its parameters does not fit; a job could only fail.
    if let Some(plan) = &plan {
        crate::engine::check(plan).map_err(|e| ApiError::explain(&e))?;
    }
    let lut = submission.json::<LutBody>("lut")?.map(|LutBody { name, cube }| Lut { name, cube });
    if let Some(lut) = &lut {
        crate::engine::check(&lut.plan()).map_err(|e| ApiError::explain(&e).field("lut"))?;
    }
    let from_version = submission.json::<u32>("from_version")?;
    let follow = submission.json::<bool>("follow")?.unwrap_or(false);
    let upto = submission.json::<u32>("upto")?;
    let instead_of = submission.json::<u32>("instead_of")?.map(|number| Instead { number, follow, upto });
    if instead_of.is_none() && (follow || upto.is_some()) {
        return Err(intake::missing("instead_of"));
    }
    let recipe = submission.json::<RecipeUse>("recipe")?.map(|r| UseRecipe {
        recipe: r.recipe,
        version: r.version,
        values: r.values,
        any_models: r.any_models,
    });
    let has_mask = submission.mask.is_some();
    let images = submission.images.into_iter().map(|upload| (upload, "images"));
    let mut images = intake::keep_all(app, caller, images.chain(submission.mask.map(|mask| (mask, "mask"))).collect()).await?;
    let mask = if has_mask { images.pop() } else { None };
    let (lang, allowance, space) = (caller.lang, caller.allowance(), caller.allowed.storage_bytes);
    Ok(Incoming { text, plan, answer, images, mask, lut, from_version, instead_of, recipe, lang, allowance, space })
}
