//! `/edit` and `/run`: pictures in, pictures out, in one call. No session, no version; results stay for an hour.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use utoipa::{IntoParams, ToSchema};

use super::body::{Submission, Upload, read_submission};
use super::body_memory::Held;
use super::caller::Caller;
use super::error::{ApiError, ErrorEnvelope, QuestionBody};
use super::shapes::{self, File, Timings, Warning};
use super::state::App;
use super::view::{self, View};
use super::{intake, names, recipe_choice};
use crate::engine::{JobHandle, MaskSource, Source, Sources, Submit};
use crate::imaging::{self, Format};
use crate::ops::registry;
use crate::plan::{self, Answer, Context, ImageRef, Plan};
use crate::store::{self, Base, IdempotencyKey, ImageId, Job, JobId, JobInputs, JobKind, JobState, NewJob};
use crate::text::{Lang, Notice, Text};

/// Multipart form of `/edit`; JSON has the same fields, pictures as base64, data URI or id.
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct EditForm {
    /// The picture; repeat the part to edit several.
    #[schema(value_type = String, format = Binary)]
    image: String,
    /// What to change, in Chinese or English.
    instruction: String,
    /// White = edit. Belongs to the first picture.
    #[schema(value_type = Option<String>, format = Binary)]
    mask: Option<String>,
    /// `png`, `jpeg`, `webp`, `avif`, `tiff`, `gif`, or with layers `ora` or `psd`; wins over an export step.
    format: Option<String>,
}

/// Multipart form of `/run`: a plan or a recipe in place of the instruction.
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct RunForm {
    #[schema(value_type = String, format = Binary)]
    image: String,
    /// The plan as JSON.
    #[schema(value_type = Option<Object>)]
    plan: Option<Value>,
    /// In place of a plan: a recipe's id, its name, or the recipe as JSON. What it asks for besides the picture follows the picture in further parts.
    recipe: Option<String>,
    /// Values for the recipe's parameters, as JSON.
    #[schema(value_type = Option<Object>)]
    values: Option<Value>,
    /// Run the recipe also with other models than those that it is pinned to.
    any_models: Option<bool>,
    #[schema(value_type = Option<String>, format = Binary)]
    mask: Option<String>,
    format: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CallQuery {
    /// Answer 202 with the job at once
    #[serde(default, rename = "async")]
    detached: bool,
}

/// The JSON answer of `/edit` and `/run`.
#[derive(Serialize, ToSchema)]
pub struct EditResult {
    pub job: String,
    #[schema(value_type = Object)]
    pub plan: Value,
    #[schema(value_type = Option<Object>)]
    pub resolved_plan: Option<Value>,
    pub results: Vec<File>,
    pub artifacts: Vec<ArtifactFile>,
    #[schema(value_type = Option<Object>)]
    pub report: Option<Value>,
    pub report_text: Option<String>,
    pub warnings: Vec<Warning>,
    pub timings: Timings,
}

#[derive(Serialize, ToSchema)]
pub struct ArtifactFile {
    /// 0-based step that made it.
    pub step: usize,
    pub role: String,
    pub id: String,
    pub url: String,
}

/// Edits pictures by an instruction.
#[utoipa::path(post, path = "/edit", tag = "edit", params(CallQuery), request_body(content = EditForm, content_type = "multipart/form-data"),
    responses((status = 200, description = "the picture's bytes; JSON with `Accept: application/json`", body = EditResult), (status = 202, body = shapes::Job),
        (status = 400, body = ErrorEnvelope), (status = 413, body = ErrorEnvelope), (status = 415, body = ErrorEnvelope),
        (status = 422, description = "a question has to be answered first", body = ErrorEnvelope), (status = 429, body = ErrorEnvelope),
        (status = 501, body = ErrorEnvelope), (status = 503, body = ErrorEnvelope)))]
pub async fn edit(State(app): State<App>, caller: Caller, Query(query): Query<CallQuery>, request: Request) -> Result<Response, ApiError> {
    serve(app, caller, query, request, JobKind::Edit).await
}

/// Runs a plan or a recipe on pictures.
#[utoipa::path(post, path = "/run", tag = "edit", params(CallQuery), request_body(content = RunForm, content_type = "multipart/form-data"),
    responses((status = 200, description = "the picture's bytes; JSON with `Accept: application/json`", body = EditResult), (status = 202, body = shapes::Job),
        (status = 400, body = ErrorEnvelope), (status = 413, body = ErrorEnvelope), (status = 415, body = ErrorEnvelope), (status = 429, body = ErrorEnvelope),
        (status = 501, body = ErrorEnvelope), (status = 503, body = ErrorEnvelope)))]
