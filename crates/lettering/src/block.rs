//! Laid-out text: outlines, colour glyphs and sizes.

use cosmic_text::{Buffer, FontSystem, LayoutGlyph, SwashCache, SwashContent};
use portico_imaging::Picture;
use zeno::{Command, Point};

use super::fonts::{Align, Style};

/// A box around the block's middle, in pixels; y goes down.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bounds {
    pub left: f32,
    pub top: f32,
    pub right: f32,
    pub bottom: f32,
}

impl Bounds {
    pub fn width(&self) -> f32 {
        self.right - self.left
    }

    pub fn height(&self) -> f32 {
        self.bottom - self.top
    }

    fn union(self, other: Bounds) -> Bounds {
        Bounds {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }
}

/// A glyph that has colours of its own (emoji), upright, with its left upper corner.
#[derive(Clone, Debug)]
pub(crate) struct ColourGlyph {
    pub picture: Picture,
    pub x: f32,
    pub y: f32,
}

/// Text that was laid out; its middle is at 0, 0.
#[derive(Clone, Debug)]
pub struct Block {
    /// Of the lines and their distances, in pixels.
    pub width: f32,
    pub height: f32,
    /// What is visible; `None` where nothing is.
    pub ink: Option<Bounds>,
    pub lines: usize,
    /// The em, in pixels.
    pub size_px: f32,
    /// Characters that no font has, each once; they are left out.
    pub missing: Vec<char>,
    pub(crate) path: Vec<Command>,
    pub(crate) pictures: Vec<ColourGlyph>,
}

impl Block {
    /// Width and height of what is visible when turned by `degrees`, in pixels.
    pub fn turned_size(&self, degrees: f64) -> (f32, f32) {
        let Some(ink) = self.ink else { return (0.0, 0.0) };
        let (sin, cos) = degrees.to_radians().sin_cos();
        let (w, h) = (f64::from(ink.width()), f64::from(ink.height()));
        ((w * cos.abs() + h * sin.abs()) as f32, (w * sin.abs() + h * cos.abs()) as f32)
    }
}

/// A visual line: where it starts and ends on its own scale, without spaces at its ends.
fn extent(glyphs: &[LayoutGlyph], text: &str) -> Option<(f32, f32)> {
    let visible = glyphs.iter().filter(|g| !text.get(g.start..g.end).unwrap_or_default().trim().is_empty());
    visible.fold(None, |ends, g| {
        let (low, high) = ends.unwrap_or((f32::MAX, f32::MIN));
        Some((low.min(g.x), high.max(g.x + g.w)))
    })
}

/// Everything that `buffer` shows, around its middle.
pub(crate) fn outlines(buffer: &Buffer, system: &mut FontSystem, cache: &mut SwashCache, style: &Style) -> Block {
    let runs: Vec<_> = buffer.layout_runs().collect();
    let extents: Vec<(f32, f32)> = runs.iter().map(|run| extent(run.glyphs, run.text).unwrap_or_default()).collect();
    // Space after the last letter of a line is none of its width.
    let tail = style.letter_spacing * style.size_px;
    let width = extents.iter().map(|(low, high)| (high - low - tail).max(0.0)).fold(0.0, f32::max);
    let height: f32 = runs.iter().map(|run| run.line_height).sum();
    let mut block =
        Block { width, height, ink: None, lines: runs.len(), size_px: style.size_px, missing: vec![], path: vec![], pictures: vec![] };
    for (run, (low, high)) in runs.iter().zip(extents) {
        let free = (width - (high - low - tail)).max(0.0);
        let start = match style.align {
            Align::Left => 0.0,
            Align::Center => free / 2.0,
            Align::Right => free,
        };
        let origin = (start - low - width / 2.0, run.line_y - height / 2.0);
        run.glyphs.iter().for_each(|glyph| add(&mut block, glyph, origin, system, cache));
    }
    block.ink = ink(&block);
    block
}

fn add(block: &mut Block, glyph: &LayoutGlyph, origin: (f32, f32), system: &mut FontSystem, cache: &mut SwashCache) {
    if glyph.glyph_id == 0 {
        return;
    }
    let x = origin.0 + glyph.x + glyph.font_size * glyph.x_offset;
    let y = origin.1 + glyph.y - glyph.font_size * glyph.y_offset;
    let key = glyph.physical((0.0, 0.0), 1.0).cache_key;
    let key = cosmic_text::CacheKey { x_bin: cosmic_text::SubpixelBin::Zero, y_bin: cosmic_text::SubpixelBin::Zero, ..key };
    if let Some(image) = cache.get_image_uncached(system, key).filter(|image| image.content == SwashContent::Color) {
        let (w, h) = (image.placement.width, image.placement.height);
        if w > 0 && h > 0 && image.data.len() == w as usize * h as usize * 4 {
            let picture = Picture::from_rgba8(w, h, image.data);
            block.pictures.push(ColourGlyph { picture, x: x + image.placement.left as f32, y: y - image.placement.top as f32 });
        }
        return;
    }
    let Some(commands) = cache.get_outline_commands_uncached(system, key) else { return };
    // Fonts count upwards, pictures downwards.
    let at = |p: Point| Point::new(x + p.x, y - p.y);
    block.path.extend(commands.iter().map(|command| match *command {
        Command::MoveTo(p) => Command::MoveTo(at(p)),
        Command::LineTo(p) => Command::LineTo(at(p)),
        Command::QuadTo(c, p) => Command::QuadTo(at(c), at(p)),
        Command::CurveTo(c, d, p) => Command::CurveTo(at(c), at(d), at(p)),
        Command::Close => Command::Close,
    }));
}

fn ink(block: &Block) -> Option<Bounds> {
    let outlines = (!block.path.is_empty()).then(|| {
        let b = zeno::bounds(block.path.as_slice(), zeno::Fill::NonZero, None);
        Bounds { left: b.min.x, top: b.min.y, right: b.max.x, bottom: b.max.y }
    });
    let pictures = block.pictures.iter().map(|g| {
        let (w, h) = (g.picture.width() as f32, g.picture.height() as f32);
        Bounds { left: g.x, top: g.y, right: g.x + w, bottom: g.y + h }
    });
    outlines.into_iter().chain(pictures).reduce(Bounds::union)
}
