//! `/recipes`: steps under a name, saved from a version, written by hand or brought from elsewhere.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::body::{JsonBody, Reading, Received, Upload, read_submission};
use super::body_memory::Held;
use super::caller::Caller;
use super::error::{ApiError, ErrorEnvelope};
use super::sessions::{session_id, store_error};
use super::shapes::{self, Image, Warning};
use super::state::App;
use super::view::{self, View};
use super::{intake, names};
use crate::chat::recipes as chat;
use crate::plan::{Plan, words};
use crate::recipe::stored::of_version;
use crate::recipe::{MAX_FILES_BYTES, Recipe, RecipeFile, bind, params};
use crate::store::{ImageId, RecipeId, RecipeRow};
use crate::text::Text;

/// A recipe in one of its versions.
#[derive(Serialize, ToSchema)]
pub struct RecipeShown {
    /// Missing for a draft.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    pub name: String,
    /// The version shown.
    pub version: u32,
    /// The newest; all from 1 on are there.
    pub newest: u32,
    #[schema(value_type = Object)]
    pub plan: Value,
    /// The steps in words.
    pub words: Vec<String>,
    #[schema(value_type = Vec<Object>)]
    pub params: Value,
    /// Further values of the plan that could be parameters; only for a draft.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Object>>)]
    pub possible: Option<Value>,
    /// The pictures that it works on besides `image:1`, and its masks: kept ones, and those that have to be given.
    pub inputs: Vec<RecipeInput>,
    /// Models by name with the sha256 that made its picture.
    pub pinned: BTreeMap<String, String>,
    /// Why it cannot be run here as it is.
    pub warnings: Vec<Warning>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// Of the version shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saved_at: Option<String>,
}

/// A picture or mask of a recipe.
#[derive(Serialize, ToSchema)]
pub struct RecipeInput {
    /// `image:2` …, `mask_1` … .
    pub key: String,
    /// What it brings along; none where it has to be given.
    pub image: Option<Image>,
}

#[derive(Serialize, ToSchema)]
pub struct Recipes {
    pub recipes: Vec<RecipeShown>,
}

/// What a recipe is made of: a version of a conversation, a plan, or a recipe that was exported.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecipeBody {
    /// 1 to 80 characters; one that there is already gets a further version.
    pub name: Option<String>,
    /// Save the steps that led to a version of this conversation.
    pub session: Option<String>,
    /// The current one without it.
    pub version: Option<u32>,
    #[schema(value_type = Option<Object>)]
    pub plan: Option<Plan>,
    /// An exported recipe.
    #[schema(value_type = Option<Object>)]
    pub recipe: Option<Recipe>,
    /// Which values can be changed: `{name, type, path, label}`; texts, further pictures and masks without it.
    #[schema(value_type = Option<Vec<Object>>)]
    pub params: Option<Vec<crate::recipe::Param>>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DryQuery {
    /// Show what would be saved, with everything that could be a parameter
    #[serde(default)]
    dry: bool,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct VersionQuery {
    /// The newest without it
    version: Option<u32>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecipeName {
    /// 1 to 80 characters.
    pub name: String,
}

/// Multipart form of `/recipes/read`.
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct ReadForm {
    /// A picture that was exported with `metadata: recipe`.
    #[schema(value_type = String, format = Binary)]
    image: String,
}

fn recipe_id(text: &str) -> Result<RecipeId, ApiError> {
    text.parse().map_err(|_| ApiError::not_found())
}

/// All recipes in their newest versions, by name.
#[utoipa::path(get, path = "/recipes", tag = "recipes", responses((status = 200, body = Recipes)))]
pub async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Recipes>, ApiError> {
    let rows = app.store.recipes(&caller.user).await.map_err(store_error)?;
    let mut recipes = Vec::with_capacity(rows.len());
    for row in &rows {
        recipes.push(shown(&app, &caller, row).await?);
    }
    Ok(Json(Recipes { recipes }))
}

/// Saves a recipe; the next version where there is one of that name.
#[utoipa::path(post, path = "/recipes", tag = "recipes", params(DryQuery), request_body = RecipeBody,
    responses((status = 201, body = RecipeShown), (status = 200, description = "with dry=true", body = RecipeShown), (status = 400, body = ErrorEnvelope),
        (status = 404, body = ErrorEnvelope), (status = 413, body = ErrorEnvelope)))]
