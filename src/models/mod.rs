//! Models: manifest, installation, ONNX Runtime, one owner thread per session, one file per model family.

use std::time::Duration;

use crate::cancel::Cancel;
use crate::text::{Explain, Text};

/// A dense tensor, row-major.
#[derive(Clone, Debug)]
pub struct Tensor {
    pub shape: Vec<usize>,
    pub data: Vec<f32>,
}

/// Outputs of one run and where its time went.
pub struct Inference {
    pub outputs: Vec<Tensor>,
    pub run: Duration,
    pub wait: Duration,
    pub load: Duration,
    /// Of the model file as installed.
    pub sha256: String,
}

/// Why a model could not be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error("cancelled")]
    Cancelled,
    #[error("{code}: {}", text.en)]
    Unusable { code: &'static str, text: Text },
}

impl Explain for ModelError {
    fn code(&self) -> &'static str {
        match self {
            ModelError::Cancelled => "cancelled",
            ModelError::Unusable { code, .. } => code,
        }
    }

    fn text(&self) -> Text {
        match self {
            ModelError::Cancelled => Text::new("已取消。", "Cancelled."),
            ModelError::Unusable { text, .. } => text.clone(),
        }
    }
}

/// Everything about models that this process knows; cheap to clone, loads nothing until asked.
#[derive(Clone)]
pub struct Models {}

impl Models {
    /// Runs `model` (a manifest name), blocking; loads it on first use.
    pub fn infer(&self, _model: &str, _inputs: Vec<Tensor>, _cancel: &Cancel) -> Result<Inference, ModelError> {
        unimplemented!("models::pool")
    }
}
