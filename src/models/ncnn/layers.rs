//! What each kind of layer becomes. Parameter numbers and their defaults: ncnn's "operators" documentation.

use super::activation::{activated, fused};
use super::arrange;
use super::builder::{Blob, Builder, int, ints, text};
use super::error::{NcnnError, Trouble};
use super::extent::{Extent, Ratio};
use super::param::Layer;
use super::pointwise;

/// Every kind that can be taken over, for messages and the documentation.
pub const SUPPORTED: &str = "Input, Convolution, ConvolutionDepthWise, PReLU, ReLU, Sigmoid, TanH, Swish, Clip, PixelShuffle, Interp, Concat, Eltwise, BinaryOp, \
                             Split, Padding, Crop, MemoryData, Noop, Dropout";

/// Adds a layer to the graph.
pub fn add(builder: &mut Builder, layer: &Layer) -> Result<(), NcnnError> {
    match layer.kind.as_str() {
        "Input" => input(builder, layer),
        "Convolution" => convolution(builder, layer, false),
        "ConvolutionDepthWise" => convolution(builder, layer, true),
        "PReLU" => prelu(builder, layer),
        "ReLU" | "Sigmoid" | "TanH" | "Swish" | "Clip" => activated(builder, layer),
        "PixelShuffle" => pixel_shuffle(builder, layer),
        "Interp" => interp(builder, layer),
        "Concat" => pointwise::concat(builder, layer),
        "Eltwise" => pointwise::eltwise(builder, layer),
        "BinaryOp" => pointwise::binary(builder, layer),
        "MemoryData" => pointwise::memory(builder, layer),
        "Split" => arrange::split(builder, layer),
        "Noop" => arrange::noop(builder, layer),
        "Dropout" => arrange::dropout(builder, layer),
        "Padding" => arrange::padding(builder, layer),
        "Crop" => arrange::crop(builder, layer),
        _ => Err(layer.error(
            Trouble::Layer,
            &format!("不支持这种层。支持的有：{SUPPORTED}"),
            &format!("this kind of layer is not supported. Supported: {SUPPORTED}"),
        )),
    }
}

fn input(builder: &mut Builder, layer: &Layer) -> Result<(), NcnnError> {
    // Width, height and channels; 0: free. Sizes are only a hint to ncnn.
    layer.allow(&[0, 1, 2])?;
    let channels = layer.int(2, 0)?;
    if channels != 0 && channels != 3 {
        return Err(layer.error(
            Trouble::Shape,
            &format!("输入有 {channels} 个通道，应为 3 个（RGB）"),
            &format!("the input has {channels} channels instead of three (RGB)"),
        ));
    }
    builder.output(layer, 0, Blob { tensor: super::INPUT.to_owned(), channels: 3, extent: Extent::INPUT, reach_px: 0.0 })
}

/// Kernel, steps and padding of a convolution, each as rows and columns.
struct Window {
    kernel: [usize; 2],
    dilation: [usize; 2],
    stride: [usize; 2],
    /// Top, left, bottom, right.
    pads: [usize; 4],
}

impl Window {
    fn of(layer: &Layer) -> Result<Window, NcnnError> {
        let pair = |column: i64, row: i64, default: i64| {
            let columns = layer.count(column, default, 1)?;
            Ok::<_, NcnnError>([layer.count(row, columns as i64, 1)?, columns])
        };
        let (kernel, dilation, stride) = (pair(1, 11, 0)?, pair(2, 12, 1)?, pair(3, 13, 1)?);
        let too_large = |sides: [usize; 2]| sides.iter().any(|&s| s > 255);
        if too_large(kernel) || too_large(dilation) || too_large(stride) {
            return Err(layer.error(Trouble::Shape, "卷积核、膨胀或步长太大", "kernel, dilation or stride is too large"));
        }
        let reach = |axis: usize| (kernel[axis] - 1) * dilation[axis];
        let left = layer.int(4, 0)?;
        let pads = match left {
            // ncnn's words for "the size stays", the odd pixel behind or in front.
            -233 | -234 if stride == [1, 1] => {
                let parts = |total: usize| if left == -233 { (total / 2, total - total / 2) } else { (total - total / 2, total / 2) };
                let ((top, bottom), (left, right)) = (parts(reach(0)), parts(reach(1)));
                [top, left, bottom, right]
            }
            -233 | -234 => return Err(layer.unsupported(4)),
            _ => {
                let left = layer.count(4, 0, 0)?;
                let top = layer.count(14, left as i64, 0)?;
                [top, left, layer.count(16, top as i64, 0)?, layer.count(15, left as i64, 0)?]
            }
        };
        if pads.iter().any(|&p| p > 4096) {
            return Err(layer.error(Trouble::Shape, "填充太大", "the padding is too large"));
        }
        if pads != [0; 4] && layer.number(18, 0.0)? != 0.0 {
            return Err(layer.unsupported(18));
        }
        Ok(Window { kernel, dilation, stride, pads })
    }

    fn extent(&self, input: &Blob) -> Option<Extent> {
        let [top, left, bottom, right] = self.pads.map(|p| p as i64);
        let reach = |axis: usize| ((self.kernel[axis] - 1) * self.dilation[axis]) as i64 + 1;
        input.extent.strided([top + bottom - reach(0), left + right - reach(1)], self.stride)
    }

    fn radius(&self) -> f64 {
        (0..2).map(|axis| ((self.kernel[axis] - 1) * self.dilation[axis]) as f64 / 2.0).fold(0.0, f64::max)
    }
}

