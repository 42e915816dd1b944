//! `export`: a file to download; the picture itself and its version stay as they are. Metadata is written only where it is asked for.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};

use super::params::{param, refused};
use super::{Cost, FileOut, OpError, OpSpec, Operation, Outcome, Params, SourceFormat, StepContext, speech};
use crate::imaging::encode::{DEFAULT_QUALITY, EncodeOptions, Encoded, Extras, encode_with};
use crate::imaging::{Format, Picture, exif, resize};
use crate::plan::file_size;

/// Below this quality a smaller size looks better than a lower quality.
pub(super) const LEAST_QUALITY: u8 = 30;
/// Sides are not made shorter than this to reach a byte limit.
const LEAST_SIDE_PX: u32 = 64;
/// A size that uses this share of the bytes allowed is near enough.
const NEAR_ENOUGH: f64 = 0.93;
/// Sizes that are tried; each try encodes the picture.
const MOST_SIZES: usize = 10;
/// How long a cancelled export may go unnoticed while an encoder works.
const LOOK_FOR_CANCEL: Duration = Duration::from_millis(50);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum ExportFormat {
    /// Lossless, with transparency.
    Png,
    /// Small, without transparency.
    #[serde(alias = "jpg")]
    Jpeg,
    /// Small, with transparency.
    Webp,
    /// Smallest, with transparency; slow to write, up to 25 megapixels.
    Avif,
    /// 256 colours, one frame.
    Gif,
    /// Lossless, for print, with 16 bits a channel where the picture has them.
    #[serde(alias = "tif")]
    Tiff,
    /// Planned.
    Ora,
    /// Planned.
    Psd,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Metadata {
    /// Nothing but pixels.
    #[default]
    Strip,
    /// The upload's EXIF: camera, exposure, date, description, artist, copyright. Never the thumbnail, which shows the picture before it was
    /// edited, nor the maker's notes; the place only with `gps`.
    Keep,
    /// Planned.
    Recipe,
}

/// The file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ExportParams {
    /// `png`, `jpeg`, `webp`, `avif`, `tiff` or `gif` in this build.
    #[serde(default)]
    format: Option<ExportFormat>,
    /// For JPEG, WebP and AVIF; WebP is lossless at 100.
    #[serde(default)]
    #[schemars(range(min = 1, max = 100))]
    quality: Option<u8>,
    /// The file is at most this long: quality is lowered to 30, then the size. 1 KB = 1000 bytes.
    #[serde(default)]
    #[schemars(range(min = 256))]
    max_bytes: Option<u64>,
    /// Width of the file's picture in pixels; the height follows.
    #[serde(default)]
    #[schemars(range(min = 1, max = 65535))]
    width: Option<u32>,
    /// Pixels per inch, written into the file for print; pixels stay as they are.
    #[serde(default)]
    #[schemars(range(min = 1, max = 65535))]
    dpi: Option<f64>,
    /// `strip` or `keep`.
    #[serde(default)]
    metadata: Metadata,
    /// With `metadata: keep`: the place where the picture was taken stays as well.
    #[serde(default)]
    gps: bool,
}

static SPEC: OpSpec = OpSpec {
    name: "export",
    summary_zh: "导出文件（PNG、JPEG、WebP、AVIF、TIFF、GIF）",
    summary_en: "Exports a file (PNG, JPEG, WebP, AVIF, TIFF, GIF)",
    available: true,
    exact_outside_target: false,
    takes_target: false,
    makes_version: false,
    models: &[],
    cost: Cost::Instant,
    params: || schemars::schema_for!(ExportParams),
    speech: &speech::EXPORT,
};

pub(super) struct Export;

