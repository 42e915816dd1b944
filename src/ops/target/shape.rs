//! From boxes to masks.
//!
//! 1. The cut-out model looks at the box with a margin (see [`subject::find`]). What it finds counts inside the box and a little around it, since boxes
//!    cut off fingers and hair.
//! 2. For a person, the person model looks at the same part: what it clearly calls no person is none; where the cut-out model lost most of the person, its
//!    own mask counts.
//! 3. Where boxes overlap, the neighbours get masks too, and every pixel belongs to one of them.
//!
//! Each mask is worked out once for a picture and remembered.

use std::sync::Arc;

use super::sight::{Instance, Sight};
use crate::imaging::{Combine, Mask, Rect};
use crate::models::boxes::Area;
use crate::models::selfie;
use crate::ops::recall::recall;
use crate::ops::{OpError, StepContext, subject};
use crate::plan::classes::PERSON;

/// The job in the model manifest.
pub const PERSON_MASK: &str = "person-mask";
/// A mask may reach over its box by this share of the box's sides.
const OVER_THE_BOX: f32 = 0.06;
/// From this value on the person model sees a person at all.
const MAYBE_PERSON: u8 = 64;
/// What the person model misses by less than this share of the shorter side is still the person: hair, fingers, seams.
const PERSON_RIM: f32 = 0.04;
/// If the cut-out model has less than this share of what the person model sees, it lost the person.
const LOST: f64 = 0.6;
/// A neighbour matters if it shares this part of the smaller of both boxes.
const SHARED: f32 = 0.08;
/// At most so many neighbours get masks of their own.
const MOST_NEIGHBOURS: usize = 4;

/// A mask of a part of the picture.
#[derive(Clone, Debug)]
pub(super) struct Patch {
    pub area: Rect,
    pub mask: Mask,
}

impl Patch {
    /// Lays it into a mask of the picture, where both count.
    pub fn add_to(&self, whole: &mut Mask) {
        let width = whole.width() as usize;
        let rows = whole.values_mut().chunks_exact_mut(width).skip(self.area.y as usize);
        for (to, from) in rows.zip(self.mask.values().chunks_exact(self.area.width as usize)) {
            let to = &mut to[self.area.x as usize..][..from.len()];
            to.iter_mut().zip(from).for_each(|(to, from)| *to = (*to).max(*from));
        }
    }
}

/// The mask of these instances together; pixels of their neighbours are left out.
pub(super) fn mask_of(step: &mut StepContext<'_>, sight: &Sight, chosen: &[&Instance]) -> Result<Mask, OpError> {
    let mut involved: Vec<&Instance> = chosen.to_vec();
    for one in chosen {
        for neighbour in neighbours(sight, one) {
            if !involved.contains(&neighbour) {
                involved.push(neighbour);
            }
        }
    }
    let mut patches = Vec::with_capacity(involved.len());
    for instance in &involved {
        patches.push(Patch::clone(&*matte(step, instance)?));
        step.check_cancel()?;
    }
    separate(&mut patches, &involved);
    let mut whole = Mask::filled(step.input.width(), step.input.height(), 0);
    patches[..chosen.len()].iter().for_each(|patch| patch.add_to(&mut whole));
    Ok(whole)
}

/// Others that may own pixels of this one's box, the most overlapping first. People own people's pixels; what a person wears or holds is the person's.
fn neighbours<'a>(sight: &'a Sight, one: &Instance) -> Vec<&'a Instance> {
    let shared = |other: &Instance| one.area.common(other.area).size() / one.area.size().min(other.area.size()).max(1.0);
    // A table or a sofa that holds the thing is what it stands on.
    let holds = |other: &Instance| other.area.size() > 2.0 * one.area.size() && one.area.share_in(other.area) > 0.8;
    let others = if one.class == PERSON { &[][..] } else { &sight.things[..] };
    let mut out: Vec<&Instance> = sight.people.iter().chain(others.iter().filter(|o| !holds(o))).collect();
    out.retain(|other| *other != one && shared(other) > SHARED);
    out.sort_by(|a, b| shared(b).total_cmp(&shared(a)));
    out.truncate(MOST_NEIGHBOURS);
    out
}

/// One instance's own mask, whoever else is in its box.
fn matte(step: &mut StepContext<'_>, instance: &Instance) -> Result<Arc<Patch>, OpError> {
    let area = grown(instance.area, step.input.bounds());
    let cutter = step.models.default_for(subject::JOB)?;
    let people = (instance.class == PERSON).then(|| step.models.default_for(PERSON_MASK)).transpose()?;
    let hash = |model: &crate::models::ModelInfo| format!("{}:{}", model.name, model.sha256.as_deref().unwrap_or("?"));
    let what = format!("shape {} {} {area:?}", hash(&cutter), people.as_ref().map(hash).unwrap_or_default());
    recall(
        step,
        what,
        |patch: &Patch| patch.mask.values().len(),
        |step| {
            let said = step.notices.len();
            let cut = subject::find(step, Some(area), true)?.cropped(area);
            // A doubt about a part of the picture is not one about the target.
            step.notices.truncate(said);
            let mask = match people {
                Some(model) => {
                    let outputs = step.infer(&model.name, vec![selfie::prepare(&step.input, area, &model.input)])?;
                    person(cut, &selfie::decode(&outputs, &model.input, area)?)
                }
                None => cut,
            };
            Ok(Patch { area, mask })
        },
    )
}

