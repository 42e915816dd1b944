//! How people ask for several things in one picture.

use super::Speech;
use crate::plan::vocabulary::{Class, Thing, Verb};

pub static COMPOSE: Speech = Speech {
    verbs: &[Verb::Arrange, Verb::Put],
    things: &[Thing::Subject, Thing::Background, Thing::Object, Thing::Noun, Thing::People, Thing::Shadow, Thing::Picture, Thing::It],
    slots: &[
        Class::Layout,
        Class::Number,
        Class::Colour,
        Class::Set,
        Class::Ref,
        Class::Gradient,
        Class::Length,
        Class::Dim,
        Class::Ordinal,
    ],
    means: &[
        "把这几张产品排成一排",
        "四个杯子摆成一排",
        "三件商品排成一排，合成一张图",
        "这五件产品按网格排到一张图里",
        "把这几样东西都摆到一个货架上展示",
        "排成一行，底色米色",
        "把这三件排成一排，沙发2米宽，台灯0.5米高",
        "arrange these in a row",
        "arrange them in a row, the sofa is 2 m wide, the lamp 0.5 m tall",
        "lay these out in a grid",
        "all five products on one shelf",
        "these 3 in one row, white bg",
        "arrange the attached products on a shelf",
    ],
    not: &["把图2放到右下角", "把这几张竖着拼成长图", "把图1的产品换成图2的产品", "stitch them vertically", "put it on a white background"],
};
