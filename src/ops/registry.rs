//! All operations, those that this build runs and those that are planned, in the order in which lists show them.

use std::sync::LazyLock;

use super::adjust::Adjust;
use super::background::Background;
use super::colorize::Colorize;
use super::compose::Compose;
use super::crop::Crop;
use super::cutout::Cutout;
use super::deblur::Deblur;
use super::denoise::Denoise;
use super::describe::Describe;
use super::detail::Detail;
use super::enhance::Enhance;
use super::erase::Erase;
use super::export::Export;
use super::filter::Filter;
use super::fit::Fit;
use super::flip::Flip;
use super::match_look::MatchLook;
use super::pad::Pad;
use super::place::Place;
use super::recolor::Recolor;
use super::redact::Redact;
use super::resize::Resize;
use super::restore::Restore;
use super::retouch::Retouch;
use super::revert::Revert;
use super::rotate::Rotate;
use super::select::Select;
use super::sharpen::Sharpen;
use super::split::Split;
use super::stitch::Stitch;
use super::swap::Swap;
use super::upscale::Upscale;
use super::vocabulary::{PLANNED, Planned};
use super::watermark::Watermark;
use super::{Cost, OpError, OpSpec, Operation, Outcome, Params, Speech, StepContext};
use crate::plan::Plan;
use crate::text::Text;

static AVAILABLE: &[&dyn Operation] = &[
    &Cutout,
    &Background,
    &Erase,
    &Swap,
    &Place,
    &Compose,
    &Split,
    &Stitch,
    &Recolor,
    &MatchLook,
    &Colorize,
    &Redact,
    &Adjust,
    &Filter,
    &Watermark,
    &Enhance,
    &Denoise,
    &Sharpen,
    &Retouch,
    &Detail,
    &Revert,
    &Restore,
    &Upscale,
    &Deblur,
    &Crop,
    &Resize,
    &Pad,
    &Rotate,
    &Flip,
    &Fit,
    &Export,
    &Describe,
    &Select,
];

static ALL: LazyLock<Vec<&'static dyn Operation>> = LazyLock::new(|| {
    let planned = PLANNED.iter().map(|p| Box::leak(Box::new(Later::new(p))) as &'static dyn Operation);
    AVAILABLE.iter().copied().chain(planned).collect()
});

/// Every operation of the vocabulary.
pub fn all() -> impl Iterator<Item = &'static dyn Operation> {
    ALL.iter().copied()
}

/// The operation with this name.
pub fn find(name: &str) -> Option<&'static dyn Operation> {
    all().find(|op| op.spec().name == name)
}

/// Whether one of the steps takes every picture of its message: then they are no inputs of one run each.
pub fn takes_all(plan: &Plan) -> bool {
    plan.steps.iter().any(|step| find(&step.op).is_some_and(|op| op.takes_all(&Params(step.params.clone()))))
}

/// Names of the operations that this build runs.
pub fn available_names() -> Vec<&'static str> {
    AVAILABLE.iter().map(|op| op.spec().name).collect()
}

/// An operation of the vocabulary that this build cannot run. It is planned and shown like any other.
struct Later {
    spec: &'static OpSpec,
    what: &'static Planned,
}

impl Later {
    fn new(what: &'static Planned) -> Self {
        let spec = OpSpec {
            name: what.name,
            summary_zh: what.summary_zh,
            summary_en: what.summary_en,
            available: false,
            exact_outside_target: what.exact_outside_target,
            takes_target: what.takes_target,
            makes_version: true,
            models: &[],
            cost: Cost::Heavy,
            params: || schemars::json_schema!({"type": "object", "description": "not available in this build"}),
            speech: &Speech::EMPTY,
        };
        Later { spec: Box::leak(Box::new(spec)), what }
    }

    fn refusal(&self) -> OpError {
        let Planned { summary_zh, summary_en, .. } = self.what;
        OpError::Refused {
            code: "operation_unavailable",
            text: Text::new(
                format!("听懂了：{summary_zh}。这个版本还做不了，图片没有改动。现在能做的操作都在“编辑方案”的“添加一步”里。"),
                format!(
                    "{summary_en}: understood, but this build cannot do it yet, so nothing was changed. What it can do is listed under “Add a step” in the plan editor."
                ),
            ),
        }
    }
}

impl Operation for Later {
    fn spec(&self) -> &'static OpSpec {
        self.spec
    }

    fn check(&self, _: &Params) -> Result<(), OpError> {
        Err(self.refusal())
    }

    fn run(&self, _: &mut StepContext<'_>, _: Params) -> Result<Outcome, OpError> {
        Err(self.refusal())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Explain, is_han};
    use std::collections::HashSet;

    #[test]
    fn every_operation_has_one_name_and_a_line_in_both_languages() {
        let mut seen = HashSet::new();
        for spec in all().map(|op| op.spec()) {
            assert!(seen.insert(spec.name), "{} is listed twice", spec.name);
            assert!(find(spec.name).is_some());
            assert!(spec.summary_zh.chars().any(is_han), "{} lacks Chinese words", spec.name);
            assert!(spec.summary_en.len() > 5 && !spec.summary_en.chars().any(is_han), "{} lacks English words", spec.name);
        }
        assert!(find("no_such_thing").is_none());
    }

    #[test]
    fn every_parameter_of_an_available_operation_is_documented() {
        for spec in AVAILABLE.iter().map(|op| op.spec()) {
            let schema = (spec.params)();
            let schema = schema.as_value();
            assert_eq!(schema["type"], "object", "{}", spec.name);
            assert_eq!(schema["additionalProperties"], false, "{} takes unknown parameters", spec.name);
            assert!(schema["description"].is_string(), "{}: its parameters have no description", spec.name);
            let properties = schema["properties"].as_object().cloned().unwrap_or_default();
            assert_eq!(properties.contains_key("target"), spec.takes_target, "{}", spec.name);
            for (name, property) in &properties {
                let words = property["description"].as_str().unwrap_or("");
                assert!(words.len() > 3, "{}.{name} has no documentation", spec.name);
            }
        }
    }

    #[test]
    fn an_operation_for_later_says_what_it_would_do_and_what_can_be_done() {
        let later = all().find(|op| !op.spec().available).expect("some operations are planned");
        let error = later.check(&Params::default()).unwrap_err();
        assert_eq!(error.code(), "operation_unavailable");
        assert!(error.text().zh.contains(later.spec().summary_zh) && error.text().en.contains(later.spec().summary_en));
    }
}
