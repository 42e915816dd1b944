//! How people ask for the original's detail.

use super::Speech;
use crate::plan::vocabulary::{Class, Thing, Verb};

pub static DETAIL: Speech = Speech {
    verbs: &[Verb::BringBack, Verb::Keep, Verb::Put, Verb::Restore],
    things: &[Thing::Detail, Thing::People, Thing::Face, Thing::Object, Thing::Subject, Thing::Mask, Thing::Skin, Thing::Noun],
    slots: &[Class::Ref, Class::Percent, Class::Number, Class::Dim],
    means: &[
        "找回原图的细节",
        "把原图的细节贴回来",
        "恢复原图的纹理",
        "把原图纹理贴回去",
        "恢复细节",
        "找回人物的细节",
        "保留原图细节",
        "bring back the original detail",
        "restore the fine detail of the original",
        "bring back the texture",
        "put the original texture back",
        "bring back the detail of the original on the face",
    ],
    not: &["锐化", "去噪点", "回到原图", "修复老照片", "sharpen it", "remove the noise", "go back to the original", "enhance the photo"],
};
