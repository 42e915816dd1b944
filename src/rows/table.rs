//! From cells to a table: which column names pictures, what the others are called, what is wrong with a line.

use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization;

use super::{MAX_CELL_CHARS, MAX_CELLS, MAX_COLUMNS, MAX_ROWS, Row, RowsError, Table};
use crate::recipe::params::FILE_COLUMNS;

/// Takes lines in their order.
#[derive(Default)]
pub(super) struct Builder {
    head: Option<Head>,
    rows: Vec<Row>,
    cells: usize,
}

struct Head {
    /// By place in the file; `None` where a column has no name.
    names: Vec<Option<String>>,
    file: usize,
}

impl Builder {
    /// One line's cells. Lines without content are passed over.
    pub fn push(&mut self, line: u32, cells: Vec<String>) -> Result<(), RowsError> {
        let mut cells: Vec<String> = cells.into_iter().map(|cell| trimmed(&cell).to_owned()).collect();
        while cells.last().is_some_and(String::is_empty) {
            cells.pop();
        }
        if cells.is_empty() {
            return Ok(());
        }
        if cells.len() > MAX_COLUMNS {
            return Err(RowsError::TooWide);
        }
        if cells.iter().any(|cell| cell.len() > MAX_CELL_CHARS && cell.chars().count() > MAX_CELL_CHARS) {
            return Err(RowsError::LongCell { line });
        }
        match &self.head {
            None => self.head = Some(head(cells)?),
            Some(head) => {
                let row = row(head, line, cells)?;
                self.cells += row.values.len() + 1;
                if self.rows.len() >= MAX_ROWS || self.cells > MAX_CELLS {
                    return Err(RowsError::TooMany);
                }
                self.rows.push(row);
            }
        }
        Ok(())
    }

    pub fn finish(self) -> Result<Table, RowsError> {
        let head = self.head.filter(|_| !self.rows.is_empty()).ok_or(RowsError::NoRows)?;
        let named = head.names.into_iter().enumerate().filter(|(at, _)| *at != head.file);
        Ok(Table { columns: named.filter_map(|(_, name)| name).collect(), rows: self.rows })
    }
}

/// Spreadsheets and web pages leave spaces that do not break, and byte order marks in the middle.
fn trimmed(cell: &str) -> &str {
    cell.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'))
}

fn head(cells: Vec<String>) -> Result<Head, RowsError> {
    let names: Vec<Option<String>> =
        cells.into_iter().map(|cell| cell.nfc().collect::<String>()).map(|name| (!name.is_empty()).then_some(name)).collect();
    for (at, name) in names.iter().enumerate() {
        if let Some(name) = name.as_ref().filter(|name| names[..at].contains(&Some((*name).clone()))) {
            return Err(RowsError::Twice { name: name.clone() });
        }
    }
    let is_file = |name: &Option<String>| name.as_ref().is_some_and(|name| FILE_COLUMNS.contains(&name.to_lowercase().as_str()));
    let file = names.iter().position(is_file).unwrap_or(0);
    Ok(Head { names, file })
}

fn row(head: &Head, line: u32, cells: Vec<String>) -> Result<Row, RowsError> {
    if let Some(column) = cells
        .iter()
        .enumerate()
        .position(|(at, cell)| at != head.file && !cell.is_empty() && head.names.get(at).is_none_or(Option::is_none))
    {
        return Err(RowsError::Unnamed { column, line });
    }
    let mut cells = cells.into_iter();
    let mut file = String::new();
    let mut values = Map::new();
    for (at, name) in head.names.iter().enumerate() {
        let cell = cells.next().unwrap_or_default();
        if at == head.file {
            file = cell;
        } else if let Some(name) = name {
            values.insert(name.clone(), Value::String(cell));
        }
    }
    if file.is_empty() {
        return Err(RowsError::NoFile { line });
    }
    Ok(Row { line, file, values })
}
