//! Jobs: `queued → running → succeeded | failed | cancelled`. A final state never changes; the database itself refuses it.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row, SqliteConnection};

use crate::imaging::Affine;
use crate::plan::Plan;
use crate::text::{Explain, Lang, Notice, Text};

use super::{
    Chain, IdempotencyKey, ImageId, JobId, KeyId, MessageId, SessionId, StepArtifact, Store, StoreError, Time, Tx, UserId, messages, row,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(rename_all = "lowercase")]
pub enum JobState {
    Queued,
    Running,
    Succeeded,
    Failed,
    Cancelled,
}

impl JobState {
    pub fn is_final(self) -> bool {
        matches!(self, JobState::Succeeded | JobState::Failed | JobState::Cancelled)
    }

    pub fn name(self) -> &'static str {
        match self {
            JobState::Queued => "queued",
            JobState::Running => "running",
            JobState::Succeeded => "succeeded",
            JobState::Failed => "failed",
            JobState::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for JobState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where a job came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(rename_all = "lowercase")]
pub enum JobKind {
    /// A message of a session: goes on when the browser closes, and after a restart.
    Chat,
    /// `/edit`: its pictures are in memory only.
    Edit,
    /// `/run`: the same with a plan.
    Run,
}

impl JobKind {
    pub fn name(self) -> &'static str {
        match self {
            JobKind::Chat => "chat",
            JobKind::Edit => "edit",
            JobKind::Run => "run",
        }
    }
}

/// Interactive goes before batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(rename_all = "lowercase")]
pub enum Lane {
    Interactive,
    Batch,
}

impl Lane {
    pub fn name(self) -> &'static str {
        match self {
            Lane::Interactive => "interactive",
            Lane::Batch => "batch",
        }
    }
}

/// A failure as it is stored and shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Stable.
    pub code: String,
    pub text: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

impl Problem {
    pub fn new(code: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Problem { code: code.into(), text: Text::new(zh, en), field: None }
    }

    pub fn of(error: &dyn Explain) -> Self {
        Problem { code: error.code().to_owned(), text: error.text(), field: error.field().map(str::to_owned) }
    }

    /// The server stopped while the job was under way.
    pub fn interrupted() -> Self {
        Problem::new(
            "interrupted",
            "服务器在处理途中重启，这次编辑没有完成，原图没有改变。请再试一次。",
            "The server stopped while this was under way. Nothing was changed; please try again.",
        )
    }
}

/// Which picture `current` is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Base {
    /// The session's current version: fixed when the job is queued, or, behind another unfinished job of the session, when it starts.
    #[default]
    Current,
    /// This version.
    Version(u32),
    /// No session: the first image.
    First,
}

/// A mask that was made for one version and is used on another, of the same origin but another shape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MovedMask {
    /// As the plan names it.
    pub mask: String,
    /// From the pixels of the picture that it is used on to its own.
    pub map: Affine,
    /// Of the picture that it is used on.
    pub width: u32,
    pub height: u32,
}

/// What a job works on, by id; the pictures of a job without a session are not stored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct JobInputs {
    pub base: Base,
    /// `image:1`, `image:2` … of the message.
    #[serde(default)]
    pub images: Vec<ImageId>,
    /// The mask sent with the message: `upload`.
    #[serde(default)]
    pub mask: Option<ImageId>,
    /// Masks that have to be brought to where their place is now.
    #[serde(default)]
    pub moved: Vec<MovedMask>,
    #[serde(default)]
    pub seed: u64,
    /// What downloads are named after, e.g. `photo`; for display only.
    #[serde(default)]
    pub stem: String,
    /// Which version was current when the job began; the session follows to the result only if it still is.
    #[serde(default)]
    pub current_at_start: Option<u32>,
    /// Masks and other artifacts are wanted although there is no session.
    #[serde(default)]
    pub keep_artifacts: bool,
    /// Results are kept for a day, because the same call may be repeated under its idempotency key.
    #[serde(default)]
    pub keep_for_repeat: bool,
}

/// A picture to download: an export or a result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobFile {
    pub image: ImageId,
    /// The resolved target of the edit that made it.
    pub mask: Option<ImageId>,
}

/// Where the time went, in milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    /// From the worker's start to the commit.
    pub total_ms: f64,
    /// Inside ONNX Runtime.
    pub run_ms: f64,
    /// Waiting for a model's thread.
    pub wait_ms: f64,
    /// Loading models.
    pub load_ms: f64,
    pub steps: Vec<StepTime>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepTime {
    pub id: String,
    pub op: String,
    pub ms: f64,
}

/// A row of `jobs`.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    pub id: JobId,
    pub owner: UserId,
    pub kind: JobKind,
    pub lane: Lane,
    pub state: JobState,
    /// How often a worker has begun it.
    pub attempts: u32,
    pub session: Option<SessionId>,
    /// The assistant's message that shows it.
    pub message: Option<MessageId>,
    pub lang: Lang,
    /// As asked.
    pub plan: Plan,
    pub inputs: JobInputs,
    pub chain: Option<Chain>,
    /// The version that it made.
    pub version: Option<u32>,
    pub files: Vec<JobFile>,
    pub artifacts: Vec<StepArtifact>,
    /// As run.
    pub resolved_plan: Option<Value>,
    pub report: Option<Value>,
    pub report_text: Option<Text>,
    pub exact_outside_target: bool,
    pub warnings: Vec<Notice>,
    pub error: Option<Problem>,
    pub timings: Option<Timings>,
    pub created_at: Time,
    pub started_at: Option<Time>,
    pub finished_at: Option<Time>,
    /// The request that queued it.
    pub request_id: Option<String>,
}

