//! Words that only introduce a wish or say what for: "for the school fair", "let me see it as …", "the whole flyer", "mum wants …". Beside a wish they
//! become fillers, unless they hold an amount, a colour, a place or a name.

use super::lexicon::{BYSTANDERS, Verb};
use super::normal::Normal;
use super::token::{Kind, Thing, Token, Unit};

/// The tokens with such words as fillers.
pub fn settle(tokens: &mut [Token], text: &Normal) {
    let mut start = 0;
    while start < tokens.len() {
        let end = tokens[start..].iter().position(|t| matches!(t.kind, Kind::Link(_))).map_or(tokens.len(), |i| start + i);
        let clause = &mut tokens[start..end];
        purposes(clause, text);
        before_what(clause, text);
        pictured(clause, text);
        finishes(clause, text);
        shown(clause, text);
        existing(clause, text);
        speakers(clause, text);
        counted_letters(clause, text);
        years(clause, text);
        predicate(clause, text);
        says_what(clause, text);
        ruins(clause, text);
        start = end + 1;
    }
    domains(tokens, text);
    bracketed(tokens, text);
    made(tokens, text);
    cannot(tokens, text);
    only_wanted(tokens, text);
}

/// "…, I just want the mug", "裁掉周围，只要人": what is wanted alone is kept.
fn only_wanted(tokens: &mut [Token], text: &Normal) {
    const ONLY: &[&str] = &["just", "only", "只", "只要", "只想要", "只需要", "仅", "就"];
    const WANT: &[&str] = &["want", "need", "要", "想要", "需要", "留"];
    for i in 0..tokens.len() {
        let said = word(&tokens[i], text);
        let only = matches!(tokens[i].kind, Kind::Link(_)) && ONLY.contains(&said.as_str());
        let want = tokens
            .get(i + 1)
            .is_some_and(|t| matches!(t.kind, Kind::Filler | Kind::Verb(Verb::Make)) && WANT.contains(&word(t, text).as_str()));
        let whole = matches!(said.as_str(), "只要" | "只想要" | "只需要");
        if i == 0 || !only || !(want || whole) {
            continue;
        }
        let from = i + 1 + usize::from(want);
        let rest = tokens[from..].iter().take_while(|t| !matches!(t.kind, Kind::Link(_))).collect::<Vec<_>>();
        let thing =
            |t: &&Token| matches!(t.kind, Kind::Thing(Thing::People | Thing::Object | Thing::Subject | Thing::Face | Thing::Noun, _));
        let told = |t: &&Token| {
            thing(t) || matches!(t.kind, Kind::Filler | Kind::Punct | Kind::Place(_) | Kind::Ordinal(_) | Kind::Thing(Thing::It, _))
        };
        if rest.iter().any(thing) && rest.iter().all(told) {
            tokens[if want { i + 1 } else { i }].kind = Kind::Verb(Verb::Keep);
        }
    }
}

/// "… before I list this house": when it is needed, where nothing exact is said and no other edit.
fn before_what(clause: &mut [Token], text: &Normal) {
    let whose = |t: &Token| matches!(word(t, text).as_str(), "i" | "we" | "my" | "our" | "they" | "he" | "she");
    let Some(at) = (1..clause.len()).find(|&i| word(&clause[i - 1], text) == "before" && whose(&clause[i])) else { return };
    let exact = |t: &Token| {
        t.is_exact()
            || (matches!(t.kind, Kind::Verb(v) if v != Verb::Make) && !t.guessed)
            || matches!(t.kind, Kind::Number(_) | Kind::Format(_) | Kind::Place(_))
    };
    if at > 1 && !clause[at..].iter().any(exact) {
        clause[at - 1..].iter_mut().for_each(|t| t.kind = Kind::Filler);
    }
}

/// "a matte black finish": how a colour shines.
fn finishes(clause: &mut [Token], text: &Normal) {
    for i in 0..clause.len().saturating_sub(1) {
        let shines = ["matte", "mat", "glossy", "shiny", "metallic", "亚光", "哑光", "磨砂"].contains(&word(&clause[i], text).as_str());
        if shines && matches!(clause[i + 1].kind, Kind::Colour(_)) {
            clause[i].kind = Kind::Filler;
        }
    }
}

/// "系统识别不了": what cannot be done is told.
fn cannot(tokens: &mut [Token], text: &Normal) {
    for i in 1..tokens.len() {
        let not = tokens[i].kind == Kind::Not
            && word(&tokens[i], text) == "不"
            && matches!(text.at(tokens[i].end), Some('了' | '出' | '上' | '动' | '过'));
        if not
            && matches!(tokens[i - 1].kind, Kind::Verb(v) if !matches!(v, Verb::Make | Verb::Remove))
            && tokens[i - 1].end == tokens[i].start
        {
            tokens[i - 1].kind = Kind::Unknown;
            tokens[i].kind = Kind::Unknown;
        }
    }
}

