//! How people ask for a crop.

use super::Speech;
use crate::plan::vocabulary::{Class, Thing, Verb};

pub static CROP: Speech = Speech {
    verbs: &[Verb::Crop, Verb::Change, Verb::Put, Verb::TrimOff, Verb::Keep],
    things: &[Thing::Face, Thing::People, Thing::Subject, Thing::Object, Thing::Border, Thing::Noun],
    slots: &[
        Class::Dim,
        Class::Platform,
        Class::Aspect,
        Class::Size,
        Class::Number,
        Class::Percent,
        Class::Place,
        Class::Ref,
        Class::Sides,
        Class::Set,
        Class::Colour,
    ],
    means: &[
        "裁成3:4",
        "裁成正方形",
        "三比四裁剪",
        "裁剪到主体",
        "以人脸为中心裁成方形",
        "裁掉左边一半",
        "变成16:9",
        "栽成1:1",
        "crop to 16:9",
        "crop to a square around the face",
        "crop the left half",
        "cut off the bottom 20%",
        "make it square",
        "crop to 800x600",
        "再裁成3:4",
    ],
    not: &[
        "缩放到宽800像素",
        "不要裁剪，旋转90度",
        "补成正方形",
        "extend to 16:9",
        "pad to 1:1",
        "don't crop, just resize to 800 wide",
        "抠图",
        "resize to 1200x1200",
    ],
};
