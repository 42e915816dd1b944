//! `fit`: made to comply with a platform's rules, with a report of each rule checked. See [docs/FIT.md](../../docs/FIT.md).
//!
//! 1. The preset says what is made ([`crate::presets`]): the subject cut out onto a plain background ([`cut`]), the picture in another shape ([`frame`]) or an
//!    ID photo ([`portrait`]). The picture's own pixels are only scaled and moved; what is right already is left alone.
//! 2. The file is written in an allowed format within the bytes that are allowed ([`file`]).
//! 3. That file is decoded again, and every rule is measured on it ([`facts`], [`measure`]). What no program can tell is for the user to check.

mod canvas;
mod cut;
mod facts;
mod file;
mod frame;
mod ground;
mod head;
mod measure;
mod portrait;
mod words;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};

use super::params::{colour, param};
use super::{Artifact, Cost, FileOut, OpError, OpSpec, Operation, Outcome, Params, StepContext, speech, target};
use crate::imaging::colour::{Srgb8, to_hex};
use crate::imaging::{Affine, Format, Mask, Picture};
use crate::presets::{Ask, How, Preset, is_id};
use crate::text::Text;
use canvas::Window;
use facts::Facts;
use measure::{HeadMeasures, Verdict};

/// Enlarging less than this is not seen.
const SEEN_ENLARGED: f64 = 1.05;
/// Most of the frame that may be left around a subject on each side.
const MOST_MARGIN: f64 = 0.45;

/// A format that platforms take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum FitFormat {
    /// With transparency.
    Png,
    /// Without transparency.
    #[serde(alias = "jpg")]
    Jpeg,
}

/// Whose rules, and what differs from the preset.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FitParams {
    /// The preset: `amazon.main`, `taobao.main`, `taobao.34`, `taobao.white`, `taobao.transparent`, `tmall.main`, `jd.main`, `pinduoduo.main`,
    /// `shopify.square`, `xiaohongshu.cover`, `xiaohongshu.shop`, `wechat.sticker`, `instagram.square`, `instagram.portrait`, `instagram.landscape`,
    /// `instagram.story`, `appstore.6_9`, `appstore.6_7`, `appstore.ipad_13`, `googleplay.icon`, `googleplay.feature`, `googleplay.phone`, `id.1inch`,
    /// `id.small1inch`, `id.2inch`, `id.small2inch`, `passport.cn`, `passport.us`, `passport.eu`, `visa.schengen` … `/api/v1/presets` lists all of them,
    /// the server's own included.
    #[schemars(length(min = 3, max = 40))]
    platform: String,
    /// Behind a subject that is cut out: hex, a CSS name, for ID photos `white`, `blue` or `red`; the preset's own unless it says otherwise.
    #[serde(default)]
    background: Option<String>,
    /// Around a subject that is cut out, on the side where it is nearest to the edge, as a share of the frame.
    #[serde(default)]
    #[schemars(range(min = 0, max = 0.45))]
    margin: Option<f64>,
    /// `jpeg` or `png`; one that the preset allows unless it says otherwise.
    #[serde(default)]
    format: Option<FitFormat>,
    /// The file is at most this long, besides what the preset allows. 1 KB = 1000 bytes.
    #[serde(default)]
    #[schemars(range(min = 256))]
    max_bytes: Option<u64>,
}

static SPEC: OpSpec = OpSpec {
    name: "fit",
    summary_zh: "按平台规格处理，并逐条检查",
    summary_en: "Makes a picture comply with a platform's rules, with a report of each",
    available: true,
    exact_outside_target: false,
    takes_target: false,
    makes_version: true,
    models: target::JOBS,
    cost: Cost::Model,
    params: || schemars::schema_for!(FitParams),
    speech: &speech::FIT,
};

pub(super) struct Fit;

