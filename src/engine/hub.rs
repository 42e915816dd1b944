//! Events to whoever watches a session: what is stored in order and without gaps, what is transient only in its newest form.
//!
//! A subscriber owns no queue that could overflow. The hub says only "there is something newer"; stored events are then
//! read from the database after the last one delivered, and of each running job there is one newest progress and one
//! newest preview. So a slow reader loses previews, never state, and memory does not grow with its slowness.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::{Notify, Semaphore, watch};

use crate::store::tx::Publish;
use crate::store::{BatchId, Event, EventBody, JobId, SessionId, Store, StoreError, Time, UserId};

/// Stored events read at a time.
const PAGE: u32 = 256;
/// Subscribers that read at once: a crowd of them leaves the database to those who wait for an answer.
static READING: Semaphore = Semaphore::const_new(1);

/// The hub; cheap to clone.
#[derive(Clone, Default)]
pub struct Hub(Arc<Mutex<State>>, Arc<Notify>);

#[derive(Default)]
struct State {
    channels: HashMap<SessionId, Channel>,
    /// Told when a job ends.
    waiters: HashMap<JobId, watch::Sender<bool>>,
    /// Told when a batch changes.
    batches: HashMap<BatchId, watch::Sender<u64>>,
}

/// One session that somebody watches or that has a job running.
struct Channel {
    newer: watch::Sender<u64>,
    last_seq: i64,
    closed: bool,
    watchers: usize,
    running: HashMap<JobId, Transient>,
}

/// The newest of each kind with its number, so that a subscriber knows what it has seen.
#[derive(Default)]
struct Transient {
    progress: Option<(u64, Event)>,
    preview: Option<(u64, Event)>,
    /// The job is over: its last preview is only for those who watched it.
    ended: bool,
}

impl Channel {
    fn new() -> Self {
        Channel { newer: watch::Sender::new(0), last_seq: 0, closed: false, watchers: 0, running: HashMap::new() }
    }

    fn tick(&self) -> u64 {
        self.newer.send_modify(|n| *n += 1);
        *self.newer.borrow()
    }

    fn idle(&self) -> bool {
        self.watchers == 0 && self.running.values().all(|t| t.ended)
    }
}

impl Hub {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Whether anybody watches the session now.
    pub fn watched(&self, session: &SessionId) -> bool {
        self.state().channels.get(session).is_some_and(|c| c.watchers > 0)
    }

    /// Shows a progress or a preview; the newest of each kind per job is kept for late joiners.
    pub(super) fn show(&self, session: &SessionId, job: &JobId, body: EventBody) {
        let mut state = self.state();
        let channel = state.channels.entry(session.clone()).or_insert_with(Channel::new);
        let number = channel.tick();
        channel.running.retain(|other, transient| other == job || !transient.ended);
        let event = Event { seq: 0, time: Time::now(), session: session.clone(), job: Some(job.clone()), body };
        let transient = channel.running.entry(job.clone()).or_default();
        match event.body {
            EventBody::StepPreview { .. } => transient.preview = Some((number, event)),
            _ => transient.progress = Some((number, event)),
        }
    }

    /// A step ended: its progress is no longer true.
    pub(super) fn forget_progress(&self, session: &SessionId, job: &JobId) {
        if let Some(transient) = self.state().channels.get_mut(session).and_then(|c| c.running.get_mut(job)) {
            transient.progress = None;
        }
    }

    /// The job ended: nothing of it is shown to late joiners. Who watches it still gets the last preview, before the end.
    pub(super) fn forget(&self, session: &SessionId, job: &JobId) {
        let mut state = self.state();
        if let Some(channel) = state.channels.get_mut(session) {
            if let Some(transient) = channel.running.get_mut(job) {
                transient.progress = None;
                transient.ended = true;
            }
            if channel.idle() {
                state.channels.remove(session);
            }
        }
    }

    /// Ends all subscriptions: the engine is shutting down.
    pub(super) fn close(&self) {
        for channel in self.state().channels.values_mut() {
            channel.closed = true;
            channel.tick();
        }
        self.state().batches.clear();
    }

    /// A receiver that becomes true when the job ends.
    pub(super) fn end_of(&self, job: &JobId) -> watch::Receiver<bool> {
        self.state().waiters.entry(job.clone()).or_insert_with(|| watch::Sender::new(false)).subscribe()
    }

    /// Drops the place of a job's waiters when none is left.
    pub(super) fn forget_end(&self, job: &JobId) {
        let mut state = self.state();
        if state.waiters.get(job).is_some_and(|waiters| waiters.receiver_count() == 0) {
            state.waiters.remove(job);
        }
    }

    /// A receiver that changes with the batch; its sender is gone when the engine has shut down.
    pub fn changes_of(&self, batch: &BatchId) -> watch::Receiver<u64> {
        self.state().batches.entry(batch.clone()).or_insert_with(|| watch::Sender::new(0)).subscribe()
    }

    /// Resolves after a job ended or a batch changed: there may be something to feed.
    pub(super) async fn stirred(&self) {
        self.1.notified().await;
    }

