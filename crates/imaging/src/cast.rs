//! Shadows and reflections of a cut-out that is put somewhere: layers of black, or of the cut-out mirrored, to lie under it.
//!
//! Nothing is known of the thing's depth, so it is taken for an upright board that stands on its lowest edge:
//!
//! * where it stands (`contact`): the lowest band of the silhouette, a little larger and softer each time, darkest at the edge itself;
//! * what it throws: every row of the board lies down on the ground, away from the light, the softer and fainter the higher the row was (a light that
//!   is not a point has a penumbra that widens with the distance to the ground).

use super::layer::Layer;
use super::mask::Mask;
use super::picture::Picture;

/// Long side of the copy of the silhouette that shadows are made from; they are soft.
const WORK_SIDE: f64 = 448.0;
/// Rows of the board that are laid down together.
const SLICES: usize = 7;
/// How far the shadow of the top reaches, as a share of the height, to the side at full strength of the light's side.
const REACH_SIDE: f64 = 0.55;
/// How far it goes back (up in the picture), or towards the viewer.
const REACH_BACK: f64 = 0.10;
const REACH_FRONT: f64 = 0.16;

/// Where the light comes from, as far as a picture tells.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Light {
    /// −1: from the left, 1: from the right, 0: from above or not known.
    pub side: f32,
    /// Shadows fall towards the viewer rather than away.
    pub from_behind: bool,
    /// Share of the light that is missing where a shadow is deepest, 0..=1.
    pub depth: f32,
}

impl Default for Light {
    fn default() -> Self {
        Light { side: 0.0, from_behind: false, depth: 0.6 }
    }
}

/// The contact shadow of a layer, black with alpha, on the same canvas. `None` where the layer shows nothing.
pub fn contact(layer: &Layer, light: &Light) -> Option<Layer> {
    let sheet = Sheet::of(layer)?;
    let (w, h) = (sheet.board.width as f64, sheet.board.height as f64);
    // What stands is about as deep as it is wide, seen at a slant; a tall thing on a small foot throws no wide contact.
    let foot = sheet.board.foot_width().min(h * 1.6).max(2.0);
    let depth = f64::from(light.depth.clamp(0.0, 1.0));
    let away = -f64::from(light.side.clamp(-1.0, 1.0));
    let mut dark = vec![0.0f32; sheet.len()];
    // The crease, the near shade, and the wide one.
    for (share, blur, down, weight) in [(0.10, 0.012, 0.004, 0.75), (0.16, 0.040, 0.012, 0.55), (0.22, 0.10, 0.02, 0.35)] {
        let band = sheet.drawn(|x, y, alpha| {
            let below = sheet.board.floor - y as f64 - 0.5;
            let near = (-(sheet.board.floor - sheet.board.lowest[x]).max(0.0) / (0.30 * foot)).exp();
            let own = sheet.board.lowest[x] - y as f64 - 0.5;
            let in_band = own < share * foot && below < (share + 0.25) * foot;
            in_band.then_some((x as f64 + 0.5 + away * 0.8 * blur * foot, y as f64 + 0.5 + down * foot, alpha * near as f32))
        });
        add(&mut dark, &sheet.blurred(band, blur * foot), weight * depth as f32);
    }
    let (back, reach) = if light.from_behind { (-REACH_FRONT, 0.9) } else { (REACH_BACK, 0.8) };
    for slice in 0..SLICES {
        let (low, high) = (slice as f64 / SLICES as f64, (slice + 1) as f64 / SLICES as f64);
        let middle = (low + high) / 2.0;
        let row_of = |y: usize| (sheet.board.floor - y as f64 - 0.5) / h;
        let laid = sheet.drawn(|x, y, alpha| {
            let t = row_of(y);
            let from_floor = t * h;
            (low..high).contains(&t).then_some((
                x as f64 + 0.5 + away * REACH_SIDE * from_floor * reach,
                sheet.board.floor - back * from_floor,
                alpha,
            ))
        });
        let faint = (-1.5 * middle).exp() as f32;
        add(&mut dark, &sheet.blurred(laid, (0.012 + 0.085 * middle) * w.max(h * 0.6)), 0.75 * depth as f32 * faint);
    }
    Some(sheet.layer(&dark))
}

