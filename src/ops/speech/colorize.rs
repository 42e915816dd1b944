//! How people ask for colour in a black and white photo.

use super::Speech;
use crate::plan::vocabulary::{Class, Thing, Verb};

pub static COLORIZE: Speech = Speech {
    verbs: &[Verb::Colorize, Verb::Keep, Verb::Change, Verb::Add, Verb::Put],
    things: &[Thing::Noun, Thing::Object, Thing::People, Thing::Subject, Thing::Colour],
    slots: &[Class::Look, Class::Old, Class::Ref, Class::Auto, Class::Tone, Class::Percent],
    means: &[
        "给这张黑白照片上色",
        "上色",
        "黑白变彩色",
        "自动上色",
        "帮我给老照片上颜色",
        "把黑白照弄成彩色的",
        "请把这张黑白照上色",
        "colourize this photo",
        "colorize it",
        "add colour to this black and white picture",
        "turn the black-and-white photo into a color one",
        "auto colorize",
    ],
    not: &[
        "把车换成红色",
        "变成黑白照片",
        "修复老照片，不要上色",
        "提高饱和度",
        "make it black and white",
        "make the car red",
        "restore it but keep it black and white",
    ],
};
