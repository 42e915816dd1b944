//! What an operation declares about itself.

use super::{OpError, Outcome, Params, Speech, StepContext};
use crate::plan::ImageRef;

/// How long a user waits, roughly; the queue and the page use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Cost {
    /// Milliseconds: geometry, encoding.
    Instant,
    /// About a second: one model run.
    Model,
    /// Many seconds.
    Heavy,
}

/// One operation as everything else sees it: planner, API, page, recipes.
pub struct OpSpec {
    /// The name in a plan, e.g. `cutout`.
    pub name: &'static str,
    /// One line of what it does, shown in lists.
    pub summary_zh: &'static str,
    pub summary_en: &'static str,
    /// `false`: planned and shown, but this build cannot run it.
    pub available: bool,
    /// ▣: pixels outside the resolved target stay bit-identical.
    pub exact_outside_target: bool,
    /// It accepts a `target` parameter.
    pub takes_target: bool,
    /// Makes a new version (`export`, `describe` do not).
    pub makes_version: bool,
    /// Names of the models (manifest jobs) that it may use.
    pub models: &'static [&'static str],
    pub cost: Cost,
    /// JSON schema of its parameters.
    pub params: fn() -> schemars::Schema,
    /// How people ask for it.
    pub speech: &'static Speech,
}

/// An operation. `run` is blocking and is called on a worker thread.
pub trait Operation: Send + Sync {
    fn spec(&self) -> &'static OpSpec;
    /// Checks parameters without running; the plan is refused before any work when this fails.
    fn check(&self, params: &Params) -> Result<(), OpError>;
    /// Pictures that it refers to where its parameters name none.
    fn implied(&self, _params: &Params) -> Vec<ImageRef> {
        vec![]
    }
    /// It takes every picture of its message, because its parameters name none.
    fn takes_all(&self, _params: &Params) -> bool {
        false
    }
    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError>;
}
