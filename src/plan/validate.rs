//! Checks a plan that came from outside: shape, step ids, references. Parameters are checked by the operations.

use std::collections::HashSet;

use super::types::{Context, ImageRef, PLAN_VERSION, Plan};
use crate::text::{Explain, Text};

/// A plan has at most this many steps.
pub const MAX_STEPS: usize = 32;

/// Why a plan is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    #[error("plan version {0} is not known")]
    Version(u32),
    #[error("a plan needs 1 to {MAX_STEPS} steps, this has {0}")]
    Steps(usize),
    #[error("step id `{0}` is used twice or not valid")]
    Id(String),
    #[error("step `{step}` refers to `{reference}`, which is no earlier step")]
    Forward { step: String, reference: String },
    #[error("step `{step}` refers to `{reference}`, which does not exist")]
    Missing { step: String, reference: String },
}

impl Explain for PlanError {
    fn code(&self) -> &'static str {
        "invalid_plan"
    }

    fn text(&self) -> Text {
        match self {
            PlanError::Version(v) => Text::new(
                format!("不支持计划版本 {v}，请用 {PLAN_VERSION}。"),
                format!("Plan version {v} is not supported; use {PLAN_VERSION}."),
            ),
            PlanError::Steps(n) => Text::new(
                format!("计划要有 1 到 {MAX_STEPS} 步，这里有 {n} 步。"),
                format!("A plan needs 1 to {MAX_STEPS} steps; this one has {n}."),
            ),
            PlanError::Id(id) => Text::new(
                format!("步骤名“{id}”重复或不可用，请用不同的字母数字名。"),
                format!("The step id `{id}` is used twice or not allowed; give every step its own id of letters and digits."),
            ),
            PlanError::Forward { step, reference } => Text::new(
                format!("步骤“{step}”引用了“{reference}”，但前面没有这一步。"),
                format!("Step `{step}` refers to `{reference}`, but no earlier step has that id."),
            ),
            PlanError::Missing { step, reference } => Text::new(
                format!("步骤“{step}”引用了“{reference}”，但没有这张图。"),
                format!("Step `{step}` refers to `{reference}`, but there is no such picture."),
            ),
        }
    }

    fn field(&self) -> Option<&str> {
        Some("plan")
    }
}

/// Parameters that name another picture.
const IMAGE_PARAMS: &[&str] = &["with", "image", "to", "from"];

/// Whether the plan can be run in this context as far as its shape goes: known version, 1 to 32 steps, unique ids,
/// references to earlier steps only, images and versions that exist.
pub fn validate(plan: &Plan, ctx: &Context) -> Result<(), PlanError> {
    if plan.version != PLAN_VERSION {
        return Err(PlanError::Version(plan.version));
    }
    if plan.steps.is_empty() || plan.steps.len() > MAX_STEPS {
        return Err(PlanError::Steps(plan.steps.len()));
    }
    let mut known: HashSet<String> = HashSet::new();
    for (i, step) in plan.steps.iter().enumerate() {
        let id = if step.id.is_empty() { format!("s{}", i + 1) } else { step.id.clone() };
        for reference in step.input.iter().chain(&step.inputs).cloned().chain(in_params(step)) {
            check(&id, &reference, &known, ctx)?;
        }
        // `current`, `image:2` … stay free for pictures.
        if !matches!(id.parse(), Ok(ImageRef::Step(_))) || !known.insert(id.clone()) {
            return Err(PlanError::Id(id));
        }
    }
    Ok(())
}

/// Pictures named in parameters; words that are no picture (a language, "original" of `detail`) are left alone.
fn in_params(step: &super::types::Step) -> impl Iterator<Item = ImageRef> {
    let picture = |s: &str| s.parse().ok().filter(|r| matches!(r, ImageRef::Image(_) | ImageRef::Version(_)));
    let single = IMAGE_PARAMS.iter().filter_map(move |name| step.params.get(*name)?.as_str().and_then(picture));
    let list = step.params.get("images").and_then(|v| v.as_array()).into_iter().flatten().filter_map(move |v| v.as_str().and_then(picture));
    single.chain(list)
}

fn check(step: &str, reference: &ImageRef, known: &HashSet<String>, ctx: &Context) -> Result<(), PlanError> {
    let names = || (step.to_owned(), reference.to_string());
    let missing = || {
        let (step, reference) = names();
        PlanError::Missing { step, reference }
    };
    match reference {
        ImageRef::Step(id) if !known.contains(id) => {
            let (step, reference) = names();
            Err(PlanError::Forward { step, reference })
        }
        ImageRef::Image(n) if *n > ctx.attached => Err(missing()),
        ImageRef::Version(n) if *n > ctx.versions => Err(missing()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::types::Step;

    fn ctx(attached: usize, versions: usize) -> Context {
        Context { attached, versions, ..Context::default() }
    }

    fn with_input(op: &str, id: &str, input: &str) -> Step {
        Step { id: id.into(), input: Some(input.parse().expect("a reference")), ..Step::new(op) }
    }

    #[test]
    fn a_plan_refers_only_to_what_exists_before_it() {
        let c = ctx(1, 2);
        let plan = |steps| Plan { version: 1, steps };
        assert_eq!(validate(&Plan::new(vec![Step::new("crop"), with_input("export", "e", "s1")]), &c), Ok(()));
        assert!(matches!(
            validate(&plan(vec![with_input("crop", "a", "b"), with_input("export", "b", "a")]), &c),
            Err(PlanError::Forward { .. })
        ));
        assert!(matches!(validate(&plan(vec![with_input("crop", "a", "a")]), &c), Err(PlanError::Forward { .. })));
        assert!(matches!(validate(&plan(vec![with_input("crop", "a", "image:2")]), &c), Err(PlanError::Missing { .. })));
        assert!(matches!(validate(&plan(vec![with_input("crop", "a", "version:3")]), &c), Err(PlanError::Missing { .. })));
        assert!(matches!(
            validate(&plan(vec![Step { id: "a".into(), ..Step::new("swap") }.with("with", "image:2")]), &c),
            Err(PlanError::Missing { .. })
        ));
    }

    #[test]
    fn ids_are_unique_and_the_number_of_steps_is_bounded() {
        let c = ctx(1, 0);
        let same = vec![with_input("crop", "a", "current"), with_input("flip", "a", "current")];
        assert_eq!(validate(&Plan { version: 1, steps: same }, &c), Err(PlanError::Id("a".into())));
        let named = Plan { version: 1, steps: vec![Step { id: "current".into(), ..Step::new("crop") }] };
        assert_eq!(validate(&named, &c), Err(PlanError::Id("current".into())));
        assert_eq!(validate(&Plan { version: 2, steps: vec![Step::new("crop")] }, &c), Err(PlanError::Version(2)));
        assert_eq!(validate(&Plan::new(vec![]), &c), Err(PlanError::Steps(0)));
        assert_eq!(validate(&Plan::new(vec![Step::new("flip"); 33]), &c), Err(PlanError::Steps(33)));
    }
}
