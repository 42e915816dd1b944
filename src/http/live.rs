//! A session's events as the socket and the event stream tell them: one envelope for each.

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use utoipa::IntoParams;

use super::error::ApiError;
use super::shapes;
use super::view::{self, View};
use crate::plan::words;
use crate::store::{Event, EventBody, SessionId, StoreError};
use crate::text::Lang;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AfterQuery {
    /// Replay what came after this number
    #[serde(default)]
    pub after: i64,
}

/// Events put into words at once: a crowd of readers leaves the database to those who wait for an answer.
static SHOWING: Semaphore = Semaphore::const_new(2);

/// An event in its envelope; `None` where what it names is gone meanwhile (a replay after a deletion).
pub async fn envelope(view: &View, session: &SessionId, event: &Event) -> Result<Option<Value>, ApiError> {
    // An error means that the semaphore is closed, which it never is.
    let _turn = SHOWING.acquire().await;
    let Some(payload) = payload(view, session, event).await? else { return Ok(None) };
    let mut envelope = json!({
        "seq": event.seq,
        "time": event.time.to_string(),
        "session": session.as_str(),
        "job": event.job.as_ref().map(|j| j.as_str()),
        "type": event.body.name(),
    });
    if event.body.is_transient() {
        envelope["transient"] = json!(true);
    }
    if let (Value::Object(envelope), Value::Object(payload)) = (&mut envelope, payload) {
        envelope.extend(payload);
    }
    Ok(Some(envelope))
}

/// What an event says beside the envelope; `None` where what it names is gone meanwhile (a replay after a deletion).
async fn payload(view: &View, session: &SessionId, event: &Event) -> Result<Option<Value>, ApiError> {
    match body(view, session, event).await {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.code == "not_found" => Ok(None),
        Err(error) => Err(error),
    }
}

async fn body(view: &View, session: &SessionId, event: &Event) -> Result<Value, ApiError> {
    let (store, user) = (&view.app.store, &view.user);
    let found = |e: StoreError| ApiError::explain(&e);
    Ok(match &event.body {
        EventBody::MessageCreated { message } => {
            let row = store.message(user, message).await.map_err(found)?;
            json!({ "message": view.message(&row).await? })
        }
        EventBody::PlanReady { plan } => json!({ "plan": plan, "words": words(plan, job_lang(view, event).await) }),
        EventBody::QuestionAsked { question } => {
            let row = store.question(user, question).await.map_err(found)?;
            let lang = store.message(user, &row.message).await.map_or(view.lang, |m| m.lang);
            json!({ "question": shapes::question(&row.question, lang) })
        }
        EventBody::JobQueued { position } => json!({ "position": position }),
        EventBody::JobStarted | EventBody::JobCancelled => json!({}),
        EventBody::JobSucceeded { .. } => succeeded(view, event).await?,
        EventBody::JobFailed { error } => json!({ "error": view::problem(error, job_lang(view, event).await) }),
        EventBody::StepStarted { step, op } => {
            let line = match &event.job {
                Some(id) => {
                    let job = store.job(user, id).await.map_err(found)?;
                    words(&job.plan, job.lang).into_iter().nth(*step)
                }
                None => None,
            };
            json!({ "step": step, "op": op, "words": line })
        }
        EventBody::StepFinished { step, ms, artifacts, warnings } => {
            let mut shown = Vec::with_capacity(artifacts.len());
            for artifact in artifacts {
                match view.picture(&artifact.image).await {
                    Ok(image) => shown.push(json!({ "role": artifact.role, "image": image })),
                    // Deleted with its branch; the step was done all the same.
                    Err(error) if error.code == "not_found" => {}
                    Err(error) => return Err(error),
                }
            }
            let lang = job_lang(view, event).await;
            json!({ "step": step, "ms": ms, "artifacts": shown, "warnings": shapes::warnings(warnings, lang) })
        }
        EventBody::VersionCreated { number, parent } => {
            let row = store.version(user, session, *number).await.map_err(found)?;
            json!({ "number": number, "parent": parent, "version": view.version(&row).await? })
        }
        EventBody::VersionsDeleted { numbers, current } => json!({ "numbers": numbers, "current": current }),
        EventBody::SessionUpdated => {
            let row = store.session(user, session).await.map_err(found)?;
            json!({ "session": view::session(&row, &view.app.base_path) })
        }
        EventBody::StepProgress { step, fraction, label, elapsed_ms } => {
            json!({ "step": step, "fraction": fraction, "label": label.get(job_lang(view, event).await), "elapsed_ms": elapsed_ms })
        }
        EventBody::StepPreview { step, preview } => {
            let lang = job_lang(view, event).await;
            json!({
                "step": step, "id": preview.hex_id(), "mime": preview.mime, "width": preview.width, "height": preview.height,
                "label": preview.label.as_ref().map(|l| l.get(lang)),
            })
        }
    })
}

async fn succeeded(view: &View, event: &Event) -> Result<Value, ApiError> {
    let Some(id) = &event.job else { return Ok(json!({})) };
    let row = view.app.store.job(&view.user, id).await.map_err(|e| ApiError::explain(&e))?;
    let job = view.job(&row).await?;
    Ok(json!({
        "version": job.version, "timings": job.timings, "warnings": job.warnings, "files": job.files, "report": job.report,
        "report_text": job.report_text, "exact_outside_target": job.exact_outside_target, "target": job.target,
        "artifacts": job.artifacts, "suggestions": job.suggestions,
    }))
}

/// The language of the conversation's turn, which a reader in another language sees too.
async fn job_lang(view: &View, event: &Event) -> Lang {
    match &event.job {
        Some(id) => view.app.store.job(&view.user, id).await.map_or(view.lang, |j| j.lang),
        None => view.lang,
    }
}