impl Operation for Fit {
    fn spec(&self) -> &'static OpSpec {
        &SPEC
    }

    fn check(&self, params: &Params) -> Result<(), OpError> {
        let p: FitParams = params.read()?;
        if !is_id(&p.platform) {
            return Err(unknown(&p.platform, &crate::presets::Presets::embedded()));
        }
        match p.background.as_deref() {
            None | Some("transparent") => Ok(()),
            Some(text) => colour("background", text).map(drop),
        }
    }

    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError> {
        let p: FitParams = params.read()?;
        let presets = step.models.presets();
        let preset = presets.find(&p.platform).ok_or_else(|| unknown(&p.platform, &presets))?;
        let ground = p.ground(preset)?;
        let made = match (preset.make.how, ground) {
            (How::Cut, ground) => cut::make(step, preset, ground, p.margin)?,
            (How::Portrait, Some(colour)) => portrait::make(step, preset, colour)?,
            (How::Portrait, None) => return Err(param("background", "证件照要有底色。", "An ID photo has a background colour.")),
            (How::Cover | How::Contain, _) => frame::make(step, preset)?,
        };
        step.preview(&Text::new("按规格排好", "Laid out"), None, &made.picture);
        tell_enlarged(step, &made);
        let wish = file::Wish { format: p.format.map(FitFormat::format), max_bytes: p.max_bytes };
        let (encoded, quality) = file::write(step, preset, &made.picture, &wish)?;
        let verdicts = report(step, preset, &encoded.bytes)?;
        step.notices.extend(encoded.notices);
        let mut resolved = Map::new();
        resolved.insert("format".to_owned(), json!(encoded.format.name()));
        if let Some(colour) = made.colour {
            resolved.insert("background".to_owned(), json!(to_hex(colour)));
        }
        if let Some(quality) = quality {
            resolved.insert("quality".to_owned(), json!(quality));
        }
        let (width, height) = (made.picture.width(), made.picture.height());
        let file = FileOut {
            bytes: Arc::new(encoded.bytes),
            mime: encoded.format.mime(),
            extension: encoded.format.extension(),
            width,
            height,
            part: None,
        };
        let map = made.window.map_or(Affine::IDENTITY, |window| window.map((width, height)));
        let artifacts = made.matte.iter().map(|matte| ("matte", Artifact::Mask(matte.clone()))).collect();
        Ok(Outcome {
            files: vec![file],
            report: Some(verdicts),
            resolved,
            artifacts,
            mask: made.matte,
            ..Outcome::picture(made.picture, Some(map))
        })
    }
}

impl FitFormat {
    fn format(self) -> Format {
        match self {
            FitFormat::Png => Format::Png,
            FitFormat::Jpeg => Format::Jpeg,
        }
    }
}

impl FitParams {
    /// What is put behind a subject; `None` is transparency. Of an ID photo "blue" and "red" are the preset's own.
    fn ground(&self, preset: &Preset) -> Result<Option<Srgb8>, OpError> {
        let own = || preset.colours().next();
        if matches!(preset.make.how, How::Cover | How::Contain) {
            return match (&self.background, self.margin) {
                (None, None) => Ok(None),
                (Some(_), _) => Err(not_cut("background", preset)),
                (None, Some(_)) => Err(not_cut("margin", preset)),
            };
        }
        if let (Some(_), How::Portrait) = (self.margin, preset.make.how) {
            return Err(param(
                "margin",
                "证件照的留白由头部的位置决定。",
                "In an ID photo the head's place decides what is left around it.",
            ));
        }
        if self.margin.is_some_and(|m| !(0.0..=MOST_MARGIN).contains(&m)) {
            return Err(param("margin", "margin 应在 0 到 0.45 之间。", "`margin` is 0 to 0.45."));
        }
        match self.background.as_deref() {
            None => Ok(own()),
            Some("transparent") => Ok(None),
            Some(text) => {
                let wanted = colour("background", text)?;
                // Pure blue and red are names here, not colours: the preset has its own.
                let named = match wanted {
                    [0, 0, 255] => preset.colours().find(|c| c[2] > c[0] && c[2] > c[1]),
                    [255, 0, 0] => preset.colours().find(|c| c[0] > c[1] && c[0] > c[2]),
                    _ => None,
                };
                Ok(Some(named.unwrap_or(wanted)))
            }
        }
    }
}

fn not_cut(field: &str, preset: &Preset) -> OpError {
    param(
        field,
        format!("“{}”不抠图，{field} 用不上。要换背景请先换好再按规格处理。", preset.name_zh),
        format!("“{}” keeps its background, so `{field}` does not apply. Replace the background first.", preset.name_en),
    )
}

fn unknown(id: &str, presets: &crate::presets::Presets) -> OpError {
    let known: Vec<&str> = presets.all().iter().map(|p| p.id.as_str()).collect();
    let known = known.join(", ");
    let shown: String = id.chars().take(40).collect();
    param("platform", format!("没有名为“{shown}”的规格。可用的有：{known}。"), format!("There is no preset `{shown}`. There are: {known}."))
}

/// What a rule of a preset asks, in words.
pub fn rule_words(ask: &Ask) -> Text {
    words::asked(ask)
}

/// A result before it is written.
struct Made {
    picture: Arc<Picture>,
    /// What of the input is seen; `None`: all of it, as it is.
    window: Option<Window>,
    /// Result pixels for one of the input's.
    enlarged: f64,
    /// The plain background that it has.
    colour: Option<Srgb8>,
    /// The subject's alpha, the size of the input.
    matte: Option<Arc<Mask>>,
}

