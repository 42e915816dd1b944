//! What led to a version, from the store: the chain that a recipe is made of.

use super::compile::{Compiled, Link, of_chain};
use super::{Recipe, RecipeError};
use crate::plan::Plan;
use crate::store::{Base, ImageId, Job, JobInputs, SessionId, Store, StoreError, UserId};

/// Why a version cannot be made into a recipe.
#[derive(Debug, thiserror::Error)]
pub enum StoredError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Recipe(#[from] RecipeError),
}

/// The steps that led to a version, as a recipe.
///
/// # Errors
/// [`StoreError::NotFound`] for an unknown version, [`RecipeError::Steps`] where there is nothing to save.
pub async fn of_version(store: &Store, owner: &UserId, session: &SessionId, number: u32, name: &str) -> Result<Compiled, StoredError> {
    let chain = chain(store, owner, session, number).await?;
    compiled(store, owner, session, (name, &chain)).await
}

/// The recipe of what a job's export writes, as JSON: what led to the version that it works on, and its own steps before. Without pictures, so that nothing but
/// this one is given away with the file; `None` where nothing was done, or nothing that can be told.
pub async fn of_export(store: &Store, job: &Job) -> Result<Option<String>, StoreError> {
    let (Some(session), Base::Version(number)) = (&job.session, job.inputs.base) else { return Ok(None) };
    let mut chain = chain(store, &job.owner, session, number).await?;
    let mut plan = job.plan.clone();
    plan.fill_ids();
    plan.steps.retain(|step| step.op != "export");
    if !plan.steps.is_empty() {
        chain.push(link(u32::MAX, None, Some(plan), &job.inputs));
    }
    match compiled(store, &job.owner, session, ("", &chain)).await {
        Ok(Compiled { recipe, .. }) => Ok(serde_json::to_string(&Recipe { name: recipe.said(job.lang), ..recipe }).ok()),
        Err(StoredError::Recipe(_)) => Ok(None),
        Err(StoredError::Store(error)) => Err(error),
    }
}

async fn compiled(store: &Store, owner: &UserId, session: &SessionId, (name, chain): (&str, &[Link])) -> Result<Compiled, StoredError> {
    let versions = store.versions(owner, session).await?;
    let picture_of = |n: usize| versions.iter().find(|v| v.number as usize == n).map(|v| v.image.to_string());
    Ok(of_chain(name, chain, picture_of)?)
}

async fn chain(store: &Store, owner: &UserId, session: &SessionId, number: u32) -> Result<Vec<Link>, StoreError> {
    let mut way = store.ancestry(owner, session, number).await?;
    way.reverse();
    let mut chain = Vec::with_capacity(way.len());
    for version in way {
        let inputs = match &version.job {
            Some(job) => store.job(owner, job).await?.inputs,
            None => JobInputs::default(),
        };
        let resolved = version.resolved_plan.clone();
        chain.push(Link { resolved, ..link(version.number, Some(&version.image), version.plan, &inputs) });
    }
    Ok(chain)
}

fn link(number: u32, image: Option<&ImageId>, plan: Option<Plan>, inputs: &JobInputs) -> Link {
    Link {
        number,
        image: image.map(ToString::to_string).unwrap_or_default(),
        plan,
        resolved: None,
        attached: inputs.images.iter().map(ToString::to_string).collect(),
        mask: inputs.mask.as_ref().map(ToString::to_string),
    }
}
