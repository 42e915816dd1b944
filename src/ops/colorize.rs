//! `colorize`: a grey picture gets colours. Lightness stays what it was; a tint (sepia, yellowed paper) is thrown away.
//!
//! Colours come from a model ([`guess`]), from what the user says of places ([`hints`]), or from both, hints over the model's. A picture that has colours
//! already is refused unless `force` says that they may go.

mod guess;
mod hints;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::params::refused;
use super::{Cost, OpError, OpSpec, Operation, Outcome, Params, StepContext, speech, target};
use crate::imaging::chroma::paint::{Ground, Layer, paint};
use crate::imaging::chroma::tone::Tone;
use crate::imaging::colour::to_hex;
use crate::imaging::{Affine, Combine, Mask, Picture};
use crate::plan::Target;
use crate::text::Text;
use guess::Guess;

/// Its job in the model manifest.
pub const JOB: &str = "colorize";

/// Jobs in the model manifest that it may need.
const JOBS: &[&str] =
    &[JOB, super::subject::JOB, target::sight::OBJECTS, target::sight::FACES, target::sight::FACE_MESH, target::PERSON_MASK];

/// What gets the model's colours besides the hints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Rest {
    /// All of the picture.
    #[default]
    Auto,
    /// Nothing: what no hint reaches stays as it is, bit for bit.
    Keep,
}

/// A place and its colour.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Hint {
    /// Where. Clicks (`region` with `points`) and a brushed `mask` are strokes, from which the colour spreads up to edges; clicks with 0 hold it off.
    /// Anything else is coloured as a whole; of people the faces stay.
    target: Target,
    /// Hex or CSS name. Its lightness does not matter: the picture keeps its own.
    color: String,
}

/// How a grey picture gets colours.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ColorizeParams {
    /// Strength of all colours, 0..2; 1 is as the model and the hints say, 0 changes nothing.
    #[serde(default = "plain")]
    #[schemars(range(min = 0, max = 2))]
    saturation: f32,
    /// Places whose colour is known, 16 at most; later ones lie on top.
    #[serde(default)]
    #[schemars(length(max = 16))]
    hints: Vec<Hint>,
    /// `auto`: the rest gets the model's colours. `keep`: only the hints are coloured.
    #[serde(default)]
    rest: Rest,
    /// Colours the picture anew although it has colours, which are lost.
    #[serde(default)]
    force: bool,
}

fn plain() -> f32 {
    1.0
}

static SPEC: OpSpec = OpSpec {
    name: "colorize",
    summary_zh: "给黑白照片上色",
    summary_en: "Colours a black and white photo",
    available: true,
    exact_outside_target: false,
    takes_target: false,
    makes_version: true,
    models: JOBS,
    cost: Cost::Model,
    params: || schemars::schema_for!(ColorizeParams),
    speech: &speech::COLORIZE,
};

pub(super) struct Colorize;

impl Operation for Colorize {
    fn spec(&self) -> &'static OpSpec {
        &SPEC
    }

    fn check(&self, params: &Params) -> Result<(), OpError> {
        hints::check(&params.read::<ColorizeParams>()?.hints)
    }

    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError> {
        let p: ColorizeParams = params.read()?;
        hints::check(&p.hints)?;
        let input = step.input.clone();
        let unchanged = Outcome::unchanged(input.clone());
        if p.saturation == 0.0 {
            return Ok(unchanged);
        }
        if p.rest == Rest::Keep && p.hints.is_empty() {
            step.warn(
                "nothing_to_color",
                "没有指定给哪里上什么颜色，图片未改动。",
                "No place and colour were given, so nothing was changed.",
            );
            return Ok(unchanged);
        }
        if p.rest == Rest::Auto && !p.force {
            refuse_colours(&input)?;
        }
        let guess = match p.rest {
            Rest::Keep => None,
            Rest::Auto => guess_or_hints(step, &input, !p.hints.is_empty())?,
        };
        let ground = guess.as_ref().map_or(Ground::Own, |g| Ground::Guess(&g.chroma, &g.lightness));
        if guess.is_some() && !p.hints.is_empty() && step.watch.wants_preview() {
            let tinted = Arc::new(paint(&input, ground, &[], p.saturation));
            step.preview(&Text::new("自动上色", "The model's colours"), None, &tinted);
        }
        let layers = hints::layers(step, &p.hints)?;
        step.check_cancel()?;
        step.watch.progress(step.step, None, &Text::new("正在上色", "Laying the colours on"));
        let coloured = paint(&input, ground, &layers, p.saturation);
        step.check_cancel()?;
        let picture = if coloured == *input { input } else { Arc::new(coloured) };
        step.preview(&Text::new("上色后", "In colour"), None, &picture);
        Ok(outcome(picture, &p, guess.as_ref(), &layers))
    }
}

