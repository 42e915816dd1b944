//! `swap`: something goes, and the subject of another picture stands in its place.
//!
//! The target is removed as `erase` does it, so what shows between the two outlines is the scene's own. The other picture's subject is cut out, scaled into the
//! target's box with its lowest edge on the target's, lit as the scene is, and given a shadow. All outside target, product and shadow stays bit-identical.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use super::erase::Hole;
use super::params::param;
use super::stage::{Amount, Shadow, Staging, light_words, placed, resolved, stage};
use super::target::How;
use super::{Artifact, Cost, OpError, OpSpec, Operation, Outcome, Params, StepContext, second, shadow, speech, target};
use crate::imaging::light::light_on;
use crate::imaging::{Affine, Combine, Layer, Mask, Placement, Rect};
use crate::plan::{ImageRef, Target, TargetKind, Which};
use crate::text::Text;

/// How the new one fills the place of the old one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Fit {
    /// As large as fits into the old one's box.
    #[default]
    Contain,
    /// So large that it covers the box.
    Cover,
    /// Exactly the box; its shape changes.
    Stretch,
}

/// What is replaced by what, and where it goes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SwapParams {
    /// What goes; the main subject unless it says otherwise.
    #[serde(default)]
    target: Target,
    /// The picture whose subject takes its place.
    #[serde(default)]
    with: Option<ImageRef>,
    /// How it fills the old one's box; its lowest edge stands where the old one's stood.
    #[serde(default)]
    fit: Fit,
    /// Takes over the scene's white balance, exposure, contrast, edge blur and grain: true, false or a strength 0..1.
    #[serde(default = "fully")]
    match_light: Amount,
    /// The shadow that it casts.
    #[serde(default = "contact")]
    shadow: Shadow,
    /// Where its centre goes instead, in pixels.
    #[serde(default)]
    x: Option<f64>,
    /// Where its centre goes instead, in pixels.
    #[serde(default)]
    y: Option<f64>,
    /// How wide it becomes instead, in pixels before it is turned.
    #[serde(default)]
    #[schemars(range(min = 1, max = 65535))]
    width: Option<f64>,
    /// How high it becomes, in pixels before it is turned; by its own shape where only the width is given.
    #[serde(default)]
    #[schemars(range(min = 1, max = 65535))]
    height: Option<f64>,
    /// Clockwise, in degrees.
    #[serde(default)]
    #[schemars(range(min = -360, max = 360))]
    rotate: f64,
}

fn fully() -> Amount {
    Amount::Whether(true)
}

fn contact() -> Shadow {
    Shadow::Contact
}

static SPEC: OpSpec = OpSpec {
    name: "swap",
    summary_zh: "替换成另一张图里的物体",
    summary_en: "Swaps something for the subject of another picture",
    available: true,
    exact_outside_target: true,
    takes_target: true,
    makes_version: true,
    models: target::JOBS,
    cost: Cost::Heavy,
    params: || schemars::schema_for!(SwapParams),
    speech: &speech::SWAP,
};

pub(super) struct Swap;

impl Operation for Swap {
    fn spec(&self) -> &'static OpSpec {
        &SPEC
    }

    fn check(&self, params: &Params) -> Result<(), OpError> {
        let p: SwapParams = params.read()?;
        p.with()?;
        p.match_light.strength("match_light")?;
        if p.target.kind == TargetKind::Background && !p.target.invert {
            return Err(param(
                "target.kind",
                "换背景请用 background，fill 为 image。",
                "To replace the background use `background` with `fill: image`.",
            ));
        }
        target::check(&p.target)
    }

    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError> {
        let p: SwapParams = params.read()?;
        let match_light = p.match_light.strength("match_light")?;
        // The other picture first: without it nothing needs to be looked for.
        let other = second::picture(step, "with", p.with()?)?;
        let before = step.input.clone();
        step.watch.progress(step.step, None, &Text::new("正在寻找要替换的部分", "Looking for what to replace"));
        let found = find(step, &p.target)?;
        let cut = second::cut(step, "with", &other)?;
        let hole = Hole::around(&found, &p.target, None, &before);
        let cast = match hole.shadow.clone() {
            Some(shadow) => Some(shadow),
            // Who paints has shown what goes; its shadow still tells where the light is.
            None => shadow::cast_by(&before, &found),
        };
        let light = light_on(&before, &found, cast.as_ref());
        let footprint = found.bounding_box(127).or_else(|| found.bounding_box(0)).unwrap_or(before.bounds());
        let at = p.placement(footprint, &cut.layer);
        let layer = placed(step, &cut.layer.picture, &at)?;
        let scene = hole.filled_under(step, &layer.alpha_on(before.width(), before.height()))?;
        step.preview(&Text::new("原来的已去除", "The old one is gone"), None, &scene);
        let removed = Some(&hole.mask);
        let (shadow, rotate) = (p.shadow, at.rotate);
        let staging = Staging { scene: scene.clone(), before, removed, light, layer, rotate, match_light, shadow, opacity: 1.0 };
        let staged = stage(step, &cut, &staging)?;
        let mut outcome = Outcome::picture(Arc::new(staged.picture), Some(Affine::IDENTITY));
        outcome.mask = Some(Arc::new(hole.mask.combined(&staged.touched, Combine::Or)));
        outcome.artifacts = vec![
            ("matte", Artifact::Mask(Arc::new(staged.matte))),
            ("hole", Artifact::Mask(Arc::new(hole.mask))),
            ("scene", Artifact::Picture(scene)),
        ];
        outcome.artifacts.extend(staged.artifacts);
        outcome.resolved = resolved(&at, p.shadow, match_light);
        let words = if p.shadow == Shadow::Contact { light_words(&light) } else { Text::new("", "") };
        outcome.report = Some((staged.report.into(), words));
        Ok(outcome)
    }
}

