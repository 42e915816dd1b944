//! How a clause is put. An order or a request may be a wish that is not understood; a statement asks for nothing, and beside a clear wish it needs no answer.

use super::clause::Clause;
use super::lexicon::Verb;
use super::normal::Normal;
use super::token::{Degree, Kind, Thing, Token};

/// Whether the clause tells something and carries nothing that a wish could hold: no amount, no text, no name, no place to put something.
pub fn states_only(clause: &Clause, text: &Normal) -> bool {
    if clause.tokens.iter().any(carries) || super::aside::asks_for(clause, text) {
        return false;
    }
    let (start, end) = clause.range();
    let words = text.slice(start, end);
    if words.chars().any(crate::text::is_han) { states_zh(clause, &words, text) } else { states_en(clause, &words) }
}

/// What is never passed over.
fn carries(token: &Token) -> bool {
    token.is_exact() || matches!(token.kind, Kind::Style(_) | Kind::Format(_) | Kind::Place(_) | Kind::Sides(_) | Kind::Spin(_))
}

/// Who does something, at the beginning of an English sentence.
const WHO: &str = "i|i'm|im|i've|ive|i'd|i'll|we|we're|we've|we'd|we'll|he|he's|she|she's|they|they're|they've|it|it's|its|that's|thats|there|there's|who|what|which|whoever|\
    someone|somebody|everyone|everybody|nobody|nothing|people|this|that|these|those|everything";

/// What stands before a noun.
const BEFORE_NOUN: &str = "the|my|our|his|her|their|its|your|a|an|some|all|every|no|this|that|these|those|one|two|both|most|many|another";

/// Verbs in the forms of a statement, those that no rule gives.
const FINITE: &str = "am|is|isn't|are|aren't|was|wasn't|were|weren't|has|hasn't|have|haven't|had|hadn't|does|doesn't|did|didn't|don't|can't|cannot|couldn't|won't|wouldn't|will|\
    would|might|may|keeps|keep|came|comes|got|gets|went|goes|took|takes|made|makes|spent|says|said|looks|feels|felt|seems|shot|found|bought|brought|sold|sells|sent|told|tells|\
    lost|broke|stole|met|knew|knows|know|thought|thinks|think|saw|sees|gave|gives|ran|runs|wrote|began|fell|held|kept|paid|stood|stands|sat|sits|wore|wears|won|cost|costs|needs|wants|\
    likes|loves|hates|love|hate|like|host|run|sell|work|works|live|lives|deserves|means|meant|happens|happened|hopes|hope|guess|suppose|doubt|wish|remember|forgot|noticed|stands|ends|starts|begins";

/// Past forms that begin what is left of a statement: "… and moved to Lyon".
const PAST: &str = "got|took|went|came|made|had|found|shot|bought|sold|sent|told|lost|broke|saw|gave|ran|wrote|spent|thought|knew|was|were|did|didn't|wasn't|weren't|can't|couldn't|won't|haven't|hasn't|said";

fn one_of(list: &'static str, word: &str) -> bool {
    list.split('|').any(|w| w.trim() == word)
}

fn states_en(clause: &Clause, words: &str) -> bool {
    let spoken = super::aside::beginning(words.trim_start());
    let list: Vec<&str> =
        spoken.split_whitespace().map(|w| w.trim_matches(|c: char| !c.is_alphanumeric() && c != '\'')).filter(|w| !w.is_empty()).collect();
    let Some(first) = list.first() else { return false };
    let past = |w: &str| one_of(PAST, w) || (w.len() > 4 && w.ends_with("ed") && !matches!(w, "need" | "speed" | "embed" | "indeed"));
    // "stained", "moved to Lyon"
    if past(first) {
        return true;
    }
    if orders(clause) {
        return false;
    }
    let finite = |w: &&str| one_of(FINITE, w) || past(w) || ["n't", "'re", "'ve", "'m", "'ll"].iter().any(|end| w.ends_with(end));
    let verb = list.iter().skip(1).take(7).any(finite);
    let own = ["'m", "'ve", "'re", "'ll", "'d"].iter().any(|end| first.ends_with(end))
        || one_of("it's|that's|thats|there's|he's|she's|im|ive", first);
    (one_of(WHO, first) && (verb || own))
        || (one_of(BEFORE_NOUN, first) && list.len() >= 3 && verb)
        || (list.len() >= 4 && list.iter().skip(1).take(3).any(finite))
}

