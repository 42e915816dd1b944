//! Targets, colours and sides in words.

use std::sync::LazyLock;

use serde_json::Value;

use crate::plan::classes;
use crate::plan::slots::css_name;
use crate::presets::Presets;
use crate::text::Text;

/// Names of presets; those of the models folder are said by their ids.
static PRESETS: LazyLock<Presets> = LazyLock::new(Presets::embedded);

/// `白色（#ffffff）`, `white (#ffffff)`; the hex alone where the colour has no name.
pub fn colour(value: &str) -> Text {
    let named = |zh: bool| css_name(value, zh);
    let zh = named(true).map_or_else(|| value.to_owned(), |n| format!("{n}（{value}）"));
    let en = named(false).map_or_else(|| value.to_owned(), |n| format!("{n} ({value})"));
    match value {
        "transparent" => Text::new("透明", "transparent"),
        _ => Text::new(zh, en),
    }
}

pub fn side(name: &str) -> Text {
    let (zh, en) = match name {
        "left" => ("左侧", "left"),
        "right" => ("右侧", "right"),
        "top" => ("上方", "top"),
        "bottom" => ("下方", "bottom"),
        "center" => ("中间", "centre"),
        "top-left" => ("左上角", "top left"),
        "top-right" => ("右上角", "top right"),
        "bottom-left" => ("左下角", "bottom left"),
        "bottom-right" => ("右下角", "bottom right"),
        other => match PRESETS.find(other) {
            Some(preset) => (preset.name_zh.as_str(), preset.name_en.as_str()),
            None => (other, other),
        },
    };
    Text::new(zh, en)
}

/// `左侧人物`, `person on the left`
pub fn target(value: &Value) -> Text {
    let kind = value["kind"].as_str().unwrap_or("subject");
    let label = value["label"].as_str().unwrap_or("object");
    let named = classes::number(label).map_or_else(|| Text::new(label, label), |n| classes::all()[n].plural());
    let (zh, one, many) = match kind {
        "people" => ("人物", "person", "people"),
        "face" => ("人脸", "face", "faces"),
        "object" => (named.zh.as_str(), label, named.en.as_str()),
        "text" => ("文字", "text", "text"),
        "background" => ("背景", "background", "background"),
        "mask" => ("涂抹的区域", "painted area", "painted area"),
        "region" => ("选定区域", "chosen area", "chosen area"),
        _ => ("主体", "main subject", "main subject"),
    };
    if let Some(literal) = value["match"].as_str() {
        return Text::new(format!("文字“{literal}”"), format!("text “{literal}”"));
    }
    let which = value["which"].as_str().unwrap_or("all");
    let plain = match which {
        "all" => Text::new(zh, many),
        "others" => Text::new(format!("其他{zh}"), format!("other {many}")),
        "largest" => Text::new(format!("最大的{zh}"), format!("largest {one}")),
        "smallest" => Text::new(format!("最小的{zh}"), format!("smallest {one}")),
        side => sided(value, side, zh, one, many),
    };
    if value["rest"] == Value::Bool(true) {
        return Text::new(format!("除{}外的{zh}", plain.zh), format!("all {many} but the {}", plain.en));
    }
    if value["invert"] == Value::Bool(true) {
        return Text::new(format!("{}以外的部分", plain.zh), format!("everything but the {}", plain.en));
    }
    plain
}

/// second, third … 11th
fn ordinal(n: u64) -> String {
    const WORDS: [&str; 10] = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];
    usize::try_from(n).ok().and_then(|n| WORDS.get(n.checked_sub(1)?)).map_or_else(|| format!("{n}th"), |w| (*w).to_owned())
}

fn sided(value: &Value, which: &str, zh: &str, one: &str, many: &str) -> Text {
    let place = side(which);
    let on = if which == "center" {
        "in the centre".to_owned()
    } else {
        format!("on the {}", place.en).replace("on the top", "at the top").replace("on the bottom", "at the bottom")
    };
    let index = value["index"].as_u64().filter(|n| *n > 1);
    let count = value["count"].as_u64().filter(|n| *n > 1);
    match (index, count) {
        (Some(i), _) => Text::new(format!("{}第{i}个{zh}", place.zh), format!("{} {one} from the {}", ordinal(i), place.en)),
        (None, Some(c)) => Text::new(format!("{}{c}个{zh}", place.zh), format!("{c} {many} {on}")),
        _ => Text::new(format!("{}{zh}", place.zh), format!("{one} {on}")),
    }
}

/// A picture by its reference.
pub fn image(name: &str) -> Text {
    name.parse().map(|r| crate::plan::session::name_of(&r)).unwrap_or_else(|_: String| Text::new(name, name))
}

pub fn language(code: &str) -> Text {
    let (zh, en) = match code {
        "en" => ("英文", "English"),
        "zh" => ("中文", "Chinese"),
        "ja" => ("日文", "Japanese"),
        "ko" => ("韩文", "Korean"),
        "es" => ("西班牙文", "Spanish"),
        "fr" => ("法文", "French"),
        "de" => ("德文", "German"),
        "ru" => ("俄文", "Russian"),
        "pt" => ("葡萄牙文", "Portuguese"),
        "it" => ("意大利文", "Italian"),
        "ar" => ("阿拉伯文", "Arabic"),
        "th" => ("泰文", "Thai"),
        "vi" => ("越南文", "Vietnamese"),
        "id" => ("印尼语", "Indonesian"),
        other => match PRESETS.find(other) {
            Some(preset) => (preset.name_zh.as_str(), preset.name_en.as_str()),
            None => (other, other),
        },
    };
    Text::new(zh, en)
}

pub fn platform(name: &str) -> Text {
    let (zh, en) = match name {
        "amazon.main" => ("亚马逊主图", "Amazon main image"),
        "taobao.main" => ("淘宝主图", "Taobao main image"),
        "jd.main" => ("京东主图", "JD main image"),
        "shopify.square" => ("Shopify", "Shopify"),
        "xiaohongshu.cover" | "xiaohongshu" => ("小红书", "Xiaohongshu"),
        "wechat.sticker" | "wechat" => ("微信", "WeChat"),
        "instagram.square" | "instagram" => ("Instagram", "Instagram"),
        "appstore.6_7" => ("App Store", "App Store"),
        other => match PRESETS.find(other) {
            Some(preset) => (preset.name_zh.as_str(), preset.name_en.as_str()),
            None => (other, other),
        },
    };
    Text::new(zh, en)
}
