//! Colours: CSS names, Chinese names from the data file, `#rgb`, `#rrggbb`, `rgb(…)`.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::plan::lexicon::stands_alone;
use crate::plan::normal::Normal;
use crate::plan::token::Kind;

const DATA: &str = include_str!("../data/colours.tsv");

/// Names by their first character, longest first, each with its colour.
type Names = HashMap<char, Vec<(Vec<char>, &'static str)>>;

static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let mut out: HashMap<char, Vec<(Vec<char>, &'static str)>> = HashMap::new();
    let mut add = |name: String, hex| {
        let chars: Vec<char> = name.chars().collect();
        out.entry(chars[0]).or_default().push((chars, hex));
    };
    for (name, hex) in lines() {
        add(name.to_owned(), hex);
        if name.is_ascii() {
            for head in
                ["light", "dark", "medium", "pale", "deep", "hot", "sky", "navy", "royal", "forest", "lime", "sea", "steel", "midnight"]
            {
                if let Some(rest) = name.strip_prefix(head).filter(|r| !r.is_empty()) {
                    add(format!("{head} {rest}"), hex);
                    add(format!("{head}-{rest}"), hex);
                }
            }
            if let Some(rest) = name.strip_suffix("white").filter(|r| !r.is_empty()) {
                add(format!("{rest} white"), hex);
            }
        } else {
            add(format!("{name}色"), hex);
            add(format!("{name}颜色"), hex);
            add(format!("{name}色的"), hex);
            if !matches!(name, "金" | "米" | "青" | "银" | "白" | "黑") {
                add(format!("{name}的"), hex);
            }
        }
    }
    add("navy blue".into(), "#000080");
    add("off-white".into(), "#faf9f6");
    add("off white".into(), "#faf9f6");
    add("sky blue".into(), "#87ceeb");
    add("cream".into(), "#fffdd0");
    add("pure white".into(), "#ffffff");
    add("pure black".into(), "#000000");
    add("plain white".into(), "#ffffff");
    add("light purple".into(), "#e6e6fa");
    add("light orange".into(), "#ffdab9");
    add("dark purple".into(), "#4b0082");
    for list in out.values_mut() {
        list.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    }
    out
});

fn lines() -> impl Iterator<Item = (&'static str, &'static str)> {
    DATA.lines().filter(|l| !l.starts_with("# ") && !l.is_empty()).filter_map(|l| l.split_once('\t'))
}

pub fn matches(text: &Normal, at: usize, offer: &mut dyn FnMut(usize, Kind)) {
    let Some(first) = text.at(at) else { return };
    if first == '#' {
        let digits = text.chars[at + 1..].iter().take_while(|c| c.is_ascii_hexdigit()).count();
        match digits {
            3 => {
                let hex: String = text.chars[at + 1..at + 4].iter().flat_map(|c| [*c, *c]).collect();
                offer(at + 4, Kind::Colour(format!("#{hex}")));
            }
            6 => offer(at + 7, Kind::Colour(format!("#{}", text.slice(at + 1, at + 7)))),
            _ => {}
        }
        return;
    }
    if first == 'r' {
        rgb(text, at, offer);
    }
    for (name, hex) in NAMES.get(&first).map(Vec::as_slice).unwrap_or(&[]) {
        let end = at + name.len();
        if text.len() >= end && text.chars[at..end] == name[..] && stands_alone(&text.chars, at, end) {
            offer(end, Kind::Colour((*hex).to_owned()));
        }
    }
    shaded(text, at, offer);
}

