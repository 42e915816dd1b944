//! What is told about a job's end: figures, and one line in the log that the request's id leads to.

use std::time::Instant;

use crate::metrics::ModelTimes;
use crate::store::{Job, JobState, StepTime};

use super::Engine;
use super::job::{Output, Stop};

/// How much the engine has to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Jobs that wait: interactive, batch.
    pub queued: [usize; 2],
    pub running: usize,
}

/// Where a job's time went; taken before its output is used up.
#[derive(Default)]
pub(super) struct Spent {
    steps: Vec<StepTime>,
    models: ModelTimes,
}

impl Spent {
    pub fn of(output: &Output) -> Spent {
        let models = ModelTimes { run_ms: output.run_ms, wait_ms: output.wait_ms, load_ms: output.load_ms };
        Spent { steps: output.steps.clone(), models }
    }
}

impl Engine {
    pub fn load(&self) -> Load {
        let state = self.state();
        Load { queued: state.queue.lengths(), running: state.running.len() }
    }

    pub(super) fn account_success(&self, job: &Job, spent: &Spent, began: Instant) {
        self.0.config.metrics.job_took(&spent.steps, spent.models);
        self.account(job, JobState::Succeeded, None, began);
    }

    /// After `stop` was written; who stopped it says what became of the job.
    pub(super) fn account_stop(&self, job: &Job, stop: &Stop, by_user: bool, began: Instant) {
        let (state, code) = match stop {
            Stop::Failed(problem) => (JobState::Failed, Some(problem.code.as_str())),
            Stop::Cancelled if by_user => (JobState::Cancelled, None),
            Stop::Cancelled if job.session.is_some() => (JobState::Queued, None),
            Stop::Cancelled => (JobState::Failed, Some("interrupted")),
        };
        self.account(job, state, code, began);
    }

    fn account(&self, job: &Job, state: JobState, code: Option<&str>, began: Instant) {
        self.0.config.metrics.job_ended(job, state);
        let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (kind, lane, request_id) = (job.kind.name(), job.lane.name(), job.request_id.as_deref().unwrap_or(""));
        if state == JobState::Failed {
            tracing::warn!(job = %job.id, request_id, kind, lane, code, ms, "a job failed");
        } else {
            tracing::info!(job = %job.id, request_id, kind, lane, state = state.name(), ms, "a job ended");
        }
    }
}
