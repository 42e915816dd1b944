//! How people ask for another background.

use super::Speech;
use crate::plan::vocabulary::{Class, Thing, Verb};

pub static BACKGROUND: Speech = Speech {
    verbs: &[Verb::CutOut, Verb::Change, Verb::Add, Verb::Put, Verb::Recolor, Verb::Keep, Verb::Blur, Verb::Make, Verb::Swap, Verb::Raise],
    things: &[Thing::Background, Thing::Shadow, Thing::Subject, Thing::People, Thing::Object, Thing::Noun, Thing::Colour],
    slots: &[
        Class::Colour,
        Class::Transparent,
        Class::Gradient,
        Class::Ref,
        Class::ShadowKind,
        Class::Number,
        Class::Set,
        Class::Place,
        Class::Degree,
        Class::ToneWord,
        Class::BlurFill,
        Class::Percent,
        Class::Dim,
        Class::Under,
    ],
    means: &[
        "背景换成白色",
        "把背景改成红色",
        "白底图",
        "抠图换蓝底",
        "去掉背景，换成白色",
        "背景虚化一下",
        "用渐变背景，从蓝到白",
        "不要白色背景，要蓝色的",
        "change the background to #f5f5f5",
        "put it on a pure white background",
        "white background please",
        "remove the background and make it white",
        "change the white background to blue",
        "blur the background",
        "extract the product on a light grey background",
    ],
    not: &[
        "去掉背景",
        "remove the background",
        "make the car red",
        "加50像素白边",
        "把衣服换成红色",
        "pad to a square with white",
        "描述一下背景",
        "keep the background, only crop to 1:1",
    ],
};
