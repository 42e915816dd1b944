//! Graph edits on tiny models, run by the real ONNX Runtime before and after.

use prost::Message;

use super::super::session::{LoadedSession, Optimise, SessionSpec};
use super::super::testing::*;
use super::*;

/// Runs a model with one input and gives its outputs.
fn run(model: &Model, shape: &[usize], data: &[f32]) -> Option<Vec<super::super::Tensor>> {
    let runtime = real_runtime("a graph edit")?;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("m.onnx");
    std::fs::write(&path, encode(model)).unwrap();
    let spec = SessionSpec { name: "tiny", outputs: &[], threads: 1 };
    let mut session = LoadedSession::open(runtime, &path, Optimise::Now, &spec).unwrap();
    let input = super::super::Tensor { shape: shape.to_vec(), data: data.to_vec() };
    Some(session.run_alone(&[input]).unwrap())
}

/// Half-precision bits of small multiples of 1/4.
fn half_bits(value: f32) -> u16 {
    let bits = value.to_bits();
    if value == 0.0 {
        return 0;
    }
    let exponent = (bits >> 23 & 0xff) as i32 - 127 + 15;
    ((bits >> 16 & 0x8000) as u16) | ((exponent as u16) << 10) | (bits >> 13 & 0x3ff) as u16
}

/// float → half → convolution with half weights → float, and a second output nobody wants.
fn half_model() -> Model {
    let weights: Vec<u8> = (0..9).flat_map(|i| half_bits(i as f32 * 0.25 - 1.0).to_le_bytes()).collect();
    model(Graph {
        node: vec![
            node("Cast", &["x"], "x16", vec![int("to", 10)]),
            node("Conv", &["x16", "w"], "c16", vec![ints("kernel_shape", &[3, 3]), ints("pads", &[1, 1, 1, 1])]),
            constant_node(
                "half",
                Tensor { int32_data: vec![i32::from(half_bits(0.5))], raw_data: None, ..raw_tensor("h", 10, &[1], vec![]) },
            ),
            node("Mul", &["c16", "half"], "m16", vec![]),
            node("Cast", &["m16"], "y", vec![int("to", 1)]),
            node("Add", &["x", "unused_w"], "side", vec![]),
        ],
        initializer: vec![raw_tensor("w", 10, &[1, 1, 3, 3], weights), raw_tensor("unused_w", 1, &[1], 1f32.to_le_bytes().to_vec())],
        input: vec![value("x", 1, &[1, 1, 4, 4])],
        output: vec![value("y", 1, &[1, 1, 4, 4]), value("side", 1, &[1, 1, 4, 4])],
        value_info: vec![value("x16", 10, &[1, 1, 4, 4]), value("c16", 10, &[1, 1, 4, 4])],
        ..Graph::default()
    })
}

fn ops(model: &Model) -> Vec<String> {
    model.graph.as_ref().unwrap().node.iter().filter_map(|n| n.op_type.clone()).collect()
}