/// A soft shadow as of a thing that floats a little before the ground.
pub fn drop(layer: &Layer, light: &Light) -> Option<Layer> {
    let sheet = Sheet::of(layer)?;
    let size = (sheet.board.width as f64).max(sheet.board.height as f64);
    let away = -f64::from(light.side.clamp(-1.0, 1.0));
    let shifted = sheet.drawn(|x, y, alpha| Some((x as f64 + 0.5 + away * 0.03 * size, y as f64 + 0.5 + 0.03 * size, alpha)));
    let mut dark = vec![0.0f32; sheet.len()];
    add(&mut dark, &sheet.blurred(shifted, 0.035 * size), 0.8 * light.depth.clamp(0.0, 1.0));
    Some(sheet.layer(&dark))
}

/// The layer mirrored below its lowest edge, fading with the distance: a polished floor.
pub fn reflection(layer: &Layer) -> Option<Layer> {
    let (width, height) = (layer.picture.width() as usize, layer.picture.height() as usize);
    let (pixels, _) = layer.picture.rgba8().as_chunks::<4>();
    let lowest: Vec<Option<usize>> = (0..width).map(|x| (0..height).rev().find(|y| pixels[y * width + x][3] > 127)).collect();
    let floor = lowest.iter().flatten().copied().max()?;
    // A round foot mirrors at its own edge; what hangs higher is too far from the floor.
    let near = (height * 3 / 10).max(1);
    let top = floor.saturating_sub(near);
    let reach = (height * 2 / 5).max(1);
    let rows = floor - top + reach + 1;
    let mut out = vec![[0u8; 4]; width * rows];
    for x in 0..width {
        let Some(own) = lowest[x] else { continue };
        if own < top {
            continue;
        }
        // The higher the edge, the less of the floor is near it.
        let (mirror, close) = (own, 1.0 - (floor - own) as f32 / near as f32);
        for down in 0..reach.min(mirror + 1) {
            let [r, g, b, a] = pixels[(mirror - down) * width + x];
            let fade = 0.42 * close * (1.0 - down as f32 / reach as f32).powi(2);
            let alpha = (f32::from(a) * fade).round() as u8;
            if alpha > 0 {
                out[(mirror + 1 + down - top) * width + x] = [r, g, b, alpha];
            }
        }
    }
    let whole =
        Layer { picture: Picture::from_rgba8(width as u32, rows as u32, out.into_flattened()), x: layer.x, y: layer.y + top as i64 };
    let inner = Layer::trimmed(&whole.picture)?;
    Some(Layer { x: whole.x + inner.x, y: whole.y + inner.y, ..inner })
}

fn add(dark: &mut [f32], part: &[f32], weight: f32) {
    dark.iter_mut().zip(part).for_each(|(d, p)| *d = 1.0 - (1.0 - *d) * (1.0 - (p * weight).clamp(0.0, 1.0)));
}

/// The silhouette, small.
struct Board {
    width: usize,
    height: usize,
    alpha: Vec<f32>,
    /// The lower edge of each column; the top where it is empty.
    lowest: Vec<f64>,
    /// The lowest edge of all.
    floor: f64,
}

impl Board {
    fn foot_width(&self) -> f64 {
        let near = 0.12 * (self.width.min(self.height) as f64);
        let stands: Vec<usize> = (0..self.width).filter(|&x| self.lowest[x] > 0.0 && self.floor - self.lowest[x] <= near).collect();
        match (stands.first(), stands.last()) {
            (Some(a), Some(b)) => (b - a + 1) as f64,
            _ => self.width as f64,
        }
    }
}

/// Room around the silhouette in which its shadow falls.
struct Sheet<'a> {
    layer: &'a Layer,
    board: Board,
    /// Of the copy, to the layer's pixels.
    scale: f64,
    margin: usize,
    width: usize,
    height: usize,
}

