//! How people ask for noise.

use super::Speech;
use crate::plan::vocabulary::{Class, Thing, Verb};

pub static DENOISE: Speech = Speech {
    verbs: &[Verb::Denoise, Verb::Remove, Verb::Restore, Verb::Lower],
    things: &[Thing::Noise, Thing::Face, Thing::People, Thing::Skin, Thing::Subject],
    slots: &[Class::Degree, Class::Percent, Class::Number, Class::Auto, Class::Dim, Class::Tone, Class::Set],
    means: &[
        "去掉噪点",
        "降噪",
        "帮我降噪",
        "去噪",
        "照片噪点太多，降一下噪",
        "把噪点去掉",
        "降噪 50%",
        "remove the noise",
        "denoise it",
        "denoise this photo",
        "get rid of the grain",
        "reduce the noise",
    ],
    not: &["锐化", "去掉划痕", "去掉文字", "提亮", "sharpen it", "remove the dog", "remove the scratches", "enhance the photo"],
};
