//! Numbers in digits, Chinese and English words, with their units; ordinals.

use crate::plan::normal::Normal;
use crate::plan::token::{Flag, Kind, Number, Unit};

use super::{spaces, word};

const UNITS: &[(Unit, f64, &[&str])] = &[
    (Unit::Pixels, 1.0, &["pixels", "pixel", "px", "像素点", "像素", "个像素", "px宽", "pix"]),
    (Unit::Percent, 1.0, &["percent", "per cent", "%", "个百分点", "pct"]),
    (Unit::Degrees, 1.0, &["degrees", "degree", "deg", "°", "度"]),
    (Unit::Bytes, 1e3, &["kb", "kbs", "kilobytes", "kilobyte", "k字节", "千字节", "k以内", "k"]),
    (Unit::Bytes, 1e6, &["mb", "mbs", "megs", "meg", "megabytes", "megabyte", "兆字节", "兆", "m以内", "m"]),
    (Unit::Bytes, 1.0, &["bytes", "byte", "字节"]),
    (Unit::Dpi, 1.0, &["dpi", "ppi"]),
    (Unit::Times, 1.0, &["times", "x", "倍"]),
    (Unit::Pieces, 1.0, &["张", "个", "只", "辆", "位", "件", "幅", "款", "条", "把", "块", "份", "pieces", "pcs"]),
];

/// Metric and imperial lengths, in metres.
const LENGTHS: &[(f64, &[&str])] = &[
    (1.0, &["meters", "meter", "metres", "metre", "米"]),
    (0.01, &["cm", "centimeters", "centimetres", "厘米", "公分"]),
    (0.001, &["mm", "millimeters", "millimetres", "毫米"]),
    (0.0254, &["inches", "inch", "英寸"]),
    (0.3048, &["feet", "foot", "英尺"]),
];

/// A number without its unit: the end and the value.
pub fn plain(text: &Normal, at: usize) -> Option<(usize, f64)> {
    digits(text, at).or_else(|| chinese(text, at)).or_else(|| english(text, at))
}

/// `12`, `12.5`, `1,200 px`, `.5`, `-10`
fn digits(text: &Normal, at: usize) -> Option<(usize, f64)> {
    let mut end = at;
    let mut s = String::new();
    if text.at(end) == Some('+')
        && (at == 0 || matches!(text.chars[at - 1], ' ' | ':' | ',') || crate::text::is_han(text.chars[at - 1]))
        && text.at(end + 1).is_some_and(|c| c.is_ascii_digit())
    {
        end += 1;
    }
    if text.at(end) == Some('-') && (at == 0 || !text.chars[at - 1].is_ascii_alphanumeric()) {
        s.push('-');
        end += 1;
    }
    let first = end;
    while let Some(c) = text.at(end).filter(|c| c.is_ascii_digit() || *c == '.' || *c == ',') {
        match c {
            ',' if thousands(text, first, end) => {}
            ',' => break,
            '.' if s.contains('.') || !text.at(end + 1).is_some_and(|c| c.is_ascii_digit()) => break,
            c => s.push(c),
        }
        end += 1;
    }
    if end == first || s.len() > 12 {
        return None;
    }
    s.parse().ok().map(|v| (end, v))
}

/// Whether the comma at `comma` separates thousands: groups of three digits and a unit after them.
fn thousands(text: &Normal, first: usize, comma: usize) -> bool {
    let digit = |i: usize| text.at(i).is_some_and(|c| c.is_ascii_digit());
    let group = (1..=3).all(|i| digit(comma + i)) && !digit(comma + 4);
    let after = spaces(text, comma + 4);
    let money = first > 0 && matches!(text.chars[first - 1], '$' | '¥' | '€' | '£');
    // "£450,000, it should say …": the second comma parts two sentences.
    let ends = text.at(comma + 4) != Some(',') || (money && text.at(comma + 5) == Some(' '));
    comma - first <= 3 && group && ends && (money || word(text, after, UNITS[0].2).is_some())
}

fn han_digit(c: char) -> Option<f64> {
    "零一二三四五六七八九".chars().position(|d| d == c).map(|d| d as f64).or(match c {
        '〇' => Some(0.0),
        '两' => Some(2.0),
        '俩' => Some(2.0),
        _ => None,
    })
}

fn han_scale(c: char) -> Option<f64> {
    match c {
        '十' => Some(10.0),
        '百' => Some(100.0),
        '千' => Some(1000.0),
        '万' => Some(10_000.0),
        _ => None,
    }
}

