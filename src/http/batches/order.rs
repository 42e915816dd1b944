//! What is to be done to the pictures of a batch: an instruction, a plan or a recipe becomes a recipe, and its values are looked at before anything is kept.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::arrive::Arrived;
use super::entries;
use super::form::{self, Form};
use crate::http::caller::Caller;
use crate::http::edit::read_instruction;
use crate::http::error::ApiError;
use crate::http::recipe_choice::{self, Chosen};
use crate::http::sessions::store_error;
use crate::http::state::App;
use crate::http::{intake, names};
use crate::plan::{ImageRef, Plan};
use crate::recipe::{MAX_NAME_CHARS, ParamType, Recipe, read};
use crate::rows::Table;
use crate::store::{Batch, BatchId, BatchState, ImageId, NewBatch, StoreError, Tx};
use crate::text::Explain as _;

/// The recipe of a batch, and the pictures that it brings along by their keys: `image:2` …, `mask_1` … .
struct Order {
    recipe: Recipe,
    id: Option<String>,
    pictures: BTreeMap<String, ImageId>,
}

/// Makes a batch of a request.
pub async fn create(app: &App, caller: &Caller, form: Form) -> Result<BatchId, ApiError> {
    let new = match understand(app, caller, &form).await {
        Ok(new) => new,
        Err(error) => {
            form::discard(app, form.arrived).await;
            return Err(error);
        }
    };
    let mut tx = app.store.begin(&caller.user).await.map_err(store_error)?;
    let made = async {
        let batch = begin(&mut tx, new).await.map_err(store_error)?;
        entries::table(&mut tx, &batch, form.table).await?;
        pictures(&mut tx, caller, &batch, &form.arrived).await?;
        Ok(batch.id)
    };
    let made = made.await;
    finish(app, tx, made, form.arrived).await
}

/// Adds a request's pictures to a batch.
pub async fn add(app: &App, caller: &Caller, batch: &Batch, form: Form) -> Result<(), ApiError> {
    if form.arrived.is_empty() {
        return Err(intake::missing("image"));
    }
    let mut tx = app.store.begin(&caller.user).await.map_err(store_error)?;
    let added = async {
        // As it is now: it may have been cancelled while the pictures came.
        let now = tx.batch(&batch.id).await.map_err(store_error)?;
        if now.state == BatchState::Cancelled {
            return Err(store_error(StoreError::BatchCancelled));
        }
        pictures(&mut tx, caller, &now, &form.arrived).await
    };
    let added = added.await;
    finish(app, tx, added, form.arrived).await
}

/// Adds pictures if what the caller keeps then fits.
async fn pictures(tx: &mut Tx, caller: &Caller, batch: &Batch, arrived: &[Arrived]) -> Result<(), ApiError> {
    entries::pictures(tx, batch, arrived).await?;
    tx.keep_within(caller.allowed.storage_bytes).await.map_err(store_error)
}

/// Makes a change last; of a refused one nothing stays, the files that came with it neither.
async fn finish<T>(app: &App, tx: Tx, done: Result<T, ApiError>, arrived: Vec<Arrived>) -> Result<T, ApiError> {
    let done = match done {
        Ok(done) => tx.commit().await.map(|()| done).map_err(store_error),
        Err(error) => {
            // Its turn is over before the files' own change begins.
            drop(tx);
            Err(error)
        }
    };
    if done.is_err() {
        form::discard(app, arrived).await;
    }
    done
}

/// A batch, and copies of its recipe's pictures, so that it does not depend on what becomes of the recipe.
async fn begin(tx: &mut Tx, (mut new, pictures): (NewBatch, BTreeMap<String, ImageId>)) -> Result<Batch, StoreError> {
    let mut masks = vec![];
    for (key, image) in &pictures {
        let copy = tx.copy_image(image).await?;
        match key.parse() {
            Ok(ImageRef::Image(n)) => new.images.push((n, copy)),
            _ => {
                for step in &mut new.recipe.plan.steps {
                    read::each_mask(step, |name| {
                        if name == key {
                            *name = copy.to_string();
                        }
                    });
                }
                masks.push(copy);
            }
        }
    }
    let values = new.values.clone();
    let batch = tx.add_batch(new).await?;
    for mask in &masks {
        tx.keep_in_batch(&batch.id, mask).await?;
    }
    entries::keep_named(tx, &batch.id, &values).await?;
    Ok(batch)
}

