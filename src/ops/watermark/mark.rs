//! One mark: text in a size that fits, or a logo, ready to be laid on light and on dark ground.

use std::sync::Arc;

use portico_lettering::{Block, Contrast, Edge, Fonts, Ink, Shadow, Style, halo};

use super::{OpError, WatermarkParams};
use crate::imaging::colour::{Srgb8, Tables, from_linear, luminance};
use crate::imaging::{Layer, Picture, Placement};
use crate::ops::params::param;
use crate::ops::place::Anchor;

/// Letters below this many pixels cannot be read.
const LEAST_PX: f32 = 5.0;
/// The width that text takes of the picture's, in a corner and in the middle.
const WIDTH_SHARE: (f32, f32) = (0.24, 0.5);
/// Letters are so large at least and at most, as shares of the shorter side: in a corner, in the middle, tiled.
const CORNER: (f32, f32) = (0.026, 0.05);
const MIDDLE: (f32, f32) = (0.04, 0.12);
const TILED: f32 = 0.045;
/// Width of a logo as a share of the picture's; tiled, of the shorter side.
const LOGO: f64 = 0.18;
const LOGO_TILED: f64 = 0.16;
const LOGO_HIGHEST: f64 = 0.3;
/// The bold cut is read better where it is faint.
const WEIGHT: u16 = 700;
/// A border whose values differ by no more than this from their mean is plain.
const PLAIN: i32 = 12;
/// A logo that differs less than this in lightness from its ground needs help.
const ALIKE: f32 = 0.35;

/// The layers to choose from and what they are for.
pub(super) struct Marks {
    /// One, or two: on dark and on light ground; for a logo: by itself, and with a light or dark rim.
    pub layers: Vec<Layer>,
    pub choice: Choice,
    /// The text's colours, by layer.
    pub inks: Vec<Srgb8>,
    /// The em of the text or the width of the logo, in pixels.
    pub size: f64,
    /// The visible width and height before it is turned, in pixels.
    pub own: (f64, f64),
    /// Distances between tiles are counted in these, in pixels.
    pub unit: f64,
}

/// Which layer lies on a ground of some lightness.
pub(super) enum Choice {
    Only,
    /// The first where white is read, else the second.
    ByContrast,
    /// The first unless the ground is about as light as this.
    UnlessLike(f32),
}

impl Choice {
    pub fn on(&self, lightness: f32) -> usize {
        match self {
            Choice::Only => 0,
            Choice::ByContrast => usize::from(Contrast::on(lightness) != Contrast::on(0.0)),
            Choice::UnlessLike(own) => usize::from((lightness - own).abs() < ALIKE),
        }
    }
}

/// The text in its size, or as large as fits; `None` where it fits nowhere.
pub(super) fn fitted(fonts: &Fonts, text: &str, p: &WatermarkParams, (width, height): (u32, u32)) -> Option<Block> {
    let room = p.room((width, height));
    let (room_w, room_h) = (room.0 as f32, room.1 as f32);
    let short = width.min(height) as f32;
    let style = |size_px: f32| Style {
        weight: WEIGHT,
        max_width_px: Some(if p.tile { 0.6 * width.max(height) as f32 } else { room_w }),
        ..Style::new(size_px)
    };
    let wanted = p.size.map(|size| size as f32).unwrap_or_else(|| {
        let (share, (low, high)) = match (p.tile, p.anchor()) {
            (true, _) => return (TILED * short).max(LEAST_PX),
            (false, Anchor::Center) => (WIDTH_SHARE.1, MIDDLE),
            (false, _) => (WIDTH_SHARE.0, CORNER),
        };
        let probe = fonts.lay_out(text, &Style { max_width_px: None, ..style(100.0) });
        let by_width = share * width as f32 / (probe.width / 100.0).max(0.1);
        by_width.clamp(low * short, high * short).max(11.0)
    });
    let slope = p.slope();
    let fits = |block: &Block| {
        let (w, h) = block.turned_size(slope);
        // The soft rim may reach into the margin, but not over the edge.
        let rim = 2.0 * (edge_px(block.size_px) + rim_px(block.size_px) as f32) + 2.0;
        w <= room_w && h <= room_h && w + rim <= width as f32 && h + rim <= height as f32
    };
    let wanted = tenths(wanted);
    let mut block = fonts.fit(text, &style(wanted), LEAST_PX.min(wanted), fits)?;
    if block.size_px != wanted {
        // A size that can be written down and gives the same letters again.
        block = fonts.fit(text, &style(tenths(block.size_px - 0.05).max(LEAST_PX)), LEAST_PX, fits)?;
    }
    let even = fonts.balanced(text, &style(block.size_px));
    Some(if fits(&even) { even } else { block })
}

