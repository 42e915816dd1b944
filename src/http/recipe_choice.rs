//! A recipe that a request names, ready to be run: its values put in, its pictures found or stored.

use std::collections::BTreeMap;

use serde_json::Value;

use super::caller::Caller;
use super::error::ApiError;
use super::intake;
use super::sessions::store_error;
use super::state::App;
use crate::chat::recipes as chat;
use crate::imaging;
use crate::plan::{ImageRef, Plan};
use crate::recipe::{Recipe, RecipeFile, Values, read};
use crate::store::{ImageId, ImageKind, NewImage, RecipeId};

/// A recipe to be run, with the stored pictures that it brings along.
pub struct Chosen {
    /// Of a saved one.
    pub id: Option<RecipeId>,
    pub recipe: Recipe,
    /// `image:2` …, `mask_1` … .
    pub pictures: BTreeMap<String, ImageId>,
}

/// A recipe by its id, its name, or as JSON.
pub async fn chosen(app: &App, caller: &Caller, given: &Value) -> Result<Chosen, ApiError> {
    let text = match given {
        Value::String(text) if !text.trim_start().starts_with('{') => {
            let row = chat::find(&app.store, &caller.user, text, None).await.map_err(|e| store_error(e).field("recipe"))?;
            return Ok(Chosen { id: Some(row.id), recipe: row.recipe, pictures: row.pictures });
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut recipe = crate::recipe::from_json(&text).map_err(|e| ApiError::explain(&e))?;
    let pictures = keep_files(app, caller, std::mem::take(&mut recipe.files)).await?;
    Ok(Chosen { id: None, recipe, pictures })
}

/// A plan with the values put in, and the pictures that belong to it besides the first.
pub struct Ready {
    pub plan: Plan,
    /// `image:2` and so on that the recipe or the values name.
    pub more: Vec<ImageId>,
    /// How many further pictures have to be sent with the one that it is run on; `more` is empty then.
    pub asks: usize,
}

impl Chosen {
    /// Puts the values in. Pictures and masks in the values are ids of stored ones.
    pub async fn ready(&self, app: &App, caller: &Caller, values: &Values, any_models: bool) -> Result<Ready, ApiError> {
        if !any_models {
            self.recipe.check_models(&app.models).map_err(|e| ApiError::explain(&e))?;
        }
        let bound = self.recipe.bind(values).map_err(|e| ApiError::explain(&e))?;
        let mut plan = bound.plan;
        let mut masks = BTreeMap::new();
        for mask in self.recipe.masks() {
            let named = bound.masks.iter().find(|(known, _)| *known == mask).map(|(_, text)| stored(text)).transpose()?;
            if let Some(id) = named.or_else(|| self.pictures.get(&mask).cloned()) {
                app.store.image(&caller.user, &id).await.map_err(|e| store_error(e).field("values"))?;
                masks.insert(mask, id.to_string());
            }
        }
        for step in &mut plan.steps {
            read::each_mask(step, |name| {
                if let Some(id) = masks.get(name) {
                    name.clone_from(id);
                }
            });
        }
        let mut more = vec![];
        let mut asks = 0;
        for reference in self.recipe.pictures().iter().skip(1) {
            let ImageRef::Image(n) = reference else { continue };
            let named = bound.images.iter().find(|(known, _)| known == n).map(|(_, text)| stored(text)).transpose()?;
            match named.or_else(|| self.pictures.get(&reference.to_string()).cloned()) {
                Some(id) => {
                    app.store.image(&caller.user, &id).await.map_err(|e| store_error(e).field("values"))?;
                    more.push(id);
                }
                None => asks += 1,
            }
        }
        if asks > 0 && !more.is_empty() {
            let n = asks;
            return Err(ApiError::bad_request(
                "image_missing",
                format!("这个配方还缺 {n} 张图片：在 values 里给出已上传图片的 id。"),
                format!("The recipe lacks {n} more of its pictures: give the ids of uploaded ones in `values`."),
            )
            .field("values"));
        }
        Ok(Ready { plan, more, asks })
    }
}

fn stored(text: &str) -> Result<ImageId, ApiError> {
    text.parse().map_err(|_| {
        ApiError::bad_request(
            "not_found",
            format!("没有图片“{text}”：请给出已上传图片的 id。"),
            format!("There is no picture `{text}`; give the id of an uploaded one."),
        )
        .field("values")
    })
}

/// Decodes and stores the pictures that an imported recipe brings, all of them or none.
pub async fn keep_files(app: &App, caller: &Caller, files: BTreeMap<String, RecipeFile>) -> Result<BTreeMap<String, ImageId>, ApiError> {
    super::login::require_room(app, caller, files.values().map(|file| file.data.len() as u64).sum()).await?;
    let keys: Vec<String> = files.keys().cloned().collect();
    let mut ready = Vec::with_capacity(files.len());
    for (key, file) in files {
        let field = format!("recipe.files.{key}");
        ready.push(match key.starts_with("mask_") {
            true => prepare_mask(app, file, &field).await?,
            false => intake::prepare(app, &caller.user, file.name, file.data.into()).await.map_err(|e| e.field(&field))?,
        });
    }
    let kept = intake::keep(app, caller, ready).await?;
    Ok(keys.into_iter().zip(kept.into_iter().map(|image| image.id)).collect())
}

async fn prepare_mask(app: &App, file: RecipeFile, field: &str) -> Result<intake::Ready, ApiError> {
    let limits = intake::imaging_limits(app);
    let bytes = std::sync::Arc::new(file.data);
    let (data, field) = (bytes.clone(), field.to_owned());
    let mask =
        super::images::codec(app, move || imaging::decode_mask(&data, &limits).map_err(|e| ApiError::explain(&e).field(&field))).await?;
    let header = imaging::probe(&bytes, &intake::imaging_limits(app)).map_err(|e| ApiError::explain(&e))?;
    let new = NewImage {
        kind: ImageKind::Mask,
        name: intake::display_name(&file.name, header.format.extension()),
        width: mask.width(),
        height: mask.height(),
        format: header.format.name().to_owned(),
        alpha: false,
        warnings: vec![],
        keep: Some(app.config.retention.uploads()),
    };
    Ok(intake::Ready::new(new, bytes))
}
