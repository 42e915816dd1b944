//! Talk around a wish: who took the picture, what for, how it came out. It asks for nothing, so nothing is done about it.

use super::clause::{Class, Clause};
use super::lexicon::Verb;
use super::normal::Normal;
use super::token::{Flag, Kind, Thing, Token, Unit};

/// Beginnings of English sentences that tell something.
const TELLS: &str = "i|i'm|im|i've|ive|we|we're|we've|my|our|he|he's|she|she's|they|they're|it's|it is|it was|it looks|it came|it has|this is|\
    this was|this one is|that's|that is|thats|there's|there is|there are|theres|these are|those are|the client|the customer|\
    the printer|the print shop|hope|sorry|not sure|no rush|no hurry|don't worry|dont worry|as you can see|for my|for our|\
    for the|for a|for her|for his|turns out|everyone says|people say|someone|somebody|customers|mum|mom|dad|grandma|grandpa|\
    took|taken|found|shot|got|just got|the first one|the second one|the one i|nothing fancy|only if|if you can|if that|\
    if it's|hey so i|fabric looks|details got|skin looks|everything looks|looks like|looks a|looks so|colours are|\
    colors are|picture is|photo is|image is|pic is|photo was|picture was|pic was|image was|boss|the rules|that way|this way|\
    it would mean|would mean|can't wait|cant wait|you're|your|yesterday|today|last week|last year|the light was|\
    the light is|light was|lighting was|the scan|the thing is|here's|heres|here is|here are|this photo was|this picture was|\
    this pic was|this photo is|this picture is|this pic is|this shot is|this shot was";

/// Words of Chinese clauses that tell something.
const TELLS_ZH: &str = "我是|我们|我家|我妈|我爸|我奶奶|我爷爷|我外|我姥|我老公|我老婆|我朋友|我女儿|我儿子|我闺女|我孩子|我哥|我姐|我弟|我妹|我男|我女|我对象|我拍|我用手机|我不太|我不会|我不懂|我也不|我刚|我昨|我今|我这|我那|\
    我就|我在|我有|我要复制|我们是|他|她|客户|领导|甲方|家里|老板说|老板娘|这是|那是|都是|因为|由于|其实|听说|觉得|知道|可惜|结果|昨天|今天|上次|当年|那年|年轻时|年轻的时候|小时候|准备|打算|打扰|\
    不好意思|请问|老师好|事情|说来|说出来|本来|拍的|拍摄|收到|发现|好多|喜欢|急用|着急|不急|用来|拿去|要发|想发|发给|给客户|给孩子|时候|懂的|谢谢|辛苦|拜托|你看|您看|怎么说|讲真|说明一下|说一下|抢镜|太丑|\
    难看|不好看|很丑|好丑|能多少算多少|多少算多少|搭不搭|好看吗|行不行|有点丑|不舍得|舍不得|纪念|生日|结婚|婚礼|毕业|上架|活动|开店|店里|周末|明天|下周|过年|太假|没意思|真的很|实在太|老是|总是|不然|否则|\
    免得|怕|也有|看不懂|看不清|闲鱼|懂|信不信|人还是|想当|懒得|头秃|烦死|报错|打回|驳回|违规|天天|老说|一直说|我从来|没了|不见了|改坏|乱七八糟|一团糟|被驳回|不合|打印店|要办|要上|老被|搞个惊喜|要求的|等下|公众号|想看看|问我|家谱|过期|搬家|入驻|不想露|算多少|过头|改坏|没什么食欲|下班|哈哈哈|\
    呜呜";

/// What makes a clause a wish, however it is told.
const ASKS: &str = "please|pls|plz|can you|could you|would you|will you|can u|could u|can we|could we|can i|could i|may i|i want|i'd like|\
    i would like|i'd love|i'd prefer|id like|i need|i'd need|we need|we want|we'd like|we'd need|we'd love|need to|needs to|\
    should|let's|lets|help me|i wish|want it|want them|want this|would like|would love|is it possible|would it be possible|\
    has to be|have to be|must be|need it|need this|need them|if you could|if u could|if you can|you could";

const ASKS_ZH: &str = "帮|麻烦|请把|请将|请你|请您|请给|把|将|给我|想要|想把|我想|需要|能不能|可不可以|能否|希望|改成|换成|弄成|变成|做成|要改|要换|要去|要变|要做|去掉|求|只要|不要|别";

