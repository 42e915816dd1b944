//! `stitch`: several pictures as one, one under the other or side by side. Pictures that already agree in width are not touched: their pixels arrive as
//! they are.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, json};

use super::params::{colour, param};
use super::{Cost, OpError, OpSpec, Operation, Outcome, Params, StepContext, second, speech};
use crate::imaging::joined::{Laid, join};
use crate::imaging::{Affine, Picture, colour::to_hex, resize};
use crate::plan::ImageRef;
use crate::text::Text;

/// At most so many pictures.
const MOST: usize = 64;

/// In which direction they follow each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Direction {
    /// One under the other.
    #[default]
    Vertical,
    /// Side by side.
    Horizontal,
}

/// What is done about different widths (side by side: heights).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Fit {
    /// All become as wide as the narrowest, so that none is enlarged.
    #[default]
    Scale,
    /// Each keeps its size and stands in the middle.
    Keep,
}

/// What is joined and how.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct StitchParams {
    /// The pictures in their order, 2 to 64; left out: the picture and all that came with the message.
    #[serde(default)]
    images: Vec<ImageRef>,
    /// `vertical`: one under the other; `horizontal`: side by side.
    #[serde(default)]
    direction: Direction,
    /// Pixels between two of them.
    #[serde(default)]
    #[schemars(range(min = 0, max = 4096))]
    gap: u32,
    /// Of the gap, and beside what is narrower: hex, a CSS name, or `transparent`; white unless it says otherwise.
    #[serde(default)]
    color: Option<String>,
    /// `scale`: all become as wide (side by side: as high) as the smallest; `keep`: each keeps its size.
    #[serde(default)]
    fit: Fit,
}

static SPEC: OpSpec = OpSpec {
    name: "stitch",
    summary_zh: "把几张图拼成一张：上下或左右",
    summary_en: "Joins several pictures: one under the other or side by side",
    available: true,
    exact_outside_target: false,
    takes_target: false,
    makes_version: true,
    models: &[],
    cost: Cost::Instant,
    params: || schemars::schema_for!(StitchParams),
    speech: &speech::STITCH,
};

pub(super) struct Stitch;

impl Operation for Stitch {
    fn spec(&self) -> &'static OpSpec {
        &SPEC
    }

    fn check(&self, params: &Params) -> Result<(), OpError> {
        let p: StitchParams = params.read()?;
        p.ground()?;
        if p.images.is_empty() { Ok(()) } else { enough(p.images.len()) }
    }

    fn takes_all(&self, params: &Params) -> bool {
        params.0.get("images").and_then(|v| v.as_array()).is_none_or(Vec::is_empty)
    }

    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError> {
        let p: StitchParams = params.read()?;
        let pictures = p.pictures(step)?;
        enough(pictures.len())?;
        let ground = p.ground()?;
        let down = p.direction == Direction::Vertical;
        let sizes = p.sizes(&pictures);
        let (width, height) = canvas(&sizes, p.gap, down, step)?;
        let mut scaled = Vec::with_capacity(pictures.len());
        for (i, (picture, &(w, h))) in pictures.iter().zip(&sizes).enumerate() {
            step.check_cancel()?;
            let label = Text::new(format!("正在拼第 {} 张", i + 1), format!("Joining picture {}", i + 1));
            step.watch.progress(step.step, Some(i as f32 / pictures.len() as f32), &label);
            let same = (picture.width(), picture.height()) == (w, h);
            scaled.push(if same { picture.clone() } else { Arc::new(resize::resize(picture, w, h)) });
        }
        let mut laid = Vec::with_capacity(scaled.len());
        let mut next = 0;
        for picture in &scaled {
            let (x, y) = if down { ((width - picture.width()) / 2, next) } else { (next, (height - picture.height()) / 2) };
            next += p.gap + if down { picture.height() } else { picture.width() };
            laid.push(Laid { picture, x, y });
        }
        let joined = join(width, height, ground, &laid);
        // Where the step's own picture is now; it is the first, unless the plan names others.
        let map = pictures.iter().position(|picture| Arc::ptr_eq(picture, &step.input)).map(|i| {
            let back = Affine::translation(-f64::from(laid[i].x), -f64::from(laid[i].y));
            let own = (pictures[i].width(), pictures[i].height());
            if own == sizes[i] { back } else { back.then(&resize::resize_map(own, sizes[i])) }
        });
        let scaled_count = pictures.iter().zip(&sizes).filter(|(p, s)| (p.width(), p.height()) != **s).count();
        if scaled_count > 0 {
            let side = if down { width } else { height };
            step.warn(
                "scaled_to_fit",
                format!("{scaled_count} 张图缩小到了统一的{} {side} 像素（取最小的一张）。", if down { "宽度" } else { "高度" }),
                format!(
                    "{scaled_count} of the pictures were made {side} pixels {}, as the smallest is.",
                    if down { "wide" } else { "high" }
                ),
            );
        }
        let count = pictures.len();
        let mut outcome = Outcome::picture(Arc::new(joined), map);
        outcome.report = Some((
            json!({ "pictures": laid.iter().map(|l| json!({"x": l.x, "y": l.y, "width": l.picture.width(), "height": l.picture.height()})).collect::<Vec<_>>() }),
            Text::new(format!("{count} 张图拼成一张，{width}×{height}。"), format!("{count} pictures joined, {width}×{height}.")),
        ));
        let name = if ground[3] == 0 { "transparent".to_owned() } else { to_hex([ground[0], ground[1], ground[2]]) };
        outcome.resolved = Map::from_iter([
            ("direction".to_owned(), json!(if down { "vertical" } else { "horizontal" })),
            ("color".to_owned(), json!(name)),
        ]);
        Ok(outcome)
    }
}

