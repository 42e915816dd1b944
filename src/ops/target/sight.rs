//! What is in the picture: people, things and faces as boxes, found once for each picture and remembered.
//!
//! 1. Both detectors look at the whole picture and, if it is large, at overlapping [`tiles`]. What a tile cuts off, and what is only a piece of something
//!    that was seen whole, does not count; what only a tile shows has to be surer. People that were only glimpsed, also in the mirror image, are looked at
//!    from near by (see [`super::objects`]).
//! 2. Boxes of several classes around one thing are one thing: the surest class names it, the others are remembered, surest first ("the dog" means the
//!    animal that may also be a cat), unless they are much less sure. Between classes that are mistaken for one another also those that were hardly seen
//!    are, and where two of them are near each other, close looks decide, too.
//! 3. A face that the mesh model calls none is none.
//! 4. A face belongs to one person. Where it belongs to none of those seen, it speaks for one that the detector hardly saw, and where even that is not
//!    there, its place tells where the person is.

use std::sync::Arc;

use crate::imaging::Rect;
use crate::models::blazeface::{self, Face};
use crate::models::boxes::{Area, Scored, rank, suppress};
use crate::models::facemesh::Parts;
use crate::models::nanodet::{self, Detection};
use crate::models::{ModelInfo, facemesh, fit};
use crate::ops::recall::{recall, remembered};
use crate::ops::{OpError, StepContext};
use crate::plan::classes::{self, PERSON};

use super::objects::ObjectFinder;
use super::tiles::{is_cut, tiles};

/// Jobs in the model manifest.
pub const OBJECTS: &str = "objects";
pub const FACES: &str = "faces";
pub const FACE_MESH: &str = "face-mesh";

/// What only a tile shows needs a score that is higher by this.
const TILE_DOUBT: f32 = 0.1;
/// A box with this share inside a box of its class that was seen whole is a piece of that.
const PIECE_SHARE: f32 = 0.8;
/// Boxes of different classes that overlap more than this are one thing.
const ONE_THING: f32 = 0.6;
/// And so are boxes of classes that are mistaken for one another, where one lies in the other with this share and is not much smaller.
const IN_THE_OTHER: f32 = 0.75;
const MUCH_SMALLER: f32 = 0.25;
/// A person and a thing whose boxes overlap more than this are one, too.
const SEEN_TWICE: f32 = 0.85;
/// A face that nothing else speaks for makes a person if it is as sure as this.
const SURE_FACE: f32 = 0.65;
/// Another name counts if it is as sure as this share of the first.
const OTHER_NAME: f32 = 0.6;

/// A person or a thing.
#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    /// Number in [`crate::plan::classes`].
    pub class: usize,
    /// 0..=1
    pub score: f32,
    /// Inside the picture.
    pub area: Area,
    /// Other classes that it may be, surest first, with their scores as shares of the first one's.
    pub also: Vec<(usize, f32)>,
}

impl Instance {
    fn new(d: &Detection) -> Instance {
        Instance { class: d.class, score: d.score, area: d.area, also: vec![] }
    }

    /// Takes the names, best first, with their scores; none below `least` but the first.
    pub(super) fn is_named(&mut self, names: &[(usize, f32)], least: f32) {
        let Some(&(class, score)) = names.first() else { return };
        (self.class, self.score) = (class, score);
        self.also.clear();
        for &(class, other) in names[1..].iter().filter(|n| n.1 >= least) {
            self.may_be(class, other);
        }
    }

    /// Another class that it may be, if that is sure enough.
    fn may_be(&mut self, class: usize, score: f32) {
        let share = score / self.score.max(f32::MIN_POSITIVE);
        if class != self.class && share >= OTHER_NAME && self.also.iter().all(|(known, _)| *known != class) {
            self.also.push((class, share));
        }
    }

    /// How sure it is to be of a class, as a share of its surest one; `None` where it is no such thing.
    pub fn is_a(&self, class: usize) -> Option<f32> {
        if self.class == class { Some(1.0) } else { self.also.iter().find(|(other, _)| *other == class).map(|(_, share)| *share) }
    }
}

impl Scored for Instance {
    fn area(&self) -> Area {
        self.area
    }

    fn score(&self) -> f32 {
        self.score
    }
}

