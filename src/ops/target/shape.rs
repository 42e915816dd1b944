//! From boxes to masks.
//!
//! 1. The cut-out model looks at the box with a margin (see [`subject::find`]). What it finds counts inside the box and a little around it, since boxes
//!    cut off fingers and hair.
//! 2. For a person, the person model looks at the same part: what it clearly calls no person is none; where the cut-out model lost most of the person, its
//!    own mask counts.
//! 3. A thing whose matte goes on beyond its box is followed to its end (see [`super::reach`]).
//! 4. A mask that does not fill its box is of something else; there the colours decide (GrabCut), if they fill it better.
//! 5. Where boxes overlap, the neighbours get masks too, and every pixel that several claim goes to one of them.
//!
//! Each mask is worked out once for a picture and remembered.

use std::sync::Arc;

use super::reach;
use super::sight::{Instance, Sight};
use crate::imaging::{Combine, Mask, Rect, geometry, grabcut};
use crate::models::boxes::Area;
use crate::models::{ModelInfo, selfie};
use crate::ops::recall::{self, recall};
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

/// A mask whose own box overlaps the detector's less than this is of something else.
const FILLS: f32 = 0.4;
/// And so is one with less than this share of it.
const LEAST_FILL: f64 = 0.08;
/// How fast a claim gets weaker with the distance from the middle of its box.
const NEARNESS: f32 = 2.0;
/// From this value on a mask claims a pixel.
const HALF: u8 = 128;

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
        patches.push(Patch::clone(&*matte(step, sight, instance)?));
        step.check_cancel()?;
    }
    let faces: Vec<Option<Area>> = involved.iter().map(|one| sight.face_of(one).map(|face| face.area)).collect();
    separate(step, &mut patches, &involved, &faces)?;
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
pub(super) fn matte(step: &mut StepContext<'_>, sight: &Sight, instance: &Instance) -> Result<Arc<Patch>, OpError> {
    let asked = Asked::about(step, sight, instance)?;
    let what = asked.what.clone();
    recall(step, what, |patch: &Patch| patch.mask.values().len(), |step| look(step, instance, asked))
}

/// The same if it is remembered.
pub(super) fn remembered(step: &mut StepContext<'_>, sight: &Sight, instance: &Instance) -> Result<Option<Arc<Patch>>, OpError> {
    let asked = Asked::about(step, sight, instance)?;
    Ok(recall::remembered(step, asked.what))
}

/// The question that an instance's mask answers.
struct Asked {
    area: Rect,
    /// How far it may go on beyond that.
    room: Rect,
    people: Option<ModelInfo>,
    what: String,
}

impl Asked {
    fn about(step: &StepContext<'_>, sight: &Sight, instance: &Instance) -> Result<Asked, OpError> {
        let area = grown(instance.area, step.input.bounds());
        let room = reach::room(sight, instance, area, step.input.bounds());
        let cutter = step.models.default_for(subject::JOB)?;
        let people = (instance.class == PERSON).then(|| step.models.default_for(PERSON_MASK)).transpose()?;
        let hash = |model: &ModelInfo| format!("{}:{}", model.name, model.sha256.as_deref().unwrap_or("?"));
        let what = format!("shape {} {} {area:?} {room:?}", hash(&cutter), people.as_ref().map(hash).unwrap_or_default());
        Ok(Asked { area, room, people, what })
    }
}

/// The mask in the part `area` of the picture, see the rule at the top.
fn look(step: &mut StepContext<'_>, instance: &Instance, asked: Asked) -> Result<Patch, OpError> {
    let Asked { area, room, people, .. } = asked;
    let said = step.notices.len();
    let found = subject::find_around(step, Some(area), subject::Care::BEST)?;
    let mut mask = found.cropped(area);
    // A doubt about a part of the picture is not one about the target.
    step.notices.truncate(said);
    if let Some(model) = people {
        let outputs = step.infer(&model.name, vec![selfie::prepare(&step.input, area, &model.input)])?;
        mask = person(mask, &selfie::decode(&outputs, &model.input, area)?);
    }
    if fill_of(&mask, area, instance.area) < FILLS {
        let other = by_colours(step, area)?;
        if fill_of(&other, area, instance.area) > fill_of(&mask, area, instance.area) {
            return Ok(Patch { area, mask: other });
        }
    }
    reach::beyond(step, Patch { area, mask }, found, room)
}

