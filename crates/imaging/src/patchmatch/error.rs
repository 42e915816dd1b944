//! Why a hole was not filled.

use crate::text::{Explain, Text};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FillError {
    #[error("the picture is {picture:?} and a mask {mask:?}")]
    SizesDiffer { picture: (u32, u32), mask: (u32, u32) },
    /// The hole is all of the picture, or all the rest is transparent.
    #[error("nothing is left outside the hole to copy from")]
    NoSource,
    #[error("cancelled")]
    Cancelled,
}

impl Explain for FillError {
    fn code(&self) -> &'static str {
        match self {
            FillError::SizesDiffer { .. } => "mask_size_mismatch",
            FillError::NoSource => "nothing_to_fill_from",
            FillError::Cancelled => "cancelled",
        }
    }

    fn text(&self) -> Text {
        match self {
            FillError::SizesDiffer { picture, mask } => Text::new(
                format!("蒙版为 {}×{}，图片为 {}×{}，两者大小必须一致。", mask.0, mask.1, picture.0, picture.1),
                format!("The mask is {}×{} and the picture {}×{}; they must be the same size.", mask.0, mask.1, picture.0, picture.1),
            ),
            FillError::NoSource => Text::new(
                "选区几乎盖住了整张图片，没有可用来填补的内容。请缩小选区。",
                "The selection covers nearly the whole picture, so there is nothing to fill it with. Please select less.",
            ),
            FillError::Cancelled => Text::new("已取消。", "Cancelled."),
        }
    }
}
