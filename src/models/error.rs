//! Why a model could not be used, in words for people.

use crate::text::{Explain, Text};

use super::manifest::ModelInfo;

/// Why a model could not be used. Codes: `model_missing`, `model_damaged`, `model_unknown`, `model_input`,
/// `model_failed`, `runtime_missing`, `runtime_unsuitable`, `manifest_invalid`.
#[derive(Clone, Debug, thiserror::Error)]
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

impl ModelError {
    pub(crate) fn unusable(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        ModelError::Unusable { code, text: Text::new(zh, en) }
    }

    pub(crate) fn missing(info: &ModelInfo) -> Self {
        let command = info.install_command();
        Self::unusable(
            "model_missing",
            format!("还没有安装模型“{}”（{}）。请在服务器上运行：{command}", info.name, info.summary_zh),
            format!("The model `{}` is not installed ({}). Install it with: {command}", info.name, info.summary_en),
        )
    }

    /// Nobody installed any models, e.g. in tests.
    pub(crate) fn none_installed(name: &str) -> Self {
        Self::unusable(
            "model_missing",
            format!("还没有安装模型“{name}”。请在服务器上运行：portico models install"),
            format!("The model `{name}` is not installed. Install it with: portico models install"),
        )
    }

    pub(crate) fn no_default(job: &str) -> Self {
        Self::unusable(
            "model_missing",
            format!("没有用于“{job}”的模型。请运行 portico models list 查看可以安装的模型。"),
            format!("There is no model for `{job}`. See what can be installed with: portico models list"),
        )
    }

    pub(crate) fn unknown(name: &str) -> Self {
        Self::unusable(
            "model_unknown",
            format!("没有名为“{name}”的模型。请运行 portico models list 查看。"),
            format!("There is no model named `{name}`. See: portico models list"),
        )
    }

    pub(crate) fn damaged(info: &ModelInfo, found: u64, expected: u64) -> Self {
        let command = info.install_command();
        Self::unusable(
            "model_damaged",
            format!("模型“{}”的文件不完整（{found} 字节，应为 {expected}）。请重新安装：{command}", info.name),
            format!("The file of the model `{}` is damaged ({found} bytes instead of {expected}). Mend it with: {command}", info.name),
        )
    }

    /// `what` went wrong inside ONNX Runtime; the details are for the log and the person who runs the server.
    pub(crate) fn failed(name: &str, why: &str) -> Self {
        Self::unusable(
            "model_failed",
            format!("模型“{name}”没有运行成功：{why}。请检查：portico models verify"),
            format!("The model `{name}` did not run: {why}. Check it with: portico models verify"),
        )
    }

    pub(crate) fn input(name: &str, why: &str) -> Self {
        Self::unusable(
            "model_input",
            format!("模型“{name}”不接受这样的输入：{why}"),
            format!("The model `{name}` does not take this input: {why}"),
        )
    }

    pub(crate) fn runtime_missing() -> Self {
        Self::unusable(
            "runtime_missing",
            "还没有安装 ONNX Runtime 程序库，模型无法运行。请运行：portico models install",
            "ONNX Runtime's library is not installed, so no model can run. Install it with: portico models install",
        )
    }

    pub(crate) fn runtime_unsuitable(why: &str) -> Self {
        Self::unusable(
            "runtime_unsuitable",
            format!("ONNX Runtime 程序库不能使用：{why}。请重新安装：portico models install"),
            format!("ONNX Runtime's library cannot be used: {why}. Install the right one with: portico models install"),
        )
    }
}
