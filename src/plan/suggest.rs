//! What a user may want next: short instructions that the planner itself understands, of operations that run.

use super::types::Plan;
use crate::text::{Lang, Text};

/// Two to four instructions to try after this plan, in the user's language.
pub fn suggestions(after: &Plan, lang: Lang) -> Vec<String> {
    let did = |op: &str| after.steps.iter().any(|s| s.op == op);
    let last = after.steps.last().map(|s| s.op.as_str()).unwrap_or("");
    let cut = did("cutout");
    let mut out: Vec<Text> = Vec::new();
    let mut offer = |wanted: bool, zh: &str, en: &str| {
        if wanted && out.len() < 4 {
            out.push(Text::new(zh, en));
        }
    };
    let flat = did("background");
    let repaired = did("restore");
    let coloured = did("colorize") || after.steps.iter().any(|s| s.params.get("colorize").is_some_and(|v| v == true));
    let old = repaired || coloured;
    offer(repaired && !coloured, "上色", "Colorize it");
    offer(old && !did("upscale"), "放大2倍", "Upscale 2x");
    offer(old || did("enhance"), "锐化", "Sharpen it");
    // What was just turned up or down goes on a little the same way.
    let brightness = after.steps.last().filter(|s| s.op == "adjust");
    let brightness = brightness.and_then(|s| s.params.get("brightness")?.as_f64());
    offer(last == "enhance" || brightness.is_some_and(|v| v > 0.0), "再亮一点", "A bit brighter");
    offer(brightness.is_some_and(|v| v < 0.0), "再暗一点", "A bit darker");
    offer(last == "adjust" && brightness.is_none(), "对比度加15", "Contrast +15");
    let grey = after.steps.iter().any(|s| s.op == "filter" && s.params.get("name").is_some_and(|name| name == "grayscale"));
    let paler = after.steps.iter().any(|s| s.op == "adjust" && s.params.get("saturation").is_some_and(|v| v.as_f64() < Some(0.0)));
    offer(last == "adjust" && !grey && !paler, "饱和度加15", "Saturation +15");
    offer(!cut && !flat && !old, "去掉背景", "Remove the background");
    offer(cut && !flat, "背景换成白色", "Make the background white");
    offer(flat, "背景换成浅灰色", "Make the background light grey");
    offer(!did("crop"), "裁成1:1", "Crop to 1:1");
    offer(did("crop"), "缩放到宽1080像素", "Resize to 1080 px wide");
    offer(last == "rotate", "左右翻转", "Flip horizontally");
    offer(
        !did("export"),
        if cut && !flat { "导出PNG" } else { "导出JPG，质量90" },
        if cut && !flat { "Export as PNG" } else { "Export as JPG, quality 90" },
    );
    offer(!did("pad"), "四周加50像素白边", "Add a 50 px white border");
    out.into_iter().map(|t| t.get(lang).to_owned()).collect()
}
