//! Layers that hand tensors on, pad them or cut them.

use super::builder::{Blob, Builder, text};
use super::error::{NcnnError, Trouble};
use super::extent::Extent;
use super::layers::no_size;
use super::param::Layer;

/// ncnn's word for "all that is left".
const REST: i64 = -233;

/// One tensor under several names.
pub fn split(builder: &mut Builder, layer: &Layer) -> Result<(), NcnnError> {
    let from = builder.only_input(layer)?;
    (0..layer.outputs.len()).try_for_each(|i| builder.output(layer, i, from.clone()))
}

/// Every input under another name.
pub fn noop(builder: &mut Builder, layer: &Layer) -> Result<(), NcnnError> {
    for i in 0..layer.inputs.len().max(1) {
        let from = builder.input(layer, i)?;
        builder.output(layer, i, from)?;
    }
    Ok(())
}

/// A factor, usually 1, once training is over.
pub fn dropout(builder: &mut Builder, layer: &Layer) -> Result<(), NcnnError> {
    layer.allow(&[0])?;
    let from = builder.only_input(layer)?;
    let factor = layer.number(0, 1.0)? as f32;
    let tensor = if factor == 1.0 {
        from.tensor.clone()
    } else {
        let factor = builder.scalar(factor);
        builder.node("Mul", &[&from.tensor, &factor], vec![])
    };
    builder.output(layer, 0, Blob { tensor, ..from })
}

pub fn padding(builder: &mut Builder, layer: &Layer) -> Result<(), NcnnError> {
    layer.allow(&[0, 1, 2, 3, 4, 5])?;
    let from = builder.only_input(layer)?;
    let side = |id| layer.int(id, 0).map(|v| if (0..=4096).contains(&v) { Some(v) } else { None });
    let [Some(top), Some(bottom), Some(left), Some(right)] = [side(0)?, side(1)?, side(2)?, side(3)?] else {
        return Err(layer.error(Trouble::Shape, "填充应为 0..4096", "paddings are 0..4096"));
    };
    let mode = match layer.int(4, 0)? {
        0 => "constant",
        1 => "edge",
        2 => "reflect",
        _ => return Err(layer.unsupported(4)),
    };
    let extent = from.extent.grown([top + bottom, left + right]).ok_or_else(|| no_size(layer))?;
    let pads = builder.ints(&[0, 0, top, left, 0, 0, bottom, right]);
    let value = builder.limit(layer.number(5, 0.0)? as f32);
    let inputs: &[&str] = if mode == "constant" { &[&from.tensor, &pads, &value] } else { &[&from.tensor, &pads] };
    let tensor = builder.node("Pad", inputs, vec![text("mode", mode)]);
    builder.output(layer, 0, Blob { tensor, extent, ..from })
}

/// A border cut off: stated side by side, or what a second input is smaller by.
pub fn crop(builder: &mut Builder, layer: &Layer) -> Result<(), NcnnError> {
    // 6, 7 and 8: columns, rows and channels cut off at the end.
    layer.allow(&[0, 1, 2, 3, 4, 5, 6, 7, 8])?;
    if layer.int(2, 0)? != 0 || layer.int(8, 0)? != 0 {
        return Err(layer.unsupported(if layer.int(2, 0)? != 0 { 2 } else { 8 }));
    }
    let from = builder.input(layer, 0)?;
    let (left, top) = (layer.count(0, 0, 0)? as i64, layer.count(1, 0, 0)? as i64);
    let (right, bottom) = if layer.inputs.len() > 1 {
        let like = builder.input(layer, 1)?;
        let (Extent::Free { scale, border }, Extent::Free { scale: other, border: smaller }) = (from.extent, like.extent) else {
            return Err(no_size(layer));
        };
        if scale != other || from.channels != like.channels {
            return Err(no_size(layer));
        }
        (border[1] - smaller[1] - left, border[0] - smaller[0] - top)
    } else {
        if let Some(id) = [3, 4, 5].into_iter().find(|&id| layer.int(id, 0) != Ok(REST)) {
            return Err(layer.unsupported(id));
        }
        (layer.count(6, 0, 0)? as i64, layer.count(7, 0, 0)? as i64)
    };
    if right < 0 || bottom < 0 {
        return Err(no_size(layer));
    }
    let extent = from.extent.grown([-top - bottom, -left - right]).ok_or_else(|| no_size(layer))?;
    // An end of −n cuts n off; a very large one cuts nothing.
    let end = |cut: i64| if cut == 0 { i64::MAX } else { -cut };
    let (starts, ends) = (builder.ints(&[top, left]), builder.ints(&[end(bottom), end(right)]));
    let axes = builder.ints(&[2, 3]);
    let tensor = builder.node("Slice", &[&from.tensor, &starts, &ends, &axes], vec![]);
    builder.output(layer, 0, Blob { tensor, extent, ..from })
}
