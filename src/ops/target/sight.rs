//! What is in the picture: people, things and faces as boxes, found once for each picture and remembered.
//!
//! 1. Both detectors look at the whole picture and, if it is large, at overlapping [`tiles`]. What a tile cuts off, and what is only a piece of something
//!    that was seen whole, does not count; what only a tile shows has to be surer.
//! 2. Boxes of several classes around one thing are one thing: the surest class names it, the others are remembered, surest first ("the dog" means the
//!    animal that may also be a cat). Between classes that are mistaken for one another also those that were hardly seen are.
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
use crate::ops::recall::recall;
use crate::ops::{OpError, StepContext};
use crate::plan::classes::{self, PERSON};

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
/// A face that nothing else speaks for makes a person if it is as sure as this.
const SURE_FACE: f32 = 0.65;

/// A person or a thing.
#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    /// Number in [`crate::plan::classes`].
    pub class: usize,
    /// 0..=1
    pub score: f32,
    /// Inside the picture.
    pub area: Area,
    /// Other classes that it may be.
    pub also: Vec<usize>,
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
    /// Hardly seen: counts only where it is asked for by name and nothing surer is there.
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
        let what = format!("sight {}", models.hashes());
        recall(step, what, |_| 1 << 14, |step| models.look(step))
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
    objects: ModelInfo,
    finder: FaceFinder,
}

/// The two models that faces take.
struct FaceFinder {
    faces: ModelInfo,
    mesh: ModelInfo,
}

fn name_and_hash(model: &ModelInfo) -> String {
    format!("{}:{}", model.name, model.sha256.as_deref().unwrap_or("?"))
}

impl Detectors {
    fn of(step: &StepContext<'_>) -> Result<Detectors, OpError> {
        Ok(Detectors { objects: step.models.default_for(OBJECTS)?, finder: FaceFinder::of(step)? })
    }

    fn hashes(&self) -> String {
        format!("{} {}", name_and_hash(&self.objects), self.finder.hashes())
    }

    fn look(&self, step: &mut StepContext<'_>) -> Result<Sight, OpError> {
        let picture = step.input.clone();
        let (width, height) = (picture.width(), picture.height());
        let settings: nanodet::Settings = settings(&self.objects)?;
        let mut detections = self.objects_in(step, picture.bounds(), &settings)?;
        let mut faces = self.finder.faces_in(step, picture.bounds())?;
        for tile in tiles(width, height) {
            let closer = self.objects_in(step, tile, &settings)?;
            let whole = |d: &Detection| !is_cut(d.area, tile, width, height) && d.score >= settings.threshold + TILE_DOUBT;
            let new: Vec<Detection> = closer.into_iter().filter(|d| whole(d) && !is_piece(d, &detections, settings.threshold)).collect();
            detections.extend(new);
            faces.extend(self.finder.whole_faces_in(step, tile)?);
        }
        detections.iter_mut().for_each(|d| d.area = d.area.clipped(width, height));
        let overlap = settings.overlap;
        let detections = suppress(detections, |a, b| a.class == b.class && a.area.overlap(b.area) > overlap);
        let faces = self.finder.outlined(step, faces)?;
        Ok(arranged(detections, faces, &settings, (width, height)))
    }

