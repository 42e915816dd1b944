//! How people ask for a selection.

use super::Speech;
use crate::plan::vocabulary::{Class, Thing, Verb};

pub static SELECT: Speech = Speech {
    verbs: &[Verb::Select],
    things: &[Thing::People, Thing::Face, Thing::Object, Thing::Subject, Thing::Mask, Thing::Background, Thing::Text],
    slots: &[Class::Place, Class::Ordinal, Class::Set, Class::Number, Class::Ref, Class::Auto],
    means: &[
        "选中左边的人",
        "选中背景",
        "圈出那只狗",
        "选择产品",
        "标出所有人脸",
        "框选右边的车",
        "select the dog",
        "select the person on the left",
        "select the background",
        "highlight the product",
        "mark all the faces",
    ],
    not: &["去掉左边的人", "抠图", "导出PNG", "crop to the face", "把车换成红色", "blur all the faces"],
};
