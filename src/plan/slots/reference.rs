//! Which picture is meant: `image 2`, `图2`, `第二张图`, `version 3`, `第3版`, `the original`, `原图`, `the previous one`.

use crate::plan::normal::Normal;
use crate::plan::token::{Kind, Ref, Thing};
use crate::plan::types::ImageRef;

use super::{number, spaces, word};

const IMAGE: &[&str] = &["images", "image", "pictures", "picture", "photos", "photo", "pic", "img", "attachment", "file", "shot", "upload"];
const IMAGE_ZH: &[&str] = &["图片", "照片", "张图片", "张照片", "张图", "图", "附件", "p"];
const VERSION: &[&str] = &["version", "ver", "v", "versions"];
const ORDINALS: &[&str] = &["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];

fn whole(text: &Normal, at: usize) -> Option<(usize, usize)> {
    number::plain(text, at).filter(|(_, v)| v.fract() == 0.0 && (1.0..=9999.0).contains(v)).map(|(end, v)| (end, v as usize))
}

pub fn matches(text: &Normal, at: usize, offer: &mut dyn FnMut(usize, Kind)) {
    let image = |n| Kind::Ref(Ref::Image(ImageRef::Image(n)));
    let version = |n| Kind::Ref(Ref::Image(ImageRef::Version(n)));
    // image 2, 图2, version 3, v3, 版本3
    for (words, make) in [
        (IMAGE, &image as &dyn Fn(usize) -> Kind),
        (&["图片", "照片", "图", "附件"], &image),
        (VERSION, &version),
        (&["版本", "版"], &version),
    ] {
        let Some(after) = words.iter().find_map(|w| starts(text, at, w)) else { continue };
        let skip = spaces(text, after);
        let skip = if matches!(text.at(skip), Some('#')) { skip + 1 } else { skip };
        if let Some((end, n)) = whole(text, skip)
            && !(text.at(end) == Some(':') && text.at(spaces(text, end + 1)).is_some_and(|c| c.is_ascii_digit()))
            && !text.at(end).is_some_and(|c| {
                (c.is_ascii_alphanumeric() && text.at(skip).is_some_and(|d| d.is_ascii_alphanumeric()))
                    || matches!(c, '倍' | '张' | '个' | '%' | '度' | '比')
            })
            && !(text.at(skip).is_some_and(crate::text::is_han)
                && text.at(end).is_some_and(|c| matches!(c, '下' | '点' | '些' | '样' | '起')))
        {
            offer(end, make(n));
        }
    }
    // the second picture, 2nd image; "the one in the second photo" is said with more words before
    for (i, w) in ORDINALS.iter().enumerate() {
        let short = format!("{}{}", i + 1, ["st", "nd", "rd"].get(i).copied().unwrap_or("th"));
        let Some(after) = word(text, at, &[w, short.as_str()]) else { continue };
        let after = spaces(text, after);
        if let Some(end) = word(text, after, IMAGE) {
            offer(end, image(i + 1));
        }
        if let Some(end) = word(text, after, &["version"]) {
            offer(end, version(i + 1));
        }
    }
    chinese_ordinal(text, at, offer, &image, &version);
    named(text, at, offer);
    if let Some(end) = attached(text, at).into_iter().chain(attached_zh(text, at)).max() {
        offer(end, Kind::Ref(Ref::Attached));
    }
}

/// 第二张图, 第2张, 第3版, 第三个版本
fn chinese_ordinal(
    text: &Normal,
    at: usize,
    offer: &mut dyn FnMut(usize, Kind),
    image: &dyn Fn(usize) -> Kind,
    version: &dyn Fn(usize) -> Kind,
) {
    if text.at(at) != Some('第') {
        return;
    }
    let Some((end, n)) = whole(text, spaces(text, at + 1)) else { return };
    let end = spaces(text, end);
    if let Some(end) = word(text, end, IMAGE_ZH).filter(|_| text.at(end) != Some('p')) {
        offer(end, image(n));
    }
    if let Some(end) = word(text, end, &["张", "幅"]) {
        offer(end, image(n));
    }
    if let Some(end) = word(text, end, &["个版本", "版本", "版"]) {
        offer(end, version(n));
    }
}

/// "the bit I painted over", "what I marked", 我刚才圈出来的部分: the painted area, however it is called.
pub fn painted(text: &Normal, at: usize, offer: &mut dyn FnMut(usize, Kind)) {
    if let Some(end) = painted_en(text, at).into_iter().chain(painted_zh(text, at)).max() {
        offer(end, Kind::Thing(Thing::Mask, ""));
    }
}

fn painted_en(text: &Normal, at: usize) -> Option<usize> {
    const NOUNS: &[&str] = &[
        "bit", "bits", "part", "parts", "area", "areas", "spot", "spots", "place", "thing", "things", "stuff", "region", "section",
        "patch", "piece", "object", "object", "corner", "stripe",
    ];
    let then = |end: usize, words: &[&str]| word(text, spaces(text, end), words);
    let noun = then(word(text, at, &["the", "that", "this"]).unwrap_or(at), NOUNS).map(|end| then(end, &["that", "which"]).unwrap_or(end));
    let end = noun.or_else(|| word(text, at, &["what", "where", "whatever", "everything", "anything", "wherever"]))?;
    let end = then(end, &["i've", "ive", "i have", "i had", "i"])?;
    let end = then(end, &["just", "have just", "already"]).unwrap_or(end);
    let end = then(
        end,
        &[
            "painted",
            "brushed",
            "marked",
            "circled",
            "highlighted",
            "selected",
            "masked",
            "scribbled",
            "coloured",
            "colored",
            "drew",
            "drawn",
            "outlined",
            "clicked",
            "covered",
            "shaded",
            "smeared",
            "dabbed",
            "traced",
            "swiped",
        ],
    )?;
    // A colour after it may be what the part should become.
    let end = then(end, &["over", "on", "around", "out"]).unwrap_or(end);
    Some(then(end, &["with the brush", "just now", "earlier"]).unwrap_or(end))
}

fn painted_zh(text: &Normal, at: usize) -> Option<usize> {
    let then = |end: usize, words: &[&str]| word(text, end, words);
    let start = word(text, at, &["被我", "我"]).unwrap_or(at);
    let start = then(start, &["刚刚", "刚才", "刚", "用画笔", "用笔", "已经"]).unwrap_or(start);
    let verb = then(start, &["涂抹", "涂", "圈", "刷", "画圈", "框", "标记", "标", "选中", "选", "抹", "勾", "描"])?;
    let end = then(verb, &["出来", "起来", "红", "黑", "绿", "住", "中", "出", "过", "到", "上"]).unwrap_or(verb);
    let end = then(end, &["了"]).unwrap_or(end);
    let end = then(end, &["的"])?;
    let end = then(end, &["这个", "那个", "这", "那"]).unwrap_or(end);
    then(end, &["地方", "部分", "区域", "位置", "范围", "一块", "一片", "块儿", "块", "片", "里", "东西", "部位", "地儿", "区"])
}

/// "the photo I just sent", "this new picture", "the attachment"
fn attached(text: &Normal, at: usize) -> Option<usize> {
    const NOUNS: &[&str] = &["photo", "picture", "image", "pic", "shot", "file", "product", "item", "upload"];
    let then = |end: usize, words: &[&str]| word(text, spaces(text, end), words);
    let begin = word(text, at, &["the", "this", "that", "my", "our", "a"]);
    let start = begin.unwrap_or(at);
    let new = then(start, &["new", "other", "attached", "uploaded", "newly uploaded", "newly attached", "added", "enclosed"]);
    if begin.is_some()
        && let Some(end) = then(start, &["attachment", "new upload"])
    {
        return Some(end);
    }
    if let Some(end) = new
        && begin.is_some()
        && let Some(end) = then(end, NOUNS)
    {
        return Some(sent(text, end).unwrap_or(end));
    }
    // "the new bottle I uploaded"
    let any = || {
        let from = spaces(text, new.unwrap_or(start));
        let end = (from..text.len()).find(|&i| !text.chars[i].is_ascii_alphabetic()).unwrap_or(text.len());
        (end > from + 2).then_some(end)
    };
    let noun = then(start, NOUNS).or_else(|| then(start, &["one", "ones", "thing"])).or_else(any)?;
    sent(text, noun).filter(|_| begin.is_some())
}

/// "… that I just sent"
fn sent(text: &Normal, at: usize) -> Option<usize> {
    let then = |end: usize, words: &[&str]| word(text, spaces(text, end), words);
    let end = then(at, &["that", "which"]).unwrap_or(at);
    let end = then(end, &["i've", "ive", "i have", "i am", "i'm", "i", "we"])?;
    let end = then(end, &["just", "now", "have just"]).unwrap_or(end);
    let end = then(
        end,
        &["sent", "uploaded", "attached", "added", "posted", "shared", "sending", "attaching", "uploading", "gave you", "sent you"],
    )?;
    Some(then(end, &["just now", "now", "here", "with this", "along"]).unwrap_or(end))
}

/// 我刚发的这张, 刚上传的图, 新的那张, 附件里的
fn attached_zh(text: &Normal, at: usize) -> Option<usize> {
    let then = |end: usize, words: &[&str]| word(text, spaces(text, end), words);
    let this = |end: usize| {
        let end = then(end, &["这", "那"]).unwrap_or(end);
        let end = then(end, &["一张", "一个", "张", "个", "双", "件", "只", "款", "幅", "瓶", "台", "辆", "条", "把", "支", "块", "盒"])
            .unwrap_or(end);
        then(end, &["图片", "照片", "图", "新图", "商品", "产品"]).unwrap_or(end)
    };
    if let Some(end) = word(text, at, &["附件里的", "附件中的", "附件", "附图", "新图"]) {
        return Some(this(end));
    }
    if let Some(end) = word(text, at, &["新的这张", "新的那张", "这张新的", "那张新的", "新发的", "新传的", "新上传的"])
    {
        return Some(this(end));
    }
    let who = word(text, at, &["我们", "我"]);
    let start = who.unwrap_or(at);
    let when = then(start, &["刚刚", "刚才", "刚", "现在", "这次", "新", "这会儿", "后来", "随后"]);
    let verb = then(
        when.unwrap_or(start),
        &["上传", "发过来", "发给你", "发来", "传过来", "传上来", "附上", "附带", "给你", "发", "传", "附", "贴"],
    )?;
    let end = then(verb, &["的"])?;
    let end = this(end);
    (who.is_some() || when.is_some()).then_some(end)
}

fn named(text: &Normal, at: usize, offer: &mut dyn FnMut(usize, Kind)) {
    let original: &[&str] = &[
        "original image",
        "original photo",
        "original picture",
        "original version",
        "original upload",
        "the original",
        "original",
        "原图",
        "原始图片",
        "原始图",
        "原来的图",
        "最初的图",
        "原版",
        "初始版本",
        "最初版本",
        "原照片",
        "原始版本",
        "最开始的图",
        "最初",
        "最开始",
        "最开始的样子",
    ];
    for w in original {
        if let Some(end) = word(text, at, &[w]) {
            offer(end, Kind::Ref(Ref::Image(ImageRef::Original)));
        }
    }
    for w in [
        "previous version",
        "previous one",
        "previous image",
        "previous picture",
        "last version",
        "the version before",
        "上一版",
        "上一个版本",
        "上个版本",
        "前一版",
        "上一张",
        "之前那版",
    ] {
        if let Some(end) = word(text, at, &[w]) {
            offer(end, Kind::Ref(Ref::Previous));
        }
    }
}

/// A word that a digit may follow directly (`image2`, `v3`).
fn starts(text: &Normal, at: usize, w: &str) -> Option<usize> {
    let end = at + w.chars().count();
    let fits = text.len() >= end && w.chars().enumerate().all(|(i, c)| text.chars[at + i] == c);
    let before = at == 0 || !text.chars[at - 1].is_ascii_alphanumeric() || !text.chars[at].is_ascii_alphanumeric();
    let after = text.at(end).is_none_or(|c| !c.is_ascii_alphabetic());
    (fits && before && after).then_some(end)
}
