//! The ONNX graph while it is made: named blobs of the network, nodes, weights.

use std::collections::HashMap;

use super::error::{NcnnError, Trouble};
use super::extent::{Extent, LARGEST};
use super::param::Layer;
use super::weights::{Values, Weights};
use crate::models::onnx::{Attribute, Node, Tensor, data_type};

/// A tensor of the network.
#[derive(Clone, Debug)]
pub struct Blob {
    /// Its name in the ONNX graph.
    pub tensor: String,
    pub channels: usize,
    pub extent: Extent,
    /// How far away in the network's input a value can come from, in pixels of the input.
    pub reach_px: f64,
}

impl Blob {
    /// Pixels of this blob as pixels of the network's input.
    pub fn input_px(&self, pixels: f64) -> f64 {
        pixels / self.extent.scale()
    }
}

/// A graph in the making.
pub struct Builder {
    weights: Weights,
    blobs: HashMap<String, (Blob, bool)>,
    pub nodes: Vec<Node>,
    pub initializers: Vec<Tensor>,
    made: usize,
    /// Values of the largest blob for each pixel of the input.
    pub heaviest: f64,
    /// Multiples of this fit every layer.
    pub multiple: u64,
}

impl Builder {
    pub fn new(weights: Weights) -> Self {
        Builder { weights, blobs: HashMap::new(), nodes: vec![], initializers: vec![], made: 0, heaviest: 0.0, multiple: 1 }
    }

    pub fn weights_left(&self) -> usize {
        self.weights.left()
    }

    /// The layer's input of this number, counted from 0.
    pub fn input(&mut self, layer: &Layer, index: usize) -> Result<Blob, NcnnError> {
        let name = layer.inputs.get(index).ok_or_else(|| {
            let n = index + 1;
            layer.error(Trouble::Format, &format!("缺少第 {n} 个输入"), &format!("its input number {n} is missing"))
        })?;
        match self.blobs.get_mut(name) {
            Some((blob, used)) => {
                *used = true;
                Ok(blob.clone())
            }
            None => Err(layer.error(
                Trouble::Format,
                &format!("读取“{name}”，但前面没有层输出它"),
                &format!("it reads `{name}`, which no layer before it gives"),
            )),
        }
    }

    /// Its only input.
    pub fn only_input(&mut self, layer: &Layer) -> Result<Blob, NcnnError> {
        let [_] = &layer.inputs[..] else {
            let n = layer.inputs.len();
            return Err(layer.error(Trouble::Layer, &format!("应有 1 个输入，却有 {n} 个"), &format!("it has {n} inputs instead of one")));
        };
        self.input(layer, 0)
    }

    /// Makes `blob` the layer's output of this number.
    pub fn output(&mut self, layer: &Layer, index: usize, blob: Blob) -> Result<(), NcnnError> {
        let name = layer.outputs.get(index).ok_or_else(|| layer.error(Trouble::Format, "没有输出", "it has no output"))?;
        if let Extent::Free { scale, .. } = blob.extent {
            self.heaviest = self.heaviest.max(blob.channels as f64 * scale.value().powi(2));
            self.multiple = least_common_multiple(self.multiple, scale.denominator());
            if self.multiple > LARGEST {
                return Err(super::layers::no_size(layer));
            }
        }
        match self.blobs.insert(name.clone(), (blob, false)) {
            None => Ok(()),
            Some(_) => Err(layer.error(
                Trouble::Format,
                &format!("“{name}”已由前面的层输出"),
                &format!("`{name}` is the output of an earlier layer"),
            )),
        }
    }

    /// Names and blobs that no layer reads and that follow the input.
    pub fn unread(&self) -> Vec<(&String, &Blob)> {
        let open = self.blobs.iter().filter(|(_, (blob, used))| !used && matches!(blob.extent, Extent::Free { .. }));
        let mut open: Vec<_> = open.map(|(name, (blob, _))| (name, blob)).collect();
        open.sort_by_key(|(name, _)| name.as_str());
        open
    }

    fn name(&mut self, kind: &str) -> String {
        self.made += 1;
        format!("{kind}{}", self.made)
    }