fn word(token: &Token, text: &Normal) -> String {
    text.slice(token.start, token.end)
}

/// Whether a token is a wish of its own.
fn wishes(token: &Token) -> bool {
    super::clause::weight(&token.kind) >= 3
}

/// "tiff at 300 dpi for the print shop": what it is for.
fn purposes(clause: &mut [Token], text: &Normal) {
    const FOR: &[&str] = &["for", "for my", "for our", "for me", "for the"];
    let Some(at) = clause.iter().rposition(|t| t.kind == Kind::Filler && FOR.contains(&word(t, text).as_str())) else { return };
    // "swap the cup for a vase", "draw a logo for a bakery": what is put there, what is drawn.
    let exchanges = |t: &Token| {
        matches!(
            t.kind,
            Kind::Verb(
                Verb::Swap | Verb::Change | Verb::Draw | Verb::Recolor | Verb::Match | Verb::Fit | Verb::Select | Verb::CutOut | Verb::Keep
            )
        )
    };
    // "turn the horse pink for fun": what it becomes is said.
    let becomes =
        clause[..at].iter().any(|t| matches!(t.kind, Kind::Colour(_) | Kind::Look(_) | Kind::Style(_) | Kind::Lang(_) | Kind::Format(_)));
    let exchanged = clause.iter().any(|t| exchanges(t) && !(becomes && t.kind == Kind::Verb(Verb::Change)));
    if !clause[..at].iter().any(wishes) || exchanged {
        return;
    }
    let own = word(&clause[at], text).ends_with("my") || word(&clause[at], text).ends_with("our");
    let named = clause.get(at + 1).is_some_and(|t| ["my", "our", "his", "her", "their"].contains(&word(t, text).as_str()));
    let figure = |t: &Token| text.slice(t.start, t.end).contains(|c: char| c.is_ascii_digit());
    let purpose = |t: &Token| match t.kind {
        Kind::Filler | Kind::Punct => true,
        Kind::Unknown => !figure(t),
        Kind::Thing(Thing::People, _) => own || named,
        Kind::Thing(thing, _) => matches!(thing, Thing::Noun | Thing::Text | Thing::Picture | Thing::It | Thing::Logo | Thing::Caption),
        _ => false,
    };
    if clause[at + 1..].iter().all(purpose) {
        clause[at..].iter_mut().filter(|t| t.kind != Kind::Punct).for_each(|t| t.kind = Kind::Filler);
    }
}

/// "口红图配个渐变底", "my site screenshot": what the picture shows.
fn pictured(clause: &mut [Token], text: &Normal) {
    const PICTURE: &[&str] = &[
        "图",
        "照",
        "照片",
        "图片",
        "的照片",
        "的图",
        "截图",
        "screenshot",
        "shot",
        "photo",
        "picture",
        "pic",
        "image",
        "photograph",
        "scan",
        "snap",
    ];
    for i in 1..clause.len() {
        let picture =
            matches!(clause[i].kind, Kind::Thing(Thing::Picture, _) | Kind::Filler) && PICTURE.contains(&word(&clause[i], text).as_str());
        let shows = |t: &Token| {
            matches!(t.kind, Kind::Thing(Thing::Noun, _))
                || (t.kind == Kind::Unknown && !text.slice(t.start, t.end).contains(|c: char| c.is_ascii_digit()))
        };
        let han = text.at(clause[i].start).is_some_and(crate::text::is_han);
        let near = if han { clause[i - 1].end == clause[i].start } else { clause[i - 1].end + 1 == clause[i].start };
        // An order may begin with a strange word: "frobnicate pictures".
        let leads = i == 1 && !han;
        if picture && near && !leads && shows(&clause[i - 1]) {
            clause[i - 1].kind = Kind::Filler;
        }
    }
}

