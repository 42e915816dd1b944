//! `background`: another background behind the kept subject. Pixels of the subject (matte 255) stay bit-identical.
//!
//! The resolved mask of this operation is the part that changes, the inverse of the subject's matte; the matte itself is an artifact.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use super::cutout::{cut_with_alpha, find};
use super::params::{colour, param, refused};
use super::target::{How, Meaning};
use super::{Artifact, Cost, OpError, OpSpec, Operation, Outcome, Params, StepContext, speech, subject, target};
use crate::imaging::blend::over_colour;
use crate::plan::{ImageRef, Target};
use crate::text::Text;

/// What is put behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Fill {
    /// Nothing: the same as a cut-out.
    Transparent,
    /// One colour.
    #[default]
    Color,
    /// From `color` to `color2`.
    Gradient,
    /// The old background, out of focus.
    Blur,
    /// Another picture.
    Image,
}

/// Shadow of the subject on the new background.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Shadow {
    /// No shadow.
    #[default]
    None,
    /// Soft, below and behind.
    Drop,
    /// Where it stands.
    Contact,
    /// A mirror image on the ground.
    Reflection,
}

/// What is kept and what comes behind it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct BackgroundParams {
    /// `color` or `transparent` in this build; `gradient`, `blur` and `image` are planned.
    #[serde(default)]
    fill: Fill,
    /// Hex or CSS name.
    #[serde(default)]
    color: Option<String>,
    /// The second colour of a gradient.
    #[serde(default)]
    color2: Option<String>,
    /// Blur radius in pixels.
    #[serde(default)]
    #[schemars(range(min = 0, max = 512))]
    radius: Option<u32>,
    /// The picture for `fill: image`.
    #[serde(default)]
    image: Option<ImageRef>,
    /// Words for a generated background.
    #[serde(default)]
    prompt: Option<String>,
    /// `none` in this build.
    #[serde(default)]
    shadow: Shadow,
    /// What is kept; the main subject unless it says otherwise. A box means the thing in it.
    #[serde(default)]
    target: Target,
}

static SPEC: OpSpec = OpSpec {
    name: "background",
    summary_zh: "换背景：纯色或透明",
    summary_en: "Replaces the background with a colour or transparency",
    available: true,
    exact_outside_target: true,
    takes_target: true,
    makes_version: true,
    models: target::JOBS,
    cost: Cost::Model,
    params: || schemars::schema_for!(BackgroundParams),
    speech: &speech::BACKGROUND,
};

pub(super) struct Background;

impl Operation for Background {
    fn spec(&self) -> &'static OpSpec {
        &SPEC
    }

    fn check(&self, params: &Params) -> Result<(), OpError> {
        let p: BackgroundParams = params.read()?;
        p.check_fill()?;
        if p.shadow != Shadow::None {
            return Err(unavailable("加阴影", "shadows", "请先不加阴影。", "Leave the shadow out for now."));
        }
        colour("color", p.color())?;
        target::check(&p.target)
    }

    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError> {
        let p: BackgroundParams = params.read()?;
        p.check_fill()?;
        let ground = colour("color", p.color())?;
        let input = step.input.clone();
        let own_alpha = (p.target == Target::default()).then(|| subject::existing_alpha(&input)).flatten();
        let (matte, cut) = match own_alpha {
            Some(alpha) => (alpha, input.clone()),
            None => {
                let how = How { meaning: Meaning::Thing, refine: true, trust_alpha: true, quick: false };
                let Some(matte) = find(step, &p.target, how)? else { return Ok(Outcome::unchanged(input)) };
                let cut = cut_with_alpha(&input, &matte);
                (matte, Arc::new(cut))
            }
        };
        step.check_cancel()?;
        let picture = if p.fill == Fill::Transparent { cut } else { Arc::new(over_colour(&cut, ground)) };
        step.preview(&Text::new("新背景", "The new background"), None, &picture);
        Ok(Outcome {
            mask: Some(Arc::new(matte.inverted())),
            artifacts: vec![("matte", Artifact::Mask(Arc::new(matte)))],
            ..Outcome::picture(picture, Some(crate::imaging::Affine::IDENTITY))
        })
    }
}

impl BackgroundParams {
    fn color(&self) -> &str {
        self.color.as_deref().unwrap_or("#ffffff")
    }

    /// What goes with another fill only is refused rather than ignored.
    fn check_fill(&self) -> Result<(), OpError> {
        let instead = ("请改用纯色或透明背景。", "Use a plain colour or transparency instead.");
        let of_other_fill = [("color2", self.color2.is_some()), ("radius", self.radius.is_some()), ("image", self.image.is_some())];
        match self.fill {
            Fill::Gradient => Err(unavailable("渐变背景", "gradient backgrounds", instead.0, instead.1)),
            Fill::Blur => Err(unavailable("虚化背景", "blurring the background", instead.0, instead.1)),
            Fill::Image => Err(unavailable("把图片当背景", "pictures as backgrounds", instead.0, instead.1)),
            Fill::Color | Fill::Transparent if self.prompt.is_some() => {
                Err(unavailable("按描述生成背景", "backgrounds made from words", instead.0, instead.1))
            }
            Fill::Color | Fill::Transparent => match of_other_fill.iter().find(|(_, given)| *given) {
                Some((name, _)) => Err(param(name, format!("“{name}”与这种背景不搭配。"), format!("`{name}` does not go with this fill."))),
                None => Ok(()),
            },
        }
    }
}

fn unavailable(zh: &str, en: &str, instead_zh: &str, instead_en: &str) -> OpError {
    refused(
        "parameter_unavailable",
        format!("这个版本还不支持{zh}。{instead_zh}"),
        format!("This build does not support {en} yet. {instead_en}"),
    )
}
