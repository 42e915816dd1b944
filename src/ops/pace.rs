//! Runs a kernel of [`crate::imaging`] under the step's watcher.

use super::{OpError, StepContext};
use crate::imaging::pace::Pace;
use crate::text::Text;

/// What `work` gives; its counted progress is shown, and a cancelled job ends it.
///
/// # Errors
/// `cancelled` where it gives nothing.
pub(super) fn paced<T>(step: &StepContext<'_>, label: &Text, work: impl FnOnce(Pace<'_>) -> Option<T>) -> Result<T, OpError> {
    let (watch, cancel, number) = (step.watch, step.cancel, step.step);
    watch.progress(number, Some(0.0), label);
    let cancelled = || cancel.is_cancelled();
    let done = |share| watch.progress(number, Some(share), label);
    work(Pace { cancelled: &cancelled, done: &done }).ok_or(OpError::Cancelled)
}
