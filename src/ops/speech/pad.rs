//! How people ask for a border or a larger canvas.

use super::Speech;
use crate::plan::vocabulary::{Class, Thing, Verb};

pub static PAD: Speech = Speech {
    verbs: &[Verb::Pad, Verb::Add, Verb::Put, Verb::Change, Verb::Blur, Verb::Extend, Verb::Keep, Verb::Flip, Verb::Fit],
    things: &[Thing::Border, Thing::Background],
    slots: &[
        Class::Aspect,
        Class::Size,
        Class::Dim,
        Class::Number,
        Class::Colour,
        Class::Transparent,
        Class::Sides,
        Class::Place,
        Class::Ref,
        Class::Mirror,
        Class::Set,
        Class::BlurFill,
        Class::MirrorFill,
    ],
    means: &[
        "四周加50像素白边",
        "补成正方形，白色",
        "左右各加100像素",
        "上下各加30像素黑边",
        "加一圈50px的白边",
        "补成16:9，模糊填充",
        "在下面加100像素白色",
        "pad to 1:1 with white",
        "add a 20px black border",
        "pad to 1000x1000",
        "top and bottom 40px white",
        "pad to 16:9 with blurred background",
        "add 100px of white at the bottom",
    ],
    not: &[
        "裁成1:1",
        "背景换成白色",
        "把画面扩展成16:9",
        "extend the picture to the left by 200 pixels",
        "resize to 1200x1200",
        "加上标题“边框”",
        "crop to a square",
        "去掉背景",
    ],
};
