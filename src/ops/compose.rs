//! `compose`: several cut-outs arranged in one picture.
//!
//! | layout | where things stand |
//! | --- | --- |
//! | `row` | beside each other on one line |
//! | `grid` | in equal cells |
//! | `shelf` | in rows, each on a board |
//! | `scene` | on the floor of a photograph, or of a studio |
//!
//! Without real sizes all become equally high, and none larger than its own pixels; with them their proportions are those of the things.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::params::{colour, param};
use super::second::{self, Cut};
use super::stage::{Amount, Shadow, Staging, placed, stage};
use super::{
    Artifact, Cost, OpError, OpSpec, Operation, Outcome, Params, StepContext, arrange, captions, letters, speech, subject, target,
};
use crate::imaging::cast::Light;
use crate::imaging::light::light_on;
use crate::imaging::{Layer, Picture, Placement, Rect, backdrop};
use crate::plan::ImageRef;
use crate::text::{Explain, Text};

/// At most so many pictures.
const MOST: usize = 32;

/// How things are arranged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Layout {
    /// Beside each other on one line.
    #[default]
    Row,
    /// In equal cells.
    Grid,
    /// In rows, each on a board.
    Shelf,
    /// On the floor of the picture that is the background.
    Scene,
}

/// How large a thing is in the world: one of the two.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RealSize {
    /// Metres.
    #[serde(default)]
    #[schemars(range(min = 0.001, max = 1000))]
    pub width: Option<f64>,
    /// Metres.
    #[serde(default)]
    #[schemars(range(min = 0.001, max = 1000))]
    pub height: Option<f64>,
}

/// Where one of the things goes.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Place {
    /// Its centre, in pixels.
    x: f64,
    /// Its centre, in pixels.
    y: f64,
    /// Before it is turned, in pixels.
    #[schemars(range(min = 1, max = 65535))]
    width: f64,
    /// Before it is turned, in pixels.
    #[schemars(range(min = 1, max = 65535))]
    height: f64,
    /// Clockwise, in degrees.
    #[serde(default)]
    #[schemars(range(min = -360, max = 360))]
    rotate: f64,
}

/// What is arranged, how, and on what.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ComposeParams {
    /// The pictures whose subjects are arranged, 2 to 32, from left to right.
    #[serde(default)]
    images: Vec<ImageRef>,
    /// How they are arranged.
    #[serde(default)]
    layout: Layout,
    /// `WIDTHxHEIGHT` in pixels; automatic: by the things, or the background picture's.
    #[serde(default)]
    size: Option<String>,
    /// A colour (hex or CSS name), `transparent`, or a picture, e.g. `image:3`; white unless it says otherwise, in a scene a studio.
    #[serde(default)]
    background: Option<String>,
    /// The shadow that each thing casts.
    #[serde(default = "contact")]
    shadow: Shadow,
    /// What is written under each, in the order of `images`; an empty one is none. In one size that fits, broken into lines where it has to be.
    #[serde(default)]
    captions: Vec<String>,
    /// How large the things are in the world, in the order of `images`, e.g. `{"width": 2.0}`; who has none is as high as the middle of the others.
    #[serde(default)]
    sizes: Vec<Option<RealSize>>,
    /// Space between them, as a share of their height.
    #[serde(default = "apart")]
    #[schemars(range(min = 0, max = 4))]
    spacing: f64,
    /// Where the floor of a scene is, as a share of the picture's height.
    #[serde(default = "low")]
    #[schemars(range(min = 0.05, max = 1))]
    floor: f64,
    /// Takes over the background picture's light: true, false or a strength 0..1; automatic: true on a picture.
    #[serde(default)]
    match_light: Option<Amount>,
    /// Where each goes instead, in the order of `images`.
    #[serde(default)]
    placements: Vec<Place>,
}

fn contact() -> Shadow {
    Shadow::Contact
}

fn apart() -> f64 {
    0.15
}

fn low() -> f64 {
    0.9
}

