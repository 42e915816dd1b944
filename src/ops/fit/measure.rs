//! Every rule of a preset against a file: what was asked, what was measured, and what that means.

use serde::Serialize;
use serde_json::{Value, json};

use super::canvas::SAME_SHAPE;
use super::facts::Facts;
use super::ground::Ground;
use super::head::FaceMarks;
use super::words;
use crate::imaging::colour::to_hex;
use crate::presets::{Ask, Preset, Rule, Status};
use crate::text::Text;

/// Millimetres are written with one decimal; what rounds to the limit holds it.
const MM_SLACK: f64 = 0.05;
/// Pixels per inch are whole numbers in some formats and per metre in others.
const DPI_SLACK: f64 = 0.5;

/// What became of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    Pass,
    Fail,
    /// For the user to look at: no program can tell, or this file gives nothing to measure.
    Check,
}

/// A rule and what was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    pub rule: &'static str,
    pub asked: Value,
    pub measured: Value,
    pub result: Outcome,
    pub source: String,
    pub date: String,
    pub status: Status,
    pub words: Text,
}

/// Where the head is in the file's picture.
pub struct HeadMeasures {
    /// Chin to crown, crown to the upper edge, eyes and chin to the lower edge, in millimetres.
    pub head: Option<f64>,
    pub above: Option<f64>,
    pub eyes: f64,
    pub below_chin: f64,
}

impl HeadMeasures {
    /// The crown is told by the outline before the preset's background; where that is not there, what needs it is not measured.
    pub fn of(marks: &FaceMarks, facts: &Facts, preset: &Preset) -> Option<HeadMeasures> {
        let [_, tall] = preset.mm?;
        let height = f64::from(facts.picture.height());
        let mm = |px: f64| px * tall / height;
        let ground = facts.ground(preset).map(|(ground, _)| ground).filter(|ground| ground.edge_share >= PLAIN);
        let crown = ground.and_then(|ground| marks.crown(&ground.subject)).map(f64::from);
        Some(HeadMeasures {
            head: crown.map(|crown| mm(f64::from(marks.chin) - crown)),
            above: crown.map(mm),
            eyes: mm(height - f64::from(marks.eyes)),
            below_chin: mm(height - f64::from(marks.chin)),
        })
    }
}

/// From this share of the outermost pixels on, a background is one.
const PLAIN: f64 = 0.5;

/// All rules of a preset.
pub fn all(preset: &Preset, facts: &Facts, head: Option<&HeadMeasures>) -> Vec<Verdict> {
    preset.rules.iter().map(|rule| verdict(rule, preset, facts, head)).collect()
}

/// A measured value and whether it is as asked.
type Found = (Value, Outcome);

fn held(measured: Value, holds: bool) -> Found {
    (measured, if holds { Outcome::Pass } else { Outcome::Fail })
}

fn verdict(rule: &Rule, preset: &Preset, facts: &Facts, head: Option<&HeadMeasures>) -> Verdict {
    let (measured, result) = match &rule.ask {
        Ask::Manual { .. } => (Value::Null, Outcome::Check),
        ask if ask.of_a_head() => of_head(ask, head),
        ask @ (Ask::Background { .. } | Ask::Fill { .. } | Ask::Clearance { .. } | Ask::Transparent) => of_ground(ask, preset, facts),
        ask => of_file(ask, facts),
    };
    let asked = rule.ask.figures();
    let words = words::of(&rule.ask, &measured, result);
    let Rule { source, date, status, .. } = rule.clone();
    Verdict { rule: rule.ask.kind(), asked, measured, result, source, date, status, words }
}