/// `十五`, `两百`, `一千零八十`, `八百五` (850), `二零二四`, `一点五`
fn chinese(text: &Normal, at: usize) -> Option<(usize, f64)> {
    let (mut end, mut total, mut digit, mut last_scale) = (at, 0.0, None::<f64>, 0.0);
    let mut positional = String::new();
    while let Some(c) = text.at(end) {
        if let Some(d) = han_digit(c) {
            positional.push_str(&format!("{d}"));
            digit = Some(d);
        } else if let Some(s) = han_scale(c) {
            if s == 10_000.0 {
                total = (total + digit.take().unwrap_or(0.0)) * s;
            } else {
                total += digit.take().unwrap_or(1.0) * s;
            }
            last_scale = s;
        } else {
            break;
        }
        end += 1;
        if end - at > 12 {
            return None;
        }
    }
    if end == at {
        return None;
    }
    if last_scale == 0.0 {
        let mut value: f64 = positional.parse().ok()?;
        // 一点五, but 一点 alone means "a little".
        if text.at(end) == Some('点')
            && let Some(d) = text.at(end + 1).and_then(han_digit)
        {
            value += d / 10.0;
            end += 2;
        }
        return Some((end, value));
    }
    if let Some(d) = digit {
        let after_zero = end >= 2 && text.at(end - 2) == Some('零');
        total += if last_scale >= 100.0 && !after_zero { d * last_scale / 10.0 } else { d };
    }
    Some((end, total))
}

const UNDER_TWENTY: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// `twelve`, `forty-five`, `a hundred`, `two hundred and fifty`, `twelve hundred`, `a thousand`
fn english(text: &Normal, at: usize) -> Option<(usize, f64)> {
    if !text.at(at).is_some_and(|c| c.is_ascii_lowercase()) {
        return None;
    }
    let (mut end, mut value) = match below_hundred(text, at) {
        Some(found) => found,
        None => (word(text, at, &["a"]).filter(|&end| scale(text, end).is_some()).or_else(|| scale(text, at).map(|_| at))?, 1.0),
    };
    let mut total = 0.0;
    while let Some((after, factor)) = scale(text, end) {
        (end, value) = (after, value * factor);
        let next = spaces(text, end);
        let next = word(text, next, &["and"]).map_or(next, |n| spaces(text, n));
        let Some((more, rest)) = below_hundred(text, next) else { break };
        if factor > 100.0 && scale(text, more).is_some() {
            total += value;
            (end, value) = (more, rest);
        } else {
            (end, value) = (more, value + rest);
        }
    }
    Some((end, total + value))
}

fn scale(text: &Normal, at: usize) -> Option<(usize, f64)> {
    let at = spaces(text, at);
    word(text, at, &["hundred"]).map(|end| (end, 100.0)).or_else(|| word(text, at, &["thousand"]).map(|end| (end, 1000.0)))
}

fn below_hundred(text: &Normal, at: usize) -> Option<(usize, f64)> {
    let small =
        |at: usize| (0..20).filter_map(|n| word(text, at, &[UNDER_TWENTY[n]]).map(|end| (end, n as f64))).max_by_key(|(end, _)| *end);
    let Some((end, tens)) = (2..10).find_map(|n| word(text, at, &[TENS[n]]).map(|end| (end, n as f64 * 10.0))) else { return small(at) };
    match small(end + usize::from(matches!(text.at(end), Some(' ' | '-')))).filter(|(_, n)| (1.0..10.0).contains(n)) {
        Some((end, n)) => Some((end, tens + n)),
        None => Some((end, tens)),
    }
}

