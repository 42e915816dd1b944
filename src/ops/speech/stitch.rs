//! How people ask for several pictures as one.

use super::Speech;
use crate::plan::vocabulary::{Class, Thing, Verb};

pub static STITCH: Speech = Speech {
    verbs: &[Verb::Stitch, Verb::Arrange, Verb::Put, Verb::Keep, Verb::Add, Verb::Pad],
    things: &[Thing::Border],
    slots: &[Class::Number, Class::Place, Class::Mirror, Class::Set, Class::Layout, Class::Ref, Class::Sides],
    means: &[
        "拼成长图",
        "把这三张竖着拼成长图",
        "把这些图横着拼在一起",
        "把这几张上下拼接",
        "左右拼接这几张图",
        "竖着拼接，间隔20像素",
        "stitch these images together vertically",
        "stitch them side by side, 20px gap",
        "stitch them side by side",
        "stitch these three into one long image",
        "stitch the pictures horizontally",
        "stitch them vertically",
    ],
    not: &[
        "把这几张产品排成一排",
        "把图切成3份",
        "把图2放到右下角",
        "split into 3 parts",
        "arrange these in a row",
        "put it on a white background",
    ],
};
