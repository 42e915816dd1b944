//! The fonts of this process, and text laid out with them.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use cosmic_text::fontdb::{self, Family, Query, Weight};
use cosmic_text::{Attrs, Buffer, CacheKeyFlags, FontSystem, Metrics, PlatformFallback, Shaping, SwashCache, Wrap};
use portico_imaging::text::is_han;

use super::block::{self, Block};
use super::tidy::{is_invisible, tidy};

/// Where nobody brought a font, the first of these that the machine has: sans-serif fonts with Chinese, then without.
const PREFERRED: [&str; 12] = [
    "Noto Sans SC",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "PingFang SC",
    "Microsoft YaHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Noto Sans",
    "Segoe UI",
    "Helvetica Neue",
    "DejaVu Sans",
    "Liberation Sans",
];
/// Decides between forms of Han characters; the same on every machine.
const LOCALE: &str = "zh-CN";

/// Why there is nothing to write with.
#[derive(Debug, thiserror::Error)]
pub enum LetteringError {
    #[error("there is no font on this machine")]
    NoFont,
    #[error("{} is not a font that can be read", .0.display())]
    Unreadable(PathBuf),
}

/// Where lines of different length stand in their block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Align {
    Left,
    #[default]
    Center,
    Right,
}

/// How text is set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// The em, in pixels.
    pub size_px: f32,
    /// 100..=900; the family's nearest.
    pub weight: u16,
    /// Lines are broken at this width.
    pub max_width_px: Option<f32>,
    pub align: Align,
    /// From line to line, in ems.
    pub line_height: f32,
    /// Added after each letter, in ems.
    pub letter_spacing: f32,
    /// Whether a word that is wider than a line may be broken.
    pub breaks_words: bool,
}

impl Style {
    /// Regular weight, centred, lines 1.35 em apart, nothing broken.
    pub fn new(size_px: f32) -> Self {
        Style {
            size_px,
            weight: 400,
            max_width_px: None,
            align: Align::Center,
            line_height: 1.35,
            letter_spacing: 0.0,
            breaks_words: false,
        }
    }
}

struct Inner {
    system: FontSystem,
    outlines: SwashCache,
}

/// The fonts of this process. Laying out waits for others who do; painting does not.
pub struct Fonts {
    inner: Mutex<Inner>,
    family: String,
    /// Weights that the family has.
    weights: Vec<u16>,
}

impl std::fmt::Debug for Fonts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Fonts({})", self.family)
    }
}

impl Fonts {
    /// `files` come first, in their order; with `system` the machine's own fonts stand in for what they lack.
    ///
    /// # Errors
    /// When a file is no font, or when there is none at all.
    pub fn open(files: &[PathBuf], system: bool) -> Result<Fonts, LetteringError> {
        let mut db = fontdb::Database::new();
        for file in files {
            load(&mut db, file)?;
        }
        let first = db.faces().next().and_then(|face| Some(face.families.first()?.0.clone()));
        if system {
            db.load_system_fonts();
        }
        let family = first.or_else(|| preferred(&db)).ok_or(LetteringError::NoFont)?;
        let mut weights: Vec<u16> = db.faces().filter(|f| f.families.iter().any(|(n, _)| *n == family)).map(|f| f.weight.0).collect();
        weights.sort_unstable();
        weights.dedup();
        db.set_sans_serif_family(family.clone());
        let system = FontSystem::new_with_locale_and_db_and_fallback(LOCALE.to_owned(), db, PlatformFallback);
        Ok(Fonts { inner: Mutex::new(Inner { system, outlines: SwashCache::new() }), family, weights })
    }

    /// The family that is tried first.
    pub fn family(&self) -> &str {
        &self.family
    }

    /// The text as outlines. What no font has is left out and named in [`Block::missing`]; text of nothing else gives an empty block.
    pub fn lay_out(&self, text: &str, style: &Style) -> Block {
        let text = tidy(text);
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let inner = &mut *inner;
        let buffer = self.shaped(inner, &text, style);
        let missing = missing(&buffer);
        if missing.is_empty() {
            return block::outlines(&buffer, &mut inner.system, &mut inner.outlines, style);
        }
        // Once more without them: a box or a gap in their place says nothing.
        let rest: String = text.chars().filter(|c| !missing.contains(c)).collect();
        let buffer = self.shaped(inner, &tidy(&rest), style);
        Block { missing, ..block::outlines(&buffer, &mut inner.system, &mut inner.outlines, style) }
    }

