//! `restore`: an old photo repaired, stage by stage: scratches and dust, fading, noise, faces, colour, size.
//!
//! Every stage can be left out, is shown when it is done, and is named in a notice when it fails, while the others go on. Scratches and dust are filled by
//! what is found ([`crate::imaging::scratch`]) or, where the user corrected it, by the `target`; that stage changes nothing outside its mask, bit for bit.
//! The later stages are the operations of the same names; faces are [`super::faces`].

mod later;
mod scratches;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::params::refused;
use super::stage::Amount;
use super::{Artifact, Cost, OpError, OpSpec, Operation, Outcome, Params, StepContext, registry, speech, target};
use crate::imaging::{Affine, Mask, Picture};
use crate::models::face_restore;
use crate::plan::Target;
use crate::text::{Explain, Notice, Text};

/// What is repaired, and how much.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RestoreParams {
    /// Scratches, folds and creases: `true`, `false`, or how readily they are found, 0..1 (`true` is 0.5).
    #[serde(default = "on")]
    scratches: Amount,
    /// Dust and specks, in the same way.
    #[serde(default = "on")]
    dust: Amount,
    /// What is filled instead of what is found: a mask that was corrected, or painted.
    target: Option<Target>,
    /// Fading: blacks and whites put back. `true`, `false`, or 0..1 (`true` is 1).
    #[serde(default = "on")]
    fade: Amount,
    /// Noise, grain and traces of compression: `true`, `false`, or 0..1 (`true` is 0.5).
    #[serde(default)]
    denoise: Option<Amount>,
    /// Faces rebuilt by a model. By itself where such a model is installed.
    #[serde(default)]
    faces: Option<bool>,
    /// `true`: a black and white photo gets colours; `false`: it stays black and white; automatic: only when asked for.
    #[serde(default)]
    colorize: Option<bool>,
    /// So many times as wide and as high in the end: 1, 2, 3 or 4.
    #[serde(default = "once")]
    #[schemars(range(min = 1, max = 4))]
    upscale: u32,
}

fn on() -> Amount {
    Amount::Whether(true)
}

/// 0..=1; `plain` is what `true` means.
fn share(amount: Amount, plain: f32) -> f32 {
    match amount {
        Amount::Whether(true) => plain,
        Amount::Whether(false) => 0.0,
        Amount::Share(share) => share,
    }
}

fn once() -> u32 {
    1
}

/// How readily damage is found where nobody says.
const PLAIN: f32 = 0.5;

static SPEC: OpSpec = OpSpec {
    name: "restore",
    summary_zh: "修复老照片",
    summary_en: "Repairs an old photo",
    available: true,
    exact_outside_target: false,
    takes_target: true,
    makes_version: true,
    models: JOBS,
    cost: Cost::Heavy,
    params: || schemars::schema_for!(RestoreParams),
    speech: &speech::RESTORE,
};

/// Jobs in the model manifest that it may need.
const JOBS: &[&str] = &[
    "colorize",
    "upscale",
    face_restore::JOB,
    super::subject::JOB,
    target::sight::OBJECTS,
    target::sight::FACES,
    target::sight::FACE_MESH,
    target::PERSON_MASK,
];

pub(super) struct Restore;

impl Operation for Restore {
    fn spec(&self) -> &'static OpSpec {
        &SPEC
    }

    fn check(&self, params: &Params) -> Result<(), OpError> {
        let p: RestoreParams = params.read()?;
        if let Some(target) = &p.target {
            target::check(target)?;
        }
        p.later().iter().filter(|stage| stage.asked).try_for_each(later::Stage::check)
    }

    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError> {
        let p: RestoreParams = params.read()?;
        let input = step.input.clone();
        let mut work =
            Work { picture: input.clone(), map: Some(Affine::IDENTITY), mask: None, artifacts: vec![], stages: Map::new(), said: vec![] };
        let outcome = work.all(step, &p);
        step.input = input;
        outcome?;
        Ok(work.outcome(&p))
    }
}

impl RestoreParams {
    fn scratches(&self) -> f32 {
        share(self.scratches, PLAIN)
    }

    fn dust(&self) -> f32 {
        share(self.dust, PLAIN)
    }

    /// The stages after scratches and dust, in their order.
    fn later(&self) -> Vec<later::Stage> {
        let mut stages = vec![];
        let fade = share(self.fade, 1.0);
        if fade > 0.0 {
            stages.push(later::Stage::fade(fade));
        }
        let denoise = self.denoise.map_or(PLAIN, |d| share(d, PLAIN));
        if denoise > 0.0 {
            stages.push(later::Stage::denoise(denoise, self.denoise.is_some()));
        }
        if self.faces != Some(false) {
            stages.push(later::Stage::faces(self.faces.is_some()));
        }
        if self.colorize == Some(true) {
            stages.push(later::Stage::colorize());
        }
        if self.upscale > 1 {
            stages.push(later::Stage::upscale(self.upscale));
        }
        stages
    }
}