/// How well a mask of the part `area` fills a box: the overlap of its own box with it, 0 where it has next to nothing of it.
fn fill_of(mask: &Mask, area: Rect, thing: Area) -> f32 {
    let Some(own) = mask.bounding_box(127).filter(|_| mask.coverage() > LEAST_FILL) else { return 0.0 };
    let (left, top) = ((area.x + own.x) as f32, (area.y + own.y) as f32);
    Area { left, top, right: left + own.width as f32, bottom: top + own.height as f32 }.overlap(thing)
}

/// What stands out from the surroundings of a part by its colours.
fn by_colours(step: &StepContext<'_>, area: Rect) -> Result<Mask, OpError> {
    let bounds = step.input.bounds();
    let (dx, dy) = (area.width * 2 / 5 + 8, area.height * 2 / 5 + 8);
    let (x, y) = (area.x.saturating_sub(dx), area.y.saturating_sub(dy));
    let (right, bottom) = ((area.x + area.width + dx).min(bounds.width), (area.y + area.height + dy).min(bounds.height));
    let seen = geometry::crop(&step.input, Rect { x, y, width: right - x, height: bottom - y }).0;
    let inside = Rect { x: area.x - x, y: area.y - y, ..area };
    let hints = grabcut::Hints { area: Some(inside), ..grabcut::Hints::default() };
    let mask = grabcut::segment(&seen, &hints, &|| step.cancel.is_cancelled()).ok_or(OpError::Cancelled)?;
    Ok(mask.cropped(inside))
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

/// Gives every pixel that several claim to one of them: by its own mask, how near it is to the middle of the box, and the colours of what is its alone.
fn separate(step: &StepContext<'_>, patches: &mut [Patch], instances: &[&Instance], faces: &[Option<Area>]) -> Result<(), OpError> {
    let Some(region) = patches.iter().map(|p| p.area).reduce(Rect::union) else { return Ok(()) };
    if patches.len() < 2 {
        return Ok(());
    }
    let part = geometry::crop(&step.input, region).0;
    for (owner, face) in faces.iter().enumerate().filter_map(|(i, face)| Some((i, (*face)?))) {
        settle_face(patches, owner, face);
    }
    let middle = |one: &Instance, face: &Option<Area>| (face.unwrap_or(one.area).centre().0, one.area.centre().1);
    let claims: Vec<Mask> =
        patches.iter().zip(instances).zip(faces).map(|((patch, one), face)| claim(patch, one.area, middle(one, face), region)).collect();
    let claimants: Vec<_> = claims.iter().zip(instances).map(|(matte, one)| grabcut::Instance { matte, score: one.score }).collect();
    let shares = grabcut::partition(&part, &claimants, &|| step.cancel.is_cancelled()).ok_or(OpError::Cancelled)?;
    for ((patch, claim), share) in patches.iter_mut().zip(&claims).zip(&shares) {
        let inside = Rect { x: patch.area.x - region.x, y: patch.area.y - region.y, ..patch.area };
        let (claim, share) = (claim.cropped(inside), share.cropped(inside));
        for ((v, claim), share) in patch.mask.values_mut().iter_mut().zip(claim.values()).zip(share.values()) {
            // What is left of the claim is left of the mask.
            *v = (u32::from(*v) * u32::from(*share.min(claim)) / u32::from(*claim).max(1)) as u8;
        }
    }
    Ok(())
}

/// A face is its owner's and nobody else's: so is every pixel of its ellipse in the masks.
fn settle_face(patches: &mut [Patch], owner: usize, face: Area) {
    let (cx, cy) = face.centre();
    let (rx, ry) = (0.5 * face.width().max(1.0), 0.6 * face.height().max(1.0));
    for (i, patch) in patches.iter_mut().enumerate() {
        let Patch { area, mask } = patch;
        for (row, values) in mask.values_mut().chunks_exact_mut(area.width as usize).enumerate() {
            let dy = (area.y as f32 + row as f32 + 0.5 - cy) / ry;
            for (column, v) in values.iter_mut().enumerate() {
                let dx = (area.x as f32 + column as f32 + 0.5 - cx) / rx;
                if dx * dx + dy * dy <= 1.0 {
                    *v = if i == owner { 255 } else { 0 };
                }
            }
        }
    }
}

/// The patch in the region, weaker the farther from the middle, which is under the face where there is one, but never given up where it is more than half
/// opaque.
fn claim(patch: &Patch, area: Area, (cx, cy): (f32, f32), region: Rect) -> Mask {
    let mut out = Mask::filled(region.width, region.height, 0);
    let (width, height) = (area.width().max(1.0), area.height().max(1.0));
    let (left, top) = (patch.area.x - region.x, patch.area.y - region.y);
    for (row, from) in patch.mask.values().chunks_exact(patch.area.width as usize).enumerate() {
        let start = (top as usize + row) * region.width as usize + left as usize;
        let to = &mut out.values_mut()[start..start + from.len()];
        let dy = (patch.area.y as f32 + row as f32 + 0.5 - cy) / height;
        for (column, (to, &v)) in to.iter_mut().zip(from).enumerate() {
            let dx = (patch.area.x as f32 + column as f32 + 0.5 - cx) / width;
            // Who stands is wide in the middle: sideways counts more than up and down.
            let near = (-NEARNESS * (4.0 * dx * dx + dy * dy)).exp();
            *to = if v < HALF { v } else { HALF + ((f32::from(v) - f32::from(HALF)) * near).round() as u8 };
        }
    }
    out
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
    fn a_mask_that_lies_in_a_corner_of_its_box_does_not_fill_it() {
        let (rect, thing) = (Rect { x: 40, y: 0, width: 100, height: 100 }, Area { left: 40.0, top: 0.0, right: 140.0, bottom: 100.0 });
        let of = |side: u32| Mask::new(100, 100, (0..10_000).map(|i| if i % 100 < side && i / 100 < side { 255 } else { 0 }).collect());
        assert!(fill_of(&of(90), rect, thing) > 0.8 && fill_of(&of(40), rect, thing) < FILLS);
        assert_eq!((fill_of(&of(28), rect, thing), fill_of(&of(0), rect, thing)), (0.0, 0.0));
    }

    #[test]
    fn a_face_is_its_owners_alone() {
        let patch =
            |x: u32| Patch { area: Rect { x, y: 0, width: 60, height: 100 }, mask: Mask::filled(60, 100, if x == 0 { 255 } else { 0 }) };
        let mut patches = [patch(0), patch(30)];
        settle_face(&mut patches, 1, Area { left: 40.0, top: 10.0, right: 60.0, bottom: 30.0 });
        assert_eq!((patches[0].mask.at(50, 20), patches[1].mask.at(20, 20)), (0, 255), "the middle of the face");
        assert_eq!((patches[0].mask.at(20, 50), patches[1].mask.at(20, 80)), (255, 0), "the rest as it was");
    }

    #[test]
    fn a_claim_is_weaker_away_from_its_middle_and_never_given_up() {
        let patch = Patch { area: Rect { x: 10, y: 0, width: 60, height: 100 }, mask: Mask::filled(60, 100, 255) };
        let area = Area { left: 10.0, top: 0.0, right: 70.0, bottom: 100.0 };
        let claim = claim(&patch, area, area.centre(), Rect { x: 0, y: 0, width: 80, height: 100 });
        assert!(claim.at(40, 50) > 250 && claim.at(15, 50) < claim.at(30, 50) && claim.at(11, 2) >= 128);
        assert_eq!(claim.at(5, 50), 0, "outside the patch");
    }
}
