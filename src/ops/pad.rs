//! `pad`: a border around the picture, to an aspect, to a size, or by pixels a side.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, json};

use super::pace::paced;
use super::params::{aspect, colour, param};
use super::{Cost, OpError, OpSpec, Operation, Outcome, Params, StepContext, speech};
use crate::imaging::filter::Filter;
use crate::imaging::geometry::{self, Padding};
use crate::imaging::{Affine, Picture, backdrop, blend, colour::to_hex, resize};
use crate::text::Text;

/// Standard deviation of the blurred border, as a share of the canvas's long side.
const BLUR_SHARE: f32 = 0.035;

/// Levels by which pixels of one colour differ at most.
const NEAR: u32 = 14;

/// What the border shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Fill {
    /// One colour.
    #[default]
    Color,
    /// The picture itself, large and out of focus.
    Blur,
    /// The picture mirrored at its edges.
    Mirror,
}

/// One of: `aspect`; `width` and/or `height`; `margin` and/or single sides.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PadParams {
    /// `"1:1"`: the smallest canvas of that shape that holds the picture, which stays in the middle.
    #[serde(default)]
    aspect: Option<String>,
    /// Canvas width in pixels. A picture that is larger is first made to fit.
    #[serde(default)]
    #[schemars(range(min = 1, max = 65535))]
    width: Option<u32>,
    /// Canvas height in pixels.
    #[serde(default)]
    #[schemars(range(min = 1, max = 65535))]
    height: Option<u32>,
    /// Pixels on every side.
    #[serde(default)]
    #[schemars(range(min = 0, max = 32768))]
    margin: Option<u32>,
    /// Pixels on the left; wins over `margin`, as do the other sides.
    #[serde(default)]
    #[schemars(range(min = 0, max = 32768))]
    left: Option<u32>,
    /// Pixels on the right.
    #[serde(default)]
    #[schemars(range(min = 0, max = 32768))]
    right: Option<u32>,
    /// Pixels above.
    #[serde(default)]
    #[schemars(range(min = 0, max = 32768))]
    top: Option<u32>,
    /// Pixels below.
    #[serde(default)]
    #[schemars(range(min = 0, max = 32768))]
    bottom: Option<u32>,
    /// Hex, a CSS name, `transparent`, or `auto`: the colour that most of the picture's edge has, transparent where the edge is.
    #[serde(default)]
    color: Option<String>,
    /// `color`, `blur` or `mirror`.
    #[serde(default)]
    fill: Fill,
}

static SPEC: OpSpec = OpSpec {
    name: "pad",
    summary_zh: "补边：按比例、按画布尺寸或按像素",
    summary_en: "Adds a border: to an aspect, a canvas size or by pixels",
    available: true,
    exact_outside_target: false,
    takes_target: false,
    makes_version: true,
    models: &[],
    cost: Cost::Instant,
    params: || schemars::schema_for!(PadParams),
    speech: &speech::PAD,
};

pub(super) struct Pad;

impl Operation for Pad {
    fn spec(&self) -> &'static OpSpec {
        &SPEC
    }

    fn check(&self, params: &Params) -> Result<(), OpError> {
        let p: PadParams = params.read()?;
        if let Some(text) = &p.aspect {
            aspect("aspect", text)?;
        }
        border_colour(&p, None)?;
        let ways = [p.aspect.is_some(), p.width.or(p.height).is_some(), p.sides().is_some()];
        match ways.iter().filter(|&&w| w).count() {
            0 => Err(param(
                "aspect",
                "要补成什么样？请给出比例、画布尺寸或边距像素。",
                "Pad to what? Give an aspect, a canvas size or pixels a side.",
            )),
            1 => Ok(()),
            _ => Err(param("aspect", "比例、画布尺寸、边距像素只能给一种。", "Give one of aspect, canvas size and pixels a side.")),
        }
    }

    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError> {
        let p: PadParams = params.read()?;
        let mut input = step.input.clone();
        let mut map = Affine::IDENTITY;
        let (canvas_width, canvas_height) = p.canvas(input.width(), input.height())?;
        step.limits.check_size(canvas_width, canvas_height)?;
        let room = (canvas_width, canvas_height);
        if input.width() > canvas_width || input.height() > canvas_height {
            let (from, to) = ((input.width(), input.height()), shrink_to_fit((input.width(), input.height()), room));
            input = resize::resize(&input, to.0, to.1).into();
            map = resize::resize_map(from, to);
            step.warn(
                "shrunk_to_fit",
                format!("图片比画布大，已先缩小为 {}×{}。", to.0, to.1),
                format!("The picture is larger than the canvas and was first made {}×{}.", to.0, to.1),
            );
        }
        step.check_cancel()?;
        let by = p.sides().unwrap_or_else(|| centred((input.width(), input.height()), room));
        let ground = border_colour(&p, Some(&input))?;
        let mut resolved = Map::new();
        if p.fill == Fill::Color {
            let name = if ground[3] == 0 { "transparent".to_owned() } else { to_hex([ground[0], ground[1], ground[2]]) };
            resolved.insert("color".to_owned(), json!(name));
        }
        if by == Padding::default() && map == Affine::IDENTITY {
            return Ok(Outcome { resolved, ..Outcome::unchanged(input) });
        }
        let picture = match p.fill {
            Fill::Color => geometry::pad(&input, by, ground).0,
            Fill::Mirror => mirrored(&input, by),
            Fill::Blur => blurred(step, &input, by)?,
        };
        let moved = Affine::translation(-f64::from(by.left), -f64::from(by.top));
        Ok(Outcome { resolved, ..Outcome::picture(picture.into(), Some(moved.then(&map))) })
    }
}

