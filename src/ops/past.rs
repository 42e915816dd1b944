//! What came before a step: how its picture came about, and what a file that holds more than the last picture needs of it.

use std::sync::Arc;

use super::Artifact;
use crate::imaging::{Affine, Mask, Picture};
use crate::text::Lang;

/// What a step may know of those before it. Pictures are shared, not copied.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// In which names are written.
    pub lang: Lang,
    /// How the step's input came about, oldest first; empty where it is as it was sent.
    pub edits: Vec<Arc<Edit>>,
    /// Edits of the beginning are not here: there were too many to hold.
    pub cut_off: bool,
    /// The parts that an earlier step cut the step's input into.
    pub pieces: Vec<Arc<Picture>>,
    /// The recipe that made the input, as JSON; only for a step that asks for it.
    pub recipe: Option<Arc<str>>,
}

/// One change on the way to a picture: a step of a plan, or a version of a conversation.
#[derive(Clone, Debug)]
pub struct Edit {
    /// What was done, in the job's language.
    pub name: String,
    /// The operations.
    pub ops: Vec<String>,
    pub before: Arc<Picture>,
    pub after: Arc<Picture>,
    /// From `after`'s pixels to those of `before`; `None` where no such map is known.
    pub map: Option<Affine>,
    /// The target as resolved, the size of `before`.
    pub mask: Option<Arc<Mask>>,
    /// Outside the mask nothing changed.
    pub exact: bool,
    /// By role, see [`super::Outcome::artifacts`].
    pub artifacts: Vec<(String, Artifact)>,
}
