//! One sentence for each operation.

use serde_json::Value;

use super::parts::{colour, side, target};
use super::{Said, with};
use crate::plan::types::Step;
use crate::text::Text;

fn same(text: impl Into<String>) -> Text {
    let text = text.into();
    Text::new(text.clone(), text)
}

fn quoted(text: &str) -> Text {
    same(format!("“{text}”"))
}

fn aimed(step: &Step) -> Vec<Text> {
    step.params.get("target").map(target).into_iter().collect()
}

fn image(name: &str) -> Text {
    name.parse().map(|r| crate::plan::session::name_of(&r)).unwrap_or_else(|_: String| same(name))
}

/// What a step does.
pub fn say(step: &Step) -> Text {
    match step.op.as_str() {
        "cutout" => with("抠图", "Cut out", &aimed(step)),
        "background" => background(step),
        "crop" => crop(step),
        "resize" => resize(step),
        "pad" => pad(step),
        "rotate" => rotate(step),
        "flip" if step.str("axis") == Some("vertical") => Text::new("上下翻转", "Flip vertically"),
        "flip" => Text::new("左右翻转", "Flip horizontally"),
        "export" => export(step),
        "describe" => Text::new("描述图片", "Describe the picture"),
        _ => part_or_picture(step),
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
        _ => None,
    });
    details.extend(step.params.get("target").map(target).map(|t| Text::new(format!("保留{}", t.zh), format!("keeping the {}", t.en))));
    with("背景", "Background", &details)
}

fn crop(step: &Step) -> Text {
    let mut details: Vec<Text> = step.str("aspect").map(same).into_iter().collect();
    details.extend(step.str("to").map(|to| match to {
        "face" => Text::new("以人脸为中心", "around the face"),
        "people" => Text::new("以人物为中心", "around the people"),
        _ => Text::new("以主体为中心", "around the subject"),
    }));
    if let Some(area) = step.params.get("box").and_then(Value::as_array) {
        let numbers: Vec<f64> = area.iter().filter_map(Value::as_f64).collect();
        details.push(match (&numbers[..], step.str("unit")) {
            ([x, y, w, h], Some("fraction")) => {
                let p = |v: &f64| format!("{}%", (v * 1000.0).round() / 10.0);
                Text::new(
                    format!("左 {} 上 {} 宽 {} 高 {}", p(x), p(y), p(w), p(h)),
                    format!("left {}, top {}, width {}, height {}", p(x), p(y), p(w), p(h)),
                )
            }
            _ => same(format!("{numbers:?}")),
        });
    }
    details.extend(step.num("margin").map(|m| Text::new(format!("边距 {m}"), format!("margin {m}"))));
    with("裁剪", "Crop", &details)
}

fn resize(step: &Step) -> Text {
    let px = |name: &str| step.num(name);
    let mut details = vec![match (px("width"), px("height"), px("scale")) {
        (Some(w), Some(h), _) => same(format!("{w}×{h}")),
        (Some(w), None, _) => Text::new(format!("宽 {w} 像素"), format!("{w} px wide")),
        (None, Some(h), _) => Text::new(format!("高 {h} 像素"), format!("{h} px high")),
        (_, _, Some(s)) => same(format!("{}%", (s * 1000.0).round() / 10.0)),
        _ => Text::new("原尺寸", "same size"),
    }];
    details.extend(match step.str("fit") {
        Some("fill") => Some(Text::new("拉伸", "stretched")),
        Some("cover") => Some(Text::new("铺满", "filling")),
        _ => None,
    });
    with("缩放", "Resize", &details)
}

fn pad(step: &Step) -> Text {
    let sides = ["left", "right", "top", "bottom"].map(|s| step.num(s));
    let mut details: Vec<Text> = step.str("aspect").map(same).into_iter().collect();
    if let (Some(w), Some(h)) = (step.num("width"), step.num("height")) {
        details.push(same(format!("{w}×{h}")));
    }
    match sides {
        [Some(a), Some(b), Some(c), Some(d)] if a == b && b == c && c == d => {
            details.push(Text::new(format!("四周 {a} 像素"), format!("{a} px on every side")))
        }
        _ => details.extend(["left", "right", "top", "bottom"].iter().zip(sides).filter_map(|(name, px)| {
            let name = side(name);
            px.map(|px| Text::new(format!("{} {px} 像素", name.zh), format!("{} {px} px", name.en)))
        })),
    }
    details.extend(step.str("color").map(colour));
    details.extend(match step.str("fill") {
        Some("blur") => Some(Text::new("模糊填充", "filled with blur")),
        Some("mirror") => Some(Text::new("镜像填充", "filled with a mirror image")),
        _ => None,
    });
    with("补边", "Pad", &details)
}

fn rotate(step: &Step) -> Text {
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
        let size = if b >= 1e6 { format!("{} MB", b / 1e6) } else { format!("{} KB", b / 1e3) };
        Text::new(format!("不超过 {size}"), format!("under {size}"))
    }));
    details.extend(step.num("dpi").map(|d| same(format!("{d} dpi"))));
    details.extend((step.str("metadata") == Some("keep")).then(|| Text::new("保留元数据", "keeping metadata")));
    with("导出", "Export", &details)
}

