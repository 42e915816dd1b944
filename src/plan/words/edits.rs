//! One sentence for each operation: what is done, in words that the planner reads back as the same step.

use serde_json::Value;

use super::parts::{colour, image, language, platform, side, target};
use super::{Said, with};
use crate::plan::types::Step;
use crate::text::Text;

fn same(text: impl Into<String>) -> Text {
    let text = text.into();
    Text::new(text.clone(), text)
}

fn aimed(step: &Step) -> Option<Text> {
    step.params.get("target").map(target)
}

/// Chinese and English pieces put together, with nothing between in Chinese and spaces in English.
#[derive(Default)]
struct Sentence {
    zh: Vec<String>,
    en: Vec<String>,
}

impl Sentence {
    fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Sentence::default().and(zh, en)
    }

    fn and(mut self, zh: impl Into<String>, en: impl Into<String>) -> Self {
        self.zh.push(zh.into());
        self.en.push(en.into());
        self
    }

    fn text(&self) -> Text {
        let join = |pieces: &[String], between: &str| pieces.iter().filter(|p| !p.is_empty()).cloned().collect::<Vec<_>>().join(between);
        Text::new(join(&self.zh, ""), join(&self.en, " "))
    }
}

/// What a step does.
pub fn say(step: &Step) -> Text {
    match step.op.as_str() {
        "cutout" => {
            let trimmed = step.yes("trim").then(|| Text::new("裁紧", "trim it tight"));
            with("抠图", "Cut out", &aimed(step).into_iter().chain(trimmed).collect::<Vec<_>>())
        }
        "background" => background(step),
        "crop" => crop(step),
        "resize" => resize(step),
        "pad" => pad(step),
        "rotate" => rotate(step),
        "flip" if step.str("axis") == Some("vertical") => Text::new("上下翻转", "Flip vertically"),
        "flip" => Text::new("左右翻转", "Flip horizontally"),
        "export" => export(step),
        "describe" => Text::new("描述图片", "Describe the picture"),
        "text.read" | "text.remove" | "text.replace" | "text.translate" | "text.add" | "watermark" => writing(step),
        "mockup" | "stickers" | "cover" | "poster" | "fit" | "generate" | "restyle" | "repaint" | "expand" => made(step),
        "compose" | "stitch" | "split" | "swap" | "place" | "match" => pictures(step),
        "adjust" | "filter" | "enhance" | "sharpen" | "denoise" | "deblur" | "restore" | "colorize" | "upscale" | "retouch" | "detail" => {
            look(step)
        }
        _ => part(step),
    }
}

fn background(step: &Step) -> Text {
    let mut details: Vec<Text> = match step.str("fill").unwrap_or("color") {
        "transparent" => vec![Text::new("透明", "transparent")],
        "blur" => vec![match step.num("radius") {
            Some(r) => Text::new(format!("虚化 {r} 像素"), format!("blurred by {r} px")),
            None => Text::new("虚化", "blurred"),
        }],
        "image" => vec![step.str("image").map(image).unwrap_or_else(|| Text::new("图片", "a picture"))],
        "gradient" if step.str("color2").is_none() => {
            let base = colour(step.str("color").unwrap_or("#ffffff"));
            vec![Text::new(format!("{}影棚", base.zh), format!("a studio backdrop in {}", base.en))]
        }
        "gradient" => {
            let (a, b) = (colour(step.str("color").unwrap_or("#ffffff")), colour(step.str("color2").unwrap_or("#ffffff")));
            vec![Text::new(format!("从{}到{}渐变", a.zh, b.zh), format!("gradient from {} to {}", a.en, b.en))]
        }
        _ => vec![colour(step.str("color").unwrap_or("#ffffff"))],
    };
    details.extend(match step.str("shadow") {
        Some("drop") => Some(Text::new("加阴影", "with a shadow")),
        Some("contact") => Some(Text::new("加接触阴影", "with a contact shadow")),
        Some("reflection") => Some(Text::new("加倒影", "with a reflection")),
        Some("none") => Some(Text::new("不要阴影", "no shadow")),
        _ => None,
    });
    details.extend(step.params.get("target").map(target).map(|t| Text::new(format!("保留{}", t.zh), format!("keeping the {}", t.en))));
    with("背景", "Background", &details)
}

fn crop(step: &Step) -> Text {
    if let Some(sides) = step.params.get("box").and_then(|area| trimmed(area, step.str("unit"))) {
        return sides;
    }
    let mut said = Sentence::new("裁剪", "Crop");
    if let Some(aspect) = step.str("aspect") {
        said = said.and(format!("成 {aspect}"), format!("to {aspect}"));
    }
    said = match step.str("to") {
        Some("face") => said.and("到人脸", "around the face"),
        Some("people") => said.and("到人物", "around the people"),
        Some(_) => said.and("到主体", "around the subject"),
        None => said,
    };
    let mut text = said.text();
    if let Some(margin) = step.num("margin") {
        text = Text::new(format!("{}，边距 {margin} 像素", text.zh), format!("{}, margin {margin} px", text.en));
    }
    text
}