static SPEC: OpSpec = OpSpec {
    name: "compose",
    summary_zh: "把几张抠图排在一起",
    summary_en: "Arranges several cut-outs in one picture",
    available: true,
    exact_outside_target: false,
    takes_target: false,
    makes_version: true,
    models: target::JOBS,
    cost: Cost::Heavy,
    params: || schemars::schema_for!(ComposeParams),
    speech: &speech::COMPOSE,
};

pub(super) struct Compose;

impl Operation for Compose {
    fn spec(&self) -> &'static OpSpec {
        &SPEC
    }

    fn check(&self, params: &Params) -> Result<(), OpError> {
        let p: ComposeParams = params.read()?;
        p.check()?;
        p.ground()?;
        p.canvas()?;
        p.match_light.map_or(Ok(0.0), |amount| amount.strength("match_light")).map(drop)
    }

    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError> {
        let p: ComposeParams = params.read()?;
        p.check()?;
        let ground = match p.ground()? {
            Ground::Picture(reference) => Some(second::picture(step, "background", &reference)?),
            _ => None,
        };
        let pictures: Vec<Arc<Picture>> = p.images.iter().map(|r| second::picture(step, "images", r)).collect::<Result<_, _>>()?;
        let cuts = cut_all(step, &pictures)?;
        let canvas = p.canvas()?.or(ground.as_ref().map(|g| (g.width(), g.height())));
        let things: Vec<arrange::Thing> = cuts.iter().enumerate().map(|(i, cut)| p.thing(i, cut)).collect();
        let fonts = if p.captions.iter().all(|c| c.trim().is_empty()) { None } else { Some(letters::fonts(step)?) };
        let shapes: Vec<f64> = things.iter().map(|t| t.width / t.height).collect();
        let room = fonts.as_ref().map_or(0.0, |fonts| captions::room(fonts, &p.captions, &shapes, p.spacing));
        let wish = arrange::Wish { layout: p.layout, canvas, spacing: p.spacing, floor: p.floor, captions: room };
        let plan = arrange::arrange(&things, &wish);
        let (width, height) = plan.canvas;
        step.limits.check_size(width, height)?;
        let at: Vec<Placement> = if p.placements.is_empty() { plan.at } else { p.placements.iter().map(Place::placement).collect() };
        let scene = p.scene(ground.as_ref(), plan.canvas, &at, &plan.boards)?;
        let match_light = p.match_light.map_or(Ok(f32::from(ground.is_some())), |amount| amount.strength("match_light"))?;
        let mut picture = Arc::new(scene);
        let mut artifacts = vec![("scene", Artifact::Picture(picture.clone()))];
        let mut reports = vec![];
        // Who stands farther back is laid down first.
        let mut order: Vec<usize> = (0..at.len()).collect();
        let lowest = |i: usize| at[i].y + at[i].height / 2.0;
        order.sort_by(|&a, &b| lowest(a).total_cmp(&lowest(b)));
        let mut layers: Vec<Vec<(&'static str, Artifact)>> = vec![vec![]; at.len()];
        let before = picture.clone();
        for i in order {
            let layer = placed(step, &cuts[i].layer.picture, &at[i])?;
            let light = match &ground {
                Some(_) => light_on(&before, &layer.alpha_on(width, height), None),
                None => Light::default(),
            };
            let staging = Staging {
                scene: picture.clone(),
                before: before.clone(),
                removed: None,
                light,
                layer,
                rotate: at[i].rotate,
                match_light,
                shadow: p.shadow,
                opacity: 1.0,
            };
            let staged = stage(step, &cuts[i], &staging)?;
            picture = Arc::new(staged.picture);
            layers[i] = staged.artifacts;
            layers[i].push(("matte", Artifact::Mask(Arc::new(staged.matte))));
            reports.push(Value::Object(staged.report));
        }
        if let Some(fonts) = fonts {
            // A board shows its front and its shade under what stands on it.
            let below = plan.boards.iter().map(|board| f64::from(board.height) * 2.2).fold(0.0, f64::max);
            let what = captions::Written { captions: &p.captions, at: &at, below, busy: ground.is_some() };
            captions::write(step, &fonts, Arc::make_mut(&mut picture), &what)?;
        }
        step.preview(&Text::new("排好了", "Arranged"), None, &picture);
        artifacts.extend(layers.into_iter().flatten());
        let mut outcome = Outcome::picture(picture, None);
        outcome.artifacts = artifacts;
        outcome.resolved = resolved(&at, plan.canvas, match_light);
        let count = p.images.len();
        outcome.report = Some((
            json!({ "things": reports }),
            Text::new(format!("{count} 件排在一起，{width}×{height}。"), format!("{count} things, {width}×{height}.")),
        ));
        Ok(outcome)
    }
}

