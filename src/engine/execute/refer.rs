//! Which picture a step works on: references to uploads, versions and earlier steps.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{Inputs, MAX_STEPS, Ready, RunError};
use crate::imaging::{Affine, Picture, Rect};
use crate::ops::{Edit, Outcome};
use crate::plan::{ImageRef, PLAN_VERSION, Plan, Step};

/// A picture with what is known about it.
#[derive(Clone)]
pub(super) struct Known {
    pub picture: Arc<Picture>,
    /// To the plan's first input, where there is such a map.
    pub map: Option<Affine>,
    /// Where the subject is, if a step found it.
    pub focus: Option<Rect>,
    /// How it came about, oldest first.
    pub edits: Vec<Arc<Edit>>,
    /// The parts that it was cut into.
    pub pieces: Vec<Arc<Picture>>,
}

/// What the executor found out about a step's result.
#[derive(Default)]
pub(super) struct Found {
    /// The subject's box in the step's input.
    pub focus: Option<Rect>,
    pub edit: Option<Edit>,
}

/// All pictures that steps can refer to.
pub(super) struct Pictures {
    images: HashMap<ImageRef, Arc<Picture>>,
    steps: HashMap<String, Known>,
    /// From the plan's first input to uploads and versions.
    maps: HashMap<ImageRef, Affine>,
    edits: HashMap<ImageRef, Vec<Arc<Edit>>>,
    first: ImageRef,
    last: Option<String>,
}

/// Size, version, ids and references among the steps.
pub(super) fn check_shape(plan: &Plan) -> Result<(), RunError> {
    let invalid = |field: String, zh: String, en: String| Err(RunError::plan("invalid_plan", field, zh, en));
    if plan.version != PLAN_VERSION {
        return invalid(
            "version".into(),
            format!("计划的版本是 {}，只支持 {PLAN_VERSION}。", plan.version),
            format!("The plan has version {}; only {PLAN_VERSION} is supported.", plan.version),
        );
    }
    if plan.steps.is_empty() {
        return invalid("steps".into(), "计划里没有步骤。".into(), "The plan has no steps.".into());
    }
    if plan.steps.len() > MAX_STEPS {
        let n = plan.steps.len();
        return invalid(
            "steps".into(),
            format!("计划有 {n} 步，最多 {MAX_STEPS} 步。"),
            format!("The plan has {n} steps; {MAX_STEPS} are the most."),
        );
    }
    let mut earlier = HashSet::new();
    for (i, step) in plan.steps.iter().enumerate() {
        for (reference, field) in step.input.iter().map(|r| (r, "input")).chain(step.inputs.iter().map(|r| (r, "inputs"))) {
            if let ImageRef::Step(id) = reference
                && !earlier.contains(id.as_str())
            {
                return invalid(
                    format!("steps[{i}].{field}"),
                    format!("步骤“{}”引用了“{id}”，而它之前没有这一步。", step.id),
                    format!("Step `{}` refers to `{id}`, which is no earlier step.", step.id),
                );
            }
        }
        if !matches!(step.id.parse(), Ok(ImageRef::Step(_))) || !earlier.insert(step.id.as_str()) {
            return invalid(
                format!("steps[{i}].id"),
                format!("步骤编号“{}”重复或不合规则（字母、数字、- 和 _，至多 32 个）。", step.id),
                format!("The step id `{}` is used twice or not allowed (letters, digits, - and _, 32 at most).", step.id),
            );
        }
    }
    Ok(())
}

