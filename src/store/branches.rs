//! Deleting a branch of the version tree, with every picture that was only there for it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Base, EventBody, ImageId, Job, SessionId, StoreError, Tx, Version, row};
use crate::plan::Plan;

/// What is gone, and where the session stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletedBranch {
    /// Ascending.
    pub numbers: Vec<u32>,
    pub current: Option<u32>,
}

impl Tx {
    /// All versions of a session as this change sees them, by number.
    pub async fn versions(&mut self, session: &SessionId) -> Result<Vec<Version>, StoreError> {
        let owner = self.owner.clone();
        Ok(sqlx::query_as("SELECT * FROM versions WHERE session = ? AND user_id = ? ORDER BY number")
            .bind(session)
            .bind(owner)
            .fetch_all(self.db())
            .await?)
    }

    /// All jobs of a session as this change sees them, oldest first.
    pub async fn jobs(&mut self, session: &SessionId) -> Result<Vec<Job>, StoreError> {
        let owner = self.owner.clone();
        Ok(sqlx::query_as("SELECT * FROM jobs WHERE session = ? AND user_id = ? ORDER BY rowid")
            .bind(session)
            .bind(owner)
            .fetch_all(self.db())
            .await?)
    }

    /// Deletes a version and all that descends from it; `versions.deleted` follows. A current version among them moves to the parent, else to the newest
    /// that is left. Messages and jobs stay. Pictures go where neither another version, nor a job that belongs to one, nor another session needs them.
    ///
    /// # Errors
    /// [`StoreError::VersionBusy`] while an unfinished job works on one of them, or will; [`StoreError::NotFound`] for an unknown number.
    pub async fn delete_branch(&mut self, session: &SessionId, number: u32) -> Result<DeletedBranch, StoreError> {
        let parent = self.version(session, number).await?.parent;
        let versions = self.versions(session).await?;
        let jobs = self.jobs(session).await?;
        let gone = branch(&versions, number);
        if let Some(busy) = jobs.iter().filter(|job| !job.state.is_final()).find_map(|job| busy_in(job, &versions, &gone)) {
            return Err(StoreError::VersionBusy(busy));
        }
        let unused = unused(&versions, &jobs, &gone);
        let current = self.session(session).await?.current;
        let moved = current.is_some_and(|n| gone.contains(&n));
        let left = versions.iter().map(|v| v.number).filter(|n| !gone.contains(n)).max();
        let current = if moved { parent.or(left) } else { current };
        self.drop_versions(session, &gone).await?;
        for image in unused {
            self.let_go(session, &image).await?;
        }
        let now = self.now;
        sqlx::query("UPDATE sessions SET current = ?, updated_at = ? WHERE id = ?")
            .bind(current)
            .bind(now)
            .bind(session)
            .execute(self.db())
            .await?;
        let numbers: Vec<u32> = gone.into_iter().collect();
        self.add_event(session, None, EventBody::VersionsDeleted { numbers: numbers.clone(), current }).await?;
        self.add_event(session, None, EventBody::SessionUpdated).await?;
        Ok(DeletedBranch { numbers, current })
    }

    /// Removes the rows, children first, and what points to them.
    async fn drop_versions(&mut self, session: &SessionId, gone: &BTreeSet<u32>) -> Result<(), StoreError> {
        let numbers = row::json(gone);
        for sql in [
            "UPDATE versions SET redo = NULL WHERE session = ? AND redo IN (SELECT value FROM json_each(?))",
            "UPDATE versions SET parent = NULL WHERE session = ? AND number IN (SELECT value FROM json_each(?))",
            "DELETE FROM versions WHERE session = ? AND number IN (SELECT value FROM json_each(?))",
        ] {
            sqlx::query(sql).bind(session).bind(&numbers).execute(self.db()).await?;
        }
        Ok(())
    }

