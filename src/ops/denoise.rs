//! `denoise`: grain, sensor noise and traces of strong compression taken away, edges and texture kept (see [`crate::imaging::denoise`]); or by a
//! model that is named, tile by tile (see [`crate::imaging::tiles`]).

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, json};

use super::deblur::by_model;
use super::pace::paced;
use super::{Cost, OpError, OpSpec, Operation, Outcome, Params, StepContext, speech};
use crate::imaging::denoise::{Denoised, denoise};
use crate::imaging::{Affine, Picture};
use crate::text::Text;

/// The manifest's job of models that remove noise.
const JOB: &str = "denoise";

/// How much noise is removed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DenoiseParams {
    /// 0 changes nothing, 0.5 removes the noise that is measured, 1 smooths twice as much.
    #[serde(default = "half")]
    #[schemars(range(min = 0, max = 1))]
    strength: f32,
    /// Name of an installed model for this job (`portico models list`), whose result is laid over the picture by `strength`; automatic: none, the noise is
    /// measured and taken away without a model.
    #[serde(default)]
    model: Option<String>,
}

fn half() -> f32 {
    0.5
}

static SPEC: OpSpec = OpSpec {
    name: "denoise",
    summary_zh: "降噪",
    summary_en: "Removes noise",
    available: true,
    exact_outside_target: false,
    takes_target: false,
    makes_version: true,
    // Only the one that a step names.
    models: &[],
    cost: Cost::Heavy,
    params: || schemars::schema_for!(DenoiseParams),
    speech: &speech::DENOISE,
};

pub(super) struct Denoise;

impl Operation for Denoise {
    fn spec(&self) -> &'static OpSpec {
        &SPEC
    }

    fn check(&self, params: &Params) -> Result<(), OpError> {
        params.read::<DenoiseParams>().map(drop)
    }

    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError> {
        let p: DenoiseParams = params.read()?;
        if p.strength == 0.0 {
            return Ok(Outcome::unchanged(step.input.clone()));
        }
        let label = Text::new("正在降噪", "Removing noise");
        let input = step.input.clone();
        if let Some(name) = &p.model {
            let info = step.models.installed(JOB, name)?;
            let picture = Arc::new(by_model(step, info, &input, p.strength, &label)?);
            let resolved = Map::from_iter([("strength".to_owned(), json!(p.strength)), ("model".to_owned(), json!(name))]);
            return Ok(Outcome { resolved, ..Outcome::picture(picture, Some(Affine::IDENTITY)) });
        }
        let done = paced(step, &label, |pace| denoise(&input, p.strength, pace))?;
        let (report, picture) = (report(&done), done.picture);
        if picture == *input {
            step.warn(
                "no_noise",
                "没有测到看得见的噪点，图片未改动。",
                "No noise that could be seen was measured, so the picture is unchanged.",
            );
            return Ok(Outcome { report: Some(report), ..Outcome::unchanged(input) });
        }
        let picture: Arc<Picture> = Arc::new(picture);
        step.preview(&Text::new("降噪后", "Without the noise"), None, &picture);
        Ok(Outcome {
            report: Some(report),
            resolved: Map::from_iter([("strength".to_owned(), json!(p.strength))]),
            ..Outcome::picture(picture, Some(Affine::IDENTITY))
        })
    }
}

fn report(done: &Denoised) -> (serde_json::Value, Text) {
    let rounded = |v: f32| (f64::from(v) * 10.0).round() / 10.0;
    let (luma, chroma) = (rounded(done.grain.luma), rounded(done.grain.chroma));
    let blocks = done.grid.map(|g| rounded(g.strength));
    let mut said = Text::new(
        format!("测得噪点：亮度 {luma}，颜色 {chroma}（以 255 级计）"),
        format!("Noise as measured: {luma} of 255 in lightness, {chroma} in colour"),
    );
    if blocks.is_some() {
        said = Text::new(said.zh + "；压缩留下的方块和毛边也已去除", said.en + "; blocks and ringing of compression were removed too");
    }
    (json!({ "noise": { "luma": luma, "chroma": chroma }, "blocks": blocks }), Text::new(said.zh + "。", said.en + "."))
}
