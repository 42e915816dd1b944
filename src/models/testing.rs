//! For this layer's tests: tiny models built in code, a models folder around them, the real runtime.

use std::path::{Path, PathBuf};

use prost::Message;
use sha2::{Digest, Sha256};

use super::manifest::Manifest;
use super::onnx::{Attribute, DimValue, Dimension, Graph, Model, Node, OperatorSetId, Shape, Tensor, Type, TypeValue, ValueInfo};
use super::onnx::{TensorType, data_type};
use super::runtime::{self, Runtime};

/// The installed library, or `None` after saying loudly that the test was skipped.
pub fn real_runtime(test: &str) -> Option<&'static Runtime> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dir = std::env::var_os("PORTICO_MODELS").map_or_else(|| root.join("models"), PathBuf::from);
    match runtime::get(&dir, Manifest::embedded().runtime()) {
        Ok(runtime) => Some(runtime),
        Err(e) => {
            eprintln!("SKIPPED {test}: {e}");
            None
        }
    }
}

pub fn node(op: &str, inputs: &[&str], output: &str, attribute: Vec<Attribute>) -> Node {
    Node {
        op_type: Some(op.to_owned()),
        name: Some(format!("{op}:{output}")),
        input: inputs.iter().map(|&i| i.to_owned()).collect(),
        output: vec![output.to_owned()],
        attribute,
        ..Node::default()
    }
}

pub fn ints(name: &str, values: &[i64]) -> Attribute {
    Attribute { name: Some(name.to_owned()), r#type: Some(7), ints: values.to_vec(), ..Attribute::default() }
}

pub fn int(name: &str, value: i64) -> Attribute {
    Attribute { name: Some(name.to_owned()), r#type: Some(2), i: Some(value), ..Attribute::default() }
}

pub fn text(name: &str, value: &str) -> Attribute {
    Attribute { name: Some(name.to_owned()), r#type: Some(3), s: Some(value.as_bytes().to_vec().into()), ..Attribute::default() }
}

pub fn constant_node(name: &str, value: Tensor) -> Node {
    node("Constant", &[], name, vec![Attribute { name: Some("value".to_owned()), r#type: Some(4), t: Some(value), ..Attribute::default() }])
}

pub fn int64s(name: &str, values: &[i64]) -> Tensor {
    Tensor {
        name: Some(name.to_owned()),
        dims: vec![values.len() as i64],
        data_type: Some(data_type::INT64),
        raw_data: Some(values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>().into()),
        ..Tensor::default()
    }
}

pub fn raw_tensor(name: &str, kind: i32, dims: &[i64], raw: Vec<u8>) -> Tensor {
    Tensor { name: Some(name.to_owned()), dims: dims.to_vec(), data_type: Some(kind), raw_data: Some(raw.into()), ..Tensor::default() }
}

pub fn value(name: &str, kind: i32, dims: &[i64]) -> ValueInfo {
    let dim = dims.iter().map(|&d| Dimension { value: Some(DimValue::Size(d)), denotation: None }).collect();
    let tensor = TensorType { elem_type: Some(kind), shape: Some(Shape { dim }) };
    ValueInfo {
        name: Some(name.to_owned()),
        r#type: Some(Type { value: Some(TypeValue::Tensor(tensor)), denotation: None }),
        ..ValueInfo::default()
    }
}

pub fn model(graph: Graph) -> Model {
    Model {
        ir_version: Some(8),
        opset_import: vec![OperatorSetId { domain: None, version: Some(15) }],
        graph: Some(Graph { name: Some("tiny".to_owned()), ..graph }),
        ..Model::default()
    }
}

/// `y = x × 2`, any shape of rank 4 with one channel.
pub fn doubling() -> Model {
    let mut input = value("x", data_type::FLOAT, &[1, 1, 0, 0]);
    let mut output = value("y", data_type::FLOAT, &[1, 1, 0, 0]);
    for info in [&mut input, &mut output] {
        let Some(TypeValue::Tensor(tensor)) = info.r#type.as_mut().and_then(|t| t.value.as_mut()) else { unreachable!() };
        for (dim, name) in tensor.shape.as_mut().unwrap().dim[2..].iter_mut().zip(["h", "w"]) {
            dim.value = Some(DimValue::Name(name.to_owned()));
        }
    }
    model(Graph {
        node: vec![node("Mul", &["x", "two"], "y", vec![])],
        initializer: vec![raw_tensor("two", data_type::FLOAT, &[1], 2f32.to_le_bytes().to_vec())],
        input: vec![input],
        output: vec![output],
        ..Graph::default()
    })
}

/// A chain of convolutions that takes many seconds on 256 × 256 pixels.
pub fn slow() -> Model {
    let (channels, side) = (32i64, 256i64);
    let weights = vec![0u8; (channels * channels * 9 * 4) as usize];
    let name = |i: usize| format!("t{i}");
    let conv = |i: usize| node("Conv", &[&name(i), "w"], &name(i + 1), vec![ints("kernel_shape", &[3, 3]), ints("pads", &[1, 1, 1, 1])]);
    model(Graph {
        node: (0..2000).map(conv).collect(),
        initializer: vec![raw_tensor("w", data_type::FLOAT, &[channels, channels, 3, 3], weights)],
        input: vec![value("t0", data_type::FLOAT, &[1, channels, side, side])],
        output: vec![value("t2000", data_type::FLOAT, &[1, channels, side, side])],
        ..Graph::default()
    })
}

/// An overlay entry for a model called `name` in the file `name.onnx`.
pub fn entry(name: &str, source: &str, checksum: Option<(u64, &str)>) -> String {
    let checksum = checksum.map_or_else(String::new, |(size, sha256)| format!("size = {size}\nsha256 = \"{sha256}\"\n"));
    format!(
        "[[model]]\nname = \"{name}\"\njob = \"test\"\nfamily = \"matte\"\nsummary_zh = \"试\"\nsummary_en = \"test\"\nfile = \"{name}.onnx\"\n\
         source = \"{source}\"\n{checksum}input = {{ size = 4, mean = [0, 0, 0], std = [1, 1, 1] }}\n\
         output = {{ activation = \"none\", normalise = \"none\" }}\nprepare = {{ single_precision = true }}\n\
         [model.licence]\nname = \"MIT\"\nowner = \"nobody\"\ncommercial = \"yes\"\nfiles = [\"LICENSE.md\"]\nnote_en = \"n\"\nnote_zh = \"n\"\n"
    )
}

pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// A models folder with one model in it, named `tiny`.
pub fn models_folder(model: &Model) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let bytes = model.encode_to_vec();
    std::fs::create_dir(dir.path().join("models.d")).unwrap();
    std::fs::write(dir.path().join("models.d/tiny.toml"), entry("tiny", "file:nowhere", Some((bytes.len() as u64, &sha256(&bytes)))))
        .unwrap();
    std::fs::write(dir.path().join("tiny.onnx"), bytes).unwrap();
    dir
}