fn convolution(builder: &mut Builder, layer: &Layer, by_groups: bool) -> Result<(), NcnnError> {
    layer.allow(&[0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 18])?;
    let window = Window::of(layer)?;
    let from = builder.only_input(layer)?;
    let channels = layer.count(0, 0, 1)?;
    let groups = if by_groups { layer.count(7, 1, 1)? } else { 1 };
    let stated = layer.count(6, 0, 0)?;
    if from.channels % groups != 0 || channels % groups != 0 {
        return Err(layer.error(Trouble::Shape, "通道数不能按组平分", "the channels cannot be shared out among the groups"));
    }
    let dims = [channels, from.channels / groups, window.kernel[0], window.kernel[1]];
    let expected = dims.iter().try_fold(1usize, |n, &d| n.checked_mul(d));
    if expected != Some(stated) {
        let expected = expected.map_or_else(|| "?".to_owned(), |n| n.to_string());
        return Err(layer.error(
            Trouble::Weights,
            &format!("写明有 {stated} 个权重，按它的输入（{} 个通道）应为 {expected} 个", from.channels),
            &format!("it announces {stated} weights, but for its input of {} channels it takes {expected}", from.channels),
        ));
    }
    let weight = builder.flagged(layer, &dims)?;
    let bias = if layer.int(5, 0)? != 0 { Some(builder.plain(layer, &[channels])?) } else { None };
    let extent = window.extent(&from).ok_or_else(|| no_size(layer))?;
    let inputs: Vec<&str> = [Some(&from.tensor), Some(&weight), bias.as_ref()].into_iter().flatten().map(String::as_str).collect();
    let attributes = vec![
        ints("kernel_shape", &window.kernel),
        ints("dilations", &window.dilation),
        ints("strides", &window.stride),
        ints("pads", &window.pads),
        int("group", groups as i64),
    ];
    let tensor = builder.node("Conv", &inputs, attributes);
    let tensor = fused(builder, layer, tensor)?;
    let reach_px = from.reach_px + from.input_px(window.radius());
    builder.output(layer, 0, Blob { tensor, channels, extent, reach_px })
}

/// The error for sizes that cannot be told for every input.
pub fn no_size(layer: &Layer) -> NcnnError {
    layer.error(Trouble::Shape, "它的输出尺寸不随输入按固定倍数变化", "the size of its output does not follow the input by a fixed factor")
}

fn prelu(builder: &mut Builder, layer: &Layer) -> Result<(), NcnnError> {
    layer.allow(&[0])?;
    let from = builder.only_input(layer)?;
    let slopes = layer.count(0, 0, 1)?;
    if slopes != 1 && slopes != from.channels {
        return Err(layer.error(
            Trouble::Weights,
            &format!("有 {slopes} 个斜率，输入却有 {} 个通道", from.channels),
            &format!("it has {slopes} slopes for {} channels", from.channels),
        ));
    }
    let slope = builder.plain(layer, &[slopes, 1, 1])?;
    let tensor = builder.node("PRelu", &[&from.tensor, &slope], vec![]);
    builder.output(layer, 0, Blob { tensor, ..from })
}

fn pixel_shuffle(builder: &mut Builder, layer: &Layer) -> Result<(), NcnnError> {
    layer.allow(&[0, 1])?;
    let from = builder.only_input(layer)?;
    let factor = layer.count(0, 1, 1)?;
    // Whether the channels of one result stand together, or those of one place.
    let mode = match layer.int(1, 0)? {
        0 => "CRD",
        1 => "DCR",
        _ => return Err(layer.unsupported(1)),
    };
    let places = factor.checked_mul(factor).filter(|&p| from.channels.is_multiple_of(p)).ok_or_else(|| {
        let channels = from.channels;
        layer.error(
            Trouble::Shape,
            &format!("{channels} 个通道不能摊成 {factor} × {factor}"),
            &format!("{channels} channels cannot be spread over {factor} × {factor} pixels"),
        )
    })?;
    let extent = Ratio::new(factor as u64, 1).and_then(|f| from.extent.scaled(f)).ok_or_else(|| no_size(layer))?;
    let tensor = builder.node("DepthToSpace", &[&from.tensor], vec![int("blocksize", factor as i64), text("mode", mode)]);
    builder.output(layer, 0, Blob { tensor, channels: from.channels / places, extent, ..from })
}

fn interp(builder: &mut Builder, layer: &Layer) -> Result<(), NcnnError> {
    layer.allow(&[0, 1, 2, 6])?;
    let from = builder.only_input(layer)?;
    let (row, column) = (layer.number(1, 1.0)?, layer.number(2, 1.0)?);
    if row != column {
        return Err(layer.error(Trouble::Shape, "高和宽的倍数不同", "it scales height and width differently"));
    }
    let factor = Ratio::of(row).ok_or_else(|| layer.unsupported(1))?;
    let extent = from.extent.scaled(factor).ok_or_else(|| no_size(layer))?;
    let corners = layer.int(6, 0)? != 0;
    let smooth = text("coordinate_transformation_mode", if corners { "align_corners" } else { "half_pixel" });
    let (attributes, radius) = match layer.int(0, 0)? {
        1 => {
            let nearest = [("mode", "nearest"), ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor")];
            (nearest.map(|(name, value)| text(name, value)).to_vec(), 0.5)
        }
        2 => (vec![text("mode", "linear"), smooth], 1.0),
        3 => (vec![text("mode", "cubic"), smooth, super::builder::float("cubic_coeff_a", -0.75)], 2.0),
        _ => return Err(layer.unsupported(0)),
    };
    let scale = factor.value() as f32;
    let scales = builder.floats(&[1.0, 1.0, scale, scale]);
    let tensor = builder.node("Resize", &[&from.tensor, "", &scales], attributes);
    let reach_px = from.reach_px + from.input_px(radius);
    builder.output(layer, 0, Blob { tensor, extent, reach_px, ..from })
}
