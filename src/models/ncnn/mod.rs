//! Upscalers written for ncnn (`NAME.param`, `NAME.bin`: the files that Upscayl and the `…-ncnn-vulkan` programs use) as ONNX models.
//!
//! * [`param`] reads the layers, [`weights`] the numbers. [`layers`] and its neighbours say what each layer becomes; [`builder`] collects the graph.
//! * [`extent`] follows the size of every tensor, so that a network that is no upscaler, or whose files do not belong together, is refused before
//!   anything is written.
//!
//! The ONNX model takes `input` `[n, 3, h, w]`, RGB 0..1, any `h` and `w`, and gives `output` `[n, 3, scale·h, scale·w]`, clipped to 0..1.

mod activation;
mod arrange;
mod builder;
mod entry;
mod error;
mod extent;
mod layers;
mod param;
mod pointwise;
mod weights;

use bytes::Bytes;

pub use entry::{entry_file, is_entry_file, model_info};
pub use error::{NcnnError, Trouble};
pub use layers::SUPPORTED;

use super::onnx::{DimValue, Dimension, Graph, Model, Node, OperatorSetId, Shape, TensorType, Type, TypeValue, ValueInfo, data_type};
use builder::{Blob, Builder};
use extent::Extent;
use weights::Weights;

/// Tensor names of the ONNX model.
pub const INPUT: &str = "input";
pub const OUTPUT: &str = "output";
/// How much an upscaler may enlarge.
const SCALES: std::ops::RangeInclusive<u64> = 2..=8;
/// Every operator used means the same in this version of the standard and later ones.
const OPSET: i64 = 13;
/// Names that converters give to the result, for networks with more than one loose end.
const RESULT_NAMES: [&str; 2] = ["output", "out0"];

/// A network that was taken over.
#[derive(Clone, Debug)]
pub struct Imported {
    pub model: Model,
    /// How much it enlarges.
    pub scale: u32,
    /// How far away in the input an output pixel looks, in pixels of the input, rounded up.
    pub reach_px: u32,
    /// Input sides must be multiples of this.
    pub multiple: u32,
    /// Values of the largest tensor for each pixel of the input.
    pub heaviest: f64,
    pub layers: usize,
    /// Some weights are half precision.
    pub half: bool,
}

/// Turns an ncnn network into an ONNX model.
///
/// # Errors
/// Names the layer and its line: see [`NcnnError`].
pub fn import(param: &[u8], bin: impl Into<Bytes>) -> Result<Imported, NcnnError> {
    let layers = param::parse(param)?;
    let inputs = layers.iter().filter(|l| l.kind == "Input").count();
    if inputs != 1 {
        return Err(NcnnError::whole(
            Trouble::Shape,
            format!("网络有 {inputs} 个输入；放大模型只有 1 个"),
            format!("the network has {inputs} inputs; an upscaler has one"),
        ));
    }
    let mut builder = Builder::new(Weights::new(bin.into()));
    for layer in &layers {
        layers::add(&mut builder, layer)?;
    }
    let left = builder.weights_left();
    if left != 0 {
        return Err(NcnnError::whole(
            Trouble::Weights,
            format!(".bin 文件多出 {left} 字节：与 .param 不是同一个网络"),
            format!("{left} bytes of the .bin file belong to no layer: it is of another network than the .param file"),
        ));
    }
    let result = result(&builder)?;
    let scale = scale(&result)?;
    let half = builder.initializers.iter().any(|t| t.data_type == Some(data_type::FLOAT16));
    Ok(Imported {
        scale,
        reach_px: result.reach_px.ceil() as u32,
        multiple: builder.multiple as u32,
        heaviest: builder.heaviest,
        layers: layers.len(),
        half,
        model: finished(builder, &result.tensor),
    })
}

/// The one tensor that nothing reads.
fn result(builder: &Builder) -> Result<Blob, NcnnError> {
    let open = builder.unread();
    let by_name = || open.iter().find(|(name, _)| RESULT_NAMES.contains(&name.as_str()));
    let found = if let [one] = &open[..] { Some(one) } else { by_name() };
    found.map(|(_, blob)| (*blob).clone()).ok_or_else(|| {
        let names = open.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
        NcnnError::whole(
            Trouble::Shape,
            format!("网络应只有一个输出，却有：{names}"),
            format!("the network should have one output; these are read by no layer: {names}"),
        )
    })
}

/// How much the network enlarges.
fn scale(result: &Blob) -> Result<u32, NcnnError> {
    let channels = result.channels;
    if channels != 3 {
        return Err(NcnnError::whole(
            Trouble::Shape,
            format!("网络的输出有 {channels} 个通道，应为 3 个（RGB）：这不是放大模型"),
            format!("the network gives {channels} channels instead of three (RGB): it is no upscaler"),
        ));
    }
    let scale = match result.extent {
        Extent::Free { scale, border: [0, 0] } => scale.whole(),
        _ => None,
    };
    scale.filter(|s| SCALES.contains(s)).map(|s| s as u32).ok_or_else(|| {
        NcnnError::whole(
            Trouble::Shape,
            "网络的输出不是输入的 2 到 8 整数倍大小：这不是放大模型",
            "the network does not enlarge by a whole number from 2 to 8: it is no upscaler",
        )
    })
}

/// The model around the graph; the result is clipped to 0..1.
fn finished(mut builder: Builder, result: &str) -> Model {
    let (zero, one) = (builder.limit(0.0), builder.limit(1.0));
    builder.nodes.push(Node {
        op_type: Some("Clip".to_owned()),
        name: Some(format!("Clip:{OUTPUT}")),
        input: vec![result.to_owned(), zero, one],
        output: vec![OUTPUT.to_owned()],
        ..Node::default()
    });
    Model {
        ir_version: Some(8),
        opset_import: vec![OperatorSetId { domain: Some(String::new()), version: Some(OPSET) }],
        producer_name: Some("portico".to_owned()),
        graph: Some(Graph {
            name: Some("upscaler".to_owned()),
            node: builder.nodes,
            initializer: builder.initializers,
            input: vec![pictures(INPUT, ["h", "w"])],
            output: vec![pictures(OUTPUT, ["scaled_h", "scaled_w"])],
            ..Graph::default()
        }),
        ..Model::default()
    }
}

/// `[n, 3, height, width]` of single precision.
fn pictures(name: &str, sides: [&str; 2]) -> ValueInfo {
    let named = |name: &str| DimValue::Name(name.to_owned());
    let dim = [named("n"), DimValue::Size(3), named(sides[0]), named(sides[1])];
    let dim = dim.into_iter().map(|value| Dimension { value: Some(value), denotation: None }).collect();
    let tensor = TensorType { elem_type: Some(data_type::FLOAT), shape: Some(Shape { dim }) };
    ValueInfo {
        name: Some(name.to_owned()),
        r#type: Some(Type { value: Some(TypeValue::Tensor(tensor)), denotation: None }),
        ..ValueInfo::default()
    }
}

#[cfg(test)]
mod tests;
