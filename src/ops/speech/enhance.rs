//! How people ask for better light and colour.

use super::Speech;
use crate::plan::vocabulary::{Class, Thing, Verb};

pub static ENHANCE: Speech = Speech {
    verbs: &[Verb::Enhance, Verb::Raise, Verb::Restore],
    things: &[Thing::Colour, Thing::Face, Thing::People, Thing::Background, Thing::Object, Thing::Subject, Thing::Mask],
    slots: &[Class::Degree, Class::Auto, Class::Exposure, Class::Tone, Class::Percent, Class::Number, Class::Dim],
    means: &[
        "自动增强",
        "优化一下这张照片",
        "太暗了",
        "照片太暗了，提亮",
        "自动优化曝光和颜色",
        "美化一下照片",
        "提亮一下照片",
        "enhance the photo",
        "enhance it",
        "it is too dark",
        "auto enhance",
        "fix the lighting",
    ],
    not: &[
        "亮度 +20",
        "锐化",
        "去噪点",
        "修复老照片",
        "increase the brightness by 20",
        "sharpen it",
        "make it black and white",
        "restore this old photo",
    ],
};
