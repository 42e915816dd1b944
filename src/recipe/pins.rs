//! Models by their hash: a recipe says which made its picture, and is not run by others unawares.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Recipe, RecipeError};
use crate::engine::execute::ResolvedPlan;
use crate::models::Models;
use crate::text::Text;

/// The models that ran, from plans as they ran.
pub fn of_resolved<'a>(plans: impl IntoIterator<Item = &'a Value>) -> BTreeMap<String, String> {
    let read = |plan: &Value| serde_json::from_value::<ResolvedPlan>(plan.clone()).ok();
    let steps = plans.into_iter().filter_map(read).flat_map(|plan| plan.steps);
    steps.flat_map(|step| step.models).map(|model| (model.name, model.sha256)).collect()
}

impl Recipe {
    /// Whether the models that it was made with are the ones installed here.
    ///
    /// # Errors
    /// [`RecipeError::Models`] that names those that are missing or differ, and what to do.
    pub fn check_models(&self, models: &Models) -> Result<(), RecipeError> {
        let known: BTreeMap<String, String> = models.hashes();
        let other: Vec<&str> =
            self.pinned.iter().filter(|(name, sha)| known.get(*name) != Some(sha)).map(|(name, _)| name.as_str()).collect();
        if other.is_empty() {
            return Ok(());
        }
        let names = other.join(", ");
        Err(RecipeError::Models {
            text: Text::new(
                format!(
                    "配方“{}”固定了模型，但这台机器上缺少或不同：{names}。用 portico models install 装上同一版本，或允许换用这里的模型（any_models / --any-models，结果可能不同）。",
                    self.name
                ),
                format!(
                    "The recipe “{}” is pinned to models that are missing or different on this machine: {names}. Install the same ones with `portico models install`, or allow those that are here (`any_models`, `--any-models`); the result may differ then.",
                    self.name
                ),
            ),
        })
    }
}
