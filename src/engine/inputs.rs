//! Which pictures and masks a job needs: the references of its plan, resolved to stored images or to what came with the call.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use crate::imaging::Affine;
use crate::ops::{Params, registry};
use crate::plan::{ImageRef, Plan, Step};
use crate::store::{Base, Image, ImageId, Job, Store, StoreError, Version};

use super::history::{self, History, version_of};
use super::job::{MaskSource, Source, Sources};

/// The name of the mask that came with the request.
pub const UPLOADED_MASK: &str = "upload";

/// A picture, not read yet.
#[derive(Clone)]
pub enum Input {
    Stored(Image),
    /// Came with a call without a session.
    Sent(Source),
}

/// A mask, not read yet.
#[derive(Clone)]
pub enum MaskInput {
    Stored(Image),
    Sent(MaskSource),
}

/// What a job works on. References that resolve to nothing are left out; the executor names them.
#[derive(Clone, Default)]
pub struct Inputs {
    pub images: Vec<(ImageRef, Input)>,
    /// From the plan's first input to the others, where the versions between them say so.
    pub maps: Vec<(ImageRef, Affine)>,
    pub masks: Vec<(String, MaskInput)>,
    /// In a session the upload that the base version descends from: it decides what exports are written as.
    pub root: Option<Image>,
    /// How the pictures that the plan starts from came about; only where a file holds it.
    pub histories: Vec<(ImageRef, History)>,
    /// What led to the picture in a conversation and what the plan does to it, as JSON; only where a file carries it.
    pub recipe: Option<String>,
}

impl Inputs {
    /// Pixels of all pictures, each counted once, whatever number of references name it.
    pub fn pixels(&self) -> u64 {
        let mut seen = BTreeSet::new();
        let mut count = |key: String, pixels: u64| if seen.insert(key) { pixels } else { 0 };
        let area = |image: &Image| u64::from(image.width) * u64::from(image.height);
        let now = self.images.iter().map(|(_, input)| match input {
            Input::Stored(image) => count(image.id.to_string(), area(image)),
            Input::Sent(Source::File { bytes, pixels, .. }) => count(format!("{:p}", Arc::as_ptr(bytes)), *pixels),
            Input::Sent(Source::Picture { picture, .. }) => count(format!("{:p}", Arc::as_ptr(picture)), picture.area()),
            Input::Sent(Source::Stored(_)) => 0, // resolved to `Input::Stored`
        });
        let now: u64 = now.sum();
        let past = self.histories.iter().flat_map(|(_, history)| history.images());
        now + past.map(|image| count(image.id.to_string(), area(image))).sum::<u64>()
    }

    pub fn get(&self, reference: &ImageRef) -> Option<&Input> {
        self.images.iter().find(|(known, _)| known == reference).map(|(_, input)| input)
    }
}

