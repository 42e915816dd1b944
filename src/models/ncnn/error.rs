//! Why an ncnn network could not be taken over, with the layer and the line of the `.param` file.

use crate::text::{Explain, Text};

use super::param::Layer;

/// Why a network could not be taken over. Codes: `ncnn_format` (not such files, damaged, cut short), `ncnn_layer` (a layer or a parameter that is not
/// supported), `ncnn_weights` (the weights do not fit the layers), `ncnn_shape` (sizes do not fit, or the network is no upscaler).
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}", text.en)]
pub struct NcnnError {
    code: &'static str,
    text: Text,
}

impl Explain for NcnnError {
    fn code(&self) -> &'static str {
        self.code
    }

    fn text(&self) -> Text {
        self.text.clone()
    }
}

/// What kind of trouble it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    Format,
    Layer,
    Weights,
    Shape,
}

impl Trouble {
    fn code(self) -> &'static str {
        match self {
            Trouble::Format => "ncnn_format",
            Trouble::Layer => "ncnn_layer",
            Trouble::Weights => "ncnn_weights",
            Trouble::Shape => "ncnn_shape",
        }
    }
}

impl NcnnError {
    /// About the files as a whole.
    pub fn whole(trouble: Trouble, zh: impl Into<String>, en: impl Into<String>) -> Self {
        NcnnError { code: trouble.code(), text: Text::new(zh, en) }
    }

    /// About a line of the `.param` file that is not a layer, counted from 1.
    pub fn line(line: usize, zh: &str, en: &str) -> Self {
        Self::whole(Trouble::Format, format!(".param 第 {line} 行：{zh}"), format!("line {line} of the .param file: {en}"))
    }

    /// About a layer.
    pub fn layer(layer: &Layer, trouble: Trouble, zh: &str, en: &str) -> Self {
        let Layer { kind, name, line, .. } = layer;
        Self::whole(
            trouble,
            format!(".param 第 {line} 行，层“{name}”（{kind}）：{zh}"),
            format!("line {line} of the .param file, layer `{name}` ({kind}): {en}"),
        )
    }
}
