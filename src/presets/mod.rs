//! What platforms and authorities ask of a picture: presets, each with its rules, and each rule with its source, when that was last read, and how sure it is.
//!
//! The presets inside the program are `presets/platforms.toml`. Files `platforms.toml` and `platforms.d/*.toml` of the models folder are read over them: a
//! preset of the same name is replaced, others are added.

mod check;
mod rule;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::imaging::Format;
use crate::imaging::colour::{Srgb8, parse_hex};
use crate::text::Lang;

pub use check::is_id;
pub use rule::{Ask, Rule, Status};

const EMBEDDED: &str = include_str!("../../presets/platforms.toml");
/// The file and the folder of the models folder that are read over the presets inside the program.
const OVERLAY: &str = "platforms.toml";
const OVERLAYS: &str = "platforms.d";

/// Why presets could not be read. Names the file and the entry.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {why}")]
pub struct PresetError {
    pub file: String,
    pub why: String,
}

/// How a picture is brought into the size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// The subject is cut out and laid on the background.
    Cut,
    /// The frame is filled; what the subject needs is never cut off.
    Cover,
    /// All of the picture is kept, with a border where its shape differs.
    Contain,
    /// A person's head and shoulders on a plain background.
    Portrait,
}

/// Where a head goes in an ID photo, as shares of the picture's height. Of our own choice where no rule gives them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadRoom {
    /// Chin to crown: least, best, most.
    pub height: [f64; 3],
    /// Above the crown: least, best, most.
    pub above: [f64; 3],
}

/// What the program does to meet the rules. These are choices of ours, not rules of the platform.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Make {
    pub how: How,
    /// Sizes in pixels; of several, the one whose shape is nearest to the picture's, the first of equals.
    pub sizes: Vec<[u32; 2]>,
    /// The longest side may go down to this rather than enlarge a small picture.
    #[serde(default)]
    pub least: Option<u32>,
    /// No picture is enlarged more than this, even if a rule is broken then.
    #[serde(default)]
    pub most_enlarged: Option<f64>,
    /// What is behind a subject that is cut out: hex colours, the first unless another is asked for, or `transparent`.
    #[serde(default)]
    pub background: Vec<String>,
    /// Share of the frame that the subject's box takes, by its longer side.
    #[serde(default)]
    pub fill: Option<f64>,
    /// In which the file is written: the first that may hold it.
    pub formats: Vec<Format>,
    /// PNG with this many channels, although fewer would do.
    #[serde(default)]
    pub channels: Option<u8>,
    #[serde(default)]
    pub head: Option<HeadRoom>,
}

/// One platform's picture of one kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Preset {
    pub id: String,
    pub name_zh: String,
    pub name_en: String,
    /// Width and height on paper, in millimetres.
    pub mm: Option<[f64; 2]>,
    /// Pixels per inch that are written into the file.
    pub dpi: Option<u16>,
    pub make: Make,
    pub rules: Vec<Rule>,
}

impl Preset {
    pub fn name(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.name_zh,
            Lang::En => &self.name_en,
        }
    }

    /// The colours that a subject may be laid on; none where it is to be transparent or stays where it is.
    pub fn colours(&self) -> impl Iterator<Item = Srgb8> {
        self.make.background.iter().filter_map(|text| hex(text))
    }

    /// The largest file that is allowed, in bytes.
    pub fn max_bytes(&self) -> Option<u64> {
        self.rules.iter().filter_map(|r| if let Ask::Bytes { max, .. } = r.ask { Some(max) } else { None }).min()
    }

    /// The formats that are allowed; `None` where no rule says so.
    pub fn formats(&self) -> Option<&[Format]> {
        self.rules.iter().find_map(|r| if let Ask::Format { any } = &r.ask { Some(any.as_slice()) } else { None })
    }

    /// Whether transparency is allowed.
    pub fn may_be_transparent(&self) -> bool {
        let refused =
            |r: &Rule| matches!(&r.ask, Ask::Opaque | Ask::Background { .. }) || matches!(&r.ask, Ask::Depth { any } if any == &[24]);
        !self.rules.iter().any(refused)
    }
}