impl<'a> Sheet<'a> {
    fn of(layer: &'a Layer) -> Option<Sheet<'a>> {
        let (w, h) = (layer.picture.width(), layer.picture.height());
        let scale = (WORK_SIDE / f64::from(w.max(h))).min(1.0);
        let side = |v: u32| ((f64::from(v) * scale).round() as u32).max(1);
        let alpha = super::blend::alpha_of(&layer.picture).resized(side(w), side(h));
        let (width, height) = (alpha.width() as usize, alpha.height() as usize);
        let lowest: Vec<f64> =
            (0..width).map(|x| (0..height).rev().find(|y| alpha.values()[y * width + x] > 127).map_or(0.0, |y| (y + 1) as f64)).collect();
        let floor = lowest.iter().copied().fold(0.0, f64::max);
        if floor == 0.0 {
            return None;
        }
        let alpha = alpha.values().iter().map(|&v| f32::from(v) / 255.0).collect();
        let board = Board { width, height, alpha, lowest, floor };
        let margin = (width.max(height) as f64 * 0.75).ceil() as usize + 4;
        Some(Sheet { layer, board, scale, margin, width: width + 2 * margin, height: height + 2 * margin })
    }

    fn len(&self) -> usize {
        self.width * self.height
    }

    /// Every point of the board where `to` puts it, drawn with bilinear weights; where several meet the darkest counts.
    fn drawn(&self, to: impl Fn(usize, usize, f32) -> Option<(f64, f64, f32)>) -> Vec<f32> {
        let mut out = vec![0.0f32; self.len()];
        let mut filled = vec![0.0f32; self.len()];
        for y in 0..self.board.height {
            for x in 0..self.board.width {
                let alpha = self.board.alpha[y * self.board.width + x];
                if alpha <= 0.0 {
                    continue;
                }
                let Some((px, py, value)) = to(x, y, alpha) else { continue };
                let (fx, fy) = (px + self.margin as f64 - 0.5, py + self.margin as f64 - 0.5);
                let (x0, y0) = (fx.floor(), fy.floor());
                for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                    let weight = ((1.0 - (fx - x0 - f64::from(dx)).abs()) * (1.0 - (fy - y0 - f64::from(dy)).abs())) as f32;
                    let (cx, cy) = (x0 as i64 + i64::from(dx), y0 as i64 + i64::from(dy));
                    if weight > 0.0 && (0..self.width as i64).contains(&cx) && (0..self.height as i64).contains(&cy) {
                        let i = cy as usize * self.width + cx as usize;
                        out[i] += weight * value;
                        filled[i] += weight;
                    }
                }
            }
        }
        // Rows that lie on each other do not add up; thin coverage stays thin.
        out.iter_mut().zip(&filled).for_each(|(v, &n)| {
            if n > 1.0 {
                *v /= n
            }
        });
        out
    }

    /// Three passes of a box, nearly a Gaussian of this standard deviation, zero at the border.
    fn blurred(&self, mut values: Vec<f32>, sigma: f64) -> Vec<f32> {
        // A box of 2r+1 has the variance ((2r+1)² − 1) / 12.
        let radius = ((((4.0 * sigma * sigma + 1.0).sqrt() - 1.0) / 2.0).round() as usize).min(self.margin / 3);
        if radius == 0 {
            return values;
        }
        let mut other = vec![0.0; values.len()];
        for _ in 0..3 {
            for (from, to) in values.chunks_exact(self.width).zip(other.chunks_exact_mut(self.width)) {
                box_line(from, to, radius);
            }
            transposed(&other, &mut values, self.width, self.height);
            for (from, to) in values.chunks_exact(self.height).zip(other.chunks_exact_mut(self.height)) {
                box_line(from, to, radius);
            }
            transposed(&other, &mut values, self.height, self.width);
        }
        values
    }

