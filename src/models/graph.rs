//! The only place that edits ONNX graphs: needed outputs only, half precision to single, free spatial size.
//! Every edit keeps the model's meaning; what it cannot do safely it refuses with a [`GraphError`].

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use prost::Message;

use super::onnx::{Attribute, DimValue, Dimension, Function, Graph, Model, Node, Tensor, Type, TypeValue, data_type};

/// Why a graph could not be edited.
#[derive(Debug, thiserror::Error)]
pub enum GraphError {
    #[error("not an ONNX model: {0}")]
    Decode(#[from] prost::DecodeError),
    #[error("the model has no graph")]
    NoGraph,
    #[error("the model has no output named `{0}`")]
    NoOutput(String),
    #[error("the model keeps its weights in other files")]
    ExternalData,
    #[error("tensor `{0}` holds fewer values than its shape says")]
    ShortTensor(String),
    #[error("`{node}` cannot follow another input size: {why}")]
    FixedSize { node: String, why: &'static str },
}

/// Decodes a model file; weights stay slices of `bytes`.
pub fn decode(bytes: impl Into<Bytes>) -> Result<Model, GraphError> {
    let model = Model::decode(bytes.into())?;
    if model.graph.is_none() { Err(GraphError::NoGraph) } else { Ok(model) }
}

/// Encodes a model file.
pub fn encode(model: &Model) -> Vec<u8> {
    model.encode_to_vec()
}

fn graph_mut(model: &mut Model) -> Result<&mut Graph, GraphError> {
    model.graph.as_mut().ok_or(GraphError::NoGraph)
}

/// Keeps the outputs in `wanted`, in that order, and drops every node, weight and annotation that they do not need.
pub fn keep_outputs(model: &mut Model, wanted: &[String]) -> Result<(), GraphError> {
    let graph = graph_mut(model)?;
    let mut outputs = Vec::with_capacity(wanted.len());
    for name in wanted {
        let found = graph.output.iter().find(|o| o.name.as_deref() == Some(name));
        outputs.push(found.cloned().ok_or_else(|| GraphError::NoOutput(name.clone()))?);
    }
    graph.output = outputs;
    let needed = needed_tensors(graph);
    graph.node.retain(|node| node.output.iter().any(|o| !o.is_empty() && needed.contains(o)));
    let kept = |name: &Option<String>| name.as_ref().is_some_and(|n| needed.contains(n));
    // Old files list every weight as an input as well; an input without its weight would have to be fed.
    let weights: HashSet<String> = graph.initializer.iter().filter_map(|t| t.name.clone()).collect();
    graph.input.retain(|i| kept(&i.name) || i.name.as_ref().is_none_or(|n| !weights.contains(n)));
    graph.initializer.retain(|t| kept(&t.name));
    graph.sparse_initializer.retain(|t| t.values.as_ref().is_some_and(|v| kept(&v.name)));
    graph.value_info.retain(|v| kept(&v.name));
    graph.quantization_annotation.retain(|a| kept(&a.tensor_name));
    Ok(())
}

/// Names of all tensors that the graph's outputs depend on, the outputs included.
fn needed_tensors(graph: &Graph) -> HashSet<String> {
    let mut producer = HashMap::new();
    for (index, node) in graph.node.iter().enumerate() {
        for output in &node.output {
            producer.insert(output.as_str(), index);
        }
    }
    let mut needed = HashSet::new();
    let mut visited = vec![false; graph.node.len()];
    let mut open: Vec<String> = graph.output.iter().filter_map(|o| o.name.clone()).collect();
    while let Some(name) = open.pop() {
        if let Some(&index) = producer.get(name.as_str())
            && !std::mem::replace(&mut visited[index], true)
        {
            read_names(&graph.node[index], &mut open);
        }
        needed.insert(name);
    }
    needed
}

/// Names that a node reads: its inputs and whatever its subgraphs take from outside.
fn read_names(node: &Node, names: &mut Vec<String>) {
    names.extend(node.input.iter().filter(|i| !i.is_empty()).cloned());
    for sub in subgraphs(node) {
        names.extend(sub.output.iter().filter_map(|o| o.name.clone()));
        for inner in &sub.node {
            read_names(inner, names);
        }
    }
}

fn subgraphs(node: &Node) -> impl Iterator<Item = &Graph> {
    node.attribute.iter().flat_map(|a| a.g.iter().chain(a.graphs.iter()))
}

/// Turns half precision into single everywhere: weights, constants, types, casts. Returns how many weights it converted.
///
/// A graph made of half-precision weights runs on a CPU by casting at every step; this makes it run as single precision
/// throughout. Inputs and outputs of half precision become single too.
pub fn to_single_precision(model: &mut Model) -> Result<usize, GraphError> {
    let mut count = 0;
    let graph = graph_mut(model)?;
    single_graph(graph, &mut count)?;
    for function in &mut model.functions {
        let Function { node, value_info, .. } = function;
        single_nodes(node, &HashSet::new(), &mut count)?;
        value_info.iter_mut().for_each(|v| single_type(&mut v.r#type));
    }
    Ok(count)
}

fn single_graph(graph: &mut Graph, count: &mut usize) -> Result<(), GraphError> {
    let infos = graph.input.iter_mut().chain(&mut graph.output).chain(&mut graph.value_info);
    let mut floats = HashSet::new();
    for info in infos {
        single_type(&mut info.r#type);
        if elem_type(&info.r#type) == Some(data_type::FLOAT)
            && let Some(name) = &info.name
        {
            floats.insert(name.clone());
        }
    }
    for tensor in &mut graph.initializer {
        single_tensor(tensor, count)?;
        if tensor.data_type == Some(data_type::FLOAT)
            && let Some(name) = &tensor.name
        {
            floats.insert(name.clone());
        }
    }
    for sparse in &mut graph.sparse_initializer {
        if let Some(values) = &mut sparse.values {
            single_tensor(values, count)?;
        }
    }
    single_nodes(&mut graph.node, &floats, count)
}

fn single_nodes(nodes: &mut [Node], floats: &HashSet<String>, count: &mut usize) -> Result<(), GraphError> {
    for node in nodes {
        let was_cast = node.op_type.as_deref() == Some("Cast") && is_standard(node);
        for attribute in &mut node.attribute {
            single_attribute(attribute, count)?;
        }
        let to_float = node.attribute.iter().any(|a| a.name.as_deref() == Some("to") && a.i == Some(i64::from(data_type::FLOAT)));
        if was_cast && to_float && node.input.first().is_some_and(|i| floats.contains(i)) {
            node.op_type = Some("Identity".to_owned());
            node.attribute.clear();
        }
    }
    Ok(())
}

fn is_standard(node: &Node) -> bool {
    node.domain.as_deref().unwrap_or("").is_empty() || node.domain.as_deref() == Some("ai.onnx")
}

fn single_attribute(attribute: &mut Attribute, count: &mut usize) -> Result<(), GraphError> {
    let names_a_type = matches!(attribute.name.as_deref(), Some("to" | "dtype" | "output_dtype"));
    if names_a_type && attribute.i == Some(i64::from(data_type::FLOAT16)) {
        attribute.i = Some(i64::from(data_type::FLOAT));
    }
    for tensor in attribute.t.iter_mut().chain(&mut attribute.tensors) {
        single_tensor(tensor, count)?;
    }
    single_type(&mut attribute.tp);
    for graph in attribute.g.iter_mut().chain(&mut attribute.graphs) {
        single_graph(graph, count)?;
    }
    Ok(())
}

fn single_tensor(tensor: &mut Tensor, count: &mut usize) -> Result<(), GraphError> {
    if tensor.data_type != Some(data_type::FLOAT16) {
        return Ok(());
    }
    if tensor.data_location.unwrap_or(0) != 0 {
        return Err(GraphError::ExternalData);
    }
    let expected: i64 = tensor.dims.iter().product();
    let single: Vec<u8> = match tensor.raw_data.take() {
        Some(raw) => raw.chunks_exact(2).flat_map(|b| half_to_single(u16::from_le_bytes([b[0], b[1]])).to_le_bytes()).collect(),
        // Without raw data the bits stand in the low halves of `int32_data`.
        None => std::mem::take(&mut tensor.int32_data).iter().flat_map(|&v| half_to_single(v as u16).to_le_bytes()).collect(),
    };
    if single.len() as i64 != expected * 4 {
        return Err(GraphError::ShortTensor(tensor.name.clone().unwrap_or_default()));
    }
    tensor.raw_data = Some(single.into());
    tensor.data_type = Some(data_type::FLOAT);
    *count += 1;
    Ok(())
}

fn single_type(kind: &mut Option<Type>) {
    match kind.as_mut().and_then(|t| t.value.as_mut()) {
        Some(TypeValue::Tensor(tensor) | TypeValue::SparseTensor(tensor)) if tensor.elem_type == Some(data_type::FLOAT16) => {
            tensor.elem_type = Some(data_type::FLOAT);
        }
        Some(TypeValue::Sequence(inner) | TypeValue::Optional(inner)) => {
            let mut boxed = inner.elem_type.take().map(|t| *t);
            single_type(&mut boxed);
            inner.elem_type = boxed.map(Box::new);
        }
        _ => {}
    }
}

fn elem_type(kind: &Option<Type>) -> Option<i32> {
    match kind.as_ref()?.value.as_ref()? {
        TypeValue::Tensor(tensor) => tensor.elem_type,
        _ => None,
    }
}

/// IEEE 754 binary16 to binary32, exact for every value.
pub fn half_to_single(half: u16) -> f32 {
    let sign = u32::from(half & 0x8000) << 16;
    let exponent = u32::from(half >> 10) & 0x1f;
    let fraction = u32::from(half & 0x3ff);
    match (exponent, fraction) {
        (0, 0) => f32::from_bits(sign),
        // Subnormal: fraction × 2⁻²⁴, which binary32 holds as a normal number.
        (0, _) => f32::from_bits(sign | (fraction as f32 * 2f32.powi(-24)).to_bits()),
        (31, _) => f32::from_bits(sign | 0x7f80_0000 | (fraction << 13)),
        _ => f32::from_bits(sign | ((exponent + 112) << 23) | (fraction << 13)),
    }
}

/// Lets height and width of a fixed-size NCHW model follow its input.
///
/// A `Resize` to constant sizes becomes a `Resize` by the constant factor between those sizes and its input's; the first
/// input's and every output's last two dimensions become symbols. Refused where an input's size or a constant is not
/// stated in the file. The result accepts sides that every stride of the model divides.
pub fn free_spatial_size(model: &mut Model) -> Result<(), GraphError> {
    let graph = graph_mut(model)?;
    let mut factors = Vec::new();
    for (index, node) in graph.node.iter().enumerate() {
        if node.op_type.as_deref() == Some("Resize") && node.input.get(3).is_some_and(|s| !s.is_empty()) {
            factors.push((index, resize_factor(graph, node)?));
        }
    }
    for (index, [height, width]) in factors {
        let node = &mut graph.node[index];
        let name = format!("{}/scales", node.output[0]);
        node.input.truncate(1);
        node.input.extend([String::new(), name.clone()]);
        graph.initializer.push(float_tensor(name, &[1.0, 1.0, height, width]));
    }
    for info in graph.input.iter_mut().take(1).chain(&mut graph.output) {
        if let Some(TypeValue::Tensor(tensor)) = info.r#type.as_mut().and_then(|t| t.value.as_mut())
            && let Some(shape) = &mut tensor.shape
            && shape.dim.len() == 4
        {
            for (dim, name) in shape.dim[2..].iter_mut().zip(["height", "width"]) {
                *dim = Dimension { value: Some(DimValue::Name(name.to_owned())), denotation: dim.denotation.take() };
            }
        }
    }
    // They state the old sizes; ONNX Runtime infers the new ones.
    graph.value_info.clear();
    let outputs: Vec<String> = graph.output.iter().filter_map(|o| o.name.clone()).collect();
    keep_outputs(model, &outputs)
}

/// How much a `Resize` to constant sizes enlarges its input: height and width.
fn resize_factor(graph: &Graph, node: &Node) -> Result<[f32; 2], GraphError> {
    let fixed = |why| GraphError::FixedSize { node: node.name.clone().unwrap_or_default(), why };
    let source = graph.value_info.iter().chain(&graph.input).find(|v| v.name.as_ref() == node.input.first());
    let source = source.and_then(|v| sizes_of(&v.r#type)).filter(|s| s.len() == 4).ok_or(fixed("its input's size is not stated"))?;
    let target = target_size(graph, &node.input[3]).ok_or(fixed("its output's size is not a constant"))?;
    let (height, width) = (target[0] as f32 / source[2] as f32, target[1] as f32 / source[3] as f32);
    if source[2] > 0 && source[3] > 0 && height > 0.0 && width > 0.0 { Ok([height, width]) } else { Err(fixed("a size of zero is stated")) }
}

/// Height and width from a `sizes` input: a constant, or a `Concat` that ends in one.
fn target_size(graph: &Graph, name: &str) -> Option<[i64; 2]> {
    let values = constant(graph, name).or_else(|| {
        let concat = graph.node.iter().find(|n| n.op_type.as_deref() == Some("Concat") && n.output.iter().any(|o| o == name))?;
        constant(graph, resolve_identity(graph, concat.input.last()?))
    })?;
    let last = values.len().checked_sub(2)?;
    Some([values[last], values[last + 1]])
}

/// Follows `Cast` and `Identity` back to what they copy.
fn resolve_identity<'g>(graph: &'g Graph, mut name: &'g str) -> &'g str {
    for _ in 0..8 {
        let copies = |n: &&Node| matches!(n.op_type.as_deref(), Some("Cast" | "Identity")) && n.output.iter().any(|o| o == name);
        match graph.node.iter().find(copies).and_then(|n| n.input.first()) {
            Some(input) => name = input,
            None => break,
        }
    }
    name
}

/// The values of an int64 initialiser or `Constant` node.
fn constant(graph: &Graph, name: &str) -> Option<Vec<i64>> {
    let node = || graph.node.iter().find(|n| n.op_type.as_deref() == Some("Constant") && n.output.iter().any(|o| o == name));
    let tensor = match graph.initializer.iter().find(|t| t.name.as_deref() == Some(name)) {
        Some(tensor) => tensor,
        None => node()?.attribute.iter().find(|a| a.name.as_deref() == Some("value"))?.t.as_ref()?,
    };
    if tensor.data_type != Some(data_type::INT64) {
        return None;
    }
    Some(match &tensor.raw_data {
        Some(raw) => raw.chunks_exact(8).map(|b| i64::from_le_bytes(b.try_into().expect("eight bytes"))).collect(),
        None => tensor.int64_data.clone(),
    })
}

fn sizes_of(kind: &Option<Type>) -> Option<Vec<i64>> {
    let Some(TypeValue::Tensor(tensor)) = kind.as_ref()?.value.as_ref() else { return None };
    let dims = &tensor.shape.as_ref()?.dim;
    dims.iter().map(|d| if let Some(DimValue::Size(n)) = d.value { Some(n) } else { None }).collect()
}

fn float_tensor(name: String, values: &[f32]) -> Tensor {
    Tensor {
        name: Some(name),
        dims: vec![values.len() as i64],
        data_type: Some(data_type::FLOAT),
        raw_data: Some(values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>().into()),
        ..Tensor::default()
    }
}
