//! Why a table does not read, in words that lead to the place.

use super::{MAX_BYTES, MAX_CELL_CHARS, MAX_CELLS, MAX_COLUMNS, MAX_ROWS};
use crate::text::{Explain, Text};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowsError {
    #[error("the file is over {MAX_BYTES} bytes")]
    TooLarge,
    #[error("more than {MAX_ROWS} rows or {MAX_CELLS} cells")]
    TooMany,
    #[error("more than {MAX_COLUMNS} columns")]
    TooWide,
    #[error("line {line}: a cell is over {MAX_CELL_CHARS} characters")]
    LongCell { line: u32 },
    #[error("neither UTF-8, UTF-16 nor GB18030")]
    Encoding,
    #[error("not a table")]
    NotATable,
    /// `.xls`, or `.xlsx` with a password.
    #[error("an older Office file, or one with a password")]
    OldOffice,
    #[error("a damaged workbook: {0}")]
    Damaged(String),
    #[error("line {line}: quotes are opened and never closed")]
    OpenQuote { line: u32 },
    #[error("no rows")]
    NoRows,
    #[error("column {column} has no name but values (line {line})")]
    Unnamed { column: usize, line: u32 },
    #[error("two columns are called {name}")]
    Twice { name: String },
    #[error("line {line}: no file name")]
    NoFile { line: u32 },
    #[error("line {line}, {column}: {value}")]
    CellError { line: u32, column: usize, value: String },
}

/// A, B … Z, AA, as spreadsheets call columns; `column` is 0-based.
pub(super) fn letters(column: usize) -> String {
    let mut rest = column + 1;
    let mut name = String::new();
    while rest > 0 {
        let digit = u8::try_from((rest - 1) % 26).unwrap_or(0);
        name.insert(0, char::from(b'A' + digit));
        rest = (rest - 1) / 26;
    }
    name
}

impl Explain for RowsError {
    fn code(&self) -> &'static str {
        match self {
            RowsError::TooLarge | RowsError::TooMany | RowsError::TooWide => "rows_too_large",
            _ => "rows_invalid",
        }
    }

    fn field(&self) -> Option<&str> {
        Some("rows")
    }

    fn text(&self) -> Text {
        match self {
            RowsError::TooLarge => {
                let mb = MAX_BYTES / 1_000_000;
                Text::new(format!("表格超过 {mb} MB，请拆成几个。"), format!("The table is over {mb} MB; split it."))
            }
            RowsError::TooMany => Text::new(
                format!("表格太大：最多 {MAX_ROWS} 行、{MAX_CELLS} 个单元格，请拆成几个。"),
                format!("The table is too large: at most {MAX_ROWS} rows and {MAX_CELLS} cells. Split it."),
            ),
            RowsError::TooWide => Text::new(format!("表格最多 {MAX_COLUMNS} 列。"), format!("A table has at most {MAX_COLUMNS} columns.")),
            RowsError::LongCell { line } => Text::new(
                format!("第 {line} 行有一格超过 {MAX_CELL_CHARS} 个字符；请检查引号是否成对。"),
                format!("Line {line} has a cell of more than {MAX_CELL_CHARS} characters; check that quotes come in pairs."),
            ),
            RowsError::Encoding => Text::new(
                "表格的文字编码认不出来。请在表格软件里另存为“CSV UTF-8”或 XLSX。",
                "The table's text encoding is not known. Save it as “CSV UTF-8” or XLSX in the spreadsheet program.",
            ),
            RowsError::NotATable => Text::new(
                "这个文件不是表格。请用 CSV 或 XLSX：第一列是图片文件名，其余每列一个参数。",
                "That file is no table. Use CSV or XLSX: the first column has the pictures' file names, every other one a parameter.",
            ),
            RowsError::OldOffice => Text::new(
                "读不了旧的 .xls 文件和加密的工作簿。请另存为不带密码的 .xlsx 或 CSV。",
                "Old .xls files and workbooks with a password are not read. Save it as .xlsx without a password, or as CSV.",
            ),
            RowsError::Damaged(_) => Text::new(
                "工作簿损坏或不完整。请在表格软件里打开它，再另存为 .xlsx 或 CSV。",
                "The workbook is damaged or incomplete. Open it in the spreadsheet program and save it as .xlsx or CSV again.",
            ),
            RowsError::OpenQuote { line } => Text::new(
                format!("从第 {line} 行开始有一个引号没有结束。请补上，或去掉它。"),
                format!("A quote that begins in line {line} is never closed. Close it, or take it out."),
            ),
            RowsError::NoRows => Text::new(
                "表格里没有数据。第一行是列名，下面每行一张图片。",
                "The table has no rows. The first line names the columns, every line below is a picture.",
            ),
            RowsError::Unnamed { column, line } => {
                let column = letters(*column);
                Text::new(
                    format!("{column} 列没有列名，但第 {line} 行有内容。请给它写上参数名，或清空它。"),
                    format!("Column {column} has no name, but line {line} has something in it. Name the parameter, or clear the cell."),
                )
            }
            RowsError::Twice { name } => Text::new(
                format!("有两列都叫“{name}”，请删掉或改名其中一列。"),
                format!("Two columns are called “{name}”; remove or rename one."),
            ),
            RowsError::NoFile { line } => Text::new(
                format!("第 {line} 行没有图片文件名。请补上，或删掉这一行。"),
                format!("Line {line} names no picture. Fill it in, or remove the line."),
            ),
            RowsError::CellError { line, column, value } => {
                let column = letters(*column);
                Text::new(
                    format!("{column}{line} 是公式错误 {value}，请先改好。"),
                    format!("{column}{line} holds the formula error {value}; mend it first."),
                )
            }
        }
    }
}