/// A box by what it takes away, where it takes from one side or all alike; else its numbers.
fn trimmed(area: &Value, unit: Option<&str>) -> Option<Text> {
    let numbers: Vec<f64> = area.as_array()?.iter().filter_map(Value::as_f64).collect();
    let [x, y, w, h] = numbers[..] else { return None };
    if unit != Some("fraction") {
        return Some(Text::new(format!("裁剪：左 {x} 上 {y} 宽 {w} 高 {h}"), format!("Crop: left {x}, top {y}, width {w}, height {h}")));
    }
    let percent = |v: f64| (v * 10_000.0).round() / 100.0;
    let (left, top, right, bottom) = (percent(x), percent(y), percent(1.0 - x - w), percent(1.0 - y - h));
    let off = |zh: &str, en: &str, share: f64| Some(Text::new(format!("裁掉{zh} {share}%"), format!("Crop off {share}% on {en}")));
    match (left, top, right, bottom) {
        (l, 0.0, 0.0, 0.0) => off("左侧", "the left", l),
        (0.0, t, 0.0, 0.0) => off("上方", "the top", t),
        (0.0, 0.0, r, 0.0) => off("右侧", "the right", r),
        (0.0, 0.0, 0.0, b) => off("下方", "the bottom", b),
        (l, t, r, b) if l == t && t == r && r == b => off("四周", "all sides", l),
        (l, 0.0, r, 0.0) if l == r => off("左右两侧各", "the left and right", l),
        (0.0, t, 0.0, b) if t == b => off("上下两侧各", "the top and bottom", t),
        _ => Some(Text::new(
            format!("裁剪：左 {left}% 上 {top}% 宽 {}% 高 {}%", percent(w), percent(h)),
            format!("Crop: left {left}%, top {top}%, width {}%, height {}%", percent(w), percent(h)),
        )),
    }
}

fn resize(step: &Step) -> Text {
    let px = |name: &str| step.num(name);
    let size = match (px("width"), px("height"), px("scale")) {
        (Some(w), Some(h), _) => Text::new(format!("到 {w}×{h}"), format!("to {w}×{h}")),
        (Some(w), None, _) => Text::new(format!("到宽 {w} 像素"), format!("to {w} px wide")),
        (None, Some(h), _) => Text::new(format!("到高 {h} 像素"), format!("to {h} px high")),
        (_, _, Some(s)) => {
            let share = (s * 1e4).round() / 100.0;
            Text::new(format!("到 {share}%"), format!("to {share}%"))
        }
        _ => Text::new("", ""),
    };
    if step.str("fit") == Some("fill") {
        return Text::new(format!("拉伸{}", size.zh), format!("Stretch {}", size.en));
    }
    let how = match step.str("fit") {
        Some("cover") => Text::new("，铺满画面", ", fill the frame"),
        _ => Text::new("", ""),
    };
    Text::new(format!("缩放{}{}", size.zh, how.zh), format!("Resize {}{}", size.en, how.en).trim_end().to_owned())
}

fn pad(step: &Step) -> Text {
    let sides = ["left", "right", "top", "bottom"].map(|s| step.num(s));
    let mut details: Vec<Text> = step.str("aspect").map(same).into_iter().collect();
    if let (Some(w), Some(h)) = (step.num("width"), step.num("height")) {
        details.push(same(format!("{w}×{h}")));
    }
    details.extend(step.num("margin").map(|px| Text::new(format!("四周 {px} 像素"), format!("{px} px on every side"))));
    match sides {
        [Some(a), Some(b), Some(c), Some(d)] if a == b && b == c && c == d => {
            details.push(Text::new(format!("四周 {a} 像素"), format!("{a} px on every side")))
        }
        [Some(a), Some(b), None, None] if a == b => details.push(Text::new(format!("左右两边 {a} 像素"), format!("both sides {a} px"))),
        [None, None, Some(a), Some(b)] if a == b => {
            details.push(Text::new(format!("上下两边 {a} 像素"), format!("above and below {a} px")))
        }
        _ => details.extend(["left", "right", "top", "bottom"].iter().zip(sides).filter_map(|(name, px)| {
            let name = side(name);
            px.map(|px| Text::new(format!("{} {px} 像素", name.zh), format!("{} {px} px", name.en)))
        })),
    }
    let clear = step.str("color") == Some("transparent");
    details.extend(step.str("color").filter(|_| !clear).map(colour));
    details.extend(match step.str("fill") {
        Some("blur") => Some(Text::new("模糊填充", "blur fill")),
        Some("mirror") => Some(Text::new("镜像填充", "mirrored edges")),
        _ => None,
    });
    if clear { with("补透明边", "Add a transparent border", &details) } else { with("补边", "Pad", &details) }
}

