//! `redact`: makes a part unrecognisable, for good. What is left of it are a few averages, or nothing; pixels outside stay bit-identical.
//!
//! `pixelate` and `blur` both keep one average colour per cell and nothing else, as squares or as a smooth surface through them; `solid` keeps
//! nothing. Each connected area has cells of its own: at most [`CELLS`] along its short side, and never smaller than a share of the picture, since
//! small cells can be matched against guesses (Hill et al., "On the (In)effectiveness of Mosaicing and Blurring as Tools for Document Redaction",
//! 2016). The edge is hard: a soft one would let the original shine through.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use super::target::How;
use super::{Cost, OpError, OpSpec, Operation, Outcome, Params, StepContext, cutout, look, speech, target};
use crate::imaging::components::Components;
use crate::imaging::pace::checkpoint;
use crate::imaging::{Affine, Mask, Picture, Rect};
use crate::plan::{Target, TargetKind};
use crate::text::Text;

/// Cells along the short side of an area, at most. A face of six by eight cells is nobody's.
const CELLS: u32 = 6;
/// A cell has at least this many pixels on a side, and this share of the picture's long side.
const LEAST_CELL_PX: u32 = 12;
const LEAST_CELL_SHARE: f64 = 0.008;
/// Added around the target, in pixels, unless the target says otherwise.
const GROW_PX: u32 = 2;

/// How it is hidden.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Style {
    /// A smooth surface through the averages.
    Blur,
    /// Squares of one colour.
    #[default]
    Pixelate,
    /// Black.
    Solid,
}

/// What is hidden, and how.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RedactParams {
    /// All faces unless it says otherwise. A box means all pixels in it. It grows by 2 px and has no soft edge.
    #[serde(default = "faces")]
    target: Target,
    /// `pixelate`, `blur` or `solid` (black). For writing, `solid` is the safe one.
    #[serde(default)]
    style: Style,
}

fn faces() -> Target {
    Target { kind: TargetKind::Face, ..Target::default() }
}

static SPEC: OpSpec = OpSpec {
    name: "redact",
    summary_zh: "打码：让一部分无法辨认",
    summary_en: "Makes a part unrecognisable, for good",
    available: true,
    exact_outside_target: true,
    takes_target: true,
    makes_version: true,
    models: target::JOBS,
    cost: Cost::Model,
    params: || schemars::schema_for!(RedactParams),
    speech: &speech::REDACT,
};

pub(super) struct Redact;

impl Operation for Redact {
    fn spec(&self) -> &'static OpSpec {
        &SPEC
    }

    fn check(&self, params: &Params) -> Result<(), OpError> {
        target::check(&params.read::<RedactParams>()?.target)
    }

    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError> {
        let p: RedactParams = params.read()?;
        let wanted = Target { grow: p.target.grow.or(Some(GROW_PX)), feather: p.target.feather.or(Some(0)), ..p.target };
        let how = How { refine: false, ..How::AREA };
        // Whatever is selected at all is hidden as a whole.
        let mask = target::resolve(step, &wanted, how)?.thresholded(1);
        if mask.is_empty() {
            cutout::warn_not_found(step);
            return Ok(Outcome::unchanged(step.input.clone()));
        }
        look::show_mask(step, &mask);
        step.check_cancel()?;
        let picture = Arc::new(hidden(&step.input, &mask, p.style));
        step.preview(&Text::new("已打码", "Hidden"), None, &picture);
        Ok(Outcome { mask: Some(Arc::new(mask)), ..Outcome::picture(picture, Some(Affine::IDENTITY)) })
    }
}

/// The picture with what is selected (values above 0) hidden. Alpha stays.
fn hidden(picture: &Picture, mask: &Mask, style: Style) -> Picture {
    let areas = Components::of(mask, 1);
    let mut out = picture.clone();
    let width = picture.width() as usize;
    let long_side = f64::from(picture.width().max(picture.height()));
    let least = LEAST_CELL_PX.max((long_side * LEAST_CELL_SHARE).ceil() as u32);
    for (label, area) in (1u32..).zip(&areas.all) {
        let Rect { x, y, width: w, height: h } = area.bounds;
        let cells = Cells::of(picture, area.bounds, w.min(h).div_ceil(CELLS).max(least));
        let (pixels, _) = out.rgba8_mut().as_chunks_mut::<4>();
        for py in y..y + h {
            checkpoint();
            let row = py as usize * width;
            for px in x..x + w {
                let i = row + px as usize;
                if areas.labels[i] == label {
                    let [r, g, b] = match style {
                        Style::Solid => [0; 3],
                        Style::Pixelate => cells.square(px - x, py - y),
                        Style::Blur => cells.smooth(px - x, py - y),
                    };
                    pixels[i] = [r, g, b, pixels[i][3]];
                }
            }
        }
    }
    out
}

/// Averages of an area, on a grid from its corner on.
struct Cells {
    side: u32,
    columns: u32,
    rows: u32,
    colours: Vec<[f32; 3]>,
}

