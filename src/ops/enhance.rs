//! `enhance`: light, colour and local contrast put right by the picture itself (see [`crate::imaging::enhance`]).

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::pace::paced;
use super::{Cost, OpError, OpSpec, Operation, Outcome, Params, StepContext, speech};
use crate::imaging::Affine;
use crate::imaging::enhance::{Enhanced, Options, enhance};
use crate::text::Text;

/// From this factor of red or blue light on one speaks of a cast.
const CAST: f32 = 0.03;
/// From this change of mean lightness on one speaks of brightness.
const BRIGHTER: f32 = 6.0;

/// How much is improved, and whether the picture is too dark.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct EnhanceParams {
    /// 0 changes nothing, 1 does all that the picture asks for.
    #[serde(default = "wholly")]
    #[schemars(range(min = 0, max = 1))]
    strength: f32,
    /// true: it is too dark, lift it; false: it is meant to be dark, leave its brightness; automatic where it is not given.
    #[serde(default)]
    low_light: Option<bool>,
}

fn wholly() -> f32 {
    1.0
}

static SPEC: OpSpec = OpSpec {
    name: "enhance",
    summary_zh: "自动优化光线和色彩",
    summary_en: "Improves tone and white balance by itself",
    available: true,
    exact_outside_target: false,
    takes_target: false,
    makes_version: true,
    models: &[],
    cost: Cost::Heavy,
    params: || schemars::schema_for!(EnhanceParams),
    speech: &speech::ENHANCE,
};

pub(super) struct Enhance;

impl Operation for Enhance {
    fn spec(&self) -> &'static OpSpec {
        &SPEC
    }

    fn check(&self, params: &Params) -> Result<(), OpError> {
        params.read::<EnhanceParams>().map(drop)
    }

    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError> {
        let p: EnhanceParams = params.read()?;
        let input = step.input.clone();
        let label = Text::new("正在优化光线和色彩", "Improving light and colour");
        let options = Options { strength: p.strength, low_light: p.low_light };
        let done = paced(step, &label, |pace| enhance(&input, &options, pace))?;
        if done.picture == *input {
            return Ok(Outcome::unchanged(input));
        }
        let report = report(&done);
        let low_light = p.low_light.unwrap_or(done.low_light);
        let picture = Arc::new(done.picture);
        step.preview(&Text::new("优化后", "Improved"), None, &picture);
        Ok(Outcome {
            report: Some(report),
            resolved: Map::from_iter([("strength".to_owned(), json!(p.strength)), ("low_light".to_owned(), json!(low_light))]),
            ..Outcome::picture(picture, Some(Affine::IDENTITY))
        })
    }
}

fn report(done: &Enhanced) -> (Value, Text) {
    let (before, after) = (done.mean.0.round(), done.mean.1.round());
    let mut said: Vec<Text> = Vec::new();
    if (after - before).abs() >= BRIGHTER {
        said.push(Text::new(
            format!("平均亮度 {before} → {after}（以 255 级计）"),
            format!("mean lightness went from {before} to {after} of 255"),
        ));
    }
    if done.denoised {
        said.push(Text::new("提亮处的噪点已压低", "noise was kept down where it became lighter"));
    }
    if done.balance.iter().any(|g| (g - 1.0).abs() >= CAST) {
        let warm = done.balance[0] < done.balance[2];
        said.push(if warm {
            Text::new("去掉了一些偏黄", "some of a warm cast was removed")
        } else {
            Text::new("去掉了一些偏蓝", "some of a cold cast was removed")
        });
    }
    if said.is_empty() {
        said.push(Text::new(
            "光线和色彩本来就合适，只稍微加强了层次",
            "light and colour were fine already; only local contrast was raised a little",
        ));
    }
    let zh = said.iter().map(|t| t.zh.as_str()).collect::<Vec<_>>().join("；") + "。";
    let en = said.iter().map(|t| t.en.as_str()).collect::<Vec<_>>().join("; ") + ".";
    let first = en.chars().next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    let en = first + en.get(1..).unwrap_or_default();
    let rounded = done.balance.map(|g| (f64::from(g) * 100.0).round() / 100.0);
    let value =
        json!({ "balance": rounded, "mean": { "before": before, "after": after }, "low_light": done.low_light, "denoised": done.denoised });
    (value, Text::new(zh, en))
}
