//! One plan over many pictures: what the command line and the server have in common.

pub mod files;
pub mod journal;
pub mod local;
pub mod names;
pub mod report;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::text::Notice;

/// A finished item: what was written, and what was said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Done {
    /// Below the folder of the results; none where the plan only reports.
    pub outputs: Vec<String>,
    /// Of the last one.
    pub width: u32,
    pub height: u32,
    /// Of all together.
    pub bytes: u64,
    pub ms: u64,
    #[serde(default)]
    pub warnings: Vec<Notice>,
    #[serde(default)]
    pub report: Option<Value>,
}
