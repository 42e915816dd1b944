//! How people ask for brightness, contrast, colour and the like.

use super::Speech;
use crate::plan::vocabulary::{Class, Thing, Verb};

pub static ADJUST: Speech = Speech {
    verbs: &[Verb::Raise, Verb::Lower, Verb::Change, Verb::Add, Verb::Enhance],
    things: &[Thing::Background, Thing::People, Thing::Face, Thing::Object, Thing::Subject, Thing::Mask, Thing::Colour],
    slots: &[Class::Tone, Class::ToneWord, Class::Degree, Class::Percent, Class::Number, Class::Auto, Class::Dim, Class::Look],
    means: &[
        "亮度加20",
        "饱和度降低30",
        "对比度调高一点",
        "曝光加10",
        "高光压低40",
        "暗部提亮一点",
        "色温调暖一点",
        "色相调高20",
        "背景调暗一点",
        "brightness +20",
        "lower the saturation by 30",
        "a bit more contrast",
        "make it brighter",
        "make the background darker",
        "make it a little warmer",
        "shadows +40",
    ],
    not: &[
        "自动增强",
        "背景换成白色",
        "变成黑白",
        "锐化",
        "把衣服换成红色",
        "auto enhance",
        "make it black and white",
        "sharpen it",
        "make the background white",
        "blur the background",
    ],
};