/// A colour as presets write it.
pub fn hex(text: &str) -> Option<Srgb8> {
    let [r, g, b, a] = parse_hex(&text.to_ascii_lowercase())?;
    (a == 255).then_some([r, g, b])
}

/// Where a rule was read.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    pub what: String,
    /// When it was last read, `YYYY-MM-DD`.
    pub date: String,
    pub status: Status,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PresetFile {
    #[serde(default)]
    source: BTreeMap<String, Source>,
    #[serde(default, rename = "preset")]
    presets: Vec<PresetEntry>,
}

/// A preset as it is written: rules name their source.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PresetEntry {
    id: String,
    name_zh: String,
    name_en: String,
    mm: Option<[f64; 2]>,
    dpi: Option<u16>,
    make: Make,
    rules: Vec<toml::Table>,
}

/// Every preset that there is.
#[derive(Clone, Debug)]
pub struct Presets {
    all: Vec<Preset>,
    sources: BTreeMap<String, Source>,
}

impl Presets {
    /// Those inside the program.
    pub fn embedded() -> Presets {
        let mut presets = Presets { all: vec![], sources: BTreeMap::new() };
        presets.overlay(EMBEDDED).expect("the presets in the program are valid; a test reads them");
        presets
    }

    /// The same with the overlay files of a folder, in the order of their names.
    ///
    /// # Errors
    /// What is wrong in which file.
    pub fn with_overlays(dir: &Path) -> Result<Presets, PresetError> {
        let mut presets = Presets::embedded();
        let mut files: Vec<PathBuf> = match std::fs::read_dir(dir.join(OVERLAYS)) {
            Ok(entries) => entries.flatten().map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "toml")).collect(),
            Err(_) => vec![],
        };
        files.sort();
        let single = dir.join(OVERLAY);
        if single.is_file() {
            files.insert(0, single);
        }
        for path in files {
            let wrong = |why: String| PresetError { file: path.display().to_string(), why };
            let text = std::fs::read_to_string(&path).map_err(|e| wrong(e.to_string()))?;
            presets.overlay(&text).map_err(wrong)?;
        }
        Ok(presets)
    }

    fn overlay(&mut self, text: &str) -> Result<(), String> {
        let file: PresetFile = toml::from_str(text).map_err(|e| e.to_string())?;
        for (name, source) in file.source {
            check::source(&name, &source)?;
            self.sources.insert(name, source);
        }
        for entry in file.presets {
            let preset = self.preset(entry)?;
            match self.all.iter_mut().find(|p| p.id == preset.id) {
                Some(old) => *old = preset,
                None => self.all.push(preset),
            }
        }
        Ok(())
    }

    fn preset(&self, entry: PresetEntry) -> Result<Preset, String> {
        let id = entry.id;
        let read = |(i, table): (usize, toml::Table)| {
            Rule::read(table, &self.sources).map_err(|why| format!("{id}, rule {}: {}", i + 1, why.trim()))
        };
        let rules = entry.rules.into_iter().enumerate().map(read).collect::<Result<Vec<Rule>, String>>()?;
        let preset = Preset {
            id: id.clone(),
            name_zh: entry.name_zh,
            name_en: entry.name_en,
            mm: entry.mm,
            dpi: entry.dpi,
            make: entry.make,
            rules,
        };
        check::preset(&preset).map_err(|why| format!("{id}: {why}"))?;
        Ok(preset)
    }

    /// In the order in which lists show them.
    pub fn all(&self) -> &[Preset] {
        &self.all
    }

    pub fn find(&self, id: &str) -> Option<&Preset> {
        self.all.iter().find(|p| p.id == id)
    }
}

#[cfg(test)]
mod tests;
