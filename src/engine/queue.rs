//! Which job is next: interactive before batch, users in turn, one job of a session at a time in its order.
//!
//! Only the order lives here; the rows in the database are what lasts.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use crate::store::{JobId, Lane, SessionId, UserId};

use super::job::Sources;

/// A queued job as the queue knows it.
#[derive(Clone)]
pub(super) struct Entry {
    pub job: JobId,
    pub owner: UserId,
    pub session: Option<SessionId>,
    pub lane: Lane,
    /// Pictures of a job without a session.
    pub sources: Option<Arc<Sources>>,
}

/// Which jobs a worker is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    Interactive,
    /// Batch where nothing interactive waits.
    Anything,
    /// Batch alone, where nothing interactive waits: one item is read or written while the model works on another's picture.
    Batch,
}

/// Per lane the users in turn, each with their jobs in order.
#[derive(Default)]
pub(super) struct Queue {
    interactive: Turns,
    batch: Turns,
    /// Sessions that have a job running.
    busy: HashSet<SessionId>,
}

#[derive(Default)]
struct Turns(VecDeque<(UserId, VecDeque<Entry>)>);

impl Queue {
    /// Jobs that wait in a lane.
    pub fn len_of(&self, lane: Lane) -> usize {
        self.turns(lane).len()
    }

    /// Whether a job of this user waits in a lane.
    pub fn waits(&self, owner: &UserId, lane: Lane) -> bool {
        self.turns(lane).0.iter().any(|(user, _)| user == owner)
    }

    /// Interactive, batch.
    pub fn lengths(&self) -> [usize; 2] {
        [self.interactive.len(), self.batch.len()]
    }

    pub fn push(&mut self, entry: Entry) {
        self.lane(entry.lane).push(entry);
    }

    /// Before the other jobs of its session.
    pub fn push_next(&mut self, entry: Entry) {
        self.lane(entry.lane).push_next(entry);
    }

    /// Takes the next job that may run, and with it its session's turn.
    pub fn pop(&mut self, takes: Takes) -> Option<Entry> {
        let mut entry = if takes == Takes::Batch { None } else { self.interactive.pop(&self.busy) };
        let batch_too = match takes {
            Takes::Interactive => false,
            Takes::Anything => true,
            Takes::Batch => self.interactive.len() == 0,
        };
        if entry.is_none() && batch_too {
            entry = self.batch.pop(&self.busy);
        }
        if let Some(session) = entry.as_ref().and_then(|e| e.session.as_ref()) {
            self.busy.insert(session.clone());
        }
        entry
    }

    /// The session's job has ended.
    pub fn release(&mut self, session: &SessionId) {
        self.busy.remove(session);
    }

    /// Takes a job out, wherever it waits.
    pub fn remove(&mut self, job: &JobId) -> Option<Entry> {
        self.interactive.remove(job).or_else(|| self.batch.remove(job))
    }

    /// Takes everything out.
    pub fn drain(&mut self) -> Vec<Entry> {
        let lanes = [std::mem::take(&mut self.interactive), std::mem::take(&mut self.batch)];
        lanes.into_iter().flat_map(|turns| turns.0).flat_map(|(_, entries)| entries).collect()
    }

    /// 1-based place in the order in which jobs will be taken.
    pub fn position(&self, job: &JobId) -> Option<u32> {
        let ahead = self.interactive.ahead_of(job).or_else(|| self.batch.ahead_of(job).map(|n| n + self.interactive.len()))?;
        Some(u32::try_from(ahead + 1).unwrap_or(u32::MAX))
    }

    /// The place that a new job of this user would get.
    pub fn next_position(&self, owner: &UserId, lane: Lane) -> u32 {
        let ahead = match lane {
            Lane::Interactive => self.interactive.ahead_of_new(owner),
            Lane::Batch => self.batch.ahead_of_new(owner) + self.interactive.len(),
        };
        u32::try_from(ahead + 1).unwrap_or(u32::MAX)
    }

    fn turns(&self, lane: Lane) -> &Turns {
        match lane {
            Lane::Interactive => &self.interactive,
            Lane::Batch => &self.batch,
        }
    }

    fn lane(&mut self, lane: Lane) -> &mut Turns {
        match lane {
            Lane::Interactive => &mut self.interactive,
            Lane::Batch => &mut self.batch,
        }
    }
}

impl Turns {
    fn len(&self) -> usize {
        self.0.iter().map(|(_, entries)| entries.len()).sum()
    }

    fn push(&mut self, entry: Entry) {
        match self.0.iter_mut().find(|(owner, _)| *owner == entry.owner) {
            Some((_, entries)) => entries.push_back(entry),
            None => self.0.push_back((entry.owner.clone(), VecDeque::from([entry]))),
        }
    }

    fn push_next(&mut self, entry: Entry) {
        let entries = self.0.iter_mut().find(|(owner, _)| *owner == entry.owner).map(|(_, entries)| entries);
        match entries.and_then(|entries| entries.iter().position(|e| e.session == entry.session).map(|at| (entries, at))) {
            Some((entries, at)) => entries.insert(at, entry),
            None => self.push(entry),
        }
    }

    fn pop(&mut self, busy: &HashSet<SessionId>) -> Option<Entry> {
        let free = |e: &Entry| e.session.as_ref().is_none_or(|s| !busy.contains(s));
        let (user, at) = self.0.iter().enumerate().find_map(|(user, (_, entries))| entries.iter().position(free).map(|at| (user, at)))?;
        let (owner, mut entries) = self.0.remove(user).expect("just found");
        let entry = entries.remove(at).expect("just found");
        if !entries.is_empty() {
            self.0.push_back((owner, entries));
        }
        Some(entry)
    }

