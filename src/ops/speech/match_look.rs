//! How people ask for the look of another picture.

use super::Speech;
use crate::plan::vocabulary::{Class, Thing, Verb};

pub static MATCH_LOOK: Speech = Speech {
    verbs: &[Verb::Match, Verb::Change, Verb::Make, Verb::Add],
    things: &[Thing::Colour],
    slots: &[Class::Ref, Class::Style, Class::ToneWord, Class::Tone, Class::Percent, Class::Number, Class::Dim],
    means: &[
        "调成跟图2一样的色调",
        "按图2的颜色来调图1",
        "参考图2的颜色给图1调一下",
        "跟图2的色调统一起来",
        "照着图2的颜色给图1套一遍",
        "学一下图2的调子",
        "match the colours to image 2",
        "same colours as image 2",
        "copy the colour grade from image 2 onto image 1",
        "give this the same mood and tones as image 2",
        "make the colours look like image 2",
        "match the tones of image 2",
    ],
    not: &[
        "把图2放到右下角",
        "色调暖一点",
        "用图2当背景",
        "把车换成红色",
        "put image 2 in the top left corner",
        "make it warmer",
        "use image 2 as the background",
    ],
};
