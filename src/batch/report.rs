//! What a batch says at its end: one line for each file, for spreadsheets and for programs.

use serde::Serialize;
use serde_json::Value;

use crate::store::Problem;
use crate::text::{Lang, Notice};

/// A finished item.
#[derive(Clone, Debug, Default)]
pub struct Line<'a> {
    pub file: &'a str,
    /// `done`, `kept` (by an earlier run), `failed`, `stopped`; on the server the item's state.
    pub state: &'a str,
    pub outputs: &'a [String],
    pub width: u32,
    pub height: u32,
    pub bytes: u64,
    pub ms: Option<u64>,
    pub warnings: &'a [Notice],
    pub error: Option<&'a Problem>,
    /// What `fit`, `describe` and the like reported.
    pub report: Option<&'a Value>,
}

#[derive(Serialize)]
struct Shown<'a> {
    file: &'a str,
    state: &'a str,
    outputs: &'a [String],
    #[serde(skip_serializing_if = "is_zero")]
    width: u32,
    #[serde(skip_serializing_if = "is_zero")]
    height: u32,
    bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    ms: Option<u64>,
    warnings: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<&'a Value>,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// As JSON, in one language.
pub fn json(lines: &[Line<'_>], lang: Lang) -> Value {
    let said = |code: &str, text: &str| serde_json::json!({ "code": code, "message": text });
    let shown = |line: &Line<'_>| {
        let shown = Shown {
            file: line.file,
            state: line.state,
            outputs: line.outputs,
            width: line.width,
            height: line.height,
            bytes: line.bytes,
            ms: line.ms,
            warnings: line.warnings.iter().map(|n| said(&n.code, n.text.get(lang))).collect(),
            error: line.error.map(|e| said(&e.code, e.text.get(lang))),
            report: line.report,
        };
        serde_json::to_value(shown).unwrap_or_default()
    };
    Value::Array(lines.iter().map(shown).collect())
}

/// The columns of [`csv`].
pub const COLUMNS: [&str; 11] = ["file", "state", "output", "width", "height", "bytes", "ms", "passed", "warnings", "error_code", "error"];

/// As CSV for spreadsheets: UTF-8 with its mark, and no cell that a spreadsheet would run as a formula.
///
/// # Errors
/// Only where memory cannot be written to.
pub fn csv(lines: &[Line<'_>], lang: Lang) -> Result<Vec<u8>, csv::Error> {
    table(COLUMNS.iter().copied(), lines.iter().map(|line| cells(line, lang)))
}

/// A table for spreadsheets, by which the mark at its start is known as UTF-8.
///
/// # Errors
/// Only where memory cannot be written to.
pub fn table<'a>(head: impl Iterator<Item = &'a str>, rows: impl Iterator<Item = Vec<String>>) -> Result<Vec<u8>, csv::Error> {
    let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer("\u{feff}".as_bytes().to_vec());
    out.write_record(head)?;
    for row in rows {
        out.write_record(row.iter().map(|cell| plain(cell)))?;
    }
    out.into_inner().map_err(|e| e.into_error().into())
}

fn cells(line: &Line<'_>, lang: Lang) -> Vec<String> {
    let number = |n: u32| if n == 0 { String::new() } else { n.to_string() };
    let passed = line.report.and_then(|r| r.get("passed")).and_then(Value::as_bool);
    let warnings: Vec<&str> = line.warnings.iter().map(|n| n.text.get(lang)).collect();
    vec![
        line.file.to_owned(),
        line.state.to_owned(),
        line.outputs.join(" | "),
        number(line.width),
        number(line.height),
        if line.outputs.is_empty() { String::new() } else { line.bytes.to_string() },
        line.ms.map(|ms| ms.to_string()).unwrap_or_default(),
        passed.map(|p| if p { "yes" } else { "no" }.to_owned()).unwrap_or_default(),
        warnings.join(" | "),
        line.error.map(|e| e.code.clone()).unwrap_or_default(),
        line.error.map(|e| e.text.get(lang).to_owned()).unwrap_or_default(),
    ]
}

/// A text that a spreadsheet would run as a formula is one no more: a leading `=`, `+`, `-`, `@` or control character starts one.
fn plain(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err();
    if formula { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_opens_in_a_spreadsheet_and_runs_nothing() {
        let problem = Problem::new("corrupt_image", "图片坏了，\"读不了\"", "It is broken, \"unreadable\"");
        let line = Line { file: "=cmd|'/c calc'!A1.jpg", state: "failed", error: Some(&problem), ..Line::default() };
        let text = String::from_utf8(csv(std::slice::from_ref(&line), Lang::Zh).unwrap()).unwrap();
        let mut rows = text.trim_start_matches('\u{feff}').lines();
        assert_eq!(rows.next(), Some("file,state,output,width,height,bytes,ms,passed,warnings,error_code,error"));
        assert_eq!(rows.next(), Some("'=cmd|'/c calc'!A1.jpg,failed,,,,,,,,corrupt_image,\"图片坏了，\"\"读不了\"\"\""));
        assert_eq!((plain("@sum"), plain("-3.5"), plain("红裙.jpg")), ("'@sum".to_owned(), "-3.5".to_owned(), "红裙.jpg".to_owned()));
        let value = json(&[line], Lang::En);
        assert_eq!(value[0]["error"]["code"], "corrupt_image");
        assert!(value[0].get("width").is_none());
    }
}
