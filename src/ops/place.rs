//! `place`: another picture (a logo, a sticker, a person, a product) put onto this one, which stays whole.
//!
//! A photo is cut out first and stands in the scene: lit as it is, with a contact shadow. A picture that has alpha is taken as it is.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::params::param;
use super::second::{self, Cut};
use super::stage::{Amount, Shadow, Staging, light_words, placed, resolved, stage};
use super::target::How;
use super::{Artifact, Cost, OpError, OpSpec, Operation, Outcome, Params, StepContext, speech, subject, target};
use crate::imaging::light::light_on;
use crate::imaging::{Affine, Layer, Picture, Placement, Rect};
use crate::plan::{ImageRef, Target};
use crate::text::Text;

/// Distance from the edges of the picture, as a share of its shorter side.
const MARGIN: f64 = 0.04;
/// Width of a logo and of a cut-out thing, as shares of the picture's width.
const LOGO_SCALE: f64 = 0.2;
const THING_SCALE: f64 = 0.4;
/// Without a size that is asked for nothing becomes higher than this share of the picture.
const HIGHEST: f64 = 0.7;

/// Nine places of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Anchor {
    TopLeft,
    Top,
    TopRight,
    Left,
    Center,
    Right,
    BottomLeft,
    Bottom,
    BottomRight,
}

impl Anchor {
    /// −1, 0 or 1 across and down.
    pub(super) fn sides(self) -> (f64, f64) {
        match self {
            Anchor::TopLeft => (-1.0, -1.0),
            Anchor::Top => (0.0, -1.0),
            Anchor::TopRight => (1.0, -1.0),
            Anchor::Left => (-1.0, 0.0),
            Anchor::Center => (0.0, 0.0),
            Anchor::Right => (1.0, 0.0),
            Anchor::BottomLeft => (-1.0, 1.0),
            Anchor::Bottom => (0.0, 1.0),
            Anchor::BottomRight => (1.0, 1.0),
        }
    }
}

/// What is put where.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PlaceParams {
    /// The picture that is put onto this one.
    #[serde(default)]
    image: Option<ImageRef>,
    /// One of nine places, 4 % of the shorter side away from the edges; automatic: `bottom` for what is cut out, `center` for what has alpha.
    #[serde(default)]
    position: Option<Anchor>,
    /// Onto the middle of this part, as wide as half of it.
    #[serde(default)]
    on: Option<Target>,
    /// Where its centre goes instead, in pixels.
    #[serde(default)]
    x: Option<f64>,
    /// Where its centre goes instead, in pixels.
    #[serde(default)]
    y: Option<f64>,
    /// Width as a share of this picture's width; automatic: 0.2 for a picture with alpha, 0.4 for what is cut out.
    #[serde(default)]
    #[schemars(range(min = 0.005, max = 4))]
    scale: Option<f64>,
    /// Width in pixels, before it is turned.
    #[serde(default)]
    #[schemars(range(min = 1, max = 65535))]
    width: Option<f64>,
    /// Height in pixels, before it is turned; by its own shape where it is not given.
    #[serde(default)]
    #[schemars(range(min = 1, max = 65535))]
    height: Option<f64>,
    /// Whether its background goes first; automatic: yes for a photo, no for a picture that has alpha.
    #[serde(default)]
    cutout: Option<bool>,
    /// 0..1.
    #[serde(default = "whole")]
    #[schemars(range(min = 0, max = 1))]
    opacity: f32,
    /// Clockwise, in degrees.
    #[serde(default)]
    #[schemars(range(min = -360, max = 360))]
    rotate: f64,
    /// The shadow that it casts; automatic: `contact` for what is cut out and stands at the bottom, else `none`.
    #[serde(default)]
    shadow: Option<Shadow>,
    /// Takes over the scene's light, edge blur and grain: true, false or a strength 0..1; automatic: true for what is cut out.
    #[serde(default)]
    match_light: Option<Amount>,
}

fn whole() -> f32 {
    1.0
}

static SPEC: OpSpec = OpSpec {
    name: "place",
    summary_zh: "把另一张图放上去",
    summary_en: "Puts another picture onto this one",
    available: true,
    exact_outside_target: true,
    takes_target: false,
    makes_version: true,
    models: target::JOBS,
    cost: Cost::Model,
    params: || schemars::schema_for!(PlaceParams),
    speech: &speech::PLACE,
};

pub(super) struct Place;