    /// A node with one output, whose name it gives back.
    pub fn node(&mut self, op: &str, inputs: &[&str], attributes: Vec<Attribute>) -> String {
        let output = self.name("t");
        self.nodes.push(Node {
            op_type: Some(op.to_owned()),
            name: Some(format!("{op}:{output}")),
            input: inputs.iter().map(|&i| i.to_owned()).collect(),
            output: vec![output.clone()],
            attribute: attributes,
            ..Node::default()
        });
        output
    }

    /// Weights that start with a flag.
    pub fn flagged(&mut self, layer: &Layer, dims: &[usize]) -> Result<String, NcnnError> {
        let values = self.weights.flagged(layer, product(dims).ok_or_else(|| too_large(layer))?)?;
        self.weight(layer, values, dims)
    }

    /// Weights without a flag.
    pub fn plain(&mut self, layer: &Layer, dims: &[usize]) -> Result<String, NcnnError> {
        let values = self.weights.plain(layer, product(dims).ok_or_else(|| too_large(layer))?)?;
        self.weight(layer, values, dims)
    }

    /// Half-precision weights stay as small as they are and are converted by the graph.
    fn weight(&mut self, layer: &Layer, values: Values, dims: &[usize]) -> Result<String, NcnnError> {
        if !values.are_finite() {
            return Err(layer.error(
                Trouble::Weights,
                "权重中有不是数的值：文件已损坏，或与 .param 不是同一个网络",
                "some of its weights are not numbers: the file is damaged, or of another network",
            ));
        }
        let half = values.kind == data_type::FLOAT16;
        let name = self.name("w");
        self.initializers.push(values.tensor(name.clone(), dims));
        Ok(if half { self.node("Cast", &[&name], vec![int("to", i64::from(data_type::FLOAT))]) } else { name })
    }

    pub fn scalar(&mut self, value: f32) -> String {
        self.floats(&[value])
    }

    /// A number where an operator wants a tensor without dimensions.
    pub fn limit(&mut self, value: f32) -> String {
        let name = self.name("c");
        self.initializers.push(Values { kind: data_type::FLOAT, raw: value.to_le_bytes().to_vec().into() }.tensor(name.clone(), &[]));
        name
    }

    pub fn floats(&mut self, values: &[f32]) -> String {
        let name = self.name("c");
        let raw: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.initializers.push(Values { kind: data_type::FLOAT, raw: raw.into() }.tensor(name.clone(), &[values.len()]));
        name
    }

    pub fn ints(&mut self, values: &[i64]) -> String {
        let name = self.name("c");
        let raw: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.initializers.push(Values { kind: data_type::INT64, raw: raw.into() }.tensor(name.clone(), &[values.len()]));
        name
    }
}

fn product(dims: &[usize]) -> Option<usize> {
    dims.iter().try_fold(1usize, |n, &d| n.checked_mul(d))
}

fn too_large(layer: &Layer) -> NcnnError {
    layer.error(Trouble::Weights, "权重的个数大得不合理", "it has an impossible number of weights")
}

/// Both are small: denominators of a [`super::extent::Ratio`].
fn least_common_multiple(a: u64, b: u64) -> u64 {
    (1..=b).map(|k| a * k).find(|m| m.is_multiple_of(b)).unwrap_or(a)
}

pub fn int(name: &str, value: i64) -> Attribute {
    Attribute { name: Some(name.to_owned()), r#type: Some(2), i: Some(value), ..Attribute::default() }
}

pub fn float(name: &str, value: f32) -> Attribute {
    Attribute { name: Some(name.to_owned()), r#type: Some(1), f: Some(value), ..Attribute::default() }
}

pub fn text(name: &str, value: &str) -> Attribute {
    Attribute { name: Some(name.to_owned()), r#type: Some(3), s: Some(value.as_bytes().to_vec().into()), ..Attribute::default() }
}

pub fn ints(name: &str, values: &[usize]) -> Attribute {
    Attribute { name: Some(name.to_owned()), r#type: Some(7), ints: values.iter().map(|&v| v as i64).collect(), ..Attribute::default() }
}
