//! Which pictures `portico batch` works on, each with its values.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::Value;

use super::edit::say;
use super::given::values_of;
use crate::batch::files::Found;
use crate::batch::local::Task;
use crate::batch::names::{Names, key_of};
use crate::recipe::{self, Recipe, Values};
use crate::rows;
use crate::store::Problem;
use crate::text::{Lang, Text};

/// What the command line says about values.
pub struct Given<'a> {
    /// `NAME=VALUE`, for all.
    pub values: &'a [String],
    /// How many further pictures all share: `image:2` and so on.
    pub further: usize,
    /// A table: a picture a row.
    pub rows: Option<&'a Path>,
}

/// One task for each picture, with its values; rows without their picture are tasks that fail.
pub fn of(given: &Given<'_>, recipe: &Recipe, found: Vec<Found>, lang: Lang) -> anyhow::Result<Vec<Task>> {
    let common = values_of(given.values, lang)?;
    let missing: Vec<usize> = recipe.asks_for().into_iter().filter(|n| *n > given.further + 1).collect();
    // Values that hold for all are checked once, so that a typing error does not fail every picture.
    let checked = recipe.bind(&common).map_err(|e| say(lang, &e))?;
    let named = |n: &usize, bound: &recipe::Bound| bound.images.iter().any(|(known, _)| known == n);
    let mut names = Names::new();
    let mut task = |file: &str, path: PathBuf, bound: Result<recipe::Bound, Problem>| {
        let stem = names.take_stem(file);
        let bound = bound.and_then(|bound| match missing.iter().find(|n| !named(n, &bound)) {
            None => Ok(bound),
            Some(n) => Err(Problem::new(
                "image_missing",
                format!("还需要图片 {n}：用 --with 给出，或在参数里给出文件名。"),
                format!("Image {n} is needed too: give it by --with, or name its file in a parameter."),
            )),
        });
        Task { file: file.to_owned(), path, stem, bound }
    };
    let Some(table) = given.rows else {
        return Ok(found.into_iter().map(|f| task(&f.shown, f.path, Ok(checked.clone()))).collect());
    };
    let bytes = std::fs::read(table).with_context(|| table.display().to_string())?;
    let table = rows::read(&table.to_string_lossy(), &bytes).map_err(|e| say(lang, &e)).with_context(|| table.display().to_string())?;
    for column in &table.columns {
        let one: Values = [(column.clone(), Value::Null)].into_iter().collect();
        recipe.bind(&one).map_err(|e| say(lang, &e))?;
    }
    let known = by_name(&found);
    let mut tasks = vec![];
    for row in &table.rows {
        let mut values = common.clone();
        // An empty cell leaves what holds for all.
        values.extend(row.values.iter().filter(|(_, v)| v.as_str() != Some("")).map(|(k, v)| (k.clone(), v.clone())));
        let bound = recipe.bind(&values).map_err(|e| in_line(row.line, Problem::of(&e)));
        tasks.push(match known.get(&key_of(&row.file)) {
            Some(found) => task(&found.shown, found.path.clone(), bound),
            None => {
                let (zh, en) =
                    (format!("表格里的图片“{}”不在文件夹里。", row.file), format!("The picture `{}` is not in the folder.", row.file));
                task(&row.file, PathBuf::from(&row.file), Err(in_line(row.line, Problem::new("file_missing", zh, en))))
            }
        });
    }
    let used = table.rows.iter().filter_map(|row| known.get(&key_of(&row.file))).map(|f| &f.shown).collect::<HashSet<_>>();
    let left = found.iter().filter(|f| !used.contains(&f.shown)).count();
    if left > 0 {
        let text =
            Text::new(format!("{left} 张图片不在表格里，没有处理。"), format!("{left} pictures are not in the table and are left out."));
        eprintln!("! {}", text.get(lang));
    }
    Ok(tasks)
}

fn in_line(line: u32, problem: Problem) -> Problem {
    let text = Text::new(format!("第 {line} 行：{}", problem.text.zh), format!("Line {line}: {}", problem.text.en));
    Problem { text, ..problem }
}

/// Pictures by the names that a table may call them: the path below the folder, or the file's own name where no other has it.
fn by_name(found: &[Found]) -> HashMap<String, &Found> {
    let mut known: HashMap<String, &Found> = HashMap::new();
    let mut twice = HashSet::new();
    for file in found {
        let own = key_of(file.shown.rsplit('/').next().unwrap_or(&file.shown));
        if known.insert(own.clone(), file).is_some() {
            twice.insert(own);
        }
    }
    known.retain(|name, _| !twice.contains(name));
    known.extend(found.iter().map(|file| (key_of(&file.shown), file)));
    known
}