/// The words of a list.
fn list(words: &'static str) -> impl Iterator<Item = &'static str> {
    words.split('|')
}

/// Whether one of the words of a list stands in a text as a word of its own.
fn holds(padded: &str, words: &'static str) -> bool {
    let here = |rest: &str| list(words).any(|w| rest.strip_prefix(w).is_some_and(|after| after.starts_with(' ')));
    padded.match_indices(' ').any(|(at, _)| here(&padded[at + 1..]))
}

/// Whether the words ask for something.
fn asks(padded: &str) -> bool {
    if holds(padded, ASKS) {
        return true;
    }
    if !padded.chars().any(crate::text::is_han) {
        return false;
    }
    // 特别, 区别 … ask for nothing, and a rule is only told of.
    const NOT_ASKING: &[&str] = &[
        "特别",
        "别的",
        "区别",
        "性别",
        "分别",
        "别人",
        "识别",
        "个别",
        "级别",
        "差别",
        "类别",
        "要求",
        "求职",
        "将来",
        "即将",
        "一把",
        "没想到",
        "不需要",
    ];
    let plain = NOT_ASKING.iter().fold(padded.to_owned(), |text, word| text.replace(word, "·"));
    list(ASKS_ZH).any(|w| plain.contains(w))
}

/// Whether the clause asks for something in so many words.
pub fn asks_for(clause: &Clause, text: &Normal) -> bool {
    let (start, end) = clause.range();
    asks(&format!(" {} ", text.slice(start, end).trim()))
}

/// Whether the clause only tells something: it begins like a statement and asks for nothing.
pub fn tells(clause: &Clause, text: &Normal) -> bool {
    let (start, end) = clause.range();
    let words = text.slice(start, end);
    let padded = format!(" {} ", words.trim());
    let said_again = padded[1..].starts_with("i said") || clause.tokens.iter().any(|t| t.kind == Kind::TakesBack);
    let quotes = clause.tokens.iter().any(|t| matches!(t.kind, Kind::Quoted(_)));
    let wrote = [" typed ", " spelled ", " misspelled ", " wrote "].iter().any(|w| padded.contains(w));
    // "淘宝主图的要求": the rules are what is asked for.
    let rules = clause.tokens.iter().any(|t| matches!(t.kind, Kind::Platform(_)))
        && ["要求", "规则", "规范", "标准"].iter().any(|w| words.contains(w));
    if rules && !words.contains('说') {
        return false;
    }
    // "my bowl on white with a contact shadow"
    if clause.any(Class::ShadowKind) && clause.any(Class::Colour) {
        return false;
    }
    // "our banner guy says it must be 16:9": someone else asks for it.
    let third = !["i ", "we ", "it ", "please ", "you ", "can ", "could "].iter().any(|w| beginning(&padded[1..]).starts_with(w));
    if third && !quotes && REPORTS.iter().any(|w| padded.contains(w)) {
        return true;
    }
    // "想看看瓶子如果是粉色的": shown as it would be.
    let supposed =
        ["如果", "要是", "假如", "what if", "how it would look", "how it'd look", "what it would look like", "if it were", "if it was"]
            .iter()
            .any(|w| words.contains(w));
    let look = |t: &Token| matches!(t.kind, Kind::Colour(_) | Kind::Look(_) | Kind::Style(_) | Kind::Verb(Verb::Colorize | Verb::Recolor));
    if asks(&padded) || said_again || (quotes && !wrote) || (supposed && clause.tokens.iter().any(look)) {
        return false;
    }
    if wrote {
        return true;
    }
    let spoken = beginning(&padded[1..]);
    let begins = |w: &str| spoken.strip_prefix(w).is_some_and(|rest| rest.starts_with([' ', '\'', ',']));
    // "image 3 is the logo", "第二张是我们的logo"
    let says_what = [" is ", " are ", " was ", " were "].iter().any(|w| padded.contains(w))
        || (words.contains('是') && clause.tokens.first().is_some_and(|t| matches!(t.kind, Kind::Ref(_))));
    let wish =
        |t: &Token| matches!(t.kind, Kind::Verb(_) | Kind::Number(_) | Kind::Aspect(_) | Kind::Format(_) | Kind::Quoted(_) | Kind::Flag(_));
    if reports_zh(&words) || spoilt(clause, text) || (padded.starts_with(" its ") && padded.contains(" now")) {
        return true;
    }
    // "爷爷这张是黑白照"
    let kind = |t: &Token| matches!(t.kind, Kind::Look(_) | Kind::Flag(Flag::Old));
    let is = clause.tokens.iter().position(|t| t.kind == Kind::Filler && text.slice(t.start, t.end) == "是");
    let is_so = is.is_some_and(|at| at > 0 && clause.tokens[at..].iter().any(kind));
    if is_so && !clause.tokens.iter().any(|t| matches!(t.kind, Kind::Verb(_) | Kind::Not)) {
        return true;
    }
    if says_what && !clause.tokens.iter().any(wish) {
        return true;
    }
    let han = || words.chars().any(crate::text::is_han);
    SAYS.iter().any(|w| padded.contains(w)) || list(TELLS).any(begins) || (han() && list(TELLS_ZH).any(|w| words.contains(w)))
}

/// The words without the sighs before them.
pub fn beginning(words: &str) -> &str {
    const SIGHS: &[&str] = &[
        "oh ",
        "ok ",
        "okay ",
        "wait ",
        "hey ",
        "well ",
        "so ",
        "hmm ",
        "lol ",
        "haha ",
        "and ",
        "ah ",
        "actually ",
        "ugh ",
        "but ",
        "also ",
        "whoa ",
        "wow ",
        "hi ",
        "hello ",
        "sorry ",
        "for some reason ",
        "lovely ",
        "great ",
        "tbh ",
        "apparently ",
        "yes ",
        "no ",
        "yep ",
        ", ",
    ];
    let mut rest = words;
    while let Some(next) = SIGHS.iter().find_map(|sigh| rest.strip_prefix(sigh)) {
        rest = next;
    }
    rest
}

/// Someone else's wishes are told, not asked: "the shop only accepts 3:2".
const SAYS: &[&str] = &[
    " wants ",
    " accepts ",
    " only accepts ",
    " says ",
    " said ",
    " requires ",
    " asked ",
    " told ",
    " won't take ",
    " wont take ",
    " likes ",
    " prefers ",
];

/// 导师说…, 客户反馈…: what somebody else says.
pub fn reports_zh(words: &str) -> bool {
    let chars: Vec<char> = words.chars().collect();
    let at = chars.iter().position(|c| *c == '说').filter(|at| (1..=5).contains(at));
    let own = |c: &char| "你帮给来请能可我再就想要直跟和说话听".contains(*c);
    at.is_some_and(|at| !chars[..at].iter().any(own) && !chars.get(at + 1).is_some_and(|c| "说一下明".contains(*c)))
}

/// Verbs of what others say.
const REPORTS: &[&str] = &[
    " says ",
    " said ",
    " told ",
    " demands ",
    " insists ",
    " keeps asking ",
    " keep asking ",
    " complained ",
    " only takes ",
    " only accepts ",
];

/// Whether a clause that could not be read tells a story beside a clear wish. Nothing that is measured, quoted or pointed at is passed over, and a short
/// remark about a part of the picture may be a wish.
pub fn narrates(clause: &Clause, text: &Normal) -> bool {
    let (start, end) = clause.range();
    let words = text.slice(start, end);
    let padded = format!(" {} ", words.trim());
    let measured = |t: &Token| t.is_exact() || matches!(t.kind, Kind::ToneWord(..));
    if asks(&padded) || clause.tokens.iter().any(measured) {
        return false;
    }
    let strange = |t: &&Token| t.kind == Kind::Unknown;
    let part = clause.things().any(|(t, _)| !matches!(t, Thing::It | Thing::Picture | Thing::Colour));
    let verb = clause.tokens.iter().any(|t| matches!(t.kind, Kind::Verb(v) if v != Verb::Make) && !t.guessed);
    if words.chars().any(crate::text::is_han) {
        let unread: usize = clause.tokens.iter().filter(strange).map(|t| t.end - t.start).sum();
        let told = list(MARKS_ZH).any(|w| words.contains(w));
        return told && unread >= 2 + 2 * usize::from(part) + 2 * usize::from(verb);
    }
    let spoken = beginning(padded.trim_start());
    let first = spoken.split_whitespace().next().unwrap_or("");
    let orders = clause.tokens.iter().find(|t| t.kind != Kind::Filler).is_some_and(|t| matches!(t.kind, Kind::Verb(_)) && !t.guessed);
    let count = spoken.split_whitespace().count();
    let finite = holds(&padded, FINITE);
    let subject = list(SUBJECTS).any(|w| w == first) || finite_second(spoken);
    !orders && finite && subject && clause.tokens.iter().any(|t| strange(&t)) && (count >= 6 || !part)
}

/// "photoshop won't open it", "council says": a noun and then what it does.
fn finite_second(spoken: &str) -> bool {
    spoken.split_whitespace().skip(1).take(3).any(|word| list(FINITE).any(|w| w == word))
}

/// Beginnings of English statements.
const SUBJECTS: &str = "i|i'm|im|i've|ive|we|we're|we've|he|she|they|it|it's|its|my|our|his|her|their|the|this|that|these|those|a|an|some|someone|somebody|\
    everyone|everybody|people|parents|customers|there|there's|here|all|no|one|mum|mom|dad|grandma|grandpa|selling|since|because|as|nothing|sorry|what|which|who";

/// Verbs in the forms of a statement.
const FINITE: &str = "is|isn't|are|aren't|was|wasn't|were|has|hasn't|have|haven't|had|does|doesn't|did|didn't|don't|can't|cannot|won't|wouldn't|looks|look|looked|\
    wants|says|said|keeps|keep|came|comes|got|gets|went|goes|took|takes|made|makes|rejected|rejects|asked|asks|chokes|spent|moved|changed|deserves|noticed|\
    bounced|sells|sell|runs|run|host|hosting|selling|walking|stole|stolen|posted|shot|found|love|loved|loves|hate|hates|know|think|thought|feels|felt|seems|\
    needs|kill|refuse|tried|broke|saved|sent|told|scanned|photographed|refused|complained|i'm|i've|it's|there's|would";

/// Marks of a Chinese statement.
const MARKS_ZH: &str =
    "了|过|着|得|就是|因为|还|都|很|太|特别|挺|老是|老|说|觉得|怕|没|不|要求|规定|认|嫌|喜欢|本来|结果|是|有|在|天天|一直|刚";

/// Whether nothing in the clause could be a wish: no verb, no amount, nothing that begins like an order.
pub fn idle(clause: &Clause, text: &Normal) -> bool {
    let (start, end) = clause.range();
    let words = text.slice(start, end);
    // "现在太塑料了": a comment without a noun of its own.
    let latin = words.chars().any(|c| c.is_ascii_alphabetic()) && !words.chars().any(crate::text::is_han);
    let leads = |t: &Token| latin && t.start == start && !matches!(t.kind, Kind::Verb(Verb::Again));
    let toneless = !clause.tokens.iter().any(|t| matches!(t.kind, Kind::Tone(_) | Kind::ToneWord(..)))
        && clause.things().all(|(t, _)| matches!(t, Thing::It | Thing::Picture | Thing::Text));
    let comment = words.contains('太') && words.ends_with(['了', '啦']) && clause.things().next().is_none();
    let plain = |t: &Token| match t.kind {
        Kind::Verb(_) if t.guessed => true,
        Kind::Degree(_) if comment => true,
        // "even sideways again", "写笔记": beside a wish no order by itself.
        Kind::Verb(Verb::Again | Verb::ReadText | Verb::Describe) => !leads(t),
        Kind::Degree(_) => toneless,
        Kind::Verb(_) | Kind::Ba | Kind::Not | Kind::Leave | Kind::ToneWord(..) | Kind::Tone(_) => false,
        Kind::Filler | Kind::Punct | Kind::Unknown | Kind::Chat(_) | Kind::Thing(..) | Kind::Set(_) | Kind::Ref(_) | Kind::TakesBack => {
            true
        }
        Kind::Number(n) => n.unit == Unit::None || n.unit == Unit::Pieces,
        _ => false,
    };
    // "animate it": an English sentence that begins with a strange word may be an order.
    let order = clause.tokens.first().is_some_and(|t| t.kind == Kind::Unknown && text.at(t.start).is_some_and(|c| c.is_ascii_alphabetic()));
    let strange = clause.tokens.iter().any(|t| t.kind == Kind::Unknown);
    let again = start > 0
        && clause.tokens.iter().all(|t| matches!(t.kind, Kind::Verb(Verb::Again) | Kind::Filler | Kind::Punct | Kind::Thing(Thing::It, _)));
    let judged = clause.tokens.iter().any(|t| matches!(t.kind, Kind::Degree(_))) && words.ends_with(['了', '啦']) && toneless;
    (strange || again || judged) && !asks(&format!(" {words} ")) && !order && !clause.goes_on && clause.tokens.iter().all(plain)
}

/// Whether a badly understood clause is shaped like a statement: in English it begins with no verb and gives no order, in Chinese it comes
/// before the wish and reports something.
pub fn states(clause: &Clause, text: &Normal, before_the_wish: bool) -> bool {
    let (start, end) = clause.range();
    let words = text.slice(start, end);
    let padded = format!(" {} ", words.trim());
    let Some(first) = clause.tokens.iter().find(|t| !matches!(t.kind, Kind::Filler | Kind::Punct | Kind::Chat(_))) else { return false };
    if asks(&padded)
        || (matches!(first.kind, Kind::Verb(_) | Kind::Ba) && !first.guessed)
        || clause.tokens.iter().any(|t| matches!(t.kind, Kind::Quoted(_) | Kind::Format(_)))
        || (!before_the_wish
            && clause.tokens.iter().any(|t| matches!(t.kind, Kind::Colour(_) | Kind::Size(..) | Kind::Aspect(_) | Kind::Lang(_))))
    {
        return false;
    }
    if words.chars().any(crate::text::is_han) {
        let reports = ["了", "的", "着", "过", "得", "呢", "啊", "呀", "啦"].iter().any(|w| words.ends_with(w)) || words.contains('了');
        let strange: usize = clause.tokens.iter().filter(|t| t.kind == Kind::Unknown).map(|t| t.end - t.start).sum();
        return before_the_wish && reports && strange >= 2 && !clause.tokens.iter().any(|t| matches!(t.kind, Kind::Degree(_)));
    }
    let order = first.kind == Kind::Unknown && {
        let after: String = text.slice(first.end, end);
        let next = after.split_whitespace().next().unwrap_or("");
        next.is_empty()
            || [
                "it", "him", "her", "them", "the", "a", "an", "my", "his", "their", "its", "our", "your", "all", "every", "this", "that",
                "these", "those", "me", "us", "some", "out", "up", "off", "down", "away", "more",
            ]
            .contains(&next)
    };
    let strange = clause.tokens.iter().filter(|t| t.kind == Kind::Unknown).count();
    !order && strange > 0
}

/// "左边那个人改坏了": a part that an edit spoilt; what is asked for then is meant for it.
pub fn spoilt(clause: &Clause, text: &Normal) -> bool {
    const WORDS: &[&str] = &[
        "坏了",
        "毁了",
        "丑了",
        "糟了",
        "不对劲",
        "ruined",
        "messed up",
        "looks wrong",
        "looks fake",
        "looks weird",
        "looks off",
        "broken",
        "spoilt",
        "spoiled",
    ];
    let (start, end) = clause.range();
    let words = text.slice(start, end);
    let part = |thing| matches!(thing, Thing::People | Thing::Face | Thing::Object | Thing::Background | Thing::Mask);
    clause.things().any(|(t, _)| part(t))
        && WORDS.iter().any(|w| words.contains(w))
        && clause.verbs().all(|v| matches!(v, Verb::Make | Verb::Change | Verb::Restore))
}

/// "no wait", "哦不对，打反了": nothing but taking back what was said.
pub fn takes_back(clause: &Clause) -> bool {
    let nothing = |t: &Token| match t.kind {
        Kind::Filler | Kind::Punct | Kind::TakesBack | Kind::Chat(_) | Kind::Not | Kind::Thing(Thing::It, _) => true,
        Kind::Unknown => t.end - t.start <= 4,
        _ => false,
    };
    clause.tokens.iter().any(|t| t.kind == Kind::TakesBack) && clause.tokens.iter().all(nothing)
}
