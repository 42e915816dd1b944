//! Rows become the API's shapes, in one language.

use std::collections::HashMap;

use super::error::ApiError;
use super::shapes::{self, File, Image, Job, JobArtifact, Message, ResolvedTarget, Session, StepTime, Timings, Version, Warning};
use super::state::App;
use crate::engine::version_under;
use crate::ops::registry;
use crate::plan::{Step, suggestions, words};
use crate::store::{self, ImageId, JobState, Problem, Role, UserId, VersionKind};
use crate::text::Lang;

/// Reads what a row names and renders it for one caller.
#[derive(Clone)]
pub struct View {
    pub app: App,
    pub user: UserId,
    pub lang: Lang,
}

/// `base`: see [`crate::config::Server::base_path`]; every address that the server writes begins with it.
pub fn image(image: &store::Image, lang: Lang, base: &str) -> Image {
    Image {
        id: image.id.to_string(),
        name: image.name.clone(),
        width: image.width,
        height: image.height,
        format: image.format.clone(),
        alpha: image.alpha,
        bytes: image.bytes,
        url: content_url(base, &image.id),
        preview_url: format!("{base}/api/v1/images/{}/preview", image.id),
        warnings: shapes::warnings(&image.warnings, lang),
    }
}

pub fn content_url(base: &str, id: &ImageId) -> String {
    format!("{base}/api/v1/images/{id}/content")
}

pub fn problem(problem: &Problem, lang: Lang) -> Warning {
    Warning { code: problem.code.clone(), message: problem.text.get(lang).to_owned() }
}

pub fn session(session: &store::Session, base: &str) -> Session {
    Session {
        id: session.id.to_string(),
        title: session.title.clone(),
        current: session.current,
        versions: session.versions,
        thumbnail_url: session.thumbnail.as_ref().map(|id| format!("{base}/api/v1/images/{id}/preview?side=128")),
        running: session.running,
        created_at: session.created_at.to_string(),
        updated_at: session.updated_at.to_string(),
    }
}

impl View {
    async fn pictures(&self, ids: Vec<ImageId>) -> Result<HashMap<ImageId, Image>, ApiError> {
        let rows = self.app.store.images(&self.user, &ids).await.map_err(|e| ApiError::explain(&e))?;
        Ok(rows.iter().map(|row| (row.id.clone(), image(row, self.lang, &self.app.base_path))).collect())
    }

    pub async fn picture(&self, id: &ImageId) -> Result<Image, ApiError> {
        let row = self.app.store.image(&self.user, id).await.map_err(|e| ApiError::explain(&e))?;
        Ok(image(&row, self.lang, &self.app.base_path))
    }

    pub async fn messages(&self, rows: &[store::Message]) -> Result<Vec<Message>, ApiError> {
        let ids = rows.iter().flat_map(|m| m.images.iter().chain(&m.mask)).cloned().collect();
        let pictures = self.pictures(ids).await?;
        let mut out = Vec::with_capacity(rows.len());
        for row in rows {
            let question = match &row.question {
                None => None,
                Some(id) => {
                    let asked = self.app.store.question(&self.user, id).await.map_err(|e| ApiError::explain(&e))?;
                    let mut value = shapes::question(&asked.question, row.lang);
                    value["answered"] = serde_json::json!(asked.answered);
                    Some(value)
                }
            };
            out.push(Message {
                id: row.id.to_string(),
                role: match row.role {
                    Role::User => "user",
                    Role::Assistant => "assistant",
                }
                .to_owned(),
                text: row.text.clone(),
                lang: row.lang.code().to_owned(),
                images: row.images.iter().filter_map(|id| pictures.get(id).cloned()).collect(),
                mask: row.mask.as_ref().and_then(|id| pictures.get(id).cloned()),
                reply_to: row.reply_to.as_ref().map(ToString::to_string),
                job: row.job.as_ref().map(ToString::to_string),
                words: row.plan.as_ref().map(|p| words(p, row.lang)).unwrap_or_default(),
                plan: row.plan.as_ref().map(shapes::plan_value),
                question,
                command: row.command.as_ref().map(shapes::command_value),
                error: row.error.as_ref().map(|p| problem(p, row.lang)),
                created_at: row.created_at.to_string(),
            });
        }
        Ok(out)
    }

    pub async fn message(&self, row: &store::Message) -> Result<Message, ApiError> {
        let mut one = self.messages(std::slice::from_ref(row)).await?;
        one.pop().ok_or_else(ApiError::not_found)
    }

    pub async fn versions(&self, rows: &[store::Version]) -> Result<Vec<Version>, ApiError> {
        let ids = rows.iter().flat_map(|v| std::iter::once(&v.image).chain(&v.mask)).cloned().collect();
        let pictures = self.pictures(ids).await?;
        Ok(rows
            .iter()
            .filter_map(|row| {
                Some(Version {
                    number: row.number,
                    parent: row.parent,
                    kind: match row.kind {
                        VersionKind::Upload => "upload",
                        VersionKind::Edit => "edit",
                    }
                    .to_owned(),
                    image: pictures.get(&row.image)?.clone(),
                    mask: row.mask.as_ref().and_then(|id| pictures.get(id).cloned()),
                    job: row.job.as_ref().map(ToString::to_string),
                    plan: row.plan.as_ref().map(shapes::plan_value),
                    resolved_plan: row.resolved_plan.clone(),
                    words: row.plan.as_ref().map(|p| words(p, self.lang)).unwrap_or_default(),
                    map: row.map.map(|m| m.0),
                    exact_outside_target: row.exact_outside_target,
                    created_at: row.created_at.to_string(),
                })
            })
            .collect())
    }

