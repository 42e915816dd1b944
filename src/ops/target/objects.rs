//! The detector's looks at a picture: at a part of it, at its mirror image, and from near by at what was hardly seen.
//!
//! A detector that sees things best at a certain size misses what is small in the picture or half hidden. What it only glimpsed it often knows well once
//! the part around it fills the view, and what it took for something there it no longer does. So a glimpse becomes a find if both that view and its
//! mirror image say so.

use crate::imaging::Rect;
use crate::models::boxes::{Area, suppress};
use crate::models::nanodet::{self, Detection};
use crate::models::{ModelInfo, fit};
use crate::ops::recall::recall;
use crate::ops::{OpError, StepContext};
use crate::plan::classes::{self, PERSON};

use super::sight::{Instance, OBJECTS, name_and_hash, settings};

/// The side of the part that is looked at closely, in lengths of the box.
const VIEW: f32 = 2.0;
/// Boxes that overlap more than this are of the same thing, seen in two looks.
const SAME: f32 = 0.5;
/// A box with this share in one that is known is a piece of it.
const PIECE: f32 = 0.8;
/// Glimpses of one thing overlap more than this.
const ONE_GLIMPSE: f32 = 0.6;
/// So many glimpses of people are looked at closely, and so many things whose name is in doubt.
const MOST_GLIMPSES: usize = 6;
const MOST_IN_DOUBT: usize = 4;
/// A name is in doubt if another has this share of its score.
const DOUBT: f32 = 0.5;

/// The detector with its constants.
pub(super) struct ObjectFinder {
    model: ModelInfo,
    pub settings: nanodet::Settings,
}

impl ObjectFinder {
    pub fn of(step: &StepContext<'_>) -> Result<ObjectFinder, OpError> {
        let model = step.models.default_for(OBJECTS)?;
        let settings = settings(&model)?;
        Ok(ObjectFinder { model, settings })
    }

    pub fn hash(&self) -> String {
        name_and_hash(&self.model)
    }

    /// What is in a part of the picture, and the same by its mirror image.
    pub fn in_part(&self, step: &mut StepContext<'_>, part: Rect, mirrored: bool) -> Result<Vec<Detection>, OpError> {
        let (mut input, letterbox) = fit::letterboxed(&step.input, part, &self.model.input);
        if mirrored {
            fit::mirror(&mut input, &self.model.input);
        }
        let outputs = step.infer(&self.model.name, vec![input])?;
        let size = self.model.input.size;
        let mut found = nanodet::decode(&outputs, &self.settings, size, letterbox)?;
        if mirrored {
            let sides = letterbox.to_picture(0.0, 0.0).0 + letterbox.to_picture(size as f32, 0.0).0;
            found.iter_mut().for_each(|d| (d.area.left, d.area.right) = (sides - d.area.right, sides - d.area.left));
        }
        let (width, height) = (step.input.width(), step.input.height());
        found.iter_mut().for_each(|d| d.area = d.area.clipped(width, height));
        Ok(found)
    }

    /// The thing of this class in about this box if both close looks see it.
    pub fn confirmed(&self, step: &mut StepContext<'_>, class: usize, area: Area) -> Result<Option<Detection>, OpError> {
        let view = view_of(area, step.input.bounds());
        let mut looks = [None; 2];
        for (look, mirrored) in looks.iter_mut().zip([false, true]) {
            let found = self.in_part(step, view, mirrored)?;
            *look = found.into_iter().find(|d| d.class == class && d.area.overlap(area) > SAME);
            if look.is_none_or(|d| d.score < self.settings.threshold) {
                return Ok(None);
            }
        }
        let [Some(plain), Some(mirror)] = looks else { return Ok(None) };
        let score = (plain.score + mirror.score) / 2.0;
        Ok((score >= self.settings.closely).then_some(Detection { score, ..plain }))
    }

    /// The same, remembered. The box stays that of the glimpse: seen from near by, what a thing stands on is easily taken along.
    pub fn is_confirmed(&self, step: &mut StepContext<'_>, one: &Instance) -> Result<Option<Instance>, OpError> {
        let what = format!("closer {} {} {:?}", self.hash(), one.class, one.area);
        let found = recall(step, what, |_| 128, |step| self.confirmed(step, one.class, one.area))?;
        Ok(found.map(|d| Instance { score: d.score, ..one.clone() }))
    }

    /// People among the glimpses that are none of the known ones.
    pub fn people(&self, step: &mut StepContext<'_>, glimpses: Vec<Detection>, known: &[Detection]) -> Result<Vec<Detection>, OpError> {
        let mut found: Vec<Detection> = vec![];
        let glimpses = suppress(glimpses, |a, b| a.area.overlap(b.area) > ONE_GLIMPSE);
        let new = |d: &Detection, found: &[Detection]| !known.iter().chain(found).any(|k| is_known(d.area, k.area));
        for glimpse in glimpses.iter().filter(|d| new(d, &[])).take(MOST_GLIMPSES) {
            if new(glimpse, &found)
                && let Some(person) = self.confirmed(step, PERSON, glimpse.area)?
                && new(&person, &found)
            {
                found.push(person);
            }
            step.check_cancel()?;
        }
        Ok(found)
    }

