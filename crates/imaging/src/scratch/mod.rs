//! Scratches, folds and dust on old photographs: found, not filled.
//!
//! A scratch is a thin line that stands out against **both** its sides, which are alike, goes on smoothly for a long way, and cares nothing for what the
//! picture shows. At scales from the full size down, so that thin scratches and wide folds look the same:
//!
//! * [`plane`] – lightness, what a median leaves of it (a median removes what is thinner than half its window and keeps edges), and how much of that is
//!   usual near by.
//! * [`ridge`] – how well a straight piece of line in any direction is supported, after the line detectors of Canny's kind ("A computational approach to
//!   edge detection", 1986) with a clipped response, so that no single bright pixel makes a line.
//! * [`trace`] – pieces linked to long smooth lines.
//! * [`judge`] – which of them are damage: a small classifier over what can be measured along a line, trained on synthetic damage.
//! * [`draw`] – the pixels that belong to a line.
//! * [`dust`] – small isolated specks far outside what the texture around them does.

mod draw;
mod dust;
mod judge;
mod plane;
mod ridge;
mod trace;

use super::{Combine, Mask, Picture};
use plane::Plane;

pub use judge::{FEATURES, Measured};

/// What is looked for, and how readily: 0 = not at all, 0.5 = what is clearly damage, 1 = all that might be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wanted {
    /// Scratches, folds and creases.
    pub scratches: f32,
    pub dust: f32,
}

/// What was found; the masks are 0 or 255 and have the picture's size.
pub struct Found {
    pub scratches: Mask,
    pub dust: Mask,
    /// Lines that make up `scratches`.
    pub lines: usize,
    /// Specks that make up `dust`.
    pub specks: usize,
}

impl Found {
    /// Both masks in one.
    pub fn all(&self) -> Mask {
        self.scratches.combined(&self.dust, Combine::Or)
    }
}

/// Asked now and then whether to go on.
pub type Cancelled<'a> = &'a (dyn Fn() -> bool + Sync);

/// The finest picture looked at has at most so many pixels; a larger one is looked at smaller, where a scratch is still a pixel wide.
const MOST_PX: u64 = 12_600_000;
/// Scales have no fewer pixels on their long side.
const LEAST_SIDE: usize = 100;
/// On scales with fewer pixels on their long side, what is thin is more than a fiftieth of the picture: a fold, which goes on for this share of that side.
const FOLDS_SIDE: usize = 400;
const FOLD_LENGTH: f32 = 0.45;
/// Scales, each half of the one before.
const SCALES: usize = 4;
/// Below this sensitivity nothing is looked for.
const OFF: f32 = 1e-3;

/// Looks for damage. `None` when cancelled.
pub fn find(picture: &Picture, wanted: Wanted, cancelled: Cancelled<'_>) -> Option<Found> {
    let (width, height) = (picture.width(), picture.height());
    let nothing = || Mask::filled(width, height, 0);
    let mut found = Found { scratches: nothing(), dust: nothing(), lines: 0, specks: 0 };
    let plane = Plane::of(picture, MOST_PX);
    if wanted.dust > OFF {
        let (mask, specks) = dust::find(&plane, wanted.dust, cancelled)?;
        (found.dust, found.specks) = (plane.at_size(mask, width, height), specks);
    }
    if wanted.scratches <= OFF {
        return Some(found);
    }
    let tones = plane.tones();
    let mut scales = vec![];
    let mut coarse = None;
    for scale in 0..SCALES {
        let at = coarse.as_ref().unwrap_or(&plane);
        if scale > 0 && at.width.max(at.height) < LEAST_SIDE {
            break;
        }
        let lines = lines(at, scale, tones, cancelled)?;
        let next = at.halved();
        scales.push((coarse.replace(next), lines));
    }
    let evidence = judge::evidence(scales.iter().flat_map(|(_, lines)| lines).map(|l| &l.measured));
    let mut drawn = vec![0u8; plane.luma.len()];
    for (scale, (at, lines)) in scales.iter().enumerate() {
        if cancelled() {
            return None;
        }
        let kept: Vec<_> = lines.iter().filter(|l| l.measured.is_damage(wanted.scratches, evidence)).map(|l| &l.line).collect();
        found.lines += kept.len();
        match at {
            None => draw::thin(&plane, &kept, &mut drawn),
            Some(at) => draw::wide(&plane, (at, scale as u32), &kept, &mut drawn),
        }
    }
    found.scratches = plane.at_size(drawn, width, height);
    Some(found)
}

/// A line and what was measured along it.
struct Candidate {
    line: trace::Line,
    measured: Measured,
}

fn lines(plane: &Plane, scale: usize, tones: (f32, f32), cancelled: Cancelled<'_>) -> Option<Vec<Candidate>> {
    let usual = plane.usual();
    let ridges = ridge::of(plane, &usual, cancelled)?;
    let mut lines = trace::lines(&ridges, cancelled)?;
    let long = plane.width.max(plane.height);
    if scale > 0 && long < FOLDS_SIDE {
        lines.retain(|line| line.points.len() as f32 > FOLD_LENGTH * long as f32);
    }
    let measured = judge::measure(plane, &usual, &lines, scale, tones);
    Some(lines.into_iter().zip(measured).map(|(line, measured)| Candidate { line, measured }).collect())
}

/// All lines that are looked at, with what is measured along each and its points (x, y) on the picture's own pixels: what a classifier is trained on.
pub fn candidates(picture: &Picture) -> Vec<(Measured, Vec<(f32, f32)>)> {
    let mut plane = Plane::of(picture, MOST_PX);
    let tones = plane.tones();
    let mut all = vec![];
    for scale in 0..SCALES {
        if scale > 0 && plane.width.max(plane.height) < LEAST_SIDE {
            break;
        }
        let factor = picture.width() as f32 / plane.width as f32;
        for c in lines(&plane, scale, tones, &|| false).unwrap_or_default() {
            let points = c.line.points.iter().map(|&(x, y)| ((x + 0.5) * factor - 0.5, (y + 0.5) * factor - 0.5)).collect();
            all.push((c.measured, points));
        }
        plane = plane.halved();
    }
    all
}
