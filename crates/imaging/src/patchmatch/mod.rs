//! Fills a hole in a picture with what is around it.
//!
//! The method is patch-based completion: the fill is the picture in which every small patch also occurs outside the hole
//! (Wexler et al. 2007, "Space-Time Completion of Video"), found from coarse to fine by a randomised search (Barnes et al. 2009,
//! "PatchMatch"). The result is laid of copies in a few large pieces, whose seams are then levelled, so it is as sharp as its surroundings.
//!
//! * [`regions`] – which parts of the hole are filled together.
//! * [`level`] – one level of the pyramid; [`kernel`] compares two patches.
//! * [`start`], [`peel`] and [`shiftmap`] – three first estimates; [`shifts`] – shifts by which the picture repeats.
//! * [`lattice`] – how the surroundings repeat, by [`fourier`].
//! * [`alien`] – what to shun, because its like is not found at the hole's rim.
//! * [`search`] and [`vote`] take turns in [`solve`]; [`cut`], [`seam`], [`crisp`] (by what [`grain`] expects) and [`rim`] finish.
//! * [`montage`] – copies of few shifts cut where they show least, for [`shiftmap`] and [`cut`].

mod alien;
mod crisp;
mod cut;
mod error;
mod fourier;
mod grain;
mod kernel;
mod lattice;
mod level;
mod montage;
mod peel;
mod regions;
mod rim;
mod seam;
mod search;
mod shiftmap;
mod shifts;
mod solve;
mod start;
#[cfg(test)]
mod tests;
mod vote;

pub use error::FillError;

use super::blend::masked;
use super::geometry::crop;
use super::{Mask, Picture, Rect};
use level::State;
use solve::{Crop, Estimate, Unsolved, solve};

/// What is to be filled, and from what.
pub struct Fill<'a> {
    /// Fully transparent pixels are never copied; alpha is filled as well as colour.
    pub picture: &'a Picture,
    /// The picture's size. Above 0 may change: 255 is replaced, values between mix the fill with what was there.
    pub hole: &'a Mask,
    /// Above 127 is never copied, e.g. other people. The picture's size.
    pub exclude: Option<&'a Mask>,
    /// The same seed gives the same pixels, whatever the number of threads.
    pub seed: u64,
}

/// Who waits for the fill. Told and asked from any thread.
pub trait Watch: Sync {
    /// Asked often.
    fn is_cancelled(&self) -> bool;

    /// After each level of the pyramid: the share that is done (0..=1), and the picture so far, made when called.
    fn level(&self, share: f32, picture: &dyn Fn() -> Picture);
}

/// The filled picture, and what was not as asked.
#[derive(Debug)]
pub struct Filled {
    pub picture: Picture,
    /// Some part had nothing to copy near by, so the whole picture was searched.
    pub searched_everywhere: bool,
    /// Some part had nothing to copy but what is excluded, so that was copied from.
    pub exclude_ignored: bool,
}

/// Fills the hole. Outside of it every byte stays as it is; an empty hole changes nothing.
///
/// # Errors
/// [`FillError::NoSource`] when there is no pixel to copy, [`FillError::SizesDiffer`], [`FillError::Cancelled`].
pub fn fill(task: &Fill<'_>, watch: &dyn Watch) -> Result<Filled, FillError> {
    let size = (task.picture.width(), task.picture.height());
    for mask in [Some(task.hole), task.exclude].into_iter().flatten() {
        if (mask.width(), mask.height()) != size {
            return Err(FillError::SizesDiffer { picture: size, mask: (mask.width(), mask.height()) });
        }
    }
    if watch.is_cancelled() {
        return Err(FillError::Cancelled);
    }
    let mut filled = Filled { picture: task.picture.clone(), searched_everywhere: false, exclude_ignored: false };
    let boxes = regions::boxes(task.hole);
    let whole: f32 = boxes.iter().map(area).sum();
    let mut done = 0.0;
    for part in boxes {
        let share = (done / whole, area(&part) / whole);
        fill_part(task, part, &mut filled, &Shared { watch, share })?;
        done += area(&part);
    }
    Ok(filled)
}

fn area(of: &Rect) -> f32 {
    of.width as f32 * of.height as f32
}

/// The watcher of a part: where its share begins, and how large it is.
struct Shared<'a> {
    watch: &'a dyn Watch,
    share: (f32, f32),
}

/// Fills one part from its surroundings; where they hold nothing to copy, from the whole picture, then from what is excluded.
fn fill_part(task: &Fill<'_>, part: Rect, filled: &mut Filled, shared: &Shared<'_>) -> Result<(), FillError> {
    let near = regions::context(part, task.hole);
    let mut attempts = vec![(near, task.exclude)];
    if near != task.picture.bounds() {
        attempts.push((task.picture.bounds(), task.exclude));
    }
    if task.exclude.is_some() {
        attempts.push((near, None));
        attempts.push((task.picture.bounds(), None));
    }
    for (view, exclude) in attempts {
        match fill_view(&View { task, part, view, exclude }, filled, shared) {
            Ok(()) => {
                filled.searched_everywhere |= view != near;
                filled.exclude_ignored |= exclude.is_none() && task.exclude.is_some();
                return Ok(());
            }
            Err(Unsolved::Cancelled) => return Err(FillError::Cancelled),
            Err(Unsolved::NoSource) => {}
        }
    }
    Err(FillError::NoSource)
}