/// Whether a picture has colours of its own: more than grey and one tint.
fn has_colours(picture: &Picture) -> bool {
    matches!(Tone::of(picture), Tone::Coloured { .. })
}

fn refuse_colours(picture: &Picture) -> Result<(), OpError> {
    if !has_colours(picture) {
        return Ok(());
    }
    Err(refused(
        "already_coloured",
        "这张图已经是彩色的，没有改动。要丢掉现有颜色重新上色，请说“重新上色”（参数 force: true）；只想改一处，请说“把车换成红色”这样的话，或涂抹后说颜色；想让颜色更鲜艳，请说“提高饱和度”。",
        "This picture has colours already, so nothing was changed. To drop them and colour it anew, say “colourize it anyway” (parameter force: true); to change one thing, say “make the car red”, or paint over it and name a colour; for stronger colours, say “raise the saturation”.",
    ))
}

/// The model's colours; without a model, nothing where hints can do alone.
fn guess_or_hints(step: &mut StepContext<'_>, picture: &Arc<Picture>, hints: bool) -> Result<Option<Arc<Guess>>, OpError> {
    match guess::guess(step, picture) {
        Ok(guess) => Ok(Some(guess)),
        Err(OpError::Model(error)) if hints && step.models.default_for(JOB).is_err() => {
            tracing::info!(%error, "no model for colours: hints alone");
            step.warn(
                "hints_only",
                "没有安装上色模型，只给指定的地方上了色，其余保持原样。运行 portico models install 即可装上。",
                "No model for colours is installed, so only the places that were named are coloured. `portico models install` installs one.",
            );
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn outcome(picture: Arc<Picture>, p: &ColorizeParams, guess: Option<&Arc<Guess>>, layers: &[Layer]) -> Outcome {
    let hinted: Vec<Value> =
        layers.iter().map(|l| json!({"color": to_hex(l.colour), "share": (l.mask.coverage() * 1000.0).round() / 1000.0})).collect();
    let report = json!({ "model": guess.map(|g| g.model.clone()), "hints": hinted });
    let all = layers.iter().fold(None::<Mask>, |all, l| Some(all.map_or_else(|| l.mask.clone(), |a| a.combined(&l.mask, Combine::Or))));
    Outcome {
        // Where the whole picture changes there is no place that "it" could mean afterwards.
        mask: all.filter(|_| guess.is_none()).map(Arc::new),
        report: Some((report, words(guess.is_some(), layers))),
        resolved: Map::from_iter([("saturation".to_owned(), json!(p.saturation))]),
        ..Outcome::picture(picture, Some(Affine::IDENTITY))
    }
}

fn words(guessed: bool, layers: &[Layer]) -> Text {
    let colours: Vec<String> = layers.iter().map(|l| to_hex(l.colour)).collect();
    let (zh, en) = (colours.join("、"), colours.join(", "));
    match (guessed, layers.is_empty()) {
        (true, true) => Text::new(
            "颜色是模型猜的，不一定是当时的颜色。哪里不对，涂一下并说出颜色即可改。",
            "The colours are a model's guess, not knowledge. Where one is wrong, paint over it and name the right one.",
        ),
        (true, false) => Text::new(
            format!("指定的地方用了 {zh}，其余颜色是模型猜的。"),
            format!("The places that were named are {en}; the other colours are a model's guess."),
        ),
        (false, _) => Text::new(
            format!("指定的地方用了 {zh}，其余没有改动。"),
            format!("The places that were named are {en}; the rest is as it was."),
        ),
    }
}
