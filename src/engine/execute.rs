//! Runs a plan on pictures: a pure, blocking function without store or network, for the command line, the API and the job workers alike.
//!
//! Everything that can be refused without looking at pixels is refused before any work: unknown or unavailable operations, parameters, references. The
//! same plan, inputs, models and seed give the same bytes.

mod output;
mod recipe;
mod refer;
mod resolved;

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;

use crate::cancel::Cancel;
use crate::imaging::depth::{self, Kept};
use crate::imaging::pace::{Flag, stoppable};
use crate::imaging::{Affine, Combine, Limits, Mask, Picture, Rect};
use crate::models::Models;
use crate::ops::{
    Artifact, Edit, FileOut, ModelTime, OpError, Operation, Outcome, Params, Past, SourceFormat, StepContext, StepRun, Watch, registry,
};
use crate::plan::{ImageRef, Plan, Step, words};
use crate::text::{Explain, Lang, Notice, Text};

pub use output::{is_invisible, output_format, output_name};
pub use resolved::{ResolvedModel, ResolvedPlan, ResolvedStep};

use refer::Pictures;

/// A plan with more steps is refused.
pub const MAX_STEPS: usize = 32;

/// What a plan runs on.
#[derive(Clone, Default)]
pub struct Inputs {
    /// `image:N`, `version:N`, `current`, `original`. Where the latter two are missing they mean `image:1`.
    pub images: HashMap<ImageRef, Arc<Picture>>,
    /// From the pixels of the plan's first input to those of these pictures, where the way from one to the other is known. The first input's own, and
    /// that of the same picture under another name, need not be here.
    pub maps: HashMap<ImageRef, Affine>,
    /// By id; `upload` is the mask sent with the request. Sized as sent.
    pub masks: HashMap<String, Arc<Mask>>,
    /// What the first picture came as.
    pub source: Option<SourceFormat>,
    /// What may be kept of its EXIF, the place included, see [`crate::imaging::exif::kept`].
    pub exif: Option<Arc<Vec<u8>>>,
    /// How these pictures came about, oldest first, for exports that hold it.
    pub edits: HashMap<ImageRef, Vec<Arc<Edit>>>,
    /// Edits of the beginning are not in `edits`.
    pub edits_cut_off: bool,
    /// The recipe that this run follows, as JSON, for exports that hold it; `None`: that of the plan's own steps.
    pub recipe: Option<Arc<str>>,
    /// In which an export names what it holds.
    pub lang: Lang,
    pub seed: u64,
}

impl Inputs {
    /// One picture, as in `portico edit`.
    pub fn one(picture: Arc<Picture>) -> Self {
        Self::many([picture])
    }

    /// Pictures attached to one message, in order.
    pub fn many(pictures: impl IntoIterator<Item = Arc<Picture>>) -> Self {
        let images = pictures.into_iter().enumerate().map(|(i, p)| (ImageRef::Image(i + 1), p)).collect();
        Inputs { images, ..Inputs::default() }
    }
}

/// What stays the same from run to run.
#[derive(Clone, Copy)]
pub struct Env<'a> {
    pub models: &'a Models,
    pub limits: &'a Limits,
}

/// What came out.
#[derive(Debug)]
pub struct Run {
    pub steps: Vec<StepRun>,
    /// The last step's picture.
    pub picture: Arc<Picture>,
    /// From the result back to the plan's first input; `None` where no such map exists.
    pub map: Option<Affine>,
    /// The newest resolved target, the size of its step's input; all of them together where every step keeps what is outside its own.
    pub mask: Option<Arc<Mask>>,
    pub files: Vec<FileOut>,
    /// The picture in parts, where it was split and no export has written them.
    pub pieces: Vec<Arc<Picture>>,
    /// Of the last step that reported something.
    pub report: Option<(Value, Text)>,
    pub resolved_plan: ResolvedPlan,
    pub model_time: ModelTime,
    /// Some step changed the picture and its operation makes versions.
    pub makes_version: bool,
    /// Every step that changed the picture promises that all outside its mask is bit-identical.
    pub exact_outside_target: bool,
}

impl Run {
    /// Warnings of all steps, each said once.
    pub fn notices(&self) -> Vec<Notice> {
        let mut all: Vec<Notice> = vec![];
        for notice in self.steps.iter().flat_map(|s| &s.notices) {
            if !all.contains(notice) {
                all.push(notice.clone());
            }
        }
        all
    }
}

