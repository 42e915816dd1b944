//! How long the server waits for the other end of a connection: whoever sends or takes nothing, or nearly nothing, is let go.

use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep};

/// Time spent waiting adds up, and every byte that moves makes up for a part of it; at `limit` patience is over. So a pause of `limit` ends it, and so
/// does a rate below `least_bytes_per_sec`, however regular; an honest slow line pays for its pauses.
pub struct Patience {
    limit: Duration,
    least_bytes_per_sec: u64,
    /// What was waited and not made up for yet.
    waited: Duration,
    since: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Patience {
    pub fn new(limit: Duration, least_bytes_per_sec: u64) -> Self {
        Patience { limit, least_bytes_per_sec: least_bytes_per_sec.max(1), waited: Duration::ZERO, since: None, timer: None }
    }

    /// The other end sent or took so much.
    pub fn moved(&mut self, bytes: usize) {
        if let Some(since) = self.since.take() {
            self.waited += since.elapsed();
        }
        let paid = bytes as f64 / self.least_bytes_per_sec as f64;
        self.waited = self.waited.saturating_sub(Duration::try_from_secs_f64(paid).unwrap_or(Duration::MAX));
    }

    /// Nothing moves now. Ready when patience is over; else the task is woken then.
    pub fn poll_over(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.since.is_none() {
            let now = Instant::now();
            self.since = Some(now);
            let over = now + self.limit.saturating_sub(self.waited);
            match &mut self.timer {
                Some(timer) => timer.as_mut().reset(over),
                None => self.timer = Some(Box::pin(tokio::time::sleep_until(over))),
            }
        }
        match &mut self.timer {
            Some(timer) => timer.as_mut().poll(cx),
            None => Poll::Pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn over(patience: &mut Patience, within: Duration) -> bool {
        let waits = std::future::poll_fn(|cx| patience.poll_over(cx));
        tokio::time::timeout(within, waits).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_ends_it_and_bytes_pay_for_pauses() {
        let mut patience = Patience::new(Duration::from_secs(30), 1024);
        for _ in 0..20 {
            assert!(!over(&mut patience, Duration::from_secs(20)).await, "20 s at a time are fine");
            patience.moved(20 * 1024);
        }
        assert!(over(&mut patience, Duration::from_secs(31)).await);
    }

    #[tokio::test(start_paused = true)]
    async fn one_byte_now_and_then_does_not_hold_a_place_for_ever() {
        let mut patience = Patience::new(Duration::from_secs(30), 1024);
        assert!(!over(&mut patience, Duration::from_secs(20)).await);
        patience.moved(1);
        assert!(over(&mut patience, Duration::from_secs(20)).await, "two pauses of 20 s for one byte are too long");
    }
}
