//! A rule and what was measured, as a sentence in both languages.

use serde_json::Value;

use super::measure::Outcome;
use crate::imaging::Format;
use crate::plan::file_size;
use crate::presets::Ask;
use crate::text::Text;

/// What a rule asks, what was measured and what that means.
pub fn of(ask: &Ask, measured: &Value, result: Outcome) -> Text {
    if let Ask::Manual { zh, en } = ask {
        return Text::new(format!("请您自己确认：{zh}"), format!("For you to check: {en}"));
    }
    let asked = asked(ask);
    let found = found(ask, measured);
    let (zh, en) = match (result, measured.is_null()) {
        (Outcome::Check, _) => ("无法测量，请您自己确认".to_owned(), "could not be measured, for you to check".to_owned()),
        (_, true) => ("没有测到".to_owned(), "nothing was found to measure".to_owned()),
        (Outcome::Pass, _) => (format!("实测{}", found.zh), format!("measured {}", found.en)),
        (Outcome::Fail, _) => (format!("实测{}，不符合", found.zh), format!("measured {}, which is not as asked", found.en)),
    };
    Text::new(format!("{}；{zh}", asked.zh), format!("{}; {en}", asked.en))
}

fn either<T>(all: &[T], zh: impl Fn(&T) -> String) -> Text {
    let words: Vec<String> = all.iter().map(zh).collect();
    Text::new(words.join(" 或 "), words.join(" or "))
}

fn range(min: Option<f64>, max: Option<f64>, unit: (&str, &str)) -> Text {
    let (zh, en) = unit;
    match (min, max) {
        (Some(min), Some(max)) => Text::new(format!("{min} 到 {max}{zh}"), format!("{min} to {max}{en}")),
        (Some(min), None) => Text::new(format!("至少 {min}{zh}"), format!("at least {min}{en}")),
        (None, Some(max)) => Text::new(format!("最多 {max}{zh}"), format!("at most {max}{en}")),
        (None, None) => Text::new("不限", "anything"),
    }
}

fn said(zh: &str, en: &str, what: &Text) -> Text {
    Text::new(format!("{zh} {}", what.zh), format!("{en} {}", what.en))
}

/// What a rule asks.
pub fn asked(ask: &Ask) -> Text {
    const PX: (&str, &str) = (" 像素", " pixels");
    const MM: (&str, &str) = (" 毫米", " mm");
    let px = |min: &Option<u32>, max: &Option<u32>| range(min.map(f64::from), max.map(f64::from), PX);
    match ask {
        Ask::Size { any } => said("尺寸", "Size", &either(any, |[w, h]| format!("{w}×{h}"))),
        Ask::Sides { min, max } => said("每边", "Each side", &px(min, max)),
        Ask::Longest { min, max } => said("长边", "Longer side", &px(min, max)),
        Ask::Shortest { min } => said("短边", "Shorter side", &px(&Some(*min), &None)),
        Ask::Pixels { max } => said("总像素", "Pixels in all", &range(None, Some(*max as f64 / 1e6), (" 百万", " million"))),
        Ask::Aspect { any } => said("比例", "Aspect", &either(any, |[w, h]| format!("{w}:{h}"))),
        Ask::Shape { min, max } => said("宽高比", "Width ÷ height", &range(Some(*min), Some(*max), ("", ""))),
        Ask::Background { any, tolerance, beyond_px } => {
            let exact = match tolerance {
                0 => Text::new("每个像素都正好", "every pixel exactly"),
                n => Text::new(format!("每通道最多差 {n}"), format!("no channel off by more than {n}")),
            };
            let colours = either(any, Clone::clone);
            Text::new(
                format!("背景 {}，{}（离主体 {beyond_px} 像素以外）", colours.zh, exact.zh),
                format!("Background {}, {} (from {beyond_px} pixels around the subject on)", colours.en, exact.en),
            )
        }
        Ask::Fill { min, max } => {
            let per_cent = range(Some((min * 100.0).round()), max.map(|m| (m * 100.0).round()), ("%", "%"));
            Text::new(format!("主体占画面{}", per_cent.zh), format!("The subject takes {} of the frame", per_cent.en))
        }
        Ask::Clearance { min } => said("主体离边缘", "From the subject to the edge", &px(&Some(*min), &None)),
        Ask::Format { any } => said("格式", "Format", &either(any, |f| f.label().to_owned())),
        Ask::Bytes { max, min } => match min {
            None => Text::new(format!("文件不超过 {}", file_size(*max as f64)), format!("File of {} at most", file_size(*max as f64))),
            Some(min) => {
                let (least, most) = (file_size(*min as f64), file_size(*max as f64));
                Text::new(format!("文件 {least} 到 {most}"), format!("File of {least} to {most}"))
            }
        },
        Ask::Depth { any } => said("每像素位数", "Bits per pixel", &either(any, ToString::to_string)),
        Ask::Srgb => Text::new("色彩空间 sRGB", "Colour space sRGB"),
        Ask::Opaque => Text::new("没有透明通道", "No alpha channel"),
        Ask::Transparent => Text::new("背景透明", "Transparent background"),
        Ask::Dpi { is } => Text::new(format!("分辨率 {is} dpi"), format!("{is} pixels per inch")),
        Ask::Head { min, max } => said("头顶到下巴", "Crown to chin", &range(Some(*min), Some(*max), MM)),
        Ask::HeadTop { min, max } => said("头顶到上边", "Crown to the upper edge", &range(Some(*min), Some(*max), MM)),
        Ask::Eyes { min, max } => said("眼睛到下边", "Eyes to the lower edge", &range(Some(*min), Some(*max), MM)),
        Ask::BelowChin { min } => said("下巴到下边", "Chin to the lower edge", &range(Some(*min), None, MM)),
        Ask::Manual { zh, en } => Text::new(zh, en),
    }
}

