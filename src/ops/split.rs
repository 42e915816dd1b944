//! `split`: one long picture as several, in equal parts or at its blank bands; not a pixel is left out, and none is in two parts.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, json};

use super::params::{param, refused};
use super::{Cost, OpError, OpSpec, Operation, Outcome, Params, StepContext, speech};
use crate::imaging::bands::{self, Axis};
use crate::imaging::{Picture, Rect, geometry};
use crate::text::Text;

/// At most so many parts.
const MOST: u32 = 200;

/// A band that parts sections is at least this share of the width, else it is the space between two lines.
const BAND_SHARE: f64 = 0.03;
/// And at least so many pixels.
const LEAST_BAND_PX: u32 = 12;
/// Where a height is to be kept, any space between lines is better than a cut through them.
const LEAST_SPACE_PX: u32 = 3;

/// Where to cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum By {
    /// Into parts of one size.
    Equal,
    /// In the middle of bands that show nothing; never through what they part.
    Blank,
}

/// Along which side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Direction {
    /// Parts lie one under the other.
    Vertical,
    /// Parts lie side by side.
    Horizontal,
}

/// How many parts, or where they are cut.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SplitParams {
    /// How many. With `by: blank` at the bands that are nearest to equal parts; without `parts` at every band that is wide enough.
    #[serde(default)]
    #[schemars(range(min = 2, max = 200))]
    parts: Option<u32>,
    /// `equal` or `blank`; automatic: equal where `parts` or `max_height` is given, else blank.
    #[serde(default)]
    by: Option<By>,
    /// No part is longer, in pixels; with `by: blank` only where a band allows it.
    #[serde(default)]
    #[schemars(range(min = 16, max = 65535))]
    max_height: Option<u32>,
    /// `vertical`: one under the other; `horizontal`: side by side. Automatic: along the longer side.
    #[serde(default)]
    direction: Option<Direction>,
    /// Where to cut instead, in pixels from the top (or left), ascending.
    #[serde(default)]
    at: Vec<u32>,
}

static SPEC: OpSpec = OpSpec {
    name: "split",
    summary_zh: "把长图切开：按份数或按空白",
    summary_en: "Slices a long picture: into equal parts or at its blank bands",
    available: true,
    exact_outside_target: false,
    takes_target: false,
    makes_version: false,
    models: &[],
    cost: Cost::Instant,
    params: || schemars::schema_for!(SplitParams),
    speech: &speech::SPLIT,
};

pub(super) struct Split;

impl Operation for Split {
    fn spec(&self) -> &'static OpSpec {
        &SPEC
    }

    fn check(&self, params: &Params) -> Result<(), OpError> {
        let p: SplitParams = params.read()?;
        if p.at.len() >= MOST as usize || !p.at.is_sorted_by(|a, b| a < b) || p.at.first() == Some(&0) {
            return Err(param(
                "at",
                format!("at 是从小到大、不重复的切点（像素，大于 0），最多 {} 个。", MOST - 1),
                format!("`at` lists where to cut, in pixels above 0, ascending, none twice, {} at most.", MOST - 1),
            ));
        }
        if !p.at.is_empty() && (p.parts.is_some() || p.by.is_some() || p.max_height.is_some()) {
            return Err(param(
                "at",
                "给了切点 at，就不要再给 parts、by 或 max_height。",
                "`at` says where to cut; leave out `parts`, `by` and `max_height`.",
            ));
        }
        Ok(())
    }

    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError> {
        let p: SplitParams = params.read()?;
        let input = step.input.clone();
        let axis = p.axis(&input);
        let cuts = p.cuts(step, &input, axis)?;
        let parts = ranges(&cuts, axis.length(&input), axis, &input);
        let mut pieces = Vec::with_capacity(parts.len());
        for rect in &parts {
            step.check_cancel()?;
            pieces.push(Arc::new(geometry::crop(&input, *rect).0));
        }
        let sizes: Vec<String> = parts.iter().map(|r| format!("{}×{}", r.width, r.height)).collect();
        let words =
            Text::new(format!("切成 {} 份：{}。", parts.len(), sizes.join("、")), format!("{} parts: {}.", parts.len(), sizes.join(", ")));
        let mut outcome = Outcome::unchanged(input);
        outcome.pieces = pieces;
        outcome.report = Some((json!({ "parts": parts }), words));
        let direction = if axis == Axis::Rows { "vertical" } else { "horizontal" };
        outcome.resolved = Map::from_iter([("at".to_owned(), json!(cuts)), ("direction".to_owned(), json!(direction))]);
        Ok(outcome)
    }
}

