//! Encoding one picture as the file that was asked for, within the bytes that are allowed.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use super::super::params::refused;
use super::super::{OpError, StepContext};
use super::{About, has_quality};
use crate::imaging::encode::{DEFAULT_QUALITY, EncodeOptions, Encoded, Extras, encode_with};
use crate::imaging::{Format, Picture, resize};
use crate::plan::file_size;

/// Below this quality a smaller size looks better than a lower quality.
pub(in crate::ops) const LEAST_QUALITY: u8 = 30;
/// Sides are not made shorter than this to reach a byte limit.
const LEAST_SIDE_PX: u32 = 64;
/// A size that uses this share of the bytes allowed is near enough.
const NEAR_ENOUGH: f64 = 0.93;
/// Sizes that are tried; each try encodes the picture.
const MOST_SIZES: usize = 10;
/// How long a cancelled export may go unnoticed while an encoder works.
const LOOK_FOR_CANCEL: Duration = Duration::from_millis(50);

/// The file, its picture, the quality.
type Fitted = (Encoded, Arc<Picture>, Option<u8>);

/// How the file is written.
pub(in crate::ops) struct File<'a> {
    pub options: EncodeOptions,
    pub extras: Extras<'a>,
}

impl File<'_> {
    pub fn write(&self, step: &StepContext<'_>, picture: &Arc<Picture>, quality: Option<u8>) -> Result<Encoded, OpError> {
        step.check_cancel()?;
        let options = EncodeOptions { quality, ..self.options };
        if options.format != Format::Avif {
            return Ok(encode_with(picture, &options, &self.extras)?);
        }
        // The encoder cannot be stopped and may take half a minute: a run that is cancelled leaves it to end by itself.
        let about = About { dpi: self.extras.dpi, exif: self.extras.exif.map(<[u8]>::to_vec), recipe: self.extras.recipe.map(Arc::from) };
        let picture = picture.clone();
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            // Nobody may be waiting any more.
            let _ = sender.send(encode_with(&picture, &options, &about.extras()));
        });
        loop {
            match receiver.recv_timeout(LOOK_FOR_CANCEL) {
                Ok(encoded) => return Ok(encoded?),
                Err(mpsc::RecvTimeoutError::Timeout) => step.check_cancel()?,
                Err(mpsc::RecvTimeoutError::Disconnected) => return Err(OpError::Internal("the AVIF encoder panicked".into())),
            }
        }
    }

    /// The best quality whose file is within `limit` bytes; where even the least quality is not, the largest size that is.
    pub fn within(&self, step: &mut StepContext<'_>, picture: Arc<Picture>, limit: u64) -> Result<Fitted, OpError> {
        let wanted = self.options.quality.filter(|_| has_quality(self.options.format));
        let least = match self.best_quality(step, &picture, limit)? {
            Ok((encoded, quality)) => {
                if let (Some(quality), Some(wanted)) = (quality, wanted)
                    && quality < wanted
                {
                    step.warn(
                        "quality_lowered",
                        format!("为了不超过 {}，质量由 {wanted} 降为 {quality}，尺寸不变。", file_size(limit as f64)),
                        format!(
                            "To stay within {} the quality went from {wanted} to {quality}; the size is unchanged.",
                            file_size(limit as f64)
                        ),
                    );
                }
                return Ok((encoded, picture, quality));
            }
            Err(least) => least,
        };
        let quality = wanted.map(|wanted| wanted.min(LEAST_QUALITY));
        let (encoded, smaller) = self.best_size(step, &picture, quality, (limit, least))?.ok_or_else(|| cannot_fit(limit))?;
        let (width, height) = (smaller.width(), smaller.height());
        let (zh, en) = match quality {
            Some(quality) => (format!("质量降为 {quality}，"), format!(" and its quality lowered to {quality}")),
            None => (String::new(), String::new()),
        };
        step.warn(
            "shrunk_to_fit",
            format!("为了不超过 {}，{zh}导出的图片缩小为 {width}×{height}。", file_size(limit as f64)),
            format!("To stay within {} the exported picture was made {width}×{height}{en}.", file_size(limit as f64)),
        );
        Ok((encoded, smaller, quality))
    }

    /// By bisection; `Err` with the bytes at the least quality where that is too much.
    pub fn best_quality(
        &self,
        step: &StepContext<'_>,
        picture: &Arc<Picture>,
        limit: u64,
    ) -> Result<Result<(Encoded, Option<u8>), u64>, OpError> {
        let attempt = |quality: Option<u8>| -> Result<Result<Encoded, u64>, OpError> {
            let encoded = self.write(step, picture, quality)?;
            let bytes = encoded.bytes.len() as u64;
            Ok(if bytes <= limit { Ok(encoded) } else { Err(bytes) })
        };
        if !has_quality(self.options.format) {
            return Ok(attempt(self.options.quality)?.map(|encoded| (encoded, None)));
        }
        let wanted = self.options.quality.unwrap_or(DEFAULT_QUALITY);
        if let Ok(encoded) = attempt(Some(wanted))? {
            return Ok(Ok((encoded, Some(wanted))));
        }
        let (mut low, mut high, mut best, mut least) = (LEAST_QUALITY.min(wanted), wanted, None, 0);
        while low < high {
            let middle = low + (high - low) / 2;
            match attempt(Some(middle))? {
                Ok(encoded) => {
                    best = Some((encoded, Some(middle)));
                    low = middle + 1;
                }
                Err(bytes) => {
                    least = bytes;
                    high = middle;
                }
            }
        }
        Ok(best.ok_or(least))
    }

    /// The largest size that fits, found by what a smaller one took: bytes go roughly with the number of pixels. `(limit, bytes at full size)`.
    fn best_size(
        &self,
        step: &StepContext<'_>,
        picture: &Picture,
        quality: Option<u8>,
        (limit, full): (u64, u64),
    ) -> Result<Option<(Encoded, Arc<Picture>)>, OpError> {
        // Shares of the side: the largest known to fit and the smallest known not to.
        let (mut fits, mut too_large, mut best) = (0.0, 1.0, None);
        let mut share = (limit as f64 / full.max(1) as f64).sqrt() * 0.98;
        for _ in 0..MOST_SIZES {
            let side = |v: u32| ((f64::from(v) * share).round() as u32).max(1);
            let (width, height) = (side(picture.width()), side(picture.height()));
            if width.max(height) < LEAST_SIDE_PX.min(picture.width().max(picture.height())) {
                break;
            }
            step.check_cancel()?;
            let smaller = Arc::new(resize::resize(picture, width, height));
            let encoded = self.write(step, &smaller, quality.or(self.options.quality))?;
            let used = encoded.bytes.len() as f64 / limit as f64;
            if used <= 1.0 {
                fits = share;
                best = Some((encoded, smaller));
                if used >= NEAR_ENOUGH {
                    break;
                }
            } else {
                too_large = share;
            }
            let guess = share * (0.97 / used).sqrt();
            share = if guess > fits && guess < too_large { guess } else { f64::midpoint(fits, too_large) };
            if (too_large - fits) * f64::from(picture.width().max(picture.height())) < 1.0 {
                break;
            }
        }
        Ok(best)
    }
}

fn cannot_fit(limit: u64) -> OpError {
    refused(
        "cannot_fit_bytes",
        format!("无法把文件压到 {} 以内，请放宽限制或换一种格式。", file_size(limit as f64)),
        format!("The file cannot be made as small as {}. Allow more, or use another format.", file_size(limit as f64)),
    )
}
