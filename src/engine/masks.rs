//! What a target means on a picture, without a job: for pointing, where the answer is wanted at once.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::cancel::Cancel;
use crate::imaging::pace::{Flag, stoppable};
use crate::imaging::{Limits, Mask, Picture};
use crate::models::Models;
use crate::ops::target::{self, How};
use crate::ops::{ModelTime, OpError, StepContext, Unwatched};
use crate::plan::Target;
use crate::text::Notice;

/// A target and the picture it is looked for in.
pub struct MaskRequest<'a> {
    pub picture: Arc<Picture>,
    /// In the picture's own pixels.
    pub target: Target,
    /// By id, as the target names them.
    pub masks: HashMap<String, Arc<Mask>>,
    /// Looked at small, for an answer at once.
    pub quick: bool,
    pub cancel: &'a Cancel,
}

/// What was found.
#[derive(Debug)]
pub struct FoundMask {
    pub mask: Mask,
    pub notices: Vec<Notice>,
}

/// Resolves a target; blocks. A box or click means the thing that is there.
///
/// # Errors
/// As the operations that take a target.
pub fn resolve_mask(request: MaskRequest<'_>, models: &Models, limits: &Limits) -> Result<FoundMask, OpError> {
    let MaskRequest { picture, target, masks, quick, cancel } = request;
    let mut step = StepContext {
        step: 0,
        input: picture,
        images: &HashMap::new(),
        maps: HashMap::new(),
        masks: &masks,
        models,
        limits,
        source: None,
        exif: None,
        focus: None,
        watch: &Unwatched,
        cancel,
        seed: 0,
        notices: vec![],
        model_time: ModelTime::default(),
        used_models: vec![],
        known: None,
        past: Default::default(),
    };
    let how = How { quick, ..How::THING };
    let flag = cancel.clone();
    let stop: Flag = Arc::new(move || flag.is_cancelled());
    let found = || stoppable(stop, || target::resolve(&mut step, &target, how)).unwrap_or(Err(OpError::Cancelled));
    let mask =
        catch_unwind(AssertUnwindSafe(found)).unwrap_or_else(|_| Err(OpError::Internal("resolving a target panicked".to_owned())))?;
    Ok(FoundMask { mask, notices: step.notices })
}
