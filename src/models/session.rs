//! One ONNX Runtime session and how it is run. Lives on its owner's thread; knows nothing of queues.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ort::session::builder::GraphOptimizationLevel;
use ort::session::{RunOptions, Session, SessionInputValue};
use ort::value::TensorRef;

use super::Tensor;
use super::error::ModelError;
use super::pool::{Control, Runner};
use super::runtime::Runtime;

/// How a graph file is to be loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Optimise {
    /// Saved already optimised on this machine.
    Already,
    /// As downloaded.
    Now,
}

/// A loaded graph with the names of what it takes and gives.
pub struct LoadedSession {
    name: String,
    session: Session,
    inputs: Vec<String>,
    outputs: Vec<String>,
}

/// What [`LoadedSession::open`] needs to know besides the file.
pub struct SessionSpec<'a> {
    /// For messages.
    pub name: &'a str,
    /// The outputs to give back, in this order; all of them where empty.
    pub outputs: &'a [String],
    /// Threads of this session, the owner's thread included.
    pub threads: usize,
}

impl LoadedSession {
    /// Loads a graph: no memory pattern (it doubles memory from the second run on), no spinning threads.
    pub fn open(runtime: &Runtime, path: &Path, optimise: Optimise, spec: &SessionSpec<'_>) -> Result<Self, String> {
        let session = open_session(runtime, path, optimise, spec.threads, None).map_err(|e| e.to_string())?;
        let inputs = session.inputs().iter().map(|i| i.name().to_owned()).collect();
        let all: Vec<String> = session.outputs().iter().map(|o| o.name().to_owned()).collect();
        let outputs = if spec.outputs.is_empty() { all.clone() } else { spec.outputs.to_vec() };
        if let Some(missing) = outputs.iter().find(|o| !all.contains(o)) {
            return Err(format!("it has no output named `{missing}`"));
        }
        Ok(LoadedSession { name: spec.name.to_owned(), session, inputs, outputs })
    }

    fn failed(&self, e: &dyn std::fmt::Display) -> ModelError {
        tracing::warn!(model = self.name, error = %e, "a model run failed");
        ModelError::failed(&self.name, &e.to_string())
    }

    fn check_inputs(&self, inputs: &[Tensor]) -> Result<(), ModelError> {
        if inputs.len() != self.inputs.len() {
            return Err(ModelError::input(&self.name, &format!("{} tensors instead of {}", inputs.len(), self.inputs.len())));
        }
        for tensor in inputs {
            let len = tensor.shape.iter().try_fold(1usize, |n, &d| n.checked_mul(d));
            if len != Some(tensor.data.len()) || tensor.data.is_empty() {
                return Err(ModelError::input(
                    &self.name,
                    &format!("{} values in a tensor of shape {:?}", tensor.data.len(), tensor.shape),
                ));
            }
        }
        Ok(())
    }
}

/// Builds a session; `save_to` writes the optimised graph there.
pub fn open_session(runtime: &Runtime, path: &Path, optimise: Optimise, threads: usize, save_to: Option<&Path>) -> ort::Result<Session> {
    let level = match optimise {
        Optimise::Already => GraphOptimizationLevel::Disable,
        Optimise::Now => GraphOptimizationLevel::All,
    };
    let mut builder = Session::builder(runtime.environment())?
        .with_intra_threads(threads.max(1))?
        .with_optimization_level(level)?
        .with_memory_pattern(false)?
        .with_intra_op_spinning(false)?
        .with_inter_op_spinning(false)?
        .with_log_level(ort::logging::LogLevel::Warning)?;
    if let Some(target) = save_to {
        builder = builder.with_optimized_model_path(target)?;
    }
    builder.commit_from_file(path)
}

impl Runner for LoadedSession {
    fn run(&mut self, inputs: &[Tensor], control: &Control) -> Result<(Vec<Tensor>, Duration), ModelError> {
        self.check_inputs(inputs)?;
        // A fresh one per run: a terminated one would stop the next run as well.
        let options = Arc::new(RunOptions::new().map_err(|e| self.failed(&e))?);
        let terminate = options.clone();
        let started = control.start(Box::new(move || {
            if let Err(e) = terminate.terminate() {
                tracing::warn!(error = %e, "a run could not be told to stop");
            }
        }));
        if !started {
            return Err(ModelError::Cancelled);
        }
        let mut values: Vec<SessionInputValue<'_>> = Vec::with_capacity(inputs.len());
        for tensor in inputs {
            let view = TensorRef::from_array_view((tensor.shape.as_slice(), tensor.data.as_slice())).map_err(|e| self.failed(&e))?;
            values.push(view.into());
        }
        let clock = Instant::now();
        let result = self.session.run_with_options(values.as_slice(), &options);
        let run = clock.elapsed();
        control.finish();
        let tensors = result.map_err(|e| e.to_string()).and_then(|outputs| read_outputs(&outputs, &self.outputs));
        if tensors.is_err() && control.is_cancelled() {
            return Err(ModelError::Cancelled);
        }
        Ok((tensors.map_err(|e| self.failed(&e))?, run))
    }
}

fn read_outputs(outputs: &ort::session::SessionOutputs<'_>, names: &[String]) -> Result<Vec<Tensor>, String> {
    let read = |name: &String| {
        let value = outputs.get(name).ok_or_else(|| format!("it gave no output `{name}`"))?;
        let (shape, data) = value.try_extract_tensor::<f32>().map_err(|e| e.to_string())?;
        Ok(Tensor { shape: shape.iter().map(|&d| d as usize).collect(), data: data.to_vec() })
    };
    names.iter().map(read).collect()
}
