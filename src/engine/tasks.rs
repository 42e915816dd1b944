//! The tasks beside a running job: one writes its steps' events and artifacts, one encodes its previews.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc, watch};
use tokio::time::Instant;

use crate::imaging::encode::{EncodeOptions, encode, encode_mask};
use crate::imaging::error::ImageError;
use crate::imaging::preview::{PREVIEW_MAX_BYTES, PREVIEW_SIDE_PX, preview};
use crate::imaging::{Format, Picture};
use crate::ops::Artifact;
use crate::store::{EventBody, ImageId, ImageKind, Job, NewImage, Preview, Problem, StepArtifact, Store, StoreError, Tx};
use crate::text::Notice;

use super::hub::Hub;
use super::job::Made;
use super::watch::{Note, PREVIEW_GAP, Shown};
use super::workers::BUSY_TRIES;

/// Writes what happens in the steps of one job, in order.
pub(super) struct Scribe {
    pub store: Store,
    pub job: Job,
    pub results_ttl: Duration,
}

impl Scribe {
    /// Until the run ends; gives every artifact that now has a row.
    ///
    /// # Errors
    /// Why an artifact or event could not be written; the job cannot succeed then.
    pub async fn write(self, mut notes: mpsc::UnboundedReceiver<Note>) -> Result<Vec<StepArtifact>, Problem> {
        let mut all = vec![];
        while let Some(note) = notes.recv().await {
            match note {
                Note::Started { step, op } => self.event(EventBody::StepStarted { step, op }).await.map_err(|e| Problem::of(&e))?,
                Note::Finished { step, ms, artifacts, warnings } => all.extend(self.finished(step, ms, artifacts, warnings).await?),
            }
        }
        Ok(all)
    }

    async fn event(&self, body: EventBody) -> Result<(), StoreError> {
        let Some(session) = &self.job.session else { return Ok(()) };
        let mut tx = self.begin().await?;
        tx.add_event(session, Some(&self.job.id), body).await?;
        tx.commit().await
    }

    /// A job does not fail because another program kept the database busy for a while.
    async fn begin(&self) -> Result<Tx, StoreError> {
        for _ in 1..BUSY_TRIES {
            match self.store.begin(&self.job.owner).await {
                Err(StoreError::Busy) => tracing::warn!(job = %self.job.id, "the database is busy; trying again"),
                other => return other,
            }
        }
        self.store.begin(&self.job.owner).await
    }

    async fn finished(
        &self,
        step: usize,
        ms: f64,
        artifacts: Vec<(String, Artifact, ImageId)>,
        warnings: Vec<Notice>,
    ) -> Result<Vec<StepArtifact>, Problem> {
        let mut made = vec![];
        for (role, artifact, id) in artifacts {
            made.push((self.encode(step, &role, artifact).await?, StepArtifact { step, role, image: id }));
        }
        self.commit(step, ms, made, warnings).await.map_err(|e| Problem::of(&e))
    }

    async fn encode(&self, step: usize, role: &str, artifact: Artifact) -> Result<Made, Problem> {
        let keep = self.job.session.is_none().then_some(self.results_ttl);
        let name = format!("{}-s{}-{role}.png", self.job.inputs.stem, step + 1);
        let blobs = self.store.blobs().clone();
        let work = move || {
            let (kind, width, height, alpha, bytes) = match &artifact {
                Artifact::Mask(mask) => (ImageKind::Mask, mask.width(), mask.height(), false, encode_mask(mask).map(|e| e.bytes)),
                Artifact::Picture(p) => (ImageKind::Artifact, p.width(), p.height(), !p.is_opaque(), encode_png(p)),
            };
            let bytes = bytes.map_err(|e| Problem::of(&e))?;
            let pin = blobs.put_blocking(&bytes).map_err(|e| Problem::of(&e))?;
            let new = NewImage { kind, name, width, height, format: Format::Png.name().to_owned(), alpha, warnings: vec![], keep };
            Ok(Made { new, pin })
        };
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|e| Err(panicked(&e)))
    }

    async fn commit(
        &self,
        step: usize,
        ms: f64,
        made: Vec<(Made, StepArtifact)>,
        warnings: Vec<Notice>,
    ) -> Result<Vec<StepArtifact>, StoreError> {
        if self.job.session.is_none() && made.is_empty() {
            return Ok(vec![]);
        }
        let mut tx = self.begin().await?;
        let mut artifacts = vec![];
        for (made, artifact) in &made {
            tx.add_image_as(artifact.image.clone(), made.new.clone(), &made.pin).await?;
            if let Some(session) = &self.job.session {
                tx.keep_image(session, &artifact.image).await?;
            }
            artifacts.push(artifact.clone());
        }
        if let Some(session) = &self.job.session {
            let body = EventBody::StepFinished { step, ms, artifacts: artifacts.clone(), warnings };
            tx.add_event(session, Some(&self.job.id), body).await?;
        }
        tx.commit().await?;
        Ok(artifacts)
    }
}

/// A lossless file of exactly these pixels.
pub(super) fn encode_png(picture: &Picture) -> Result<Vec<u8>, ImageError> {
    Ok(encode(picture, &EncodeOptions::new(Format::Png))?.bytes)
}

/// A task ended by a panic: the job fails, the server goes on.
pub(super) fn panicked(error: &tokio::task::JoinError) -> Problem {
    tracing::error!(%error, "work panicked");
    Problem::new("internal", "程序内部出错，结果未保存。", "Something failed inside; nothing was saved.")
}

/// Encodes the newest picture, at most four times a second, until the job's watch is gone. `ended` cuts the last pause short: what was
/// shown last is encoded then, too.
pub(super) async fn show_previews(hub: Hub, job: Job, mut newest: watch::Receiver<Option<Arc<Shown>>>, ended: Arc<Notify>) {
    let Some(session) = &job.session else { return };
    while newest.changed().await.is_ok() {
        let began = Instant::now();
        let Some(shown) = newest.borrow_and_update().clone() else { continue };
        match encode_preview(shown.clone()).await {
            Ok(preview) => hub.show(session, &job.id, EventBody::StepPreview { step: shown.step, preview: Arc::new(preview) }),
            Err(problem) => tracing::warn!(job = %job.id, code = problem.code, "a preview could not be made"),
        }
        tokio::select! {
            () = tokio::time::sleep_until(began + PREVIEW_GAP) => {}
            () = ended.notified() => {}
        }
    }
}

async fn encode_preview(shown: Arc<Shown>) -> Result<Preview, Problem> {
    let work = move || {
        let small = preview(&shown.picture, PREVIEW_SIDE_PX, PREVIEW_MAX_BYTES).map_err(|e| Problem::of(&e))?;
        Ok(Preview {
            id: uuid::Uuid::now_v7().into_bytes(),
            mime: small.mime,
            width: small.width,
            height: small.height,
            label: Some(shown.label.clone()),
            bytes: small.bytes,
        })
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|e| Err(panicked(&e)))
}
