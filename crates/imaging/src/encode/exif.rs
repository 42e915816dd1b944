//! EXIF as files carry it: the resolution where a format has no field of its own, and the plain tags for TIFF.

use std::borrow::Cow;

use super::Extras;
use crate::exif;
use crate::ifd::Tiff;

/// The EXIF block to write where the resolution has to go into it too; `None` where there is nothing to say.
pub(super) fn with_resolution<'a>(extras: &Extras<'a>) -> Option<Cow<'a, [u8]>> {
    match (extras.exif, extras.dpi) {
        (exif, Some(dpi)) => Some(exif::with_resolution(exif, dpi).into()),
        (Some(exif), None) => Some(exif.into()),
        (None, None) => None,
    }
}

/// The tags of the first directory that are text, ASCII as the standard has it.
pub(super) fn text_tags(block: &[u8]) -> Vec<(u16, String)> {
    let Some((tiff, first)) = Tiff::new(block).and_then(|tiff| Some((tiff, tiff.first()?))) else { return vec![] };
    let text = tiff.entries(first).filter(|e| e.kind == 2);
    let plain = |data: &[u8]| {
        let text = std::str::from_utf8(data).ok()?.trim_end_matches('\0');
        (text.is_ascii() && !text.contains('\0')).then(|| text.to_owned())
    };
    text.filter_map(|e| Some((e.tag, plain(e.data)?))).collect()
}