impl Cells {
    fn of(picture: &Picture, area: Rect, side: u32) -> Cells {
        let (columns, rows) = (area.width.div_ceil(side), area.height.div_ceil(side));
        let (pixels, _) = picture.rgba8().as_chunks::<4>();
        let average = |column: u32, row: u32| {
            checkpoint();
            let (x0, y0) = (area.x + column * side, area.y + row * side);
            let (x1, y1) = ((x0 + side).min(area.x + area.width), (y0 + side).min(area.y + area.height));
            let mut sum = [0u64; 3];
            for y in y0..y1 {
                let from = y as usize * picture.width() as usize;
                for pixel in &pixels[from + x0 as usize..from + x1 as usize] {
                    (0..3).for_each(|c| sum[c] += u64::from(pixel[c]));
                }
            }
            let count = f64::from(x1 - x0) * f64::from(y1 - y0);
            sum.map(|s| (s as f64 / count) as f32)
        };
        let colours = (0..rows).flat_map(|row| (0..columns).map(move |column| (column, row))).map(|(c, r)| average(c, r)).collect();
        Cells { side, columns, rows, colours }
    }

    fn at(&self, column: u32, row: u32) -> [f32; 3] {
        self.colours[(row.min(self.rows - 1) * self.columns + column.min(self.columns - 1)) as usize]
    }

    fn square(&self, x: u32, y: u32) -> [u8; 3] {
        self.at(x / self.side, y / self.side).map(|v| v.round() as u8)
    }

    /// Between the centres of cells, with a smooth step, so that no grid shows.
    fn smooth(&self, x: u32, y: u32) -> [u8; 3] {
        let along = |v: u32, cells: u32| {
            let at = ((f64::from(v) + 0.5) / f64::from(self.side) - 0.5).clamp(0.0, f64::from(cells - 1));
            let part = at.fract() as f32;
            (at as u32, part * part * (3.0 - 2.0 * part))
        };
        let ((column, fx), (row, fy)) = (along(x, self.columns), along(y, self.rows));
        let (a, b) = (self.at(column, row), self.at(column + 1, row));
        let (c, d) = (self.at(column, row + 1), self.at(column + 1, row + 1));
        let mix = |i: usize| {
            let (above, below) = (a[i] + (b[i] - a[i]) * fx, c[i] + (d[i] - c[i]) * fx);
            (above + (below - above) * fy).round() as u8
        };
        [mix(0), mix(1), mix(2)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checks(width: u32, height: u32) -> Picture {
        let pixel = |i: u32| if (i % width + i / width).is_multiple_of(2) { [255, 255, 255, 200] } else { [0, 0, 0, 200] };
        Picture::from_rgba8(width, height, (0..width * height).flat_map(pixel).collect())
    }

    fn square_mask(width: u32, height: u32, inside: Rect) -> Mask {
        let within = |v: u32, from: u32, length: u32| (from..from + length).contains(&v);
        let value = |i: u32| within(i % width, inside.x, inside.width) && within(i / width, inside.y, inside.height);
        Mask::new(width, height, (0..width * height).map(|i| if value(i) { 255 } else { 0 }).collect())
    }

    #[test]
    fn fine_detail_is_gone_and_the_rest_is_untouched() {
        let picture = checks(60, 40);
        let inside = Rect { x: 10, y: 5, width: 30, height: 24 };
        let mask = square_mask(60, 40, inside);
        for style in [Style::Blur, Style::Pixelate, Style::Solid] {
            let out = hidden(&picture, &mask, style);
            for (i, (a, b)) in picture.rgba8().as_chunks::<4>().0.iter().zip(out.rgba8().as_chunks::<4>().0).enumerate() {
                assert_eq!(a[3], b[3], "alpha stays");
                if mask.values()[i] == 0 {
                    assert_eq!(a, b, "{style:?} changed a pixel outside");
                } else {
                    let grey = if style == Style::Solid { 0 } else { 127 };
                    assert!(b[0].abs_diff(grey) <= 1, "{style:?} left {b:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_left_depends_on_nothing_but_the_averages() {
        // Two pictures whose cells have equal averages and different detail.
        let area = Rect { x: 0, y: 0, width: 48, height: 48 };
        let mask = square_mask(48, 48, area);
        let one = checks(48, 48);
        let stripes = |i: u32| if (i % 48).is_multiple_of(2) { [255, 255, 255, 200] } else { [0, 0, 0, 200] };
        let other = Picture::from_rgba8(48, 48, (0..48 * 48).flat_map(stripes).collect());
        for style in [Style::Blur, Style::Pixelate] {
            assert_eq!(hidden(&one, &mask, style), hidden(&other, &mask, style), "{style:?}");
        }
    }

    #[test]
    fn an_area_has_few_cells_whatever_its_size() {
        for (w, h) in [(1, 1), (5, 300), (40, 40), (300, 200)] {
            let picture = Picture::filled(400, 400, [9, 9, 9, 255]);
            let least = LEAST_CELL_PX;
            let cells = Cells::of(&picture, Rect { x: 3, y: 3, width: w, height: h }, w.min(h).div_ceil(CELLS).max(least));
            assert!(cells.columns.min(cells.rows) <= CELLS, "{w}x{h}: {} by {}", cells.columns, cells.rows);
            assert!(cells.side >= LEAST_CELL_PX);
        }
    }
}