/// Offers numbers, fractions, multiples and ordinals that start here.
pub fn matches(text: &Normal, at: usize, offer: &mut dyn FnMut(usize, Kind)) {
    ordinals(text, at, offer);
    fractions(text, at, offer);
    // "q80" beside a format
    if text.at(at) == Some('q')
        && (at == 0 || !text.chars[at - 1].is_ascii_alphanumeric())
        && let Some((end, value)) = digits(text, at + 1)
        && (1.0..=100.0).contains(&value)
    {
        offer(end, Kind::Number(Number { value, unit: Unit::None }));
    }
    // "x2", "x 4"
    if text.at(at) == Some('x')
        && (at == 0 || !text.chars[at - 1].is_ascii_alphanumeric())
        && let Some((end, value)) = digits(text, spaces(text, at + 1))
        && (1.0..=16.0).contains(&value)
        && !text.at(end).is_some_and(|c| c.is_ascii_alphanumeric())
    {
        offer(end, Kind::Number(Number { value, unit: Unit::Times }));
    }
    let Some((end, value)) = plain(text, at) else { return };
    // 一 and "one" alone are articles, not counts.
    let article = value == 1.0 && (text.at(at) == Some('一') || text.at(at) == Some('o'));
    let year = (1800.0..2100.0).contains(&value)
        && end - at == 4
        && ["in ", "from ", "since ", "circa "].iter().any(|w| text.slice(at.saturating_sub(6), at).ends_with(w));
    if !article && !year {
        offer(end, Kind::Number(Number { value, unit: Unit::None }));
    }
    if (1800.0..2100.0).contains(&value) && value.fract() == 0.0 && end - at == 4 {
        let before = text.slice(at.saturating_sub(8), at);
        let named = ["in ", "from ", "since ", "circa ", "around ", "summer of ", "about "].iter().any(|w| before.ends_with(w));
        if let Some(end) = word(text, end, &["年代", "年的", "年", "s", "'s"]) {
            offer(end, Kind::Filler);
        } else if named {
            offer(end, Kind::Flag(Flag::From));
        }
    }
    let after = spaces(text, end);
    // Weights and ages are no sizes.
    const OTHERS: &[&str] = &["kg", "kgs", "lbs", "pounds", "公斤", "斤", "岁", "years", "yrs"];
    if let Some(end) = word(text, after, OTHERS) {
        offer(end, Kind::Unknown);
    }
    for (factor, words) in LENGTHS {
        if let Some(end) = word(text, after, words) {
            offer(end, Kind::Number(Number { value: value * factor, unit: Unit::Metres }));
        }
    }
    // "2m" is a file's size unless it says which way.
    if let Some(end) = word(text, after, &["m"]).or_else(|| (text.at(after) == Some('m')).then_some(after + 1)) {
        let next = spaces(text, end);
        if word(text, next, &["wide", "tall", "high", "long", "in width", "in height"]).is_some()
            || matches!(text.at(next), Some('宽' | '高' | '长'))
        {
            offer(end, Kind::Number(Number { value, unit: Unit::Metres }));
        }
    }
    for (unit, factor, words) in UNITS {
        for w in *words {
            let Some(unit_end) = word(text, after, &[w]) else { continue };
            // "2x" counts only with digits; "一个", "一张" are articles.
            // "4k" is a resolution, not a file of 4000 bytes.
            if *w == "k" && value < 10.0 {
                continue;
            }
            if (*unit == Unit::Pieces && article) || (*w == "x" && text.at(unit_end).is_some_and(|c| c.is_ascii_digit())) {
                continue;
            }
            offer(unit_end, Kind::Number(Number { value: value * factor, unit: *unit }));
        }
    }
}

/// `百分之五十`, `三分之一`, `1/2`, `一半`, `half`, `五成`, `double`
fn fractions(text: &Normal, at: usize, offer: &mut dyn FnMut(usize, Kind)) {
    if let Some(end) =
        word(text, at, &["double the size", "twice the size", "twice as large", "twice as big", "double", "twice", "翻倍", "加倍"])
    {
        offer(end, Kind::Number(Number { value: 2.0, unit: Unit::Times }));
    }
    if let Some(end) = word(text, at, &["triple", "three times"]) {
        offer(end, Kind::Number(Number { value: 3.0, unit: Unit::Times }));
    }
    if let Some(end) = word(text, at, &["quadruple", "four times"]) {
        offer(end, Kind::Number(Number { value: 4.0, unit: Unit::Times }));
    }
    let mut percent = |end, value| offer(end, Kind::Number(Number { value, unit: Unit::Percent }));
    if let Some(after) = word(text, at, &["百分之"])
        && let Some((end, v)) = plain(text, after)
    {
        percent(end, v);
    }
    if let Some(end) = word(text, at, &["半透明", "semi-transparent", "semitransparent", "half transparent", "translucent"]) {
        percent(end, 50.0);
    }
    if let Some(end) = word(text, at, &["一半", "half the size", "half its size", "half size", "half", "半"]) {
        percent(end, 50.0);
    }
    if let Some(end) = word(text, at, &["a quarter", "quarter", "one quarter"]) {
        percent(end, 25.0);
    }
    if let Some(end) = word(text, at, &["a third", "one third"]) {
        percent(end, 100.0 / 3.0);
    }
    for (name, share) in [("fifth", 20.0), ("sixth", 100.0 / 6.0), ("eighth", 12.5), ("tenth", 10.0)] {
        if let Some(end) = word(text, at, &[&format!("a {name}"), &format!("an {name}"), &format!("one {name}")]) {
            percent(end, share);
        }
    }
    if is_share_of_a_side(text, at) {
        for (name, share) in [("third", 100.0 / 3.0), ("quarter", 25.0), ("fifth", 20.0), ("tenth", 10.0)] {
            if let Some(end) = word(text, at, &[name]) {
                percent(end, share);
            }
        }
    }
    let Some((end, a)) = plain(text, at) else { return };
    if let Some(after) = word(text, end, &["分之"])
        && let Some((end, b)) = plain(text, after)
        && a > 0.0
    {
        percent(end, 100.0 * b / a);
    }
    if text.at(end) == Some('/')
        && let Some((end, b)) = plain(text, end + 1)
        && a == 1.0
        && b > 1.0
    {
        percent(end, 100.0 / b);
    }
    if let Some(end) = word(text, end, &["成"])
        && (1.0..=9.0).contains(&a)
        && han_digit(text.chars[at]).is_some()
        && !text.at(end).is_some_and(|c| crate::text::is_han(c) && !"力强透不左右的就大浓程饱幅即够吧".contains(c))
    {
        percent(end, a * 10.0);
    }
}

