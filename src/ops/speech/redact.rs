//! How people ask to have something hidden.

use super::Speech;
use crate::plan::vocabulary::{Class, Thing, Verb};

pub static REDACT: Speech = Speech {
    verbs: &[Verb::Censor, Verb::Pixelate, Verb::Blur, Verb::Add, Verb::Change],
    things: &[
        Thing::Face,
        Thing::People,
        Thing::Object,
        Thing::Text,
        Thing::Noun,
        Thing::Mask,
        Thing::Logo,
        Thing::Background,
        Thing::Subject,
    ],
    slots: &[Class::Place, Class::Ordinal, Class::Set, Class::Number, Class::Ref, Class::Auto, Class::Quoted, Class::Colour],
    means: &[
        "给人脸打码",
        "把所有人脸打上马赛克",
        "左边的人脸打码",
        "给右边的人打马赛克",
        "把车打码",
        "模糊人脸",
        "blur the faces",
        "pixelate all faces",
        "pixelate the face on the left",
        "censor the faces",
        "blur the person on the right",
        "censor the dog",
    ],
    not: &["模糊背景", "去掉左边的人", "选中所有人脸", "blur the background", "remove the faces", "crop to the face"],
};