fn rotate(step: &Step) -> Text {
    let turned = turned(step);
    match step.params.get("trim").and_then(Value::as_bool) {
        Some(true) if step.num("degrees").is_some() => {
            Text::new(format!("{}，裁掉空角", turned.zh), format!("{}, crop the empty corners", turned.en))
        }
        Some(false) if step.yes("auto") => Text::new(format!("{}，不裁剪", turned.zh), format!("{} without cropping", turned.en)),
        _ => turned,
    }
}

fn turned(step: &Step) -> Text {
    match step.num("degrees") {
        Some(d) if d < 0.0 => Text::new(format!("逆时针旋转 {} 度", -d), format!("Rotate {} degrees counter-clockwise", -d)),
        Some(d) => Text::new(format!("顺时针旋转 {d} 度"), format!("Rotate {d} degrees clockwise")),
        None => Text::new("自动拉直", "Straighten"),
    }
}

fn export(step: &Step) -> Text {
    let format = step.str("format").map(|f| match f {
        "jpeg" => "JPEG".to_owned(),
        "webp" => "WebP".to_owned(),
        f => f.to_uppercase(),
    });
    let mut details: Vec<Text> = format.map(same).into_iter().collect();
    details.extend(step.num("quality").map(|q| Text::new(format!("质量 {q}"), format!("quality {q}"))));
    details.extend(step.num("max_bytes").map(|b| {
        let size = super::file_size(b);
        Text::new(format!("不超过 {size}"), format!("under {size}"))
    }));
    details.extend(step.num("dpi").map(|d| same(format!("{d} dpi"))));
    details.extend(match step.str("metadata") {
        Some("keep") if step.params.get("gps").is_some_and(|v| v == true) => {
            Some(Text::new("保留元数据和拍摄地点", "keep metadata and place"))
        }
        Some("keep") => Some(Text::new("保留元数据", "keep metadata")),
        Some("strip") => Some(Text::new("不带元数据", "without metadata")),
        Some("recipe") => Some(Text::new("附带配方", "with the recipe inside")),
        _ => None,
    });
    with("导出", "Export", &details)
}

/// With the article, unless it says "all" or how many.
fn the(what: &str) -> String {
    let own = what.starts_with("all ") || what.starts_with(|c: char| c.is_ascii_digit());
    if own { what.to_owned() } else { format!("the {what}") }
}

/// Operations on a part of the picture.
fn part(step: &Step) -> Text {
    let aim = aimed(step);
    let list: Vec<Text> = aim.clone().into_iter().collect();
    let whole = Text::new("主体", "main subject");
    let aim = aim.unwrap_or(whole);
    match step.op.as_str() {
        "erase" => with("去除", "Remove", &list),
        "select" => with("选中", "Select", &list),
        "recolor" => {
            let share = step.num("strength").map(|s| Text::new(format!("强度 {}%", percent(s)), format!("strength {}%", percent(s))));
            with("换颜色", "Recolour", &list.into_iter().chain(step.str("color").map(colour)).chain(share).collect::<Vec<_>>())
        }
        "redact" => match step.str("style") {
            Some("pixelate") => Text::new(format!("给{}打马赛克", aim.zh), format!("Pixelate {}", the(&aim.en))),
            Some("blur") => Text::new(format!("模糊{}", aim.zh), format!("Blur {}", the(&aim.en))),
            Some("solid") => Text::new(format!("涂黑{}", aim.zh), format!("Black out {}", the(&aim.en))),
            _ => with("打码", "Censor", &list),
        },
        "revert" => {
            let from = image(step.str("from").unwrap_or("original"));
            Text::new(format!("把{}还原成{}", aim.zh, from.zh), format!("Bring back {} from {}", the(&aim.en), super::the(&from.en)))
        }
        other => same(other),
    }
}

