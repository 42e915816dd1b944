//! How a job changes its state. Every change names the state that it expects, so two who race cannot both win.

use crate::plan::Plan;

use super::branches::strings;
use super::{Base, Chain, EventBody, Finish, Job, JobId, JobInputs, JobState, NewJob, Problem, SessionId, StoreError, Tx, row};

impl Tx {
    /// Adds a queued job; `job.queued` follows. Only the engine calls it: a row that no worker knows would wait for ever.
    pub(crate) async fn add_job(&mut self, mut new: NewJob, position: u32) -> Result<Job, StoreError> {
        if let Some(session) = &new.session {
            self.require_session(session).await?;
            if new.inputs.base == Base::Current {
                self.fix_base(session, &mut new.inputs).await?;
            }
        }
        if let Some(session) = new.session.clone() {
            self.keep_named(&session, &new.plan).await?;
        }
        new.inputs.keep_for_repeat = new.idempotency.is_some();
        let (owner, now) = (self.owner.clone(), self.now);
        sqlx::query(
            "INSERT INTO jobs (id, user_id, kind, lane, state, session, message, lang, plan, inputs, chain, request_id, created_at)
             VALUES (?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(&new.id)
        .bind(owner)
        .bind(new.kind)
        .bind(new.lane)
        .bind(&new.session)
        .bind(&new.message)
        .bind(new.lang.code())
        .bind(row::json(&new.plan))
        .bind(row::json(&new.inputs))
        .bind(row::json_opt(new.chain.as_ref()))
        .bind(crate::request_id::current().filter(|id| !id.is_empty()))
        .bind(now)
        .execute(self.db())
        .await?;
        if let Some(key) = &new.idempotency {
            self.take_key(key, &new.id).await?;
        }
        if let Some(session) = &new.session {
            self.add_event(session, Some(&new.id), EventBody::JobQueued { position }).await?;
        }
        self.job(&new.id).await
    }

    /// Masks that a plan names belong to the session from now on, so that the plan can be run again. What is gone is for the run to refuse.
    async fn keep_named(&mut self, session: &SessionId, plan: &Plan) -> Result<(), StoreError> {
        for image in strings(plan).iter().filter_map(|text| text.parse().ok()) {
            match self.keep_image(session, &image).await {
                Ok(()) | Err(StoreError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// `current` is what the user sees now, unless an edit of this session is still to come.
    async fn fix_base(&mut self, session: &SessionId, inputs: &mut JobInputs) -> Result<(), StoreError> {
        let session = self.session(session).await?;
        if !session.running
            && let Some(current) = session.current
        {
            inputs.base = Base::Version(current);
        }
        Ok(())
    }

    /// `queued → running`; `job.started` follows. Fixes which version a job of a session works on. What continues a chain leads the session on only
    /// where the one before it did: it keeps what was noted then.
    pub(crate) async fn start_job(&mut self, id: &JobId) -> Result<Job, StoreError> {
        let mut job = self.job(id).await?;
        if let Some(session) = &job.session {
            if !job.chain.as_ref().is_some_and(Chain::continues) {
                job.inputs.current_at_start = self.session(session).await?.current;
            }
            if let (Base::Current, Some(current)) = (job.inputs.base, job.inputs.current_at_start) {
                job.inputs.base = Base::Version(current);
            }
        }
        let now = self.now;
        let changed = sqlx::query(
            "UPDATE jobs SET state = 'running', attempts = attempts + 1, started_at = ?, inputs = ? WHERE id = ? AND state = 'queued'",
        )
        .bind(now)
        .bind(row::json(&job.inputs))
        .bind(id)
        .execute(self.db())
        .await?
        .rows_affected();
        if changed == 0 {
            return Err(StoreError::WrongState(job.state));
        }
        if let Some(session) = &job.session {
            self.add_event(session, Some(id), EventBody::JobStarted).await?;
        }
        self.job(id).await
    }

    /// `running → queued`, when the server stops or was stopped. An attempt that was broken off in good order does not count.
    pub(crate) async fn requeue_job(&mut self, id: &JobId, in_good_order: bool) -> Result<Job, StoreError> {
        let sql = "UPDATE jobs SET state = 'queued', started_at = NULL, attempts = attempts - ? WHERE id = ? AND state = 'running'";
        let changed = sqlx::query(sql).bind(in_good_order).bind(id).execute(self.db()).await?.rows_affected();
        let job = self.job(id).await?;
        if changed == 0 {
            return Err(StoreError::WrongState(job.state));
        }
        if let Some(session) = &job.session {
            self.add_event(session, Some(id), EventBody::JobQueued { position: 1 }).await?;
        }
        Ok(job)
    }

    /// `running → succeeded`, with everything it made; `job.succeeded` follows.
    pub(crate) async fn succeed_job(&mut self, id: &JobId, finish: Finish) -> Result<Job, StoreError> {
        let now = self.now;
        let changed = sqlx::query(
            "UPDATE jobs SET state = 'succeeded', finished_at = ?, version = ?, files = ?, artifacts = ?, resolved_plan = ?,
             report = ?, report_text = ?, exact = ?, warnings = ?, timings = ? WHERE id = ? AND state = 'running'",
        )
        .bind(now)
        .bind(finish.version)
        .bind(row::json(&finish.files))
        .bind(row::json(&finish.artifacts))
        .bind(row::json_opt(finish.resolved_plan.as_ref()))
        .bind(row::json_opt(finish.report.as_ref()))
        .bind(row::json_opt(finish.report_text.as_ref()))
        .bind(finish.exact_outside_target)
        .bind(row::json(&finish.warnings))
        .bind(row::json(&finish.timings))
        .bind(id)
        .execute(self.db())
        .await?
        .rows_affected();
        self.ended(id, changed, EventBody::JobSucceeded { version: finish.version }).await
    }

    /// `queued | running → failed`; `job.failed` follows.
    pub(crate) async fn fail_job(&mut self, id: &JobId, error: &Problem) -> Result<Job, StoreError> {
        let now = self.now;
        let changed =
            sqlx::query("UPDATE jobs SET state = 'failed', finished_at = ?, error = ? WHERE id = ? AND state IN ('queued', 'running')")
                .bind(now)
                .bind(row::json(error))
                .bind(id)
                .execute(self.db())
                .await?
                .rows_affected();
        self.ended(id, changed, EventBody::JobFailed { error: error.clone() }).await
    }

    /// `queued | running → cancelled`; `job.cancelled` follows. A running one only from its worker, when that is free again.
    pub(crate) async fn cancel_job(&mut self, id: &JobId, from: JobState) -> Result<Job, StoreError> {
        let now = self.now;
        let changed = sqlx::query("UPDATE jobs SET state = 'cancelled', finished_at = ? WHERE id = ? AND state = ?")
            .bind(now)
            .bind(id)
            .bind(from)
            .execute(self.db())
            .await?
            .rows_affected();
        self.ended(id, changed, EventBody::JobCancelled).await
    }

    async fn ended(&mut self, id: &JobId, changed: u64, body: EventBody) -> Result<Job, StoreError> {
        let job = self.job(id).await?;
        if changed == 0 {
            return Err(StoreError::WrongState(job.state));
        }
        if let Some(session) = &job.session {
            self.touch(session).await?;
            self.add_event(session, Some(id), body).await?;
        }
        self.finished.push(id.clone());
        Ok(job)
    }
}
