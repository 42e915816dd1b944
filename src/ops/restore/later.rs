//! The stages that are operations of their own.

use serde_json::{Map, Value, json};

use super::{Done, not_in_this_build, operation};
use crate::ops::{OpError, Params, StepContext};
use crate::text::Text;

/// Notices that say that there was nothing to do: as a part of a repair that is no news.
const NO_NEWS: &[&str] = &["no_noise"];

/// One of them.
pub(super) struct Stage {
    /// The operation, and the parameter that asks for it.
    pub op: &'static str,
    parameter: &'static str,
    pub name: Text,
    params: Map<String, Value>,
    /// The user asked for it; else it runs only where it can.
    pub asked: bool,
}

impl Stage {
    pub fn denoise(strength: f32, asked: bool) -> Stage {
        let params = Map::from_iter([("strength".to_owned(), json!(strength))]);
        Stage { op: "denoise", parameter: "denoise", name: Text::new("降噪", "noise"), params, asked }
    }

    pub fn faces(asked: bool) -> Stage {
        Stage { op: "faces", parameter: "faces", name: Text::new("修复人脸", "faces"), params: Map::new(), asked }
    }

    pub fn colorize() -> Stage {
        Stage { op: "colorize", parameter: "colorize", name: Text::new("上色", "colour"), params: Map::new(), asked: true }
    }

    pub fn upscale(scale: u32) -> Stage {
        let params = Map::from_iter([("scale".to_owned(), json!(scale))]);
        Stage { op: "upscale", parameter: "upscale", name: Text::new("放大", "enlarging"), params, asked: true }
    }

    /// # Errors
    /// `parameter_unavailable` where this build lacks the operation, and what that says of its parameters.
    pub fn check(&self) -> Result<(), OpError> {
        let op = operation(self.op).ok_or_else(|| not_in_this_build(&self.name, self.parameter))?;
        op.check(&Params(self.params.clone()))
    }

    /// Whether it is to run: it was asked for, or can.
    pub fn is_here(&self, step: &StepContext<'_>) -> bool {
        let jobs = operation(self.op).map(|op| op.spec().models);
        self.asked || jobs.is_some_and(|jobs| jobs.first().is_none_or(|job| step.models.default_for(job).is_ok()))
    }

    /// Runs it on the step's input.
    pub fn run(&self, step: &mut StepContext<'_>) -> Result<Done, OpError> {
        let op = operation(self.op).ok_or_else(|| not_in_this_build(&self.name, self.parameter))?;
        let outcome = op.run(step, Params(self.params.clone()))?;
        step.notices.retain(|notice| !NO_NEWS.contains(&notice.code.as_ref()));
        let (report, words) = outcome.report.unzip();
        Ok(Done { picture: outcome.picture, map: outcome.map, mask: None, artifacts: vec![], report, words })
    }
}
