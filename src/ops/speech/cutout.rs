//! How people ask for a cut-out.

use super::Speech;
use crate::plan::vocabulary::{Class, Thing, Verb};

pub static CUTOUT: Speech = Speech {
    verbs: &[Verb::CutOut, Verb::Remove, Verb::TrimOff, Verb::Keep, Verb::Change, Verb::Put, Verb::Add, Verb::Crop],
    things: &[
        Thing::People,
        Thing::Face,
        Thing::Object,
        Thing::Subject,
        Thing::Mask,
        Thing::Background,
        Thing::Noun,
        Thing::Logo,
        Thing::Colour,
        Thing::Border,
    ],
    slots: &[
        Class::Place,
        Class::Ordinal,
        Class::Set,
        Class::Number,
        Class::Ref,
        Class::Auto,
        Class::Transparent,
        Class::Colour,
        Class::Sides,
        Class::Blank,
    ],
    means: &[
        "抠图",
        "帮我把这个杯子抠出来",
        "去掉背景",
        "把背景去掉，输出透明PNG",
        "背景变透明",
        "去底，保留人物",
        "只保留产品",
        "扣图",
        "remove the background",
        "cut out the product",
        "make the background transparent",
        "isolate the person",
        "give me a transparent png",
        "remvoe the backgroud",
        "get rid of the background please",
    ],
    not: &[
        "把背景换成红色",
        "背景虚化一下",
        "裁成1:1",
        "把左边的人去掉",
        "don't remove the background, just rotate it 90 degrees",
        "不要去背景，只裁剪成1:1",
        "remove the text",
        "blur the background",
    ],
};
