//! `background`: another background behind the kept subject. Pixels of the subject (matte 255) stay bit-identical.
//!
//! The ground is made as a whole picture, then the subject's shadow (see [`crate::imaging::cast`]) and the cut-out are laid on it in linear light. The resolved mask of this operation is the part that changes,
//! the inverse of the subject's matte; the matte itself is an artifact.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use super::cutout::{cut_with_alpha, find};
use super::params::{colour, param, refused};
use super::stage::Shadow;
use super::target::How;
use super::{Artifact, Cost, OpError, OpSpec, Operation, Outcome, Params, StepContext, second, speech, subject, target};
use crate::imaging::cast::Light;
use crate::imaging::colour::Srgb8;
use crate::imaging::light::light_on;
use crate::imaging::{Layer, Mask, Picture, backdrop, blend};
use crate::plan::{ImageRef, Target};
use crate::text::Text;

/// Radius of the blur where none is given.
const BLUR_RADIUS_PX: u32 = 24;

/// What is put behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Fill {
    /// Nothing: the same as a cut-out.
    Transparent,
    /// One colour.
    #[default]
    Color,
    /// From `color` at the top to `color2` at the bottom; with `color` alone a studio backdrop, lit behind the subject.
    Gradient,
    /// The old background, out of focus, with nothing of the subject in it.
    Blur,
    /// Another picture, scaled to cover the whole area.
    Image,
}

/// What is kept and what comes behind it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct BackgroundParams {
    /// `color`, `transparent`, `gradient`, `blur` or `image`.
    #[serde(default)]
    fill: Fill,
    /// Of `color` and `gradient`, hex or CSS name; white unless it says otherwise.
    #[serde(default)]
    color: Option<String>,
    /// The lower colour of a gradient, hex or CSS name.
    #[serde(default)]
    color2: Option<String>,
    /// Of `blur`: the radius, in pixels, of the disc that a point becomes; 24 unless it says otherwise.
    #[serde(default)]
    #[schemars(range(min = 0, max = 512))]
    radius: Option<u32>,
    /// The picture for `fill: image`, e.g. `image:2`.
    #[serde(default)]
    image: Option<ImageRef>,
    /// Words for a generated background.
    #[serde(default)]
    prompt: Option<String>,
    /// Of the subject on the new background; on a transparent one it is black with alpha.
    #[serde(default)]
    shadow: Shadow,
    /// What is kept; the main subject unless it says otherwise. A box means the thing in it.
    #[serde(default)]
    target: Target,
}

static SPEC: OpSpec = OpSpec {
    name: "background",
    summary_zh: "换背景：纯色、渐变、虚化、另一张图或透明",
    summary_en: "Replaces the background: a colour, a gradient, blurred, another picture or none",
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
        p.colours()?;
        target::check(&p.target)
    }

    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError> {
        let p: BackgroundParams = params.read()?;
        p.check_fill()?;
        let input = step.input.clone();
        let own_alpha = (p.target == Target::default()).then(|| subject::existing_alpha(&input)).flatten();
        let (matte, cut) = match own_alpha {
            Some(alpha) => (alpha, input.clone()),
            None => {
                let how = How::THING;
                let Some(matte) = find(step, &p.target, how)? else { return Ok(Outcome::unchanged(input)) };
                let cut = cut_with_alpha(&input, &matte);
                (matte, Arc::new(cut))
            }
        };
        step.check_cancel()?;
        let ground = p.ground(step, &matte)?;
        // Only a photograph has a light of its own.
        let light = match &ground {
            Some(ground) if p.fill == Fill::Image => light_on(ground, &matte, None),
            _ => Light::default(),
        };
        let shadow = Layer::trimmed(&cut).and_then(|layer| p.shadow.under(&layer, &light));
        step.check_cancel()?;
        let mut artifacts = vec![];
        let picture = match (ground, shadow) {
            (None, None) => cut,
            (ground, shadow) => {
                let mut ground = ground.unwrap_or_else(|| Picture::filled(input.width(), input.height(), [0; 4]));
                if let Some(shadow) = shadow {
                    shadow.lay_on(&mut ground, 1.0);
                    artifacts.push(("shadow", Artifact::Mask(Arc::new(shadow.alpha_on(input.width(), input.height())))));
                }
                Arc::new(blend::over(&cut, &ground))
            }
        };
        step.preview(&Text::new("新背景", "The new background"), None, &picture);
        let changed = Arc::new(matte.inverted());
        artifacts.insert(0, ("matte", Artifact::Mask(Arc::new(matte))));
        Ok(Outcome { mask: Some(changed), artifacts, ..Outcome::picture(picture, Some(crate::imaging::Affine::IDENTITY)) })
    }
}

