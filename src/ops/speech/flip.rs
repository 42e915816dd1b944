//! How people ask for a mirror image.

use super::Speech;
use crate::plan::vocabulary::{Class, Verb};

pub static FLIP: Speech = Speech {
    verbs: &[Verb::Flip],
    things: &[],
    slots: &[Class::Mirror, Class::Turn, Class::Place, Class::Sides, Class::Ref],
    means: &[
        "水平翻转",
        "左右翻转",
        "上下翻转",
        "镜像",
        "左右反过来",
        "垂直镜像",
        "翻转一下，左右",
        "mirror it",
        "flip it vertically",
        "flip horizontally",
        "flip left to right",
        "mirror vertically",
    ],
    not: &[
        "旋转180度",
        "反色",
        "turn it upside down",
        "rotate left",
        "左右各加100像素",
        "把背景反过来的颜色换成白色",
        "invert the colors",
        "不要翻转，旋转90度",
    ],
};
