//! A cut-out put into a scene: placed, lit as the scene is, its rim and grain blended in, a shadow under it.
//!
//! Only pixels under the cut-out and its shadow change. The product's own pixels are scaled, turned, moved and lit, never redrawn: without relighting, at
//! their own size, they arrive bit for bit wherever the matte is opaque.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::params::param;
use super::second::Cut;
use super::{Artifact, OpError, StepContext};
use crate::imaging::cast::{self, Light};
use crate::imaging::finish::{Blend, Finish};
use crate::imaging::relight::{Lighting, Relight};
use crate::imaging::{Combine, Layer, Mask, Picture, Placement, Rect};
use crate::text::Text;

/// Shadow of what is put into the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Shadow {
    /// No shadow.
    #[default]
    None,
    /// Soft, below and behind.
    Drop,
    /// Where it stands, and away from the light.
    Contact,
    /// A mirror image on the ground.
    Reflection,
}

impl Shadow {
    pub fn name(self) -> &'static str {
        match self {
            Shadow::None => "none",
            Shadow::Drop => "drop",
            Shadow::Contact => "contact",
            Shadow::Reflection => "reflection",
        }
    }

    /// The layer that lies under a cut-out.
    pub fn under(self, layer: &Layer, light: &Light) -> Option<Layer> {
        match self {
            Shadow::None => None,
            Shadow::Drop => cast::drop(layer, light),
            Shadow::Contact => cast::contact(layer, light),
            Shadow::Reflection => cast::reflection(layer),
        }
    }
}

/// `true`, `false`, or how much of it.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Amount {
    Whether(bool),
    /// 0..=1.
    Share(#[schemars(range(min = 0, max = 1))] f32),
}

impl Amount {
    /// 0..=1.
    ///
    /// # Errors
    /// Names the field where a number is outside.
    pub fn strength(self, field: &str) -> Result<f32, OpError> {
        match self {
            Amount::Whether(yes) => Ok(f32::from(yes)),
            Amount::Share(share) if (0.0..=1.0).contains(&share) => Ok(share),
            Amount::Share(share) => Err(param(
                field,
                format!("“{field}”应是 true、false 或 0 到 1 之间的数，收到的是 {share}。"),
                format!("`{field}` is true, false or a number between 0 and 1; it is {share}."),
            )),
        }
    }

    /// As the plan shows it.
    pub fn shown(strength: f32) -> Value {
        match strength {
            0.0 => json!(false),
            1.0 => json!(true),
            share => json!(share),
        }
    }
}

/// Farther out than any canvas reaches, in pixels.
const FARTHEST_PX: f64 = 1e6;

/// A cut-out as a layer, where the parameters put it.
///
/// # Errors
/// `image_too_large` where it would become larger than a picture may be: the part outside the canvas takes memory too. `invalid_parameter` where it
/// would lie beyond everything.
pub(super) fn placed(step: &StepContext<'_>, cut: &Picture, at: &Placement) -> Result<Layer, OpError> {
    let (sin, cos) = at.rotate.to_radians().sin_cos();
    let turned = (at.width * cos.abs() + at.height * sin.abs(), at.width * sin.abs() + at.height * cos.abs());
    for (width, height) in [(at.width, at.height), turned] {
        step.limits.check_size(width.round() as u32, height.round() as u32)?;
    }
    for (field, centre) in [("x", at.x), ("y", at.y)] {
        if centre.abs() > FARTHEST_PX {
            return Err(param(
                field,
                format!("“{field}”应在 -{FARTHEST_PX} 到 {FARTHEST_PX} 之间，收到的是 {centre:e}。"),
                format!("`{field}` must be between -{FARTHEST_PX} and {FARTHEST_PX}; it is {centre:e}."),
            ));
        }
    }
    Ok(Layer::placed(cut, at).0)
}

/// How something is put in.
pub(super) struct Staging<'a> {
    /// What it is put onto.
    pub scene: Arc<Picture>,
    /// The scene's own shadows and light are read here: the picture before anything was removed.
    pub before: Arc<Picture>,
    /// What was removed, which is not part of the scene; the picture's size.
    pub removed: Option<&'a Mask>,
    pub light: Light,
    /// What is put in, in its place (see [`Layer::placed`]).
    pub layer: Layer,
    /// How it was turned, in degrees.
    pub rotate: f64,
    /// 0..=1.
    pub match_light: f32,
    pub shadow: Shadow,
    /// 0..=1.
    pub opacity: f32,
}