pub async fn run(State(app): State<App>, caller: Caller, Query(query): Query<CallQuery>, request: Request) -> Result<Response, ApiError> {
    serve(app, caller, query, request, JobKind::Run).await
}

/// One picture of the request, checked by its header only.
struct Picture {
    source: Source,
    stem: String,
}

/// What is to be done, and how to speak about it.
struct Task {
    plan: Plan,
    lang: Lang,
    notices: Vec<Notice>,
    /// For a recipe: the pictures that it brings along, and how many it asks for besides.
    recipe: Option<(Vec<ImageId>, usize)>,
}

async fn serve(app: App, caller: Caller, query: CallQuery, request: Request, kind: JobKind) -> Result<Response, ApiError> {
    let began = Instant::now();
    let headers = request.headers().clone();
    // Its pictures are in memory until the last job has ended, and so long they take room.
    let (submission, held) = read_submission(request, &app.config.limits, &app.body_memory).await?;
    let key = idempotency_key(&headers, &submission, kind)?;
    let mut task = match kind == JobKind::Run && submission.fields.contains_key("recipe") {
        true => of_recipe(&app, &caller, &submission).await?,
        false => understand(&app, &caller, &submission, kind)?,
    };
    let as_asked = task.plan.clone();
    if let Some(name) = submission.text("format").filter(|f| !f.is_empty()) {
        force_format(&mut task, names::output_format(&name)?);
    }
    super::login::require_room(&app, &caller, 0).await?;
    let (pictures, mask) = pictures(&app, &caller, submission).await?;
    let keep_artifacts = query.detached || wants_json(&headers);
    // Whoever hangs up gives up: dropping this future drops the handles, and they cancel.
    let handles = submit(&app, &caller, &task, Call { pictures, mask, kind, key, keep_artifacts }).await?;
    let view = View { app: app.clone(), user: caller.user.clone(), lang: task.lang };
    if query.detached {
        let first = handles.first().map(|handle| handle.id().clone()).ok_or_else(|| intake::missing("image"))?;
        hold_until_ended(&app, &caller, &handles, held);
        handles.into_iter().for_each(JobHandle::detach);
        let row = app.store.job(&caller.user, &first).await.map_err(|e| ApiError::explain(&e))?;
        return Ok((StatusCode::ACCEPTED, Json(view.job(&row).await?)).into_response());
    }
    let mut done = Vec::with_capacity(handles.len());
    for handle in handles {
        done.push(handle.wait().await.map_err(|e| ApiError::explain(&e))?);
    }
    respond(&view, &headers, &as_asked, task.notices, done, began).await
}

/// Nobody waits for these jobs, but their pictures are in memory.
fn hold_until_ended(app: &App, caller: &Caller, handles: &[JobHandle], held: Held) {
    let jobs: Vec<JobId> = handles.iter().map(|handle| handle.id().clone()).collect();
    let (engine, user) = (app.engine.clone(), caller.user.clone());
    tokio::spawn(async move {
        for job in &jobs {
            // A job that is gone has no pictures either.
            let _ = engine.wait(&user, job).await;
        }
        drop(held);
    });
}

/// The plan that a recipe gives with the request's values.
async fn of_recipe(app: &App, caller: &Caller, submission: &Submission) -> Result<Task, ApiError> {
    let attached = submission.images.len();
    if attached == 0 {
        return Err(intake::missing("image"));
    }
    let given = submission.fields.get("recipe").cloned().unwrap_or_default();
    let values = submission.json("values")?.unwrap_or_default();
    let any_models = submission.json("any_models")?.unwrap_or(false);
    let ready = recipe_choice::chosen(app, caller, &given).await?.ready(app, caller, &values, any_models).await?;
    if ready.asks > 0 && attached != ready.asks + 1 {
        let n = ready.asks;
        return Err(ApiError::bad_request(
            "image_missing",
            format!("这个配方除了要处理的图，还需要 {n} 张图：在它后面一起提交。"),
            format!("The recipe needs {n} more pictures beside the one it is run on; send them after it."),
        )
        .field("image"));
    }
    Ok(Task { plan: ready.plan, lang: caller.lang, notices: vec![], recipe: Some((ready.more, ready.asks)) })
}