pub async fn save(State(app): State<App>, caller: Caller, Query(query): Query<DryQuery>, request: Request) -> Result<Response, ApiError> {
    let (body, _held) = read_body(&app, request).await?;
    let Draft { mut recipe, mut pictures } = draft(&app, &caller, &body).await?;
    if let Some(name) = body.name.as_deref().map(str::trim) {
        recipe.name = name.to_owned();
    }
    if let Some(params) = &body.params {
        recipe.params = with_kinds(&recipe.plan, params);
    }
    if query.dry {
        recipe.files.clear();
        return Ok(Json(of_draft(&app, &caller, &recipe, &pictures).await?).into_response());
    }
    recipe.validate().map_err(|e| ApiError::explain(&e))?;
    super::login::require_room(&app, &caller, 0).await?;
    let sent = super::recipe_choice::keep_files(&app, &caller, std::mem::take(&mut recipe.files)).await?;
    pictures.extend(sent.clone());
    let mut tx = app.store.begin(&caller.user).await.map_err(store_error)?;
    let row = tx.save_recipe(&recipe, &pictures).await.map_err(store_error)?;
    // A recipe has copies of its pictures, which count; what was sent with it is not needed beside them.
    for image in sent.values() {
        tx.let_image_go(image).await.map_err(store_error)?;
    }
    tx.keep_within(caller.allowed.storage_bytes).await.map_err(store_error)?;
    tx.commit().await.map_err(store_error)?;
    Ok((StatusCode::CREATED, Json(shown(&app, &caller, &row).await?)).into_response())
}

/// Reads the recipe that a picture carries; nothing is kept.
#[utoipa::path(post, path = "/recipes/read", tag = "recipes", request_body(content = ReadForm, content_type = "multipart/form-data"),
    responses((status = 200, body = RecipeShown), (status = 400, body = ErrorEnvelope), (status = 404, body = ErrorEnvelope)))]
pub async fn read(State(app): State<App>, caller: Caller, request: Request) -> Result<Json<Value>, ApiError> {
    let (submission, _held) = read_submission(request, &app.config.limits, &app.body_memory).await?;
    let Some(upload) = submission.images.into_iter().next() else { return Err(intake::missing("image")) };
    let bytes = match upload {
        Upload::Bytes { bytes, .. } => bytes,
        Upload::Id(id) => {
            let id = intake::image_id(&id, "image")?;
            app.store.image_bytes(&caller.user, &id).await.map_err(store_error)?.1.into()
        }
    };
    let limits = intake::imaging_limits(&app);
    let text = super::images::codec(&app, move || Ok(crate::recipe::embedded(&bytes, &limits))).await?;
    let recipe = text.ok_or_else(|| {
        let text = Text::new(
            "这个文件里没有配方：导出时要选“附带配方”（metadata: recipe）。",
            "This file carries no recipe; it has to be exported with `metadata: recipe`.",
        );
        ApiError::new(StatusCode::NOT_FOUND, "no_recipe_in_file", text).field("image")
    })?;
    let recipe = recipe.map_err(|e| ApiError::explain(&e).field("image"))?;
    let mut value = serde_json::to_value(&of_draft(&app, &caller, &recipe, &BTreeMap::new()).await?).unwrap_or_default();
    // The whole of it, to be sent to POST /recipes.
    value["recipe"] = serde_json::to_value(&recipe).unwrap_or_default();
    Ok(Json(value))
}

