//! What follows an edited plan: the next old version's plan, made to fit on top of what was made before it.

use serde_json::Value;

use super::inputs::{UPLOADED_MASK, map_between, version_under};
use crate::imaging::Affine;
use crate::plan::{ImageRef, Plan};
use crate::store::{
    Base, Chain, EventBody, ImageId, Job, JobId, JobInputs, JobKind, MovedMask, NewJob, NewMessage, Role, SessionId, StepArtifact,
    StoreError, Tx, Version,
};

/// Parameters whose strings are words to be drawn or looked for, never names of pictures.
const WORDS: [&str; 3] = ["text", "match", "title"];

/// What the job before has done.
pub(super) struct Done<'a> {
    /// The version that it made, or where it changed nothing the one that it worked on.
    pub number: u32,
    /// The session is at it: the user has not gone elsewhere.
    pub leads: bool,
    pub mask: Option<&'a ImageId>,
    pub artifacts: &'a [StepArtifact],
}

/// The next job of the chain with its message, in the change that ends the one before; `None` at the chain's end.
pub(super) async fn next(tx: &mut Tx, job: &Job, done: &Done<'_>) -> Result<Option<NewJob>, StoreError> {
    let (Some(chain), Some(session)) = (&job.chain, &job.session) else { return Ok(None) };
    let Some((&remakes, rest)) = chain.rest.split_first() else { return Ok(None) };
    let old = tx.version(session, remakes).await?;
    let Some(plan) = &old.plan else { return Ok(None) };
    let mut chain = Chain { remakes, rest: rest.to_vec(), ..chain.clone() };
    chain.made.push((job.chain.as_ref().map_or(remakes, |c| c.remakes), done.number));
    note_masks(tx, session, &mut chain, done).await?;
    let plan = refit(plan, &chain);
    let inputs = inputs(tx, &old, &chain, &plan, done).await?;
    let id = JobId::new();
    let mut message = NewMessage::new(Role::Assistant, "", job.lang);
    message.reply_to = Some(chain.message.clone());
    message.job = Some(id.clone());
    message.plan = Some(plan.clone());
    let message = tx.add_message(session, message).await?.id;
    tx.add_event(session, Some(&id), EventBody::PlanReady { plan: plan.clone() }).await?;
    let new = NewJob {
        id,
        kind: JobKind::Chat,
        lane: job.lane,
        session: Some(session.clone()),
        message: Some(message),
        lang: job.lang,
        plan,
        inputs,
        chain: Some(chain),
        idempotency: None,
    };
    Ok(Some(new))
}

/// The old version's job, on what stands for its base now.
async fn inputs(tx: &mut Tx, old: &Version, chain: &Chain, plan: &Plan, done: &Done<'_>) -> Result<JobInputs, StoreError> {
    let before = match &old.job {
        Some(id) => tx.job(id).await?.inputs,
        None => JobInputs::default(),
    };
    let base = match (before.base, old.parent) {
        (Base::Version(n), _) | (_, Some(n)) => Base::Version(chain.now(n)),
        (base, None) => base,
    };
    let current = tx.session(&old.session).await?.current;
    let moved = Again { old, chain, plan, before: &before }.moved(tx).await?;
    Ok(JobInputs { base, moved, current_at_start: current.filter(|_| done.leads), ..before })
}

/// A later step may use a mask that an earlier one found: the one found this time stands for it.
async fn note_masks(tx: &mut Tx, session: &SessionId, chain: &mut Chain, done: &Done<'_>) -> Result<(), StoreError> {
    let Some(&(old, _)) = chain.made.last() else { return Ok(()) };
    let old = tx.version(session, old).await?;
    if let (Some(before), Some(now)) = (&old.mask, done.mask) {
        chain.masks.push((before.clone(), now.clone()));
    }
    let Some(job) = &old.job else { return Ok(()) };
    for before in tx.job(job).await?.artifacts {
        let same = done.artifacts.iter().find(|now| now.step == before.step && now.role == before.role);
        chain.masks.extend(same.map(|now| (before.image, now.image.clone())));
    }
    Ok(())
}

/// The plan with its versions and masks replaced by what stands for them now.
fn refit(plan: &Plan, chain: &Chain) -> Plan {
    let reference = |r: &mut ImageRef| {
        if let ImageRef::Version(n) = r {
            *n = u32::try_from(*n).map_or(*n, |number| chain.now(number) as usize);
        }
    };
    let mut plan = plan.clone();
    for step in &mut plan.steps {
        step.input.iter_mut().chain(&mut step.inputs).for_each(reference);
        for (name, value) in step.params.iter_mut().filter(|(name, _)| !WORDS.contains(&name.as_str())) {
            refit_value(name, value, chain);
        }
    }
    plan
}