type Understood = (NewBatch, BTreeMap<String, ImageId>);

async fn understand(app: &App, caller: &Caller, form: &Form) -> Result<Understood, ApiError> {
    let order = order(app, caller, form).await?;
    let values: Map<String, Value> = form.json("values")?.unwrap_or_default();
    order.recipe.bind(&values).map_err(|e| ApiError::explain(&e).field(format!("values.{}", e.field().unwrap_or_default())))?;
    check_columns(&order.recipe, form.table.as_ref())?;
    check_pictures(&order)?;
    let any_models = form.text("any_models").is_some_and(|said| matches!(said.as_str(), "true" | "1" | "yes"));
    if !any_models {
        order.recipe.check_models(&app.models).map_err(|e| ApiError::explain(&e))?;
    }
    let format = form.text("format").map(|name| names::output_format(&name)).transpose()?;
    let name = match form.text("name") {
        Some(name) => named(&name)?,
        None => order.recipe.name.chars().take(MAX_NAME_CHARS).collect(),
    };
    let key = if let crate::accounts::Via::Key(id) = &caller.via { Some(id.clone()) } else { None };
    let new = NewBatch {
        name,
        lang: caller.lang,
        recipe: order.recipe,
        recipe_id: order.id,
        images: vec![],
        values,
        format: format.map(|format| format.name().to_owned()),
        has_table: form.table.is_some(),
        key,
    };
    Ok((new, order.pictures))
}

fn named(name: &str) -> Result<String, ApiError> {
    crate::recipe::bind::check_name(name).map_err(|e| ApiError::explain(&e).field("name"))?;
    Ok(name.to_owned())
}

async fn order(app: &App, caller: &Caller, form: &Form) -> Result<Order, ApiError> {
    match (form.text("instruction"), form.json::<Plan>("plan")?, form.text("recipe")) {
        (Some(text), None, None) => {
            let plan = read_instruction(app, &text, 1, false)?;
            Ok(Order { recipe: Recipe::of_plan(&text, plan), id: None, pictures: BTreeMap::new() })
        }
        (None, Some(plan), None) => {
            let recipe = Recipe::of_plan("plan", plan);
            recipe.validate().map_err(|e| ApiError::explain(&e))?;
            Ok(Order { recipe, id: None, pictures: BTreeMap::new() })
        }
        (None, None, Some(text)) => {
            let Chosen { id, recipe, pictures } = recipe_choice::chosen(app, caller, &Value::from(text)).await?;
            Ok(Order { recipe, id: id.map(|id| id.to_string()), pictures })
        }
        (None, None, None) => Err(intake::missing("instruction")),
        _ => Err(ApiError::bad_request(
            "invalid_parameter",
            "instruction、plan 和 recipe 只能给一个。",
            "Give one of `instruction`, `plan` and `recipe`.",
        )
        .field("recipe")),
    }
}

/// A column that is no parameter is a mistake in the whole table, not in each of its rows.
fn check_columns(recipe: &Recipe, table: Option<&Table>) -> Result<(), ApiError> {
    for column in table.iter().flat_map(|table| &table.columns) {
        let empty = Map::from_iter([(column.clone(), Value::from(""))]);
        recipe.bind(&empty).map_err(|e| ApiError::explain(&e).field(format!("rows.{column}")))?;
    }
    Ok(())
}

/// Every further picture comes along with the recipe or can be named by a value.
fn check_pictures(order: &Order) -> Result<(), ApiError> {
    let plan = serde_json::to_value(&order.recipe.plan).map_err(|e| ApiError::internal(&e))?;
    let by_value = |n: usize| {
        let reference = ImageRef::Image(n).to_string();
        let leads = |path: &str| plan.pointer(path).and_then(Value::as_str) == Some(reference.as_str());
        order.recipe.params.iter().any(|param| param.kind == ParamType::Image && leads(&param.path))
    };
    let missing =
        order.recipe.asks_for().into_iter().find(|n| !order.pictures.contains_key(&ImageRef::Image(*n).to_string()) && !by_value(*n));
    match missing {
        None => Ok(()),
        Some(n) => Err(ApiError::bad_request(
            "image_missing",
            format!("步骤用到了 image:{n}，但批处理里只有一张图。请先存为配方，把它设为参数或随配方保存。"),
            format!("The steps use image:{n}, but an item of a batch is one picture. Save them as a recipe that brings it along or has it as a parameter."),
        )
        .field("plan")),
    }
}
