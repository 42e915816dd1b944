//! How people ask for another size.

use super::Speech;
use crate::plan::vocabulary::{Class, Verb};

pub static RESIZE: Speech = Speech {
    verbs: &[Verb::Resize, Verb::Shrink, Verb::Stretch, Verb::Change, Verb::Crop, Verb::Raise, Verb::Lower, Verb::Keep, Verb::Fit],
    things: &[],
    slots: &[
        Class::Platform,
        Class::Size,
        Class::Dim,
        Class::Number,
        Class::Percent,
        Class::Times,
        Class::Fit,
        Class::Ref,
        Class::Aspect,
        Class::Degree,
        Class::Under,
    ],
    means: &[
        "缩放到宽800像素",
        "缩小一半",
        "缩小到50%",
        "长边缩到2000像素",
        "宽800高600",
        "宽度改为1080",
        "放大1.5倍",
        "拉伸成800x600",
        "resize to 1200x1200",
        "make it 1080 wide",
        "scale down to 640x480",
        "resize to 50% of the original",
        "fit within 800x800",
        "width 800, height 600",
        "shrink it by half",
        "resize to 800x600 stretch",
    ],
    not: &[
        "放大两倍",
        "裁成1:1",
        "pad to 1000x1000",
        "压缩到200KB",
        "upscale 4x",
        "add a 20px black border",
        "不要缩放，只裁成1:1",
        "rotate 90",
    ],
};