/// The plan that the request means, or why there is none.
fn understand(app: &App, caller: &Caller, submission: &Submission, kind: JobKind) -> Result<Task, ApiError> {
    let attached = submission.images.len();
    if kind == JobKind::Run {
        let mut plan: Plan = submission.json("plan")?.ok_or_else(|| intake::missing("plan"))?;
        plan.fill_ids();
        if attached == 0 {
            return Err(intake::missing("image"));
        }
        plan::validate(&plan, &Context { attached, mask: submission.mask.is_some(), ..Context::default() })
            .map_err(|e| ApiError::explain(&e))?;
        return Ok(Task { plan, lang: caller.lang, notices: vec![], recipe: None });
    }
    let instruction = submission.text("instruction").or_else(|| submission.text("prompt")).unwrap_or_default();
    if attached == 0 && !instruction.trim().is_empty() {
        return Err(intake::missing("image"));
    }
    let plan = read_instruction(app, &instruction, attached, submission.mask.is_some())?;
    Ok(Task { plan, lang: caller.lang, notices: vec![], recipe: None })
}

/// The plan that an instruction means for so many pictures.
///
/// # Errors
/// The question that has to be answered first; why it means no plan.
pub fn read_instruction(app: &App, instruction: &str, attached: usize, mask: bool) -> Result<Plan, ApiError> {
    let instruction = instruction.trim();
    if instruction.is_empty() {
        return Err(intake::missing("instruction"));
    }
    let limit = app.config.limits.max_instruction_chars;
    if instruction.chars().count() > limit {
        let text = Text::new(format!("说明最多 {limit} 个字符。"), format!("An instruction has at most {limit} characters."));
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "instruction_too_long", text).field("instruction"));
    }
    match plan::read(instruction, &Context { attached, mask, ..Context::default() }).answer {
        Answer::Plan(plan) => Ok(plan),
        Answer::Question(question) => {
            let mut error = ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "question", question.text.clone()).field("instruction");
            error.question = Some(QuestionBody(Arc::new(question)));
            Err(error)
        }
        Answer::Command(_) => Err(ApiError::bad_request(
            "session_command",
            "撤销、重做、回到旧版本需要在会话中使用。",
            "Undo, redo and going back to a version need a conversation.",
        )
        .field("instruction")),
        Answer::Reply(text) => Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "not_an_edit", text).field("instruction")),
    }
}

/// The request's `format` is the last export, whatever the plan said.
fn force_format(task: &mut Task, format: Format) {
    if crate::batch::write_as(&mut task.plan, format) {
        let name = format.name();
        task.notices.push(Notice::new(
            "format_overridden",
            format!("按 format 参数输出为 {name}，没有采用说明里的格式。"),
            format!("Written as {name} because of the format parameter, not in the instruction's format."),
        ));
    }
}

async fn pictures(app: &App, caller: &Caller, submission: Submission) -> Result<(Vec<Picture>, Option<MaskSource>), ApiError> {
    let mut pictures = Vec::with_capacity(submission.images.len());
    for upload in submission.images {
        pictures.push(match upload {
            Upload::Id(id) => {
                let id = intake::image_id(&id, "image")?;
                let image = app.store.image(&caller.user, &id).await.map_err(|e| ApiError::explain(&e).field("image"))?;
                Picture { stem: stem(&image.name), source: Source::Stored(id) }
            }
            Upload::Bytes { name, bytes } => {
                let header = imaging::probe(&bytes, &intake::imaging_limits(app)).map_err(|e| ApiError::explain(&e).field("image"))?;
                let pixels = u64::from(header.width) * u64::from(header.height);
                let name = intake::display_name(&name, header.format.extension());
                Picture { stem: stem(&name), source: Source::File { bytes: Arc::new(bytes.into()), name, pixels } }
            }
        });
    }
    let mask = match submission.mask {
        None => None,
        Some(Upload::Id(id)) => Some(MaskSource::Stored(intake::image_id(&id, "mask")?)),
        Some(Upload::Bytes { bytes, .. }) => {
            imaging::probe(&bytes, &intake::imaging_limits(app)).map_err(|e| ApiError::explain(&e).field("mask"))?;
            Some(MaskSource::File { bytes: Arc::new(bytes.into()) })
        }
    };
    Ok((pictures, mask))
}

fn stem(name: &str) -> String {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned()
}

/// What one call brings besides the plan.
struct Call {
    pictures: Vec<Picture>,
    mask: Option<MaskSource>,
    kind: JobKind,
    key: Option<IdempotencyKey>,
    /// Whoever asks for JSON gets the masks too.
    keep_artifacts: bool,
}

