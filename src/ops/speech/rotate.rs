//! How people ask for a rotation.

use super::Speech;
use crate::plan::vocabulary::{Class, Thing, Verb};

pub static ROTATE: Speech = Speech {
    verbs: &[Verb::Rotate, Verb::Straighten, Verb::Change, Verb::Restore, Verb::Put],
    things: &[Thing::Horizon, Thing::Subject, Thing::Border, Thing::Noun, Thing::Object],
    slots: &[
        Class::Degrees,
        Class::Turn,
        Class::Place,
        Class::Ref,
        Class::Degree,
        Class::Number,
        Class::Percent,
        Class::Auto,
        Class::Mirror,
    ],
    means: &[
        "顺时针旋转90度",
        "向左转90度",
        "旋转180度",
        "逆时针转15°",
        "拉直",
        "把照片扶正",
        "倒过来",
        "旋转-90度",
        "rotate it 15 degrees counter-clockwise",
        "rotate 90 degrees left",
        "rotate right 90°",
        "turn it upside down",
        "straighten the horizon",
        "rotate half a turn",
        "rotate by 180",
    ],
    not: &[
        "左右翻转",
        "mirror it",
        "不要旋转，裁成1:1",
        "don't rotate, crop to 4:5",
        "色相调高20",
        "缩小一半",
        "flip it vertically",
        "turn this photo into a Ghibli-style illustration",
    ],
};