/// Operations that take several pictures.
fn pictures(step: &Step) -> Text {
    let other = |name: &str| step.str(name).map(image).unwrap_or_else(|| Text::new("另一张图", "another picture"));
    match step.op.as_str() {
        "swap" => {
            let aim = aimed(step).unwrap_or_else(|| Text::new("产品", "product"));
            let with = other("with");
            Text::new(format!("把{}替换成{}", aim.zh, with.zh), format!("Swap {} with {}", the(&aim.en), with.en))
        }
        "place" => {
            let picture = other("image");
            let mut said = Sentence::new(format!("把{}放到", picture.zh), format!("Put {}", picture.en));
            said = match step.str("position").map(side) {
                Some(place) => said.and(place.zh, at(&place.en)),
                None => said.and("图上", "on it"),
            };
            if let Some(share) = step.num("scale") {
                said = said.and(format!(" 大小 {}%", percent(share)), format!("at size {}%", percent(share)));
            }
            if let Some(px) = step.num("width") {
                said = said.and(format!(" 宽 {px} 像素"), format!("{px} px wide"));
            }
            if let Some(share) = step.num("opacity") {
                said = said.and(format!(" 不透明度 {}%", percent(share)), format!("at {}% opacity", percent(share)));
            }
            if let Some(degrees) = step.num("rotate").filter(|d| *d != 0.0) {
                said = said.and(format!(" {}", turn_zh(degrees)), turn_en(degrees));
            }
            let text = said.text();
            Text::new(text.zh, text.en.replace(" ,", ","))
        }
        "match" => {
            let to = other("to");
            let share = step.num("strength").map(|s| format!(" {}%", percent(s))).unwrap_or_default();
            Text::new(format!("匹配{}的色调{share}", to.zh), format!("Match the colours of {}{}", to.en, share.replacen(' ', " at ", 1)))
        }
        "compose" => {
            let layout = match step.str("layout") {
                Some("row") => Text::new("把这些图排成一排", "Arrange them in a row"),
                Some("grid") => Text::new("把这些图排成网格", "Arrange them in a grid"),
                Some("shelf") => Text::new("把这些图组合到货架上", "Arrange them on a shelf"),
                Some("scene") => Text::new("组合成场景图", "Arrange them in a scene"),
                _ => Text::new("组合成一张", "Combine them"),
            };
            let mut said = layout;
            let mut also = |zh: String, en: String| {
                said.zh.push_str(&format!("，{zh}"));
                said.en.push_str(&format!(", {en}"));
            };
            match step.str("background") {
                Some(name) if name.starts_with("image:") || name.starts_with("version:") => {
                    let behind = image(name);
                    also(format!("背景用{}", behind.zh), format!("on {}", behind.en));
                }
                Some(name) => also(format!("背景{}", colour(name).zh), format!("background {}", colour(name).en)),
                None => {}
            }
            for size in step.params.get("sizes").and_then(|v| v.as_array()).into_iter().flatten() {
                match (size["width"].as_f64(), size["height"].as_f64()) {
                    (Some(w), _) => also(format!("{w} 米宽"), format!("{w} m wide")),
                    (None, Some(h)) => also(format!("{h} 米高"), format!("{h} m tall")),
                    _ => {}
                }
            }
            let captions: Vec<String> = step
                .params
                .get("captions")
                .and_then(Value::as_array)
                .map(|l| l.iter().filter_map(Value::as_str).filter(|c| !c.is_empty()).map(|c| format!("“{}”", in_one_line(c))).collect())
                .unwrap_or_default();
            if !captions.is_empty() {
                also(format!("下面写{}", captions.join("")), format!("captions {}", captions.join(" ")));
            }
            said
        }
        "stitch" => {
            let how = match step.str("direction") {
                Some("horizontal") => Text::new("横向拼接", "Stitch side by side"),
                Some(_) => Text::new("竖向拼接", "Stitch vertically"),
                None => Text::new("拼接", "Stitch"),
            };
            match step.num("gap") {
                Some(gap) => Text::new(format!("{}，间隔 {gap} 像素", how.zh), format!("{}, gap {gap} px", how.en)),
                None => how,
            }
        }
        "split" if step.params.contains_key("at") => {
            let cuts = step.params.get("at").and_then(Value::as_array).map_or(0, Vec::len);
            Text::new(format!("按给定位置切成 {} 份", cuts + 1), format!("Split at given places into {} parts", cuts + 1))
        }
        "split" if step.num("max_height").is_some() => {
            let most = step.num("max_height").unwrap_or_default();
            let blank = if step.str("by") == Some("blank") { Text::new("按空白处", " at the blank bands") } else { Text::new("", "") };
            Text::new(format!("{}切分，每份最长 {most} 像素", blank.zh), format!("Split{}, {most} px each at most", blank.en))
        }
        _ => match (step.num("parts"), step.str("by")) {
            (Some(parts), _) => Text::new(format!("切成 {parts} 份"), format!("Split into {parts} parts")),
            (None, Some(_)) => Text::new("按空白处切分", "Split at the blank bands"),
            _ => Text::new("切分", "Split"),
        },
    }
}

fn turn_zh(degrees: f64) -> String {
    if degrees < 0.0 { format!("逆时针转 {} 度", -degrees) } else { format!("转 {degrees} 度") }
}

fn turn_en(degrees: f64) -> String {
    if degrees < 0.0 { format!(", {} degrees counter-clockwise", -degrees) } else { format!(", {degrees} degrees") }
}

/// A share in percent, without the noise of binary fractions.
fn percent(share: f64) -> f64 {
    (share * 1e4).round() / 100.0
}

