//! Sockets and event streams that are open, by account: each holds a connection and a task for as long as its reader likes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::store::UserId;

/// Who has how many open; cheap to clone.
#[derive(Clone, Default)]
pub struct Streams(Arc<Mutex<HashMap<UserId, u32>>>);

/// One that is open; counted until it is dropped.
pub struct OneOpen {
    of: Streams,
    user: UserId,
}

impl Streams {
    /// One more of `user`; `None` where `most` are open already.
    pub fn open(&self, user: &UserId, most: Option<u32>) -> Option<OneOpen> {
        let mut open = self.counts();
        let now = open.get(user).copied().unwrap_or(0);
        if most.is_some_and(|most| now >= most) {
            return None;
        }
        open.insert(user.clone(), now + 1);
        Some(OneOpen { of: self.clone(), user: user.clone() })
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<UserId, u32>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Drop for OneOpen {
    fn drop(&mut self) {
        let mut open = self.of.counts();
        if let Some(count) = open.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_when_one_ends_and_others_have_their_own() {
        let streams = Streams::default();
        let (ann, bob) = (UserId::new(), UserId::new());
        let first = streams.open(&ann, Some(2)).expect("the first");
        let second = streams.open(&ann, Some(2)).expect("the second");
        assert!(streams.open(&ann, Some(2)).is_none());
        assert!(streams.open(&bob, Some(2)).is_some() && streams.open(&ann, None).is_some());
        drop(first);
        let third = streams.open(&ann, Some(2)).expect("a place was given back");
        drop((second, third));
        assert!(streams.counts().is_empty(), "nobody is remembered who has none");
    }
}