/// One job for each picture, unless the plan itself names more than the first.
async fn submit(app: &App, caller: &Caller, task: &Task, call: Call) -> Result<Vec<JobHandle>, ApiError> {
    let Call { pictures, mask, kind, key, keep_artifacts } = call;
    let names_others = serde_json::to_string(&task.plan)
        .is_ok_and(|text| (2..=pictures.len()).any(|n| text.contains(&format!("\"{}\"", ImageRef::Image(n)))));
    let takes_all = registry::takes_all(&task.plan);
    let (more, together) = match &task.recipe {
        Some((more, asks)) => (more.as_slice(), *asks > 0 || takes_all),
        None => (&[][..], names_others || takes_all),
    };
    let groups: Vec<Vec<Picture>> = if together { vec![pictures] } else { pictures.into_iter().map(|p| vec![p]).collect() };
    let mut jobs = Vec::with_capacity(groups.len());
    for (i, group) in groups.into_iter().enumerate() {
        let inputs = JobInputs { base: Base::First, stem: group[0].stem.clone(), keep_artifacts, ..JobInputs::default() };
        let id = JobId::new();
        let handle = app.engine.handle(&caller.user, &id);
        let new = NewJob {
            id,
            kind,
            lane: caller.lane(),
            session: None,
            message: None,
            lang: task.lang,
            plan: task.plan.clone(),
            inputs,
            chain: None,
            idempotency: key.clone().filter(|_| i == 0),
        };
        let sources = Sources {
            images: group.into_iter().map(|p| p.source).chain(more.iter().cloned().map(Source::Stored)).collect(),
            mask: mask.clone().filter(|_| i == 0),
        };
        let submitted = app.engine.submit(&caller.user, Submit { job: new, sources: Some(sources), allowance: caller.allowance() }).await;
        match submitted {
            // Under a key that is known it is the job of the first call.
            Ok(submitted) if submitted.repeated => {
                handle.detach();
                jobs.push(app.engine.handle(&caller.user, &submitted.job.id));
            }
            Ok(_) => jobs.push(handle),
            Err(error) => {
                handle.detach();
                return Err(ApiError::explain(&error));
            }
        }
    }
    Ok(jobs)
}

fn idempotency_key(headers: &HeaderMap, submission: &Submission, kind: JobKind) -> Result<Option<IdempotencyKey>, ApiError> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().ok().filter(|k| !k.is_empty() && k.len() <= 255).ok_or_else(|| {
        ApiError::bad_request(
            "invalid_parameter",
            "Idempotency-Key 应为 1 到 255 个 ASCII 字符。",
            "Idempotency-Key must be 1 to 255 ASCII characters.",
        )
        .field("Idempotency-Key")
    })?;
    if submission.images.len() > 1 {
        return Err(ApiError::bad_request(
            "invalid_parameter",
            "Idempotency-Key 只用于一张图片的请求。",
            "Idempotency-Key goes with requests of one picture.",
        )
        .field("Idempotency-Key"));
    }
    let mut hash = Sha256::new();
    hash.update(kind.name());
    hash.update(serde_json::to_vec(&submission.fields).unwrap_or_default());
    for upload in submission.images.iter().chain(&submission.mask) {
        match upload {
            Upload::Bytes { bytes, .. } => hash.update(Sha256::digest(bytes)),
            Upload::Id(id) => hash.update(id),
        }
    }
    Ok(Some(IdempotencyKey { key: key.to_owned(), fingerprint: hex::encode(hash.finalize()) }))
}

async fn respond(
    view: &View,
    headers: &HeaderMap,
    plan: &Plan,
    mut notices: Vec<Notice>,
    jobs: Vec<Job>,
    began: Instant,
) -> Result<Response, ApiError> {
    for job in &jobs {
        failed(job)?;
        for notice in &job.warnings {
            if !notices.contains(notice) {
                notices.push(notice.clone());
            }
        }
    }
    let first = jobs.first().ok_or_else(|| intake::missing("image"))?;
    let mut timings = sum(&jobs);
    let files: Vec<store::JobFile> = jobs.iter().flat_map(|j| j.files.clone()).collect();
    let shown = view.files(&files).await?;
    let mut response = if wants_json(headers) || shown.is_empty() {
        timings.total_ms = began.elapsed().as_secs_f64() * 1e3;
        let body = EditResult {
            job: first.id.to_string(),
            plan: shapes::plan_value(plan),
            resolved_plan: first.resolved_plan.clone(),
            artifacts: artifacts(&jobs, &view.app.base_path),
            report: first.report.clone(),
            report_text: first.report_text.as_ref().map(|t| t.get(view.lang).to_owned()),
            warnings: shapes::warnings(&notices, view.lang),
            results: shown,
            timings: view::timings(&timings),
        };
        Json(body).into_response()
    } else if let [file] = files.as_slice() {
        one_picture(view, file, &shown[0]).await?
    } else {
        zip_of(view, &files, &shown, plan).await?
    };
    let total = began.elapsed().as_secs_f64() * 1e3;
    let value =
        format!("total;dur={total:.1}, run;dur={:.1}, wait;dur={:.1}, load;dur={:.1}", timings.run_ms, timings.wait_ms, timings.load_ms);
    set(&mut response, HeaderName::from_static("server-timing"), &value);
    set(&mut response, HeaderName::from_static("x-portico-job"), first.id.as_str());
    if !notices.is_empty() {
        let codes: Vec<&str> = notices.iter().map(|n| n.code.as_str()).collect();
        set(&mut response, HeaderName::from_static("x-portico-warnings"), &codes.join(", "));
    }
    Ok(response)
}

