//! What an edited plan takes along: the versions that were made after the old one, made again one after the other.

use serde::{Deserialize, Serialize};

use super::{ImageId, MessageId};

/// A job's place in a chain. The first one runs the edited plan, every later one the plan of the next old version on top of what was made before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    /// The old version that this job makes again.
    pub remakes: u32,
    /// Old versions that are to be made again after it, in order.
    pub rest: Vec<u32>,
    /// What stands for which old version: `(old, new)`, oldest first.
    #[serde(default)]
    pub made: Vec<(u32, u32)>,
    /// Masks found on the way that stand for those found the first time: `(old, new)`.
    #[serde(default)]
    pub masks: Vec<(ImageId, ImageId)>,
    /// The user's message that began it.
    pub message: MessageId,
}

impl Chain {
    pub fn new(remakes: u32, rest: Vec<u32>, message: MessageId) -> Self {
        Chain { remakes, rest, made: vec![], masks: vec![], message }
    }

    /// Not the first of its chain.
    pub fn continues(&self) -> bool {
        !self.made.is_empty()
    }

    /// The version that stands for `number` now.
    pub fn now(&self, number: u32) -> u32 {
        self.made.iter().rev().find(|(old, _)| *old == number).map_or(number, |(_, new)| *new)
    }

    /// Every version that the chain needs, done or to come.
    pub fn versions(&self) -> impl Iterator<Item = u32> + '_ {
        let made = self.made.iter().flat_map(|&(old, new)| [old, new]);
        std::iter::once(self.remakes).chain(self.rest.iter().copied()).chain(made)
    }
}
