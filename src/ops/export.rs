//! `export`: a file to download; the picture itself and its version stay as they are. Metadata is written only where it is asked for.

mod bytes;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub(super) use self::bytes::{File, LEAST_QUALITY};

use super::layers::{self, Masks};
use super::params::param;
use super::{Cost, FileOut, OpError, OpSpec, Operation, Outcome, Params, SourceFormat, StepContext, speech};
use crate::imaging::encode::{DEFAULT_QUALITY, EncodeOptions, Encoded, Extras};
use crate::imaging::layered::{Document, write_ora, write_psd};
use crate::imaging::{Format, Picture, exif, resize};
use crate::text::Text;

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
    /// Layers, for GIMP, Krita and others: the original, each edit, masks and cut-outs; lossless.
    Ora,
    /// Layers with masks, for Photoshop and others, with 8 bits a channel, up to 30 000 pixels a side.
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
    /// The steps that made the picture, as a recipe that this program reads back; nothing else. PNG, JPEG, WebP, TIFF, ORA and PSD hold it.
    Recipe,
}

/// The file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ExportParams {
    /// `png`, `jpeg`, `webp`, `avif`, `tiff` or `gif`; `ora` or `psd` with layers.
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
    /// `strip`, `keep` or `recipe`.
    #[serde(default)]
    metadata: Metadata,
    /// With `metadata: keep`: the place where the picture was taken stays as well.
    #[serde(default)]
    gps: bool,
}

static SPEC: OpSpec = OpSpec {
    name: "export",
    summary_zh: "导出文件（PNG、JPEG、WebP、AVIF、TIFF、GIF，分层 ORA、PSD）",
    summary_en: "Exports a file (PNG, JPEG, WebP, AVIF, TIFF, GIF; layered ORA, PSD)",
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
        p.dpi()?;
        if p.format().is_some_and(Format::holds_layers) {
            for (name, given) in [("width", p.width.is_some()), ("max_bytes", p.max_bytes.is_some())] {
                if given {
                    return Err(param(
                        name,
                        format!("分层文件（ORA、PSD）不能用 {name}；要改尺寸请在导出前加一步缩放。"),
                        format!("A layered file (ORA, PSD) takes no `{name}`; to change its size resize before the export."),
                    ));
                }
            }
        }
        if p.gps && p.metadata != Metadata::Keep {
            return Err(param("gps", "gps 只与 metadata: keep 搭配。", "`gps` goes with `metadata: keep` only."));
        }
        Ok(())
    }

    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError> {
        let p: ExportParams = params.read()?;
        let input = step.input.clone();
        let mut outcome = Outcome::unchanged(input.clone());
        let about = About { dpi: p.dpi()?, exif: p.exif(step), recipe: p.recipe(step) };
        let pieces = step.past.pieces.clone();
        if pieces.is_empty() {
            let (file, resolved) = p.one(step, &input, &about)?;
            outcome.resolved = resolved;
            outcome.report = file.report;
            outcome.files = vec![file.out];
            return Ok(outcome);
        }
        for (n, piece) in (1..).zip(&pieces) {
            let (file, resolved) = p.one(step, piece, &about)?;
            outcome.resolved = resolved;
            outcome.files.push(FileOut { part: Some(n), ..file.out });
        }
        Ok(outcome)
    }
}

/// What a file says besides its pixels.
struct About {
    dpi: Option<u16>,
    exif: Option<Vec<u8>>,
    recipe: Option<Arc<str>>,
}

impl About {
    fn extras(&self) -> Extras<'_> {
        Extras { dpi: self.dpi, exif: self.exif.as_deref(), recipe: self.recipe.as_deref() }
    }
}

/// A file and what is to be said of it.
struct Exported {
    out: FileOut,
    report: Option<(Value, Text)>,
}

