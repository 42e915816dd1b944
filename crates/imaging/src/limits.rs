//! Every limit on a picture that comes in, in one place. All of them are checked on the header, before anything is allocated.

use super::error::ImageError;

/// What a picture may be. A picture over a limit is refused with an error that names the limit and the picture's figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Of the encoded file.
    pub max_bytes: u64,
    /// Width × height.
    pub max_pixels: u64,
    /// Of the longer side, in pixels.
    pub max_side: u32,
    /// Of an animation, although only the first frame is used: counting them is what costs.
    pub max_frames: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { max_bytes: 128 << 20, max_pixels: 60_000_000, max_side: 32_768, max_frames: 10_000 }
    }
}

impl Limits {
    /// # Errors
    /// `file_too_large`.
    pub fn check_bytes(&self, bytes: u64) -> Result<(), ImageError> {
        if bytes > self.max_bytes { Err(ImageError::TooManyBytes { bytes, limit: self.max_bytes }) } else { Ok(()) }
    }

    /// Also used for pictures that an operation is about to make.
    ///
    /// # Errors
    /// `image_too_large` and, for a side of 0, `image_unreadable`.
    pub fn check_size(&self, width: u32, height: u32) -> Result<(), ImageError> {
        if width == 0 || height == 0 {
            return Err(ImageError::unreadable(format!("a side is zero: {width}x{height}")));
        }
        let pixels = u64::from(width) * u64::from(height);
        if width.max(height) > self.max_side {
            return Err(ImageError::SideTooLong { width, height, limit: self.max_side });
        }
        if pixels > self.max_pixels {
            return Err(ImageError::TooManyPixels { width, height, limit: self.max_pixels });
        }
        Ok(())
    }

    /// # Errors
    /// `too_many_frames`.
    pub fn check_frames(&self, frames: u32) -> Result<(), ImageError> {
        if frames > self.max_frames { Err(ImageError::TooManyFrames { frames, limit: self.max_frames }) } else { Ok(()) }
    }
}
