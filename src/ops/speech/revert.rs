//! How people ask to have a part as it was.

use super::Speech;
use crate::plan::vocabulary::{Class, Thing, Verb};

pub static REVERT: Speech = Speech {
    verbs: &[Verb::BringBack, Verb::GoBack, Verb::Restore, Verb::Put, Verb::Keep, Verb::Undo],
    things: &[Thing::Mask, Thing::Face, Thing::Background, Thing::People, Thing::Object, Thing::Noun],
    slots: &[Class::Ref, Class::Place, Class::Ordinal, Class::Set, Class::Number, Class::Auto],
    means: &[
        "脸恢复成原图的样子",
        "把脸恢复成原来的",
        "背景恢复成原图的",
        "左边那个人还原成第2版的样子",
        "涂的地方恢复成原图",
        "人物部分退回最初的原图",
        "put the original face back",
        "bring the original background back",
        "bring back the background from the original",
        "restore the face from the original",
        "bring the brushed part back from version 2",
        "put the original back where I brushed",
    ],
    not: &[
        "回到原图",
        "修复老照片",
        "恢复原图的细节",
        "撤销",
        "找回细节",
        "go back to the original",
        "undo",
        "restore the old photo",
        "bring back the original detail",
    ],
};
