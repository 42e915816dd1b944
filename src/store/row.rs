//! Columns that hold JSON, and the counts that SQLite keeps signed.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

/// A value as it is stored in a JSON column.
pub(super) fn json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("our types have string keys and finite numbers")
}

pub(super) fn json_opt<T: Serialize>(value: Option<&T>) -> Option<String> {
    value.map(json)
}

/// Reads a JSON column.
pub(super) fn get<T: DeserializeOwned>(row: &SqliteRow, column: &str) -> sqlx::Result<T> {
    decode(row.try_get(column)?, column)
}

/// Reads a JSON column that may be NULL.
pub(super) fn get_opt<T: DeserializeOwned>(row: &SqliteRow, column: &str) -> sqlx::Result<Option<T>> {
    row.try_get::<Option<&str>, _>(column)?.map(|text| decode(text, column)).transpose()
}

fn decode<T: DeserializeOwned>(text: &str, column: &str) -> sqlx::Result<T> {
    serde_json::from_str(text).map_err(|e| sqlx::Error::ColumnDecode { index: column.to_owned(), source: e.into() })
}
