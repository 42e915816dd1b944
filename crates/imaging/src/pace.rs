//! How a long kernel is watched: whether it should stop, and how far it is.

use std::sync::atomic::{AtomicUsize, Ordering};

/// The listening end of a long kernel. Both are called often and from any thread.
#[derive(Clone, Copy)]
pub struct Pace<'a> {
    /// Whether the work should stop; what was done is thrown away.
    pub cancelled: &'a (dyn Fn() -> bool + Sync),
    /// The share that is done, 0..=1, from counted work.
    pub done: &'a (dyn Fn(f32) + Sync),
}

impl Pace<'static> {
    /// Nobody waits.
    pub const ALONE: Pace<'static> = Pace { cancelled: &|| false, done: &|_| {} };
}

/// Counts work of a known amount.
pub(crate) struct Counter<'a> {
    pace: Pace<'a>,
    done: AtomicUsize,
    total: usize,
}

impl<'a> Counter<'a> {
    pub fn new(pace: Pace<'a>, total: usize) -> Self {
        Counter { pace, done: AtomicUsize::new(0), total: total.max(1) }
    }

    pub fn is_cancelled(&self) -> bool {
        (self.pace.cancelled)()
    }

    pub fn add(&self, work: usize) {
        let done = self.done.fetch_add(work, Ordering::Relaxed) + work;
        (self.pace.done)(done.min(self.total) as f32 / self.total as f32);
    }
}
