//! How people ask for a filter.

use super::Speech;
use crate::plan::vocabulary::{Class, Thing, Verb};

pub static FILTER: Speech = Speech {
    verbs: &[Verb::Change, Verb::Add, Verb::Restyle, Verb::Put, Verb::Blur, Verb::Pixelate],
    things: &[Thing::Colour, Thing::Picture],
    slots: &[Class::Look, Class::Degree, Class::Style, Class::Ref, Class::Percent, Class::Number, Class::Auto, Class::Dim],
    means: &[
        "变成黑白",
        "加个复古滤镜",
        "来个暖色滤镜",
        "冷色滤镜",
        "反色",
        "做成棕褐色",
        "整张图模糊一下",
        "make it black and white",
        "sepia",
        "invert the colours",
        "give it a vintage look",
        "blur the whole picture",
    ],
    not: &[
        "模糊背景",
        "给人脸打马赛克",
        "上色",
        "色调暖一点",
        "背景换成白色",
        "blur the background",
        "pixelate the faces",
        "make it warmer",
        "colorize it",
    ],
};
