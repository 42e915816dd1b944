//! What the words of a clause are beside one another: negated verbs, drawings, shadows, devices.

use super::*;

/// What some nouns are beside the verbs of their clause.
pub fn settle(clause: &mut Clause) {
    let any = |classes: &[Class]| classes.iter().any(|c| clause.any(*c));
    // "转jpg", "整张转黑白", "turn it yellow": into something, not around.
    let into = any(&[Class::Format, Class::Look, Class::Style, Class::Colour, Class::Lang]);
    let around = any(&[Class::Degrees, Class::Turn, Class::Number, Class::Place, Class::Auto]);
    let numbered = any(&[Class::Number]) && !any(&[Class::Colour, Class::Ref]);
    let plain = numbered && clause.things().next().is_none();
    let translates = any(&[Class::Lang]);
    let shaped_or_sized = any(&[Class::Aspect, Class::Size]);
    let faces = clause.things().any(|(t, _)| matches!(t, Thing::Face | Thing::People | Thing::Text | Thing::Noun));
    let hides = faces && !shaped_or_sized && !clause.has(Verb::Pad) && !clause.things().any(|(t, _)| t == Thing::Border);
    let shared = any(&[Class::Percent]) && !clause.things().any(|(t, _)| t == Thing::Background);
    let titled = clause.has(Verb::Poster) || clause.has(Verb::Cover) || any(&[Class::Title]);
    let nothing_measured = clause.numbers().is_empty() && any(&[Class::Quoted]) && !titled;
    let any_tone = any(&[Class::Tone]);
    let flips = clause.has(Verb::Flip) || clause.has(Verb::Stitch) || clause.has(Verb::Arrange);
    let cuts_off = any(&[Class::Percent])
        && any(&[Class::Place, Class::Sides])
        && clause.things().all(|(t, _)| matches!(t, Thing::It | Thing::Picture | Thing::Border));
    let blurred = any(&[Class::BlurFill, Class::MirrorFill]);
    let dressed = any(&[Class::Look]) && !any(&[Class::Device]);
    let shaped = any(&[Class::Aspect]) && !any(&[Class::Ref]);
    for token in &mut clause.tokens {
        token.kind = match token.kind {
            // "色相转30"
            Kind::Verb(Verb::Rotate) if any_tone => Kind::Verb(Verb::Change),
            // "a vertical 9:16 crop"
            Kind::Spin(Spin::Horizontal | Spin::Vertical) if shaped && !flips => Kind::Filler,
            // "take 20% off the bottom"
            Kind::Verb(Verb::Remove) if cuts_off => Kind::Verb(Verb::TrimOff),
            Kind::Verb(Verb::Rotate) if into && !around => Kind::Verb(Verb::Change),
            // "图上的字翻一份日语的"
            Kind::Verb(Verb::Flip) if translates && token.end - token.start == 1 => Kind::Verb(Verb::Translate),
            // "套个冷色滤镜": put on, not put into.
            Kind::Verb(Verb::Mockup) if dressed => Kind::Verb(Verb::Add),
            // "上下用模糊填充凑成9:16"
            Kind::Verb(Verb::Arrange | Verb::Change) if shaped && blurred => Kind::Verb(Verb::Pad),
            // "脸都用模糊挡住"
            Kind::Flag(Flag::BlurFill) if hides => Kind::Verb(Verb::Blur),
            // "a caption below"
            Kind::Flag(Flag::Under) if nothing_measured && token.end - token.start == 5 => Kind::Place("bottom"),
            // "30%透明"
            Kind::Flag(Flag::Transparent) if shared => Kind::Dim(Dim::Opacity),
            // "对比加10", "tint +8"
            Kind::Verb(Verb::Compare) if numbered && token.end - token.start == 2 => Kind::Tone("contrast"),
            Kind::Verb(Verb::Recolor) if plain && token.end - token.start == 4 => Kind::Tone("tint"),
            // "drop highlights by 15"
            Kind::Verb(Verb::Remove | Verb::Put) if any_tone && numbered => Kind::Verb(Verb::Lower),
            _ => continue,
        };
    }
    // "沙发旁边的盆栽": beside it, not the others.
    for i in 1..clause.tokens.len().saturating_sub(1) {
        let noun = |t: &Token| matches!(t.kind, Kind::Thing(Thing::Object | Thing::Noun, _));
        if clause.tokens[i].kind == Kind::Set(Set::Others) && noun(&clause.tokens[i - 1]) && noun(&clause.tokens[i + 1]) {
            clause.tokens[i].kind = Kind::Filler;
        }
    }
    settle_devices(clause);
    settle_shadows(clause);
}