fn enough(n: usize) -> Result<(), OpError> {
    if (2..=MOST).contains(&n) {
        return Ok(());
    }
    Err(param(
        "images",
        format!("拼接需要 2 到 {MOST} 张图片，现在有 {n} 张。请把要拼的图片一起附上。"),
        format!("Joining takes 2 to {MOST} pictures; there are {n}. Attach all of them to one message."),
    ))
}

impl StitchParams {
    fn ground(&self) -> Result<[u8; 4], OpError> {
        match self.color.as_deref().map(str::trim) {
            None => Ok([255; 4]),
            Some("transparent") => Ok([0; 4]),
            Some(text) => colour("color", text).map(|[r, g, b]| [r, g, b, 255]),
        }
    }

    /// Those that are named; else the step's own picture, then all of the message, among which it may be itself.
    fn pictures(&self, step: &StepContext<'_>) -> Result<Vec<Arc<Picture>>, OpError> {
        if !self.images.is_empty() {
            return self.images.iter().map(|reference| second::picture(step, "images", reference)).collect();
        }
        let attached: Vec<&Arc<Picture>> = (1..).map_while(|n| step.images.get(&ImageRef::Image(n))).collect();
        let current = step.images.get(&ImageRef::Current);
        let place = |of: &Arc<Picture>| attached.iter().position(|picture| Arc::ptr_eq(of, picture));
        // An edited picture stands where the one it was made of stood.
        let own = place(&step.input).or_else(|| current.and_then(place));
        let mut all = vec![step.input.clone()];
        all.extend(attached.iter().enumerate().filter(|(i, _)| own != Some(*i)).map(|(_, picture)| (*picture).clone()));
        Ok(all)
    }

    /// The size that each of them gets.
    fn sizes(&self, pictures: &[Arc<Picture>]) -> Vec<(u32, u32)> {
        let down = self.direction == Direction::Vertical;
        let own = || pictures.iter().map(|p| (p.width(), p.height()));
        if self.fit == Fit::Keep {
            return own().collect();
        }
        let common = own().map(|(w, h)| if down { w } else { h }).min().unwrap_or(1);
        let follows = |side: u32, other: u32| ((f64::from(side) * f64::from(common) / f64::from(other)).round() as u32).max(1);
        own().map(|(w, h)| if down { (common, follows(h, w)) } else { (follows(w, h), common) }).collect()
    }
}

/// How large all of them are together; refused before any work where that is too large.
fn canvas(sizes: &[(u32, u32)], gap: u32, down: bool, step: &StepContext<'_>) -> Result<(u32, u32), OpError> {
    let along: u64 =
        sizes.iter().map(|&(w, h)| u64::from(if down { h } else { w })).sum::<u64>() + u64::from(gap) * (sizes.len() as u64 - 1);
    let across = sizes.iter().map(|&(w, h)| if down { w } else { h }).max().unwrap_or(1);
    let along = u32::try_from(along).unwrap_or(u32::MAX);
    let (width, height) = if down { (across, along) } else { (along, across) };
    step.limits.check_size(width, height)?;
    Ok((width, height))
}