/// The scene with the thing in it.
pub(super) struct Staged {
    pub picture: Picture,
    /// The thing's alpha on the picture.
    pub matte: Mask,
    /// Everything that changed: the thing and its shadow.
    pub touched: Mask,
    /// `cutout`, `shadow`.
    pub artifacts: Vec<(&'static str, Artifact)>,
    /// What was done about light, rim and grain.
    pub report: Map<String, Value>,
}

/// Puts a cut-out into a scene and shows each stage.
pub(super) fn stage(step: &mut StepContext<'_>, cut: &Cut, how: &Staging<'_>) -> Result<Staged, OpError> {
    let (width, height) = (how.scene.width(), how.scene.height());
    let mut layer = how.layer.clone();
    if layer.covered(width, height).is_none() {
        return Err(param(
            "x",
            format!("放置的位置在画面之外。x 应在 0 到 {width}、y 应在 0 到 {height} 之间。"),
            format!("That place is outside the picture. x goes from 0 to {width} and y from 0 to {height}."),
        ));
    }
    warn_of_straight_edges(step, cut, &layer, how.rotate, (width, height));
    step.check_cancel()?;
    show(step, &Text::new("放好位置", "In its place"), &how.scene, &[(&layer, how.opacity)]);
    let mut report = Map::new();
    if how.match_light > 0.0 {
        let area = around(&layer, width, height);
        let (relight, blend) = fitted(cut, &layer, how, area);
        step.check_cancel()?;
        relight.apply(&mut layer.picture);
        blend.apply(&mut layer, step.seed);
        report.insert("relight".into(), rounded(json!(relight)));
        report.insert("blend".into(), rounded(json!(blend)));
        show(step, &Text::new("匹配光线", "In the scene's light"), &how.scene, &[(&layer, how.opacity)]);
    }
    let shadow = how.shadow.under(&layer, &how.light).filter(|s| s.covered(width, height).is_some());
    step.check_cancel()?;
    let mut picture = Picture::clone(&how.scene);
    let matte = layer.alpha_on(width, height);
    let mut touched = matte.clone();
    let mut artifacts = vec![];
    if let Some(shadow) = &shadow {
        shadow.lay_on(&mut picture, how.opacity);
        let mask = shadow.alpha_on(width, height);
        touched = touched.combined(&mask, Combine::Or);
        artifacts.push(("shadow", Artifact::Mask(Arc::new(mask))));
        if how.shadow != Shadow::Reflection {
            report.insert("light".into(), rounded(json!(how.light)));
        }
    }
    layer.lay_on(&mut picture, how.opacity);
    if shadow.is_some() && step.watch.wants_preview() {
        step.preview(&Text::new("加上影子", "With its shadow"), None, &Arc::new(picture.clone()));
    }
    artifacts.push(("cutout", Artifact::Picture(Arc::new(layer.picture))));
    Ok(Staged { picture, matte, touched, artifacts, report })
}

/// Where the other picture ended before its subject did there is a straight edge, unless this picture ends there too.
fn warn_of_straight_edges(step: &mut StepContext<'_>, cut: &Cut, layer: &Layer, rotate: f64, (width, height): (u32, u32)) {
    let (right, bottom) = (layer.x + i64::from(layer.picture.width()), layer.y + i64::from(layer.picture.height()));
    let hidden = [layer.x <= 0, layer.y <= 0, right >= width.into(), bottom >= height.into()];
    if cut.cut_off.iter().zip(hidden).any(|(&cut, hidden)| cut && (!hidden || rotate != 0.0)) {
        step.warn(
            "subject_cut_off",
            "另一张图里的主体没有拍全（到了画面边缘），贴过来会有一条直边。",
            "The other picture's subject is cut off by that picture's edge, so it has a straight edge here.",
        );
    }
}

/// Shows layers on a scene, if anyone looks.
fn show(step: &StepContext<'_>, label: &Text, scene: &Picture, layers: &[(&Layer, f32)]) {
    if !step.watch.wants_preview() {
        return;
    }
    let mut picture = scene.clone();
    layers.iter().for_each(|(layer, opacity)| layer.lay_on(&mut picture, *opacity));
    step.preview(label, None, &Arc::new(picture));
}

/// The part of the scene that counts as around a layer.
fn around(layer: &Layer, width: u32, height: u32) -> Rect {
    let reach = i64::from(layer.picture.width().max(layer.picture.height())) * 3 / 4 + 16;
    let range = |start: i64, length: u32, side: u32| {
        let low = (start - reach).clamp(0, i64::from(side) - 1);
        let high = (start + i64::from(length) + reach).clamp(low + 1, side.into());
        (low as u32, (high - low) as u32)
    };
    let (x, w) = range(layer.x, layer.picture.width(), width);
    let (y, h) = range(layer.y, layer.picture.height(), height);
    Rect { x, y, width: w, height: h }
}

/// What the thing's light, rim and grain need to be as the scene's around it.
fn fitted(cut: &Cut, layer: &Layer, how: &Staging<'_>, area: Rect) -> (Relight, Blend) {
    let inside = |r: Rect, x: u32, y: u32| (r.x..r.x + r.width).contains(&x) && (r.y..r.y + r.height).contains(&y);
    let is_scene = |x: u32, y: u32| how.removed.is_none_or(|m| m.at(x, y) == 0);
    let near = Lighting::of(&how.before, |x, y| inside(area, x, y) && is_scene(x, y));
    let far = Lighting::of(&how.before, is_scene);
    let scene = match (near, far) {
        (Some(near), Some(far)) => Some(near.between(far)),
        (near, far) => near.or(far),
    };
    // A cut-out without its own background says little about the light that it was taken in.
    let (own, trust) = if cut.whole.is_opaque() {
        (Lighting::of(&cut.whole, |_, _| true), 1.0)
    } else {
        (Lighting::of(&cut.layer.picture, |_, _| true), 0.5)
    };
    let relight = match (own, scene) {
        (Some(own), Some(scene)) => Relight::between(&own, &scene, how.match_light * trust),
        _ => Relight::NONE,
    };
    let thing = Finish::of(&layer.picture, layer.picture.bounds(), |_, _| true);
    // What was there before was as sharp as things there are.
    let there = Finish::of(&how.before, area, |_, _| true);
    (relight, Blend::between(&thing, &there, how.match_light))
}

/// Where something ended up, as parameters that put it there again.
pub(super) fn resolved(at: &Placement, shadow: Shadow, match_light: f32) -> Map<String, Value> {
    let tenth = |v: f64| json!((v * 10.0).round() / 10.0);
    Map::from_iter([
        ("x".to_owned(), tenth(at.x)),
        ("y".to_owned(), tenth(at.y)),
        ("width".to_owned(), json!(at.width.round())),
        ("height".to_owned(), json!(at.height.round())),
        ("rotate".to_owned(), tenth(at.rotate)),
        ("shadow".to_owned(), json!(shadow.name())),
        ("match_light".to_owned(), Amount::shown(match_light)),
    ])
}

/// Numbers as a person reads them.
fn rounded(value: Value) -> Value {
    match value {
        Value::Number(n) => n.as_f64().map_or(Value::Null, |v| json!((v * 1000.0).round() / 1000.0)),
        Value::Array(values) => values.into_iter().map(rounded).collect(),
        Value::Object(map) => Value::Object(map.into_iter().map(|(k, v)| (k, rounded(v))).collect()),
        other => other,
    }
}

/// Where light comes from, in words; empty where it is not known.
pub(super) fn light_words(light: &Light) -> Text {
    match light.side {
        s if s <= -0.2 => Text::new("光从左边来，影子落向右边。", "The light comes from the left, so the shadow falls to the right."),
        s if s >= 0.2 => Text::new("光从右边来，影子落向左边。", "The light comes from the right, so the shadow falls to the left."),
        _ => Text::new("看不出光从哪边来，影子落在正下方。", "The light's side cannot be told, so the shadow lies straight below."),
    }
}