/// One version of a recipe.
#[utoipa::path(get, path = "/recipes/{id}", tag = "recipes", params(("id" = String, Path), VersionQuery),
    responses((status = 200, body = RecipeShown), (status = 404, body = ErrorEnvelope)))]
pub async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Query(query): Query<VersionQuery>,
) -> Result<Json<RecipeShown>, ApiError> {
    let row = app.store.recipe(&caller.user, &recipe_id(&id)?, query.version).await.map_err(store_error)?;
    Ok(Json(shown(&app, &caller, &row).await?))
}

/// The recipe as a file, its pictures included: for another server, or for `portico batch --recipe`.
#[utoipa::path(get, path = "/recipes/{id}/export", tag = "recipes", params(("id" = String, Path), VersionQuery),
    responses((status = 200, description = "JSON", body = Object), (status = 404, body = ErrorEnvelope)))]
pub async fn export(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Query(query): Query<VersionQuery>,
) -> Result<Response, ApiError> {
    let row = app.store.recipe(&caller.user, &recipe_id(&id)?, query.version).await.map_err(store_error)?;
    let mut recipe = row.recipe;
    for (key, id) in &row.pictures {
        let (image, data) = app.store.image_bytes(&caller.user, id).await.map_err(store_error)?;
        recipe.files.insert(key.clone(), RecipeFile { name: image.name, data });
    }
    let name = format!("{}.recipe.json", recipe.name.replace(['/', '\\'], "_"));
    let text = serde_json::to_string_pretty(&recipe).map_err(|e| ApiError::internal(&e))?;
    let disposition = names::disposition(&name, true);
    Ok(([(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json")), (header::CONTENT_DISPOSITION, disposition)], text)
        .into_response())
}

/// Gives a recipe another name.
#[utoipa::path(patch, path = "/recipes/{id}", tag = "recipes", params(("id" = String, Path)), request_body = RecipeName,
    responses((status = 200, body = RecipeShown), (status = 400, body = ErrorEnvelope), (status = 404, body = ErrorEnvelope), (status = 409, body = ErrorEnvelope)))]
pub async fn rename(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: JsonBody<RecipeName>,
) -> Result<Json<RecipeShown>, ApiError> {
    let name = body.0.name.trim();
    bind::check_name(name).map_err(|e| ApiError::explain(&e))?;
    let mut tx = app.store.begin(&caller.user).await.map_err(store_error)?;
    let row = tx.rename_recipe(&recipe_id(&id)?, name).await.map_err(store_error)?;
    tx.commit().await.map_err(store_error)?;
    Ok(Json(shown(&app, &caller, &row).await?))
}

/// Deletes a recipe in all its versions. What was made with it stays.
#[utoipa::path(delete, path = "/recipes/{id}", tag = "recipes", params(("id" = String, Path)), responses((status = 204), (status = 404, body = ErrorEnvelope)))]
pub async fn delete(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    let mut tx = app.store.begin(&caller.user).await.map_err(store_error)?;
    tx.delete_recipe(&recipe_id(&id)?).await.map_err(store_error)?;
    tx.commit().await.map_err(store_error)?;
    Ok(StatusCode::NO_CONTENT)
}

/// A recipe that is not saved, with the stored pictures that it needs.
struct Draft {
    recipe: Recipe,
    pictures: BTreeMap<String, ImageId>,
}

/// Bodies bring the recipe's pictures as base64.
async fn read_body(app: &App, request: Request) -> Result<(RecipeBody, Held), ApiError> {
    let reading = Reading { memory: &app.body_memory, limit: (MAX_FILES_BYTES * 4 / 3 + 2_000_000) as u64, copies: 2 };
    let Received { bytes, held } = reading.read(request.into_body()).await?;
    super::body::check_entries(&bytes)?;
    serde_json::from_slice(&bytes)
        .map(|body| (body, held))
        .map_err(|e| ApiError::bad_request("invalid_json", format!("JSON 有误：{e}"), format!("The JSON cannot be read: {e}")))
}

async fn draft(app: &App, caller: &Caller, body: &RecipeBody) -> Result<Draft, ApiError> {
    match (&body.session, &body.plan, &body.recipe) {
        (Some(session), None, None) => {
            let id = session_id(session)?;
            let current = app.store.session(&caller.user, &id).await.map_err(|e| store_error(e).field("session"))?.current;
            let number = body.version.or(current).ok_or_else(|| ApiError::not_found().field("version"))?;
            let compiled = of_version(&app.store, &caller.user, &id, number, "").await;
            let compiled = compiled.map_err(|e| ApiError::explain(&crate::chat::TurnError::from(e)))?;
            let pictures = chat::picture_ids(&compiled).map_err(store_error)?;
            Ok(Draft { recipe: compiled.recipe, pictures })
        }
        (None, Some(plan), None) => {
            let mut recipe = Recipe::of_plan("", plan.clone());
            recipe.params = params::suggested(&recipe.plan);
            Ok(Draft { recipe, pictures: BTreeMap::new() })
        }
        (None, None, Some(recipe)) => Ok(Draft { recipe: recipe.clone(), pictures: BTreeMap::new() }),
        _ => Err(ApiError::bad_request(
            "missing_part",
            "请给出 session（和 version）、plan 或 recipe 其中一个。",
            "Give one of `session` (with `version`), `plan` or `recipe`.",
        )
        .field("recipe")),
    }
}

/// Types, defaults and choices follow from the plan, whatever was sent.
fn with_kinds(plan: &Plan, wanted: &[crate::recipe::Param]) -> Vec<crate::recipe::Param> {
    let possible = params::possible(plan);
    let known = |param: &crate::recipe::Param| match possible.iter().find(|p| p.param.path == param.path) {
        Some(found) => crate::recipe::Param { name: param.name.clone(), label: param.label.clone(), ..found.param.clone() },
        None => param.clone(),
    };
    wanted.iter().map(known).collect()
}

async fn shown(app: &App, caller: &Caller, row: &RecipeRow) -> Result<RecipeShown, ApiError> {
    let mut out = of_draft(app, caller, &row.recipe, &row.pictures).await?;
    out.id = Some(row.id.to_string());
    out.newest = row.newest;
    out.possible = None;
    out.created_at = Some(row.created_at.to_string());
    out.saved_at = Some(row.saved_at.to_string());
    Ok(out)
}

async fn of_draft(app: &App, caller: &Caller, recipe: &Recipe, pictures: &BTreeMap<String, ImageId>) -> Result<RecipeShown, ApiError> {
    let view = View { app: app.clone(), user: caller.user.clone(), lang: caller.lang };
    let keys = recipe.pictures().iter().skip(1).map(ToString::to_string).chain(recipe.masks()).collect::<Vec<_>>();
    let mut inputs = Vec::with_capacity(keys.len());
    for key in keys {
        let image = match pictures.get(&key) {
            Some(id) => Some(view.picture(id).await?),
            None => None,
        };
        inputs.push(RecipeInput { key, image });
    }
    let possible = params::possible(&recipe.plan).into_iter().map(|p| p.param).collect::<Vec<_>>();
    let warnings = recipe.check_models(&app.models).err();
    Ok(RecipeShown {
        id: None,
        name: recipe.name.clone(),
        version: recipe.version,
        newest: recipe.version,
        plan: shapes::plan_value(&recipe.plan),
        words: words(&recipe.plan, caller.lang),
        params: serde_json::to_value(&recipe.params).unwrap_or_default(),
        possible: Some(serde_json::to_value(possible).unwrap_or_default()),
        inputs,
        pinned: recipe.pinned.clone(),
        warnings: warnings.iter().map(|e| view::problem(&crate::store::Problem::of(e), caller.lang)).collect(),
        created_at: None,
        saved_at: None,
    })
}
