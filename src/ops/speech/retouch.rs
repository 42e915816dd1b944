//! How people ask for a cleaned up portrait.

use super::Speech;
use crate::plan::vocabulary::{Class, Thing, Verb};

pub static RETOUCH: Speech = Speech {
    verbs: &[Verb::Retouch, Verb::Remove, Verb::Enhance, Verb::Restore, Verb::Raise, Verb::Keep],
    things: &[Thing::Skin, Thing::Face, Thing::People, Thing::Blemish, Thing::Noun],
    slots: &[Class::Degree, Class::Percent, Class::Number, Class::Auto, Class::Dim, Class::Set, Class::Place, Class::ToneWord],
    means: &[
        "磨皮",
        "轻微磨皮",
        "人像精修",
        "给她磨皮",
        "去掉痘痘",
        "去掉脸上的痘痘",
        "美白牙齿",
        "祛斑",
        "去痘",
        "smooth the skin",
        "retouch the face",
        "remove the blemishes",
        "whiten the teeth",
    ],
    not: &[
        "去掉左边的人",
        "给脸打码",
        "去噪点",
        "锐化",
        "裁剪到人脸",
        "blur the face",
        "remove the person",
        "sharpen it",
        "enhance the photo",
    ],
};
