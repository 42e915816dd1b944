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
        self.moved_at(bytes, Instant::now());
    }

    fn moved_at(&mut self, bytes: usize, now: Instant) {
        if let Some(since) = self.since.take() {
            self.waited += now.saturating_duration_since(since);
        }
        let paid = bytes as f64 / self.least_bytes_per_sec as f64;
        self.waited = self.waited.saturating_sub(Duration::try_from_secs_f64(paid).unwrap_or(Duration::MAX));
    }

    /// Nothing moves now. Ready when patience is over; else the task is woken then.
    pub fn poll_over(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.since.is_none() {
            let over = self.wait_from(Instant::now());
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

    /// Begins to wait; gives when patience will be over.
    fn wait_from(&mut self, now: Instant) -> Instant {
        self.since = Some(now);
        now + self.limit.saturating_sub(self.waited)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_pause_ends_it_and_bytes_pay_for_pauses() {
        let mut patience = Patience::new(30 * SECOND, 1024);
        let mut now = Instant::now();
        for _ in 0..20 {
            assert_eq!(patience.wait_from(now), now + 30 * SECOND, "20 s at a time are fine");
            now += 20 * SECOND;
            patience.moved_at(20 * 1024, now);
        }
    }

    #[test]
    fn one_byte_now_and_then_does_not_hold_a_place_for_ever() {
        let mut patience = Patience::new(30 * SECOND, 1024);
        let start = Instant::now();
        patience.wait_from(start);
        patience.moved_at(1, start + 20 * SECOND);
        let over = patience.wait_from(start + 20 * SECOND);
        assert!(over < start + 31 * SECOND, "two pauses of 20 s for one byte are too long");
    }

    #[tokio::test]
    async fn whoever_waits_is_told_when_patience_is_over() {
        let mut patience = Patience::new(Duration::from_millis(1), 1024);
        std::future::poll_fn(|cx| patience.poll_over(cx)).await;
    }
}
