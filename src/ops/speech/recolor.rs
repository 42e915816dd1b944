//! How people ask for something in another colour.

use super::Speech;
use crate::plan::vocabulary::{Class, Thing, Verb};

pub static RECOLOR: Speech = Speech {
    verbs: &[Verb::Change, Verb::Recolor, Verb::Put, Verb::Colorize],
    things: &[Thing::People, Thing::Face, Thing::Object, Thing::Subject, Thing::Mask, Thing::Colour, Thing::Noun, Thing::Logo, Thing::Skin],
    slots: &[Class::Colour, Class::Place, Class::Ordinal, Class::Set, Class::Number, Class::Ref, Class::Auto, Class::Percent, Class::Dim],
    means: &[
        "把车换成红色",
        "沙发换成米色",
        "雨伞改成黄色",
        "把左边的车改成蓝色",
        "把伞染成紫的",
        "把车喷成橙色",
        "把椅子刷成黑色",
        "make the car red",
        "paint the sofa green",
        "change the cup to blue",
        "make the couch navy",
        "recolor the umbrella blue",
        "paint the car on the left orange",
    ],
    not: &[
        "背景换成红色",
        "给黑白照片上色",
        "去掉红色的车",
        "change the background to blue",
        "colorize this old photo",
        "remove the red car",
        "select the red car",
    ],
};