impl Operation for Export {
    fn spec(&self) -> &'static OpSpec {
        &SPEC
    }

    fn check(&self, params: &Params) -> Result<(), OpError> {
        let p: ExportParams = params.read()?;
        p.format()?;
        p.dpi()?;
        if p.metadata == Metadata::Recipe {
            return Err(refused(
                "parameter_unavailable",
                "这个版本还不能把编辑步骤写进文件；metadata 可用 strip 或 keep。",
                "This build cannot write the steps into the file yet. Use `strip` or `keep` for `metadata`.",
            ));
        }
        if p.gps && p.metadata != Metadata::Keep {
            return Err(param("gps", "gps 只与 metadata: keep 搭配。", "`gps` goes with `metadata: keep` only."));
        }
        Ok(())
    }

    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError> {
        let p: ExportParams = params.read()?;
        let input = step.input.clone();
        let picture = match p.width {
            Some(width) if width != input.width() => {
                let height = (f64::from(input.height()) * f64::from(width) / f64::from(input.width())).round().max(1.0) as u32;
                step.limits.check_size(width, height)?;
                Arc::new(resize::resize(&input, width, height))
            }
            _ => input.clone(),
        };
        step.check_cancel()?;
        let mut options = match p.format()? {
            Some(format) => EncodeOptions::new(format).with_quality(DEFAULT_QUALITY),
            None => SourceFormat::encode_options(step.source, &picture),
        };
        options.quality = p.quality.or(options.quality);
        let format = options.format;
        let exif = p.exif(step);
        let extras = Extras { dpi: p.dpi()?, exif: exif.as_deref() };
        if format == Format::Gif && (extras.dpi.is_some() || extras.exif.is_some()) {
            step.warn(
                "metadata_not_kept",
                "GIF 不能保存 DPI 和拍摄信息，文件里没有它们。需要的话请用 JPEG、PNG、WebP、AVIF 或 TIFF。",
                "A GIF holds no DPI and no EXIF, so the file has none. Use JPEG, PNG, WebP, AVIF or TIFF to keep them.",
            );
        }
        let file = File { options, extras };
        let (encoded, picture, quality) = match p.max_bytes {
            Some(limit) => file.within(step, picture, limit)?,
            None => (file.write(step, &picture, options.quality)?, picture, options.quality),
        };
        step.notices.extend(encoded.notices);
        let mut resolved = Map::from_iter([("format".to_owned(), json!(format.name()))]);
        if let Some(quality) = quality.filter(|_| has_quality(format)) {
            resolved.insert("quality".to_owned(), json!(quality));
        }
        if p.max_bytes.is_some() {
            resolved.insert("width".to_owned(), json!(picture.width()));
        }
        let file = FileOut {
            bytes: Arc::new(encoded.bytes),
            mime: format.mime(),
            extension: format.extension(),
            width: picture.width(),
            height: picture.height(),
        };
        Ok(Outcome { file: Some(file), resolved, ..Outcome::unchanged(input) })
    }
}

impl ExportParams {
    fn format(&self) -> Result<Option<Format>, OpError> {
        match self.format {
            None => Ok(None),
            Some(ExportFormat::Png) => Ok(Some(Format::Png)),
            Some(ExportFormat::Jpeg) => Ok(Some(Format::Jpeg)),
            Some(ExportFormat::Webp) => Ok(Some(Format::Webp)),
            Some(ExportFormat::Avif) => Ok(Some(Format::Avif)),
            Some(ExportFormat::Gif) => Ok(Some(Format::Gif)),
            Some(ExportFormat::Tiff) => Ok(Some(Format::Tiff)),
            Some(other @ (ExportFormat::Ora | ExportFormat::Psd)) => {
                let name = format!("{other:?}").to_uppercase();
                Err(refused(
                    "parameter_unavailable",
                    format!("这个版本还不能导出 {name}，请用 PNG、JPEG、WebP、AVIF、TIFF 或 GIF。"),
                    format!("This build cannot write {name} yet. Use PNG, JPEG, WebP, AVIF, TIFF or GIF."),
                ))
            }
        }
    }

    /// Whole pixels per inch.
    fn dpi(&self) -> Result<Option<u16>, OpError> {
        match self.dpi {
            None => Ok(None),
            Some(dpi) if (1.0..=65535.0).contains(&dpi) => Ok(Some(dpi.round() as u16)),
            Some(_) => Err(param("dpi", "dpi 应在 1 到 65535 之间。", "`dpi` is 1 to 65535.")),
        }
    }

    fn exif(&self, step: &mut StepContext<'_>) -> Option<Vec<u8>> {
        if self.metadata != Metadata::Keep {
            return None;
        }
        let kept = step.exif.as_ref().and_then(|block| exif::kept(block, self.gps));
        if kept.is_none() {
            step.warn(
                "no_metadata",
                "原图没有可保留的拍摄信息，文件里也就没有。",
                "The upload has no metadata that could be kept, so the file has none.",
            );
        }
        kept
    }
}

fn has_quality(format: Format) -> bool {
    matches!(format, Format::Jpeg | Format::Webp | Format::Avif)
}

type Fitted = (Encoded, Arc<Picture>, Option<u8>);

/// How the file is written.
pub(super) struct File<'a> {
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
        let (picture, dpi, exif) = (picture.clone(), self.extras.dpi, self.extras.exif.map(<[u8]>::to_vec));
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            let extras = Extras { dpi, exif: exif.as_deref() };
            // Nobody may be waiting any more.
            let _ = sender.send(encode_with(&picture, &options, &extras));
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
    fn within(&self, step: &mut StepContext<'_>, picture: Arc<Picture>, limit: u64) -> Result<Fitted, OpError> {
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