impl Job {
    /// From the start to the end, or to now; `None` before the start.
    pub fn elapsed_ms(&self) -> Option<u64> {
        self.started_at.map(|start| self.finished_at.unwrap_or_else(Time::now).ms_since(start))
    }
}

/// A job about to be queued. Its id is made by the caller, so that rows can name each other.
#[derive(Clone, Debug)]
pub struct NewJob {
    pub id: JobId,
    pub kind: JobKind,
    pub lane: Lane,
    pub session: Option<SessionId>,
    pub message: Option<MessageId>,
    pub lang: Lang,
    pub plan: Plan,
    pub inputs: JobInputs,
    pub chain: Option<Chain>,
    /// Only for jobs without a session.
    pub idempotency: Option<IdempotencyKey>,
}

/// How many jobs somebody may have that wait or run, and what the new one counts as.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowance {
    /// Of the user; `None` = as many as they like.
    pub of_user: Option<u32>,
    /// The key that the job came by.
    pub key: Option<KeyId>,
    /// Of that key.
    pub of_key: Option<u32>,
}

/// How a job ended.
#[derive(Clone, Debug, Default)]
pub struct Finish {
    pub version: Option<u32>,
    pub files: Vec<JobFile>,
    pub artifacts: Vec<StepArtifact>,
    pub resolved_plan: Option<Value>,
    pub report: Option<Value>,
    pub report_text: Option<Text>,
    pub exact_outside_target: bool,
    pub warnings: Vec<Notice>,
    pub timings: Timings,
}

impl FromRow<'_, SqliteRow> for Job {
    fn from_row(r: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Job {
            id: r.try_get("id")?,
            owner: r.try_get("user_id")?,
            kind: r.try_get("kind")?,
            lane: r.try_get("lane")?,
            state: r.try_get("state")?,
            attempts: r.try_get("attempts")?,
            session: r.try_get("session")?,
            message: r.try_get("message")?,
            lang: messages::lang(r)?,
            plan: row::get(r, "plan")?,
            inputs: row::get(r, "inputs")?,
            chain: row::get_opt(r, "chain")?,
            version: r.try_get("version")?,
            files: row::get(r, "files")?,
            artifacts: row::get(r, "artifacts")?,
            resolved_plan: row::get_opt(r, "resolved_plan")?,
            report: row::get_opt(r, "report")?,
            report_text: row::get_opt(r, "report_text")?,
            exact_outside_target: r.try_get("exact")?,
            warnings: row::get(r, "warnings")?,
            error: row::get_opt(r, "error")?,
            timings: row::get_opt(r, "timings")?,
            created_at: r.try_get("created_at")?,
            started_at: r.try_get("started_at")?,
            finished_at: r.try_get("finished_at")?,
            request_id: r.try_get("request_id")?,
        })
    }
}

async fn one(db: &mut SqliteConnection, owner: &UserId, id: &JobId) -> Result<Job, StoreError> {
    Ok(sqlx::query_as("SELECT * FROM jobs WHERE id = ? AND user_id = ?").bind(id).bind(owner).fetch_one(db).await?)
}

impl Store {
    pub async fn job(&self, owner: &UserId, id: &JobId) -> Result<Job, StoreError> {
        one(&mut *self.reader().acquire().await?, owner, id).await
    }

    /// Oldest first.
    pub async fn jobs(&self, owner: &UserId, session: &SessionId) -> Result<Vec<Job>, StoreError> {
        Ok(sqlx::query_as("SELECT * FROM jobs WHERE session = ? AND user_id = ? ORDER BY rowid")
            .bind(session)
            .bind(owner)
            .fetch_all(self.reader())
            .await?)
    }

    /// Everybody's queued and running jobs, oldest first: what the last process left, at start-up.
    pub(crate) async fn unfinished_jobs(&self) -> Result<Vec<Job>, StoreError> {
        Ok(sqlx::query_as("SELECT * FROM jobs WHERE state IN ('queued', 'running') ORDER BY rowid").fetch_all(self.reader()).await?)
    }
}

impl Tx {
    /// Whether one more job keeps within the allowance. Asked in the change that adds it, so that two at once cannot both be the last.
    pub async fn has_room(&mut self, allowance: &Allowance) -> Result<bool, StoreError> {
        let owner = self.owner.clone();
        if let Some(most) = allowance.of_user {
            let now: u32 = sqlx::query_scalar("SELECT count(*) FROM jobs WHERE user_id = ? AND state IN ('queued', 'running')")
                .bind(&owner)
                .fetch_one(self.db())
                .await?;
            if now >= most {
                return Ok(false);
            }
        }
        let (Some(key), Some(most)) = (&allowance.key, allowance.of_key) else { return Ok(true) };
        let now: u32 = sqlx::query_scalar("SELECT count(*) FROM jobs WHERE user_id = ? AND api_key = ? AND state IN ('queued', 'running')")
            .bind(&owner)
            .bind(key)
            .fetch_one(self.db())
            .await?;
        Ok(now < most)
    }

    /// Notes the key that a job came by.
    pub async fn came_by(&mut self, job: &JobId, key: &KeyId) -> Result<(), StoreError> {
        sqlx::query("UPDATE jobs SET api_key = ? WHERE id = ?").bind(key).bind(job).execute(self.db()).await?;
        Ok(())
    }

    pub async fn job(&mut self, id: &JobId) -> Result<Job, StoreError> {
        let owner = self.owner.clone();
        one(self.db(), &owner, id).await
    }
}
