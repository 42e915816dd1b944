//! How people ask for a larger picture.

use super::Speech;
use crate::plan::vocabulary::{Class, Thing, Verb};

pub static UPSCALE: Speech = Speech {
    verbs: &[Verb::Enlarge, Verb::Upscale, Verb::Raise, Verb::Change],
    things: &[Thing::Detail, Thing::Noun, Thing::Object, Thing::People, Thing::Subject, Thing::Text],
    slots: &[Class::Size, Class::Dim, Class::Number, Class::Percent, Class::Times, Class::Ref, Class::Degree, Class::Auto],
    means: &[
        "放大两倍",
        "放大4倍",
        "高清放大4倍",
        "放大200%",
        "提高分辨率",
        "把这张图放大3倍",
        "upscale 4x",
        "enlarge 3x",
        "double the size",
        "increase the resolution by 2x",
        "make it higher resolution",
        "enlarge to 200%",
    ],
    not: &["缩小一半", "放大1.5倍", "resize to 800x600", "shrink it by half", "锐化", "crop to 1:1"],
};