    /// Darkness 0..=1 as a layer of black at full size.
    fn layer(&self, dark: &[f32]) -> Layer {
        let values = dark.iter().map(|v| (v.clamp(0.0, 1.0) * 255.0).round() as u8).collect();
        let small = Mask::new(self.width as u32, self.height as u32, values);
        let (sx, sy) = (
            f64::from(self.layer.picture.width()) / self.board.width as f64,
            f64::from(self.layer.picture.height()) / self.board.height as f64,
        );
        let (width, height) = ((self.width as f64 * sx).round() as u32, (self.height as f64 * sy).round() as u32);
        let alpha = if self.scale < 1.0 { small.resized(width, height) } else { small };
        let pixels: Vec<[u8; 4]> = alpha.values().iter().map(|&a| if a <= 1 { [0; 4] } else { [0, 0, 0, a] }).collect();
        let (left, top) = ((self.margin as f64 * sx).round() as i64, (self.margin as f64 * sy).round() as i64);
        let picture = Picture::from_rgba8(alpha.width(), alpha.height(), pixels.into_flattened());
        let whole = Layer { picture, x: self.layer.x - left, y: self.layer.y - top };
        match Layer::trimmed(&whole.picture) {
            Some(inner) => Layer { x: whole.x + inner.x, y: whole.y + inner.y, ..inner },
            None => whole,
        }
    }
}

fn box_line(from: &[f32], to: &mut [f32], radius: usize) {
    let n = from.len();
    let share = 1.0 / (2 * radius + 1) as f32;
    let mut sum: f64 = from[..radius.min(n)].iter().map(|&v| f64::from(v)).sum();
    for i in 0..n {
        sum += from.get(i + radius).map_or(0.0, |&v| f64::from(v));
        to[i] = sum.max(0.0) as f32 * share;
        sum -= i.checked_sub(radius).map_or(0.0, |j| f64::from(from[j]));
    }
}

fn transposed(from: &[f32], to: &mut [f32], width: usize, height: usize) {
    for y in 0..height {
        for x in 0..width {
            to[x * height + y] = from[y * width + x];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bottle: a block of 40×100 at (80, 40).
    fn bottle() -> Layer {
        Layer { picture: Picture::filled(40, 100, [200, 30, 30, 255]), x: 80, y: 40 }
    }

    fn darkness(shadow: &Layer, x: u32, y: u32) -> u8 {
        shadow.alpha_on(300, 220).at(x, y)
    }

    #[test]
    fn a_contact_shadow_is_darkest_where_the_thing_stands_and_ends() {
        let shadow = contact(&bottle(), &Light::default()).unwrap();
        let below = darkness(&shadow, 100, 141);
        assert!(below > 60, "{below}");
        assert!(darkness(&shadow, 100, 150) < below && darkness(&shadow, 100, 190) == 0);
        assert!(darkness(&shadow, 20, 60) == 0 && darkness(&shadow, 180, 60) == 0, "beside the top there is nothing");
        assert!(shadow.picture.rgba8().as_chunks::<4>().0.iter().all(|p| p[..3] == [0, 0, 0]));
    }

    #[test]
    fn the_shadow_falls_away_from_the_light_and_mirrors_with_it() {
        let shadow = |side: f32| contact(&bottle(), &Light { side, ..Light::default() }).unwrap().alpha_on(200, 220);
        let (from_left, from_right) = (shadow(-1.0), shadow(1.0));
        let weight = |mask: &Mask, right: bool| -> u64 {
            mask.values()
                .iter()
                .enumerate()
                .filter(|(i, _)| (i % 200 >= 120) == right && (i % 200 < 80 || right))
                .map(|(_, &v)| u64::from(v))
                .sum()
        };
        assert!(weight(&from_left, true) > 4 * weight(&from_left, false).max(1));
        for y in 0..220 {
            for x in 0..200 {
                let (a, b) = (i32::from(from_left.at(x, y)), i32::from(from_right.at(199 - x, y)));
                assert!((a - b).abs() <= 2, "{x},{y}: {a} and {b}");
            }
        }
    }

    #[test]
    fn a_reflection_starts_at_the_foot_and_fades() {
        let mirrored = reflection(&bottle()).unwrap();
        assert_eq!((mirrored.x, mirrored.y), (80, 140));
        let at = |y| mirrored.picture.pixel(20, y);
        assert_eq!(at(0)[..3], [200, 30, 30]);
        assert!(at(0)[3] > at(15)[3] && at(15)[3] > at(30)[3]);
    }

    #[test]
    fn nothing_visible_has_no_shadow() {
        let nothing = Layer { picture: Picture::filled(5, 5, [0; 4]), x: 0, y: 0 };
        assert_eq!((contact(&nothing, &Light::default()), drop(&nothing, &Light::default()), reflection(&nothing)), (None, None, None));
    }
}