fn resolved(at: &[Placement], (width, height): (u32, u32), match_light: f32) -> Map<String, Value> {
    let tenth = |v: f64| (v * 10.0).round() / 10.0;
    let placements: Vec<Value> = at
        .iter()
        .map(|p| json!({"x": tenth(p.x), "y": tenth(p.y), "width": p.width.round(), "height": p.height.round(), "rotate": tenth(p.rotate)}))
        .collect();
    Map::from_iter([
        ("placements".to_owned(), Value::Array(placements)),
        ("size".to_owned(), json!(format!("{width}x{height}"))),
        ("match_light".to_owned(), Amount::shown(match_light)),
    ])
}

/// Every picture's subject; what has no clear one is taken whole, and said.
fn cut_all(step: &mut StepContext<'_>, pictures: &[Arc<Picture>]) -> Result<Vec<Cut>, OpError> {
    let mut cuts = Vec::with_capacity(pictures.len());
    for (i, picture) in pictures.iter().enumerate() {
        let n = i + 1;
        step.watch.progress(
            step.step,
            Some(i as f32 / pictures.len() as f32),
            &Text::new(format!("正在抠第 {n} 张"), format!("Cutting out picture {n}")),
        );
        let cut = match second::cut(step, "images", picture) {
            Err(error) if error.code() == "subject_not_found" && subject::existing_alpha(picture).is_none() => {
                step.warn(
                    "subject_not_found",
                    format!("第 {n} 张图里没有找到清晰的主体，所以整张放上去了。"),
                    format!("No clear subject was found in picture {n}, so all of it is there."),
                );
                Cut { layer: Layer { picture: Picture::clone(picture), x: 0, y: 0 }, whole: picture.clone(), cut_off: [false; 4] }
            }
            other => other?,
        };
        cuts.push(cut);
    }
    Ok(cuts)
}

/// What lies behind.
enum Ground {
    Colour([u8; 3]),
    Transparent,
    Picture(ImageRef),
    /// A studio, for a scene without a picture.
    Studio,
}

impl Place {
    fn placement(&self) -> Placement {
        Placement { x: self.x, y: self.y, width: self.width, height: self.height, rotate: self.rotate }.snapped()
    }
}

impl ComposeParams {
    fn check(&self) -> Result<(), OpError> {
        let n = self.images.len();
        if !(2..=MOST).contains(&n) {
            return Err(param(
                "images",
                format!("组合需要 2 到 {MOST} 张图片，现在有 {n} 张。请把要组合的图片一起附上。"),
                format!("Arranging takes 2 to {MOST} pictures; there are {n}. Attach all of them to one message."),
            ));
        }
        if self.captions.len() > n {
            let given = self.captions.len();
            return Err(param(
                "captions",
                format!("图片有 {n} 张，说明却有 {given} 条。"),
                format!("There are {n} pictures but {given} captions."),
            ));
        }
        for caption in self.captions.iter().filter(|c| !c.trim().is_empty()) {
            letters::writable("captions", caption)?;
        }
        if self.sizes.len() > n || (!self.placements.is_empty() && self.placements.len() != n) {
            return Err(param(
                "placements",
                format!("图片有 {n} 张，尺寸最多 {n} 个，位置正好 {n} 个。"),
                format!("There are {n} pictures: at most {n} sizes and exactly {n} placements."),
            ));
        }
        Ok(())
    }

