//! How people ask for a long picture in parts.

use super::Speech;
use crate::plan::vocabulary::{Class, Verb};

pub static SPLIT: Speech = Speech {
    verbs: &[Verb::Split],
    things: &[],
    slots: &[Class::Blank, Class::Number, Class::Layout, Class::Set, Class::Percent],
    means: &[
        "把图切成3份",
        "把长图切成3段",
        "长图切成5张",
        "按空白切开",
        "按空白处切分这张长图",
        "把这张详情页切成4段",
        "把这张长图平均分成6份",
        "split into 3 parts",
        "slice this detail page into 4",
        "split this long picture into 5 pieces",
        "slice it at the blank bands",
        "cut this into 3 equal parts",
    ],
    not: &[
        "裁成1:1",
        "把左边的人抠出来",
        "裁掉左边20像素",
        "crop to 3:4",
        "cut out the person",
        "把这三张竖着拼成长图",
        "stitch them vertically",
    ],
};
