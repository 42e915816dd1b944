//! The recipe of a plan's own steps, for a file that carries it.

use std::sync::Arc;

use super::ResolvedStep;
use crate::plan::{PLAN_VERSION, Plan, Step};
use crate::recipe::Recipe;
use crate::text::Lang;

/// What the steps before an export say again what was done: their plan, the pictures that it needs, the models that ran. `None` where nothing was done.
pub(super) fn of_steps(steps: &[Step], ran: &[ResolvedStep], lang: Lang) -> Option<Arc<str>> {
    let steps: Vec<Step> = steps.iter().filter(|step| step.op != "export").cloned().collect();
    if steps.is_empty() {
        return None;
    }
    let plan = Plan { version: PLAN_VERSION, steps };
    let mut recipe = Recipe::of_plan("", plan);
    recipe.name = recipe.said(lang);
    recipe.pinned = ran.iter().flat_map(|step| &step.models).map(|model| (model.name.clone(), model.sha256.clone())).collect();
    serde_json::to_string(&recipe).ok().map(Arc::from)
}