/// Resolves what the job's plan refers to.
pub(super) async fn resolve(store: &Store, job: &Job, sources: Option<&Sources>) -> Result<Inputs, StoreError> {
    let mut inputs = Inputs::default();
    let sent_along = sources.map_or(job.inputs.images.len(), |sources| sources.images.len());
    for reference in references(&job.plan, sent_along) {
        let input = match sources {
            Some(sources) => sent(store, job, sources, &reference).await,
            None => stored(store, job, &reference).await,
        };
        match input {
            Ok(input) => inputs.images.push((reference, input)),
            Err(StoreError::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    if let (Some(session), Base::Version(n)) = (&job.session, job.inputs.base) {
        let root = store.root_of(&job.owner, session, n).await?;
        inputs.root = Some(store.image(&job.owner, &root.image).await?);
    }
    if sources.is_none() {
        inputs.maps = maps(store, job, &inputs).await?;
        inputs.histories = histories(store, job).await?;
        if carries_recipe(&job.plan) {
            inputs.recipe = crate::recipe::stored::of_export(store, job).await?;
        }
    }
    if let Some(mask) = uploaded_mask(store, job, sources).await? {
        inputs.masks.push((UPLOADED_MASK.to_owned(), mask));
    }
    for id in mask_ids(&job.plan) {
        match store.image(&job.owner, &id).await {
            Ok(image) => inputs.masks.push((id.to_string(), MaskInput::Stored(image))),
            Err(StoreError::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(inputs)
}

fn carries_recipe(plan: &Plan) -> bool {
    plan.steps.iter().any(|step| step.op == "export" && step.params.get("metadata").is_some_and(|v| v == "recipe"))
}

async fn histories(store: &Store, job: &Job) -> Result<Vec<(ImageRef, History)>, StoreError> {
    let mut found = vec![];
    let Some(session) = job.session.as_ref().filter(|_| history::is_wanted(&job.plan)) else { return Ok(found) };
    for reference in history::starts(&job.plan) {
        if let Some(number) = version_of(store, job, &reference).await? {
            found.push((reference, history::of(store, job, session, number).await?));
        }
    }
    Ok(found)
}

async fn sent(store: &Store, job: &Job, sources: &Sources, reference: &ImageRef) -> Result<Input, StoreError> {
    let n = match reference {
        ImageRef::Current | ImageRef::Original => 1,
        ImageRef::Image(n) => *n,
        ImageRef::Version(_) | ImageRef::Step(_) => return Err(StoreError::NotFound),
    };
    match sources.images.get(n - 1).ok_or(StoreError::NotFound)? {
        Source::Stored(id) => Ok(Input::Stored(store.image(&job.owner, id).await?)),
        other => Ok(Input::Sent(other.clone())),
    }
}

async fn stored(store: &Store, job: &Job, reference: &ImageRef) -> Result<Input, StoreError> {
    let session = job.session.as_ref().ok_or(StoreError::NotFound)?;
    let base = match job.inputs.base {
        Base::Version(n) => Some(n),
        Base::Current | Base::First => None,
    };
    let id = match reference {
        ImageRef::Current => store.version(&job.owner, session, base.ok_or(StoreError::NotFound)?).await?.image,
        ImageRef::Original => store.root_of(&job.owner, session, base.ok_or(StoreError::NotFound)?).await?.image,
        ImageRef::Image(n) => job.inputs.images.get(n - 1).cloned().ok_or(StoreError::NotFound)?,
        ImageRef::Version(n) => {
            let number = u32::try_from(*n).map_err(|_| StoreError::NotFound)?;
            store.version(&job.owner, session, number).await?.image
        }
        ImageRef::Step(_) => return Err(StoreError::NotFound),
    };
    Ok(Input::Stored(store.image(&job.owner, &id).await?))
}

/// The maps from the version that the plan starts from to the other versions that it names.
async fn maps(store: &Store, job: &Job, inputs: &Inputs) -> Result<Vec<(ImageRef, Affine)>, StoreError> {
    let first = job.plan.steps.first().and_then(|step| step.input.clone()).unwrap_or(ImageRef::Current);
    let others: Vec<&ImageRef> = inputs.images.iter().map(|(reference, _)| reference).filter(|r| **r != first).collect();
    let (Some(session), Some(from)) = (&job.session, version_of(store, job, &first).await?.filter(|_| !others.is_empty())) else {
        return Ok(vec![]);
    };
    let from = store.ancestry(&job.owner, session, from).await?;
    let mut found = vec![];
    for reference in others {
        let Some(to) = version_of(store, job, reference).await? else { continue };
        let to = store.ancestry(&job.owner, session, to).await?;
        found.extend(map_between(&from, &to).map(|map| (reference.clone(), map)));
    }
    Ok(found)
}

/// The map from one version's pixels to another's, through the newest version that both descend from; each ancestry begins with the version itself.
pub(super) fn map_between(from: &[Version], to: &[Version]) -> Option<Affine> {
    let (up, down) = from.iter().enumerate().find_map(|(i, a)| to.iter().position(|b| b.number == a.number).map(|j| (i, j)))?;
    let climb = |way: &[Version]| way.iter().try_fold(Affine::IDENTITY, |map, version| Some(map.then(&version.map?)));
    Some(climb(&from[..up])?.then(&climb(&to[..down])?.inverse()?))
}

/// The version whose pixels are those of a step's input, one on one: the first step starts from it, and the steps in between move none.
pub fn version_under(plan: &Plan, step: usize, base: Base) -> Option<u32> {
    let moves_none = |s: &Step| registry::find(&s.op).is_some_and(|op| op.spec().exact_outside_target || !op.spec().makes_version);
    let follows = |pair: &[Step]| pair[1].input.as_ref().is_none_or(|input| *input == ImageRef::Step(pair[0].id.clone()));
    let steps = plan.steps.get(..=step)?;
    if !steps[..step].iter().all(moves_none) || !steps.windows(2).all(follows) {
        return None;
    }
    match (&steps.first()?.input, base) {
        (None | Some(ImageRef::Current), Base::Version(n)) => Some(n),
        (Some(ImageRef::Version(n)), _) => u32::try_from(*n).ok(),
        _ => None,
    }
}

async fn uploaded_mask(store: &Store, job: &Job, sources: Option<&Sources>) -> Result<Option<MaskInput>, StoreError> {
    Ok(match sources {
        Some(sources) => match &sources.mask {
            Some(MaskSource::Stored(id)) => Some(MaskInput::Stored(store.image(&job.owner, id).await?)),
            other => other.clone().map(MaskInput::Sent),
        },
        None => match &job.inputs.mask {
            Some(id) => Some(MaskInput::Stored(store.image(&job.owner, id).await?)),
            None => None,
        },
    })
}

/// Every reference to a picture outside the plan, told or implied, `current` always among them. `attached`: how many came with the message.
fn references(plan: &Plan, attached: usize) -> Vec<ImageRef> {
    let mut found = vec![ImageRef::Current];
    let mut add = |reference: ImageRef| {
        if !matches!(reference, ImageRef::Step(_)) && !found.contains(&reference) {
            found.push(reference);
        }
    };
    for step in &plan.steps {
        step.input.iter().chain(&step.inputs).cloned().for_each(&mut add);
        for value in step.params.values() {
            strings(value, &mut |text| text.parse().into_iter().for_each(&mut add));
        }
        if let Some(op) = registry::find(&step.op) {
            op.implied(&Params(step.params.clone())).into_iter().for_each(&mut add);
        }
    }
    if registry::takes_all(plan) {
        (1..=attached).map(ImageRef::Image).for_each(&mut add);
    }
    found
}

/// Ids of stored masks: the `mask` of any target.
fn mask_ids(plan: &Plan) -> BTreeSet<ImageId> {
    let mut found = BTreeSet::new();
    for value in plan.steps.iter().flat_map(|step| step.params.values()) {
        strings(value, &mut |text| found.extend(text.parse::<ImageId>()));
    }
    found
}

fn strings(value: &Value, see: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => see(text),
        Value::Array(values) => values.iter().for_each(|v| strings(v, see)),
        Value::Object(map) => map.values().for_each(|v| strings(v, see)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_found_wherever_they_stand() {
        let mask = ImageId::new();
        let mut first = Step::new("swap").with("with", "image:2").with("target", serde_json::json!({ "kind": "mask", "mask": mask }));
        first.input = Some(ImageRef::Version(3));
        let second = Step::new("compose").with("images", serde_json::json!(["s1", "original"]));
        let plan = Plan::new(vec![first, second]);
        assert_eq!(references(&plan, 2), [ImageRef::Current, ImageRef::Version(3), ImageRef::Image(2), ImageRef::Original]);
        assert_eq!(mask_ids(&plan).into_iter().collect::<Vec<_>>(), [mask]);
        assert_eq!(references(&Plan::new(vec![Step::new("detail")]), 1), [ImageRef::Current, ImageRef::Original], "implied");
        let all = references(&Plan::new(vec![Step::new("stitch")]), 2);
        assert_eq!(all, [ImageRef::Current, ImageRef::Image(1), ImageRef::Image(2)], "those of the message");
    }

    fn under(steps: Vec<Step>, step: usize) -> Option<u32> {
        version_under(&Plan::new(steps), step, Base::Version(3))
    }

    #[test]
    fn a_mask_lies_on_the_version_until_a_step_moves_pixels() {
        let [cutout, background, crop, select] = ["cutout", "background", "crop", "select"].map(Step::new);
        assert_eq!(under(vec![background.clone(), crop.clone()], 0), Some(3));
        assert_eq!(under(vec![select, background, cutout.clone()], 2), Some(3));
        assert_eq!(under(vec![crop, cutout], 1), None);
    }

    #[test]
    fn a_mask_of_a_picture_that_is_no_version_belongs_to_none() {
        let of = |input| Step { input: Some(input), ..Step::new("cutout") };
        assert_eq!(under(vec![of(ImageRef::Version(2))], 0), Some(2));
        assert_eq!(under(vec![of(ImageRef::Image(1))], 0), None);
        assert_eq!(under(vec![Step::new("select"), of(ImageRef::Original)], 1), None);
        assert_eq!(under(vec![Step::new("cutout")], 4), None, "a step that the plan does not have");
    }
}
