//! How a long kernel is watched: whether it should stop, and how far it is.
//!
//! Kernels that are told how far they are take a [`Pace`]. All others look at [`checkpoint`] between their passes, and in long passes at a [`Stop`]: work
//! inside [`stoppable`] ends there when its flag is set, by unwinding without a panic's words, so that no signature between has to carry it.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Asks whether the work should stop; called often and from any thread.
pub type Flag = Arc<dyn Fn() -> bool + Send + Sync>;

thread_local! {
    static CURRENT: RefCell<Option<Flag>> = const { RefCell::new(None) };
}

/// The work was stopped; what it had done is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

/// Puts the flag back that was there before, however the work ends.
struct Restore(Option<Flag>);

impl Drop for Restore {
    fn drop(&mut self) {
        CURRENT.with(|current| *current.borrow_mut() = self.0.take());
    }
}

/// Does `work`, which ends at a [`checkpoint`] of this thread when `flag` says so. Other panics go on.
pub fn stoppable<T>(flag: Flag, work: impl FnOnce() -> T) -> Result<T, Stopped> {
    let _restore = Restore(CURRENT.with(|current| current.borrow_mut().replace(flag)));
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| if panic.is::<Stopped>() { Stopped } else { resume_unwind(panic) })
}

/// Ends the work of this thread if it is inside [`stoppable`] and should stop; else does nothing. Cheap enough for every row.
pub fn checkpoint() {
    if Stop::here().is_set() {
        resume_unwind(Box::new(Stopped));
    }
}

/// The flag of this thread's work, to be looked at from the threads that help it: they leave their rows undone, and the [`checkpoint`] after them ends it all.
#[derive(Clone)]
pub struct Stop(Option<Flag>);

impl Stop {
    pub fn here() -> Stop {
        Stop(CURRENT.with(|current| current.borrow().clone()))
    }

    pub fn is_set(&self) -> bool {
        self.0.as_ref().is_some_and(|flag| flag())
    }
}

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

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;

    #[test]
    fn work_ends_at_a_checkpoint_and_only_inside() {
        checkpoint();
        let set = Arc::new(AtomicBool::new(false));
        let flag: Flag = {
            let set = set.clone();
            Arc::new(move || set.load(Ordering::Relaxed))
        };
        let mut passes = 0;
        let ended = stoppable(flag.clone(), || {
            for pass in 0..10 {
                checkpoint();
                passes += 1;
                set.store(pass == 4, Ordering::Relaxed);
            }
        });
        assert_eq!((ended, passes), (Err(Stopped), 5));
        assert_eq!(stoppable(Arc::new(|| false), || 7), Ok(7));
        // Outside nothing stops, whatever the flag says, and helpers see the flag of the thread that made them.
        checkpoint();
        let seen = stoppable(flag, || {
            let stop = Stop::here();
            std::thread::scope(|s| s.spawn(move || stop.is_set()).join())
        });
        assert!(seen.unwrap().unwrap());
    }

    #[test]
    fn other_panics_stay_panics() {
        let panic = catch_unwind(|| stoppable(Arc::new(|| false), || resume_unwind(Box::new("a fault"))));
        assert_eq!(panic.unwrap_err().downcast_ref::<&str>(), Some(&"a fault"));
    }
}
