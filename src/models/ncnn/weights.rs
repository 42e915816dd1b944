//! The `.bin` file: the layers' weights one after another, in the order of the layers.
//!
//! A layer's main weights start with a flag of four bytes that says how they are written; biases and slopes follow without one. Flags: ncnn's "param and
//! model file structure".

use bytes::Bytes;

use super::error::{NcnnError, Trouble};
use super::param::Layer;
use crate::models::onnx::{Tensor, data_type};

/// Half-precision values, filled up to four bytes.
const HALF: u32 = 0x0130_6B47;
/// Single-precision values: plainly, or with scales of their own elsewhere in the file.
const SINGLE: u32 = 0;
const SINGLE_SCALED: u32 = 0x0002_C056;
/// Whole numbers of eight bits.
const INT8: u32 = 0x000D_4B38;

/// Reads weights in order.
pub struct Weights {
    rest: Bytes,
}

/// Values of one array as they stand in the file, little-endian.
pub struct Values {
    /// A [`data_type`].
    pub kind: i32,
    pub raw: Bytes,
}

impl Weights {
    pub fn new(bytes: Bytes) -> Self {
        Weights { rest: bytes }
    }

    /// Bytes that nothing has read.
    pub fn left(&self) -> usize {
        self.rest.len()
    }

    /// An array that starts with a flag.
    pub fn flagged(&mut self, layer: &Layer, count: usize) -> Result<Values, NcnnError> {
        let flag = self.take(layer, count, Some(4))?;
        let flag = u32::from_le_bytes([flag[0], flag[1], flag[2], flag[3]]);
        let quantised = |how_zh: &str, how_en: &str| {
            layer.error(
                Trouble::Weights,
                &format!("权重是{how_zh}的，不支持；请使用 fp32 或 fp16 的版本"),
                &format!("its weights are {how_en}, which is not supported; use the version with fp32 or fp16 weights"),
            )
        };
        match flag {
            HALF => {
                let bytes = count.checked_mul(2).and_then(|n| n.checked_next_multiple_of(4));
                let raw = self.take(layer, count, bytes)?;
                Ok(Values { kind: data_type::FLOAT16, raw: raw.slice(..count * 2) })
            }
            SINGLE | SINGLE_SCALED => self.plain(layer, count),
            INT8 => Err(quantised("8 位整数量化", "quantised to 8-bit whole numbers")),
            _ if flag.to_le_bytes()[0] == 0 || flag >> 8 != 0 => Err(layer.error(
                Trouble::Weights,
                &format!("权重开头的标志 0x{flag:08X} 不认识：.bin 与 .param 不是同一个网络，或文件已损坏"),
                &format!("its weights start with the unknown flag 0x{flag:08X}: the .bin file is of another network, or damaged"),
            )),
            _ => Err(quantised("查表量化", "quantised by a table")),
        }
    }

    /// An array of single-precision values without a flag.
    pub fn plain(&mut self, layer: &Layer, count: usize) -> Result<Values, NcnnError> {
        let raw = self.take(layer, count, count.checked_mul(4))?;
        Ok(Values { kind: data_type::FLOAT, raw })
    }

    fn take(&mut self, layer: &Layer, count: usize, bytes: Option<usize>) -> Result<Bytes, NcnnError> {
        match bytes {
            Some(bytes) if bytes <= self.rest.len() => Ok(self.rest.split_to(bytes)),
            _ => Err(layer.error(
                Trouble::Weights,
                &format!(".bin 文件到这里就结束了，而这一层需要 {count} 个权重：文件不完整，或与 .param 不是同一个网络"),
                &format!("the .bin file ends here, but the layer takes {count} weights: the file is cut short, or of another network"),
            )),
        }
    }
}

impl Values {
    /// Whether every value is a number.
    pub fn are_finite(&self) -> bool {
        match self.kind {
            data_type::FLOAT16 => self.raw.chunks_exact(2).all(|b| u16::from_le_bytes([b[0], b[1]]) & 0x7c00 != 0x7c00),
            _ => self.raw.chunks_exact(4).all(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]).is_finite()),
        }
    }

    /// As a tensor of these sizes.
    pub fn tensor(self, name: String, dims: &[usize]) -> Tensor {
        Tensor {
            name: Some(name),
            dims: dims.iter().map(|&d| d as i64).collect(),
            data_type: Some(self.kind),
            raw_data: Some(self.raw),
            ..Tensor::default()
        }
    }
}