/// Why a plan was refused or stopped.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The plan itself does not hold together.
    #[error("{code}: {}", text.en)]
    Plan { code: &'static str, text: Text, field: String },
    /// A step was refused before any work, or failed.
    #[error("step {id} ({op}): {error}")]
    Step { step: usize, id: String, op: String, error: Box<OpError>, field: String },
}

impl RunError {
    fn plan(code: &'static str, field: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) -> Self {
        RunError::Plan { code, text: Text::new(zh, en), field: field.into() }
    }

    fn step(step: usize, of: &Step, error: OpError) -> Self {
        let field = match error.field() {
            Some(name) => format!("steps[{step}].params.{name}"),
            None => format!("steps[{step}]"),
        };
        RunError::Step { step, id: of.id.clone(), op: of.op.clone(), error: Box::new(error), field }
    }

    pub fn is_cancelled(&self) -> bool {
        self.code() == "cancelled"
    }

    /// The caller's mistake rather than ours: nothing is wrong with the program.
    pub fn is_refusal(&self) -> bool {
        match self {
            RunError::Plan { .. } => true,
            RunError::Step { error, .. } => matches!(**error, OpError::Param { .. } | OpError::Refused { .. } | OpError::Unavailable(_)),
        }
    }
}

impl Explain for RunError {
    fn code(&self) -> &'static str {
        match self {
            RunError::Plan { code, .. } => code,
            RunError::Step { error, .. } => error.code(),
        }
    }

    fn text(&self) -> Text {
        match self {
            RunError::Plan { text, .. } => text.clone(),
            RunError::Step { error, .. } => error.text(),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            RunError::Plan { field, .. } | RunError::Step { field, .. } => Some(field),
        }
    }
}

/// Checks a plan without pictures: size, ids, operations and their parameters, references among steps. [`execute`] does it again by itself.
///
/// # Errors
/// `invalid_plan`, `unknown_operation`, `operation_unavailable`, `invalid_parameter`, or the operation's own.
pub fn check(plan: &Plan) -> Result<(), RunError> {
    prepare(plan).map(drop)
}

/// A step and its operation, ready to run.
struct Ready {
    step: Step,
    op: &'static dyn Operation,
}

fn prepare(plan: &Plan) -> Result<Vec<Ready>, RunError> {
    let mut plan = plan.clone();
    plan.fill_ids();
    refer::check_shape(&plan)?;
    let with_op = |(i, step): (usize, Step)| {
        let Some(op) = registry::find(&step.op) else {
            let known = registry::available_names().join(", ");
            return Err(RunError::plan(
                "unknown_operation",
                format!("steps[{i}].op"),
                format!("没有名为“{}”的操作。可用的有：{known}。", step.op),
                format!("There is no operation `{}`. Available: {known}.", step.op),
            ));
        };
        op.check(&Params(step.params.clone())).map_err(|e| RunError::step(i, &step, e))?;
        Ok(Ready { step, op })
    };
    let steps: Vec<Ready> = plan.steps.into_iter().enumerate().map(with_op).collect::<Result<_, _>>()?;
    split_goes_last(&steps)?;
    Ok(steps)
}

/// What was cut into parts can be written and looked at, and not be edited as one picture.
fn split_goes_last(steps: &[Ready]) -> Result<(), RunError> {
    let mut split: Vec<&str> = vec![];
    for (i, ready) in steps.iter().enumerate() {
        let before = i.checked_sub(1).map(|i| steps[i].step.id.as_str());
        let input = match &ready.step.input {
            Some(ImageRef::Step(id)) => Some(id.as_str()),
            Some(_) => None,
            None => before,
        };
        let of_parts = input.is_some_and(|id| split.contains(&id));
        let splits = ready.op.spec().name == "split";
        if of_parts && (ready.op.spec().makes_version || splits) {
            return Err(RunError::plan(
                "split_goes_last",
                format!("steps[{i}]"),
                "切开之后只能导出，不能再编辑。请把切开放到最后一步。",
                "What was split can only be exported. Put `split` after all other edits.",
            ));
        }
        if splits || of_parts {
            split.push(&ready.step.id);
        }
    }
    Ok(())
}

