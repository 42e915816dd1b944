//! Activations: as layers of their own and fused into a convolution.

use super::builder::{Blob, Builder, float};
use super::error::{NcnnError, Trouble};
use super::param::Layer;

/// Parameters of a convolution: which activation, and its constants.
const FUSED_KIND: i64 = 9;
const FUSED_CONSTANTS: i64 = 10;

/// The activation after a convolution, if it has one.
pub fn fused(builder: &mut Builder, layer: &Layer, tensor: String) -> Result<String, NcnnError> {
    let constants = layer.list(FUSED_CONSTANTS)?;
    let constant = |index: usize| {
        constants
            .get(index)
            .map(|&v| v as f32)
            .ok_or_else(|| layer.error(Trouble::Format, "激活函数缺少参数", "its activation lacks a constant"))
    };
    Ok(match layer.int(FUSED_KIND, 0)? {
        0 => tensor,
        1 => relu(builder, &tensor, 0.0),
        2 => relu(builder, &tensor, constant(0)?),
        3 => clip(builder, &tensor, constant(0)?, constant(1)?),
        4 => builder.node("Sigmoid", &[&tensor], vec![]),
        5 => {
            // Mish (D. Misra, 2019): x · tanh(softplus(x)).
            let soft = builder.node("Softplus", &[&tensor], vec![]);
            let gate = builder.node("Tanh", &[&soft], vec![]);
            builder.node("Mul", &[&tensor, &gate], vec![])
        }
        6 => {
            let (alpha, beta) = (constant(0)?, constant(1)?);
            let gate = builder.node("HardSigmoid", &[&tensor], vec![float("alpha", alpha), float("beta", beta)]);
            builder.node("Mul", &[&tensor, &gate], vec![])
        }
        _ => return Err(layer.unsupported(FUSED_KIND)),
    })
}

/// A layer that is nothing but an activation without weights.
pub fn activated(builder: &mut Builder, layer: &Layer) -> Result<(), NcnnError> {
    let from = builder.only_input(layer)?;
    let tensor = match layer.kind.as_str() {
        "ReLU" => {
            layer.allow(&[0])?;
            relu(builder, &from.tensor, layer.number(0, 0.0)? as f32)
        }
        "Clip" => {
            layer.allow(&[0, 1])?;
            let (low, high) = (layer.number(0, f64::from(f32::MIN))?, layer.number(1, f64::from(f32::MAX))?);
            clip(builder, &from.tensor, low as f32, high as f32)
        }
        kind => {
            layer.allow(&[])?;
            match kind {
                "Sigmoid" => builder.node("Sigmoid", &[&from.tensor], vec![]),
                "TanH" => builder.node("Tanh", &[&from.tensor], vec![]),
                // x · sigmoid(x)
                _ => {
                    let gate = builder.node("Sigmoid", &[&from.tensor], vec![]);
                    builder.node("Mul", &[&from.tensor, &gate], vec![])
                }
            }
        }
    };
    builder.output(layer, 0, Blob { tensor, ..from })
}

fn relu(builder: &mut Builder, tensor: &str, slope: f32) -> String {
    if slope == 0.0 { builder.node("Relu", &[tensor], vec![]) } else { builder.node("LeakyRelu", &[tensor], vec![float("alpha", slope)]) }
}

fn clip(builder: &mut Builder, tensor: &str, low: f32, high: f32) -> String {
    let (low, high) = (builder.limit(low), builder.limit(high));
    builder.node("Clip", &[tensor, &low, &high], vec![])
}
