//! Targets that are found by what they are: people, faces, things by name, and one of several subjects.

use super::objects::ObjectFinder;
use super::pick::pick;
use super::sight::{Instance, SeenFace, Sight};
use super::words::{Sought, none_found, none_left, unknown_label};
use super::{face, shape};
use crate::imaging::pieces::pieces;
use crate::imaging::{Mask, Rect};
use crate::models::boxes::{Area, Scored};
use crate::ops::{OpError, StepContext};
use crate::plan::classes::{self, PERSON};
use crate::plan::{Target, TargetKind, Which};

/// A piece of a matte is a subject of its own if it has this share of the largest one.
const SUBJECT_SHARE: f64 = 0.08;
/// Of things that may be what is asked for, those count that are as sure to be it as this share of the surest.
const NEARLY_AS_SURE: f32 = 0.75;
/// So many glimpses of what is asked for are looked at closely; those that turn out to overlap more than this are one.
const MOST_GLIMPSES: usize = 6;
const SAME_GLIMPSE: f32 = 0.5;
/// A detection is part of the subject if this share of its box lies in the subject's.
const IN_SUBJECT: f32 = 0.7;

/// The class that a label names.
///
/// # Errors
/// `invalid_parameter` where there is none or none with this name.
pub(super) fn class_of(label: Option<&str>) -> Result<usize, OpError> {
    let label = label.ok_or_else(|| {
        crate::ops::params::param("target.label", "缺少要找的东西的名称（label）。", "The name of the thing (`label`) is missing.")
    })?;
    match classes::number(label) {
        Some(class) => Ok(class),
        None if label.trim().eq_ignore_ascii_case("people") => Ok(PERSON),
        None => Err(unknown_label(label)),
    }
}

/// People, a face or a thing.
pub(super) fn resolve(step: &mut StepContext<'_>, target: &Target) -> Result<Mask, OpError> {
    let sight = Sight::of(step)?;
    match target.kind {
        TargetKind::Face => faces(step, target, &sight),
        TargetKind::People => instances(step, target, &sight, PERSON),
        _ => instances(step, target, &sight, class_of(target.label.as_deref())?),
    }
}

/// The box around all people or faces, or the one that `which` names; what one crops to, so no mask is made.
///
/// # Errors
/// `target_not_found`, or the models' own.
pub(in crate::ops) fn around(step: &mut StepContext<'_>, kind: TargetKind, which: Option<Which>) -> Result<Rect, OpError> {
    let sight = Sight::of(step)?;
    let (sought, areas): (Sought, Vec<Area>) = match kind {
        TargetKind::Face => (Sought::Face, sight.faces.iter().map(face::area).collect()),
        _ => (Sought::Class(PERSON), sight.people.iter().map(|p| p.area).collect()),
    };
    let size = (step.input.width(), step.input.height());
    let target = Target { kind, which, ..Target::default() };
    let meant = chosen(&areas, |a| *a, &target, (sought, &sight, size))?;
    let all = meant.into_iter().map(|i| areas[i]).reduce(Area::around).expect("none is an error");
    super::whole_rect(all, size.0, size.1).ok_or_else(|| none_found(sought, &sight))
}

fn faces(step: &StepContext<'_>, target: &Target, sight: &Sight) -> Result<Mask, OpError> {
    let (width, height) = (step.input.width(), step.input.height());
    let faces: Vec<&SeenFace> = sight.faces.iter().filter(|f| allowed(f.face.area, target, (width, height))).collect();
    let mut whole = Mask::filled(width, height, 0);
    for i in chosen(&faces, |f| f.face.area, target, (Sought::Face, sight, (width, height)))? {
        let one = face::mask(faces[i], width, height);
        whole = whole.combined(&one, crate::imaging::Combine::Or);
    }
    Ok(whole)
}