    fn ground(&self) -> Result<Ground, OpError> {
        match self.background.as_deref().map(str::trim) {
            None if self.layout == Layout::Scene => Ok(Ground::Studio),
            None => Ok(Ground::Colour([255; 3])),
            Some("transparent") => Ok(Ground::Transparent),
            Some(text) if matches!(text, "current" | "original") || text.starts_with("image:") || text.starts_with("version:") => {
                text.parse().map(Ground::Picture).map_err(|why: String| param("background", format!("看不懂图片“{text}”。"), why))
            }
            Some(text) => colour("background", text).map(Ground::Colour),
        }
    }

    /// `size`, in pixels.
    fn canvas(&self) -> Result<Option<(u32, u32)>, OpError> {
        let Some(text) = &self.size else { return Ok(None) };
        let sides = text.split_once(['x', 'X', '×', '*']).and_then(|(w, h)| Some((w.trim().parse().ok()?, h.trim().parse().ok()?)));
        match sides {
            Some((w, h)) if (16..=65535).contains(&w) && (16..=65535).contains(&h) => Ok(Some((w, h))),
            _ => Err(param(
                "size",
                format!("“{text}”不是尺寸，请写成 1600x1200 这样（每边 16 到 65535 像素）。"),
                format!("`{text}` is not a size; write it as 1600x1200 (each side 16 to 65535 pixels)."),
            )),
        }
    }

    fn thing(&self, i: usize, cut: &Cut) -> arrange::Thing {
        let own = (f64::from(cut.layer.picture.width()), f64::from(cut.layer.picture.height()));
        let real = self.sizes.get(i).copied().flatten().and_then(|size| match size {
            RealSize { height: Some(h), .. } => Some(h),
            RealSize { width: Some(w), .. } => Some(w * own.1 / own.0),
            _ => None,
        });
        arrange::Thing { width: own.0, height: own.1, metres: real }
    }

    /// The picture behind everything, with the shelves' boards.
    fn scene(
        &self,
        ground: Option<&Arc<Picture>>,
        (width, height): (u32, u32),
        at: &[Placement],
        boards: &[Rect],
    ) -> Result<Picture, OpError> {
        let mut scene = match (self.ground()?, ground) {
            (_, Some(picture)) if (picture.width(), picture.height()) == (width, height) => Picture::clone(picture),
            (_, Some(picture)) => backdrop::cover(picture, width, height),
            (Ground::Colour([r, g, b]), None) => Picture::filled(width, height, [r, g, b, 255]),
            (Ground::Studio, None) => backdrop::studio(width, height, [236, 236, 238], around(at, width, height)),
            (Ground::Transparent | Ground::Picture(_), None) => Picture::filled(width, height, [0; 4]),
        };
        boards.iter().for_each(|board| arrange::draw_board(&mut scene, *board));
        Ok(scene)
    }
}

/// The box of all placements, inside the canvas.
fn around(at: &[Placement], width: u32, height: u32) -> Rect {
    let side = |low: f64, high: f64, length: u32| {
        let low = low.floor().clamp(0.0, f64::from(length) - 1.0);
        (low as u32, (high.ceil().clamp(low + 1.0, length.into()) - low) as u32)
    };
    let ends = |f: fn(&Placement) -> (f64, f64)| at.iter().map(f).fold((f64::MAX, f64::MIN), |(l, h), (a, b)| (l.min(a), h.max(b)));
    let (left, right) = ends(|p| (p.x - p.width / 2.0, p.x + p.width / 2.0));
    let (top, bottom) = ends(|p| (p.y - p.height / 2.0, p.y + p.height / 2.0));
    let ((x, w), (y, h)) = (side(left, right, width), side(top, bottom, height));
    Rect { x, y, width: w, height: h }
}