/// "let me see this artwork as a poster mockup", "show it in a phone frame": shown as what it should become.
fn shown(clause: &mut [Token], text: &Normal) {
    const SHOWS: &[&str] = &[
        "show",
        "show me",
        "see",
        "let me see",
        "view",
        "display",
        "看看",
        "看",
        "想看看",
        "看一下",
        "看下",
        "给我看看",
        "show me the",
        "show us",
    ];
    let becomes = |t: &Token| {
        matches!(
            t.kind,
            Kind::Verb(Verb::Select | Verb::Mockup | Verb::Restyle | Verb::Recolor | Verb::CutOut | Verb::Colorize)
                | Kind::Look(_)
                | Kind::Style(_)
                | Kind::Device(_)
                | Kind::Colour(_)
        )
    };
    if !clause.iter().any(becomes) {
        return;
    }
    // "this artwork as a poster mockup": what it is, not what it becomes.
    for i in 1..clause.len() {
        let kind = clause[i].kind == Kind::Style("style")
            && ["artwork", "drawing", "painting", "illustration", "插画", "画作"].contains(&word(&clause[i], text).as_str());
        let this = ["this", "my", "the", "这张", "这幅"].contains(&word(&clause[i - 1], text).as_str());
        let device = clause.iter().any(|t| matches!(t.kind, Kind::Device(_)));
        if kind && this && device {
            clause[i].kind = Kind::Thing(Thing::Picture, "");
        }
    }
    for token in clause.iter_mut().filter(|t| matches!(t.kind, Kind::Verb(Verb::Describe) | Kind::Unknown)) {
        if SHOWS.contains(&word(token, text).as_str()) {
            token.kind = Kind::Filler;
        }
    }
}

/// "put the whole flyer into French": a poster that is there already is the picture.
fn existing(clause: &mut [Token], text: &Normal) {
    const THE: &[&str] = &["the", "this", "that", "my", "our", "whole", "the whole", "entire", "这张", "这个", "那张", "整张", "这份"];
    let acts = |t: &Token| {
        matches!(t.kind, Kind::Lang(_))
            || matches!(
                t.kind,
                Kind::Verb(v) if !matches!(
                    v,
                    Verb::Make | Verb::Draw | Verb::Change | Verb::Add | Verb::Put | Verb::Poster | Verb::Cover | Verb::Mockup | Verb::Stickers | Verb::Describe | Verb::Export | Verb::Fit
                )
            )
    };
    if !clause.iter().any(acts) {
        return;
    }
    for i in 1..clause.len() {
        if matches!(clause[i].kind, Kind::Verb(Verb::Poster | Verb::Cover)) && THE.contains(&word(&clause[i - 1], text).as_str()) {
            clause[i].kind = Kind::Thing(Thing::Picture, "");
        }
    }
}

/// "mom wants it without the dog": who says so is nobody in the picture.
fn speakers(clause: &mut [Token], text: &Normal) {
    const SAYS: &[&str] = &[
        "wants", "want", "says", "said", "thinks", "likes", "loves", "hates", "asked", "asks", "needs", "prefers", "insists", "told",
        "would",
    ];
    for i in 1..clause.len() {
        if clause[i - 1].kind == Kind::Thing(Thing::People, "") && SAYS.contains(&word(&clause[i], text).as_str()) {
            clause[i - 1].kind = Kind::Filler;
        }
    }
}

/// 把「包邮」俩字抹了: how many characters a quoted text has.
fn counted_letters(clause: &mut [Token], text: &Normal) {
    for i in 1..clause.len().saturating_sub(1) {
        let quoted = matches!(clause[i - 1].kind, Kind::Quoted(_));
        let letters = matches!(clause[i + 1].kind, Kind::Thing(Thing::Text, _));
        let first = text.at(clause[i].start).unwrap_or(' ');
        let count = clause[i].end - clause[i].start <= 2 && "俩仨两一二三四五六七八几这那".contains(first);
        if quoted && letters && count {
            clause[i].kind = Kind::Filler;
        }
    }
}

/// 六八年的合影: when it was taken, unless figures on the picture are changed.
fn years(clause: &mut [Token], text: &Normal) {
    let changes = |t: &Token| matches!(t.kind, Kind::Verb(Verb::Change | Verb::Swap | Verb::Remove | Verb::Add | Verb::Put | Verb::Export));
    if clause.iter().any(changes) {
        return;
    }
    for token in clause.iter_mut().filter(|t| matches!(t.kind, Kind::Number(n) if n.unit == Unit::None)) {
        if text.at(token.end) == Some('年') {
            token.kind = Kind::Filler;
        }
    }
}

/// 右边第二个人是路人甲: what somebody is, after who it is.
fn predicate(clause: &mut [Token], text: &Normal) {
    for i in 1..clause.len() {
        let is = word(&clause[i - 1], text).ends_with('是');
        let who = clause[..i].iter().any(|t| matches!(t.kind, Kind::Thing(Thing::People | Thing::Object, _)));
        if clause[i].kind == Kind::Thing(Thing::People, BYSTANDERS) && is && who {
            clause[i].kind = Kind::Filler;
        }
    }
}

