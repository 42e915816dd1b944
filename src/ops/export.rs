//! `export`: a file to download; the picture itself and its version stay as they are. No metadata is ever written.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};

use super::params::refused;
use super::{Cost, FileOut, OpError, OpSpec, Operation, Outcome, Params, SourceFormat, StepContext, speech};
use crate::imaging::encode::{DEFAULT_QUALITY, EncodeOptions, Encoded, encode};
use crate::imaging::{Format, Picture, resize};

/// Below this quality a smaller size looks better than a lower quality.
const LEAST_QUALITY: u8 = 30;
/// Each time that the least quality is still too large, sides become this much of what they were.
const SHRINK: f64 = 0.85;
/// Sides are not made shorter than this to reach a byte limit.
const LEAST_SIDE_PX: u32 = 64;

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
    /// Planned.
    Avif,
    /// Planned.
    Gif,
    /// Planned.
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
    /// Planned.
    Keep,
    /// Planned.
    Recipe,
}

/// The file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ExportParams {
    /// `png`, `jpeg` or `webp` in this build.
    #[serde(default)]
    format: Option<ExportFormat>,
    /// For JPEG and WebP; WebP is lossless at 100.
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
    /// Planned.
    #[serde(default)]
    dpi: Option<f64>,
    /// `strip` in this build.
    #[serde(default)]
    metadata: Metadata,
}

static SPEC: OpSpec = OpSpec {
    name: "export",
    summary_zh: "导出文件（PNG、JPEG、WebP）",
    summary_en: "Exports a file (PNG, JPEG, WebP)",
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
        if p.metadata != Metadata::Strip || p.dpi.is_some() {
            return Err(refused(
                "parameter_unavailable",
                "这个版本导出的文件只含像素，不能写入元数据或 DPI。",
                "This build writes pixels only; it cannot keep metadata or set a DPI yet.",
            ));
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
        let (encoded, picture, quality) = match p.max_bytes {
            Some(limit) => within(step, picture, options, limit)?,
            None => (encode(&picture, &options)?, picture, options.quality),
        };
        step.notices.extend(encoded.notices);
        let mut resolved = Map::from_iter([("format".to_owned(), json!(format.name()))]);
        if let Some(quality) = quality.filter(|_| format != Format::Png) {
            resolved.insert("quality".to_owned(), json!(quality));
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
            Some(other) => {
                let name = format!("{other:?}").to_uppercase();
                Err(refused(
                    "parameter_unavailable",
                    format!("这个版本还不能导出 {name}，请用 PNG、JPEG 或 WebP。"),
                    format!("This build cannot write {name} yet. Use PNG, JPEG or WebP."),
                ))
            }
        }
    }
}

type Fitted = (Encoded, Arc<Picture>, Option<u8>);

/// The best quality whose file is within `limit` bytes; a smaller picture where even the least quality is not.
fn within(step: &mut StepContext<'_>, mut picture: Arc<Picture>, options: EncodeOptions, limit: u64) -> Result<Fitted, OpError> {
    let full = (picture.width(), picture.height());
    loop {
        if let Some((encoded, quality)) = best_quality(step, &picture, options, limit)? {
            if (picture.width(), picture.height()) != full {
                step.warn(
                    "shrunk_to_fit",
                    format!("为了不超过 {limit} 字节，导出的图片缩小为 {}×{}。", picture.width(), picture.height()),
                    format!("To stay within {limit} bytes the exported picture was made {}×{}.", picture.width(), picture.height()),
                );
            }
            return Ok((encoded, picture, quality));
        }
        let side = |v: u32| (f64::from(v) * SHRINK).round() as u32;
        let (width, height) = (side(picture.width()), side(picture.height()));
        if width.max(height) < LEAST_SIDE_PX {
            return Err(refused(
                "cannot_fit_bytes",
                format!("无法把文件压到 {limit} 字节以内，请放宽限制或换一种格式。"),
                format!("The file cannot be made as small as {limit} bytes. Allow more, or use another format."),
            ));
        }
        picture = Arc::new(resize::resize(&picture, width.max(1), height.max(1)));
    }
}

fn best_quality(
    step: &StepContext<'_>,
    picture: &Picture,
    options: EncodeOptions,
    limit: u64,
) -> Result<Option<(Encoded, Option<u8>)>, OpError> {
    let attempt = |quality: u8| -> Result<Option<Encoded>, OpError> {
        step.check_cancel()?;
        let encoded = encode(picture, &options.with_quality(quality))?;
        Ok((encoded.bytes.len() as u64 <= limit).then_some(encoded))
    };
    let wanted = options.quality.unwrap_or(DEFAULT_QUALITY);
    if let Some(encoded) = attempt(wanted)? {
        return Ok(Some((encoded, Some(wanted))));
    }
    if options.format == Format::Png {
        return Ok(None);
    }
    let (mut low, mut high, mut best) = (LEAST_QUALITY.min(wanted), wanted, None);
    while low < high {
        let middle = low + (high - low) / 2;
        match attempt(middle)? {
            Some(encoded) => {
                best = Some((encoded, Some(middle)));
                low = middle + 1;
            }
            None => high = middle,
        }
    }
    Ok(best)
}
