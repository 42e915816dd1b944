//! How people ask for one thing in place of another.

use super::Speech;
use crate::plan::vocabulary::{Class, Thing, Verb};

pub static SWAP: Speech = Speech {
    verbs: &[Verb::Change, Verb::Swap, Verb::Put],
    things: &[Thing::Subject, Thing::Object, Thing::Noun, Thing::People, Thing::Mask, Thing::It],
    slots: &[Class::Place, Class::Ordinal, Class::Set, Class::Number, Class::Ref, Class::Auto, Class::Old],
    means: &[
        "把图1的产品换成图2的产品",
        "用图2替换图1里的杯子",
        "把左边的椅子换成第二张图里的椅子",
        "图1的沙发换成图2的沙发",
        "用第二张图的商品替换掉第一张的商品",
        "换成图二那双鞋",
        "swap the product for the one in image 2",
        "swap the bottle with the one from image 2",
        "replace the cup with image 2",
        "change the chair to the one in the second picture",
        "switch out the shampoo in pic 1 for the one in pic 2",
    ],
    not: &[
        "把背景换成图2",
        "把衣服换成红色",
        "把“新品”换成“特惠”",
        "put the logo from image 2 top left",
        "change the background to blue",
        "交换左右",
    ],
};