    /// The session no longer keeps a picture; it goes unless another one does.
    async fn let_go(&mut self, session: &SessionId, image: &ImageId) -> Result<(), StoreError> {
        let kept = sqlx::query("DELETE FROM session_images WHERE session = ? AND image = ?").bind(session).bind(image).execute(self.db());
        if kept.await?.rows_affected() == 0 {
            return Ok(()); // not this session's
        }
        self.let_image_go(image).await
    }
}

/// A version and all that descends from it.
pub(super) fn branch(versions: &[Version], number: u32) -> BTreeSet<u32> {
    let mut found = BTreeSet::from([number]);
    // A child's number is higher than its parent's, so one pass in order finds all.
    for version in versions {
        if version.parent.is_some_and(|parent| found.contains(&parent)) {
            found.insert(version.number);
        }
    }
    found
}

/// One of the versions that this job needs.
fn busy_in(job: &Job, versions: &[Version], gone: &BTreeSet<u32>) -> Option<u32> {
    let base = match job.inputs.base {
        Base::Version(n) => Some(n),
        Base::Current | Base::First => None,
    };
    let named = strings(&job.plan).into_iter().filter_map(|text| text.strip_prefix("version:")?.parse().ok());
    let chain = job.chain.iter().flat_map(|chain| chain.versions().collect::<Vec<_>>());
    let attached = versions.iter().filter(|v| job.inputs.images.contains(&v.image)).map(|v| v.number);
    base.into_iter().chain(named).chain(chain).chain(attached).find(|n| gone.contains(n))
}

/// Pictures of the branch, and of what was done with it, that nothing else needs.
fn unused(versions: &[Version], jobs: &[Job], gone: &BTreeSet<u32>) -> BTreeSet<ImageId> {
    let (out, left): (Vec<&Version>, Vec<&Version>) = versions.iter().partition(|v| gone.contains(&v.number));
    let is_left = |n: u32| left.iter().any(|v| v.number == n);
    // What made no version belongs to the one that it worked on: exports, selections, tries that failed.
    let belongs = |job: &&Job| match (job.version, job.inputs.base) {
        _ if !job.state.is_final() => true,
        (Some(n), _) | (None, Base::Version(n)) => is_left(n),
        (None, Base::Current | Base::First) => false,
    };
    let (live, dead): (Vec<&Job>, Vec<&Job>) = jobs.iter().partition(belongs);
    let needed: BTreeSet<ImageId> = left.iter().flat_map(|v| of_version(v)).chain(live.iter().flat_map(|j| of_job(j))).collect();
    let loose = out.iter().flat_map(|v| of_version(v)).chain(dead.iter().flat_map(|j| of_job(j)));
    loose.filter(|image| !needed.contains(image)).collect()
}

fn of_version(version: &Version) -> Vec<ImageId> {
    let named = version.plan.iter().flat_map(strings).filter_map(|text| text.parse().ok());
    [&version.image].into_iter().chain(&version.mask).cloned().chain(named).collect()
}

fn of_job(job: &Job) -> Vec<ImageId> {
    let made = job.artifacts.iter().map(|a| &a.image).chain(job.files.iter().flat_map(|f| std::iter::once(&f.image).chain(&f.mask)));
    let named = strings(&job.plan).into_iter().filter_map(|text| text.parse().ok());
    made.chain(&job.inputs.images).chain(&job.inputs.mask).cloned().chain(named).collect()
}

/// Every string of a plan that may name a picture.
pub(super) fn strings(plan: &Plan) -> Vec<String> {
    fn walk(value: &Value, out: &mut Vec<String>) {
        match value {
            Value::String(text) => out.push(text.clone()),
            Value::Array(list) => list.iter().for_each(|v| walk(v, out)),
            Value::Object(map) => map.values().for_each(|v| walk(v, out)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let mut out = vec![];
    for step in &plan.steps {
        out.extend(step.input.iter().chain(&step.inputs).map(ToString::to_string));
        step.params.values().for_each(|value| walk(value, &mut out));
    }
    out
}
