//! Sizes `800x600` and aspect ratios `3:4`, `三比四`, `square`.

use crate::plan::normal::Normal;
use crate::plan::token::{Aspect, Kind};

use super::{number, spaces, word};

/// Aspect ratios that have a name.
const NAMED: &[(f64, f64, &[&str])] = &[
    (
        1.0,
        1.0,
        &[
            "square",
            "a square",
            "squared",
            "square format",
            "square shape",
            "squarish",
            "正方形",
            "正方型",
            "方形",
            "正方",
            "方图",
            "正方图",
            "方的",
            "四方形",
            "方块",
            "一比一",
            "正方形的",
        ],
    ),
    (16.0, 9.0, &["widescreen", "wide screen", "宽屏", "横屏"]),
    (9.0, 16.0, &["竖屏", "手机竖屏"]),
];

/// Sizes that go by the name of a screen.
const SCREENS: &[(u32, u32, &[&str])] = &[
    (7680, 4320, &["8k"]),
    (3840, 2160, &["4k", "2160p", "uhd"]),
    (2560, 1440, &["2k", "1440p", "qhd"]),
    (1920, 1080, &["1080p", "full hd", "fullhd", "全高清"]),
    (1280, 720, &["720p"]),
];

/// From this on two numbers with an `x` between them are pixels, below they are a ratio.
const SMALLEST_SIDE: f64 = 32.0;
/// No picture is larger.
const LARGEST_SIDE: f64 = 100_000.0;

pub fn matches(text: &Normal, at: usize, offer: &mut dyn FnMut(usize, Kind)) {
    for (width, height, words) in NAMED {
        for w in *words {
            if let Some(end) = word(text, at, &[w]) {
                offer(end, Kind::Aspect(Aspect { width: *width, height: *height, slash: false }));
            }
        }
    }
    // Elsewhere it may be a width or a height.
    const LARGER: &[&str] = &["enlarge", "upscale", "blow", "bigger", "放大", "提升", "超分", "提高", "升到"];
    let before = text.slice(at.saturating_sub(20), at);
    for (width, height, words) in SCREENS.iter().filter(|_| LARGER.iter().any(|w| before.contains(w))) {
        if let Some(end) = word(text, at, words) {
            offer(end, Kind::Size(*width, *height));
        }
    }
    let Some((end, a)) = number::plain(text, at) else { return };
    let after = spaces(text, word(text, spaces(text, end), &["px", "像素", "pixels"]).unwrap_or(end));
    let Some(sign) = text.at(after) else { return };
    let (next, ratio, slash) = match sign {
        ':' | '比' => (after + 1, true, false),
        '/' => (after + 1, true, true),
        'x' | '*' | '乘' => (after + 1, false, false),
        'b' => match word(text, after, &["by"]) {
            Some(next) if a.fract() == 0.0 => (next, false, false),
            _ => return,
        },
        't' => match word(text, after, &["to"]) {
            // "3 to 4" reads as a ratio only for small whole numbers.
            Some(next) if a <= 21.0 => (next, true, false),
            _ => return,
        },
        _ => return,
    };
    let Some((end, b)) = number::plain(text, spaces(text, next)) else { return };
    if a <= 0.0 || b <= 0.0 || a > LARGEST_SIDE || b > LARGEST_SIDE {
        return;
    }
    let whole = a.fract() == 0.0 && b.fract() == 0.0;
    if ratio || (a < SMALLEST_SIDE && b < SMALLEST_SIDE) {
        // 1/2 is a fraction; 800:600 a ratio all the same.
        if !(slash && (a == 1.0 || !whole)) {
            offer(end, Kind::Aspect(Aspect { width: a, height: b, slash }));
        }
        return;
    }
    if whole {
        let size = Kind::Size(a as u32, b as u32);
        if let Some(end) = word(text, spaces(text, end), &["px", "像素", "pixels", "pixel"]) {
            offer(end, size.clone());
        }
        offer(end, size);
    }
}
