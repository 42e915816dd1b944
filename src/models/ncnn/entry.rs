//! The manifest entry of a network that was taken over.

use std::collections::BTreeMap;
use std::path::Path;

use super::Imported;
use crate::models::manifest::{Commercial, ImageInput, Licence, MatteOutput, ModelInfo, Preparation, Source};

/// The first line of every entry file that an import writes: only such files are replaced and removed by the program.
const HEADER: &str = "# Written by `portico models install --from-ncnn`; `portico models remove` takes it away again.\n";
/// Sides of tiles to choose from, in pixels of the input, and the most memory that the largest tensor of one may take.
const TILES: [u32; 3] = [256, 128, 64];
const TILE_BYTES: f64 = 256e6;
/// Overlap of tiles in pixels of the input: what the network looks at, within reason.
const OVERLAP_PX: std::ops::RangeInclusive<u32> = 4..=32;
/// Where the network looks further than that, neighbouring tiles are blended over this many pixels of the input.
const FEATHER_PX: u32 = 8;

/// The entry `name` for the upscaler in `NAME.onnx`, whose size and hash are stated.
pub fn model_info(name: &str, imported: &Imported, source: Source, (size, sha256): (u64, String)) -> ModelInfo {
    let scale = imported.scale;
    let overlap = imported.reach_px.clamp(*OVERLAP_PX.start(), *OVERLAP_PX.end()).next_multiple_of(imported.multiple);
    let tile = tile(imported, overlap);
    let number = |n: u32| toml::Value::Integer(i64::from(n));
    let mut settings = vec![("scale", scale), ("tile", tile), ("overlap", overlap)];
    if imported.reach_px > overlap {
        settings.push(("feather", FEATHER_PX));
    }
    ModelInfo {
        name: name.to_owned(),
        job: "upscale".to_owned(),
        family: "tiles".to_owned(),
        summary_zh: format!("放大到 {scale} 倍（{name}，从 ncnn 导入）"),
        summary_en: format!("Enlarges {scale} times ({name}, imported from ncnn)"),
        file: format!("{name}.onnx"),
        size: Some(size),
        sha256: Some(sha256),
        source,
        by_name: true,
        input: ImageInput {
            name: Some(super::INPUT.to_owned()),
            size: tile,
            sizes: vec![],
            multiple: imported.multiple,
            layout: Default::default(),
            order: Default::default(),
            mean: [0.0; 3],
            std: [255.0; 3],
        },
        output: MatteOutput::default(),
        outputs: vec![super::OUTPUT.to_owned()],
        settings: settings.into_iter().map(|(key, n)| (key.to_owned(), number(n))).collect(),
        prepare: Preparation { single_precision: imported.half, free_size: false },
        licence: Licence {
            name: "unknown".to_owned(),
            owner: "unknown".to_owned(),
            commercial: Commercial::Unclear,
            url: String::new(),
            files: vec![],
            note_en: "Imported by the operator; its licence is not known to Portico. Ask whoever published it before you use it for money."
                .to_owned(),
            note_zh: "由管理员导入；Portico 不知道它的许可证。商用前请先询问发布者。".to_owned(),
        },
    }
}

/// The largest tile whose tensors fit into memory.
fn tile(imported: &Imported, overlap: u32) -> u32 {
    let bytes = |tile: u32| imported.heaviest * f64::from(tile + 2 * overlap).powi(2) * 4.0;
    let side = TILES.into_iter().find(|&t| bytes(t) <= TILE_BYTES).unwrap_or(TILES[TILES.len() - 1]);
    side.next_multiple_of(imported.multiple)
}

/// The text of `models.d/NAME.toml`; `default`: it also makes the model the default for its job.
pub fn entry_file(info: &ModelInfo, default: bool) -> String {
    #[derive(serde::Serialize)]
    struct Entries<'a> {
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        defaults: BTreeMap<&'a str, &'a str>,
        model: [&'a ModelInfo; 1],
    }
    let defaults = default.then_some((info.job.as_str(), info.name.as_str())).into_iter().collect();
    let text = toml::to_string(&Entries { defaults, model: [info] }).expect("an entry is made of tables, texts and numbers");
    format!("{HEADER}{text}")
}

/// Whether an import wrote this file.
pub fn is_entry_file(path: &Path) -> bool {
    std::fs::read_to_string(path).is_ok_and(|text| text.starts_with(HEADER))
}
