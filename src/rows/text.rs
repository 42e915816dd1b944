//! CSV: which encoding, which separator, then the cells of its records.

use csv::{ByteRecord, ReaderBuilder};
use encoding_rs::{Encoding, GB18030, UTF_16BE, UTF_16LE};

use super::table::Builder;
use super::{RowsError, Table};

pub(super) fn read(bytes: &[u8]) -> Result<Table, RowsError> {
    let text = decoded(bytes)?.replace("\r\n", "\n").replace('\r', "\n");
    let (said, rest) = said_separator(&text);
    let separator = said.unwrap_or_else(|| separator(rest));
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(rest.as_bytes());
    let mut builder = Builder::default();
    let mut record = ByteRecord::new();
    // The line that names the separator was taken off.
    let mut lines = Lines { text: rest.as_bytes(), at: 0, line: 1 + u32::from(said.is_some()) };
    let mut left_open = None;
    while reader.read_byte_record(&mut record).map_err(|_| RowsError::NotATable)? {
        let line = lines.of(record.position().map_or(0, |at| usize::try_from(at.byte()).unwrap_or(0)));
        let broken = record.iter().any(|cell| cell.contains(&b'\n'));
        left_open = broken.then_some(line);
        let cells = record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
        // A quote that is left open swallows the rest of the file: that is what is wrong then, not what it did to this line.
        if let Err(error) = builder.push(line, cells) {
            return Err(if broken && quotes_are_odd(rest) { RowsError::OpenQuote { line } } else { error });
        }
    }
    match left_open {
        Some(line) if quotes_are_odd(rest) => Err(RowsError::OpenQuote { line }),
        _ => builder.finish(),
    }
}

/// Which line a place in the text is on: the reader's own count leaves out empty lines before a record.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u32,
}

impl Lines<'_> {
    fn of(&mut self, place: usize) -> u32 {
        while let Some(&byte) = self.text.get(self.at).filter(|byte| self.at < place || **byte == b'\n') {
            self.line = self.line.saturating_add(u32::from(byte == b'\n'));
            self.at += 1;
        }
        self.line
    }
}

/// Quotes within quotes are doubled, so an odd count is one that was not closed, or a lone inch mark.
fn quotes_are_odd(text: &str) -> bool {
    text.bytes().filter(|byte| *byte == b'"').count() % 2 == 1
}

/// By the byte order mark, else UTF-16 where every other byte is zero, else UTF-8 where that fits, else the encoding of Chinese spreadsheets.
fn decoded(bytes: &[u8]) -> Result<String, RowsError> {
    let (encoding, skip) = Encoding::for_bom(bytes).unwrap_or_else(|| (guessed(bytes), 0));
    let (text, bad) = encoding.decode_without_bom_handling(&bytes[skip..]);
    if bad {
        return Err(RowsError::Encoding);
    }
    let binary = text.chars().any(|c| matches!(c, '\0'..='\u{8}' | '\u{e}'..='\u{1f}'));
    if binary || text.starts_with("%PDF-") || text.trim_start().starts_with('<') {
        return Err(RowsError::NotATable);
    }
    Ok(text.into_owned())
}

fn guessed(bytes: &[u8]) -> &'static Encoding {
    /// Enough of the file to tell.
    const LOOK_BYTES: usize = 4096;
    let look = &bytes[..bytes.len().min(LOOK_BYTES)];
    let zeros = |from: usize| look.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    // Commas and line ends alone make some of the high bytes zero, whatever the script.
    let enough = (look.len() / 16).max(1);
    if odd >= enough && even == 0 {
        UTF_16LE
    } else if even >= enough && odd == 0 {
        UTF_16BE
    } else if std::str::from_utf8(bytes).is_ok() {
        encoding_rs::UTF_8
    } else {
        GB18030
    }
}

/// `sep=;` as the first line, which Excel writes and understands, and the rest.
fn said_separator(text: &str) -> (Option<u8>, &str) {
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    let said = line.trim_end().strip_prefix("sep=").and_then(|s| match s {
        "," | ";" | "|" => s.bytes().next(),
        "" | "\t" => Some(b'\t'),
        _ => None,
    });
    if said.is_some() { (said, rest) } else { (None, text) }
}

/// The one of `,` `;` tab that the first line with content has most often outside quotes.
fn separator(text: &str) -> u8 {
    let head = text.trim_start_matches(['\r', '\n']);
    let (mut quoted, mut counts) = (false, [(b',', 0), (b';', 0), (b'\t', 0)]);
    for byte in head.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if quoted => {}
            _ => counts.iter_mut().filter(|(separator, _)| *separator == byte).for_each(|(_, count)| *count += 1),
        }
    }
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(separator, _)| separator)
}