/// Whether it begins with a verb that gives an order.
fn orders(clause: &Clause) -> bool {
    let first = clause.tokens.iter().find(|t| !matches!(t.kind, Kind::Filler | Kind::Punct | Kind::Chat(_) | Kind::Degree(_)));
    first.is_some_and(|t| matches!(t.kind, Kind::Verb(_)) && !t.guessed)
}

/// Words of a Chinese statement that stand before its verb: when it was, that it happened, that it could not.
const TOLD_ZH: &str = "昨天|昨晚|前天|今天|今早|早上|上次|上周|上个月|去年|那天|当时|当年|之前|前阵子|前几天|最近|刚刚|刚才|一直|老是|总是|总|从来|居然|竟然|结果|其实|本来|反正|偏偏|难得|\
    被|不让|不给|没法|没办法|不能|不会|没有|没|要求|规定|说是|听说|据说|以为|觉得|感觉|喜欢|担心|怕|打算|准备|想着|就要|快要|马上要|要上|要用|要贴|要发|要交|要参加|等着|急着|催|忘了|不小心|好不容易";

/// "打印用", "我当底图使": what it is for.
fn purpose_zh(clause: &Clause, words: &str) -> bool {
    let words = words.trim_end();
    let used = ["用", "用的", "使", "使的", "用呢", "用哈"].iter().any(|w| words.ends_with(w));
    used && !["采用", "使用", "应用", "套用", "沿用"].iter().any(|w| words.ends_with(w))
        && clause.verbs().all(|v| matches!(v, Verb::Make | Verb::Export))
}

/// "我当底图使": says what for, in known words alone.
pub fn only_purpose(clause: &Clause, text: &Normal) -> bool {
    let (start, end) = clause.range();
    let words = text.slice(start, end);
    let meant = ["当", "做", "作", "拿来", "拿去", "留着", "我要"].iter().any(|w| words.contains(w));
    !clause.tokens.iter().any(carries) && meant && purpose_zh(clause, &words) && clause.verbs().all(|v| v == Verb::Make)
}

/// "磨皮磨太狠了": how much was done before; it asks for nothing again.
pub fn overdone(clause: &Clause, text: &Normal) -> bool {
    let (start, end) = clause.range();
    let words = text.slice(start, end);
    let heavy =
        |t: &&Token| matches!(t.kind, Kind::Verb(v) if v != Verb::Make) && text.slice(t.start, t.end).chars().any(crate::text::is_han);
    let Some(verb) = clause.tokens.iter().find(heavy) else { return false };
    let after = text.slice(verb.end, end);
    let too = after.find('太').is_some() && after.trim_end().ends_with(['了', '啦']);
    too && !words.contains('把') && !clause.tokens.iter().any(|t| matches!(t.kind, Kind::Not | Kind::Leave))
}

/// Judgements: 太麻烦了, 更好了.
const JUDGED_ZH: &str = "太|好|更|最|真|挺|很|特别|超|非常|贼|老|有点|怪|蛮|够|比较|实在";

fn states_zh(clause: &Clause, words: &str, text: &Normal) -> bool {
    let unread: usize = clause.tokens.iter().filter(|t| t.kind == Kind::Unknown).map(|t| t.end - t.start).sum();
    let part = clause.things().any(|(t, _)| !matches!(t, Thing::It | Thing::Picture | Thing::Colour));
    let acts = clause.tokens.iter().any(|t| matches!(t.kind, Kind::Verb(v) if v != Verb::Make) && !t.guessed);
    let toned = clause.tokens.iter().any(|t| matches!(t.kind, Kind::ToneWord(..) | Kind::Not));
    if toned {
        return false;
    }
    let told = TOLD_ZH.split('|').map(str::trim).any(|w| words.contains(w));
    // 我们店明天开张, 他人很好: somebody of whom something is said.
    let somebody =
        ["我们", "我", "他", "她", "客户", "老板", "领导", "人家", "甲方", "朋友", "同事", "家里", "大家", "别人", "平台", "系统", "后台"]
            .iter()
            .any(|w| words.starts_with(w));
    let ended = ["了", "的", "着", "过", "呢", "啊", "呀", "啦", "哭", "死"].iter().any(|w| words.trim_end().ends_with(w));
    let judged = clause
        .tokens
        .iter()
        .any(|t| matches!(t.kind, Kind::Degree(Degree::Lot)) || JUDGED_ZH.split('|').any(|w| text.slice(t.start, t.end).starts_with(w)));
    // "打印用": what it is for.
    let purpose = ["用", "用的", "使的"].iter().any(|w| words.trim_end().ends_with(w))
        && clause.verbs().all(|v| matches!(v, Verb::Make | Verb::Export));
    if purpose && unread >= 2 {
        return true;
    }
    if acts {
        return told && unread >= 2 && !orders(clause);
    }
    match (told || somebody, ended || judged) {
        (true, _) => unread > usize::from(part),
        (false, true) => unread > 2 * usize::from(part) && !part_changes(clause),
        _ => false,
    }
}

