//! Targets, colours and sides in words.

use serde_json::Value;

use crate::plan::classes;
use crate::plan::slots::css_name;
use crate::text::Text;

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
        other => (other, other),
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
        "others" => Text::new(format!("除最大者外的{zh}"), format!("all {many} but the largest")),
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
        (Some(i), _) => Text::new(format!("{}第{i}个{zh}", place.zh), format!("{one} number {i} from the {}", place.en)),
        (None, Some(c)) => Text::new(format!("{}{c}个{zh}", place.zh), format!("{c} {many} {on}")),
        _ => Text::new(format!("{}{zh}", place.zh), format!("{one} {on}")),
    }
}