impl Pictures {
    /// Checks that every upload and version that the steps name is there.
    pub fn new(steps: &[Ready], inputs: &Inputs) -> Result<Pictures, RunError> {
        let mut images = inputs.images.clone();
        if images.is_empty() {
            return Err(RunError::plan("no_image", "image", "没有图片，请先上传一张。", "There is no picture. Send one first."));
        }
        if let Some(one) = images.get(&ImageRef::Image(1)).cloned() {
            // Without a session both mean the first picture.
            let current = images.entry(ImageRef::Current).or_insert(one).clone();
            images.entry(ImageRef::Original).or_insert(current);
        }
        for (i, step) in steps.iter().map(|r| &r.step).enumerate() {
            for reference in step.input.iter().chain(&step.inputs) {
                if !matches!(reference, ImageRef::Step(_)) && !images.contains_key(reference) {
                    return Err(missing(format!("steps[{i}].input"), reference, &images));
                }
            }
        }
        let first = steps.first().and_then(|r| r.step.input.clone()).unwrap_or(ImageRef::Current);
        if !images.contains_key(&first) {
            return Err(missing("steps[0].input".into(), &first, &images));
        }
        let mut maps = inputs.maps.clone();
        let same = images.iter().filter(|(_, picture)| Arc::ptr_eq(picture, &images[&first]));
        maps.extend(same.map(|(reference, _)| (reference.clone(), Affine::IDENTITY)));
        Ok(Pictures { images, steps: HashMap::new(), maps, edits: inputs.edits.clone(), first, last: None })
    }

    /// The step's input: named, else the step before, in the first step `current`.
    pub fn input_of(&self, i: usize, step: &Step) -> Result<Known, RunError> {
        match (&step.input, &self.last) {
            (Some(ImageRef::Step(id)), _) | (None, Some(id)) => Ok(self.steps.get(id).expect("references were checked").clone()),
            (named, _) => {
                let reference = named.as_ref().unwrap_or(&self.first);
                let picture =
                    self.images.get(reference).ok_or_else(|| missing(format!("steps[{i}].input"), reference, &self.images))?.clone();
                let map = self.maps.get(reference).and_then(Affine::inverse);
                let edits = self.edits.get(reference).cloned().unwrap_or_default();
                Ok(Known { picture, map, focus: None, edits, pieces: vec![] })
            }
        }
    }

    /// Notes a step's result.
    pub fn add(&mut self, id: &str, input: &Known, outcome: &Outcome, found: Found) {
        let map = outcome.map.and_then(|own| Some(own.then(&input.map?)));
        let focus = found.focus.or(input.focus).and_then(|rect| follow(rect, &outcome.map?, &outcome.picture));
        self.images.insert(ImageRef::Step(id.to_owned()), outcome.picture.clone());
        let unchanged = Arc::ptr_eq(&input.picture, &outcome.picture);
        let pieces = if outcome.pieces.is_empty() && unchanged { input.pieces.clone() } else { outcome.pieces.clone() };
        let edits = input.edits.iter().cloned().chain(found.edit.map(Arc::new)).collect();
        self.steps.insert(id.to_owned(), Known { picture: outcome.picture.clone(), map, focus, edits, pieces });
        self.last = Some(id.to_owned());
    }

    /// From a step's input to every picture that it can refer to and that comes of the same one.
    pub fn maps_from(&self, input: &Known) -> HashMap<ImageRef, Affine> {
        let Some(to_first) = input.map else { return HashMap::new() };
        let steps = self.steps.iter().filter_map(|(id, known)| Some((ImageRef::Step(id.clone()), known.map?.inverse()?)));
        let all = self.maps.iter().map(|(reference, map)| (reference.clone(), *map)).chain(steps);
        all.map(|(reference, map)| (reference, to_first.then(&map))).collect()
    }

    pub fn all(&self) -> &HashMap<ImageRef, Arc<Picture>> {
        &self.images
    }

    /// The last step's result.
    pub fn last(&self) -> &Known {
        let id = self.last.as_ref().expect("a plan has a step");
        &self.steps[id]
    }
}

fn missing(field: String, reference: &ImageRef, images: &HashMap<ImageRef, Arc<Picture>>) -> RunError {
    let attached = images.keys().filter(|r| matches!(r, ImageRef::Image(_))).count();
    let (zh, en) = match reference {
        ImageRef::Image(n) => (
            format!("指令提到第 {n} 张图，但只有 {attached} 张。"),
            format!("Picture {n} is meant, but there {} {attached}.", if attached == 1 { "is only" } else { "are only" }),
        ),
        ImageRef::Version(n) => (format!("没有第 {n} 版。"), format!("There is no version {n}.")),
        _ => ("没有图片，请先上传一张。".to_owned(), "There is no picture. Send one first.".to_owned()),
    };
    let code = if matches!(reference, ImageRef::Image(_) | ImageRef::Version(_)) { "image_missing" } else { "no_image" };
    RunError::plan(code, field, zh, en)
}