/// Text in the picture, and marks on it.
fn writing(step: &Step) -> Text {
    let text = |name: &str| format!("“{}”", step.str(name).unwrap_or_default());
    match step.op.as_str() {
        "text.read" => match step.params.get("languages").and_then(|l| l[0].as_str()).map(language) {
            Some(lang) => Text::new(format!("读取{}的文字", lang.zh), format!("Read the {} text", lang.en)),
            None => Text::new("读取文字", "Read the text"),
        },
        "text.remove" => match step.params.get("target").and_then(|t| t["match"].as_str()) {
            Some(literal) => Text::new(format!("去除文字“{literal}”"), format!("Remove the text “{literal}”")),
            None => match aimed(step) {
                Some(aim) => with("去除", "Remove", &[aim]),
                None => Text::new("去除文字", "Remove the text"),
            },
        },
        "text.replace" => {
            let (find, to) = (text("find"), text("with"));
            Text::new(format!("把{find}改成{to}"), format!("Change {find} to {to}"))
        }
        "text.translate" => {
            let to = language(step.str("to").unwrap_or("en"));
            match step.str("from").map(language) {
                Some(from) => {
                    Text::new(format!("把{}翻译成{}", from.zh, to.zh), format!("Translate the text from {} to {}", from.en, to.en))
                }
                None => Text::new(format!("把文字翻译成{}", to.zh), format!("Translate the text to {}", to.en)),
            }
        }
        "text.add" => {
            let mut said = Sentence::default();
            if let Some(place) = step.str("position").map(side) {
                said = said.and(format!("在{}", place.zh), "");
                said = said.and(format!("加文字{}", text("text")), format!("Add the text {} {}", text("text"), at(&place.en)));
            } else {
                said = said.and(format!("加文字{}", text("text")), format!("Add the text {}", text("text")));
            }
            if let Some(c) = step.str("color").map(colour) {
                said = said.and(format!(" {}", c.zh), format!("in {}", c.en));
            }
            if let Some(size) = step.num("size") {
                said = said.and(format!(" {size} 像素"), format!("{size} px"));
            }
            said.text()
        }
        _ => watermark(step),
    }
}

/// "in the top left", but "at the top".
fn at(place: &str) -> String {
    let preposition = if matches!(place, "top" | "bottom" | "left" | "right") { "at" } else { "in" };
    format!("{preposition} the {place}")
}

fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn watermark(step: &Step) -> Text {
    let what = match (step.str("text"), step.str("image").map(image)) {
        (Some(text), _) => same(format!("“{}”", in_one_line(text))),
        (None, Some(image)) => image,
        _ => Text::new("", ""),
    };
    let mut said = Sentence::default();
    let place = step.str("position").map(side);
    if let Some(place) = &place {
        said = said.and(format!("在{}", place.zh), "");
    }
    let tiled = if step.yes("tile") { Text::new("平铺", "tiled ") } else { Text::new("", "") };
    said = said.and(format!("加{}水印{}", tiled.zh, what.zh), format!("Add the {}watermark {}", tiled.en, what.en).trim_end().to_owned());
    if let Some(place) = place {
        said = said.and("", at(&place.en));
    }
    if let Some(colour) = step.str("color").map(colour) {
        said = said.and(format!(" {}", colour.zh), format!("in {}", colour.en));
    }
    if let Some(size) = step.num("size") {
        said = said.and(format!(" {size} 像素"), format!("{size} px"));
    }
    if let Some(degrees) = step.num("rotate").filter(|d| *d != 0.0) {
        said = said.and(format!(" 旋转 {degrees}°"), format!("turned by {degrees}°"));
    }
    if let Some(share) = step.num("opacity") {
        said = said.and(format!(" 不透明度 {}%", percent(share)), format!("at {}% opacity", percent(share)));
    }
    said.text()
}

