//! What goes into the engine and what a runner gives back.

use std::sync::Arc;

use serde_json::Value;

use crate::cancel::Cancel;
use crate::imaging::{Affine, Mask, Picture};
use crate::store::{Allowance, ImageId, Job, NewImage, NewJob, Pin, Problem, StepTime};
use crate::text::{Notice, Text};

use super::inputs::Inputs;
use super::watch::JobWatch;

/// A picture that a job without a session works on.
#[derive(Clone)]
pub enum Source {
    /// A file as sent; decoded by the worker. `pixels` is from its header.
    File { bytes: Arc<Vec<u8>>, name: String, pixels: u64 },
    /// Stored before.
    Stored(ImageId),
    /// Decoded already.
    Picture { picture: Arc<Picture>, name: String },
}

/// A mask that a job without a session works with.
#[derive(Clone)]
pub enum MaskSource {
    File { bytes: Arc<Vec<u8>> },
    Stored(ImageId),
    Mask(Arc<Mask>),
}

/// The pictures of a job without a session: in memory only, so a restart ends such a job.
#[derive(Clone, Default)]
pub struct Sources {
    /// `image:1`, `image:2` …
    pub images: Vec<Source>,
    /// `upload`
    pub mask: Option<MaskSource>,
}

/// A job to queue. `sources` only for jobs without a session.
pub struct Submit {
    pub job: NewJob,
    pub sources: Option<Sources>,
    /// How many jobs its owner may have at once.
    pub allowance: Allowance,
}

/// A queued job, or under a repeated idempotency key the one that was queued first.
#[derive(Clone, Debug)]
pub struct Submitted {
    pub job: Job,
    /// 1-based place in the queue; 0 when it waits no more.
    pub position: u32,
    /// The call repeats an earlier one.
    pub repeated: bool,
}

/// Where a job is while it is not finished.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Live {
    /// 1-based place in the queue, while queued.
    pub position: Option<u32>,
    /// 0-based step, while running.
    pub step: Option<u32>,
}

/// One job on a worker thread.
pub struct Work {
    pub job: Job,
    pub inputs: Inputs,
    pub watch: Arc<JobWatch>,
    pub cancel: Cancel,
}

/// A stored file and what its row will say.
pub struct Made {
    pub new: NewImage,
    pub pin: Pin,
}

/// The target as resolved by the last step that has one.
pub enum MadeMask {
    /// Stored with a step's artifacts already.
    Announced(ImageId),
    New(Made),
}

/// What a run gave, its files stored as blobs, nothing committed yet.
#[derive(Default)]
pub struct Output {
    /// In a session the new version, else the result; `None` where the plan makes no picture.
    pub picture: Option<Made>,
    pub mask: Option<MadeMask>,
    /// Exports.
    pub files: Vec<Made>,
    /// From the result back to the version it was made of.
    pub map: Option<Affine>,
    pub exact_outside_target: bool,
    pub resolved_plan: Option<Value>,
    pub report: Option<(Value, Text)>,
    pub warnings: Vec<Notice>,
    pub run_ms: f64,
    pub wait_ms: f64,
    pub load_ms: f64,
    pub steps: Vec<StepTime>,
}

/// Why a run gave nothing.
#[derive(Debug)]
pub enum Stop {
    Cancelled,
    Failed(Problem),
}

/// Runs a job on a worker thread, blocking. The real one is [`super::pipeline::Pipeline`].
pub trait Runner: Send + Sync + 'static {
    fn run(&self, work: &Work) -> Result<Output, Stop>;
}

impl<F> Runner for F
where
    F: Fn(&Work) -> Result<Output, Stop> + Send + Sync + 'static,
{
    fn run(&self, work: &Work) -> Result<Output, Stop> {
        self(work)
    }
}
