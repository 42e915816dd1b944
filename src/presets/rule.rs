//! One rule of a preset: what is asked, where that was read and when.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Source;
use crate::imaging::Format;

/// How sure a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// Read on the platform's own page or in its own tool.
    #[serde(rename = "verified")]
    Verified,
    /// A third party's copy of the platform's own page.
    #[serde(rename = "transcribed")]
    Transcribed,
    /// Several third parties say so; the platform's own page could not be read.
    #[serde(rename = "commonly stated")]
    CommonlyStated,
}

/// What a rule asks. Sizes are in pixels as the picture is shown; millimetres are those of the preset's paper size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Ask {
    /// Exactly one of these.
    Size {
        any: Vec<[u32; 2]>,
    },
    /// Both sides.
    Sides {
        #[serde(default)]
        min: Option<u32>,
        #[serde(default)]
        max: Option<u32>,
    },
    /// The longer side.
    Longest {
        #[serde(default)]
        min: Option<u32>,
        #[serde(default)]
        max: Option<u32>,
    },
    /// The shorter side.
    Shortest {
        min: u32,
    },
    /// Width × height.
    Pixels {
        max: u64,
    },
    /// Width to height, one of these, give or take half a per cent: quoted sizes are rounded.
    Aspect {
        any: Vec<[f64; 2]>,
    },
    /// Width ÷ height, give or take half a per cent.
    Shape {
        min: f64,
        max: f64,
    },
    /// Everything around the subject has one of these colours: no channel differs by more than `tolerance`. The subject's own soft edge is not measured:
    /// what is nearer to it than `beyond_px`.
    Background {
        any: Vec<String>,
        tolerance: u8,
        beyond_px: u32,
    },
    /// The longer share that the subject's box has of the frame: of its width or of its height.
    Fill {
        min: f64,
        #[serde(default)]
        max: Option<f64>,
    },
    /// From the subject's box to the nearest edge.
    Clearance {
        min: u32,
    },
    Format {
        any: Vec<Format>,
    },
    Bytes {
        max: u64,
        #[serde(default)]
        min: Option<u64>,
    },
    /// Bits per pixel as the file stores them.
    Depth {
        any: Vec<u8>,
    },
    /// sRGB, by its profile or by having none.
    Srgb,
    /// The file has no alpha channel.
    Opaque,
    /// The background is transparent: at least half of the outermost pixels are.
    Transparent,
    /// Pixels per inch, in the file.
    Dpi {
        is: u16,
    },
    /// Chin to crown, in millimetres.
    Head {
        min: f64,
        max: f64,
    },
    /// Crown to the upper edge, in millimetres.
    HeadTop {
        min: f64,
        max: f64,
    },
    /// Eyes to the lower edge, in millimetres.
    Eyes {
        min: f64,
        max: f64,
    },
    /// Chin to the lower edge, in millimetres.
    BelowChin {
        min: f64,
    },
    /// What a person has to look at.
    Manual {
        zh: String,
        en: String,
    },
}

impl Ask {
    /// Its kind as it is written.
    pub fn kind(&self) -> &'static str {
        match self {
            Ask::Size { .. } => "size",
            Ask::Sides { .. } => "sides",
            Ask::Longest { .. } => "longest",
            Ask::Shortest { .. } => "shortest",
            Ask::Pixels { .. } => "pixels",
            Ask::Aspect { .. } => "aspect",
            Ask::Shape { .. } => "shape",
            Ask::Background { .. } => "background",
            Ask::Fill { .. } => "fill",
            Ask::Clearance { .. } => "clearance",
            Ask::Format { .. } => "format",
            Ask::Bytes { .. } => "bytes",
            Ask::Depth { .. } => "depth",
            Ask::Srgb => "srgb",
            Ask::Opaque => "opaque",
            Ask::Transparent => "transparent",
            Ask::Dpi { .. } => "dpi",
            Ask::Head { .. } => "head",
            Ask::HeadTop { .. } => "head_top",
            Ask::Eyes { .. } => "eyes",
            Ask::BelowChin { .. } => "below_chin",
            Ask::Manual { .. } => "manual",
        }
    }

    /// Its own figures, without those that it leaves open.
    pub fn figures(&self) -> serde_json::Value {
        let mut value = serde_json::json!(self);
        if let Some(figures) = value.as_object_mut() {
            figures.remove("kind");
            figures.retain(|_, v| !v.is_null());
        }
        value
    }

    /// Whether it is about a person's head.
    pub fn of_a_head(&self) -> bool {
        matches!(self, Ask::Head { .. } | Ask::HeadTop { .. } | Ask::Eyes { .. } | Ask::BelowChin { .. })
    }
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rule {
    #[serde(flatten)]
    pub ask: Ask,
    pub source: String,
    pub date: String,
    pub status: Status,
}

impl Rule {
    /// From a line such as `{ kind = "size", any = [[800, 800]], source = "taobao" }`; `date` and `status` may be its own.
    pub(super) fn read(mut table: toml::Table, sources: &BTreeMap<String, Source>) -> Result<Rule, String> {
        let mut text = |name: &str| match table.remove(name) {
            None => Ok(None),
            Some(toml::Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(format!("`{name}` is text")),
        };
        let (source, date, status) = (text("source")?, text("date")?, text("status")?);
        let name = source.ok_or("a rule names its `source`")?;
        let known = sources.get(&name).ok_or_else(|| format!("there is no [source.{name}]"))?;
        let status = match status {
            None => known.status,
            Some(word) => toml::Value::String(word).try_into().map_err(|e| format!("status: {e}"))?,
        };
        let ask: Ask = toml::Value::Table(table).try_into().map_err(|e| e.to_string())?;
        Ok(Rule { ask, source: known.what.clone(), date: date.unwrap_or_else(|| known.date.clone()), status })
    }
}