/// Packs, layouts and drawings.
fn made(step: &Step) -> Text {
    let text = |name: &str| step.str(name).map(|t| format!("“{t}”"));
    match step.op.as_str() {
        "mockup" => {
            let device = match step.str("device") {
                Some("phone") => Text::new("手机", "phone"),
                Some("tablet") => Text::new("平板", "tablet"),
                Some("laptop") => Text::new("笔记本", "laptop"),
                Some("browser") => Text::new("浏览器", "browser"),
                Some("watch") => Text::new("手表", "watch"),
                Some("poster") => Text::new("画框", "framed poster"),
                Some("box") => Text::new("包装盒", "packaging box"),
                _ => Text::new("", ""),
            };
            let own = step.str("color").map(colour).map(|c| (c.zh.to_string(), format!("{} ", c.en))).unwrap_or_default();
            let said = Text::new(
                format!("放进{}{}样机", own.0, device.zh),
                format!("Put it into a {}{} mockup", own.1, device.en).replace("a  ", "a "),
            );
            match step.str("background").map(colour) {
                Some(c) => Text::new(format!("{}，背景{}", said.zh, c.zh), format!("{}, background {}", said.en, c.en)),
                None => said,
            }
        }
        "stickers" => stickers(step),
        "cover" | "poster" => {
            let place = step.str("platform").map(platform).unwrap_or_else(|| Text::new("", ""));
            let mut said = if step.op == "cover" {
                Text::new(format!("做{}封面", place.zh), format!("Make a {} cover", place.en).replace("a  ", "a "))
            } else {
                let size = step.str("size").map(|s| (format!("，{s}"), format!(", {s}"))).unwrap_or_default();
                Text::new(format!("做海报{}", size.0), format!("Make a poster{}", size.1))
            };
            for (name, zh, en) in [("title", "标题", "title"), ("subtitle", "副标题", "subtitle")] {
                if let Some(text) = text(name) {
                    said = Text::new(format!("{}，{zh}{text}", said.zh), format!("{}, {en} {text}", said.en));
                }
            }
            said
        }
        "fit" => {
            let place = platform(step.str("platform").unwrap_or_default());
            let mut said = Text::new(format!("符合{}的要求", place.zh), format!("Comply with the {} rules", place.en));
            if let Some(c) = step.str("background") {
                // A preset has a blue and a red of its own; what the words would call #0000ff is not what is laid down.
                let named = matches!(c, "#0000ff" | "#ff0000" | "blue" | "red");
                let c = colour(c);
                let shown =
                    |text: &str| if named { text.split(['（', '(']).next().unwrap_or(text).trim().to_owned() } else { text.to_owned() };
                said = Text::new(format!("{}，背景{}", said.zh, shown(&c.zh)), format!("{}, background {}", said.en, shown(&c.en)));
            }
            if let Some(format) = step.str("format").map(str::to_uppercase) {
                said = Text::new(format!("{}，格式 {format}", said.zh), format!("{}, as {format}", said.en));
            }
            if let Some(size) = step.num("max_bytes").map(super::file_size) {
                said = Text::new(format!("{}，不超过 {size}", said.zh), format!("{}, under {size}", said.en));
            }
            said
        }
        "generate" => {
            let prompt = text("prompt").unwrap_or_default();
            let size = step.str("size").map(|s| format!("，{s}")).unwrap_or_default();
            let (zh, en) = step.num("n").filter(|n| *n > 1.0).map(|n| (format!("{n}张"), format!("{n} pictures of "))).unwrap_or_default();
            let mut said = Text::new(format!("画{zh}{prompt}{size}"), format!("Draw {en}{prompt}{}", size.replace('，', ", ")));
            for (name, zh, en) in [("seed", "种子", "seed"), ("steps", "步数", "steps"), ("guidance", "引导", "guidance")] {
                if let Some(n) = step.num(name) {
                    said = Text::new(format!("{}，{zh} {n}", said.zh), format!("{}, {en} {n}", said.en));
                }
            }
            match step.str("negative") {
                Some(not) => Text::new(format!("{}，不要“{not}”", said.zh), format!("{}, without “{not}”", said.en)),
                None => said,
            }
        }
        "restyle" => {
            let prompt = text("prompt").unwrap_or_default();
            let share = step.num("strength").map(|s| format!(" {}%", percent(s))).unwrap_or_default();
            Text::new(format!("风格化：{prompt}{share}"), format!("Restyle: {prompt}{}", share.replacen(' ', " at ", 1)))
        }
        "repaint" => {
            let prompt = text("prompt").unwrap_or_default();
            let aim = aimed(step).unwrap_or_else(|| Text::new("涂抹的区域", "painted area"));
            Text::new(format!("在{}画{prompt}", aim.zh), format!("Draw {prompt} in {}", the(&aim.en)))
        }
        _ => expand(step),
    }
}

fn stickers(step: &Step) -> Text {
    let count = step.num("count").map(|c| Text::new(format!(" {c} 张"), format!("{c} "))).unwrap_or_else(|| Text::new("", ""));
    let place = if step.str("platform").is_some() { Text::new("微信", "WeChat ") } else { Text::new("", "") };
    let moving = if step.yes("animated") { Text::new("动态", "animated ") } else { Text::new("", "") };
    let captions: Vec<&str> =
        step.params.get("captions").and_then(Value::as_array).map(|l| l.iter().filter_map(Value::as_str).collect()).unwrap_or_default();
    let quoted: String = captions.iter().map(|c| format!("“{c}”")).collect::<Vec<_>>().join(" ");
    let with =
        if captions.is_empty() { Text::new("", "") } else { Text::new(format!(" 配文{quoted}"), format!(" with captions {quoted}")) };
    let bare = step.params.get("outline") == Some(&Value::Bool(false));
    let bare = if bare { Text::new("，不要描边", ", no outline") } else { Text::new("", "") };
    Text::new(
        format!("做{}{}{}表情包{}{}", count.zh, place.zh, moving.zh, with.zh, bare.zh),
        format!("Make {}{}{}stickers{}{}", count.en, place.en, moving.en, with.en, bare.en),
    )
}

fn expand(step: &Step) -> Text {
    if let Some(aspect) = step.str("aspect") {
        return Text::new(format!("扩展成 {aspect}"), format!("Extend to {aspect}"));
    }
    let sides = ["left", "right", "top", "bottom"].map(|name| step.num(name));
    match sides {
        [Some(a), Some(b), Some(c), Some(d)] if a == b && b == c && c == d => {
            Text::new(format!("四周扩展 {a} 像素"), format!("Extend all sides by {a} px"))
        }
        [Some(a), Some(b), None, None] if a == b => Text::new(format!("左右两边扩展 {a} 像素"), format!("Extend both sides by {a} px")),
        [None, None, Some(a), Some(b)] if a == b => {
            Text::new(format!("上下两边扩展 {a} 像素"), format!("Extend above and below by {a} px"))
        }
        _ => {
            let one = ["left", "right", "top", "bottom"].iter().zip(sides).filter_map(|(name, px)| px.map(|px| (side(name), px)));
            let said: Vec<(String, String)> =
                one.map(|(name, px)| (format!("{}扩展 {px} 像素", name.zh), format!("extend the {} by {px} px", name.en))).collect();
            let zh = said.iter().map(|s| s.0.as_str()).collect::<Vec<_>>().join("，");
            let en = said.iter().map(|s| s.1.as_str()).collect::<Vec<_>>().join(", ");
            Text::new(zh, en.replacen("extend", "Extend", 1))
        }
    }
}

