//! What tables promise, whoever wrote them.

use std::io::{Cursor, Write};

use serde_json::json;

use super::*;

fn rows(table: &Table) -> Vec<(u32, &str, String)> {
    table.rows.iter().map(|row| (row.line, row.file.as_str(), serde_json::to_string(&row.values).unwrap())).collect()
}

const GOODS: &str = "文件,标题,price\r\n红裙.jpg,\"夏季，\"\"新款\"\"\",199\r\n\r\nb.jpg,\"two\nlines\",\r\n";

fn assert_goods(table: &Table) {
    assert_eq!(table.columns, ["标题", "price"]);
    assert_eq!(
        rows(table),
        [
            (2, "红裙.jpg", json!({"标题": "夏季，\"新款\"", "price": "199"}).to_string()),
            (4, "b.jpg", json!({"标题": "two\nlines", "price": ""}).to_string()),
        ]
    );
}

#[test]
fn a_table_reads_the_same_in_every_encoding_that_spreadsheets_write() {
    let utf16 = |little: bool, mark: bool| {
        let units = mark.then_some(0xfeff).into_iter().chain(GOODS.encode_utf16());
        units.flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect::<Vec<u8>>()
    };
    let mut marked = b"\xef\xbb\xbf".to_vec();
    marked.extend(GOODS.as_bytes());
    let (chinese, _, bad) = encoding_rs::GB18030.encode(GOODS);
    assert!(!bad);
    for bytes in [GOODS.as_bytes(), &marked, &chinese, &utf16(true, true), &utf16(false, true), &utf16(true, false), &utf16(false, false)] {
        assert_goods(&read("goods.csv", bytes).unwrap());
    }
}

#[test]
fn commas_semicolons_and_tabs_separate_and_excel_may_say_which() {
    for text in [
        "file;t;p\na.jpg;x, y;1,5\n",
        "file\tt\tp\na.jpg\tx, y\t1,5\n",
        "sep=;\nfile;t;p\na.jpg;x, y;1,5\n",
        "file,t,p\na.jpg,\"x, y\",\"1,5\"\n",
    ] {
        let table = read("t.csv", text.as_bytes()).unwrap();
        let line = if text.starts_with("sep") { 3 } else { 2 };
        assert_eq!(rows(&table), [(line, "a.jpg", json!({"t": "x, y", "p": "1,5"}).to_string())], "{text}");
    }
    let one = read("t.csv", b"file\na.jpg\nb.jpg").unwrap();
    assert_eq!((one.columns.len(), one.rows.len()), (0, 2));
}

#[test]
fn the_column_called_file_names_the_picture_else_the_first() {
    let table = read("t.csv", "title,文件名\nx,a.jpg\n".as_bytes()).unwrap();
    assert_eq!((table.columns.as_slice(), table.rows[0].file.as_str()), (["title".to_owned()].as_slice(), "a.jpg"));
    let table = read("t.csv", b"sku,title\n 17 , x \n").unwrap();
    assert_eq!((table.rows[0].file.as_str(), &table.rows[0].values["title"]), ("17", &json!("x")));
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let cases: [(&str, RowsError); 9] = [
        ("", RowsError::NoRows),
        ("file,title\n\n,,\n", RowsError::NoRows),
        ("file,title\na.jpg,x\n,y\n", RowsError::NoFile { line: 3 }),
        ("file,t,t\na.jpg,x,y\n", RowsError::Twice { name: "t".into() }),
        ("file,t\na.jpg,x,y\n", RowsError::Unnamed { column: 2, line: 2 }),
        ("file,,t\na.jpg,,y\nb.jpg,z,y\n", RowsError::Unnamed { column: 1, line: 3 }),
        ("file,t\na.jpg,x\nb.jpg,\"y\nc.jpg,z\n", RowsError::OpenQuote { line: 3 }),
        ("%PDF-1.7 x", RowsError::NotATable),
        ("<html><table>", RowsError::NotATable),
    ];
    for (text, error) in cases {
        assert_eq!(read("t.csv", text.as_bytes()).unwrap_err(), error, "{text}");
    }
    assert_eq!(read("t.csv", b"file,t\na.jpg,\xff\xff\xff").unwrap_err(), RowsError::Encoding);
    assert_eq!(read("t.xls", b"\xd0\xcf\x11\xe0rest").unwrap_err(), RowsError::OldOffice);
    assert!(matches!(read("t.xlsx", b"PK\x03\x04rest").unwrap_err(), RowsError::Damaged(_)));
}

#[test]
fn tables_are_bounded() {
    assert_eq!(read("t.csv", &vec![b'a'; MAX_BYTES + 1]).unwrap_err(), RowsError::TooLarge);
    let many = format!("file\n{}", "a.jpg\n".repeat(MAX_ROWS + 1));
    assert_eq!(read("t.csv", many.as_bytes()).unwrap_err(), RowsError::TooMany);
    let head: Vec<String> = (0..200).map(|n| format!("c{n}")).collect();
    let wide = format!("{}\n{}", head.join(","), "a.jpg\n".repeat(MAX_CELLS / 200 + 1));
    assert_eq!(read("t.csv", wide.as_bytes()).unwrap_err(), RowsError::TooMany);
    assert_eq!(read("t.csv", format!("file{}\na\n", ",x".repeat(MAX_COLUMNS)).as_bytes()).unwrap_err(), RowsError::TooWide);
    let long = format!("file,t\na.jpg,{}\n", "x".repeat(MAX_CELL_CHARS + 1));
    assert_eq!(read("t.csv", long.as_bytes()).unwrap_err(), RowsError::LongCell { line: 2 });
}

