//! Recipes: the steps that made a picture, kept under a name, to be run on other pictures.
//!
//! A recipe is a plan whose changeable places have names: its parameters. [`compile::of_chain`] makes one from the versions that led to a picture,
//! [`params::possible`] finds what may be a parameter, [`Recipe::bind`] puts values in and gives the plan to run. Models are pinned by their hash, so that
//! the tenth thousand looks like the first.

pub mod bind;
pub mod compile;
mod error;
pub mod params;
pub mod pins;
pub mod read;
pub mod stored;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::plan::{ImageRef, Plan, words};
use crate::text::Lang;

pub use bind::{Bound, Values};
pub use error::RecipeError;
pub use params::{Param, ParamType};

/// The format of the JSON.
pub const RECIPE_FORMAT: u32 = 1;
/// A name has at most this many characters.
pub const MAX_NAME_CHARS: usize = 80;
/// A recipe has at most this many parameters.
pub const MAX_PARAMS: usize = 64;
/// Pictures that a recipe brings along are at most this long, all together.
pub const MAX_FILES_BYTES: usize = 20_000_000;

/// Steps to be run on other pictures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// [`RECIPE_FORMAT`].
    #[serde(rename = "portico_recipe", default = "format")]
    pub format: u32,
    #[serde(default)]
    pub name: String,
    /// 1, 2 … of this name.
    #[serde(default = "first")]
    pub version: u32,
    /// `image:1` is the picture that it is run on; further ones are in `files` or given as values.
    pub plan: Plan,
    #[serde(default)]
    pub params: Vec<Param>,
    /// The pictures that the plan works on, `image:1` first.
    #[serde(default)]
    pub inputs: Vec<ImageRef>,
    /// The sha256 of each model that made the picture it comes of.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pinned: BTreeMap<String, String>,
    /// Pictures that it brings along: `image:2` …, and masks: `mask_1` … .
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, RecipeFile>,
}

fn format() -> u32 {
    RECIPE_FORMAT
}

fn first() -> u32 {
    1
}

/// A picture inside a recipe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecipeFile {
    /// For display.
    pub name: String,
    /// The file, base64.
    #[serde(with = "base64_text")]
    pub data: Vec<u8>,
}

mod base64_text {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text.trim()).map_err(serde::de::Error::custom)
    }
}

impl Recipe {
    /// An instruction or a plan is a recipe without parameters.
    pub fn of_plan(name: &str, plan: Plan) -> Recipe {
        let mut recipe = Recipe {
            format: RECIPE_FORMAT,
            name: name.to_owned(),
            version: 1,
            plan,
            params: vec![],
            inputs: vec![],
            pinned: BTreeMap::new(),
            files: BTreeMap::new(),
        };
        recipe.plan.fill_ids();
        recipe.inputs = recipe.pictures();
        recipe
    }

    /// The pictures that the plan names, `image:1` always among them.
    pub fn pictures(&self) -> Vec<ImageRef> {
        let highest = self.plan.steps.iter().flat_map(read::pictures_of).max().unwrap_or(1).max(1);
        (1..=highest).map(ImageRef::Image).collect()
    }

    /// What it does, in words: its name where nobody gave it one.
    pub fn said(&self, lang: Lang) -> String {
        let joined = words(&self.plan, lang).join(if lang == Lang::Zh { "，" } else { ", " });
        joined.chars().filter(|c| !c.is_control()).take(MAX_NAME_CHARS).collect()
    }

    /// Pictures besides the first that have to be given because it does not bring them.
    pub fn asks_for(&self) -> Vec<usize> {
        let more = self.pictures().into_iter().skip(1);
        let n = |reference: &ImageRef| if let ImageRef::Image(n) = reference { Some(*n) } else { None };
        more.filter(|r| !self.files.contains_key(&r.to_string())).filter_map(|r| n(&r)).collect()
    }
}

/// The recipe that a file carries, see `metadata: recipe` of `export`; `None` where it carries none.
///
/// # Errors
/// [`RecipeError::Invalid`] where it carries one that this program cannot run.
pub fn embedded(bytes: &[u8], limits: &crate::imaging::Limits) -> Option<Result<Recipe, RecipeError>> {
    let text = crate::imaging::recipe_text(bytes, limits)?;
    Some(from_json(&text))
}

/// Reads a recipe from JSON: one that was exported, or a bare plan.
///
/// # Errors
/// [`RecipeError::Invalid`].
pub fn from_json(text: &str) -> Result<Recipe, RecipeError> {
    let wrong = |e: &serde_json::Error| RecipeError::invalid("recipe", format!("这不是配方：{e}"), format!("This is no recipe: {e}."));
    let value: serde_json::Value = serde_json::from_str(text).map_err(|e| wrong(&e))?;
    let recipe = match value.get("plan") {
        Some(_) => serde_json::from_value(value).map_err(|e| wrong(&e))?,
        None => Recipe::of_plan("plan", serde_json::from_value(value).map_err(|e| wrong(&e))?),
    };
    recipe.validate()?;
    Ok(recipe)
}