    /// Events of a session after `after`: stored ones first, then as they happen. An `after` from the future means "from now".
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when the session is not the owner's.
    pub(super) async fn subscribe(
        &self,
        store: &Store,
        owner: &UserId,
        session: &SessionId,
        after: i64,
    ) -> Result<Subscription, StoreError> {
        let newer = {
            let mut state = self.state();
            let channel = state.channels.entry(session.clone()).or_insert_with(Channel::new);
            channel.watchers += 1;
            channel.newer.subscribe()
        };
        let born = *newer.borrow();
        let mut subscription = Subscription {
            hub: self.clone(),
            store: store.clone(),
            owner: owner.clone(),
            session: session.clone(),
            after,
            caught_up: false,
            born,
            seen: HashMap::new(),
            newer,
            ready: VecDeque::new(),
        };
        // Registered before this read, so that whatever is committed later is announced.
        let last_seq = store.session(owner, session).await?.last_seq;
        subscription.after = after.clamp(0, last_seq);
        if let Some(channel) = self.state().channels.get_mut(session) {
            channel.last_seq = channel.last_seq.max(last_seq);
        }
        Ok(subscription)
    }
}

impl Publish for Hub {
    fn advanced(&self, session: &SessionId, seq: i64) {
        if let Some(channel) = self.state().channels.get_mut(session) {
            channel.last_seq = channel.last_seq.max(seq);
            channel.tick();
        }
    }

    fn closed(&self, session: &SessionId) {
        if let Some(channel) = self.state().channels.get_mut(session) {
            channel.closed = true;
            channel.tick();
        }
    }

    fn finished(&self, job: &JobId) {
        if let Some(waiters) = self.state().waiters.remove(job) {
            waiters.send_replace(true);
        }
        self.1.notify_one();
    }

    fn batch_changed(&self, batch: &BatchId) {
        let mut state = self.state();
        state.batches.retain(|id, watchers| {
            if id == batch {
                watchers.send_modify(|n| *n += 1);
            }
            watchers.receiver_count() > 0
        });
        drop(state);
        self.1.notify_one();
    }
}

/// The events of one session for one reader.
pub struct Subscription {
    hub: Hub,
    store: Store,
    owner: UserId,
    session: SessionId,
    /// The last stored event delivered or ready.
    after: i64,
    /// The stored events that there were at the beginning are delivered.
    caught_up: bool,
    /// The hub's number when this began: what had ended by then is not shown.
    born: u64,
    /// Numbers of the newest progress and preview delivered, per job.
    seen: HashMap<JobId, (u64, u64)>,
    newer: watch::Receiver<u64>,
    ready: VecDeque<Event>,
}

/// What a look at the hub says.
enum Look {
    Closed,
    /// Stored events wait, up to this number. Later ones may follow a preview that is to be shown first.
    Behind(i64),
    /// Transient ones do, or nothing.
    Shown(Vec<Event>),
}

impl Subscription {
    /// The next event; `None` when the session is deleted or the engine has shut down. Safe to drop while it waits: nothing is lost.
    pub async fn next(&mut self) -> Result<Option<Event>, StoreError> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(Some(event));
            }
            self.newer.borrow_and_update();
            match self.look() {
                Look::Closed => return Ok(None),
                Look::Behind(last_seq) => {
                    let mut events = {
                        // An error means that the semaphore is closed, which it never is.
                        let _turn = READING.acquire().await;
                        self.store.events(&self.owner, &self.session, self.after, PAGE).await?
                    };
                    events.retain(|event| event.seq <= last_seq);
                    match events.last() {
                        Some(last) => self.after = last.seq,
                        // Deleted between the look and the read.
                        None => return Ok(None),
                    }
                    self.ready.extend(events);
                }
                Look::Shown(events) if events.is_empty() => {
                    if self.newer.changed().await.is_err() {
                        return Ok(None);
                    }
                }
                Look::Shown(events) => self.ready.extend(events),
            }
        }
    }

    fn look(&mut self) -> Look {
        let state = self.hub.state();
        let Some(channel) = state.channels.get(&self.session) else { return Look::Closed };
        if channel.closed {
            return Look::Closed;
        }
        // Until the replay is over stored events go first; then transient ones do: they are few, and gone when the job has ended.
        if !self.caught_up && channel.last_seq > self.after {
            return Look::Behind(channel.last_seq);
        }
        self.seen.retain(|job, _| channel.running.contains_key(job));
        let mut shown = vec![];
        for (job, transient) in &channel.running {
            let (progress, preview) = self.seen.entry(job.clone()).or_default();
            for (newest, seen) in [(&transient.progress, progress), (&transient.preview, preview)] {
                let new = |number: u64| number > *seen && !(transient.ended && number <= self.born);
                if let Some((number, event)) = newest.as_ref().filter(|(number, _)| new(*number)) {
                    *seen = *number;
                    shown.push((*number, Event { seq: self.after, ..event.clone() }));
                }
            }
        }
        if shown.is_empty() && channel.last_seq > self.after {
            return Look::Behind(channel.last_seq);
        }
        self.caught_up = true;
        shown.sort_by_key(|(number, _)| *number);
        Look::Shown(shown.into_iter().map(|(_, event)| event).collect())
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut state = self.hub.state();
        if let Some(channel) = state.channels.get_mut(&self.session) {
            channel.watchers -= 1;
            if channel.idle() {
                state.channels.remove(&self.session);
            }
        }
    }
}
