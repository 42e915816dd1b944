//! Request bodies in memory: one budget of bytes for the whole server. Whoever finds no room in it waits a little, then is told to come back.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::ApiError;
use crate::text::Text;

/// What is counted at once, so that a 32-bit count is enough for terabytes.
const UNIT_BYTES: u64 = 16 * 1024;
/// A body up to this length does not count: a message must not wait for pictures, and connections are bounded.
pub const FREE_BYTES: u64 = 64 * 1024;
/// A body of unknown length takes room in steps of this size.
pub const STEP_BYTES: u64 = 1 << 20;
/// So long a body waits for room.
const WAIT: Duration = Duration::from_secs(10);
/// Until the next try is worth it, in seconds.
const RETRY_AFTER_SECS: u32 = 5;

/// The budget; cheap to clone.
#[derive(Clone, Debug)]
pub struct BodyMemory {
    places: Arc<Semaphore>,
    units: u32,
    wait: Duration,
}

/// A share of the budget, given back when dropped.
#[derive(Debug)]
pub struct Held {
    of: BodyMemory,
    permit: Option<OwnedSemaphorePermit>,
}

impl BodyMemory {
    pub fn new(bytes: u64) -> Self {
        let most = u64::from(u32::MAX).min(Semaphore::MAX_PERMITS as u64);
        let units = bytes.div_ceil(UNIT_BYTES).clamp(1, most) as u32;
        BodyMemory { places: Arc::new(Semaphore::new(units as usize)), units, wait: WAIT }
    }

    /// A share of nothing yet.
    pub fn hold(&self) -> Held {
        Held { of: self.clone(), permit: None }
    }

    /// A body that is larger than the whole budget takes all of it, and so goes alone.
    fn units(&self, bytes: u64) -> u32 {
        if bytes <= FREE_BYTES { 0 } else { bytes.div_ceil(UNIT_BYTES).min(self.units.into()) as u32 }
    }
}

impl Held {
    /// Waits until it holds room for so many bytes.
    ///
    /// # Errors
    /// 503 `uploads_busy` when there is none in time; what it held it holds on.
    pub async fn reach(&mut self, bytes: u64) -> Result<(), ApiError> {
        let has = self.permit.as_ref().map_or(0, OwnedSemaphorePermit::num_permits) as u32;
        let more = self.of.units(bytes).saturating_sub(has);
        if more == 0 {
            return Ok(());
        }
        let got = tokio::time::timeout(self.of.wait, self.of.places.clone().acquire_many_owned(more)).await.map_err(|_| busy())?;
        let got = got.map_err(|e| ApiError::internal(&e))?;
        match &mut self.permit {
            Some(permit) => permit.merge(got),
            None => self.permit = Some(got),
        }
        Ok(())
    }

    /// Gives back what is beyond so many bytes.
    pub fn shrink(&mut self, bytes: u64) {
        let keep = self.of.units(bytes) as usize;
        if let Some(permit) = &mut self.permit {
            drop(permit.split(permit.num_permits().saturating_sub(keep)));
        }
    }
}

fn busy() -> ApiError {
    let text = Text::new(
        "同时上传的内容太多，服务器的内存暂时放不下。请稍后再试，什么都没有丢失。",
        "So much is being uploaded that the server has no memory for more right now. Try again in a moment; nothing was lost.",
    );
    let mut error = ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "uploads_busy", text);
    error.retry_after = Some(RETRY_AFTER_SECS);
    error
}

#[cfg(test)]
impl BodyMemory {
    /// The same with other patience.
    pub fn waiting(self, wait: Duration) -> Self {
        BodyMemory { wait, ..self }
    }

    /// Bytes that are free.
    pub fn free(&self) -> u64 {
        self.places.available_permits() as u64 * UNIT_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1 << 20;

    #[tokio::test]
    async fn whoever_finds_no_room_is_told_to_come_back_and_whoever_leaves_makes_room() {
        let memory = BodyMemory::new(10 * MB).waiting(Duration::from_millis(20));
        let mut first = memory.hold();
        first.reach(8 * MB).await.unwrap();
        let mut second = memory.hold();
        let refused = second.reach(3 * MB).await.unwrap_err();
        assert_eq!((refused.code.as_ref(), refused.status.as_u16(), refused.retry_after), ("uploads_busy", 503, Some(5)));
        second.reach(FREE_BYTES).await.expect("a small body waits for nothing");
        second.reach(2 * MB).await.unwrap();
        first.shrink(5 * MB);
        second.reach(5 * MB).await.expect("what was given back is free");
        drop(first);
        drop(second);
        assert_eq!(memory.free(), 10 * MB);
    }

    #[tokio::test]
    async fn a_body_waits_for_room_and_gets_it_when_another_ends() {
        let memory = BodyMemory::new(4 * MB);
        let mut first = memory.hold();
        first.reach(4 * MB).await.unwrap();
        let waiting = tokio::spawn({
            let mut second = memory.hold();
            async move { second.reach(2 * MB).await.map(|()| second) }
        });
        tokio::task::yield_now().await;
        drop(first);
        assert!(waiting.await.unwrap().is_ok());
        assert_eq!(memory.free(), 4 * MB);
    }

    #[tokio::test]
    async fn a_body_larger_than_the_whole_budget_goes_alone() {
        let memory = BodyMemory::new(MB).waiting(Duration::from_millis(20));
        let mut large = memory.hold();
        large.reach(100 * MB).await.unwrap();
        assert_eq!(memory.free(), 0);
        assert!(memory.hold().reach(FREE_BYTES + 1).await.is_err());
    }
}