/// The thin line around the letters, in pixels.
fn edge_px(em: f32) -> f32 {
    (em * 0.035).max(0.6)
}

/// How far the soft rim reaches beyond it, in pixels.
fn rim_px(em: f32) -> u32 {
    ((em * 0.16).ceil() as u32).max(1)
}

fn tenths(px: f32) -> f32 {
    (px * 10.0).round() / 10.0
}

/// The block in its inks; `None` where nothing of it is visible.
pub(super) fn painted(block: &Block, slope: f64, chosen: Option<Srgb8>) -> Option<Marks> {
    let em = block.size_px;
    let contrasts = match chosen {
        Some(ink) => vec![Contrast::of(ink)],
        None => vec![Contrast::on(0.0), Contrast::on(1.0)],
    };
    let paint = |contrast: &Contrast| {
        let ink = Ink {
            colour: contrast.ink,
            edge: Some(Edge { colour: contrast.against, width_px: edge_px(em), strength: 0.5 }),
            shadow: Some(Shadow { colour: contrast.against, blur_px: rim_px(em), offset_px: (0, 0), strength: 0.35 }),
        };
        block.paint(&ink, slope)
    };
    let layers: Vec<Layer> = contrasts.iter().filter_map(paint).collect();
    let ink = block.ink?;
    (layers.len() == contrasts.len()).then(|| Marks {
        choice: if layers.len() == 2 { Choice::ByContrast } else { Choice::Only },
        inks: contrasts.iter().map(|c| c.ink).collect(),
        size: (f64::from(em) * 10.0).round() / 10.0,
        own: (ink.width().into(), ink.height().into()),
        unit: em.into(),
        layers,
    })
}

/// The logo in its size; `None` where it fits nowhere.
///
/// # Errors
/// `invalid_parameter` where nothing of it is visible.
pub(super) fn drawn(logo: &Arc<Picture>, p: &WatermarkParams, size: (u32, u32)) -> Result<Option<Marks>, OpError> {
    let cut = if logo.is_opaque() { without_plain_ground(logo) } else { None };
    let Some(layer) = Layer::trimmed(cut.as_ref().unwrap_or(logo)) else {
        return Err(param("image", "水印图片完全透明。", "The picture for the watermark is wholly transparent."));
    };
    let (w, h) = (f64::from(layer.picture.width()), f64::from(layer.picture.height()));
    let room = p.room(size);
    let automatic = || {
        let (width, height) = (f64::from(size.0), f64::from(size.1));
        let by_width = if p.tile { LOGO_TILED * width.min(height) } else { LOGO * width };
        by_width.min(LOGO_HIGHEST * height * w / h)
    };
    let slope = p.slope();
    let (sin, cos) = slope.to_radians().sin_cos();
    let (turned_w, turned_h) = (cos.abs() + h / w * sin.abs(), sin.abs() + h / w * cos.abs());
    let width = p.size.unwrap_or_else(automatic).min(room.0 / turned_w).min(room.1 / turned_h).floor();
    let height = (width * h / w).round();
    if width < 2.0 || height < 1.0 {
        return Ok(None);
    }
    let at = Placement { x: 0.0, y: 0.0, width, height, rotate: slope };
    let (placed, _) = Layer::placed(&layer.picture, &at);
    let own = lightness(&layer.picture);
    let against = if own > 0.5 { Contrast::on(1.0).ink } else { Contrast::on(0.0).ink };
    let helped = halo(&placed, against, ((width.min(height) * 0.12).ceil() as u32).clamp(1, 64), 0.8);
    let marks = Marks {
        layers: vec![placed, helped],
        choice: Choice::UnlessLike(own),
        inks: vec![],
        size: width,
        own: (width, height),
        unit: height.min(width) * 0.7,
    };
    Ok(Some(marks))
}