impl PadParams {
    /// `None` where no side is given in pixels.
    fn sides(&self) -> Option<Padding> {
        let all = [self.margin, self.left, self.right, self.top, self.bottom];
        all.iter().any(Option::is_some).then(|| {
            let side = |own: Option<u32>| own.or(self.margin).unwrap_or(0);
            Padding { left: side(self.left), top: side(self.top), right: side(self.right), bottom: side(self.bottom) }
        })
    }

    fn canvas(&self, width: u32, height: u32) -> Result<(u32, u32), OpError> {
        if let Some(by) = self.sides() {
            return Ok((width + by.left + by.right, height + by.top + by.bottom));
        }
        if let Some(text) = &self.aspect {
            let (w, h) = aspect("aspect", text)?;
            let (pw, ph) = (f64::from(width), f64::from(height));
            let wide = pw * h > ph * w;
            return Ok(if wide {
                (width, ((pw * h / w).round() as u32).max(height))
            } else {
                (((ph * w / h).round() as u32).max(width), height)
            });
        }
        Ok((self.width.unwrap_or(width), self.height.unwrap_or(height)))
    }
}

fn shrink_to_fit((width, height): (u32, u32), (max_width, max_height): (u32, u32)) -> (u32, u32) {
    let factor = (f64::from(max_width) / f64::from(width)).min(f64::from(max_height) / f64::from(height));
    let side = |v: u32, max: u32| ((f64::from(v) * factor).round() as u32).clamp(1, max);
    (side(width, max_width), side(height, max_height))
}

fn centred((width, height): (u32, u32), (canvas_width, canvas_height): (u32, u32)) -> Padding {
    let (x, y) = (canvas_width - width, canvas_height - height);
    Padding { left: x / 2, top: y / 2, right: x - x / 2, bottom: y - y / 2 }
}

/// Without a picture the parameter is only checked.
fn border_colour(p: &PadParams, picture: Option<&Picture>) -> Result<[u8; 4], OpError> {
    match p.color.as_deref().map(str::trim) {
        Some("transparent") => Ok([0; 4]),
        None | Some("auto" | "") => Ok(picture.map_or([255; 4], border_colour_of)),
        Some(text) => colour("color", text).map(|[r, g, b]| [r, g, b, 255]),
    }
}

/// The colour that most of the outermost pixels have, so that it is one that is seen there; transparent where most of them are.
pub(super) fn border_colour_of(picture: &Picture) -> [u8; 4] {
    let (w, h) = (picture.width(), picture.height());
    let rows = (0..w).flat_map(|x| [(x, 0), (x, h - 1)]);
    let columns = (0..h).flat_map(|y| [(0, y), (w - 1, y)]);
    let border: Vec<[u8; 4]> = rows.chain(columns).map(|(x, y)| picture.pixel(x, y)).collect();
    let solid: Vec<[u8; 4]> = border.iter().copied().filter(|p| p[3] >= 128).collect();
    if solid.len() * 2 < border.len() {
        return [0; 4];
    }
    // The fullest of 16 × 16 × 16 boxes, then the median of what is near its middle.
    let box_of = |p: &[u8; 4]| (0..3).fold(0, |at, c| at * 16 + usize::from(p[c] / 16));
    let mut counts = [0u32; 4096];
    solid.iter().for_each(|p| counts[box_of(p)] += 1);
    let fullest = (0..4096).rev().max_by_key(|&i| counts[i]).unwrap_or(0);
    let inside: Vec<&[u8; 4]> = solid.iter().filter(|p| box_of(p) == fullest).collect();
    let mean = [0, 1, 2].map(|c| inside.iter().map(|p| u32::from(p[c])).sum::<u32>() / inside.len().max(1) as u32);
    let near = |p: &[u8; 4]| (0..3).all(|c| u32::from(p[c]).abs_diff(mean[c]) <= NEAR);
    let mut median = [0, 0, 0, 255];
    for (c, to) in median.iter_mut().enumerate().take(3) {
        let mut values: Vec<u8> = solid.iter().filter(|p| near(p)).map(|p| p[c]).collect();
        let middle = values.len() / 2;
        *to = *values.select_nth_unstable(middle).1;
    }
    median
}