fn of_file(ask: &Ask, facts: &Facts) -> Found {
    let [w, h] = facts.size();
    let within = |v: u32, min: &Option<u32>, max: &Option<u32>| min.is_none_or(|min| v >= min) && max.is_none_or(|max| v <= max);
    match ask {
        Ask::Size { any } => held(json!([w, h]), any.contains(&[w, h])),
        Ask::Sides { min, max } => held(json!([w, h]), within(w, min, max) && within(h, min, max)),
        Ask::Longest { min, max } => held(json!(w.max(h)), within(w.max(h), min, max)),
        Ask::Shortest { min } => held(json!(w.min(h)), w.min(h) >= *min),
        Ask::Pixels { max } => held(json!(facts.picture.area()), facts.picture.area() <= *max),
        Ask::Aspect { any } => held(json!([w, h]), any.iter().any(|[a, b]| has_shape((w, h), a / b, a / b))),
        Ask::Shape { min, max } => held(json!(thousandth(f64::from(w) / f64::from(h))), has_shape((w, h), *min, *max)),
        Ask::Format { any } => held(json!(facts.format), any.contains(&facts.format)),
        Ask::Bytes { max, min } => held(json!(facts.bytes), facts.bytes <= *max && min.is_none_or(|min| facts.bytes >= min)),
        Ask::Depth { any } => match facts.bits {
            Some(bits) => held(json!(bits), any.contains(&bits)),
            None => (Value::Null, Outcome::Check),
        },
        Ask::Srgb => {
            let name = facts.profile.as_deref();
            held(json!(name.unwrap_or("none")), name.is_none_or(|n| n.to_lowercase().contains("srgb")))
        }
        Ask::Opaque => held(json!(facts.alpha_channel), !facts.alpha_channel),
        Ask::Dpi { is } => {
            let dpi = facts.dpi;
            held(json!(dpi.map(|d| d.round() as u32)), dpi.is_some_and(|d| (d - f64::from(*is)).abs() <= DPI_SLACK))
        }
        _ => (Value::Null, Outcome::Check),
    }
}

/// Whether width ÷ height is in the range, give or take half a per cent: quoted sizes such as 1242×1660 for 3:4 are rounded.
fn has_shape((w, h): (u32, u32), min: f64, max: f64) -> bool {
    let shape = f64::from(w) / f64::from(h);
    shape * SAME_SHAPE >= min && shape <= max * SAME_SHAPE
}

fn of_ground(ask: &Ask, preset: &Preset, facts: &Facts) -> Found {
    let Some((ground, colour)) = facts.ground(preset) else { return (Value::Null, Outcome::Check) };
    let [w, h] = facts.size();
    match ask {
        Ask::Background { tolerance, beyond_px, .. } => {
            let colour = colour.unwrap_or([255; 3]);
            let spots = ground.spots(&facts.picture, colour, *tolerance, *beyond_px);
            let share = thousandth(ground.edge_share);
            let measured = json!({
                "color": to_hex(colour), "edge_share": share, "worst": spots.worst, "wrong_pixels": spots.wrong, "measured_pixels": spots.measured,
            });
            held(measured, ground.edge_share >= PLAIN && spots.wrong == 0)
        }
        Ask::Transparent => {
            held(json!(thousandth(Ground::of_alpha(&facts.picture).edge_share)), Ground::of_alpha(&facts.picture).edge_share >= PLAIN)
        }
        Ask::Fill { min, max } => match ground.bounds.filter(|_| ground.edge_share > 0.0) {
            Some(b) => {
                let share = (f64::from(b.width) / f64::from(w)).max(f64::from(b.height) / f64::from(h));
                held(json!(thousandth(share)), share >= *min && max.is_none_or(|max| share <= max))
            }
            None => held(Value::Null, false),
        },
        Ask::Clearance { min } => match ground.bounds {
            Some(b) => {
                let least = b.x.min(b.y).min(w - b.x - b.width).min(h - b.y - b.height);
                held(json!(least), least >= *min)
            }
            None => (Value::Null, Outcome::Check),
        },
        _ => (Value::Null, Outcome::Check),
    }
}

fn of_head(ask: &Ask, head: Option<&HeadMeasures>) -> Found {
    let Some(head) = head else { return (Value::Null, Outcome::Check) };
    let (value, min, max) = match ask {
        Ask::Head { min, max } => (head.head, *min, *max),
        Ask::HeadTop { min, max } => (head.above, *min, *max),
        Ask::Eyes { min, max } => (Some(head.eyes), *min, *max),
        Ask::BelowChin { min } => (Some(head.below_chin), *min, f64::INFINITY),
        _ => (None, 0.0, 0.0),
    };
    match value {
        Some(mm) => held(json!((mm * 10.0).round() / 10.0), mm >= min - MM_SLACK && mm <= max + MM_SLACK),
        None => (Value::Null, Outcome::Check),
    }
}

fn thousandth(v: f64) -> f64 {
    (v * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_size_has_the_shape_that_it_is_quoted_for() {
        assert!(has_shape((1242, 1660), 0.75, 0.75) && has_shape((1080, 1440), 0.75, 0.75) && has_shape((1080, 566), 0.8, 1.91));
        assert!(!has_shape((1000, 1000), 0.75, 0.75) && !has_shape((100, 52), 0.8, 1.8) && !has_shape((755, 1000), 0.75, 0.75));
    }
}