/// The person out of both opinions, see the rule at the top.
fn person(cut: Mask, people: &Mask) -> Mask {
    let rim = (PERSON_RIM * people.width().min(people.height()) as f32).ceil() as u32;
    let gate = people.thresholded(MAYBE_PERSON).grown(rim as i32).feathered(rim);
    let both = cut.combined(&gate, Combine::And);
    let seen = people.thresholded(128);
    if both.combined(&seen, Combine::And).coverage() < LOST * seen.coverage() {
        return people.clone();
    }
    both
}

/// The box with a little around it, in whole pixels inside the picture.
fn grown(area: Area, bounds: Rect) -> Rect {
    let (dx, dy) = (area.width() * OVER_THE_BOX, area.height() * OVER_THE_BOX);
    let side = |from: f32, to: f32, length: u32| {
        let start = from.floor().clamp(0.0, length as f32 - 1.0) as u32;
        let end = to.ceil().clamp(start as f32 + 1.0, length as f32) as u32;
        (start, end - start)
    };
    let (x, width) = side(area.left - dx, area.right + dx, bounds.width);
    let (y, height) = side(area.top - dy, area.bottom + dy, bounds.height);
    Rect { x, y, width, height }
}

/// Gives every pixel that several claim to the one whose box it is nearest the middle of.
fn separate(patches: &mut [Patch], instances: &[&Instance]) {
    for i in 0..patches.len() {
        for j in i + 1..patches.len() {
            let (first, second) = patches.split_at_mut(j);
            divide((&mut first[i], instances[i].area), (&mut second[0], instances[j].area));
        }
    }
}

fn divide((a, box_a): (&mut Patch, Area), (b, box_b): (&mut Patch, Area)) {
    let (left, top) = (a.area.x.max(b.area.x), a.area.y.max(b.area.y));
    let right = (a.area.x + a.area.width).min(b.area.x + b.area.width);
    let bottom = (a.area.y + a.area.height).min(b.area.y + b.area.height);
    let off = |area: Area, x: u32, y: u32| {
        let (cx, cy) = area.centre();
        ((x as f32 + 0.5 - cx) / area.width()).hypot(0.5 * (y as f32 + 0.5 - cy) / area.height())
    };
    for y in top..bottom {
        for x in left..right {
            let at = |patch: &Patch| ((y - patch.area.y) * patch.area.width + x - patch.area.x) as usize;
            let (ia, ib) = (at(a), at(b));
            if a.mask.values()[ia] > 0 && b.mask.values()[ib] > 0 {
                if off(box_a, x, y) <= off(box_b, x, y) {
                    b.mask.values_mut()[ib] = 0;
                } else {
                    a.mask.values_mut()[ia] = 0;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance(class: usize, left: f32, right: f32) -> Instance {
        Instance { class, score: 0.9, area: Area { left, top: 0.0, right, bottom: 100.0 }, also: vec![] }
    }

    #[test]
    fn a_box_grows_a_little_and_stays_in_the_picture() {
        let bounds = Rect { x: 0, y: 0, width: 200, height: 120 };
        let area = Area { left: 50.0, top: 0.0, right: 150.0, bottom: 120.0 };
        assert_eq!(grown(area, bounds), Rect { x: 44, y: 0, width: 112, height: 120 });
        let outside = Area { left: 300.0, top: 300.0, right: 310.0, bottom: 310.0 };
        assert_eq!(grown(outside, bounds), Rect { x: 199, y: 119, width: 1, height: 1 }, "never empty");
    }

    #[test]
    fn people_own_peoples_pixels_and_a_sofa_owns_none_of_the_dogs() {
        let (left, right) = (instance(PERSON, 0.0, 60.0), instance(PERSON, 50.0, 110.0));
        let (dog, sofa) = (instance(16, 40.0, 80.0), instance(57, 0.0, 300.0));
        let sight = Sight { people: vec![left.clone(), right.clone()], things: vec![dog.clone(), sofa], ..Sight::default() };
        assert_eq!(neighbours(&sight, &left), [&right]);
        assert_eq!(neighbours(&sight, &dog), [&right, &left], "the more overlapping first");
    }

    #[test]
    fn what_the_person_model_denies_is_no_person_and_what_was_lost_comes_back() {
        let halves = |left: u8, right: u8| Mask::new(100, 100, (0..10_000).map(|i| if i % 100 < 50 { left } else { right }).collect());
        let denied = person(halves(255, 255), &halves(255, 0));
        assert_eq!((denied.at(20, 50), denied.at(80, 50)), (255, 0));
        let lost = person(halves(0, 255), &halves(255, 0));
        assert_eq!((lost.at(20, 50), lost.at(80, 50)), (255, 0));
    }

    #[test]
    fn no_pixel_belongs_to_two() {
        let patch = |x: u32| Patch { area: Rect { x, y: 0, width: 60, height: 100 }, mask: Mask::filled(60, 100, 255) };
        let mut patches = vec![patch(0), patch(40)];
        separate(&mut patches, &[&instance(PERSON, 0.0, 60.0), &instance(PERSON, 40.0, 100.0)]);
        for x in 40..60u32 {
            assert_eq!((patches[0].mask.at(x, 50) > 0, patches[1].mask.at(x - 40, 50) > 0), (x < 50, x >= 50), "{x}");
        }
    }
}