impl Made {
    fn of(picture: Picture) -> Made {
        Made { picture: Arc::new(picture), window: None, enlarged: 1.0, colour: None, matte: None }
    }

    fn unchanged(picture: Arc<Picture>) -> Made {
        Made { picture, window: None, enlarged: 1.0, colour: None, matte: None }
    }
}

/// The picture with 8 bits a channel, which is what platforms take.
fn flat(picture: &Arc<Picture>) -> Arc<Picture> {
    match picture.deep() {
        None => picture.clone(),
        Some(_) => Arc::new(Picture::from_rgba8(picture.width(), picture.height(), picture.rgba8().to_vec())),
    }
}

fn tell_enlarged(step: &mut StepContext<'_>, made: &Made) {
    if made.enlarged > SEEN_ENLARGED {
        let times = (made.enlarged * 10.0).round() / 10.0;
        step.warn(
            "enlarged",
            format!("原图不够大，放大了 {times} 倍，会不够清晰。用更大的原图，或先做高清放大。"),
            format!("The picture is too small and was enlarged {times} times, so it is not sharp. Use a larger one, or upscale it first."),
        );
    }
}

/// Every rule on the file, decoded again.
fn report(step: &mut StepContext<'_>, preset: &Preset, bytes: &[u8]) -> Result<(serde_json::Value, Text), OpError> {
    step.check_cancel()?;
    step.watch.progress(step.step, None, &Text::new("正在逐条检查", "Checking each rule"));
    let facts = Facts::of(bytes, step.limits)?;
    let head = match preset.rules.iter().any(|r| r.ask.of_a_head()) {
        true => head_in(step, preset, &facts)?,
        false => None,
    };
    let verdicts = measure::all(preset, &facts, head.as_ref());
    tell_uneven(step, &verdicts);
    Ok((as_json(preset, &verdicts), in_words(preset, &verdicts)))
}

/// Why a background or a fill is not as asked although a subject was cut out.
fn tell_uneven(step: &mut StepContext<'_>, verdicts: &[Verdict]) {
    let failed = verdicts.iter().any(|v| v.result == measure::Outcome::Fail && matches!(v.rule, "background" | "fill"));
    if failed && !step.notices.iter().any(|n| n.code == "subject_not_found") {
        step.warn(
            "background_uneven",
            "主体有些地方很淡，或本来就和底色一样浅，分不清边界，所以底色不完全符合。换一张主体与背景分明的图，或把主体涂抹出来再抠。",
            "Parts of the subject are faint or as light as the background, so that where it ends cannot be told. Use a picture in which it stands out, or paint over it and cut it out first.",
        );
    }
}

/// The head in the file's own picture.
fn head_in(step: &mut StepContext<'_>, preset: &Preset, facts: &Facts) -> Result<Option<HeadMeasures>, OpError> {
    let (input, known) = (std::mem::replace(&mut step.input, facts.picture.clone()), step.known.take());
    let found = head::largest_face(step);
    (step.input, step.known) = (input, known);
    Ok(found?.and_then(|marks| HeadMeasures::of(&marks, facts, preset)))
}

fn as_json(preset: &Preset, verdicts: &[Verdict]) -> serde_json::Value {
    json!({
        "platform": preset.id,
        "name": { "zh": preset.name_zh, "en": preset.name_en },
        "passed": verdicts.iter().all(|v| v.result != measure::Outcome::Fail),
        "rules": verdicts,
    })
}

fn in_words(preset: &Preset, verdicts: &[Verdict]) -> Text {
    let count = |result| verdicts.iter().filter(|v| v.result == result).count();
    let (passed, failed, open) = (count(measure::Outcome::Pass), count(measure::Outcome::Fail), count(measure::Outcome::Check));
    let (zh, en) = match failed {
        0 => (format!("{passed} 项符合"), format!("{passed} rules met")),
        n => (format!("{passed} 项符合，{n} 项不符合"), format!("{passed} rules met, {n} not met")),
    };
    let mut text =
        Text::new(format!("{}：{zh}，{open} 项请您确认。", preset.name_zh), format!("{}: {en}, {open} for you to check.", preset.name_en));
    for verdict in verdicts {
        let mark = match verdict.result {
            measure::Outcome::Pass => '✓',
            measure::Outcome::Fail => '✗',
            measure::Outcome::Check => '?',
        };
        text.zh.push_str(&format!("\n{mark} {}", verdict.words.zh));
        text.en.push_str(&format!("\n{mark} {}", verdict.words.en));
    }
    text
}

#[cfg(test)]
mod tests;
