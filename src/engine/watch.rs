//! The listening end of one job: steps become stored events, progress and previews reach whoever watches, at a bounded rate.
//!
//! Nothing here makes the operation wait: events are written, artifacts and previews encoded by tasks beside it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};

use crate::imaging::{Mask, Picture};
use crate::ops::Watch;
use crate::ops::context::Artifact;
use crate::store::{EventBody, ImageId, JobId, SessionId};
use crate::text::{Notice, Text};

use super::hub::Hub;

/// Four previews a second.
pub(super) const PREVIEW_GAP: Duration = Duration::from_millis(250);
/// Ten progress events a second.
const PROGRESS_GAP: Duration = Duration::from_millis(100);
/// No step.
const NONE: u32 = u32::MAX;

/// A step's beginning or end, on its way to the database.
pub(super) enum Note {
    Started { step: usize, op: String },
    Finished { step: usize, ms: f64, artifacts: Vec<(String, Artifact, ImageId)>, warnings: Vec<Notice> },
}

/// A picture to be shown; only the newest is.
pub(super) struct Shown {
    pub step: usize,
    pub label: Text,
    pub picture: Arc<Picture>,
}

/// Watches one run of one job.
pub struct JobWatch {
    hub: Hub,
    session: Option<SessionId>,
    job: JobId,
    begun: Instant,
    step: AtomicU32,
    notes: mpsc::UnboundedSender<Note>,
    newest: watch::Sender<Option<Arc<Shown>>>,
    rate: Mutex<Rate>,
    /// Masks that were announced as artifacts, so that the version can name the same image.
    masks: Mutex<Vec<(Arc<Mask>, ImageId)>>,
}

#[derive(Default)]
struct Rate {
    preview: Option<Instant>,
    progress: Option<(Instant, usize, Text)>,
}

/// The ends that the job's tasks listen at.
pub(super) struct Ends {
    pub notes: mpsc::UnboundedReceiver<Note>,
    pub newest: watch::Receiver<Option<Arc<Shown>>>,
}

impl JobWatch {
    pub(super) fn new(hub: Hub, session: Option<SessionId>, job: JobId) -> (Self, Ends) {
        let (notes, notes_end) = mpsc::unbounded_channel();
        let (newest, newest_end) = watch::channel(None);
        let watch = JobWatch {
            hub,
            session,
            job,
            begun: Instant::now(),
            step: AtomicU32::new(NONE),
            notes,
            newest,
            rate: Mutex::default(),
            masks: Mutex::default(),
        };
        (watch, Ends { notes: notes_end, newest: newest_end })
    }

    /// The step that runs, 0-based.
    pub fn step(&self) -> Option<u32> {
        Some(self.step.load(Ordering::Relaxed)).filter(|&step| step != NONE)
    }

    /// A step begins.
    pub fn step_started(&self, step: usize, op: &str) {
        self.step.store(u32::try_from(step).unwrap_or(NONE), Ordering::Relaxed);
        self.note(Note::Started { step, op: op.to_owned() });
    }

    /// A step ended, with what it made besides its result. The artifacts' ids are known at once, their files are written meanwhile.
    pub fn step_finished(&self, step: usize, took: Duration, artifacts: Vec<(String, Artifact)>, warnings: Vec<Notice>) {
        let artifacts: Vec<_> = artifacts.into_iter().map(|(role, artifact)| (role, artifact, ImageId::new())).collect();
        for (_, artifact, id) in &artifacts {
            if let Artifact::Mask(mask) = artifact {
                self.masks().push((mask.clone(), id.clone()));
            }
        }
        if let Some(session) = &self.session {
            self.hub.forget_progress(session, &self.job);
        }
        self.note(Note::Finished { step, ms: took.as_secs_f64() * 1e3, artifacts, warnings });
    }

    /// The image under which this very mask was announced.
    pub fn announced(&self, mask: &Arc<Mask>) -> Option<ImageId> {
        self.masks().iter().find(|(known, _)| Arc::ptr_eq(known, mask)).map(|(_, id)| id.clone())
    }

    fn note(&self, note: Note) {
        // The receiver lives as long as the run; a job that is being torn down has no use for notes.
        let _ = self.notes.send(note);
    }

    fn masks(&self) -> MutexGuard<'_, Vec<(Arc<Mask>, ImageId)>> {
        self.masks.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn rate(&self) -> MutexGuard<'_, Rate> {
        self.rate.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Watch for JobWatch {
    fn progress(&self, step: usize, fraction: Option<f32>, label: &Text) {
        let Some(session) = &self.session else { return };
        let mut rate = self.rate();
        let soon = rate.progress.as_ref().is_some_and(|(at, s, l)| *s == step && l == label && at.elapsed() < PROGRESS_GAP);
        if soon {
            return;
        }
        rate.progress = Some((Instant::now(), step, label.clone()));
        drop(rate);
        let elapsed_ms = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let fraction = fraction.map(|f| f.clamp(0.0, 1.0));
        self.hub.show(session, &self.job, EventBody::StepProgress { step, fraction, label: label.clone(), elapsed_ms });
    }

    fn preview(&self, step: usize, label: &Text, picture: Arc<Picture>) {
        if self.session.is_some() {
            self.rate().preview = Some(Instant::now());
            self.newest.send_replace(Some(Arc::new(Shown { step, label: label.clone(), picture })));
        }
    }

    fn wants_preview(&self) -> bool {
        let Some(session) = &self.session else { return false };
        let due = self.rate().preview.is_none_or(|at| at.elapsed() >= PREVIEW_GAP);
        due && self.hub.watched(session)
    }
}
