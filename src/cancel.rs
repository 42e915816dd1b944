//! A flag that stops work, shared by everyone who takes part in a job.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

type Hook = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct Inner {
    cancelled: AtomicBool,
    next: AtomicU64,
    hooks: Mutex<Vec<(u64, Hook)>>,
}

/// Cloneable cancel flag. Long loops poll [`Cancel::is_cancelled`]; a model run registers a hook that terminates it.
#[derive(Clone, Default)]
pub struct Cancel(Arc<Inner>);

impl Cancel {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Acquire)
    }

    /// Sets the flag and calls every hook once. Later calls do nothing.
    pub fn cancel(&self) {
        if self.0.cancelled.swap(true, Ordering::AcqRel) {
            return;
        }
        let hooks = std::mem::take(&mut *self.hooks());
        for (_, hook) in hooks {
            hook();
        }
    }

    /// Calls `hook` when the flag is set (at once if it is already), until the guard is dropped.
    pub fn on_cancel(&self, hook: impl FnOnce() + Send + 'static) -> CancelHook {
        let id = self.0.next.fetch_add(1, Ordering::Relaxed);
        let mut hooks = self.hooks();
        if self.is_cancelled() {
            drop(hooks);
            hook();
        } else {
            hooks.push((id, Box::new(hook)));
        }
        CancelHook { cancel: self.clone(), id }
    }

    /// Sets the flag when the guard is dropped: the work is for whoever holds the guard.
    pub fn when_dropped(&self) -> CancelGuard {
        CancelGuard(self.clone())
    }

    fn hooks(&self) -> std::sync::MutexGuard<'_, Vec<(u64, Hook)>> {
        self.0.hooks.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Removes its hook when dropped.
#[must_use = "the hook is removed when this is dropped"]
pub struct CancelHook {
    cancel: Cancel,
    id: u64,
}

impl Drop for CancelHook {
    fn drop(&mut self) {
        self.cancel.hooks().retain(|(id, _)| *id != self.id);
    }
}

/// Cancels when dropped.
#[must_use = "the work is cancelled when this is dropped"]
pub struct CancelGuard(Cancel);

impl Drop for CancelGuard {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hook_runs_once_on_cancel_and_not_after_its_guard_is_gone() {
        let cancel = Cancel::new();
        let hits = Arc::new(AtomicU64::new(0));
        let count = |hits: &Arc<AtomicU64>| {
            let hits = hits.clone();
            move || {
                hits.fetch_add(1, Ordering::SeqCst);
            }
        };
        drop(cancel.on_cancel(count(&hits)));
        let _kept = cancel.on_cancel(count(&hits));
        cancel.cancel();
        cancel.cancel();
        assert_eq!(hits.load(Ordering::SeqCst), 1);
        let _late = cancel.on_cancel(count(&hits));
        assert_eq!(hits.load(Ordering::SeqCst), 2, "a hook registered too late runs at once");
    }
}
