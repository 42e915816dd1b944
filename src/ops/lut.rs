//! Where a colour table comes from: the folder `luts` of the models folder, by name, or the plan itself.

use std::path::Path;

use base64::Engine;

use super::OpError;
use super::params::param;
use crate::imaging::filter::{Cube, CubeError, CubeFault};

/// The folder in the models folder.
const FOLDER: &str = "luts";
/// A table written into the plan, in bytes of its text.
const MOST_IN_PLAN: usize = 4_000_000;
/// A table that is installed: 129 points along a side as text.
const MOST_IN_FILE: u64 = 100_000_000;
/// Names that a message lists at most.
const LISTED: usize = 20;

/// What a parameter says.
enum Source<'a> {
    Name(&'a str),
    Text(&'a str),
    Data(&'a str),
}

fn source(lut: &str) -> Source<'_> {
    match lut.trim() {
        data if data.starts_with("data:") => Source::Data(data),
        text if text.contains(['\n', '\r']) => Source::Text(text),
        name => Source::Name(name),
    }
}

/// Where no table is named.
pub(super) fn which() -> OpError {
    param(
        "lut",
        "要用哪个 LUT？请给出 luts 文件夹里的名字，或直接给出 .cube 文件的内容。",
        "Which LUT? Name one from the `luts` folder, or give the text of a .cube file.",
    )
}

/// Whether the parameter can be a table at all; a table in the plan is read.
pub(super) fn check(lut: &str) -> Result<(), OpError> {
    match source(lut) {
        Source::Name(name) => file_name(name).map(drop),
        _ => load(None, lut).map(drop),
    }
}

/// The table that the parameter means; `models` is the models folder.
///
/// # Errors
/// [`OpError::Param`] on `lut`: no such name, too large, or the line that does not fit.
pub(super) fn load(models: Option<&Path>, lut: &str) -> Result<Cube, OpError> {
    match source(lut) {
        Source::Name(name) => installed(models, name),
        Source::Text(text) => in_plan(text),
        Source::Data(uri) => {
            let encoded = uri.split_once(";base64,").map(|(_, data)| data).ok_or_else(|| not_data("no `;base64,`"))?;
            if encoded.len() / 4 * 3 > MOST_IN_PLAN {
                return Err(too_large(MOST_IN_PLAN as u64));
            }
            let bytes = base64::engine::general_purpose::STANDARD.decode(encoded.trim()).map_err(|e| not_data(&e.to_string()))?;
            in_plan(&String::from_utf8(bytes).map_err(|e| not_data(&e.to_string()))?)
        }
    }
}

fn in_plan(text: &str) -> Result<Cube, OpError> {
    if text.len() > MOST_IN_PLAN { Err(too_large(MOST_IN_PLAN as u64)) } else { Cube::parse(text).map_err(unreadable) }
}

fn installed(models: Option<&Path>, name: &str) -> Result<Cube, OpError> {
    let file = file_name(name)?;
    let folder = models.map(|dir| dir.join(FOLDER));
    let path = folder.as_deref().map(|dir| dir.join(&file)).filter(|path| path.is_file());
    let Some(path) = path else { return Err(missing(folder.as_deref(), name)) };
    if std::fs::metadata(&path).is_ok_and(|file| file.len() > MOST_IN_FILE) {
        return Err(too_large(MOST_IN_FILE));
    }
    let text = std::fs::read_to_string(&path).map_err(|_| {
        param("lut", format!("LUT 文件“{file}”读不出来，或不是文本。"), format!("The LUT file `{file}` cannot be read or is not text."))
    })?;
    Cube::parse(&text).map_err(unreadable)
}

/// `NAME.cube`, where the name is a plain file name.
fn file_name(name: &str) -> Result<String, OpError> {
    let plain = !name.is_empty()
        && name.len() <= 120
        && !name.starts_with('.')
        && name.chars().all(|c| c.is_alphanumeric() || " ._-+()&,'".contains(c));
    if !plain {
        return Err(param(
            "lut",
            "lut 应是 luts 文件夹里的名字（不带路径），或 .cube 文件的内容。",
            "`lut` must be a name from the `luts` folder (no path) or the text of a .cube file.",
        ));
    }
    let stem = if name.to_ascii_lowercase().ends_with(".cube") { &name[..name.len() - 5] } else { name };
    Ok(format!("{stem}.cube"))
}

/// Names of the tables that are installed, in order.
pub fn installed_luts(models: Option<&Path>) -> Vec<String> {
    names(models.map(|dir| dir.join(FOLDER)).as_deref())
}

/// Names of the tables that are there, in order.
fn names(folder: Option<&Path>) -> Vec<String> {
    let entries = folder.and_then(|dir| std::fs::read_dir(dir).ok()).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.filter_map(|e| e.file_name().to_str()?.strip_suffix(".cube").map(str::to_owned)).filter(|n| !n.starts_with('.')).collect();
    names.sort();
    names
}

fn missing(folder: Option<&Path>, name: &str) -> OpError {
    let mut there = names(folder);
    there.truncate(LISTED);
    let (zh, en) = if there.is_empty() {
        (
            "把 .cube 文件放进模型文件夹下的 luts 文件夹即可使用。".to_owned(),
            "Put .cube files into the folder `luts` of the models folder to use them.".to_owned(),
        )
    } else {
        (format!("现有：{}。", there.join("、")), format!("There are: {}.", there.join(", ")))
    };
    param("lut", format!("没有名为“{name}”的 LUT。{zh}"), format!("There is no LUT `{name}`. {en}"))
}

fn too_large(most: u64) -> OpError {
    let mb = most / 1_000_000;
    param("lut", format!("LUT 太大：最多 {mb} MB。"), format!("The LUT is too large: {mb} MB at most."))
}

fn not_data(why: &str) -> OpError {
    param("lut", format!("lut 的 data URI 无法解开：{why}。"), format!("The data URI in `lut` cannot be read: {why}."))
}

fn unreadable(error: CubeError) -> OpError {
    let CubeError { line, fault } = &error;
    let zh = match fault {
        CubeFault::SizeTwice => "尺寸写了两次".to_owned(),
        CubeFault::Size(low, high) => format!("尺寸应是 {low} 到 {high} 的整数"),
        CubeFault::NoSize => "在尺寸（LUT_3D_SIZE 或 LUT_1D_SIZE）之前没有别的数".to_owned(),
        CubeFault::Numbers => "这里应是三个有限的数".to_owned(),
        CubeFault::Domain => "DOMAIN_MIN 应小于 DOMAIN_MAX".to_owned(),
        CubeFault::TooMany(n) => format!("超过了尺寸要求的 {n} 行"),
        CubeFault::TooFew(n, all) => format!("只有 {n} 行，应有 {all} 行"),
        CubeFault::Keyword => "不认识这个关键字".to_owned(),
    };
    param("lut", format!("LUT 第 {line} 行有误：{zh}。"), format!("The LUT cannot be read, {error}."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Explain;

    const SMALL: &str = "LUT_1D_SIZE 2\n1 1 1\n0 0 0\n";

    #[test]
    fn a_table_is_found_by_name_in_its_folder_and_nowhere_else() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join(FOLDER)).unwrap();
        std::fs::write(dir.path().join("outside.cube"), SMALL).unwrap();
        std::fs::write(dir.path().join(FOLDER).join("Teal & Orange.cube"), SMALL).unwrap();
        for name in ["Teal & Orange", "Teal & Orange.cube", " Teal & Orange "] {
            assert!(load(Some(dir.path()), name).is_ok(), "{name}");
        }
        for name in ["../outside", "..", ".", "", "/etc/passwd", "a/b", "a\\b", "C:x", ".hidden", "a\0b"] {
            let error = load(Some(dir.path()), name).unwrap_err();
            assert_eq!((error.code(), error.field()), ("invalid_parameter", Some("lut")), "{name:?}");
            assert!(check(name).is_err(), "{name:?}");
        }
        let error = load(Some(dir.path()), "outside").unwrap_err().text();
        assert!(error.en.contains("Teal & Orange") && error.zh.contains("Teal & Orange"), "what there is: {}", error.en);
        assert!(load(None, "any").unwrap_err().text().en.contains("luts"));
    }

    #[test]
    fn a_table_in_the_plan_is_read_as_text_or_as_data_and_its_faults_are_said() {
        let data = base64::engine::general_purpose::STANDARD.encode(SMALL);
        assert_eq!(load(None, SMALL).unwrap(), load(None, &format!("data:text/plain;base64,{data}")).unwrap());
        let fault = check("LUT_3D_SIZE 2\n0 0 zero\n").unwrap_err().text();
        assert!(fault.en.contains("line 2") && fault.zh.contains("第 2 行"), "{}", fault.en);
        for bad in ["data:text/plain,abc", "data:;base64,????", "\n\n", &format!("data:;base64,{}", "A".repeat(6_000_000))] {
            assert!(check(bad).is_err());
        }
    }
}
