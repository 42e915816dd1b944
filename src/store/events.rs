//! What happened in a session, in order, kept for replay. Bodies name rows by id; whoever shows them reads the rows.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sqlx::Row;

use crate::plan::Plan;
use crate::text::{Notice, Text};

use super::{ImageId, JobId, MessageId, Problem, QuestionId, SessionId, Store, StoreError, Time, Tx, UserId, row};

/// One event of a session.
#[derive(Clone, Debug)]
pub struct Event {
    /// 1, 2, 3 … within the session; a transient event repeats the last persisted one's.
    pub seq: i64,
    pub time: Time,
    pub session: SessionId,
    pub job: Option<JobId>,
    pub body: EventBody,
}

/// What happened. The serialised `type` is the API's.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum EventBody {
    #[serde(rename = "message.created")]
    MessageCreated { message: MessageId },
    #[serde(rename = "plan.ready")]
    PlanReady { plan: Plan },
    #[serde(rename = "question.asked")]
    QuestionAsked { question: QuestionId },
    /// `position` is 1-based at the moment of queuing.
    #[serde(rename = "job.queued")]
    JobQueued { position: u32 },
    #[serde(rename = "job.started")]
    JobStarted,
    /// Files, report, timings and warnings are in the job's row.
    #[serde(rename = "job.succeeded")]
    JobSucceeded { version: Option<u32> },
    #[serde(rename = "job.failed")]
    JobFailed { error: Problem },
    #[serde(rename = "job.cancelled")]
    JobCancelled,
    /// `step` is 0-based.
    #[serde(rename = "step.started")]
    StepStarted { step: usize, op: String },
    #[serde(rename = "step.finished")]
    StepFinished { step: usize, ms: f64, artifacts: Vec<StepArtifact>, warnings: Vec<Notice> },
    #[serde(rename = "version.created")]
    VersionCreated { number: u32, parent: Option<u32> },
    /// A branch was deleted; `current` is where the session stands now.
    #[serde(rename = "versions.deleted")]
    VersionsDeleted { numbers: Vec<u32>, current: Option<u32> },
    #[serde(rename = "session.updated")]
    SessionUpdated,
    /// Transient. `fraction` is 0..=1, or `None` where nothing is counted.
    #[serde(rename = "step.progress")]
    StepProgress { step: usize, fraction: Option<f32>, label: Text, elapsed_ms: u64 },
    /// Transient.
    #[serde(rename = "step.preview", skip_deserializing)]
    StepPreview {
        step: usize,
        #[serde(skip)]
        preview: Arc<Preview>,
    },
}

impl EventBody {
    /// The API's name of it.
    pub fn name(&self) -> &'static str {
        match self {
            EventBody::MessageCreated { .. } => "message.created",
            EventBody::PlanReady { .. } => "plan.ready",
            EventBody::QuestionAsked { .. } => "question.asked",
            EventBody::JobQueued { .. } => "job.queued",
            EventBody::JobStarted => "job.started",
            EventBody::JobSucceeded { .. } => "job.succeeded",
            EventBody::JobFailed { .. } => "job.failed",
            EventBody::JobCancelled => "job.cancelled",
            EventBody::StepStarted { .. } => "step.started",
            EventBody::StepFinished { .. } => "step.finished",
            EventBody::VersionCreated { .. } => "version.created",
            EventBody::VersionsDeleted { .. } => "versions.deleted",
            EventBody::SessionUpdated => "session.updated",
            EventBody::StepProgress { .. } => "step.progress",
            EventBody::StepPreview { .. } => "step.preview",
        }
    }

    /// Not stored and not replayed.
    pub fn is_transient(&self) -> bool {
        matches!(self, EventBody::StepProgress { .. } | EventBody::StepPreview { .. })
    }
}

/// A picture or mask that a step made besides its result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepArtifact {
    /// 0-based.
    pub step: usize,
    /// `mask`, `matte`, `cutout`, `shadow`
    pub role: String,
    pub image: ImageId,
}

/// A small encoded picture of a running step, kept in memory only.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    pub id: [u8; 16],
    pub mime: &'static str,
    pub width: u32,
    pub height: u32,
    pub label: Option<Text>,
    pub bytes: Vec<u8>,
}

impl Preview {
    /// 32 hex digits.
    pub fn hex_id(&self) -> String {
        hex::encode(self.id)
    }
}

impl Store {
    /// Up to `limit` persisted events after `after`, in order.
    pub async fn events(&self, owner: &UserId, session: &SessionId, after: i64, limit: u32) -> Result<Vec<Event>, StoreError> {
        let rows =
            sqlx::query("SELECT seq, time, job, body FROM events WHERE session = ? AND user_id = ? AND seq > ? ORDER BY seq LIMIT ?")
                .bind(session)
                .bind(owner)
                .bind(after)
                .bind(limit)
                .fetch_all(self.reader())
                .await?;
        rows.iter()
            .map(|r| {
                Ok(Event {
                    seq: r.try_get("seq")?,
                    time: r.try_get("time")?,
                    session: session.clone(),
                    job: r.try_get("job")?,
                    body: row::get(r, "body")?,
                })
            })
            .collect()
    }
}

impl Tx {
    /// Adds an event under the session's next number; subscribers get it after the commit.
    pub async fn add_event(&mut self, session: &SessionId, job: Option<&JobId>, body: EventBody) -> Result<(), StoreError> {
        debug_assert!(!body.is_transient(), "{} is not stored", body.name());
        let (owner, now) = (self.owner.clone(), self.now);
        let seq: i64 = sqlx::query_scalar("UPDATE sessions SET last_seq = last_seq + 1 WHERE id = ? AND user_id = ? RETURNING last_seq")
            .bind(session)
            .bind(&owner)
            .fetch_one(self.db())
            .await?;
        sqlx::query("INSERT INTO events (session, seq, user_id, time, job, body) VALUES (?, ?, ?, ?, ?, ?)")
            .bind(session)
            .bind(seq)
            .bind(&owner)
            .bind(now)
            .bind(job)
            .bind(row::json(&body))
            .execute(self.db())
            .await?;
        self.advanced.push((session.clone(), seq));
        Ok(())
    }
}