/// What is replaced. Where several of a kind are there and none is named, the largest.
fn find(step: &mut StepContext<'_>, wanted: &Target) -> Result<Mask, OpError> {
    let how = How { trust_alpha: false, ..How::THING };
    let open = wanted.which.is_none() && wanted.index.is_none() && wanted.count.is_none() && !wanted.rest && !wanted.invert;
    let several = matches!(wanted.kind, TargetKind::People | TargetKind::Object | TargetKind::Face);
    let which = if open && several { Some(Which::Largest) } else { wanted.which };
    let found = target::resolve(step, &Target { which, grow: None, feather: None, ..wanted.clone() }, how)?;
    if found.is_empty() {
        return Err(super::params::refused(
            "target_not_found",
            "没有找到要替换的东西，图片没有改动。请用方框框住它、点一下或涂抹出来。",
            "Nothing to replace was found, so the picture is unchanged. Draw a box around it, click on it or paint over it.",
        ));
    }
    Ok(found)
}

impl SwapParams {
    fn with(&self) -> Result<&ImageRef, OpError> {
        self.with.as_ref().ok_or_else(|| {
            param("with", "要换成什么？请附上另一张图片再说一次。", "Replace it with what? Attach the other picture and ask again.")
        })
    }

    /// Into the old one's box, on its lowest edge, unless the parameters say where.
    fn placement(&self, old: Rect, new: &Layer) -> Placement {
        let (w, h) = (f64::from(new.picture.width()), f64::from(new.picture.height()));
        let (box_w, box_h) = (f64::from(old.width), f64::from(old.height));
        let (sx, sy) = (box_w / w, box_h / h);
        let (width, height) = match (self.width, self.height, self.fit) {
            (Some(width), Some(height), _) => (width, height),
            (Some(width), None, _) => (width, width * h / w),
            (None, Some(height), _) => (height * w / h, height),
            (None, None, Fit::Contain) => (w * sx.min(sy), h * sx.min(sy)),
            (None, None, Fit::Cover) => (w * sx.max(sy), h * sx.max(sy)),
            (None, None, Fit::Stretch) => (box_w, box_h),
        };
        let (width, height) = (width.round().max(1.0), height.round().max(1.0));
        let x = self.x.unwrap_or(f64::from(old.x) + box_w / 2.0);
        let y = self.y.unwrap_or(f64::from(old.y + old.height) - height / 2.0);
        Placement { x, y, width, height, rotate: self.rotate }.snapped()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::Picture;
    use crate::text::Explain;
    use serde_json::json;

    fn params(value: serde_json::Value) -> SwapParams {
        Params(value.as_object().unwrap().clone()).read().unwrap()
    }

    #[test]
    fn the_new_one_stands_where_the_old_one_stood() {
        let old = Rect { x: 100, y: 50, width: 80, height: 120 };
        let new = Layer { picture: Picture::filled(40, 20, [9, 9, 9, 255]), x: 0, y: 0 };
        let at = |fit: &str| params(json!({"with": "image:2", "fit": fit})).placement(old, &new);
        let contain = at("contain");
        assert_eq!((contain.width, contain.height, contain.x), (80.0, 40.0, 140.0));
        assert_eq!(contain.y + contain.height / 2.0, 170.0, "on the same ground");
        let cover = at("cover");
        assert_eq!((cover.width, cover.height, cover.y + cover.height / 2.0), (240.0, 120.0, 170.0));
        assert_eq!((at("stretch").width, at("stretch").height), (80.0, 120.0));
        let moved = params(json!({"with": "image:2", "x": 10, "y": 20, "width": 30, "rotate": 15})).placement(old, &new);
        assert_eq!(moved, Placement { x: 10.0, y: 20.0, width: 30.0, height: 15.0, rotate: 15.0 });
    }

    #[test]
    fn without_a_second_picture_it_says_what_to_do() {
        let error = Swap.check(&Params::default()).unwrap_err();
        assert_eq!(error.field(), Some("with"));
        assert!(error.text().en.contains("Attach the other picture"));
        let strong = Params(json!({"with": "image:2", "match_light": 3}).as_object().unwrap().clone());
        assert_eq!(Swap.check(&strong).unwrap_err().field(), Some("match_light"));
    }
}