/// "Colourize, the car red, the sky blue".
fn colorize(step: &Step) -> Text {
    let start = if step.yes("force") { Text::new("重新上色", "Colourize anew") } else { Text::new("上色", "Colourize") };
    let amount = step.num("saturation").map(|s| Text::new(format!("饱和度 {}%", percent(s)), format!("saturation {}%", percent(s))));
    let hint = |hint: &Value| {
        let said = colour(hint.get("color").and_then(Value::as_str).unwrap_or_default());
        let aim = target(hint.get("target").unwrap_or(&Value::Null));
        Text::new(format!("{}用{}", aim.zh, said.zh), format!("{} {}", the(&aim.en), said.en))
    };
    let hints = step.params.get("hints").and_then(Value::as_array).into_iter().flatten().map(hint);
    let keep = (step.str("rest") == Some("keep")).then(|| Text::new("其余不变", "the rest as it is"));
    let details: Vec<Text> = hints.chain(keep).chain(amount).collect();
    if details.is_empty() { start } else { with(&start.zh, &start.en, &details) }
}

/// Tone and repair.
fn look(step: &Step) -> Text {
    let strength = step.num("strength").map(|s| format!(" {s}")).unwrap_or_default();
    match step.op.as_str() {
        "adjust" => {
            let aim = aimed(step).map(|t| Text::new(t.zh, format!(" {}", the(&t.en)))).unwrap_or_else(|| Text::new("", ""));
            with(&format!("调整{}", aim.zh), &format!("Adjust{}", aim.en), &tones(step))
        }
        "filter" => filter(step),
        "enhance" if step.yes("low_light") => Text::new(format!("自动增强{strength}：太暗"), format!("Enhance{strength}: too dark")),
        "enhance" => Text::new(format!("自动增强{strength}"), format!("Enhance{strength}")),
        "sharpen" => Text::new(format!("锐化{strength}"), format!("Sharpen{strength}")),
        "denoise" => Text::new(format!("降噪{strength}"), format!("Denoise{strength}")),
        "deblur" => Text::new(format!("去模糊{strength}"), format!("Deblur{strength}")),
        "colorize" => colorize(step),
        "upscale" => match step.num("scale") {
            Some(s) => Text::new(format!("放大 {s} 倍"), format!("Upscale {s}x")),
            None => match (step.num("width"), step.num("height")) {
                (Some(w), Some(h)) => Text::new(format!("放大到 {w}×{h}"), format!("Enlarge to {w}×{h}")),
                (Some(w), None) => Text::new(format!("放大到宽 {w}"), format!("Enlarge to {w} wide")),
                (None, Some(h)) => Text::new(format!("放大到高 {h}"), format!("Enlarge to {h} high")),
                (None, None) => Text::new("提高分辨率", "Upscale"),
            },
        },
        "restore" => restore(step),
        "retouch" => retouch(step),
        _ => {
            let from = image(step.str("from").unwrap_or("original"));
            let share = step.num("strength").map(|s| format!(" {}%", percent(s))).unwrap_or_default();
            let share = (share.clone(), share.replacen(' ', " at ", 1));
            match aimed(step) {
                Some(aim) => Text::new(
                    format!("给{}贴回{}的细节{}", aim.zh, from.zh, share.0),
                    format!("Bring back the detail of {} on {}{}", super::the(&from.en), the(&aim.en), share.1),
                ),
                None => Text::new(
                    format!("贴回{}的细节{}", from.zh, share.0),
                    format!("Bring back the detail of {}{}", super::the(&from.en), share.1),
                ),
            }
        }
    }
}

/// What a colour table is called: the name of an installed one, or the title inside one that the plan holds.
fn table_name(lut: &str) -> Option<&str> {
    let lut = lut.trim();
    if lut.contains(['\n', '\r']) {
        let title = lut.lines().find_map(|line| line.trim_start().strip_prefix("TITLE"))?;
        return Some(title.trim().trim_matches('"')).filter(|title| !title.is_empty());
    }
    (!lut.starts_with("data:")).then_some(lut)
}