#[test]
fn half_precision_becomes_single_and_gives_the_same_numbers() {
    let input: Vec<f32> = (0..16).map(|i| i as f32 - 7.0).collect();
    let mut edited = half_model();
    let converted = to_single_precision(&mut edited).unwrap();
    assert_eq!(converted, 2, "the weight and the constant");
    assert_eq!(ops(&edited)[0], "Identity", "a cast of a known float to half does nothing any more");
    let graph = edited.graph.as_ref().unwrap();
    assert!(graph.initializer.iter().all(|t| t.data_type != Some(data_type::FLOAT16)));
    assert!(graph.value_info.iter().all(|v| elem_type(&v.r#type) == Some(data_type::FLOAT)));
    let (Some(before), Some(after)) = (run(&half_model(), &[1, 1, 4, 4], &input), run(&edited, &[1, 1, 4, 4], &input)) else { return };
    // The numbers are exact in half precision, so both ways must agree exactly.
    assert_eq!(before[0].data, after[0].data);
    assert!(before[0].data.iter().any(|v| *v != 0.0));
}

#[test]
fn only_what_the_wanted_output_needs_is_kept() {
    let mut edited = half_model();
    keep_outputs(&mut edited, &["side".to_owned()]).unwrap();
    let graph = edited.graph.as_ref().unwrap();
    assert_eq!(ops(&edited), ["Add"]);
    assert_eq!(graph.initializer.len(), 1);
    assert!(graph.value_info.is_empty());
    let Some(outputs) = run(&edited, &[1, 1, 4, 4], &[3.0; 16]) else { return };
    assert_eq!(outputs.len(), 1);
    assert_eq!(outputs[0].data, [4.0; 16]);
}

#[test]
fn an_output_that_is_not_there_is_refused() {
    assert!(matches!(keep_outputs(&mut half_model(), &["z".to_owned()]), Err(GraphError::NoOutput(name)) if name == "z"));
}

#[test]
fn a_subgraph_keeps_what_it_reads_from_outside() {
    let branch = |name: &str| Graph {
        name: Some(name.to_owned()),
        node: vec![node("Identity", &["outside"], name, vec![])],
        output: vec![value(name, 1, &[1])],
        ..Graph::default()
    };
    let graph_attribute =
        |name: &str, graph| Attribute { name: Some(name.to_owned()), r#type: Some(5), g: Some(graph), ..Attribute::default() };
    let choose = node("If", &["cond"], "y", vec![graph_attribute("then_branch", branch("a")), graph_attribute("else_branch", branch("b"))]);
    let mut model = model(Graph {
        node: vec![node("Neg", &["x"], "outside", vec![]), choose],
        initializer: vec![raw_tensor("cond", 9, &[1], vec![1])],
        input: vec![value("x", 1, &[1])],
        output: vec![value("y", 1, &[1])],
        ..Graph::default()
    });
    keep_outputs(&mut model, &["y".to_owned()]).unwrap();
    assert_eq!(ops(&model), ["Neg", "If"]);
    let Some(outputs) = run(&model, &[1], &[5.0]) else { return };
    assert_eq!(outputs[0].data, [-5.0]);
}

/// Doubles a 4 × 4 picture by `Resize` to sizes that an export computed from the batch and two constants.
fn fixed_size_model() -> Model {
    model(Graph {
        node: vec![
            node("Relu", &["x"], "r", vec![]),
            node("Shape", &["r"], "shape", vec![]),
            constant_node("zero", int64s("z", &[0])),
            constant_node("two", int64s("t", &[2])),
            node("Slice", &["shape", "zero", "two", "zero"], "front", vec![]),
            constant_node("hw", int64s("hw_", &[8, 12])),
            node("Concat", &["front", "hw"], "sizes", vec![int("axis", 0)]),
            node(
                "Resize",
                &["r", "", "", "sizes"],
                "y",
                vec![text("mode", "linear"), text("coordinate_transformation_mode", "half_pixel")],
            ),
        ],
        input: vec![value("x", 1, &[1, 1, 4, 4])],
        output: vec![value("y", 1, &[1, 1, 8, 12])],
        value_info: vec![value("r", 1, &[1, 1, 4, 4])],
        ..Graph::default()
    })
}

#[test]
fn a_fixed_size_becomes_free_and_changes_nothing_at_the_old_size() {
    let mut free = fixed_size_model();
    free_spatial_size(&mut free).unwrap();
    assert_eq!(ops(&free), ["Relu", "Resize"], "the computed sizes are gone");
    let input: Vec<f32> = (0..16).map(|i| (i * 7 % 5) as f32).collect();
    let (Some(before), Some(after)) = (run(&fixed_size_model(), &[1, 1, 4, 4], &input), run(&free, &[1, 1, 4, 4], &input)) else { return };
    assert_eq!(after[0].shape, [1, 1, 8, 12]);
    assert_eq!(before[0].data, after[0].data);
    let larger = run(&free, &[1, 1, 6, 2], &[1.0; 12]).unwrap();
    assert_eq!(larger[0].shape, [1, 1, 12, 6]);
}

#[test]
fn a_size_that_cannot_be_followed_is_refused() {
    let mut unknown = fixed_size_model();
    unknown.graph.as_mut().unwrap().value_info.clear();
    assert!(matches!(free_spatial_size(&mut unknown), Err(GraphError::FixedSize { .. })));
}

#[test]
fn half_values_convert_exactly() {
    let cases = [
        (0x0000, 0.0),
        (0x3c00, 1.0),
        (0xc000, -2.0),
        (0x7bff, 65504.0),
        (0x0001, 2f32.powi(-24)),
        (0x0400, 2f32.powi(-14)),
        (0x3555, 0.333_251_95),
    ];
    for (bits, value) in cases {
        assert_eq!(half_to_single(bits), value, "{bits:#06x}");
    }
    assert_eq!(half_to_single(0x8000).to_bits(), (-0.0f32).to_bits());
    assert_eq!(half_to_single(0xfc00), f32::NEG_INFINITY);
    assert!(half_to_single(0x7e00).is_nan());
    // Every finite half is a distinct single.
    let all: std::collections::HashSet<u32> = (0..=u16::MAX).map(|h| half_to_single(h).to_bits()).collect();
    assert_eq!(all.len(), 65536);
}

#[test]
fn a_model_reads_back_as_it_was_written_byte_for_byte() {
    let bytes = half_model().encode_to_vec();
    assert_eq!(encode(&decode(bytes.clone()).unwrap()), bytes);
}

#[test]
fn rubbish_is_no_model() {
    assert!(decode(vec![0xffu8; 100]).is_err());
    assert!(matches!(decode(Vec::new()), Err(GraphError::NoGraph)));
}
