//! How people ask for an operation: declared by the operation, read by the planner.

/// Words and sentences of one operation.
pub struct Speech {
    /// Sentences that mean it (at least ten, both languages), used as tests.
    pub means: &'static [&'static str],
    /// Sentences that do not (at least five).
    pub not: &'static [&'static str],
}

impl Speech {
    pub const EMPTY: Speech = Speech { means: &[], not: &[] };
}