/// Operations on parts of the picture, on several pictures and on tone.
fn part_or_picture(step: &Step) -> Text {
    let aim = aimed(step);
    let other = |name: &str| step.str(name).map(image).into_iter();
    match step.op.as_str() {
        "erase" => with("去除", "Remove", &aim),
        "select" => with("选中", "Select", &aim),
        "swap" => with(
            "替换",
            "Swap",
            &aim.into_iter().chain(other("with").map(|i| Text::new(format!("换成{}", i.zh), format!("with {}", i.en)))).collect::<Vec<_>>(),
        ),
        "place" => with("放上", "Place", &other("image").chain(step.str("position").map(side)).collect::<Vec<_>>()),
        "recolor" => with("换颜色", "Recolour", &aim.into_iter().chain(step.str("color").map(colour)).collect::<Vec<_>>()),
        "redact" => {
            let style = match step.str("style") {
                Some("pixelate") => Some(Text::new("马赛克", "pixelated")),
                Some("blur") => Some(Text::new("模糊", "blurred")),
                Some("solid") => Some(Text::new("涂黑", "covered")),
                _ => None,
            };
            with("打码", "Hide", &aim.into_iter().chain(style).collect::<Vec<_>>())
        }
        "match" => with("匹配色调", "Match the colours", &other("to").collect::<Vec<_>>()),
        "revert" => with("还原成原图", "Bring back the original", &aim),
        "adjust" => with("调整", "Adjust", &tones(step)),
        "restore" => with("修复老照片", "Restore", &switches(step)),
        "retouch" => with("人像精修", "Retouch", &aim),
        "detail" => with("贴回原图细节", "Bring back detail", &aim),
        "upscale" => with(
            "放大",
            "Upscale",
            &step.num("scale").map(|s| Text::new(format!("{s} 倍"), format!("{s}×"))).into_iter().collect::<Vec<_>>(),
        ),
        _ => made(step),
    }
}

/// Text, packs, drawings, and everything that has only a name.
fn made(step: &Step) -> Text {
    let one = |name: &str| step.str(name).map(same).into_iter().collect::<Vec<_>>();
    let text = |name: &str| step.str(name).map(quoted).into_iter();
    match step.op.as_str() {
        "text.read" => Text::new("读取文字", "Read the text"),
        "text.remove" => with("去除文字", "Remove text", &aimed(step)),
        "text.replace" => with("替换文字", "Replace text", &text("find").chain(text("with")).collect::<Vec<_>>()),
        "text.translate" => with("翻译文字", "Translate text", &one("to")),
        "text.add" => with(
            "加文字",
            "Add text",
            &text("text").chain(step.str("position").map(side)).chain(step.str("color").map(colour)).collect::<Vec<_>>(),
        ),
        "watermark" => with("加水印", "Watermark", &text("text").chain(step.str("image").map(image)).collect::<Vec<_>>()),
        "mockup" => with("放进样机", "Mockup", &one("device")),
        "stickers" => with(
            "做表情包",
            "Stickers",
            &step.num("count").map(|c| Text::new(format!("{c} 张"), format!("{c}"))).into_iter().collect::<Vec<_>>(),
        ),
        "cover" => with("做封面", "Cover", &text("title").chain(one("platform")).collect::<Vec<_>>()),
        "poster" => with("做海报", "Poster", &text("title").collect::<Vec<_>>()),
        "fit" => with("适配平台", "Fit the platform", &one("platform")),
        "generate" => with("生成图片", "Generate", &text("prompt").collect::<Vec<_>>()),
        "restyle" => with("风格化", "Restyle", &text("prompt").collect::<Vec<_>>()),
        "repaint" => with("重绘", "Repaint", &aimed(step).into_iter().chain(text("prompt")).collect::<Vec<_>>()),
        "expand" => with("扩展画面", "Extend", &one("aspect")),
        "compose" => with("组合成一张", "Compose", &one("layout")),
        "filter" => with("滤镜", "Filter", &one("name")),
        "colorize" => Text::new("上色", "Colourize"),
        "enhance" => Text::new("自动增强", "Enhance"),
        "sharpen" => Text::new("锐化", "Sharpen"),
        "denoise" => Text::new("降噪", "Reduce noise"),
        "deblur" => Text::new("去模糊", "Deblur"),
        "split" => Text::new("切分", "Split"),
        "stitch" => Text::new("拼接", "Stitch"),
        other => same(other),
    }
}

fn tones(step: &Step) -> Vec<Text> {
    const NAMES: &[(&str, &str, &str)] = &[
        ("brightness", "亮度", "brightness"),
        ("contrast", "对比度", "contrast"),
        ("saturation", "饱和度", "saturation"),
        ("temperature", "色温", "temperature"),
        ("tint", "色偏", "tint"),
        ("exposure", "曝光", "exposure"),
        ("highlights", "高光", "highlights"),
        ("shadows", "阴影", "shadows"),
        ("hue", "色相", "hue"),
    ];
    let named = NAMES.iter().filter_map(|(key, zh, en)| step.num(key).map(|v| Text::new(format!("{zh} {v:+}"), format!("{en} {v:+}"))));
    named.chain(aimed(step)).collect()
}

fn switches(step: &Step) -> Vec<Text> {
    let mut out = Vec::new();
    if step.yes("scratches") {
        out.push(Text::new("去划痕", "scratches"));
    }
    if step.yes("colorize") {
        out.push(Text::new("上色", "colourize"));
    }
    out
}
