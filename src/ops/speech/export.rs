//! How people ask for a file.

use super::Speech;
use crate::plan::vocabulary::{Class, Thing, Verb};

pub static EXPORT: Speech = Speech {
    verbs: &[Verb::Export, Verb::Change, Verb::Compress, Verb::Lower, Verb::Shrink, Verb::Keep],
    things: &[Thing::Noun, Thing::Object, Thing::People, Thing::Subject],
    slots: &[
        Class::Format,
        Class::Platform,
        Class::Quality,
        Class::Number,
        Class::Percent,
        Class::Bytes,
        Class::Under,
        Class::Dpi,
        Class::Metadata,
        Class::Layers,
        Class::Transparent,
        Class::Size,
        Class::Dim,
        Class::Ref,
        Class::Fit,
        Class::Set,
    ],
    means: &[
        "导出为jpg，质量80",
        "导出PNG",
        "转成webp",
        "压缩到200KB以内",
        "保存为透明png",
        "导出分层文件",
        "存成jpg，质量百分之八十五",
        "export成png格式",
        "save as jpeg under 200 KB",
        "convert to webp",
        "give me a psd with layers",
        "export as jpg at 80% quality",
        "png please",
        "save it as a jpeg, quality 85, under 500kb",
        "导出宽1080的jpg",
    ],
    not: &[
        "转成黑白",
        "裁成1:1",
        "去掉背景",
        "compare version 1 and 2",
        "resize to 800 wide",
        "把背景换成白色",
        "变成油画风格",
        "change the text \"jpg\" to \"png\"",
    ],
};
