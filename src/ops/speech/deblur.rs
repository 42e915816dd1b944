//! How people ask for a blurred picture to be made clear.

use super::Speech;
use crate::plan::vocabulary::{Class, Verb};

pub static DEBLUR: Speech = Speech {
    verbs: &[Verb::Deblur, Verb::Remove, Verb::Restore, Verb::Blur],
    things: &[],
    slots: &[Class::Degree, Class::Percent, Class::Number, Class::Auto, Class::Dim],
    means: &[
        "去模糊",
        "照片太模糊了，弄清晰",
        "去除模糊",
        "把模糊的照片变清晰",
        "修复模糊",
        "fix the blur",
        "deblur this photo",
        "remove the blur",
        "deblur it",
        "deblur the picture",
    ],
    not: &["背景虚化", "blur the background", "把脸模糊掉", "锐化", "sharpen it", "放大两倍"],
};