fn filter(step: &Step) -> Text {
    let said = match step.str("name").unwrap_or_default() {
        "grayscale" => Text::new("变成黑白", "Make it black and white"),
        "sepia" => Text::new("棕褐色滤镜", "Sepia filter"),
        "invert" => Text::new("反色", "Invert the colours"),
        "blur" => Text::new("模糊整张图", "Blur the whole picture"),
        "pixelate" => Text::new("像素化整张图", "Pixelate the whole picture"),
        "vintage" => Text::new("复古滤镜", "Vintage filter"),
        "warm" => Text::new("暖色滤镜", "Warm filter"),
        "cool" => Text::new("冷色滤镜", "Cool filter"),
        "lut" => match step.str("lut").and_then(table_name) {
            Some(name) => Text::new(format!("LUT 滤镜“{name}”"), format!("LUT filter “{name}”")),
            None => Text::new("LUT 滤镜", "LUT filter"),
        },
        name => Text::new(format!("滤镜 {name}"), format!("Filter {name}")),
    };
    let said = match (step.num("radius"), step.num("size")) {
        (Some(px), _) => Text::new(format!("{}，半径 {px} 像素", said.zh), format!("{}, radius {px} px", said.en)),
        (None, Some(px)) => Text::new(format!("{}，方块 {px} 像素", said.zh), format!("{}, squares of {px} px", said.en)),
        (None, None) => said,
    };
    match step.num("amount") {
        Some(share) => Text::new(format!("{} {}%", said.zh, percent(share)), format!("{} {}%", said.en, percent(share))),
        None => said,
    }
}

/// A whole repair, or only the scratches.
fn restore(step: &Step) -> Text {
    let marked = step.params.get("target").is_some_and(|t| t["kind"] == "mask");
    let only = step.params.get("fade").is_some_and(|v| v == false);
    let mut parts: Vec<Text> = vec![];
    match (step.yes("scratches"), marked, only) {
        (true, true, true) => parts.push(Text::new("去掉涂抹处的划痕", "Remove the scratches that I painted over")),
        (true, true, false) => parts.push(Text::new("去掉涂抹处的划痕", "remove the scratches that I painted over")),
        (true, false, true) => parts.push(Text::new("去划痕", "Remove the scratches")),
        (true, false, false) => parts.push(Text::new("去划痕", "remove the scratches")),
        _ => {}
    }
    if parts.is_empty() || !only {
        parts.insert(0, Text::new("修复老照片", "Restore the old photo"));
    }
    match step.params.get("colorize") {
        Some(Value::Bool(true)) => parts.push(Text::new("上色", "colourize it")),
        Some(Value::Bool(false)) => parts.push(Text::new("不要上色", "don't colourize it")),
        _ => {}
    }
    let joined = |of: fn(&Text) -> &str, comma: &str| parts.iter().map(of).collect::<Vec<_>>().join(comma);
    Text::new(joined(|t| &t.zh, "，"), joined(|t| &t.en, ", "))
}

fn retouch(step: &Step) -> Text {
    let mut zh: Vec<String> = Vec::new();
    let mut en: Vec<String> = Vec::new();
    let mut also = |in_zh: &str, in_en: &str| {
        zh.push(in_zh.to_owned());
        en.push(in_en.to_owned());
    };
    match step.num("skin") {
        Some(0.3) => also("稍微磨皮", "smooth the skin a little"),
        Some(0.8) => also("重度磨皮", "smooth the skin a lot"),
        Some(0.5) => also("磨皮", "smooth the skin"),
        Some(skin) => also(&format!("磨皮 {}%", percent(skin)), &format!("smooth the skin {}%", percent(skin))),
        None => {}
    };
    match step.params.get("blemishes") {
        Some(Value::Bool(true)) => also("去痘痘", "remove the blemishes"),
        Some(Value::Bool(false)) => also("不要去痘痘", "don't remove the blemishes"),
        _ => {}
    }
    if step.num("teeth").is_some() {
        also("美白牙齿", "whiten the teeth");
    }
    if step.num("eyes").is_some() {
        also("提亮眼睛", "make the eyes clearer");
    }
    if zh.is_empty() {
        let share = step.num("amount").map(|s| format!(" {}%", percent(s))).unwrap_or_default();
        return Text::new(format!("人像精修{share}"), format!("Retouch{}", share.replacen(' ', " at ", 1)));
    }
    let en = en.join(", ");
    let first = en.chars().next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    Text::new(zh.join("，"), first + en.get(1..).unwrap_or_default())
}

fn tones(step: &Step) -> Vec<Text> {
    const NAMES: &[(&str, &str, &str)] = &[
        ("brightness", "亮度", "brightness"),
        ("contrast", "对比度", "contrast"),
        ("saturation", "饱和度", "saturation"),
        ("temperature", "色温", "temperature"),
        ("tint", "色偏", "tint value"),
        ("exposure", "曝光", "exposure"),
        ("highlights", "高光", "highlights"),
        ("shadows", "暗部", "shadows"),
        ("hue", "色相", "hue"),
    ];
    NAMES.iter().filter_map(|(key, zh, en)| step.num(key).map(|v| Text::new(format!("{zh} {v:+}"), format!("{en} {v:+}")))).collect()
}