/// Mean lightness (sRGB 0..=1) of what is visible.
fn lightness(picture: &Picture) -> f32 {
    let tables = Tables::get();
    let (mut sum, mut weight) = (0.0f64, 0.0f64);
    for &[r, g, b, a] in picture.rgba8().as_chunks::<4>().0 {
        let share = f64::from(a) / 255.0;
        sum += share * f64::from(luminance([r, g, b].map(|v| tables.linear[usize::from(v)])));
        weight += share;
    }
    from_linear((sum / weight.max(1e-9)) as f32)
}

/// A logo on a plain ground without it: how far each pixel is from the ground becomes its alpha, in linear light. `None` where the border is not plain.
fn without_plain_ground(logo: &Picture) -> Option<Picture> {
    let (w, h) = (logo.width(), logo.height());
    let border = (0..w).flat_map(|x| [(x, 0), (x, h - 1)]).chain((0..h).flat_map(|y| [(0, y), (w - 1, y)]));
    let border: Vec<[u8; 4]> = border.map(|(x, y)| logo.pixel(x, y)).collect();
    let mean = [0, 1, 2].map(|c| border.iter().map(|p| i32::from(p[c])).sum::<i32>() / border.len() as i32);
    if border.iter().any(|p| (0..3).any(|c| (i32::from(p[c]) - mean[c]).abs() > PLAIN)) {
        return None;
    }
    let tables = Tables::get();
    let ground = mean.map(|v| tables.linear[v as usize]);
    let pixels: Vec<u8> = logo
        .rgba8()
        .as_chunks::<4>()
        .0
        .iter()
        .flat_map(|&[r, g, b, _]| {
            let near = [r, g, b].iter().zip(mean).all(|(v, m)| (i32::from(*v) - m).abs() <= PLAIN);
            let own = [r, g, b].map(|v| tables.linear[usize::from(v)]);
            let away =
                |c: usize| if own[c] > ground[c] { (own[c] - ground[c]) / (1.0 - ground[c]) } else { (ground[c] - own[c]) / ground[c] };
            let alpha = (0..3).map(away).fold(0.0f32, f32::max).min(1.0);
            if near || alpha <= 0.0 {
                return [0; 4];
            }
            let [r, g, b] = [0, 1, 2].map(|c| tables.srgb8_f((own[c] - ground[c]) / alpha + ground[c]));
            [r, g, b, (alpha * 255.0).round() as u8]
        })
        .collect();
    // All one colour: nothing would be left.
    let cut = Picture::from_rgba8(w, h, pixels);
    cut.rgba8().as_chunks::<4>().0.iter().any(|p| p[3] > 0).then_some(cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_ground_goes_and_the_logo_on_it_stays() {
        let mut logo = Picture::filled(40, 30, [250, 251, 249, 255]);
        Layer { picture: Picture::filled(10, 10, [20, 40, 160, 255]), x: 15, y: 10 }.lay_on(&mut logo, 1.0);
        let cut = without_plain_ground(&logo).unwrap();
        assert_eq!(cut.pixel(2, 2), [0; 4]);
        let [r, g, b, a] = cut.pixel(20, 15);
        assert!(a > 245 && r < 30 && g < 50 && b < 170, "{r} {g} {b} {a}");
        Layer { picture: Picture::filled(10, 30, [90, 40, 160, 255]), x: 0, y: 0 }.lay_on(&mut logo, 1.0);
        assert!(without_plain_ground(&logo).is_none(), "a photo keeps its background");
        assert!(without_plain_ground(&Picture::filled(3, 3, [9, 9, 9, 255])).is_none());
    }
}
