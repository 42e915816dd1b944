//! How people ask for a watermark.

use super::Speech;
use crate::plan::vocabulary::{Class, Thing, Verb};

pub static WATERMARK: Speech = Speech {
    verbs: &[Verb::Add, Verb::Put],
    things: &[Thing::Watermark, Thing::Text, Thing::Logo],
    slots: &[
        Class::Quoted,
        Class::Place,
        Class::Percent,
        Class::Opacity,
        Class::Tile,
        Class::Ref,
        Class::Colour,
        Class::Degree,
        Class::Transparent,
    ],
    means: &[
        "加水印“样图”",
        "右下角打水印 @小林家的猫 半透明",
        "平铺水印“内部资料”",
        "满屏水印“仅供办理入职使用”",
        "左下角加个“摄影：老周”的水印",
        "浮水印打『僅供參考』，鋪滿整張",
        "打上“禁止盗图”的平铺水印，不透明度30%",
        "watermark it with \"PROOF\"",
        "tile \"DRAFT\" all over as a watermark",
        "put a faint 'proof only' watermark bottom right",
        "stamp a watermark reading Kestrel Studio on it at 30% opacity",
        "add a watermark saying \"SAMPLE\"",
    ],
    not: &["去掉水印", "右下角加文字“新品”", "把图2的logo放到右下角", "remove the watermark", "what is a watermark"],
};
