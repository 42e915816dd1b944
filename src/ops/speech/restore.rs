//! How people ask for an old photo to be repaired.

use super::Speech;
use crate::plan::vocabulary::{Class, Thing, Verb};

pub static RESTORE: Speech = Speech {
    verbs: &[Verb::Restore, Verb::Colorize, Verb::Remove, Verb::Enhance, Verb::Upscale, Verb::Keep],
    things: &[Thing::Scratch, Thing::Noise, Thing::Face, Thing::Noun, Thing::Object, Thing::People, Thing::Subject, Thing::Colour],
    slots: &[Class::Old, Class::Look, Class::Ref, Class::Auto, Class::Set, Class::Degree],
    means: &[
        "修复这张老照片",
        "老照片翻新",
        "去掉划痕",
        "把照片上的折痕修好",
        "修复划痕，不要上色",
        "修复这张旧照",
        "restore this old photo",
        "repair the scratches and creases",
        "fix this damaged old photo",
        "remove the scratches",
        "restore this old family picture",
        "mend the cracks and creases in this old print",
    ],
    not: &[
        "去掉左边的人",
        "给黑白照片上色",
        "降噪",
        "remove the man on the left",
        "colorize this photo",
        "restore the fine detail of the original",
    ],
};
