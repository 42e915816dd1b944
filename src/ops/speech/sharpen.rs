//! How people ask for a sharper picture.

use super::Speech;
use crate::plan::vocabulary::{Class, Thing, Verb};

pub static SHARPEN: Speech = Speech {
    verbs: &[Verb::Sharpen, Verb::Raise, Verb::Lower],
    things: &[Thing::Border, Thing::Object, Thing::Noun, Thing::Detail, Thing::Subject],
    slots: &[Class::Degree, Class::Percent, Class::Number, Class::Auto, Class::Dim],
    means: &[
        "锐化",
        "锐化一下",
        "帮我锐化这张图",
        "稍微锐化",
        "锐化 30%",
        "把图片锐化",
        "再锐利一点",
        "sharpen it",
        "sharpen the photo",
        "sharpen it a little",
        "make it sharper",
        "sharpen by 50%",
    ],
    not: &[
        "去噪点",
        "找回原图的细节",
        "去模糊",
        "背景虚化",
        "remove the noise",
        "bring back the original detail",
        "blur the background",
        "upscale it 2x",
    ],
};
