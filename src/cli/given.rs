//! Recipes and their values as the command line gives them.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;

use super::edit::say;
use crate::imaging::Limits;
use crate::models::Models;
use crate::plan::{ImageRef, Plan};
use crate::recipe::{self, Recipe, Values};
use crate::text::{Lang, Text};

/// Words that are constants.
pub(super) struct Text2(pub &'static str, pub &'static str);

impl Text2 {
    pub fn get(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::Zh => self.0,
            Lang::En => self.1,
        }
    }
}

/// A recipe in JSON, or the one that a picture carries.
pub(super) fn read_recipe(path: &Path, lang: Lang) -> anyhow::Result<Recipe> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    let read = match std::str::from_utf8(&bytes) {
        Ok(text) => Some(recipe::from_json(text.trim_start_matches('\u{feff}'))),
        Err(_) => recipe::embedded(&bytes, &Limits::default()),
    };
    let read = read.with_context(|| format!("{}: {}", path.display(), NO_RECIPE.get(lang)))?;
    read.map_err(|e| say(lang, &e)).with_context(|| path.display().to_string())
}

const NO_RECIPE: Text2 = Text2(
    "这个文件里没有配方；导出时要用 metadata: recipe。",
    "this file carries no recipe; it has to be exported with `metadata: recipe`.",
);

/// `NAME=VALUE` each.
pub(super) fn values_of(given: &[String], lang: Lang) -> anyhow::Result<Values> {
    let pair = |text: &String| {
        let (name, value) = text.split_once('=').with_context(|| format!("--set {text}: {}", PAIR.get(lang)))?;
        Ok((name.trim().to_owned(), Value::from(value)))
    };
    given.iter().map(pair).collect()
}

const PAIR: Text2 = Text2("要写成 名字=值。", "it has to be NAME=VALUE.");

/// A recipe with its values, ready to run on one picture: the plan, and the files that it brings or that values name.
pub(super) struct Ready {
    pub plan: Plan,
    /// File by `image:N` or the plan's name of a mask.
    pub files: Vec<(String, Vec<u8>)>,
}

/// Binds the values; `pictures` are on the command line.
pub(super) fn ready(recipe: &Recipe, values: &[String], pictures: usize, lang: Lang) -> anyhow::Result<Ready> {
    let bound = recipe.bind(&values_of(values, lang)?).map_err(|e| say(lang, &e))?;
    let named: BTreeSet<usize> = bound.images.iter().map(|(n, _)| *n).collect();
    if let Some(n) = recipe.asks_for().into_iter().find(|n| *n > pictures && !named.contains(n)) {
        let text = Text::new(
            format!("配方还需要图片 {n}：写在第一张图片后面，或用 --set 给出文件名。"),
            format!("The recipe needs image {n} too: name it after the first picture, or by --set."),
        );
        anyhow::bail!("{}", text.get(lang));
    }
    let mut files: Vec<(String, Vec<u8>)> = recipe.files.iter().map(|(key, file)| (key.clone(), file.data.clone())).collect();
    let images = bound.images.iter().map(|(n, file)| (ImageRef::Image(*n).to_string(), file));
    for (key, file) in images.chain(bound.masks.iter().map(|(key, file)| (key.clone(), file))) {
        files.push((key, std::fs::read(file).with_context(|| file.clone())?));
    }
    Ok(Ready { plan: bound.plan, files })
}

/// Refuses a recipe whose models are others here, unless that is wanted.
pub(super) fn check_models(recipe: &Recipe, any: bool, models: &Models, lang: Lang) -> anyhow::Result<()> {
    if any { Ok(()) } else { recipe.check_models(models).map_err(|e| say(lang, &e)) }
}