/// A face with its outline where the mesh model is sure.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenFace {
    pub face: Face,
    pub outline: Option<Vec<(f32, f32)>>,
    /// Eyes, brows, lips and nostrils where it is.
    pub parts: Option<Parts<(f32, f32)>>,
}

/// Everything that was found, each list best first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sight {
    pub people: Vec<Instance>,
    pub things: Vec<Instance>,
    /// Things that were only glimpsed: count where they are asked for by name, nothing surer is there, and a close look confirms them.
    pub faint: Vec<Instance>,
    pub faces: Vec<SeenFace>,
}

impl Sight {
    /// Looks at the step's input, or remembers what was seen.
    ///
    /// # Errors
    /// `model_missing` and the models' own, `cancelled`.
    pub fn of(step: &mut StepContext<'_>) -> Result<Arc<Sight>, OpError> {
        let models = Detectors::of(step)?;
        recall(step, models.question(), |_| 1 << 14, |step| models.look(step, true))
    }

    /// The same without the looks from near by, for who waits for a click's answer, unless it is remembered with them.
    ///
    /// # Errors
    /// As [`Sight::of`].
    pub fn glance(step: &mut StepContext<'_>) -> Result<Arc<Sight>, OpError> {
        let models = Detectors::of(step)?;
        if let Some(sight) = remembered(step, models.question()) {
            return Ok(sight);
        }
        recall(step, format!("glance {}", models.question()), |_| 1 << 14, |step| models.look(step, false))
    }

    /// The face of one of [`Sight::people`].
    pub fn face_of(&self, person: &Instance) -> Option<&Face> {
        let at = self.people.iter().position(|p| p == person)?;
        faces_of_people(self).into_iter().find(|(_, p)| *p == at).map(|(face, _)| &self.faces[face].face)
    }

    /// People and things.
    pub fn instances(&self) -> impl Iterator<Item = &Instance> {
        self.people.iter().chain(&self.things)
    }
}

/// The faces in the step's input, best first, found or remembered; for who needs nothing else.
///
/// # Errors
/// `model_missing` and the models' own, `cancelled`.
pub fn faces(step: &mut StepContext<'_>) -> Result<Arc<Vec<SeenFace>>, OpError> {
    let finder = FaceFinder::of(step)?;
    let what = format!("faces {}", finder.hashes());
    recall(
        step,
        what,
        |faces: &Vec<SeenFace>| 2048 * (faces.len() + 1),
        |step| {
            let (width, height) = (step.input.width(), step.input.height());
            let mut found = finder.faces_in(step, step.input.bounds())?;
            for tile in tiles(width, height) {
                found.extend(finder.whole_faces_in(step, tile)?);
            }
            finder.outlined(step, found)
        },
    )
}

struct Detectors {
    objects: ObjectFinder,
    finder: FaceFinder,
}

/// The two models that faces take.
struct FaceFinder {
    faces: ModelInfo,
    mesh: ModelInfo,
}

pub(super) fn name_and_hash(model: &ModelInfo) -> String {
    format!("{}:{}", model.name, model.sha256.as_deref().unwrap_or("?"))
}

impl Detectors {
    fn of(step: &StepContext<'_>) -> Result<Detectors, OpError> {
        Ok(Detectors { objects: ObjectFinder::of(step)?, finder: FaceFinder::of(step)? })
    }

    fn question(&self) -> String {
        format!("sight {} {}", self.objects.hash(), self.finder.hashes())
    }

    fn look(&self, step: &mut StepContext<'_>, closely: bool) -> Result<Sight, OpError> {
        let (bounds, settings) = (step.input.bounds(), &self.objects.settings);
        let (width, height) = (bounds.width, bounds.height);
        let mut whole = vec![self.objects.in_part(step, bounds, false)?];
        if closely {
            whole.push(self.objects.in_part(step, bounds, true)?);
        }
        let mut detections = whole[0].clone();
        let mut glimpses = whole.concat();
        let mut faces = self.finder.faces_in(step, bounds)?;
        for tile in tiles(width, height) {
            let mut closer = self.objects.in_part(step, tile, false)?;
            closer.retain(|d| !is_cut(d.area, tile, width, height) && !is_piece(d, &detections, settings.threshold));
            detections.extend(closer.iter().filter(|d| d.score >= settings.threshold + TILE_DOUBT));
            glimpses.extend(closer);
            faces.extend(self.finder.whole_faces_in(step, tile)?);
        }
        let overlap = settings.overlap;
        let mut detections = suppress(detections, |a, b| a.class == b.class && a.area.overlap(b.area) > overlap);
        let people: Vec<Detection> = detections.iter().filter(|d| d.class == PERSON && d.score >= settings.threshold).copied().collect();
        glimpses.retain(|d| d.class == PERSON);
        if closely {
            detections.extend(self.objects.people(step, glimpses, &people)?);
        }
        let faces = self.finder.outlined(step, faces)?;
        let mut sight = arranged(detections, faces, settings, (width, height));
        if closely {
            self.objects.name(step, &mut sight.things, &whole)?;
        }
        Ok(sight)
    }
}

