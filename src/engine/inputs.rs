//! Which pictures and masks a job needs: the references of its plan, resolved to stored images or to what came with the call.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::plan::{ImageRef, Plan};
use crate::store::{Base, Image, ImageId, Job, Store, StoreError};

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
    pub masks: Vec<(String, MaskInput)>,
}

impl Inputs {
    /// Pixels of all pictures, each counted once.
    pub fn pixels(&self) -> u64 {
        let mut seen = BTreeSet::new();
        let mut sum = 0;
        for (reference, input) in &self.images {
            sum += match input {
                Input::Stored(image) if seen.insert(image.id.to_string()) => u64::from(image.width) * u64::from(image.height),
                Input::Sent(Source::File { pixels, .. }) if is_own(reference) => *pixels,
                Input::Sent(Source::Picture { picture, .. }) if is_own(reference) => picture.area(),
                _ => 0,
            };
        }
        sum
    }

    pub fn get(&self, reference: &ImageRef) -> Option<&Input> {
        self.images.iter().find(|(known, _)| known == reference).map(|(_, input)| input)
    }
}

/// Without a session `current` and `original` are other names of `image:1`.
fn is_own(reference: &ImageRef) -> bool {
    matches!(reference, ImageRef::Image(_))
}

/// Resolves what the job's plan refers to.
pub(super) async fn resolve(store: &Store, job: &Job, sources: Option<&Sources>) -> Result<Inputs, StoreError> {
    let mut inputs = Inputs::default();
    for reference in references(&job.plan) {
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

/// Every reference to a picture outside the plan, `current` always among them.
fn references(plan: &Plan) -> Vec<ImageRef> {
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
    use crate::plan::Step;

    #[test]
    fn references_are_found_wherever_they_stand() {
        let mask = ImageId::new();
        let mut first = Step::new("swap").with("with", "image:2").with("target", serde_json::json!({ "kind": "mask", "mask": mask }));
        first.input = Some(ImageRef::Version(3));
        let second = Step::new("compose").with("images", serde_json::json!(["s1", "original"]));
        let plan = Plan::new(vec![first, second]);
        assert_eq!(references(&plan), [ImageRef::Current, ImageRef::Version(3), ImageRef::Image(2), ImageRef::Original]);
        assert_eq!(mask_ids(&plan).into_iter().collect::<Vec<_>>(), [mask]);
    }
}