impl BackgroundParams {
    /// The picture on which the subject is laid; `None` for transparency.
    fn ground(&self, step: &StepContext<'_>, matte: &Mask) -> Result<Option<Picture>, OpError> {
        let (width, height) = (step.input.width(), step.input.height());
        let (first, second) = self.colours()?;
        Ok(Some(match self.fill {
            Fill::Transparent => return Ok(None),
            Fill::Color => Picture::filled(width, height, [first[0], first[1], first[2], 255]),
            Fill::Gradient => match second {
                Some(second) => backdrop::gradient(width, height, first, second),
                None => backdrop::studio(width, height, first, matte.bounding_box(127).unwrap_or(step.input.bounds())),
            },
            Fill::Blur => {
                let radius = self.radius.unwrap_or(BLUR_RADIUS_PX);
                backdrop::out_of_focus(&step.input, matte, radius as f32).ok_or_else(no_background)?
            }
            Fill::Image => {
                let reference = self.image.as_ref().ok_or_else(missing_image)?;
                let other = second::picture(step, "image", reference)?;
                backdrop::cover(&other, width, height)
            }
        }))
    }

    /// `color` and `color2`.
    fn colours(&self) -> Result<(Srgb8, Option<Srgb8>), OpError> {
        let first = colour("color", self.color.as_deref().unwrap_or("#ffffff"))?;
        Ok((first, self.color2.as_deref().map(|text| colour("color2", text)).transpose()?))
    }

    /// What goes with another fill only is refused rather than ignored.
    fn check_fill(&self) -> Result<(), OpError> {
        if self.prompt.is_some() {
            let instead = ("请改用颜色、渐变、虚化或另一张图片。", "Use a colour, a gradient, a blur or another picture instead.");
            return Err(unavailable("按描述生成背景", "backgrounds made from words", instead.0, instead.1));
        }
        let of_one_fill = [
            ("color2", self.color2.is_some(), Fill::Gradient),
            ("radius", self.radius.is_some(), Fill::Blur),
            ("image", self.image.is_some(), Fill::Image),
        ];
        if let Some((name, _, _)) = of_one_fill.iter().find(|(_, given, fill)| *given && *fill != self.fill) {
            return Err(param(name, format!("“{name}”与这种背景不搭配。"), format!("`{name}` does not go with this fill.")));
        }
        if self.fill == Fill::Image && self.image.is_none() {
            return Err(missing_image());
        }
        Ok(())
    }
}

fn missing_image() -> OpError {
    param(
        "image",
        "要用哪张图做背景？请再附上一张图片，并说明用哪张（如 image:2）。",
        "Which picture should become the background? Attach it and name it, e.g. `image:2`.",
    )
}

fn no_background() -> OpError {
    refused(
        "no_background",
        "图片已经抠过，没有背景可以虚化。请回到原图再虚化，或换成颜色、渐变或另一张图。",
        "The picture is a cut-out, so there is no background left to blur. Go back to the original, or choose a colour, a gradient or another picture.",
    )
}

fn unavailable(zh: &str, en: &str, instead_zh: &str, instead_en: &str) -> OpError {
    refused(
        "parameter_unavailable",
        format!("这个版本还不支持{zh}。{instead_zh}"),
        format!("This build does not support {en} yet. {instead_en}"),
    )
}