    /// Names things anew that may be one of several like ones: by the mean of the looks at the whole picture, which are given, and of two close ones.
    pub fn name(&self, step: &mut StepContext<'_>, things: &mut [Instance], whole: &[Vec<Detection>]) -> Result<(), OpError> {
        let in_doubt = |thing: &Instance| match names(whole, thing)[..] {
            [first, second, ..] => second.1 >= DOUBT * first.1,
            _ => false,
        };
        for thing in things.iter_mut().filter(|t| in_doubt(t)).take(MOST_IN_DOUBT) {
            let view = view_of(thing.area, step.input.bounds());
            let mut looks = whole.to_vec();
            for mirrored in [false, true] {
                looks.push(self.in_part(step, view, mirrored)?);
            }
            thing.is_named(&names(&looks, thing), self.settings.faint);
            step.check_cancel()?;
        }
        Ok(())
    }
}

/// The square around a box that is looked at closely, as far as it lies in the picture.
fn view_of(area: Area, bounds: Rect) -> Rect {
    let half = VIEW * area.width().max(area.height()) / 2.0;
    let side = |middle: f32, length: u32| {
        let start = (middle - half).clamp(0.0, length as f32 - 1.0) as u32;
        let end = (middle + half).clamp(start as f32 + 1.0, length as f32) as u32;
        (start, end - start)
    };
    let (x, width) = side(area.centre().0, bounds.width);
    let (y, height) = side(area.centre().1, bounds.height);
    Rect { x, y, width, height }
}

fn is_known(area: Area, known: Area) -> bool {
    area.overlap(known) > SAME || area.share_in(known) > PIECE
}

/// The classes like the thing's that were seen where it is, with their mean scores in those looks that saw any, best first.
fn names(looks: &[Vec<Detection>], thing: &Instance) -> Vec<(usize, f32)> {
    let all = classes::all();
    let like = |d: &&Detection| d.class == thing.class || all[d.class].like(&all[thing.class]);
    let mut sums: Vec<(usize, f32)> = vec![];
    let mut count = 0;
    for look in looks {
        let mut here: Vec<&Detection> = vec![];
        for d in look.iter().filter(|d| d.area.overlap(thing.area) > SAME).filter(like) {
            if here.iter().all(|h| h.class != d.class) {
                here.push(d);
            }
        }
        count += u32::from(!here.is_empty());
        for d in here {
            match sums.iter_mut().find(|(class, _)| *class == d.class) {
                Some((_, sum)) => *sum += d.score,
                None => sums.push((d.class, d.score)),
            }
        }
    }
    sums.iter_mut().for_each(|(_, sum)| *sum /= count.max(1) as f32);
    sums.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAT: usize = 15;
    const DOG: usize = 16;
    const HORSE: usize = 17;

    fn area(left: f32, top: f32, right: f32, bottom: f32) -> Area {
        Area { left, top, right, bottom }
    }

    #[test]
    fn the_view_holds_the_box_and_stays_in_the_picture() {
        let bounds = Rect { x: 0, y: 0, width: 400, height: 300 };
        assert_eq!(view_of(area(180.0, 100.0, 220.0, 200.0), bounds), Rect { x: 100, y: 50, width: 200, height: 200 });
        assert_eq!(view_of(area(0.0, 0.0, 50.0, 100.0), bounds), Rect { x: 0, y: 0, width: 125, height: 150 });
        let beyond = view_of(area(399.5, 299.5, 400.0, 300.0), bounds);
        assert!(beyond.width >= 1 && beyond.height >= 1 && beyond.x + beyond.width <= 400 && beyond.y + beyond.height <= 300);
    }

    #[test]
    fn a_thing_is_named_by_all_looks_together() {
        let place = area(0.0, 0.0, 100.0, 80.0);
        let seen = |class: usize, score: f32| Detection { class, score, area: place };
        let mut thing = Instance { class: CAT, score: 0.5, area: place, also: vec![] };
        let beside = Detection { class: HORSE, score: 0.9, area: area(150.0, 0.0, 250.0, 80.0) };
        let looks = [vec![seen(CAT, 0.5), seen(DOG, 0.4), beside], vec![seen(DOG, 0.6), seen(CAT, 0.3)], vec![seen(PERSON, 0.9)]];
        let found = names(&looks, &thing);
        assert_eq!(found.iter().map(|n| n.0).collect::<Vec<_>>(), [DOG, CAT], "a look that saw no animal there does not count");
        assert!((found[0].1 - 0.5).abs() < 1e-6 && (found[1].1 - 0.4).abs() < 1e-6);
        thing.is_named(&found, 0.2);
        assert_eq!((thing.class, thing.also.len(), thing.also[0].0), (DOG, 1, CAT));
    }
}
