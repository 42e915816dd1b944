//! How people ask to have another picture put onto this one.

use super::Speech;
use crate::plan::vocabulary::{Class, Thing, Verb};

pub static PLACE: Speech = Speech {
    verbs: &[Verb::Put, Verb::Add, Verb::Rotate],
    things: &[Thing::Logo, Thing::Subject, Thing::People, Thing::Object, Thing::Noun],
    slots: &[
        Class::Place,
        Class::Ref,
        Class::Opacity,
        Class::Percent,
        Class::Degree,
        Class::Number,
        Class::Degrees,
        Class::Turn,
        Class::Dim,
    ],
    means: &[
        "把图2的logo放到右下角",
        "logo贴左下角 不透明度80%",
        "把第二张图放右上角",
        "把图2放在图1的右边",
        "在右上角加上图2的logo",
        "图2贴正中间",
        "put the logo from image 2 top left",
        "place image 2 in the center",
        "logo bottom right",
        "paste the second image in the top right corner",
        "overlay image 2 on the top right corner, 70% opacity",
    ],
    not: &["把图1的产品换成图2的产品", "把背景换成图2", "右下角加文字“新品”", "右下角加水印", "put it on a white background", "拼成一排"],
};
