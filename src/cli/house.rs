//! What the commands that look after a data folder share.

use crate::store::StoreError;
use crate::text::Explain as _;

/// A runtime for a command that does one thing after the other.
pub fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()
}

/// The error in the words for users; what lies behind one that has none.
pub fn worded(error: StoreError) -> anyhow::Error {
    match error.code() {
        "internal" => error.into(),
        _ => anyhow::anyhow!("{}", error.text().en),
    }
}

pub fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