impl FaceFinder {
    fn of(step: &StepContext<'_>) -> Result<FaceFinder, OpError> {
        Ok(FaceFinder { faces: step.models.default_for(FACES)?, mesh: step.models.default_for(FACE_MESH)? })
    }

    fn hashes(&self) -> String {
        format!("{} {}", name_and_hash(&self.faces), name_and_hash(&self.mesh))
    }

    /// Those in a tile that do not go on outside it.
    fn whole_faces_in(&self, step: &mut StepContext<'_>, tile: Rect) -> Result<Vec<Face>, OpError> {
        let (width, height) = (step.input.width(), step.input.height());
        let found = self.faces_in(step, tile)?;
        Ok(found.into_iter().filter(|f| !is_cut(f.area, tile, width, height)).collect())
    }

    fn faces_in(&self, step: &mut StepContext<'_>, part: Rect) -> Result<Vec<Face>, OpError> {
        let (input, letterbox) = fit::letterboxed(&step.input, part, &self.faces.input);
        let outputs = step.infer(&self.faces.name, vec![input])?;
        Ok(blazeface::decode(&outputs, &settings(&self.faces)?, self.faces.input.size, letterbox)?)
    }

    /// One of each face, without those that the mesh model does not believe in.
    fn outlined(&self, step: &mut StepContext<'_>, faces: Vec<Face>) -> Result<Vec<SeenFace>, OpError> {
        let overlap = settings::<blazeface::Settings>(&self.faces)?.overlap;
        let mesh: facemesh::Settings = settings(&self.mesh)?;
        let mut out = Vec::new();
        for face in suppress(faces, |a, b| a.area.overlap(b.area) > overlap) {
            let (input, square) = facemesh::prepare(&step.input, &face, &self.mesh.input, &mesh);
            let outputs = step.infer(&self.mesh.name, vec![input])?;
            let outline = facemesh::decode(&outputs, &mesh, self.mesh.input.size, square)?;
            if outline.probability >= mesh.no_face {
                let (outline, parts) = match outline.probability >= mesh.is_face {
                    true => (Some(outline.points), Some(outline.parts)),
                    false => (None, None),
                };
                out.push(SeenFace { face, outline, parts });
            }
        }
        Ok(out)
    }
}

/// The constants in the manifest were checked when it was read.
pub(super) fn settings<T: serde::de::DeserializeOwned>(model: &ModelInfo) -> Result<T, OpError> {
    model.settings().map_err(|why| OpError::Internal(format!("{}: {why}", model.name)))
}

/// Whether a box of a tile is only a piece of something that is known already.
fn is_piece(found: &Detection, known: &[Detection], threshold: f32) -> bool {
    known.iter().any(|k| k.class == found.class && k.score >= threshold && found.area.share_in(k.area) > PIECE_SHARE)
}

