//! Specks: small, isolated, and far outside what the texture around them does.

use std::collections::HashMap;

use super::Cancelled;
use super::plane::{Plane, Usual};
use crate::Mask;
use crate::components::Components;

/// A speck stands out by so many usual deviations at sensitivity 0.5, and by so many levels.
const FAR: f32 = 5.0;
const LEVELS: f32 = 22.0;
/// The largest speck, in pixels of the plane: what the median's window still removes.
const MOST_AREA: u64 = 36;
/// Longer than so many times its breadth it is a line, not a speck.
const MOST_LONG: f32 = 3.0;
/// In squares of this side around it …
const AREA: u32 = 48;
/// … with more specks than this, on nine squares, it belongs to a texture, unless it stands out so many times as far as the middle one of them.
const MANY: usize = 14;
const BEYOND: f32 = 2.0;
/// Counts as a speck there from this share of what a speck needs.
const HALFWAY: f32 = 0.5;
/// The ring around a speck begins and ends so many pixels from it.
const RING: (i32, i32) = (2, 5);
/// So much of a speck's contrast is left against the tenth of its ring that is most like it: corners and tips have none.
const CLEAR: f32 = 0.6;

/// The specks' mask at the plane's size, and how many there are. `None` when cancelled.
pub(super) fn find(plane: &Plane, sensitivity: f32, cancelled: Cancelled<'_>) -> Option<(Vec<u8>, usize)> {
    let usual = plane.usual();
    // 0.5 leaves it, 1 halves it, near 0 doubles it.
    let strict = 2f32.powf(1.0 - 2.0 * sensitivity.clamp(0.0, 1.0));
    let mut out = vec![0u8; plane.luma.len()];
    let mut count = 0;
    for sign in [1i16, -1] {
        if cancelled() {
            return None;
        }
        let least = |x: usize, y: usize| (strict * FAR * usual.at(x as f32, y as f32)).max(strict * LEVELS);
        let stands_out =
            |i: usize, share: f32| plane.seen[i] && f32::from(plane.thin[i] * sign) >= share * least(i % plane.width, i / plane.width);
        let core = (0..plane.luma.len()).map(|i| if stands_out(i, 0.4) { 255 } else { 0 }).collect();
        let core = Mask::new(plane.width as u32, plane.height as u32, core);
        let parts = Components::of(&core, 128);
        let peaks = peaks(plane, &usual, &parts, sign, strict);
        let kept: Vec<bool> = parts
            .all
            .iter()
            .zip(&peaks)
            .map(|(part, &peak)| {
                let (w, h) = (part.bounds.width as f32, part.bounds.height as f32);
                // A full ellipse covers three quarters of its box.
                peak >= 1.0 && part.area <= MOST_AREA && w.max(h) <= MOST_LONG * w.min(h) && part.area as f32 > 0.4 * w * h
            })
            .collect();
        let kept: Vec<bool> = kept.iter().enumerate().map(|(i, &k)| k && stands_alone(plane, &parts, i, sign)).collect();
        let kept = not_texture(&parts, &peaks, kept);
        count += kept.iter().filter(|k| **k).count();
        for (out, &label) in out.iter_mut().zip(&parts.labels) {
            if label > 0 && kept[label as usize - 1] {
                *out = 255;
            }
        }
    }
    Some((out, count))
}

/// How far each part stands out where it does most, 1 = just far enough.
fn peaks(plane: &Plane, usual: &Usual, parts: &Components, sign: i16, strict: f32) -> Vec<f32> {
    let mut peaks = vec![0f32; parts.all.len()];
    for (i, &label) in parts.labels.iter().enumerate().filter(|(_, l)| **l > 0) {
        let (x, y) = ((i % plane.width) as f32, (i / plane.width) as f32);
        let far = f32::from(plane.thin[i] * sign) / (strict * FAR * usual.at(x, y)).max(strict * LEVELS);
        let peak = &mut peaks[label as usize - 1];
        *peak = peak.max(far);
    }
    peaks
}

/// Whether nothing around a part is of its tone.
fn stands_alone(plane: &Plane, parts: &Components, i: usize, sign: i16) -> bool {
    let bounds = parts.all[i].bounds;
    let (x0, y0) = (bounds.x as i32, bounds.y as i32);
    let (x1, y1) = (x0 + bounds.width as i32 - 1, y0 + bounds.height as i32 - 1);
    let mut ring = vec![];
    let mut own = 0f32;
    for y in (y0 - RING.1).max(0)..=(y1 + RING.1).min(plane.height as i32 - 1) {
        for x in (x0 - RING.1).max(0)..=(x1 + RING.1).min(plane.width as i32 - 1) {
            let at = y as usize * plane.width + x as usize;
            let value = f32::from(plane.luma[at]) * f32::from(sign);
            let away = (x0 - x).max(x - x1).max(y0 - y).max(y - y1);
            if away >= RING.0 {
                ring.push(value);
            } else if parts.labels[at] as usize == i + 1 {
                own = if own == 0.0 { value } else { own.max(value) };
            }
        }
    }
    if ring.len() < 12 {
        return false;
    }
    ring.sort_by(f32::total_cmp);
    let (middle, alike) = (ring[ring.len() / 2], ring[ring.len() * 9 / 10]);
    own - alike >= CLEAR * (own - middle)
}

/// Without those that have many of their kind around them.
fn not_texture(parts: &Components, peaks: &[f32], kept: Vec<bool>) -> Vec<bool> {
    let cell = |i: usize| {
        let bounds = parts.all[i].bounds;
        (((bounds.x + bounds.width / 2) / AREA) as i32, ((bounds.y + bounds.height / 2) / AREA) as i32)
    };
    let mut cells: HashMap<(i32, i32), Vec<f32>> = HashMap::new();
    for i in (0..peaks.len()).filter(|&i| peaks[i] > HALFWAY) {
        cells.entry(cell(i)).or_default().push(peaks[i]);
    }
    let alone = |i: usize| {
        let (x, y) = cell(i);
        let near = (y - 1..=y + 1).flat_map(|y| (x - 1..=x + 1).map(move |x| (x, y)));
        let mut near: Vec<f32> = near.filter_map(|c| cells.get(&c)).flatten().copied().collect();
        if near.len() <= MANY {
            return true;
        }
        near.sort_by(f32::total_cmp);
        peaks[i] > BEYOND * near[near.len() / 2]
    };
    (0..kept.len()).map(|i| kept[i] && alone(i)).collect()
}