/// "不要裁剪" leaves something undone; "不要背景", "no text" asks for a removal.
pub(super) fn settle_negation(clause: &mut Clause) {
    if clause.tokens.iter().any(|t| t.kind == Kind::Leave) {
        clause.negated = true;
        return;
    }
    let Some(not) = clause.tokens.iter().position(|t| t.kind == Kind::Not) else { return };
    let noun = |t: &Token| matches!(t.kind, Kind::Thing(thing, _) if thing != Thing::It && thing != Thing::Picture);
    let doing = |t: &Token| matches!(t.kind, Kind::Unknown | Kind::ToneWord(..)) || matches!(t.kind, Kind::Verb(v) if v != Verb::Make);
    // "我眼睛不好": not good, not away.
    let bare = clause.tokens[not].end - clause.tokens[not].start == 1 && clause.tokens[not + 1..].iter().any(|t| t.kind == Kind::Filler);
    let removal = clause.tokens.iter().any(noun) && !clause.tokens[not..].iter().any(doing) && !bare;
    if removal {
        clause.tokens[not].kind = Kind::Verb(Verb::Remove);
    } else {
        clause.negated = true;
    }
}

/// "生成白底图", "生成一张PNG": nothing to draw, only a background or a file.
pub(super) fn settle_drawing(clause: &mut Clause) {
    let plain = |t: &Token| match t.kind {
        Kind::Verb(verb) => matches!(verb, Verb::Draw | Verb::Make),
        Kind::Thing(thing, _) => matches!(thing, Thing::Background | Thing::Picture | Thing::It | Thing::Shadow),
        Kind::Unknown => false,
        ref kind => weight(kind) == 0 || matches!(class(kind), Some(Class::Colour | Class::Format | Class::Transparent | Class::Gradient)),
    };
    let anything = clause.tokens.iter().any(|t| weight(&t.kind) > 0 && !matches!(t.kind, Kind::Verb(_)));
    if clause.has(Verb::Draw) && anything && clause.tokens.iter().all(plain) {
        for token in &mut clause.tokens {
            if token.kind == Kind::Verb(Verb::Draw) {
                token.kind = Kind::Verb(Verb::Make);
            }
        }
    }
}

/// "阴影提20", "lift the shadows": the dark parts of the picture.
pub(super) fn settle_shadows(clause: &mut Clause) {
    let bare = clause.verbs().next().is_none() && clause.numbers().iter().any(|n| n.unit == Unit::None);
    let added = bare || clause.has(Verb::Add) && clause.any(Class::Number);
    let moved = added || clause.verbs().any(|v| matches!(v, Verb::Raise | Verb::Lower));
    let behind = clause.things().any(|(t, _)| t == Thing::Background);
    if moved && !behind {
        for token in clause.tokens.iter_mut().filter(|t| matches!(t.kind, Kind::Thing(Thing::Shadow, _))) {
            token.kind = Kind::Tone("shadows");
        }
    }
}

/// A phone that is removed, selected or cut out is a thing in the picture, not a mock-up around it.
pub(super) fn settle_devices(clause: &mut Clause) {
    // "放笔记本电脑里展示", "shown on a laptop": the screen around it.
    let around = clause.verbs().any(|v| matches!(v, Verb::Put | Verb::Mockup)) || clause.flag(Flag::Scene);
    if around && !clause.tokens.iter().any(|t| matches!(t.kind, Kind::Ref(_) | Kind::Place(_))) {
        for token in &mut clause.tokens {
            if let Kind::Thing(Thing::Object, label @ ("laptop" | "cell phone")) = token.kind {
                token.kind = Kind::Device(if label == "laptop" { "laptop" } else { "phone" });
            }
        }
        return;
    }
    let on_things = |v| {
        matches!(
            v,
            Verb::Change
                | Verb::Swap
                | Verb::Remove
                | Verb::Select
                | Verb::CutOut
                | Verb::Blur
                | Verb::Censor
                | Verb::Pixelate
                | Verb::Recolor
        )
    };
    if !clause.verbs().any(on_things) || clause.has(Verb::Mockup) {
        return;
    }
    for token in &mut clause.tokens {
        token.kind = match token.kind {
            Kind::Device("phone") => Kind::Thing(Thing::Object, "cell phone"),
            Kind::Device("laptop") => Kind::Thing(Thing::Object, "laptop"),
            _ => continue,
        };
    }
}
