//! `describe`: what is in a picture, as numbers and as words. Makes no version.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::palette::{Swatch, palette};
use super::target::sight::{FACE_MESH, FACES, Instance, OBJECTS, Sight};
use super::{Cost, OpError, OpSpec, Operation, Outcome, Params, StepContext, speech, subject, target};
use crate::imaging::colour::to_hex;
use crate::imaging::pace::checkpoint;
use crate::imaging::{Format, Picture};
use crate::models::boxes::Area;
use crate::plan::classes;
use crate::text::Text;

/// Things of a lower score are said with doubt: a grey cup in its saucer scored 0.5 as something else.
const SURE: f32 = 0.55;

/// None.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DescribeParams {}

static SPEC: OpSpec = OpSpec {
    name: "describe",
    summary_zh: "描述图片：尺寸、格式、颜色、透明度、主体、人与物体",
    summary_en: "Describes the picture: size, format, colours, transparency, subject, people and objects",
    available: true,
    exact_outside_target: false,
    takes_target: false,
    makes_version: false,
    models: &[subject::JOB, OBJECTS, FACES, FACE_MESH],
    cost: Cost::Model,
    params: || schemars::schema_for!(DescribeParams),
    speech: &speech::DESCRIBE,
};

pub(super) struct Describe;

impl Operation for Describe {
    fn spec(&self) -> &'static OpSpec {
        &SPEC
    }

    fn check(&self, params: &Params) -> Result<(), OpError> {
        params.read::<DescribeParams>().map(drop)
    }

    fn run(&self, step: &mut StepContext<'_>, _: Params) -> Result<Outcome, OpError> {
        let input = step.input.clone();
        let alpha = AlphaShare::of(&input);
        let colours = palette(&input);
        step.check_cancel()?;
        // Without a model the rest is still worth saying.
        let has = |jobs: &[&str]| jobs.iter().all(|job| step.models.default_for(job).is_ok());
        let (finds_subject, finds_things) = (has(&[subject::JOB]), has(&[OBJECTS, FACES, FACE_MESH]));
        let subject = if finds_subject { found_subject(step)? } else { None };
        let sight = if finds_things { Some(Sight::of(step)?) } else { None };
        let swatches: Vec<_> = colours.iter().map(|s| json!({"color": to_hex(s.colour), "share": rounded(s.share)})).collect();
        let report = json!({
            "width": input.width(),
            "height": input.height(),
            "megapixels": rounded(input.area() as f64 / 1e6),
            // What the upload came as; versions are kept without loss.
            "format": step.source.map(|s| s.format.name()),
            "bit_depth": input.bit_depth(),
            "transparency": {"opaque": rounded(alpha.opaque), "transparent": rounded(alpha.transparent), "partly": rounded(alpha.partly())},
            "palette": swatches,
            "subject": subject,
            "people": sight.as_ref().map(|s| s.people.iter().map(instance).collect::<Vec<_>>()),
            "objects": sight.as_ref().map(|s| s.things.iter().map(instance).collect::<Vec<_>>()),
            "faces": sight.as_ref().map(|s| s.faces.iter().map(|f| json!({"box": corner_and_size(f.face.area)})).collect::<Vec<_>>()),
        });
        let mut words = words(&input, step.source.map(|s| s.format), &alpha, &colours, subject.as_ref());
        if let Some(sight) = sight.as_deref() {
            let (sure, doubted) = by_doubt(sight);
            if !sure.en.is_empty() {
                words.zh += &format!("看到的有：{}。", sure.zh);
                words.en += &format!(" I see {}.", sure.en);
            }
            if !doubted.en.is_empty() {
                words.zh += &format!("可能还有（不太确定）：{}。", doubted.zh);
                words.en += &format!(" Perhaps, not surely: {}.", doubted.en);
            }
        }
        Ok(Outcome { report: Some((report, words)), ..Outcome::unchanged(input) })
    }
}

fn found_subject(step: &mut StepContext<'_>) -> Result<Option<serde_json::Value>, OpError> {
    let matte = subject::alpha_or_find(step)?;
    let area = matte.bounding_box(127).filter(|_| subject::is_found(&matte));
    Ok(area.map(|b| json!({"share": rounded(matte.coverage()), "box": [b.x, b.y, b.width, b.height]})))
}