impl SplitParams {
    fn axis(&self, picture: &Picture) -> Axis {
        match self.direction {
            Some(Direction::Vertical) => Axis::Rows,
            Some(Direction::Horizontal) => Axis::Columns,
            None if picture.width() > picture.height() => Axis::Columns,
            None => Axis::Rows,
        }
    }

    fn by(&self) -> By {
        let counted = self.parts.is_some() || self.max_height.is_some();
        self.by.unwrap_or(if counted { By::Equal } else { By::Blank })
    }

    /// Where the second part begins, the third and so on.
    fn cuts(&self, step: &mut StepContext<'_>, picture: &Picture, axis: Axis) -> Result<Vec<u32>, OpError> {
        let length = axis.length(picture);
        if !self.at.is_empty() {
            return match self.at.last() {
                Some(&last) if last >= length => Err(param(
                    "at",
                    format!("切点 {last} 在图外，图片只有 {length} 像素长。"),
                    format!("The cut at {last} is outside: the picture is {length} pixels long."),
                )),
                _ => Ok(self.at.clone()),
            };
        }
        match self.by() {
            By::Equal => self.equal(length),
            By::Blank => self.blank(step, picture, axis),
        }
    }

    fn equal(&self, length: u32) -> Result<Vec<u32>, OpError> {
        let by_height = self.max_height.map_or(1, |most| length.div_ceil(most));
        let parts = self.parts.unwrap_or(1).max(by_height);
        if parts > MOST || parts > length {
            let most = MOST.min(length);
            return Err(refused(
                "too_many_parts",
                format!("这样要切成 {parts} 份，最多 {most} 份。请切得大一些。"),
                format!("That would be {parts} parts; {most} are the most. Make the parts larger."),
            ));
        }
        if parts < 2 {
            return Err(refused(
                "nothing_to_split",
                format!("图片只有 {length} 像素长，没有超过限制，不用切。"),
                format!("The picture is {length} pixels long and within the limit; there is nothing to cut."),
            ));
        }
        Ok((1..parts).map(|i| (u64::from(i) * u64::from(length) / u64::from(parts)) as u32).collect())
    }

    fn blank(&self, step: &mut StepContext<'_>, picture: &Picture, axis: Axis) -> Result<Vec<u32>, OpError> {
        let (length, across) = (axis.length(picture), axis.across(picture));
        let all = bands::blank(picture, axis);
        step.check_cancel()?;
        let wide = ((f64::from(across) * BAND_SHARE) as u32).max(LEAST_BAND_PX);
        let middles = |least: u32| all.iter().filter(|b| b.length() >= least).map(|b| b.middle()).collect::<Vec<u32>>();
        let cuts = match (self.parts, self.max_height) {
            (_, Some(most)) => self.within(step, &middles(LEAST_SPACE_PX), length, most),
            (Some(parts), None) => nearest(&middles(wide), length, parts),
            (None, None) => middles(wide),
        };
        if cuts.is_empty() {
            return Err(refused(
                "no_blank_bands",
                "没有找到可以下刀的空白带，图片没有切。要等分的话请说份数，比如“切成3段”。",
                "No blank band was found to cut in, so nothing was cut. For equal parts say how many, such as “split into 3 parts”.",
            ));
        }
        if cuts.len() >= MOST as usize {
            return Err(refused(
                "too_many_parts",
                format!("按空白会切成 {} 份，最多 {MOST} 份。请给出份数。", cuts.len() + 1),
                format!("At its blank bands that would be {} parts; {MOST} are the most. Say how many.", cuts.len() + 1),
            ));
        }
        if let Some(parts) = self.parts.filter(|&parts| self.max_height.is_none() && cuts.len() + 1 < parts as usize) {
            let n = cuts.len() + 1;
            step.warn(
                "fewer_parts",
                format!("要 {parts} 份，但只有 {} 处空白可切，所以切成了 {n} 份。", cuts.len()),
                format!("{parts} parts were asked for; there are only {} blank bands to cut in, so there are {n}.", cuts.len()),
            );
        }
        Ok(cuts)
    }