fn instances(step: &mut StepContext<'_>, target: &Target, sight: &Sight, class: usize) -> Result<Mask, OpError> {
    let size = (step.input.width(), step.input.height());
    let inside = |i: &&Instance| allowed(i.area, target, size);
    let mut found: Vec<&Instance> = sight.instances().filter(|i| i.class == class).filter(inside).collect();
    if found.is_empty() {
        // The detector's second thought: "the dog" where it rather sees a cat, and of several the one that is most of a dog.
        let seconds: Vec<(&Instance, f32)> = sight.instances().filter(inside).filter_map(|i| Some((i, i.is_a(class)?))).collect();
        let most = seconds.iter().fold(0.0f32, |most, (_, share)| most.max(*share));
        found = seconds.into_iter().filter(|(_, share)| *share >= NEARLY_AS_SURE * most).map(|(i, _)| i).collect();
    }
    let confirmed =
        if found.is_empty() { confirmed(step, sight.faint.iter().filter(|i| i.class == class).filter(inside))? } else { vec![] };
    found.extend(&confirmed);
    let chosen = chosen(&found, |i| i.area, target, (Sought::Class(class), sight, size))?;
    let chosen: Vec<&Instance> = chosen.into_iter().map(|i| found[i]).collect();
    shape::mask_of(step, sight, &chosen)
}

/// Those that a close look confirms; the surest few are looked at.
fn confirmed<'a>(step: &mut StepContext<'_>, glimpses: impl Iterator<Item = &'a Instance>) -> Result<Vec<Instance>, OpError> {
    let finder = ObjectFinder::of(step)?;
    let mut found: Vec<Instance> = vec![];
    for glimpse in glimpses.take(MOST_GLIMPSES) {
        let again = |i: &Instance| found.iter().any(|f| f.area.overlap(i.area) > SAME_GLIMPSE);
        if let Some(thing) = finder.is_confirmed(step, glimpse)?.filter(|i| !again(i)) {
            found.push(thing);
        }
    }
    Ok(found)
}

/// A box narrows where the target may be.
fn allowed(area: Area, target: &Target, (width, height): (u32, u32)) -> bool {
    let Some(values) = target.box_ else { return true };
    super::clip_box(values, target.unit, width, height).is_ok_and(|rect| area.share_in(area_of(rect)) > 0.5)
}

fn area_of(rect: Rect) -> Area {
    Area { left: rect.x as f32, top: rect.y as f32, right: (rect.x + rect.width) as f32, bottom: (rect.y + rect.height) as f32 }
}

/// Numbers of those that are meant, or what is said where there are none.
fn chosen<T>(
    found: &[T],
    area: impl Fn(&T) -> Area,
    target: &Target,
    (sought, sight, size): (Sought, &Sight, (u32, u32)),
) -> Result<Vec<usize>, OpError> {
    if found.is_empty() {
        return Err(none_found(sought, sight));
    }
    let areas: Vec<Area> = found.iter().map(area).collect();
    pick(&areas, target, size).map_err(|why| none_left(sought, found.len(), why, target))
}

/// One of several subjects: the pieces of the matte, or, where it is in one piece, the people and things that it is made of.
pub(super) fn subjects(step: &mut StepContext<'_>, matte: Mask, target: &Target) -> Result<Mask, OpError> {
    let size = (matte.width(), matte.height());
    let parts = pieces(&matte, SUBJECT_SHARE);
    if parts.len() > 1 {
        let areas: Vec<Area> = parts.iter().map(|p| area_of(p.area)).collect();
        let meant = pick(&areas, target, size).map_err(|why| none_left(Sought::Subject, parts.len(), why, target))?;
        let mut whole = Mask::filled(size.0, size.1, 0);
        for i in meant {
            whole = whole.combined(&parts[i].mask, crate::imaging::Combine::Or);
        }
        return Ok(whole);
    }
    let sight = Sight::of(step)?;
    let around = matte.bounding_box(127).map(area_of);
    let within = |i: &&Instance| around.is_some_and(|a| i.area().share_in(a) > IN_SUBJECT);
    let mut found: Vec<&Instance> = sight.people.iter().filter(within).collect();
    if found.len() < 2 {
        found = sight.instances().filter(within).collect();
    }
    if found.len() < 2 {
        let areas: Vec<Area> = around.into_iter().collect();
        return pick(&areas, target, size).map(|_| matte).map_err(|why| none_left(Sought::Subject, areas.len(), why, target));
    }
    let meant = chosen(&found, |i| i.area, target, (Sought::Subject, &sight, size))?;
    let meant: Vec<&Instance> = meant.into_iter().map(|i| found[i]).collect();
    shape::mask_of(step, &sight, &meant)
}
