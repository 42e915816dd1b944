//! One plan over many pictures: what the command line and the server have in common.

pub mod files;
pub mod journal;
pub mod local;
pub mod names;
pub mod report;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::imaging::Format;
use crate::plan::{Plan, Step};
use crate::text::Notice;

/// Makes the plan's results this format, whatever its last export said. `true` where that said another one.
pub fn write_as(plan: &mut Plan, format: Format) -> bool {
    let Some(last) = plan.steps.iter_mut().rev().find(|step| step.op == "export") else {
        plan.steps.push(Step::new("export").with("format", format.name()));
        plan.fill_ids();
        return false;
    };
    let asked = last.params.get("format").and_then(Value::as_str).and_then(Format::parse);
    last.params.insert("format".to_owned(), Value::from(format.name()));
    asked.is_some_and(|asked| asked != format)
}

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