    pub async fn version(&self, row: &store::Version) -> Result<Version, ApiError> {
        let mut one = self.versions(std::slice::from_ref(row)).await?;
        one.pop().ok_or_else(ApiError::not_found)
    }

    /// Files that a job made, in order.
    pub async fn files(&self, files: &[store::JobFile]) -> Result<Vec<File>, ApiError> {
        let pictures = self.pictures(files.iter().map(|f| f.image.clone()).collect()).await?;
        Ok(shown_files(files, &pictures, &self.app.base_path))
    }

    pub async fn job(&self, row: &store::Job) -> Result<Job, ApiError> {
        let mut one = self.jobs(std::slice::from_ref(row)).await?;
        one.pop().ok_or_else(ApiError::not_found)
    }

    pub async fn jobs(&self, rows: &[store::Job]) -> Result<Vec<Job>, ApiError> {
        let ids = rows.iter().flat_map(|row| row.files.iter().map(|f| &f.image).chain(row.artifacts.iter().map(|a| &a.image)));
        let pictures = self.pictures(ids.cloned().collect()).await?;
        Ok(rows.iter().map(|row| self.shown_job(row, &pictures)).collect())
    }

    fn shown_job(&self, row: &store::Job, pictures: &HashMap<ImageId, Image>) -> Job {
        let live = if row.state.is_final() { crate::engine::Live::default() } else { self.app.engine.live(&row.id) };
        let done = row.state == JobState::Succeeded;
        Job {
            id: row.id.to_string(),
            state: row.state.name().to_owned(),
            kind: row.kind.name().to_owned(),
            session: row.session.as_ref().map(ToString::to_string),
            message: row.message.as_ref().map(ToString::to_string),
            plan: shapes::plan_value(&row.plan),
            words: words(&row.plan, row.lang),
            position: live.position,
            step: live.step,
            elapsed_ms: row.elapsed_ms(),
            version: row.version,
            remakes: row.chain.as_ref().map(|chain| chain.remakes),
            follows: row.chain.as_ref().map(|chain| chain.rest.clone()).unwrap_or_default(),
            files: shown_files(&row.files, pictures, &self.app.base_path),
            report: row.report.clone(),
            report_text: row.report_text.as_ref().map(|t| t.get(row.lang).to_owned()),
            exact_outside_target: row.exact_outside_target,
            target: resolved_target(row, pictures).filter(|_| done),
            artifacts: if done { artifacts(&row.artifacts, pictures) } else { vec![] },
            warnings: shapes::warnings(&row.warnings, row.lang),
            error: row.error.as_ref().map(|p| problem(p, row.lang)),
            timings: row.timings.as_ref().map(timings),
            suggestions: if done { suggestions(&row.plan, row.lang) } else { vec![] },
            created_at: row.created_at.to_string(),
            started_at: row.started_at.map(|t| t.to_string()),
            finished_at: row.finished_at.map(|t| t.to_string()),
            request_id: row.request_id.clone(),
        }
    }
}

fn shown_files(files: &[store::JobFile], pictures: &HashMap<ImageId, Image>, base: &str) -> Vec<File> {
    let shown = |file: &store::JobFile| {
        let picture = pictures.get(&file.image)?;
        Some(File {
            id: picture.id.clone(),
            url: picture.url.clone(),
            name: picture.name.clone(),
            width: picture.width,
            height: picture.height,
            format: picture.format.clone(),
            bytes: picture.bytes,
            mask_url: file.mask.as_ref().map(|id| content_url(base, id)),
        })
    };
    files.iter().filter_map(shown).collect()
}

fn artifacts(made: &[store::StepArtifact], pictures: &HashMap<ImageId, Image>) -> Vec<JobArtifact> {
    let shown =
        |a: &store::StepArtifact| Some(JobArtifact { step: a.step as u32, role: a.role.clone(), image: pictures.get(&a.image)?.clone() });
    made.iter().filter_map(shown).collect()
}

/// The newest resolved target that a plan can be run again with. What was removed (`hole`) is the target of a step that puts something in as well.
fn resolved_target(row: &store::Job, pictures: &HashMap<ImageId, Image>) -> Option<ResolvedTarget> {
    let found = row.artifacts.iter().rev().find(|a| a.role == "mask" && row.plan.steps.get(a.step).is_some_and(has_target))?;
    let target = row.artifacts.iter().find(|a| a.step == found.step && a.role == "hole").unwrap_or(found);
    let version = version_under(&row.plan, found.step, row.inputs.base)?;
    Some(ResolvedTarget { step: found.step as u32, version, mask: pictures.get(&target.image)?.clone() })
}

/// Whether a step works on a part of the picture: it takes a target, and does not mean the whole picture where none is given.
fn has_target(step: &Step) -> bool {
    let Some(op) = registry::find(&step.op).filter(|op| op.spec().takes_target) else { return false };
    let whole_by_default = || (op.spec().params)().pointer("/properties/target/default").is_some_and(serde_json::Value::is_null);
    step.params.get("target").is_some_and(|given| !given.is_null()) || !whole_by_default()
}

pub fn timings(t: &store::Timings) -> Timings {
    Timings {
        total_ms: t.total_ms,
        run_ms: t.run_ms,
        wait_ms: t.wait_ms,
        load_ms: t.load_ms,
        steps: t.steps.iter().map(|s| StepTime { id: s.id.clone(), op: s.op.clone(), ms: s.ms }).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_only_where_a_part_was_meant() {
        let with = |op: &str| Step::new(op).with("target", serde_json::json!({"kind": "subject"}));
        assert!(["cutout", "erase", "swap", "background"].map(Step::new).iter().all(has_target));
        assert!(!["place", "crop", "match", "detail", "none"].map(Step::new).iter().any(has_target));
        assert!(["match", "detail"].map(with).iter().all(has_target) && !has_target(&with("place")));
    }
}