impl Operation for Place {
    fn spec(&self) -> &'static OpSpec {
        &SPEC
    }

    fn check(&self, params: &Params) -> Result<(), OpError> {
        let p: PlaceParams = params.read()?;
        p.image()?;
        if let Some(amount) = p.match_light {
            amount.strength("match_light")?;
        }
        p.on.as_ref().map_or(Ok(()), target::check)
    }

    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError> {
        let p: PlaceParams = params.read()?;
        let other = second::picture(step, "image", p.image()?)?;
        let before = step.input.clone();
        let scene = before.clone();
        let cuts = p.cutout.unwrap_or_else(|| subject::existing_alpha(&other).is_none() && other.is_opaque());
        let (cut, cuts) = match cuts {
            true => match second::cut(step, "image", &other) {
                Ok(cut) => (cut, true),
                // Nobody said that it should be cut out.
                Err(OpError::Refused { code: "subject_not_found", .. }) if p.cutout.is_none() => {
                    step.warn(
                        "subject_not_found",
                        "在要放上去的图里没有找到清晰的主体，所以整张放上去了。",
                        "No clear subject was found in the picture to put on, so all of it was put on.",
                    );
                    (as_it_is(&other)?, false)
                }
                Err(error) => return Err(error),
            },
            false => (as_it_is(&other)?, false),
        };
        let on = match &p.on {
            Some(wanted) => Some(surface(step, wanted)?),
            None => None,
        };
        let at = p.placement((before.width(), before.height()), &cut, cuts, on);
        let stands = at.y + at.height / 2.0 > 0.6 * f64::from(before.height()) && on.is_none();
        let shadow = p.shadow.unwrap_or(if cuts && stands { Shadow::Contact } else { Shadow::None });
        let match_light = p.match_light.map_or(Ok(f32::from(cuts)), |amount| amount.strength("match_light"))?;
        let layer = placed(step, &cut.layer.picture, &at)?;
        let thing = layer.alpha_on(before.width(), before.height());
        let light = light_on(&before, &thing, None);
        let staging = Staging {
            scene: scene.clone(),
            before,
            removed: None,
            light,
            layer,
            rotate: at.rotate,
            match_light,
            shadow,
            opacity: p.opacity,
        };
        let staged = stage(step, &cut, &staging)?;
        let mut outcome = Outcome::picture(Arc::new(staged.picture), Some(Affine::IDENTITY));
        outcome.mask = Some(Arc::new(staged.touched));
        outcome.artifacts = vec![("matte", Artifact::Mask(Arc::new(staged.matte)))];
        if step.step > 0 {
            // Elsewhere it is a stored picture already.
            outcome.artifacts.push(("scene", Artifact::Picture(scene)));
        }
        outcome.artifacts.extend(staged.artifacts);
        outcome.resolved = resolved(&at, shadow, match_light);
        outcome.resolved.insert("cutout".to_owned(), json!(cuts));
        let words = if shadow == Shadow::Contact { light_words(&light) } else { Text::new("", "") };
        outcome.report = Some((staged.report.into(), words));
        Ok(outcome)
    }
}

/// A picture with all that it shows, background and all.
fn as_it_is(picture: &Arc<Picture>) -> Result<Cut, OpError> {
    let Some(layer) = Layer::trimmed(picture) else {
        return Err(param("image", "要放上去的图片完全透明。", "The picture to put on is wholly transparent."));
    };
    Ok(Cut { layer, whole: picture.clone(), cut_off: [false; 4] })
}

/// The box of the part onto which something goes.
fn surface(step: &mut StepContext<'_>, wanted: &Target) -> Result<Rect, OpError> {
    let how = How { refine: false, ..How::AREA };
    let found = target::resolve(step, wanted, how)?;
    found.bounding_box(127).ok_or_else(|| {
        super::params::refused(
            "target_not_found",
            "没有找到要放在上面的部分。请用方框框住它，或给出 x 和 y。",
            "The part to put it onto was not found. Draw a box around it, or give x and y.",
        )
    })
}

impl PlaceParams {
    fn image(&self) -> Result<&ImageRef, OpError> {
        self.image
            .as_ref()
            .ok_or_else(|| param("image", "要放哪张图？请附上那张图片再说一次。", "Put what on? Attach that picture and ask again."))
    }

