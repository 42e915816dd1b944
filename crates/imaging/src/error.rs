//! Why a picture could not be read or written, with a stable code and plain words.

use super::format::Foreign;
use crate::text::{Explain, Text};

/// The one error type of the pixel layer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    #[error("the file is empty")]
    Empty,
    /// `detail` is for the log.
    #[error("the picture cannot be read: {detail}")]
    Unreadable { detail: String },
    #[error("not a supported picture format: {0:?}")]
    Unsupported(Foreign),
    #[error("{bytes} bytes, the limit is {limit}")]
    TooManyBytes { bytes: u64, limit: u64 },
    #[error("{width}x{height} is over {limit} pixels")]
    TooManyPixels { width: u32, height: u32, limit: u64 },
    #[error("{width}x{height} has a side over {limit}")]
    SideTooLong { width: u32, height: u32, limit: u32 },
    /// `frames` is where counting stopped when it is `limit + 1`.
    #[error("{frames} frames, the limit is {limit}")]
    TooManyFrames { frames: u32, limit: u32 },
    /// A format cannot hold the picture, e.g. a side over 16383 in WebP.
    #[error("{format} cannot hold {width}x{height}")]
    DoesNotFit { format: &'static str, width: u32, height: u32, max_side: u32 },
    /// A format whose encoder would take minutes.
    #[error("{format} of {width}x{height} is over {limit} pixels")]
    TooSlow { format: &'static str, width: u32, height: u32, limit: u64 },
    #[error("writing {format} failed: {detail}")]
    Encode { format: &'static str, detail: String },
}

impl ImageError {
    pub(crate) fn unreadable(detail: impl std::fmt::Display) -> Self {
        ImageError::Unreadable { detail: detail.to_string() }
    }
}

impl Explain for ImageError {
    fn code(&self) -> &'static str {
        match self {
            ImageError::Empty => "image_empty",
            ImageError::Unreadable { .. } => "image_unreadable",
            ImageError::Unsupported(_) => "unsupported_format",
            ImageError::TooManyBytes { .. } => "file_too_large",
            ImageError::TooManyPixels { .. } | ImageError::SideTooLong { .. } => "image_too_large",
            ImageError::TooManyFrames { .. } => "too_many_frames",
            ImageError::DoesNotFit { .. } => "format_cannot_hold_size",
            ImageError::TooSlow { .. } => "avif_too_large",
            ImageError::Encode { .. } => "encode_failed",
        }
    }

    fn text(&self) -> Text {
        match self {
            ImageError::Empty => Text::new("文件是空的，请重新选择图片。", "The file is empty. Please choose the picture again."),
            ImageError::Unreadable { .. } => Text::new(
                "这张图片已损坏或不完整，无法读取。请重新导出或换一张。",
                "This picture is damaged or incomplete and cannot be read. Please export it again or use another one.",
            ),
            ImageError::Unsupported(foreign) => foreign.advice(),
            ImageError::TooManyBytes { bytes, limit } => Text::new(
                format!("文件有 {}，超过上限 {}。请先压缩或缩小。", megabytes(*bytes), megabytes(*limit)),
                format!("The file has {}, more than the limit of {}. Please make it smaller first.", megabytes(*bytes), megabytes(*limit)),
            ),
            ImageError::TooManyPixels { width, height, limit } => Text::new(
                format!("图片为 {width}×{height}，超过上限 {} 万像素。请先缩小。", limit / 10_000),
                format!(
                    "The picture is {width}×{height}, more than the limit of {} megapixels. Please make it smaller first.",
                    *limit as f64 / 1e6
                ),
            ),
            ImageError::SideTooLong { width, height, limit } => Text::new(
                format!("图片为 {width}×{height}，边长超过上限 {limit} 像素。请先缩小或裁剪。"),
                format!(
                    "The picture is {width}×{height}; no side may be longer than {limit} pixels. Please make it smaller or crop it first."
                ),
            ),
            ImageError::TooManyFrames { limit, .. } => Text::new(
                format!("这个动画超过 {limit} 帧，请先截取一段或只保存一帧。"),
                format!("This animation has more than {limit} frames. Please cut it or save a single frame."),
            ),
            ImageError::DoesNotFit { format, width, height, max_side } => Text::new(
                format!("{format} 的边长最多 {max_side} 像素，而图片为 {width}×{height}。请改用 PNG 或先缩小。"),
                format!("{format} holds at most {max_side} pixels a side and the picture is {width}×{height}. Use PNG or make it smaller."),
            ),
            ImageError::TooSlow { format, width, height, limit } => {
                let limit = limit / 1_000_000;
                Text::new(
                    format!("{format} 编码很慢，最多 {limit} 百万像素，而图片为 {width}×{height}。请先缩小，或改用 WebP。"),
                    format!(
                        "{format} is slow to write and limited to {limit} megapixels; the picture is {width}×{height}. Make it smaller, or use WebP."
                    ),
                )
            }
            ImageError::Encode { format, .. } => Text::new(
                format!("写出 {format} 时出错，图片未保存。请换一种格式。"),
                format!("Writing the {format} failed; nothing was saved. Please try another format."),
            ),
        }
    }
}

fn megabytes(bytes: u64) -> String {
    if bytes < 1_000_000 { format!("{} KB", bytes.div_ceil(1000)) } else { format!("{:.1} MB", bytes as f64 / 1e6) }
}
