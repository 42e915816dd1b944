//! How people ask to have something removed.

use super::Speech;
use crate::plan::vocabulary::{Class, Thing, Verb};

pub static ERASE: Speech = Speech {
    verbs: &[Verb::Remove, Verb::TrimOff, Verb::Keep],
    things: &[
        Thing::People,
        Thing::Face,
        Thing::Object,
        Thing::Subject,
        Thing::Mask,
        Thing::Background,
        Thing::Noun,
        Thing::Logo,
        Thing::Shadow,
        Thing::Watermark,
        Thing::Border,
        Thing::Colour,
        Thing::Detail,
        Thing::Text,
    ],
    slots: &[Class::Place, Class::Ordinal, Class::Set, Class::Number, Class::Ref, Class::Auto],
    means: &[
        "把左边的人去掉",
        "去掉右边的车",
        "删除所有人",
        "把那只狗去掉",
        "去除路人",
        "去掉从左数第二个人",
        "把主体去掉",
        "remove the person on the left",
        "erase the dog",
        "remove all people",
        "get rid of the car on the right",
        "remove everyone except the person in the middle",
    ],
    not: &["去掉背景", "给人脸打码", "抠图", "选中左边的人", "blur the background", "把衣服换成红色"],
};