    fn remove(&mut self, job: &JobId) -> Option<Entry> {
        let (user, at) = self.find(job)?;
        let entry = self.0[user].1.remove(at);
        if self.0[user].1.is_empty() {
            self.0.remove(user);
        }
        entry
    }

    fn find(&self, job: &JobId) -> Option<(usize, usize)> {
        self.0.iter().enumerate().find_map(|(user, (_, entries))| entries.iter().position(|e| e.job == *job).map(|at| (user, at)))
    }

    fn ahead_of(&self, job: &JobId) -> Option<usize> {
        self.find(job).map(|(user, round)| self.ahead(user, round))
    }

    fn ahead_of_new(&self, owner: &UserId) -> usize {
        match self.0.iter().position(|(o, _)| o == owner) {
            Some(user) => self.ahead(user, self.0[user].1.len()),
            None => self.ahead(self.0.len(), 0),
        }
    }

    /// How many are taken before the `round`-th job of the `user`-th user in turn (both 0-based).
    fn ahead(&self, user: usize, round: usize) -> usize {
        let others = self.0.iter().enumerate().filter(|(i, _)| *i != user);
        round + others.map(|(i, (_, entries))| entries.len().min(round + usize::from(i < user))).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(owner: &str, lane: Lane, session: Option<&SessionId>) -> Entry {
        Entry { job: JobId::new(), owner: owner.parse().unwrap(), session: session.cloned(), lane, sources: None }
    }

    fn order(queue: &mut Queue, takes: Takes) -> Vec<JobId> {
        std::iter::from_fn(|| {
            queue.pop(takes).map(|e| {
                e.session.iter().for_each(|s| queue.release(s));
                e.job
            })
        })
        .collect()
    }

    #[test]
    fn a_user_with_many_jobs_does_not_keep_another_waiting() {
        let mut queue = Queue::default();
        let many: Vec<_> = (0..4).map(|_| entry("usr_a", Lane::Interactive, None)).collect();
        let few: Vec<_> = (0..2).map(|_| entry("usr_b", Lane::Interactive, None)).collect();
        many.iter().chain(&few).for_each(|e| queue.push(e.clone()));
        let expected = [&many[0], &few[0], &many[1], &few[1], &many[2], &many[3]].map(|e| e.job.clone());
        for (place, job) in expected.iter().enumerate() {
            assert_eq!(queue.position(job), Some(place as u32 + 1), "place of the {place}-th");
        }
        assert_eq!(queue.next_position(&"usr_c".parse().unwrap(), Lane::Interactive), 3);
        assert_eq!(queue.next_position(&"usr_b".parse().unwrap(), Lane::Interactive), 6);
        assert_eq!(order(&mut queue, Takes::Anything), expected);
        assert_eq!((queue.len_of(Lane::Interactive), queue.len_of(Lane::Batch)), (0, 0));
    }

    #[test]
    fn interactive_goes_before_batch_and_each_worker_takes_what_it_is_there_for() {
        let mut queue = Queue::default();
        let (batch, chat) = (entry("usr_a", Lane::Batch, None), entry("usr_a", Lane::Interactive, None));
        queue.push(batch.clone());
        queue.push(chat.clone());
        assert_eq!((queue.position(&chat.job), queue.position(&batch.job)), (Some(1), Some(2)));
        assert_eq!(order(&mut queue, Takes::Interactive), std::slice::from_ref(&chat.job));
        assert_eq!(order(&mut queue, Takes::Anything), std::slice::from_ref(&batch.job));
        queue.push(chat.clone());
        queue.push(batch.clone());
        assert_eq!(order(&mut queue, Takes::Batch), [], "while somebody waits");
        assert_eq!(order(&mut queue, Takes::Interactive), [chat.job]);
        assert_eq!(order(&mut queue, Takes::Batch), [batch.job]);
    }

    #[test]
    fn a_session_runs_its_jobs_one_after_the_other() {
        let mut queue = Queue::default();
        let session = SessionId::new();
        let (first, second) = (entry("usr_a", Lane::Interactive, Some(&session)), entry("usr_a", Lane::Interactive, Some(&session)));
        let other = entry("usr_a", Lane::Interactive, Some(&SessionId::new()));
        [&first, &second, &other].into_iter().for_each(|e| queue.push(e.clone()));
        assert_eq!(queue.pop(Takes::Anything).unwrap().job, first.job);
        assert_eq!(queue.pop(Takes::Anything).unwrap().job, other.job, "another session need not wait");
        assert!(queue.pop(Takes::Anything).is_none());
        queue.release(&session);
        assert_eq!(queue.pop(Takes::Anything).unwrap().job, second.job);
    }

    #[test]
    fn what_continues_goes_before_the_rest_of_its_session_only() {
        let mut queue = Queue::default();
        let session = SessionId::new();
        let other = entry("usr_a", Lane::Interactive, Some(&SessionId::new()));
        let waiting = entry("usr_a", Lane::Interactive, Some(&session));
        let next = entry("usr_a", Lane::Interactive, Some(&session));
        [&other, &waiting].into_iter().for_each(|e| queue.push(e.clone()));
        queue.push_next(next.clone());
        assert_eq!(order(&mut queue, Takes::Anything), [other.job, next.job, waiting.job]);
    }

    #[test]
    fn a_removed_job_is_not_run() {
        let mut queue = Queue::default();
        let (first, second) = (entry("usr_a", Lane::Interactive, None), entry("usr_b", Lane::Batch, None));
        [&first, &second].into_iter().for_each(|e| queue.push(e.clone()));
        assert!(queue.remove(&first.job).is_some());
        assert!(queue.remove(&first.job).is_none());
        assert_eq!(queue.position(&second.job), Some(1));
        assert_eq!(queue.drain().len(), 1);
    }
}
