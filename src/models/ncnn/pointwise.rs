//! Layers that put several tensors together, place by place or behind one another, and constants to put them together with.

use super::builder::{Blob, Builder, int};
use super::error::{NcnnError, Trouble};
use super::extent::Extent;
use super::param::Layer;

/// All inputs; there is at least one.
fn inputs(builder: &mut Builder, layer: &Layer) -> Result<Vec<Blob>, NcnnError> {
    let count = layer.inputs.len().max(1);
    (0..count).map(|i| builder.input(layer, i)).collect()
}

fn unlike(layer: &Layer) -> NcnnError {
    layer.error(Trouble::Shape, "它的输入大小不同，合不到一起", "its inputs are of different sizes and cannot be put together")
}

fn farthest(blobs: &[Blob]) -> f64 {
    blobs.iter().map(|b| b.reach_px).fold(0.0, f64::max)
}

/// Behind one another, by channels.
pub fn concat(builder: &mut Builder, layer: &Layer) -> Result<(), NcnnError> {
    layer.allow(&[0])?;
    // The first of three dimensions, counted from either end.
    if !matches!(layer.int(0, 0)?, 0 | -3) {
        return Err(layer.unsupported(0));
    }
    let blobs = inputs(builder, layer)?;
    let extent = blobs[0].extent;
    if extent == Extent::Fixed([1, 1]) || blobs.iter().any(|b| b.extent != extent) {
        return Err(unlike(layer));
    }
    let names: Vec<&str> = blobs.iter().map(|b| b.tensor.as_str()).collect();
    let tensor = builder.node("Concat", &names, vec![int("axis", 1)]);
    let channels = blobs.iter().try_fold(0usize, |n, b| n.checked_add(b.channels)).ok_or_else(|| unlike(layer))?;
    builder.output(layer, 0, Blob { tensor, channels, extent, reach_px: farthest(&blobs) })
}

/// Tensors of one size: product, weighted sum or maximum.
pub fn eltwise(builder: &mut Builder, layer: &Layer) -> Result<(), NcnnError> {
    layer.allow(&[0, 1])?;
    let blobs = inputs(builder, layer)?;
    if blobs.iter().any(|b| (b.extent, b.channels) != (blobs[0].extent, blobs[0].channels)) {
        return Err(unlike(layer));
    }
    let op = match layer.int(0, 0)? {
        0 => "Mul",
        1 => "Add",
        2 => "Max",
        _ => return Err(layer.unsupported(0)),
    };
    let coefficients = layer.list(1)?;
    if !coefficients.is_empty() && (op != "Add" || coefficients.len() != blobs.len()) {
        return Err(layer.unsupported(1));
    }
    let mut sum: Option<String> = None;
    for (i, blob) in blobs.iter().enumerate() {
        let part = match coefficients.get(i) {
            Some(&c) if c != 1.0 => {
                let factor = builder.scalar(c as f32);
                builder.node("Mul", &[&blob.tensor, &factor], vec![])
            }
            _ => blob.tensor.clone(),
        };
        sum = Some(match sum {
            Some(sum) => builder.node(op, &[&sum, &part], vec![]),
            None => part,
        });
    }
    let tensor = sum.unwrap_or_else(|| blobs[0].tensor.clone());
    builder.output(layer, 0, Blob { tensor, reach_px: farthest(&blobs), ..blobs[0].clone() })
}

/// Two tensors, or a tensor and a number.
pub fn binary(builder: &mut Builder, layer: &Layer) -> Result<(), NcnnError> {
    layer.allow(&[0, 1, 2])?;
    // The ONNX operator, and whether the second operand comes first.
    let (op, turned) = match layer.int(0, 0)? {
        0 => ("Add", false),
        1 => ("Sub", false),
        2 => ("Mul", false),
        3 => ("Div", false),
        4 => ("Max", false),
        5 => ("Min", false),
        6 => ("Pow", false),
        7 => ("Sub", true),
        8 => ("Div", true),
        9 => ("Pow", true),
        _ => return Err(layer.unsupported(0)),
    };
    let node = |builder: &mut Builder, a: &str, b: &str| {
        let (first, second) = if turned { (b, a) } else { (a, b) };
        builder.node(op, &[first, second], vec![])
    };
    if layer.int(1, 0)? != 0 {
        let from = builder.only_input(layer)?;
        let number = builder.scalar(layer.number(2, 0.0)? as f32);
        let tensor = node(builder, &from.tensor, &number);
        return builder.output(layer, 0, Blob { tensor, ..from });
    }
    let blobs = inputs(builder, layer)?;
    let [a, b] = &blobs[..] else {
        let n = blobs.len();
        return Err(layer.error(Trouble::Layer, &format!("应有 2 个输入，却有 {n} 个"), &format!("it has {n} inputs instead of two")));
    };
    let extent = match (a.extent, b.extent) {
        (x, y) if x == y => x,
        (x, Extent::Fixed([1, 1])) | (Extent::Fixed([1, 1]), x) => x,
        _ => return Err(unlike(layer)),
    };
    if a.channels != b.channels && a.channels != 1 && b.channels != 1 {
        return Err(unlike(layer));
    }
    let tensor = node(builder, &a.tensor, &b.tensor);
    builder.output(layer, 0, Blob { tensor, channels: a.channels.max(b.channels), extent, reach_px: farthest(&blobs) })
}

/// A constant: one number, or one for each channel.
pub fn memory(builder: &mut Builder, layer: &Layer) -> Result<(), NcnnError> {
    layer.allow(&[0, 1, 2, 21])?;
    let (width, height, channels) = (layer.count(0, 0, 0)?, layer.count(1, 0, 0)?, layer.count(2, 0, 0)?);
    let channels = match (width, height, channels) {
        (n, 0, 0) if n > 0 => n,
        (1, 1, n) if n > 0 => n,
        _ => {
            return Err(layer.error(
                Trouble::Shape,
                &format!("{width} × {height} × {channels} 的常量不支持：只支持每个通道一个数"),
                &format!("a constant of {width} × {height} × {channels} is not supported, only one number for each channel"),
            ));
        }
    };
    let dims = [1, channels, 1, 1];
    let tensor = if layer.int(21, 1)? == 0 { builder.flagged(layer, &dims)? } else { builder.plain(layer, &dims)? };
    builder.output(layer, 0, Blob { tensor, channels, extent: Extent::Fixed([1, 1]), reach_px: 0.0 })
}
