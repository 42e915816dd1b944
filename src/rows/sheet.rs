//! XLSX: the first sheet that is shown. Cells are read one after the other, so that a single cell in the last corner makes no billion empty ones.

use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx};

use super::table::Builder;
use super::{MAX_COLUMNS, RowsError, Table};

/// What all parts of a workbook may unpack to.
const MAX_UNPACKED_BYTES: u64 = 150_000_000;
/// Parts of a workbook.
const MAX_PARTS: usize = 10_000;

pub(super) fn read(bytes: &[u8]) -> Result<Table, RowsError> {
    check_size(bytes)?;
    // The reader was written for files of good will: what it cannot stand is a damaged file.
    catch_unwind(AssertUnwindSafe(|| read_checked(bytes))).unwrap_or_else(|_| Err(RowsError::Damaged("the reader gave up".to_owned())))
}

/// Unpacks everything once into nothing: what a workbook says about its size may be wrong.
fn check_size(bytes: &[u8]) -> Result<(), RowsError> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|e| RowsError::Damaged(e.to_string()))?;
    if zip.len() > MAX_PARTS {
        return Err(RowsError::TooLarge);
    }
    let mut left = MAX_UNPACKED_BYTES;
    for part in 0..zip.len() {
        let part = zip.by_index(part).map_err(|e| RowsError::Damaged(e.to_string()))?;
        let unpacked = std::io::copy(&mut part.take(left + 1), &mut std::io::sink()).map_err(|e| RowsError::Damaged(e.to_string()))?;
        left = left.checked_sub(unpacked).ok_or(RowsError::TooLarge)?;
    }
    Ok(())
}

fn read_checked(bytes: &[u8]) -> Result<Table, RowsError> {
    let damaged = |e: calamine::XlsxError| RowsError::Damaged(e.to_string());
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(damaged)?;
    let shown = book.sheets_metadata().iter().find(|sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible);
    let name = shown.map(|sheet| sheet.name.clone()).ok_or(RowsError::NoRows)?;
    let mut reader = book.worksheet_cells_reader(&name).map_err(damaged)?;
    let mut builder = Builder::default();
    let (mut row, mut cells) = (0, vec![]);
    while let Some(cell) = reader.next_cell().map_err(damaged)? {
        let (at, column) = cell.get_position();
        if at != row {
            builder.push(row.saturating_add(1), std::mem::take(&mut cells))?;
            row = at;
        }
        let text =
            text(cell.get_value()).map_err(|value| RowsError::CellError { line: row.saturating_add(1), column: column as usize, value })?;
        if text.trim().is_empty() {
            continue;
        }
        let column = column as usize;
        if column >= MAX_COLUMNS {
            return Err(RowsError::TooWide);
        }
        if cells.len() <= column {
            cells.resize(column + 1, String::new());
        }
        cells[column] = text;
    }
    builder.push(row.saturating_add(1), cells)?;
    builder.finish()
}

/// A cell as somebody reads it; the error where it holds one.
fn text(value: &DataRef<'_>) -> Result<String, String> {
    Ok(match value {
        DataRef::Empty => String::new(),
        DataRef::Int(n) => n.to_string(),
        DataRef::Float(n) => number(*n),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(yes) => yes.to_string(),
        DataRef::DateTime(when) => moment(when),
        DataRef::Error(error) => return Err(error.to_string()),
    })
}

/// With the 15 digits that spreadsheets show, without an empty fraction.
fn number(n: f64) -> String {
    let rounded: f64 = format!("{n:.14e}").parse().unwrap_or(n);
    rounded.to_string()
}

/// `2026-03-01`, `2026-03-01 12:30:00`, or `12:30:00` where there is no day.
fn moment(when: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, _) = when.to_ymd_hms_milli();
    let clock = format!("{hour:02}:{minute:02}:{second:02}");
    if when.is_duration() || when.as_f64() < 1.0 {
        return clock;
    }
    let date = format!("{year:04}-{month:02}-{day:02}");
    if when.as_f64().fract() == 0.0 { date } else { format!("{date} {clock}") }
}