/// Where a box of a step's input is in its result, as far as it is still there.
fn follow(rect: Rect, map: &Affine, result: &Picture) -> Option<Rect> {
    let forward = map.inverse()?;
    let (x0, y0, x1, y1) = (f64::from(rect.x), f64::from(rect.y), f64::from(rect.x + rect.width), f64::from(rect.y + rect.height));
    let corners = [(x0, y0), (x1, y0), (x0, y1), (x1, y1)].map(|(x, y)| forward.apply(x, y));
    let range = |pick: fn(&(f64, f64)) -> f64, side: u32| {
        let (low, high) = corners.iter().map(pick).fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(v), h.max(v)));
        let (low, high) = (low.floor().clamp(0.0, side.into()), high.ceil().clamp(0.0, side.into()));
        (high > low).then_some((low as u32, (high - low) as u32))
    };
    let (x, width) = range(|c| c.0, result.width())?;
    let (y, height) = range(|c| c.1, result.height())?;
    Some(Rect { x, y, width, height })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_knows_the_way_to_every_picture_of_the_same_origin() {
        let (first, original, other) = (Picture::filled(50, 40, [0; 4]), Picture::filled(200, 160, [1; 4]), Picture::filled(9, 9, [2; 4]));
        let images = [(ImageRef::Current, first), (ImageRef::Original, original), (ImageRef::Image(1), other)];
        let inputs = Inputs {
            images: images.into_iter().map(|(reference, picture)| (reference, Arc::new(picture))).collect(),
            maps: [(ImageRef::Original, Affine::scaling(4.0, 4.0))].into(),
            ..Inputs::default()
        };
        let mut pictures = Pictures::new(&[], &inputs).unwrap();
        let input = pictures.input_of(0, &Step::new("crop")).unwrap();
        let cropped = Outcome::picture(Arc::new(Picture::filled(20, 20, [0; 4])), Some(Affine::translation(10.0, 5.0)));
        pictures.add("s1", &input, &cropped, Found::default());
        let maps = pictures.maps_from(&pictures.input_of(1, &Step::new("detail")).unwrap());
        assert_eq!(maps[&ImageRef::Original].apply(1.0, 2.0), (44.0, 28.0));
        assert_eq!((maps[&ImageRef::Current].apply(0.0, 0.0), maps[&ImageRef::Step("s1".into())]), ((10.0, 5.0), Affine::IDENTITY));
        assert!(!maps.contains_key(&ImageRef::Image(1)), "another picture");
        let from_original = Step { input: Some(ImageRef::Original), ..Step::new("crop") };
        assert_eq!(pictures.input_of(1, &from_original).unwrap().map.unwrap().apply(8.0, 4.0), (2.0, 1.0));
    }

    #[test]
    fn the_subject_is_followed_through_crops_and_turns() {
        let result = Picture::filled(50, 40, [0; 4]);
        let rect = Rect { x: 30, y: 20, width: 10, height: 10 };
        assert_eq!(follow(rect, &Affine::translation(20.0, 10.0), &result), Some(Rect { x: 10, y: 10, width: 10, height: 10 }));
        assert_eq!(follow(rect, &Affine::scaling(2.0, 2.0), &result), Some(Rect { x: 15, y: 10, width: 5, height: 5 }));
        assert_eq!(follow(rect, &Affine::translation(40.0, 0.0), &result), None, "cropped away");
        let quarter = Affine([0.0, 1.0, 0.0, -1.0, 0.0, 40.0]);
        assert_eq!(follow(rect, &quarter, &result), Some(Rect { x: 10, y: 30, width: 10, height: 10 }));
    }
}
