//! `watermark`: text or a logo over the picture, once or all over it. The picture's own alpha stays; what no mark covers stays bit-identical.

mod mark;
mod places;

use std::sync::Arc;

use portico_lettering::Ground;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::pace::paced;
use super::params::{colour, param};
use super::place::Anchor;
use super::{Cost, OpError, OpSpec, Operation, Outcome, Params, StepContext, letters, second, speech};
use crate::imaging::colour::{Srgb8, to_hex};
use crate::imaging::stamp::stamp;
use crate::imaging::{Affine, Picture};
use crate::plan::ImageRef;
use crate::text::Text;

use mark::Marks;

/// A slope that is hard to crop away and easy to read.
const TILED_SLOPE: f64 = -30.0;

/// What is laid over the picture, where and how strongly.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WatermarkParams {
    /// What it says: up to 500 characters and 20 lines. Either this or `image`.
    #[serde(default)]
    text: Option<String>,
    /// A logo instead, e.g. `image:2`. A plain background goes unless the picture has alpha.
    #[serde(default)]
    image: Option<ImageRef>,
    /// One of nine places; `bottom-right` unless it is given. Of no meaning with `tile`.
    #[serde(default)]
    position: Option<Anchor>,
    /// 0..1; 0 changes nothing.
    #[serde(default = "faint")]
    #[schemars(range(min = 0, max = 1))]
    opacity: f32,
    /// All over the picture, on a slope.
    #[serde(default)]
    tile: bool,
    /// Height of the letters (the em), or width of the logo, in pixels; automatic: by the picture and the text. Made smaller where it would not fit.
    #[serde(default)]
    #[schemars(range(min = 4, max = 20000))]
    size: Option<f64>,
    /// Colour of the text (hex or CSS name); automatic: white or near-black, whichever is read better on what lies under it.
    #[serde(default)]
    color: Option<String>,
    /// Clockwise, in degrees; 0 unless it is given, −30 with `tile`.
    #[serde(default)]
    #[schemars(range(min = -360, max = 360))]
    rotate: Option<f64>,
    /// Distance from the edges, as a share of the shorter side.
    #[serde(default = "margin")]
    #[schemars(range(min = 0, max = 0.45))]
    margin: f64,
    /// Room between tiles; 1 is usual, 0 none.
    #[serde(default = "usual")]
    #[schemars(range(min = 0, max = 20))]
    spacing: f64,
}

fn faint() -> f32 {
    0.4
}

fn margin() -> f64 {
    0.04
}

fn usual() -> f64 {
    1.0
}

static SPEC: OpSpec = OpSpec {
    name: "watermark",
    summary_zh: "加水印",
    summary_en: "Adds a watermark",
    available: true,
    exact_outside_target: true,
    takes_target: false,
    makes_version: true,
    models: &[],
    cost: Cost::Instant,
    params: || schemars::schema_for!(WatermarkParams),
    speech: &speech::WATERMARK,
};

pub(super) struct Watermark;

impl Operation for Watermark {
    fn spec(&self) -> &'static OpSpec {
        &SPEC
    }

    fn check(&self, params: &Params) -> Result<(), OpError> {
        let p: WatermarkParams = params.read()?;
        p.what()?;
        p.ink().map(drop)
    }

    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError> {
        let p: WatermarkParams = params.read()?;
        let (what, chosen) = (p.what()?, p.ink()?);
        if p.opacity == 0.0 {
            return Ok(Outcome::unchanged(step.input.clone()));
        }
        let input = step.input.clone();
        let marks = match what {
            What::Text(text) => written(step, &p, &text, chosen)?,
            What::Logo(reference) => {
                let logo = second::picture(step, "image", &reference)?;
                mark::drawn(&logo, &p, (input.width(), input.height()))?
            }
        };
        let Some(marks) = marks else {
            step.warn(
                "watermark_too_small",
                "图片太小，放不下看得清的水印，图片未改动。",
                "The picture is too small for a watermark that could be read, so nothing was changed.",
            );
            return Ok(Outcome::unchanged(input));
        };
        step.check_cancel()?;
        let ground = Ground::of(&input);
        let stamps = places::stamps(&p, &marks, &ground, (input.width(), input.height()));
        let mut picture = Picture::clone(&input);
        let label = Text::new("正在加水印", "Laying the watermark on");
        let touched = paced(step, &label, |pace| stamp(&mut picture, &marks.layers, &stamps, p.opacity, pace))?;
        if touched.is_empty() {
            return Ok(Outcome::unchanged(input));
        }
        let picture = Arc::new(picture);
        step.preview(&Text::new("加上水印后", "With the watermark"), None, &picture);
        let mut outcome = Outcome::picture(picture, Some(Affine::IDENTITY));
        outcome.mask = Some(Arc::new(touched));
        outcome.resolved = p.resolved(&marks, stamps.first().map(|s| s.layer));
        Ok(outcome)
    }
}

/// The text's marks; what no font has is said.
fn written(step: &mut StepContext<'_>, p: &WatermarkParams, text: &str, chosen: Option<Srgb8>) -> Result<Option<Marks>, OpError> {
    let fonts = letters::fonts(step)?;
    let size = (step.input.width(), step.input.height());
    let Some(block) = mark::fitted(&fonts, text, p, size) else { return Ok(None) };
    letters::say_missing(step, &block)?;
    step.check_cancel()?;
    Ok(mark::painted(&block, p.slope(), chosen))
}

/// Text or logo.
enum What {
    Text(String),
    Logo(ImageRef),
}

impl WatermarkParams {
    fn what(&self) -> Result<What, OpError> {
        match (&self.text, &self.image) {
            (Some(text), None) => letters::writable("text", text).map(What::Text),
            (None, Some(image)) => Ok(What::Logo(image.clone())),
            (Some(_), Some(_)) => {
                Err(param("image", "水印用文字还是图片？请只给一个。", "Text or a picture? Give one of `text` and `image`."))
            }
            (None, None) => Err(param(
                "text",
                "水印写什么？请写明文字，或附上一张标志图片。",
                "What should the watermark say? Give its text, or attach a logo.",
            )),
        }
    }

    fn ink(&self) -> Result<Option<Srgb8>, OpError> {
        self.color.as_deref().map(|text| colour("color", text)).transpose()
    }

    fn slope(&self) -> f64 {
        self.rotate.unwrap_or(if self.tile { TILED_SLOPE } else { 0.0 })
    }

    fn anchor(&self) -> Anchor {
        self.position.unwrap_or(Anchor::BottomRight)
    }

    /// Width and height that one mark may have.
    fn room(&self, (width, height): (u32, u32)) -> (f64, f64) {
        let (w, h) = (f64::from(width), f64::from(height));
        let margin = if self.tile { 0.0 } else { self.margin * w.min(h) };
        (w - 2.0 * margin, h - 2.0 * margin)
    }

    fn resolved(&self, marks: &Marks, first: Option<usize>) -> Map<String, Value> {
        let mut values = Map::from_iter([("size".to_owned(), json!(marks.size)), ("rotate".to_owned(), json!(self.slope()))]);
        if !self.tile {
            values.insert("position".to_owned(), json!(self.anchor()));
            // Tiles have the ink that is read where each of them lies.
            if let Some(ink) = first.and_then(|layer| marks.inks.get(layer)) {
                values.insert("color".to_owned(), json!(to_hex(*ink)));
            }
        }
        values
    }
}