/// Runs a plan; blocks until it is done, refused, failed or cancelled. Call it on a worker thread.
///
/// # Errors
/// As [`check`], `no_image` or `image_missing` for references to pictures that are not there, `cancelled`, `internal` (a panic inside an
/// operation ends up here too), and the operations' own.
pub fn execute(plan: &Plan, inputs: &Inputs, env: &Env<'_>, watch: &dyn Watch, cancel: &Cancel) -> Result<Run, RunError> {
    let steps = prepare(plan)?;
    let mut pictures = Pictures::new(&steps, inputs)?;
    let mut run = Progress {
        inputs,
        env,
        watch,
        cancel,
        done: vec![],
        files: vec![],
        pieces: vec![],
        report: None,
        changed: vec![],
        steps: steps.iter().map(|ready| ready.step.clone()).collect(),
        resolved: vec![],
    };
    for (i, ready) in steps.iter().enumerate() {
        let input = pictures.input_of(i, &ready.step)?;
        let outcome = run.step(i, ready, &input, &pictures)?;
        let edit = edit_of(ready, &input.picture, &outcome, inputs.lang);
        pictures.add(&ready.step.id, &input, &outcome, refer::Found { focus: focus_of(&outcome), edit });
        run.keep(ready, &input, outcome);
    }
    Ok(run.finish(&pictures))
}

/// Most operations know 8 bits a channel. Of a picture that has 16, what they left alone keeps them; what they made is said to have 8.
fn keep_depth(input: &Arc<Picture>, outcome: &mut Outcome) -> Option<Notice> {
    if input.deep().is_none() || outcome.picture.deep().is_some() {
        return None;
    }
    let Some((kept, how)) = depth::keep(input, &outcome.picture) else {
        return Some(Notice::new(
            "depth_reduced",
            "这个操作按每通道 8 位处理，结果已由 16 位降为 8 位。",
            "This operation works with 8 bits a channel, so the result has 8 of the picture's 16.",
        ));
    };
    outcome.picture = Arc::new(kept);
    (how == Kept::Partly).then(|| {
        Notice::new(
            "depth_reduced",
            "这个操作按每通道 8 位处理：改动的部分为 8 位，其余保持 16 位。",
            "This operation works with 8 bits a channel: what it changed has 8, the rest keeps its 16.",
        )
    })
}

/// The subject's box in the step's **input**, if the step found it.
fn focus_of(outcome: &Outcome) -> Option<Rect> {
    outcome.artifacts.iter().find_map(|(role, artifact)| match artifact {
        Artifact::Mask(matte) if *role == "matte" => matte.bounding_box(127),
        _ => None,
    })
}

/// What a step did to its picture, for those after it; `None` where it did nothing.
fn edit_of(ready: &Ready, input: &Arc<Picture>, outcome: &Outcome, lang: Lang) -> Option<Edit> {
    let spec = ready.op.spec();
    let changed = spec.makes_version && !Arc::ptr_eq(input, &outcome.picture);
    changed.then(|| Edit {
        name: words(&Plan::new(vec![ready.step.clone()]), lang).concat(),
        ops: vec![spec.name.to_owned()],
        before: input.clone(),
        after: outcome.picture.clone(),
        map: outcome.map,
        mask: outcome.mask.clone(),
        exact: spec.exact_outside_target,
        artifacts: outcome.artifacts.iter().map(|(role, artifact)| ((*role).to_owned(), artifact.clone())).collect(),
    })
}

/// A run under way.
struct Progress<'a> {
    inputs: &'a Inputs,
    env: &'a Env<'a>,
    watch: &'a dyn Watch,
    cancel: &'a Cancel,
    done: Vec<StepRun>,
    files: Vec<FileOut>,
    pieces: Vec<Arc<Picture>>,
    report: Option<(Value, Text)>,
    /// The promise of each step that changed its picture, and its target.
    changed: Vec<(bool, Option<Arc<Mask>>)>,
    /// As asked.
    steps: Vec<Step>,
    resolved: Vec<ResolvedStep>,
}