/// What was seen surely, and what is only likely. A face makes people sure.
fn by_doubt(sight: &Sight) -> (Text, Text) {
    let (things, likely_things) = sight.things.iter().cloned().partition(|thing| thing.score >= SURE);
    let (people, likely_people) = sight.people.iter().cloned().partition(|one| one.score >= SURE || !sight.faces.is_empty());
    let sure = Sight { people, things, ..sight.clone() };
    (target::seen(&sure), target::seen(&Sight { people: likely_people, things: likely_things, ..Sight::default() }))
}

/// A person or thing as JSON.
fn instance(found: &Instance) -> serde_json::Value {
    json!({"label": classes::all()[found.class].label, "score": rounded(found.score.into()), "box": corner_and_size(found.area)})
}

/// `[x, y, w, h]` in whole pixels.
fn corner_and_size(area: Area) -> [i64; 4] {
    [area.left, area.top, area.width(), area.height()].map(|v| v.round() as i64)
}

fn rounded(v: f64) -> f64 {
    (v * 1000.0).round() / 1000.0
}

struct AlphaShare {
    opaque: f64,
    transparent: f64,
}

impl AlphaShare {
    fn of(picture: &Picture) -> AlphaShare {
        let (pixels, _) = picture.rgba8().as_chunks::<4>();
        let count = |wanted: u8| {
            let of_run = |run: &[[u8; 4]]| {
                checkpoint();
                run.iter().filter(|p| p[3] == wanted).count()
            };
            pixels.chunks(1 << 16).map(of_run).sum::<usize>()
        };
        let share = |wanted: u8| count(wanted) as f64 / pixels.len() as f64;
        AlphaShare { opaque: share(255), transparent: share(0) }
    }

    fn partly(&self) -> f64 {
        (1.0 - self.opaque - self.transparent).max(0.0)
    }
}

fn words(picture: &Picture, format: Option<Format>, alpha: &AlphaShare, colours: &[Swatch], subject: Option<&serde_json::Value>) -> Text {
    let (w, h) = (picture.width(), picture.height());
    let percent = |v: f64| format!("{} %", (v * 100.0).round());
    let mut zh = format!("{w}×{h} 像素");
    let mut en = format!("{w}×{h} pixels");
    if let Some(format) = format.map(Format::label) {
        zh += &format!("，上传时为 {format}");
        en += &format!(", sent as {format}");
    }
    if picture.bit_depth() > 8 {
        zh += &format!("，每通道 {} 位", picture.bit_depth());
        en += &format!(", {} bits a channel", picture.bit_depth());
    }
    if alpha.opaque < 1.0 {
        zh += &format!("，{} 透明", percent(alpha.transparent));
        en += &format!(", {} of it transparent", percent(alpha.transparent));
    } else {
        zh += "，不透明";
        en += ", opaque";
    }
    if !colours.is_empty() {
        let list = |name: fn(&Swatch) -> &'static str, comma: &str| {
            let named = colours.iter().map(|s| format!("{} {} ({})", name(s), to_hex(s.colour), percent(s.share)));
            named.collect::<Vec<_>>().join(comma)
        };
        zh += &format!("。主要颜色：{}", list(|s| s.name().0, "、"));
        en += &format!(". Main colours: {}", list(|s| s.name().1, ", "));
    }
    match subject.and_then(|s| s["share"].as_f64()) {
        Some(share) => {
            zh += &format!("。主体约占画面的 {}。", percent(share));
            en += &format!(". The main subject takes about {} of the picture.", percent(share));
        }
        None => {
            zh += "。";
            en += ".";
        }
    }
    Text::new(zh, en)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_only_likely_is_said_with_doubt() {
        let found = |label: &str, score: f32| {
            let class = classes::all().iter().position(|c| c.label == label).unwrap();
            Instance { class, score, area: Area { left: 0.0, top: 0.0, right: 9.0, bottom: 9.0 }, also: vec![] }
        };
        let sight = Sight { people: vec![found("person", 0.5)], things: vec![found("cup", 0.8), found("toilet", 0.5)], ..Sight::default() };
        let (sure, doubted) = by_doubt(&sight);
        assert_eq!((sure.en.as_str(), doubted.en.as_str()), ("1 cup", "1 person, 1 toilet"));
    }
}