/// The border repeats the picture backwards, the outermost pixel once more first (`…c b a | a b c…`).
fn mirrored(picture: &Picture, by: Padding) -> Picture {
    let (w, h) = (picture.width(), picture.height());
    let (width, height) = (w + by.left + by.right, h + by.top + by.bottom);
    let reflect = |i: u32, before: u32, side: u32| {
        let at = (i64::from(i) - i64::from(before)).rem_euclid(i64::from(side) * 2) as u32;
        if at < side { at } else { side * 2 - 1 - at }
    };
    let columns: Vec<usize> = (0..width).map(|x| reflect(x, by.left, w) as usize).collect();
    let (from, _) = picture.rgba8().as_chunks::<4>();
    let mut out = Vec::with_capacity(width as usize * height as usize);
    for y in 0..height {
        let row = &from[reflect(y, by.top, h) as usize * w as usize..][..w as usize];
        out.extend(columns.iter().map(|&x| row[x]));
    }
    Picture::from_rgba8(width, height, out.into_flattened())
}

/// The picture over itself, large enough to cover the canvas and out of focus.
fn blurred(step: &StepContext<'_>, picture: &Picture, by: Padding) -> Result<Picture, OpError> {
    let (width, height) = (picture.width() + by.left + by.right, picture.height() + by.top + by.bottom);
    let large = backdrop::cover(&blend::over_colour(picture, [255; 3]), width, height);
    let blur = Filter::Blur(BLUR_SHARE * width.max(height) as f32);
    let ground = paced(step, &Text::new("正在模糊边框", "Blurring the border"), |pace| blur.apply(&large, pace))?;
    let (placed, _) = geometry::pad(picture, by, [0; 4]);
    Ok(blend::over(&placed, &ground))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(value: serde_json::Value) -> PadParams {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_canvas_never_cuts_into_the_picture() {
        assert_eq!(params(json!({"aspect": "1:1"})).canvas(400, 300).unwrap(), (400, 400));
        assert_eq!(params(json!({"aspect": "3:4"})).canvas(400, 300).unwrap(), (400, 533));
        assert_eq!(params(json!({"aspect": "4:3"})).canvas(401, 300).unwrap().0, 401);
        assert_eq!(params(json!({"margin": 50, "top": 0})).canvas(10, 20).unwrap(), (110, 70));
    }

    #[test]
    fn the_border_takes_the_colour_of_the_edge_and_stays_transparent_around_a_cut_out() {
        let mut picture = Picture::filled(9, 9, [200, 210, 220, 255]);
        picture.rgba8_mut()[..4].copy_from_slice(&[0, 0, 0, 255]);
        assert_eq!(border_colour_of(&picture), [200, 210, 220, 255], "one odd corner does not change it");
        assert_eq!(border_colour_of(&Picture::filled(3, 3, [9, 9, 9, 0])), [0; 4]);
        // Two colours have no colour in between.
        let pixel = |i: u32| if i % 90 < 50 { [200, 20, 30, 255] } else { [250, 250, 250, 255] };
        let halves = Picture::from_rgba8(90, 60, (0..5400).flat_map(pixel).collect());
        assert!([[200, 20, 30, 255], [250, 250, 250, 255]].contains(&border_colour_of(&halves)));
    }

    #[test]
    fn a_mirrored_border_goes_on_from_the_edge() {
        let picture = Picture::from_rgba8(2, 1, vec![1, 1, 1, 255, 2, 2, 2, 255]);
        let wide = mirrored(&picture, Padding { left: 3, right: 2, ..Padding::default() });
        let row: Vec<u8> = (0..7).map(|x| wide.pixel(x, 0)[0]).collect();
        assert_eq!(row, [2, 2, 1, 1, 2, 2, 1]);
    }
}