/// How far the repair is.
struct Work {
    picture: Arc<Picture>,
    /// From `picture` back to the input.
    map: Option<Affine>,
    mask: Option<Arc<Mask>>,
    artifacts: Vec<(&'static str, Artifact)>,
    /// For the report: what each stage did.
    stages: Map<String, Value>,
    said: Vec<Text>,
}

impl Work {
    fn all(&mut self, step: &mut StepContext<'_>, p: &RestoreParams) -> Result<(), OpError> {
        if p.target.is_some() || p.scratches() > 0.0 || p.dust() > 0.0 {
            let done = scratches::run(step, p);
            self.stage(step, &Text::new("修补划痕和灰尘", "scratches and dust"), "scratches", done)?;
        }
        for stage in p.later() {
            if !stage.is_here(step) {
                continue;
            }
            step.check_cancel()?;
            step.input = self.picture.clone();
            let done = stage.run(step);
            self.stage(step, &stage.name, stage.op, done)?;
        }
        Ok(())
    }

    /// Takes over what a stage did; one that failed is named, and the next goes on from the picture before it.
    fn stage(&mut self, step: &mut StepContext<'_>, name: &Text, role: &'static str, done: Result<Done, OpError>) -> Result<(), OpError> {
        match done {
            Ok(done) => {
                let changed = !Arc::ptr_eq(&done.picture, &self.picture) && *done.picture != *self.picture;
                if changed {
                    step.preview(&Text::new(format!("{}后", name.zh), format!("After {}", name.en)), None, &done.picture);
                    self.map = self.map.and_then(|map| done.map.map(|own| own.then(&map)));
                    self.picture = done.picture;
                }
                self.stages.insert(role.to_owned(), done.report.unwrap_or(json!({ "changed": changed })));
                self.said.extend(done.words);
                self.mask = done.mask.or(self.mask.take());
                self.artifacts.extend(done.artifacts);
                Ok(())
            }
            Err(OpError::Cancelled) => Err(OpError::Cancelled),
            Err(e) => {
                let why = e.text();
                self.stages.insert(role.to_owned(), json!({ "failed": e.code() }));
                step.notices.push(Notice::new(
                    "restore_stage_failed",
                    format!("“{}”这一步没有完成，其余步骤照常进行。{}", name.zh, why.zh),
                    format!("One stage was left out ({}); the others went on. {}", name.en, why.en),
                ));
                Ok(())
            }
        }
    }

    fn outcome(self, p: &RestoreParams) -> Outcome {
        let words = |of: &dyn Fn(&Text) -> &str, join: &str| self.said.iter().map(of).collect::<Vec<_>>().join(join);
        let said = Text::new(words(&|t| &t.zh, ""), words(&|t| &t.en, " "));
        let mut resolved = Map::from_iter([("upscale".to_owned(), json!(p.upscale))]);
        resolved.insert("colorize".to_owned(), json!(p.colorize == Some(true)));
        resolved.insert("scratches".to_owned(), json!(p.scratches()));
        resolved.insert("fade".to_owned(), json!(share(p.fade, 1.0)));
        resolved.insert("dust".to_owned(), json!(p.dust()));
        resolved.insert("denoise".to_owned(), json!(p.denoise.map_or(PLAIN, |d| share(d, PLAIN))));
        Outcome {
            mask: self.mask,
            artifacts: self.artifacts,
            report: (!self.said.is_empty()).then_some((json!({ "stages": self.stages }), said)),
            resolved,
            ..Outcome::picture(self.picture, self.map)
        }
    }
}

/// What a stage did.
struct Done {
    picture: Arc<Picture>,
    /// From `picture` back to the stage's input.
    map: Option<Affine>,
    mask: Option<Arc<Mask>>,
    artifacts: Vec<(&'static str, Artifact)>,
    report: Option<Value>,
    words: Option<Text>,
}

/// Whether an operation is in this build.
fn operation(name: &str) -> Option<&'static dyn Operation> {
    registry::find(name).filter(|op| op.spec().available)
}

fn not_in_this_build(name: &Text, parameter: &str) -> OpError {
    refused(
        "parameter_unavailable",
        format!("这个版本的修复还不能做“{}”，请去掉 {parameter}。", name.zh),
        format!("Restoring in this build does not do this yet: {}. Leave `{parameter}` out.", name.en),
    )
}
