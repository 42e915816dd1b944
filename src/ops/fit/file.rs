//! The file: in the preset's first format that may hold the picture, within its bytes.

use std::sync::Arc;

use crate::imaging::encode::{DEFAULT_QUALITY, EncodeOptions, Encoded, Extras};
use crate::imaging::{Format, Picture};
use crate::ops::export::{File, LEAST_QUALITY};
use crate::ops::{OpError, StepContext};
use crate::plan::file_size;
use crate::presets::{Ask, Preset};

/// Below what an export would take: a rule has to hold, and a size may not change.
const WORST_QUALITY: u8 = 10;
/// Qualities that are tried for a file that has to be larger.
const HIGHER: [u8; 3] = [95, 98, 100];

/// What the user asked of the file.
pub struct Wish {
    pub format: Option<Format>,
    pub max_bytes: Option<u64>,
}

/// The smallest file that is asked for.
fn least(preset: &Preset) -> u64 {
    preset.rules.iter().filter_map(|r| if let Ask::Bytes { min, .. } = r.ask { min } else { None }).max().unwrap_or(0)
}

/// Writes the picture. Where no way is small enough the smallest is kept: the report says which rule it breaks.
pub fn write(step: &mut StepContext<'_>, preset: &Preset, picture: &Arc<Picture>, wish: &Wish) -> Result<(Encoded, Option<u8>), OpError> {
    let limit = wish.max_bytes.into_iter().chain(preset.max_bytes()).min();
    let holds = |f: &&Format| picture.is_opaque() || f.holds_alpha();
    let mut formats: Vec<Format> = match wish.format {
        Some(format) => vec![format],
        None => preset.make.formats.iter().filter(holds).copied().collect(),
    };
    if formats.is_empty() {
        formats = preset.make.formats.clone();
    }
    let mut smallest: Option<(Encoded, Option<u8>)> = None;
    for format in formats {
        let lossy = matches!(format, Format::Jpeg | Format::Webp | Format::Avif);
        let mut options = EncodeOptions { channels: preset.make.channels, ..EncodeOptions::new(format) };
        if lossy {
            options = options.with_quality(DEFAULT_QUALITY);
        }
        let file = File { options, extras: Extras { dpi: preset.dpi, ..Extras::default() } };
        let found = within(step, &file, picture, limit)?;
        let fits = limit.is_none_or(|limit| found.0.bytes.len() as u64 <= limit);
        if smallest.as_ref().is_none_or(|(known, _)| found.0.bytes.len() < known.bytes.len()) {
            smallest = Some(found);
        }
        if fits {
            break;
        }
    }
    let (mut encoded, mut quality) = smallest.ok_or_else(|| OpError::Internal(format!("{} has no format", preset.id)))?;
    if let Some(now) = quality {
        (encoded, quality) = large_enough(step, preset, picture, (encoded, now), limit)?;
    }
    tell(step, &encoded, quality, limit);
    Ok((encoded, quality))
}

/// The best quality within the limit, also below what an export would go to; the worst where none is.
fn within(step: &StepContext<'_>, file: &File<'_>, picture: &Arc<Picture>, limit: Option<u64>) -> Result<(Encoded, Option<u8>), OpError> {
    let Some(limit) = limit else { return Ok((file.write(step, picture, file.options.quality)?, file.options.quality)) };
    if let Ok(found) = file.best_quality(step, picture, limit)? {
        return Ok(found);
    }
    if file.options.quality.is_none() {
        return Ok((file.write(step, picture, None)?, None));
    }
    let (mut low, mut high) = (WORST_QUALITY, LEAST_QUALITY);
    let mut best = (file.write(step, picture, Some(low))?, Some(low));
    while low + 1 < high {
        let middle = low + (high - low) / 2;
        let encoded = file.write(step, picture, Some(middle))?;
        if encoded.bytes.len() as u64 <= limit {
            (low, best) = (middle, (encoded, Some(middle)));
        } else {
            high = middle;
        }
    }
    Ok(best)
}

/// A higher quality where the file has to have more bytes.
fn large_enough(
    step: &StepContext<'_>,
    preset: &Preset,
    picture: &Arc<Picture>,
    (mut encoded, mut quality): (Encoded, u8),
    limit: Option<u64>,
) -> Result<(Encoded, Option<u8>), OpError> {
    let least = least(preset);
    for higher in HIGHER {
        if encoded.bytes.len() as u64 >= least {
            break;
        }
        if higher <= quality {
            continue;
        }
        let options = EncodeOptions { channels: preset.make.channels, ..EncodeOptions::new(encoded.format).with_quality(higher) };
        let larger = File { options, extras: Extras { dpi: preset.dpi, ..Extras::default() } }.write(step, picture, Some(higher))?;
        if limit.is_some_and(|limit| larger.bytes.len() as u64 > limit) {
            break;
        }
        (encoded, quality) = (larger, higher);
    }
    Ok((encoded, Some(quality)))
}

fn tell(step: &mut StepContext<'_>, encoded: &Encoded, quality: Option<u8>, limit: Option<u64>) {
    let Some(limit) = limit else { return };
    let (most, is) = (file_size(limit as f64), file_size((encoded.bytes.len() as f64 / 100.0).round() * 100.0));
    if encoded.bytes.len() as u64 > limit {
        step.warn(
            "bytes_over_limit",
            format!("尺寸不能再小，文件最小只能压到 {is}，超过了 {most}。"),
            format!("The size may not shrink, and the file cannot be made smaller than {is}, which is over {most}."),
        );
    } else if let Some(quality) = quality.filter(|q| *q < DEFAULT_QUALITY) {
        step.warn(
            "quality_lowered",
            format!("为了不超过 {most}，质量由 {DEFAULT_QUALITY} 降为 {quality}，尺寸不变。"),
            format!("To stay within {most} the quality went from {DEFAULT_QUALITY} to {quality}; the size is unchanged."),
        );
    }
}