/// A part of the hole and the part of the picture that it is filled from.
struct View<'a> {
    task: &'a Fill<'a>,
    part: Rect,
    view: Rect,
    exclude: Option<&'a Mask>,
}

fn fill_view(view: &View<'_>, filled: &mut Filled, shared: &Shared<'_>) -> Result<(), Unsolved> {
    let (original, _) = crop(view.task.picture, view.view);
    let hole = view.task.hole.cropped(view.view);
    let pixels = original.rgba8().as_chunks::<4>().0;
    let state = view.states(&original, &hole);
    let width = view.view.width as usize;
    if shared.watch.is_cancelled() {
        return Err(Unsolved::Cancelled);
    }
    let task = Crop { width, height: view.view.height as usize, pixels, state: &state, seed: view.task.seed };
    let (holes, values) = {
        let (picture, Shared { watch, share }) = (&filled.picture, shared);
        let cancelled = || watch.is_cancelled();
        let mut progress = |part: f32, estimate: &Estimate<'_>| {
            watch.level(share.0 + share.1 * part, &|| view.preview(picture, &hole, estimate));
        };
        solve(&task, Stop(&cancelled), &mut progress)?
    };
    let mut edited = original.clone();
    let (to, _) = edited.rgba8_mut().as_chunks_mut::<4>();
    for (pixel, value) in holes.iter().zip(values) {
        to[*pixel as usize] = value;
    }
    let own = Mask::new(hole.width(), hole.height(), own_hole(view, &hole));
    let mixed = masked(&original, &edited, &own);
    let (x, stride) = (view.view.x as usize * 4, view.task.picture.width() as usize * 4);
    let rows = filled.picture.rgba8_mut().chunks_exact_mut(stride).skip(view.view.y as usize);
    for ((row, from), hole) in rows.zip(mixed.rgba8().chunks_exact(width * 4)).zip(own.values().chunks_exact(width)) {
        for (i, _) in hole.iter().enumerate().filter(|(_, v)| **v > 0) {
            row[x + 4 * i..x + 4 * i + 4].copy_from_slice(&from[4 * i..4 * i + 4]);
        }
    }
    Ok(())
}

/// The view's hole without other parts'.
fn own_hole(view: &View<'_>, hole: &Mask) -> Vec<u8> {
    let width = view.view.width as usize;
    hole.values().iter().enumerate().map(|(i, &v)| if view.in_part(i % width, i / width) { v } else { 0 }).collect()
}

impl View<'_> {
    /// Whether a pixel of the view lies in the part's box.
    fn in_part(&self, x: usize, y: usize) -> bool {
        let (x, y) = (x as u32 + self.view.x, y as u32 + self.view.y);
        let part = self.part;
        x >= part.x && y >= part.y && x < part.x + part.width && y < part.y + part.height
    }

    fn states(&self, original: &Picture, hole: &Mask) -> Vec<State> {
        let width = self.view.width as usize;
        let exclude = self.exclude.map(|mask| mask.cropped(self.view));
        let state = |(i, pixel): (usize, &[u8; 4])| match hole.values()[i] {
            1.. if self.in_part(i % width, i / width) => State::Hole,
            1.. => State::Void,
            _ if pixel[3] == 0 => State::Void,
            _ if exclude.as_ref().is_some_and(|mask| mask.values()[i] > 127) => State::Excluded,
            _ => State::Source,
        };
        original.rgba8().as_chunks::<4>().0.iter().enumerate().map(state).collect()
    }

    /// The whole picture with the estimate in the hole.
    fn preview(&self, picture: &Picture, hole: &Mask, estimate: &Estimate<'_>) -> Picture {
        let mut preview = picture.clone();
        let (pixels, _) = preview.rgba8_mut().as_chunks_mut::<4>();
        for y in 0..self.view.height as usize {
            for x in 0..self.view.width as usize {
                if hole.values()[y * self.view.width as usize + x] > 0 && self.in_part(x, y) {
                    let [r, g, b] = estimate.at(x, y);
                    let i = (y + self.view.y as usize) * picture.width() as usize + x + self.view.x as usize;
                    pixels[i] = [r, g, b, 255];
                }
            }
        }
        preview
    }
}

/// Work ended because nobody waits for it any more.
#[derive(Debug)]
struct Cancelled;

/// Asks whether to go on; cheap enough for inner loops.
#[derive(Clone, Copy)]
struct Stop<'a>(&'a (dyn Fn() -> bool + Sync));

impl Stop<'_> {
    fn check(&self) -> Result<(), Cancelled> {
        if (self.0)() { Err(Cancelled) } else { Ok(()) }
    }
}