/// People and things out of boxes and faces.
fn arranged(detections: Vec<Detection>, faces: Vec<SeenFace>, settings: &nanodet::Settings, (width, height): (u32, u32)) -> Sight {
    let mut sight = Sight { faces, ..Sight::default() };
    let (clear, faint): (Vec<Detection>, Vec<Detection>) = detections.into_iter().partition(|d| d.score >= settings.threshold);
    for d in clear {
        if sight.instances().any(|known| is_seen_twice(known, &d)) {
            continue;
        }
        let list = if d.class == PERSON { &mut sight.people } else { &mut sight.things };
        match list.iter_mut().find(|known| is_one_thing(known, &d)) {
            Some(known) => known.may_be(d.class, d.score),
            None => list.push(Instance::new(&d)),
        }
    }
    let (mut hidden, glimpsed): (Vec<Detection>, Vec<Detection>) = faint.into_iter().partition(|d| d.class == PERSON);
    hidden.retain(|d| d.score >= settings.faint);
    for seen in faces_without_a_person(&sight) {
        let face = sight.faces[seen].face;
        let speaks_for =
            hidden.iter().position(|d| belongs(&face, d.area) && sight.people.iter().all(|p| p.area.overlap(d.area) < ONE_THING));
        let (score, area) = match speaks_for {
            Some(at) => (hidden[at].score, hidden.remove(at).area),
            None if face.score >= SURE_FACE => (face.score * settings.threshold, body_under(&face)),
            None => continue,
        };
        sight.people.push(Instance { class: PERSON, score, area: area.clipped(width, height), also: vec![] });
    }
    rank(&mut sight.people);
    rank(&mut sight.things);
    for d in glimpsed {
        let mistaken = |known: &&mut Instance| classes::all()[known.class].like(&classes::all()[d.class]) && is_one_thing(known, &d);
        if let Some(known) = sight.things.iter_mut().find(mistaken) {
            if d.score >= settings.second_name {
                known.may_be(d.class, d.score);
            }
            continue;
        }
        if !sight.instances().any(|known| known.area.overlap(d.area) > 0.5 * ONE_THING) {
            sight.faint.push(Instance::new(&d));
        }
    }
    rank(&mut sight.faint);
    sight
}

/// Whether a person and a thing have the same box: then the surer one is there, and the other is not (a dog that looks a little like somebody).
fn is_seen_twice(known: &Instance, found: &Detection) -> bool {
    (known.class == PERSON) != (found.class == PERSON) && known.area.overlap(found.area) > SEEN_TWICE
}

/// Whether a box of another class is around something that is known.
fn is_one_thing(known: &Instance, found: &Detection) -> bool {
    let classes = classes::all();
    let (small, large) = if found.area.size() < known.area.size() { (found.area, known.area) } else { (known.area, found.area) };
    let inside = small.share_in(large) > IN_THE_OTHER && small.size() > MUCH_SMALLER * large.size();
    let mistaken = known.class != found.class && classes[known.class].like(&classes[found.class]) && inside;
    known.area.overlap(found.area) > ONE_THING || mistaken
}

/// Numbers of the faces that are left when every person has got the one that fits best.
fn faces_without_a_person(sight: &Sight) -> Vec<usize> {
    let taken = faces_of_people(sight);
    (0..sight.faces.len()).filter(|&f| !taken.iter().any(|(face, _)| *face == f)).collect()
}

/// Which face is whose: numbers of a face and of its person, each once, the best fits first.
fn faces_of_people(sight: &Sight) -> Vec<(usize, usize)> {
    let mut pairs: Vec<(f32, usize, usize)> = Vec::new();
    for (f, seen) in sight.faces.iter().enumerate() {
        for (p, person) in sight.people.iter().enumerate().filter(|(_, p)| belongs(&seen.face, p.area)) {
            let (x, y) = seen.face.area.centre();
            let off = (x - person.area.centre().0).abs() / person.area.width() + (y - person.area.top).abs() / person.area.height();
            pairs.push((off, f, p));
        }
    }
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut out: Vec<(usize, usize)> = Vec::new();
    for (_, f, p) in pairs {
        if out.iter().all(|(face, person)| *face != f && *person != p) {
            out.push((f, p));
        }
    }
    out
}

/// Whether a face can be the one of a person in this box: in its upper part.
fn belongs(face: &Face, person: Area) -> bool {
    let upper = Area { bottom: person.top + 0.6 * person.height(), ..person };
    upper.holds(face.area.centre())
}

/// Where the rest of a person is, going by the face alone: about three faces wide and seven high.
fn body_under(face: &Face) -> Area {
    let (width, height) = (face.area.width(), face.area.height());
    let x = face.area.centre().0;
    Area { left: x - 1.5 * width, right: x + 1.5 * width, top: face.area.top - 0.6 * height, bottom: face.area.bottom + 6.0 * height }
}

#[cfg(test)]
#[path = "sight_tests.rs"]
mod tests;