/// "the top third": after a side a third is a share, not a place in a row.
fn is_share_of_a_side(text: &Normal, at: usize) -> bool {
    let side = text.slice(at.saturating_sub(7), at);
    ["top ", "bottom ", "left ", "right ", "upper ", "lower ", "middle "].iter().any(|w| side.ends_with(w))
}

const ORDINALS: &[&[&str]] = &[
    &["first", "1st"],
    &["second", "2nd"],
    &["third", "3rd"],
    &["fourth", "4th"],
    &["fifth", "5th"],
    &["sixth", "6th"],
    &["seventh", "7th"],
    &["eighth", "8th"],
    &["ninth", "9th"],
    &["tenth", "10th"],
];

fn ordinals(text: &Normal, at: usize, offer: &mut dyn FnMut(usize, Kind)) {
    for (i, words) in ORDINALS.iter().enumerate() {
        let share = matches!(i, 2 | 4 | 9) && is_share_of_a_side(text, at);
        if let Some(end) = word(text, at, words).filter(|_| !share) {
            offer(end, Kind::Ordinal(i as u32 + 1));
        }
    }
    if let Some(after) = word(text, at, &["第"])
        && let Some((end, n)) = plain(text, spaces(text, after))
        && (1.0..=999.0).contains(&n)
    {
        offer(end, Kind::Ordinal(n as u32));
        if let Some(end) = word(text, end, &["个人", "个", "位", "只", "辆", "件"]) {
            // The noun after the counter stays a token of its own.
            let end = if text.at(end - 1) == Some('人') { end - 1 } else { end };
            offer(end, Kind::Ordinal(n as u32));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(s: &str) -> Option<f64> {
        let n = Normal::new(s);
        plain(&n, 0).filter(|(end, _)| *end == n.len()).map(|(_, v)| v)
    }

    #[test]
    fn numbers_are_read_in_digits_chinese_and_english() {
        for (s, v) in [
            ("800", 800.0),
            ("８００", 800.0),
            ("12.5", 12.5),
            ("十五", 15.0),
            ("两百", 200.0),
            ("八百五", 850.0),
            ("一千零八十", 1080.0),
            ("二十", 20.0),
            ("一点五", 1.5),
            ("一万二", 12_000.0),
            ("fifty", 50.0),
            ("-10", -10.0),
            ("九十", 90.0),
            ("一百八十", 180.0),
        ] {
            assert_eq!(value(s), Some(v), "{s}");
        }
        assert_eq!(value("一点"), None);
    }

    #[test]
    fn units_and_fractions_are_read_with_the_number() {
        let longest = |s: &str| {
            let n = Normal::new(s);
            let mut best = None;
            matches(&n, 0, &mut |end, kind| {
                if end == n.len() {
                    best = Some(kind);
                }
            });
            best
        };
        let number = |value, unit| Some(Kind::Number(Number { value, unit }));
        assert_eq!(longest("800px"), number(800.0, Unit::Pixels));
        assert_eq!(longest("1,200 像素"), number(1200.0, Unit::Pixels));
        assert_eq!(longest("200 KB"), number(200_000.0, Unit::Bytes));
        assert_eq!(longest("1.5M"), number(1_500_000.0, Unit::Bytes));
        assert_eq!(longest("90°"), number(90.0, Unit::Degrees));
        assert_eq!(longest("百分之五十"), number(50.0, Unit::Percent));
        assert_eq!(longest("两倍"), number(2.0, Unit::Times));
        assert_eq!(longest("第2"), Some(Kind::Ordinal(2)));
    }
}