/// A workbook of two sheets, the first one hidden, with these cells in the second.
fn workbook(cells: &str) -> Vec<u8> {
    let parts = [
        (
            "[Content_Types].xml",
            r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>"#.to_owned(),
        ),
        (
            "_rels/.rels",
            r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#.to_owned(),
        ),
        (
            "xl/workbook.xml",
            r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="old" sheetId="1" state="hidden" r:id="rId1"/><sheet name="商品" sheetId="2" r:id="rId2"/></sheets></workbook>"#.to_owned(),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet2.xml"/><Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/><Relationship Id="rId4" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#.to_owned(),
        ),
        (
            "xl/styles.xml",
            r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>"#.to_owned(),
        ),
        (
            "xl/sharedStrings.xml",
            r#"<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="4" uniqueCount="4"><si><t>图片</t></si><si><t>价格</t></si><si><t>日期</t></si><si><r><t>红</t></r><r><t>裙.jpg</t></r></si></sst>"#.to_owned(),
        ),
        ("xl/worksheets/sheet1.xml", r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData/></worksheet>"#.to_owned()),
        (
            "xl/worksheets/sheet2.xml",
            format!(r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{cells}</sheetData></worksheet>"#),
        ),
    ];
    let mut zip = zip::ZipWriter::new(Cursor::new(vec![]));
    for (name, text) in parts {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const HEAD: &str = r#"<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c></row>"#;

#[test]
fn a_workbook_gives_what_is_seen_in_it() {
    let cells = format!(
        r#"{HEAD}<row r="3"><c r="A3" t="s"><v>3</v></c><c r="B3"><v>199.0</v></c><c r="C3" s="1"><v>46082</v></c></row>
        <row r="4"><c r="A4" t="inlineStr"><is><t>b.jpg</t></is></c><c r="B4"><v>3.3000000000000003</v></c></row>
        <row r="5"><c r="A5"><v>17</v></c><c r="B5" t="b"><v>1</v></c><c r="C5" s="1"><v>46082.5</v></c></row>"#
    );
    let table = read("goods.xlsx", &workbook(&cells)).unwrap();
    assert_eq!(table.columns, ["价格", "日期"]);
    assert_eq!(
        rows(&table),
        [
            (3, "红裙.jpg", json!({"价格": "199", "日期": "2026-03-01"}).to_string()),
            (4, "b.jpg", json!({"价格": "3.3", "日期": ""}).to_string()),
            (5, "17", json!({"价格": "true", "日期": "2026-03-01 12:00:00"}).to_string()),
        ]
    );
}

#[test]
fn a_formula_error_is_no_value_and_a_far_cell_costs_nothing() {
    let error = format!(r#"{HEAD}<row r="2"><c r="A2" t="s"><v>3</v></c><c r="B2" t="e"><v>#N/A</v></c></row>"#);
    let said = read("t.xlsx", &workbook(&error)).unwrap_err();
    assert_eq!(said, RowsError::CellError { line: 2, column: 1, value: "#N/A".into() });
    assert!(crate::text::Explain::text(&said).en.contains("B2"));
    let far = format!(r#"{HEAD}<row r="2"><c r="A2" t="s"><v>3</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>"#);
    assert_eq!(read("t.xlsx", &workbook(&far)).unwrap_err(), RowsError::TooWide);
    let low = format!(r#"{HEAD}<row r="2"><c r="A2" t="s"><v>3</v></c></row><row r="1048576"><c r="A1048576"><v>1</v></c></row>"#);
    assert_eq!(read("t.xlsx", &workbook(&low)).unwrap().rows[1].line, 1_048_576);
}

#[test]
fn a_workbook_that_unpacks_to_very_much_is_refused() {
    let bomb = format!("{HEAD}{}", " ".repeat(160_000_000));
    assert_eq!(read("t.xlsx", &workbook(&bomb)).unwrap_err(), RowsError::TooLarge);
}

#[test]
fn broken_files_give_an_error_or_a_table_and_nothing_else() {
    use proptest::prelude::*;
    let sheet = workbook(&format!(r#"{HEAD}<row r="2"><c r="A2" t="s"><v>3</v></c><c r="B2"><v>1</v></c></row>"#));
    let csv = GOODS.as_bytes().to_vec();
    proptest!(ProptestConfig::with_cases(400), |(of_sheet in any::<bool>(), cut in any::<prop::sample::Index>(), hits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6))| {
        let mut bytes = if of_sheet { sheet.clone() } else { csv.clone() };
        for (at, byte) in hits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if cut.index(4) == 0 {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(table) = read("t.csv", &bytes) {
            prop_assert!(!table.rows.is_empty() && table.rows.iter().all(|row| !row.file.is_empty() && row.values.len() == table.columns.len()));
        }
    });
    // The parts within, changed before they are packed, so that no check sum gives it away.
    proptest!(ProptestConfig::with_cases(200), |(cells in "(<row r=\"[0-9]{1,7}\">|</row>|<c r=\"[A-Z]{1,4}[0-9]{1,9}\"( t=\"(s|e|b|n|str)\")?( s=\"[0-9]{1,9}\")?>|</c>|<v>[-0-9.e#]{0,9}</v>|<is><t>x</t></is>){0,12}")| {
        drop(read("t.xlsx", &workbook(&format!("{HEAD}{cells}"))));
    });
}