fn refit_value(name: &str, value: &mut Value, chain: &Chain) {
    match value {
        _ if WORDS.contains(&name) => {}
        Value::String(text) => {
            if let Ok(ImageRef::Version(n)) = text.parse() {
                let now = u32::try_from(n).map_or(n, |number| chain.now(number) as usize);
                *text = ImageRef::Version(now).to_string();
            } else if let Some((_, now)) = chain.masks.iter().rev().find(|(old, _)| old.as_str() == text) {
                *text = now.to_string();
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|item| refit_value("", item, chain)),
        Value::Object(map) => map.iter_mut().for_each(|(name, item)| refit_value(name, item, chain)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// An old version about to be made again: by which plan now, and what its job worked on then.
struct Again<'a> {
    old: &'a Version,
    chain: &'a Chain,
    plan: &'a Plan,
    before: &'a JobInputs,
}

impl Again<'_> {
    /// Masks that lie on an old version's pixels where the new one has others: painted ones, which nothing found anew.
    async fn moved(&self, tx: &mut Tx) -> Result<Vec<MovedMask>, StoreError> {
        let Some(asked) = &self.old.plan else { return Ok(vec![]) };
        let mut found: Vec<MovedMask> = vec![];
        for (i, step) in self.plan.steps.iter().enumerate() {
            for (name, image) in masks_of(&step.params, self.before.mask.as_ref()) {
                let made_anew = self.chain.masks.iter().any(|(_, now)| *now == image);
                let known = made_anew || found.iter().any(|m| m.mask == name);
                if let Some(from) = version_under(asked, i, self.before.base).filter(|_| !known) {
                    found.extend(self.moved_mask(tx, from, name, &image).await?);
                }
            }
        }
        Ok(found)
    }

    /// A mask that lies on version `from`; `None` where it fits as it is, or nothing says how it could.
    async fn moved_mask(&self, tx: &mut Tx, from: u32, name: String, image: &ImageId) -> Result<Option<MovedMask>, StoreError> {
        let mask = match tx.image(image).await {
            Ok(mask) => mask,
            Err(StoreError::NotFound) => return Ok(None),
            Err(error) => return Err(error),
        };
        let old = tx.ancestry(&self.old.session, from).await?;
        let new = tx.ancestry(&self.old.session, self.chain.now(from)).await?;
        let (was, is) = (tx.image(&old[0].image).await?, tx.image(&new[0].image).await?);
        let lies_on_it = (mask.width, mask.height) == (was.width, was.height);
        let Some(map) = map_between(&new, &old).filter(|_| lies_on_it) else { return Ok(None) };
        let fits = map == Affine::IDENTITY && (is.width, is.height) == (was.width, was.height);
        Ok((!fits).then_some(MovedMask { mask: name, map, width: is.width, height: is.height }))
    }
}

/// The stored masks that a step's targets name.
fn masks_of(params: &serde_json::Map<String, Value>, sent: Option<&ImageId>) -> Vec<(String, ImageId)> {
    fn walk(value: &Value, sent: Option<&ImageId>, out: &mut Vec<(String, ImageId)>) {
        match value {
            Value::String(text) if text == UPLOADED_MASK => out.extend(sent.map(|id| (text.clone(), id.clone()))),
            Value::String(text) => out.extend(text.parse().map(|id| (text.clone(), id))),
            Value::Array(list) => list.iter().for_each(|v| walk(v, sent, out)),
            Value::Object(map) => {
                // Which mask a target of this kind means where it names none.
                if map.get("kind").is_some_and(|k| k == "mask") && !map.contains_key("mask") {
                    out.extend(sent.map(|id| (UPLOADED_MASK.to_owned(), id.clone())));
                }
                map.values().for_each(|v| walk(v, sent, out));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let mut out = vec![];
    params.values().for_each(|value| walk(value, sent, &mut out));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Step;
    use crate::store::MessageId;
    use serde_json::json;

    #[test]
    fn a_plan_names_what_stands_for_its_versions_and_masks_now() {
        let (old, new, painted) = (ImageId::new(), ImageId::new(), ImageId::new());
        let mut chain = Chain::new(4, vec![], MessageId::new());
        chain.made = vec![(2, 5), (3, 6)];
        chain.masks = vec![(old.clone(), new.clone())];
        let mut step = Step::new("match").with("to", "version:2").with("text", "version:3");
        step.input = Some(ImageRef::Version(3));
        step.inputs = vec![ImageRef::Version(1), ImageRef::Image(2)];
        let step =
            step.with("target", json!({ "kind": "mask", "mask": old, "match": "version:2" })).with("hints", json!([painted, "version:9"]));
        let plan = refit(&Plan::new(vec![step]), &chain);
        let step = &plan.steps[0];
        assert_eq!(step.input, Some(ImageRef::Version(6)));
        assert_eq!(step.inputs, [ImageRef::Version(1), ImageRef::Image(2)], "what is no part of the chain stays");
        assert_eq!((&step.params["to"], &step.params["text"]), (&json!("version:5"), &json!("version:3")));
        assert_eq!(step.params["target"], json!({ "kind": "mask", "mask": new, "match": "version:2" }));
        assert_eq!(step.params["hints"], json!([painted, "version:9"]));
    }
}