/// "人太胖了": a remark about a person may be a wish.
fn part_changes(clause: &Clause) -> bool {
    clause.things().any(|(t, _)| matches!(t, Thing::People | Thing::Face | Thing::Skin | Thing::Noun))
}

/// Characters of "改一下呗", "你给调调", "修修": that something be done, not what.
const LIGHT_ZH: &str = "救按照来求改弄调修处理整搞p做办解决下一个张版过来看好给你您我帮它这那吧呗吗呢啊呀了先再就快请麻烦嘛哈试效果瞧瞅咱行可以能不要得都也用吗照片图的";

/// Verbs among them.
const DOES_ZH: &str = "按照救改弄调修处整搞p做办解看试";

/// Words of "can you fix that please".
const LIGHT_EN: &str = "fix|do|change|sort|handle|edit|prep|prepare|make|work|it|that|this|mine|please|pls|plz|can|could|would|will|you|u|for|me|us|out|one|something|about|my|our|the|a|\
    picture|photo|image|pic|happen|help|show|see|how|looks|look|try|go|ahead|thanks|thx|thank|just|now|so|and|then|i|want|to|like|up|sorted|done|possible|is|if|be|get|let|same|same-day|asap|mind|maybe|kindly|again|ya|need|needs|fixing|doing|gladly|really|love|i'd|we'd|some|quick|way|any|there|know";

/// Verbs among them.
const DOES_EN: &str = "fix|do|change|sort|handle|edit|prep|prepare|make|work|help|see|try|show|sorted|fixing|done|get|look|looks";

/// "改一下呗", "fix that pls": asks that what was told of be done and says nothing else.
pub fn only_asks(clause: &Clause, text: &Normal) -> bool {
    let (start, end) = clause.range();
    let words = text.slice(start, end);
    if clause.negated || clause.tokens.iter().any(|t| t.kind == Kind::Not) || clause.tokens.iter().any(|t| carries(t) && t.kind != Kind::Ba)
    {
        return false;
    }
    if words.chars().any(crate::text::is_han) {
        let chars: Vec<char> = words.chars().filter(|c| c.is_alphanumeric()).collect();
        let all = chars.iter().all(|c| LIGHT_ZH.contains(*c));
        return all && chars.len() <= 9 && chars.iter().any(|c| DOES_ZH.contains(*c));
    }
    let list: Vec<&str> =
        words.split_whitespace().map(|w| w.trim_matches(|c: char| !c.is_alphanumeric() && c != '\'')).filter(|w| !w.is_empty()).collect();
    list.iter().all(|w| one_of(LIGHT_EN, w)) && list.iter().any(|w| one_of(DOES_EN, w)) && list.len() <= 9
}

/// "特别抢镜", "看着就烦": nothing but how something is; no noun for the verb that follows.
pub fn judges(clause: &Clause, text: &Normal) -> bool {
    const FELT: &[&str] = &[
        "看着", "烦", "膈应", "丑", "难看", "碍眼", "气死", "讨厌", "难受", "尴尬", "别扭", "可惜", "不爽", "抢镜", "无语", "扎眼", "突兀",
        "好乱", "太乱", "违和", "出戏",
    ];
    let (start, end) = clause.range();
    let words = text.slice(start, end);
    let acts = clause.tokens.iter().any(|t| carries(t) || matches!(t.kind, Kind::Verb(v) if v != Verb::Make && v != Verb::Describe));
    if !acts && clause.things().all(|(t, _)| t == Thing::It) && FELT.iter().any(|w| words.contains(w)) {
        return true;
    }
    let judged = clause.tokens.iter().any(|t| t.kind == Kind::Degree(Degree::Lot));
    judged && clause.things().next().is_none() && clause.tokens.iter().any(|t| t.kind == Kind::Unknown)
}