/// Words for a lighter or darker shade of a colour, with how far it goes to white or black.
const SHADES: &[(&str, f32)] = &[
    ("very light ", 0.7),
    ("very dark ", -0.6),
    ("light ", 0.5),
    ("pale ", 0.6),
    ("pastel ", 0.55),
    ("baby ", 0.55),
    ("soft ", 0.35),
    ("dark ", -0.45),
    ("deep ", -0.4),
    ("dusty ", 0.25),
    ("bright ", 0.0),
    ("vivid ", 0.0),
    ("neon ", 0.0),
    ("solid ", 0.0),
    ("plain ", 0.0),
    ("莫兰迪", 0.3),
    ("马卡龙", 0.5),
    ("雾霾", 0.3),
    ("浅", 0.5),
    ("淡", 0.6),
    ("嫩", 0.35),
    ("深", -0.45),
    ("暗", -0.45),
    ("亮", 0.0),
    ("鲜", 0.0),
];

/// "pastel green", 浅棕色: a shade of a colour that has a name.
fn shaded(text: &Normal, at: usize, offer: &mut dyn FnMut(usize, Kind)) {
    for (word, share) in SHADES {
        let start = at + word.chars().count();
        let fits = text.len() > start && word.chars().enumerate().all(|(i, c)| text.chars[at + i] == c);
        if !fits || (at > 0 && word.is_ascii() && text.chars[at - 1].is_ascii_alphanumeric()) {
            continue;
        }
        for (name, hex) in NAMES.get(&text.chars[start]).map(Vec::as_slice).unwrap_or(&[]) {
            let end = start + name.len();
            let own = name.iter().all(|c| c.is_ascii()) == word.is_ascii();
            let said = text.len() >= end && text.chars[start..end] == name[..] && stands_alone(&text.chars, start, end);
            if own
                && said
                && let Some(shade) = mixed(hex, *share)
            {
                offer(end, Kind::Colour(shade));
            }
        }
    }
}

/// A colour on its way to white (above 0) or black (below).
fn mixed(hex: &str, share: f32) -> Option<String> {
    let channel = |i: usize| u8::from_str_radix(hex.get(i..i + 2)?, 16).ok();
    let to = if share < 0.0 { 0.0 } else { 255.0 };
    let mix = |v: u8| (f32::from(v) + (to - f32::from(v)) * share.abs()).round() as u8;
    Some(format!("#{:02x}{:02x}{:02x}", mix(channel(1)?), mix(channel(3)?), mix(channel(5)?)))
}

/// `rgb(245, 245, 245)`
fn rgb(text: &Normal, at: usize, offer: &mut dyn FnMut(usize, Kind)) {
    let Some(close) = text.chars[at..].iter().take(24).position(|c| *c == ')').map(|i| at + i) else { return };
    let inside = text.slice(at, close);
    let Some(list) = inside.strip_prefix("rgb(").or_else(|| inside.strip_prefix("rgb (")) else { return };
    let parts: Vec<u8> = list.split([',', ' ']).filter(|p| !p.is_empty()).map_while(|p| p.parse().ok()).collect();
    if let [r, g, b] = parts[..] {
        offer(close + 1, Kind::Colour(format!("#{r:02x}{g:02x}{b:02x}")));
    }
}

/// The name of a colour, for people; English names are CSS's. `None` where it has none.
pub fn css_name(hex: &str, zh: bool) -> Option<String> {
    let fits = |name: &str| name.is_ascii() != zh;
    lines()
        .find(|(name, h)| fits(name) && h.eq_ignore_ascii_case(hex))
        .map(|(name, _)| if zh { format!("{name}色") } else { name.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_data_file_is_a_name_and_a_colour() {
        assert!(lines().count() > 200);
        for (name, hex) in lines() {
            assert!(hex.len() == 7 && hex.starts_with('#') && hex[1..].chars().all(|c| c.is_ascii_hexdigit()), "{name} {hex}");
        }
    }

    #[test]
    fn colours_are_named_in_the_language_of_the_reader() {
        assert_eq!(css_name("#ffffff", false).as_deref(), Some("white"));
        assert_eq!(css_name("#ffffff", true).as_deref(), Some("白色"));
        assert_eq!(css_name("#123456", true), None);
    }
}