    fn objects_in(&self, step: &mut StepContext<'_>, part: Rect, settings: &nanodet::Settings) -> Result<Vec<Detection>, OpError> {
        let (input, letterbox) = fit::letterboxed(&step.input, part, &self.objects.input);
        let outputs = step.infer(&self.objects.name, vec![input])?;
        Ok(nanodet::decode(&outputs, settings, self.objects.input.size, letterbox)?)
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
fn settings<T: serde::de::DeserializeOwned>(model: &ModelInfo) -> Result<T, OpError> {
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
        let list = if d.class == PERSON { &mut sight.people } else { &mut sight.things };
        match list.iter_mut().find(|known| is_one_thing(known, &d)) {
            Some(known) => known.also.push(d.class),
            None => list.push(Instance { class: d.class, score: d.score, area: d.area, also: vec![] }),
        }
    }
    let (mut hidden, mut faint_things): (Vec<Detection>, Vec<Detection>) = faint.into_iter().partition(|d| d.class == PERSON);
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
    faint_things.extend(hidden);
    for d in faint_things.into_iter().filter(|d| d.score >= settings.second_look) {
        let mistaken = |known: &&mut Instance| classes::all()[known.class].like(&classes::all()[d.class]) && is_one_thing(known, &d);
        if let Some(known) = sight.things.iter_mut().find(mistaken) {
            if known.class != d.class && !known.also.contains(&d.class) {
                known.also.push(d.class);
            }
            continue;
        }
        if !sight.instances().any(|known| known.area.overlap(d.area) > 0.5 * ONE_THING) {
            sight.faint.push(Instance { class: d.class, score: d.score, area: d.area, also: vec![] });
        }
    }
    rank(&mut sight.faint);
    sight
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
mod tests {
    use super::*;

    fn area(left: f32, top: f32, right: f32, bottom: f32) -> Area {
        Area { left, top, right, bottom }
    }

    fn settings() -> nanodet::Settings {
        super::settings(crate::models::Manifest::embedded().model("nanodet").unwrap()).unwrap()
    }

    fn detection(class: usize, score: f32, area: Area) -> Detection {
        Detection { class, score, area }
    }

    fn face(score: f32, left: f32, top: f32) -> SeenFace {
        let area = area(left, top, left + 20.0, top + 20.0);
        SeenFace { face: Face { score, area, points: [area.centre(); 6] }, outline: None, parts: None }
    }

    #[test]
    fn an_animal_that_may_be_two_things_is_one_animal() {
        let animal = area(0.0, 0.0, 100.0, 80.0);
        let found = vec![detection(15, 0.58, animal), detection(16, 0.37, area(2.0, 0.0, 100.0, 80.0))];
        let sight = arranged(found, vec![], &settings(), (200, 100));
        assert_eq!(sight.things, [Instance { class: 15, score: 0.58, area: animal, also: vec![16] }]);
        let (horse, sheep, bench) = (17, 18, 13);
        let found = vec![detection(sheep, 0.4, animal), detection(horse, 0.3, animal), detection(bench, 0.3, animal)];
        let sight = arranged(found, vec![], &settings(), (200, 100));
        assert_eq!(sight.things, [Instance { class: sheep, score: 0.4, area: animal, also: vec![horse] }], "hardly seen, but like it");
        assert!(sight.faint.is_empty());
    }

    #[test]
    fn the_head_of_a_horse_is_no_dog_and_a_dog_before_it_is_one() {
        let horse = detection(17, 0.7, area(0.0, 0.0, 200.0, 150.0));
        let found = |dog: Area| arranged(vec![horse, detection(16, 0.5, dog)], vec![], &settings(), (400, 200)).things.len();
        assert_eq!(found(area(0.0, 20.0, 110.0, 150.0)), 1);
        assert_eq!(found(area(20.0, 80.0, 70.0, 150.0)), 2, "much smaller");
        assert_eq!(found(area(120.0, 50.0, 330.0, 150.0)), 2, "beside it");
    }

    #[test]
    fn what_is_hardly_seen_is_kept_for_who_asks() {
        let found = vec![
            detection(15, 0.7, area(0.0, 0.0, 100.0, 100.0)),
            detection(16, 0.3, area(5.0, 5.0, 100.0, 100.0)),
            detection(2, 0.3, area(150.0, 0.0, 250.0, 60.0)),
            detection(2, 0.21, area(300.0, 0.0, 390.0, 60.0)),
        ];
        let sight = arranged(found, vec![], &settings(), (400, 200));
        assert_eq!((sight.things.len(), sight.faint.len(), sight.faint[0].class), (1, 1, 2));
    }

    #[test]
    fn every_face_has_its_person() {
        let found = vec![
            detection(PERSON, 0.8, area(0.0, 0.0, 60.0, 200.0)),
            detection(PERSON, 0.25, area(100.0, 0.0, 160.0, 200.0)),
            detection(PERSON, 0.25, area(400.0, 0.0, 460.0, 200.0)),
        ];
        let faces = vec![face(0.9, 20.0, 10.0), face(0.6, 120.0, 12.0), face(0.9, 250.0, 30.0), face(0.55, 330.0, 30.0)];
        let sight = arranged(found, faces, &settings(), (500, 200));
        let lefts: Vec<f32> = sight.people.iter().map(|p| p.area.left).collect();
        assert_eq!(lefts, [0.0, 230.0, 100.0], "seen, by a sure face alone, by a faint box with a face");
        assert_eq!(sight.people[1].area.bottom, 170.0);
        assert_eq!(sight.faces.len(), 4, "a face without a person is still a face");
    }

    #[test]
    fn two_faces_in_one_box_are_two_people() {
        let found = vec![detection(PERSON, 0.7, area(0.0, 0.0, 150.0, 200.0))];
        let sight = arranged(found, vec![face(0.9, 20.0, 10.0), face(0.9, 110.0, 10.0)], &settings(), (300, 200));
        assert_eq!(sight.people.len(), 2);
    }

    #[test]
    fn a_piece_of_what_was_seen_whole_is_not_a_second_one() {
        let bus = detection(5, 0.9, area(0.0, 0.0, 500.0, 300.0));
        assert!(is_piece(&detection(5, 0.6, area(20.0, 20.0, 200.0, 200.0)), &[bus], 0.35));
        assert!(!is_piece(&detection(2, 0.6, area(20.0, 20.0, 200.0, 200.0)), &[bus], 0.35), "a car before the bus");
    }
}