    /// Each part as long as the bands allow and not longer than `most`.
    fn within(&self, step: &mut StepContext<'_>, middles: &[u32], length: u32, most: u32) -> Vec<u32> {
        let (mut cuts, mut start, mut too_long) = (vec![], 0, 0);
        while length - start > most {
            let fits = middles.iter().rev().find(|&&m| m > start && m - start <= most);
            // No band in reach: the part ends at the first one behind it.
            let Some(&cut) = fits.or_else(|| middles.iter().find(|&&m| m > start)) else {
                too_long += 1;
                break;
            };
            too_long += u32::from(cut - start > most);
            cuts.push(cut);
            start = cut;
        }
        if too_long > 0 && !cuts.is_empty() {
            step.warn(
                "part_too_long",
                format!("有 {too_long} 份超过 {most} 像素：其中没有空白可切，没有切穿内容。"),
                format!(
                    "{too_long} of the parts are longer than {most} pixels: they have no blank band to cut in, and nothing was cut through."
                ),
            );
        }
        cuts
    }
}

/// Of all places those nearest to equal parts, each used once.
fn nearest(middles: &[u32], length: u32, parts: u32) -> Vec<u32> {
    let mut left = middles.to_vec();
    let mut cuts = vec![];
    for i in 1..parts {
        let wanted = (u64::from(i) * u64::from(length) / u64::from(parts)) as u32;
        let Some(best) = (0..left.len()).min_by_key(|&j| left[j].abs_diff(wanted)) else { break };
        cuts.push(left.remove(best));
    }
    cuts.sort_unstable();
    cuts
}

/// The parts between the cuts.
fn ranges(cuts: &[u32], length: u32, axis: Axis, picture: &Picture) -> Vec<Rect> {
    let starts = std::iter::once(0).chain(cuts.iter().copied());
    let ends = cuts.iter().copied().chain([length]);
    let part = |(start, end): (u32, u32)| match axis {
        Axis::Rows => Rect { x: 0, y: start, width: picture.width(), height: end - start },
        Axis::Columns => Rect { x: start, y: 0, width: end - start, height: picture.height() },
    };
    starts.zip(ends).map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Explain;

    #[test]
    fn equal_parts_differ_by_a_pixel_at_most_and_leave_nothing_out() {
        let p = |value: serde_json::Value| Params(value.as_object().unwrap().clone()).read::<SplitParams>().unwrap();
        assert_eq!(p(json!({"parts": 3})).equal(1000).unwrap(), [333, 666]);
        assert_eq!(p(json!({"max_height": 400})).equal(1000).unwrap(), [333, 666]);
        assert_eq!(p(json!({"max_height": 1000})).equal(1000).unwrap_err().code(), "nothing_to_split");
        assert_eq!(p(json!({"parts": 9})).equal(5).unwrap_err().code(), "too_many_parts");
    }

    #[test]
    fn the_bands_nearest_to_equal_parts_are_taken_once_each() {
        assert_eq!(nearest(&[100, 320, 350, 900], 1000, 3), [320, 900]);
        assert_eq!(nearest(&[500], 1000, 4), [500]);
        assert!(nearest(&[], 1000, 4).is_empty());
    }
}