/// "…, he's ruining it": why somebody is to go.
fn ruins(clause: &mut [Token], text: &Normal) {
    const WHO: &[&str] =
        &["he's", "hes", "he is", "she's", "shes", "she is", "they're", "theyre", "they are", "it's", "its", "who's", "whos", "who is"];
    const DOES: &[&str] =
        &["ruining", "spoiling", "blocking", "photobombing", "distracting", "annoying", "wrecking", "killing", "bothering", "bugging"];
    let does = (1..clause.len()).find(|&i| DOES.contains(&word(&clause[i], text).as_str()));
    let Some(does) = does else { return };
    let who = (0..does).rev().find(|&i| WHO.contains(&text.slice(clause[i].start, clause[does].start).trim()));
    let exact = |t: &Token| t.is_exact() || matches!(t.kind, Kind::Number(_) | Kind::Format(_) | Kind::Place(_));
    if let Some(who) = who.filter(|&i| i > 0 && !clause[i..].iter().any(exact)) {
        clause[who..].iter_mut().filter(|t| t.kind != Kind::Punct).for_each(|t| t.kind = Kind::Filler);
    }
}

/// "for amazon.de": an address, not the rules of the shop.
fn domains(tokens: &mut [Token], text: &Normal) {
    for i in 0..tokens.len() {
        let end = tokens[i].end;
        let letters = (end + 1..text.len()).take_while(|&at| text.at(at).is_some_and(|c| c.is_ascii_alphabetic())).count();
        if matches!(tokens[i].kind, Kind::Platform(_)) && text.at(end) == Some('.') && matches!(letters, 2 | 3) {
            let over = end + 1 + letters;
            tokens[i..].iter_mut().take_while(|t| t.start < over).for_each(|t| t.kind = Kind::Filler);
        }
    }
}

/// "solid black over the text (customer chat, can't show names)": a remark in brackets, where it says nothing exact and no edit.
fn bracketed(tokens: &mut [Token], text: &Normal) {
    let exact = |t: &Token| {
        t.is_exact()
            || matches!(
                t.kind,
                Kind::Number(_)
                    | Kind::Format(_)
                    | Kind::Place(_)
                    | Kind::Ordinal(_)
                    | Kind::ToneWord(..)
                    | Kind::Set(_)
                    | Kind::Spin(_)
                    | Kind::Flag(_)
                    | Kind::Degree(_)
            )
            || (matches!(t.kind, Kind::Verb(v) if v != Verb::Make && v != Verb::Describe) && !t.guessed)
    };
    let is = |t: &Token, mark: &str| t.kind == Kind::Punct && mark.contains(&word(t, text));
    let mut at = 0;
    while let Some(open) = (at..tokens.len()).find(|&i| is(&tokens[i], "(（")) {
        let Some(close) = (open + 1..tokens.len()).find(|&i| is(&tokens[i], ")）")) else { return };
        // "(the dog too)" is one thing more.
        let more = |t: &Token| {
            matches!(t.kind, Kind::Thing(thing, _) if !matches!(thing, Thing::It | Thing::Picture | Thing::People | Thing::Noun))
                || ["too", "also", "as well", "and", "plus", "也", "和", "还有"].contains(&word(t, text).as_str())
        };
        // What it is about has to be told before.
        if open > 0 && !tokens[open + 1..close].iter().any(more) && close > open + 2 && !tokens[open + 1..close].iter().any(exact) {
            tokens[open + 1..close].iter_mut().for_each(|t| t.kind = Kind::Filler);
        }
        at = close + 1;
    }
}

/// "what does the banner say?": the letters on it are read.
fn says_what(clause: &mut [Token], text: &Normal) {
    let words: Vec<String> = clause.iter().map(|t| word(t, text)).collect();
    let asks = words.iter().take(3).any(|w| w == "what" || w == "what's" || w.starts_with("what does") || w.starts_with("what do"));
    let last = (0..clause.len()).rev().find(|&i| clause[i].kind != Kind::Punct);
    let Some(last) = last.filter(|&i| asks && matches!(words[i].as_str(), "say" | "says" | "read" | "reads")) else { return };
    clause[last].kind = Kind::Verb(Verb::ReadText);
    for (token, word) in clause.iter_mut().zip(&words) {
        if word.starts_with("what") || matches!(word.as_str(), "does" | "do" | "did") {
            token.kind = Kind::Filler;
        }
    }
}

/// "出一张促销海报": made, not written to a file.
fn made(tokens: &mut [Token], text: &Normal) {
    for i in 0..tokens.len().saturating_sub(1) {
        let next = tokens[i + 1..].iter().find(|t| t.kind != Kind::Filler).map(|t| &t.kind);
        let product = matches!(next, Some(Kind::Verb(Verb::Poster | Verb::Cover | Verb::Stickers | Verb::Mockup)));
        let out = matches!(tokens[i].kind, Kind::Verb(Verb::Export)) && word(&tokens[i], text).starts_with(['出', '来']);
        if product && out {
            tokens[i].kind = Kind::Verb(Verb::Make);
        }
    }
}