impl ExportParams {
    /// One file of one picture, and the parameters as used.
    fn one(&self, step: &mut StepContext<'_>, input: &Arc<Picture>, about: &About) -> Result<(Exported, Map<String, Value>), OpError> {
        let picture = match self.width {
            Some(width) if width != input.width() => {
                let height = (f64::from(input.height()) * f64::from(width) / f64::from(input.width())).round().max(1.0) as u32;
                step.limits.check_size(width, height)?;
                Arc::new(resize::resize(input, width, height))
            }
            _ => input.clone(),
        };
        step.check_cancel()?;
        let mut options = match self.format() {
            Some(format) => EncodeOptions::new(format).with_quality(DEFAULT_QUALITY),
            // The parts of one picture are files of one kind.
            None => SourceFormat::encode_options(step.source, &step.input),
        };
        options.quality = self.quality.or(options.quality);
        let format = options.format;
        if format.holds_layers() {
            return layered(step, &picture, format, about);
        }
        let extras = about.extras();
        if format == Format::Gif && (extras.dpi.is_some() || extras.exif.is_some()) {
            step.warn(
                "metadata_not_kept",
                "GIF 不能保存 DPI 和拍摄信息，文件里没有它们。需要的话请用 JPEG、PNG、WebP、AVIF 或 TIFF。",
                "A GIF holds no DPI and no EXIF, so the file has none. Use JPEG, PNG, WebP, AVIF or TIFF to keep them.",
            );
        }
        let file = File { options, extras };
        let (encoded, picture, quality) = match self.max_bytes {
            Some(limit) => file.within(step, picture, limit)?,
            None => (file.write(step, &picture, options.quality)?, picture, options.quality),
        };
        let mut resolved = Map::from_iter([("format".to_owned(), json!(format.name()))]);
        if let Some(quality) = quality.filter(|_| has_quality(format)) {
            resolved.insert("quality".to_owned(), json!(quality));
        }
        if self.max_bytes.is_some() {
            resolved.insert("width".to_owned(), json!(picture.width()));
        }
        Ok((Exported { out: out(step, encoded, &picture), report: None }, resolved))
    }
}

fn out(step: &mut StepContext<'_>, encoded: Encoded, picture: &Picture) -> FileOut {
    for notice in encoded.notices {
        if !step.notices.contains(&notice) {
            step.notices.push(notice);
        }
    }
    FileOut {
        bytes: Arc::new(encoded.bytes),
        mime: encoded.format.mime(),
        extension: encoded.format.extension(),
        width: picture.width(),
        height: picture.height(),
        part: None,
    }
}

/// The picture with what led to it; a part of a picture by itself.
fn layered(
    step: &mut StepContext<'_>,
    picture: &Arc<Picture>,
    format: Format,
    about: &About,
) -> Result<(Exported, Map<String, Value>), OpError> {
    let whole = Arc::ptr_eq(picture, &step.input);
    let label = Text::new("正在写图层", "Writing the layers");
    step.watch.progress(step.step, None, &label);
    let psd = format == Format::Psd;
    let document = if whole {
        layers::document(step, if psd { Masks::OfLayers } else { Masks::AsLayers })?
    } else {
        Document::of(Text::new("图片", "Picture").get(step.past.lang), picture)
    };
    step.check_cancel()?;
    let encoded = if psd { write_psd(&document, &about.extras())? } else { write_ora(&document, &about.extras())? };
    let names: Vec<&str> = document.layers.iter().map(|layer| layer.name.as_str()).collect();
    let listed: Vec<Value> =
        document.layers.iter().map(|l| json!({ "name": l.name, "visible": l.visible, "mask": l.mask.is_some() })).collect();
    let words = Text::new(
        format!("{} 个图层，从下到上：{}。", names.len(), names.join("；")),
        format!("{} layers, from the lowest up: {}.", names.len(), names.join("; ")),
    );
    let report = Some((json!({ "layers": listed }), words));
    Ok((Exported { out: out(step, encoded, picture), report }, Map::from_iter([("format".to_owned(), json!(format.name()))])))
}

impl ExportParams {
    fn format(&self) -> Option<Format> {
        self.format.map(|format| match format {
            ExportFormat::Png => Format::Png,
            ExportFormat::Jpeg => Format::Jpeg,
            ExportFormat::Webp => Format::Webp,
            ExportFormat::Avif => Format::Avif,
            ExportFormat::Gif => Format::Gif,
            ExportFormat::Tiff => Format::Tiff,
            ExportFormat::Ora => Format::Ora,
            ExportFormat::Psd => Format::Psd,
        })
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

    fn recipe(&self, step: &mut StepContext<'_>) -> Option<Arc<str>> {
        if self.metadata != Metadata::Recipe {
            return None;
        }
        let recipe = step.past.recipe.clone();
        if recipe.is_none() {
            step.warn(
                "no_recipe",
                "导出之前没有任何步骤，文件里也就没有配方。",
                "No steps come before the export, so the file has no recipe.",
            );
        }
        recipe
    }
}

fn has_quality(format: Format) -> bool {
    matches!(format, Format::Jpeg | Format::Webp | Format::Avif)
}