impl Progress<'_> {
    /// Runs one step; what it listed as seen by the user goes to `done`.
    fn step(&mut self, i: usize, ready: &Ready, input: &refer::Known, pictures: &Pictures) -> Result<Outcome, RunError> {
        let fail = |error: OpError| RunError::step(i, &ready.step, error);
        if self.cancel.is_cancelled() {
            return Err(fail(OpError::Cancelled));
        }
        self.watch.step_started(i, &ready.step.op);
        let mut context = StepContext {
            step: i,
            input: input.picture.clone(),
            images: pictures.all(),
            maps: pictures.maps_from(input),
            masks: &self.inputs.masks,
            models: self.env.models,
            limits: self.env.limits,
            source: self.inputs.source,
            exif: self.inputs.exif.clone(),
            focus: input.focus,
            watch: self.watch,
            cancel: self.cancel,
            seed: self.inputs.seed,
            notices: vec![],
            model_time: ModelTime::default(),
            used_models: vec![],
            known: None,
            past: self.past(i, ready, input),
        };
        let params = Params(ready.step.params.clone());
        let started = Instant::now();
        let cancel = self.cancel.clone();
        let stop: Flag = Arc::new(move || cancel.is_cancelled());
        let outcome =
            catch_unwind(AssertUnwindSafe(|| stoppable(stop, || ready.op.run(&mut context, params)).unwrap_or(Err(OpError::Cancelled))));
        let elapsed = started.elapsed();
        let StepContext { mut notices, model_time, used_models, .. } = context;
        let mut outcome = match outcome {
            Ok(result) => result.map_err(fail)?,
            Err(panic) => return Err(fail(OpError::Internal(format!("{} panicked: {}", ready.step.op, panic_words(&*panic))))),
        };
        // A step that saw the flag too late still counts as cancelled: nobody waits for its picture.
        if self.cancel.is_cancelled() {
            return Err(fail(OpError::Cancelled));
        }
        notices.extend(keep_depth(&input.picture, &mut outcome));
        tracing::debug!(
            step = i,
            op = ready.step.op,
            ms = elapsed.as_millis() as u64,
            run_ms = model_time.run.as_millis() as u64,
            "step done"
        );
        self.resolved.push(ResolvedStep::new(&ready.step, &outcome.resolved, used_models));
        let done = StepRun {
            id: ready.step.id.clone(),
            op: ready.step.op.clone(),
            elapsed,
            model_time,
            notices,
            picture: outcome.picture.clone(),
            mask: outcome.mask.clone(),
            artifacts: std::mem::take(&mut outcome.artifacts),
        };
        self.watch.step_finished(i, &done);
        outcome.artifacts.clone_from(&done.artifacts);
        self.done.push(done);
        Ok(outcome)
    }

    fn past(&self, i: usize, ready: &Ready, input: &refer::Known) -> Past {
        let wants_recipe = ready.step.params.get("metadata").is_some_and(|v| v == "recipe");
        let own = || recipe::of_steps(&self.steps[..i], &self.resolved, self.inputs.lang);
        Past {
            lang: self.inputs.lang,
            edits: input.edits.clone(),
            cut_off: self.inputs.edits_cut_off,
            pieces: input.pieces.clone(),
            recipe: if wants_recipe { self.inputs.recipe.clone().or_else(own) } else { None },
        }
    }

    fn keep(&mut self, ready: &Ready, input: &refer::Known, outcome: Outcome) {
        let spec = ready.op.spec();
        if spec.makes_version && !Arc::ptr_eq(&input.picture, &outcome.picture) {
            self.changed.push((spec.exact_outside_target, outcome.mask.clone()));
        }
        if !outcome.pieces.is_empty() {
            self.pieces = outcome.pieces;
        } else if !input.pieces.is_empty() && !outcome.files.is_empty() {
            self.pieces = vec![];
        }
        self.files.extend(outcome.files);
        self.report = outcome.report.or(self.report.take());
    }

    fn finish(self, pictures: &Pictures) -> Run {
        let last = pictures.last();
        let mut model_time = ModelTime::default();
        self.done.iter().for_each(|s| model_time += s.model_time);
        let exact = !self.changed.is_empty() && self.changed.iter().all(|(exact, _)| *exact);
        let whole = if exact { together(&self.changed) } else { None };
        Run {
            picture: last.picture.clone(),
            map: last.map,
            mask: whole.or_else(|| self.done.iter().rev().find_map(|s| s.mask.clone())),
            files: self.files,
            pieces: self.pieces,
            report: self.report,
            resolved_plan: ResolvedPlan::new(self.inputs.seed, self.resolved),
            model_time,
            makes_version: !self.changed.is_empty(),
            exact_outside_target: exact,
            steps: self.done,
        }
    }
}

/// Everything that several steps may have changed; `None` where there is one target only, or one without a mask.
fn together(changed: &[(bool, Option<Arc<Mask>>)]) -> Option<Arc<Mask>> {
    let masks: Vec<&Arc<Mask>> = changed.iter().map(|(_, mask)| mask.as_ref()).collect::<Option<_>>()?;
    let (first, rest) = masks.split_first()?;
    // What changes nothing outside its target keeps the picture's size.
    if rest.is_empty() || rest.iter().any(|m| (m.width(), m.height()) != (first.width(), first.height())) {
        return None;
    }
    Some(Arc::new(rest.iter().fold(Mask::clone(first), |all, mask| all.combined(mask, Combine::Or))))
}

fn panic_words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned()).or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "without words".to_owned())
}