fn found(ask: &Ask, measured: &Value) -> Text {
    let number = |unit: (&str, &str)| Text::new(format!(" {measured}{}", unit.0), format!("{measured}{}", unit.1));
    let pair = || match measured.as_array().map(Vec::as_slice) {
        Some([w, h]) => Text::new(format!(" {w}×{h}"), format!("{w}×{h}")),
        _ => number(("", "")),
    };
    match ask {
        Ask::Size { .. } | Ask::Sides { .. } | Ask::Aspect { .. } => pair(),
        Ask::Longest { .. } | Ask::Shortest { .. } | Ask::Clearance { .. } => number((" 像素", " pixels")),
        Ask::Pixels { .. } => {
            let millions = (measured.as_f64().unwrap_or(0.0) / 1e4).round() / 100.0;
            Text::new(format!(" {millions} 百万"), format!("{millions} million"))
        }
        Ask::Background { .. } => background(measured),
        Ask::Fill { .. } => {
            let per_cent = (measured.as_f64().unwrap_or(0.0) * 1000.0).round() / 10.0;
            Text::new(format!(" {per_cent}%"), format!("{per_cent}%"))
        }
        Ask::Transparent => {
            let per_cent = (measured.as_f64().unwrap_or(0.0) * 1000.0).round() / 10.0;
            Text::new(format!("边缘 {per_cent}% 透明"), format!("{per_cent}% of the outermost pixels transparent"))
        }
        Ask::Format { .. } => {
            let label = measured.as_str().and_then(Format::parse).map_or("?", Format::label);
            Text::new(format!(" {label}"), label)
        }
        Ask::Bytes { .. } => {
            let size = file_size((measured.as_f64().unwrap_or(0.0) / 100.0).round() * 100.0);
            Text::new(format!(" {size}"), size)
        }
        Ask::Srgb => match measured.as_str() {
            Some("none") => Text::new("没有嵌入配置文件，即 sRGB", "no profile, which means sRGB"),
            name => {
                let name = name.unwrap_or("?");
                Text::new(format!("配置文件“{name}”"), format!("the profile “{name}”"))
            }
        },
        Ask::Opaque => match measured.as_bool() {
            Some(true) => Text::new("有透明通道", "an alpha channel"),
            _ => Text::new("没有", "none"),
        },
        Ask::Dpi { .. } => number((" dpi", " pixels per inch")),
        Ask::Head { .. } | Ask::HeadTop { .. } | Ask::Eyes { .. } | Ask::BelowChin { .. } => number((" 毫米", " mm")),
        Ask::Shape { .. } | Ask::Depth { .. } | Ask::Manual { .. } => number(("", "")),
    }
}

fn background(measured: &Value) -> Text {
    let colour = measured["color"].as_str().unwrap_or("?");
    let edge = (measured["edge_share"].as_f64().unwrap_or(0.0) * 1000.0).round() / 10.0;
    let (wrong, worst) = (&measured["wrong_pixels"], &measured["worst"]);
    if wrong == 0 {
        Text::new(
            format!(" {colour}，边缘 {edge}% 是它，最大偏差 {worst}"),
            format!("{colour}: {edge}% of the outermost pixels, largest difference {worst}"),
        )
    } else {
        Text::new(
            format!(" {colour}，边缘 {edge}% 是它，有 {wrong} 个像素偏离，最大偏差 {worst}"),
            format!("{colour}: {edge}% of the outermost pixels; {wrong} pixels are off, by {worst} at most"),
        )
    }
}
