//! Tables of work: one row for each picture, the first column (or the one called `file`) with the picture's name, the others with the values of a recipe's
//! parameters. CSV in the encodings that spreadsheets write, and XLSX. Knows nothing of recipes, stores or servers.

mod error;
mod sheet;
mod table;
#[cfg(test)]
mod tests;
mod text;

use serde_json::{Map, Value};

pub use error::RowsError;

/// The longest file.
pub const MAX_BYTES: usize = 32_000_000;
/// Rows without the head.
pub const MAX_ROWS: usize = 100_000;
/// Columns with that of the names.
pub const MAX_COLUMNS: usize = 256;
/// Cells of all rows together.
pub const MAX_CELLS: usize = 1_000_000;
/// Characters of one cell; Excel's own limit.
pub const MAX_CELL_CHARS: usize = 32_767;

/// What a file holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The names of the parameters, in the file's order, without the column that names pictures.
    pub columns: Vec<String>,
    /// At least one.
    pub rows: Vec<Row>,
}

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// 1-based, as an editor or a spreadsheet shows it.
    pub line: u32,
    /// The picture's name as it stands there, never empty.
    pub file: String,
    /// A text for every column, without space around it; empty where the cell is.
    pub values: Map<String, Value>,
}

/// Reads a file by what is in it; its name only helps to say what is wrong.
///
/// # Errors
/// [`RowsError`], with the line where there is one.
pub fn read(name: &str, bytes: &[u8]) -> Result<Table, RowsError> {
    /// How ZIP files begin, and the older Office files (also new ones with a password).
    const ZIP: &[u8] = b"PK\x03\x04";
    const OLE: &[u8] = b"\xd0\xcf\x11\xe0";
    if bytes.len() > MAX_BYTES {
        return Err(RowsError::TooLarge);
    }
    if bytes.starts_with(ZIP) {
        return sheet::read(bytes);
    }
    if bytes.starts_with(OLE) {
        return Err(RowsError::OldOffice);
    }
    if name.to_ascii_lowercase().ends_with(".xlsx") {
        return Err(RowsError::Damaged("not a ZIP file".to_owned()));
    }
    text::read(bytes)
}
