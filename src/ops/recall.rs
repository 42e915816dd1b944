//! Answers about a picture that are asked for again: worked out once, then remembered with what the user was told and which models were used.

use std::sync::Arc;

use super::{OpError, StepContext};
use crate::models::memo::Question;
use crate::text::Notice;

/// An answer with all that working it out said and used, so that a remembered one leaves the same traces.
struct Answer<T> {
    value: Arc<T>,
    notices: Vec<Notice>,
    used_models: Vec<(String, String)>,
}

/// The answer to `what` about the step's input, from memory or from `work_out`. `what` names everything that the answer depends on besides the picture,
/// the models' hashes included. `bytes`: how much memory the answer takes.
pub(super) fn recall<T: Send + Sync + 'static>(
    step: &mut StepContext<'_>,
    what: String,
    bytes: impl FnOnce(&T) -> usize,
    work_out: impl FnOnce(&mut StepContext<'_>) -> Result<T, OpError>,
) -> Result<Arc<T>, OpError> {
    let Some(memo) = step.models.memo() else { return work_out(step).map(Arc::new) };
    let question = Question { picture: step.fingerprint(), what };
    if let Some(known) = memo.get::<Answer<T>>(&question) {
        add(step, &known.notices, &known.used_models);
        return Ok(known.value.clone());
    }
    let (notices_before, used_before) = (std::mem::take(&mut step.notices), std::mem::take(&mut step.used_models));
    let value = work_out(step).map(Arc::new);
    let notices = std::mem::replace(&mut step.notices, notices_before);
    let used_models = std::mem::replace(&mut step.used_models, used_before);
    add(step, &notices, &used_models);
    let value = value?;
    let size = bytes(&value);
    memo.put(question, Arc::new(Answer { value: value.clone(), notices, used_models }), size);
    Ok(value)
}

/// The answer to `what` if it is remembered.
pub(super) fn remembered<T: Send + Sync + 'static>(step: &mut StepContext<'_>, what: String) -> Option<Arc<T>> {
    let question = Question { picture: step.fingerprint(), what };
    let known = step.models.memo()?.get::<Answer<T>>(&question)?;
    add(step, &known.notices, &known.used_models);
    Some(known.value.clone())
}

fn add(step: &mut StepContext<'_>, notices: &[Notice], used_models: &[(String, String)]) {
    for notice in notices {
        if !step.notices.contains(notice) {
            step.notices.push(notice.clone());
        }
    }
    for used in used_models {
        if !step.used_models.contains(used) {
            step.used_models.push(used.clone());
        }
    }
}