    fn placement(&self, base: (u32, u32), new: &Cut, cuts: bool, on: Option<Rect>) -> Placement {
        let (w, h) = (f64::from(new.layer.picture.width()), f64::from(new.layer.picture.height()));
        let (base_w, base_h) = (f64::from(base.0), f64::from(base.1));
        let by_itself = match on {
            Some(part) => (f64::from(part.width) * 0.5).min(f64::from(part.height) * 0.8 * w / h),
            None => (base_w * if cuts { THING_SCALE } else { LOGO_SCALE }).min(base_h * HIGHEST * w / h),
        };
        let asked = self.width.or(self.scale.map(|s| s * base_w));
        let (width, height) = match (asked, self.height) {
            (Some(width), Some(height)) => (width, height),
            (Some(width), None) => (width, width * h / w),
            (None, Some(height)) => (height * w / h, height),
            (None, None) => (by_itself, by_itself * h / w),
        };
        let (width, height) = (width.round().max(1.0), height.round().max(1.0));
        let (across, down) = self.position.unwrap_or(if cuts { Anchor::Bottom } else { Anchor::Center }).sides();
        let margin = MARGIN * base_w.min(base_h);
        // A turned picture needs more room.
        let (sin, cos) = self.rotate.to_radians().sin_cos();
        let (room_w, room_h) = (width * cos.abs() + height * sin.abs(), width * sin.abs() + height * cos.abs());
        // What its own picture cut off below is cut off by this one's lower edge too.
        let below = if down > 0.0 && new.cut_off[3] && self.rotate == 0.0 { 0.0 } else { margin };
        let along = |side: f64, length: f64, room: f64, margin: f64| {
            let free = (length - room) / 2.0 - margin;
            length / 2.0 + side * free.max(0.0)
        };
        let (mut x, mut y) = (along(across, base_w, room_w, margin), along(down, base_h, room_h, below));
        if let (Some(part), None) = (on, self.position) {
            (x, y) = (f64::from(part.x) + f64::from(part.width) / 2.0, f64::from(part.y) + f64::from(part.height) / 2.0);
        }
        Placement { x: self.x.unwrap_or(x), y: self.y.unwrap_or(y), width, height, rotate: self.rotate }.snapped()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(value: serde_json::Value, cuts: bool, on: Option<Rect>) -> Placement {
        let p: PlaceParams = Params(value.as_object().unwrap().clone()).read().unwrap();
        let whole = Arc::new(Picture::filled(40, 20, [9, 9, 9, 255]));
        let layer = Layer { picture: Picture::clone(&whole), x: 0, y: 0 };
        p.placement(
            (1000, 500),
            &Cut { layer, whole, cut_off: [false, false, false, cuts && value["position"] == "bottom-left"] },
            cuts,
            on,
        )
    }

    #[test]
    fn places_are_where_their_names_say() {
        let logo = at(json!({"image": "image:2", "position": "bottom-right"}), false, None);
        assert_eq!((logo.width, logo.height), (200.0, 100.0));
        assert_eq!((logo.x + 100.0, logo.y + 50.0), (980.0, 480.0), "4 % of the shorter side from the edges");
        let top = at(json!({"image": "image:2", "position": "top", "width": 100}), false, None);
        assert_eq!((top.x, top.y), (500.0, 45.0));
        assert_eq!(at(json!({"image": "image:2"}), false, None).y, 250.0);
        let stands = at(json!({"image": "image:2"}), true, None);
        assert_eq!((stands.width, stands.y + stands.height / 2.0), (400.0, 480.0), "a cut-out thing stands at the bottom");
        let cut_off = at(json!({"image": "image:2", "position": "bottom-left"}), true, None);
        assert_eq!(cut_off.y + cut_off.height / 2.0, 500.0, "who is seen to the waist rises from the edge");
    }

    #[test]
    fn sizes_are_shares_or_pixels_and_a_part_can_carry_it() {
        assert_eq!(at(json!({"image": "image:2", "scale": 0.1}), false, None).width, 100.0);
        let free = at(json!({"image": "image:2", "x": 10, "y": 20, "width": 30, "height": 40, "rotate": 5}), true, None);
        assert_eq!(free, Placement { x: 10.0, y: 20.0, width: 30.0, height: 40.0, rotate: 5.0 });
        let on = at(json!({"image": "image:2"}), false, Some(Rect { x: 100, y: 100, width: 200, height: 100 }));
        assert_eq!((on.x, on.y, on.width), (200.0, 150.0, 100.0));
    }
}