fn wants_json(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains("application/json"))
}

fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// The error of a job that did not succeed.
fn failed(job: &Job) -> Result<(), ApiError> {
    if job.state == JobState::Succeeded {
        return Ok(());
    }
    let problem = job.error.clone().unwrap_or_else(|| store::Problem::new("cancelled", "已取消。", "Cancelled."));
    Err(ApiError::of_problem(&problem))
}

fn sum(jobs: &[Job]) -> store::Timings {
    let mut out = store::Timings::default();
    for t in jobs.iter().filter_map(|j| j.timings.as_ref()) {
        out.total_ms += t.total_ms;
        out.run_ms += t.run_ms;
        out.wait_ms += t.wait_ms;
        out.load_ms += t.load_ms;
        out.steps.extend(t.steps.iter().cloned());
    }
    out
}

fn artifacts(jobs: &[Job], base: &str) -> Vec<ArtifactFile> {
    let all = jobs.iter().flat_map(|j| &j.artifacts);
    all.map(|a| ArtifactFile { step: a.step, role: a.role.clone(), id: a.image.to_string(), url: view::content_url(base, &a.image) })
        .collect()
}

async fn one_picture(view: &View, file: &store::JobFile, shown: &File) -> Result<Response, ApiError> {
    let (_, bytes) = view.app.store.image_bytes(&view.user, &file.image).await.map_err(|e| ApiError::explain(&e))?;
    let mime = Format::parse(&shown.format).map_or("application/octet-stream", Format::mime);
    let mut response = bytes.into_response();
    set(&mut response, header::CONTENT_TYPE, mime);
    set(&mut response, header::CACHE_CONTROL, "no-store");
    response.headers_mut().insert(header::CONTENT_DISPOSITION, names::disposition(&shown.name, true));
    Ok(response)
}

/// Several pictures as one archive: stored (they are compressed already), names made unique, `manifest.json` last.
async fn zip_of(view: &View, files: &[store::JobFile], shown: &[File], plan: &Plan) -> Result<Response, ApiError> {
    let mut members: Vec<(String, Vec<u8>)> = Vec::with_capacity(files.len() + 1);
    for (file, shown) in files.iter().zip(shown) {
        let (_, bytes) = view.app.store.image_bytes(&view.user, &file.image).await.map_err(|e| ApiError::explain(&e))?;
        let name = unique(&members, &shown.name);
        members.push((name, bytes));
    }
    let manifest = json!({
        "plan": plan,
        "files": members.iter().zip(shown).map(|((name, _), f)| json!({ "name": name, "width": f.width, "height": f.height, "format": f.format, "bytes": f.bytes })).collect::<Vec<_>>(),
    });
    members.push(("manifest.json".to_owned(), serde_json::to_vec_pretty(&manifest).map_err(|e| ApiError::internal(&e))?));
    let bytes = super::images::codec(&view.app, move || pack(members)).await?;
    let mut response = bytes.into_response();
    set(&mut response, header::CONTENT_TYPE, "application/zip");
    response.headers_mut().insert(header::CONTENT_DISPOSITION, names::disposition("pictures.zip", true));
    Ok(response)
}

fn unique(members: &[(String, Vec<u8>)], name: &str) -> String {
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, "bin"));
    let candidates = std::iter::once(name.to_owned()).chain((2..).map(|n| format!("{stem}-{n}.{extension}")));
    let mut free = candidates.filter(|c| members.iter().all(|(taken, _)| taken != c));
    free.next().expect("there are infinitely many candidates")
}

fn pack(members: Vec<(String, Vec<u8>)>) -> Result<Vec<u8>, ApiError> {
    use std::io::Write;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in members {
        zip.start_file(name, options).map_err(|e| ApiError::internal(&e))?;
        zip.write_all(&bytes).map_err(|e| ApiError::internal(&e))?;
    }
    Ok(zip.finish().map_err(|e| ApiError::internal(&e))?.into_inner())
}