    /// The largest size up to `style.size_px` at which `fits` is content, with words whole; else the smallest with words broken. `None` where even
    /// that is too large. Sizes are not tried below `least_px`.
    pub fn fit(&self, text: &str, style: &Style, least_px: f32, fits: impl Fn(&Block) -> bool) -> Option<Block> {
        let at = |size_px: f32, breaks_words: bool| self.lay_out(text, &Style { size_px, breaks_words, ..*style });
        let wanted = at(style.size_px, false);
        if fits(&wanted) {
            return Some(wanted);
        }
        let (mut low, mut high) = (least_px, style.size_px);
        if low >= high {
            return Some(at(high, true)).filter(|b| fits(b));
        }
        let mut best = Some(at(low, false)).filter(|b| fits(b));
        if best.is_none() {
            return Some(at(low, true)).filter(|b| fits(b));
        }
        // To about a hundredth of the size.
        for _ in 0..9 {
            let middle = (low + high) / 2.0;
            let tried = at(middle, false);
            if fits(&tried) {
                (best, low) = (Some(tried), middle);
            } else {
                high = middle;
            }
        }
        best
    }

    /// Laid out in as many lines as [`Fonts::lay_out`] takes, but with lines of about one length: no single short word is left for the last.
    /// Where no more lines come of it, Chinese breaks only at the spaces that were written: "不锈钢水壶 / 1.5 L".
    pub fn balanced(&self, text: &str, style: &Style) -> Block {
        let block = self.lay_out(text, style);
        let Some(limit) = style.max_width_px.filter(|_| block.lines > 1) else { return block };
        let whole = phrases(text).filter(|_| style.letter_spacing == 0.0).map(|joined| {
            let block = self.lay_out(&joined, style);
            (joined, block)
        });
        match whole.filter(|(_, whole)| whole.lines == block.lines && whole.width <= limit && whole.missing == block.missing) {
            Some((joined, whole)) => self.evened(&joined, style, whole, limit),
            None => self.evened(text, style, block, limit),
        }
    }

    /// The narrowest of the same number of lines.
    fn evened(&self, text: &str, style: &Style, block: Block, limit: f32) -> Block {
        let (mut low, mut high) = (limit / 2.0, limit);
        let mut best = block;
        for _ in 0..7 {
            let middle = (low + high) / 2.0;
            let tried = self.lay_out(text, &Style { max_width_px: Some(middle), ..*style });
            if tried.lines == best.lines && tried.width <= middle {
                (best, high) = (tried, middle);
            } else {
                low = middle;
            }
        }
        best
    }

    fn shaped(&self, inner: &mut Inner, text: &str, style: &Style) -> Buffer {
        let size = style.size_px.max(0.1);
        let mut buffer = Buffer::new_empty(Metrics::new(size, size * style.line_height));
        buffer.set_wrap(if style.breaks_words { Wrap::WordOrGlyph } else { Wrap::Word });
        buffer.set_size(style.max_width_px.map(|w| w.max(1.0)), None);
        let weight = self.weights.iter().copied().min_by_key(|w| w.abs_diff(style.weight)).unwrap_or(400);
        let attrs = Attrs::new()
            .family(Family::Name(&self.family))
            .weight(Weight(weight))
            .letter_spacing(style.letter_spacing)
            .cache_key_flags(CacheKeyFlags::DISABLE_HINTING);
        buffer.set_text(text, &attrs, Shaping::Advanced, None);
        buffer.shape_until_scroll(&mut inner.system, false);
        buffer
    }
}

/// The text with its Han characters joined, so that lines break at spaces only; `None` where that makes no difference.
fn phrases(text: &str) -> Option<String> {
    const WORD_JOINER: char = '\u{2060}';
    let chars: Vec<char> = text.trim().chars().collect();
    let joins = |pair: &[char]| !pair[0].is_whitespace() && !pair[1].is_whitespace() && pair.iter().any(|c| is_han(*c));
    if !chars.contains(&' ') || !chars.windows(2).any(joins) {
        return None;
    }
    let mut out = String::new();
    for (i, c) in chars.iter().enumerate() {
        out.push(*c);
        if chars.get(i..i + 2).is_some_and(joins) {
            out.push(WORD_JOINER);
        }
    }
    Some(out)
}

fn load(db: &mut fontdb::Database, file: &Path) -> Result<(), LetteringError> {
    let before = db.len();
    db.load_font_file(file).map_err(|_| LetteringError::Unreadable(file.to_owned()))?;
    if db.len() == before { Err(LetteringError::Unreadable(file.to_owned())) } else { Ok(()) }
}

fn preferred(db: &fontdb::Database) -> Option<String> {
    let has = |name: &str| db.query(&Query { families: &[Family::Name(name)], ..Query::default() }).is_some();
    let known = PREFERRED.iter().find(|name| has(name)).map(|name| (*name).to_owned());
    known.or_else(|| db.faces().flat_map(|f| f.families.iter().map(|(name, _)| name.clone())).min())
}

/// Characters without a glyph in any font, in the order of the text, each once.
fn missing(buffer: &Buffer) -> Vec<char> {
    let mut found = vec![];
    for run in buffer.layout_runs() {
        for glyph in run.glyphs.iter().filter(|g| g.glyph_id == 0) {
            for c in run.text.get(glyph.start..glyph.end).unwrap_or_default().chars() {
                if !is_invisible(c) && !found.contains(&c) {
                    found.push(c);
                }
            }
        }
    }
    found
}
