//! The stages after scratches and dust: fading, operations of their own, and faces.

use serde_json::{Map, Value, json};

use super::{Done, not_in_this_build, operation};
use crate::imaging::Affine;
use crate::imaging::fade::{self, FadeOptions};
use crate::models::face_restore;
use crate::ops::faces::restore_faces;
use crate::ops::pace::paced;
use crate::ops::{OpError, Params, StepContext};
use crate::text::Text;

/// Notices that say that there was nothing to do: as a part of a repair that is no news.
const NO_NEWS: &[&str] = &["no_noise"];

/// The stages that are no operations.
const FACES: &str = "faces";
const FADE: &str = "fade";

/// One of them.
pub(super) struct Stage {
    /// The operation, [`FACES`] or [`FADE`], and the parameter that asks for it.
    pub op: &'static str,
    parameter: &'static str,
    pub name: Text,
    params: Map<String, Value>,
    /// The user asked for it; else it runs only where it can.
    pub asked: bool,
}

impl Stage {
    pub fn fade(strength: f32) -> Stage {
        let params = Map::from_iter([("strength".to_owned(), json!(strength))]);
        Stage { op: FADE, parameter: FADE, name: Text::new("恢复褪色", "fading"), params, asked: true }
    }

    pub fn denoise(strength: f32, asked: bool) -> Stage {
        let params = Map::from_iter([("strength".to_owned(), json!(strength))]);
        Stage { op: "denoise", parameter: "denoise", name: Text::new("降噪", "noise"), params, asked }
    }

    pub fn faces(asked: bool) -> Stage {
        Stage { op: FACES, parameter: FACES, name: Text::new("修复人脸", "faces"), params: Map::new(), asked }
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
        if matches!(self.op, FACES | FADE) {
            return Ok(());
        }
        let op = operation(self.op).ok_or_else(|| not_in_this_build(&self.name, self.parameter))?;
        op.check(&Params(self.params.clone()))
    }

    /// Whether it is to run: it was asked for, or can.
    pub fn is_here(&self, step: &StepContext<'_>) -> bool {
        if self.op == FACES {
            return self.asked || step.models.installed_for(face_restore::JOB).is_ok();
        }
        let jobs = operation(self.op).map(|op| op.spec().models);
        self.asked || jobs.is_some_and(|jobs| jobs.first().is_none_or(|job| step.models.default_for(job).is_ok()))
    }

    /// Runs it on the step's input.
    pub fn run(&self, step: &mut StepContext<'_>) -> Result<Done, OpError> {
        if self.op == FACES {
            return faces(step);
        }
        if self.op == FADE {
            return fading(step, self.params["strength"].as_f64().unwrap_or(0.0) as f32);
        }
        let op = operation(self.op).ok_or_else(|| not_in_this_build(&self.name, self.parameter))?;
        let outcome = op.run(step, Params(self.params.clone()))?;
        step.notices.retain(|notice| !NO_NEWS.contains(&notice.code.as_ref()));
        let (report, words) = outcome.report.unzip();
        Ok(Done { picture: outcome.picture, map: outcome.map, mask: None, artifacts: vec![], report, words })
    }
}

/// Blacks, whites and an even tone put back; a print of one tone keeps it, since nobody can tell a toned print from a yellowed one.
fn fading(step: &StepContext<'_>, strength: f32) -> Result<Done, OpError> {
    let input = step.input.clone();
    let options = FadeOptions { strength, keep_tone: true };
    let recovered = paced(step, &Text::new("正在恢复褪色", "Taking the fading back"), |pace| fade::recover(&input, &options, pace))?;
    let changed = recovered != *input;
    let picture = if changed { std::sync::Arc::new(recovered) } else { input };
    let words = changed.then(|| Text::new("恢复了褪去的黑白层次。", "Faded blacks and whites were put back."));
    Ok(Done { picture, map: Some(Affine::IDENTITY), mask: None, artifacts: vec![], report: Some(json!({ "changed": changed })), words })
}

/// Every face that can be restored, wholly; how far a face may change is the face model's affair.
fn faces(step: &mut StepContext<'_>) -> Result<Done, OpError> {
    let picture = step.input.clone();
    let done = restore_faces(step, picture.clone(), 1.0)?;
    let (picture, report) = match done {
        Some(done) => {
            let report = json!({ "restored": done.restored, "held_back": done.held_back, "left": done.left });
            (done.picture, report)
        }
        None => (picture, json!({ "restored": 0, "held_back": 0, "left": 0 })),
    };
    let restored = report["restored"].as_u64().unwrap_or(0);
    let words = (restored > 0).then(|| Text::new(format!("修复了 {restored} 张脸。"), format!("Restored {restored} face(s).")));
    Ok(Done { picture, map: Some(Affine::IDENTITY), mask: None, artifacts: vec![], report: Some(report), words })
}
