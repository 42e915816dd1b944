//! How people ask for a description.

use super::Speech;
use crate::plan::vocabulary::{Class, Thing, Verb};

pub static DESCRIBE: Speech = Speech {
    verbs: &[Verb::Describe],
    things: &[Thing::Colour, Thing::Subject, Thing::People, Thing::Background, Thing::Text, Thing::Object],
    slots: &[Class::Ref, Class::Dim, Class::Set, Class::Format],
    means: &[
        "这张图多大？",
        "图里有什么？",
        "这图什么格式",
        "描述一下这张图",
        "分析一下这张图",
        "看看图里有几个人",
        "这张照片里有什么",
        "what is in this picture?",
        "describe this picture",
        "how big is this image?",
        "what are the dimensions?",
        "what is this",
    ],
    not: &[
        "读取图片里的文字",
        "缩放到宽800像素",
        "你能做什么？",
        "把人去掉",
        "选中左边的人",
        "what can you do",
        "make it bigger 2x",
        "改大小为800x600",
    ],
};
