//! Requests a minute: a token bucket for each caller (token bucket: a minute's worth may come at once, then they come evenly).

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Callers remembered; beyond that, the ones whose buckets are full again are forgotten.
const MOST: usize = 10_000;
const MINUTE: Duration = Duration::from_secs(60);

#[derive(Clone, Copy)]
struct Bucket {
    per_minute: u32,
    left: f64,
    at: Instant,
}

/// How fast each caller goes.
#[derive(Default)]
pub struct Pace(Mutex<HashMap<String, Bucket>>);

impl Pace {
    /// Takes one of `per_minute` requests of `caller`.
    ///
    /// # Errors
    /// The time until the next one is free.
    pub fn take(&self, caller: &str, per_minute: u32) -> Result<(), Duration> {
        self.take_at(caller, per_minute, Instant::now())
    }

    fn take_at(&self, caller: &str, per_minute: u32, now: Instant) -> Result<(), Duration> {
        let most = f64::from(per_minute.max(1));
        let per_second = most / MINUTE.as_secs_f64();
        let mut buckets = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if buckets.len() >= MOST {
            buckets.retain(|_, bucket| now.saturating_duration_since(bucket.at) < MINUTE);
        }
        let bucket = buckets.entry(caller.to_owned()).or_insert(Bucket { per_minute, left: most, at: now });
        if bucket.per_minute != per_minute {
            // Another figure holds from now on, and what was used up under the old one is forgotten.
            *bucket = Bucket { per_minute, left: most, at: now };
        }
        let passed = now.saturating_duration_since(bucket.at).as_secs_f64();
        bucket.left = (bucket.left + passed * per_second).min(most);
        bucket.at = now;
        if bucket.left >= 1.0 {
            bucket.left -= 1.0;
            return Ok(());
        }
        Err(Duration::from_secs_f64((1.0 - bucket.left) / per_second))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minutes_worth_may_come_at_once_and_then_they_come_evenly() {
        let (pace, start) = (Pace::default(), Instant::now());
        for _ in 0..60 {
            assert!(pace.take_at("a", 60, start).is_ok());
        }
        let wait = pace.take_at("a", 60, start).unwrap_err();
        assert!(wait <= Duration::from_secs(1) && wait > Duration::from_millis(900), "{wait:?}");
        assert!(pace.take_at("b", 60, start).is_ok(), "another caller is not held up");
        assert!(pace.take_at("a", 60, start + Duration::from_millis(1001)).is_ok());
        assert!(pace.take_at("a", 60, start + Duration::from_millis(1002)).is_err());
    }

    #[test]
    fn a_new_figure_holds_at_once() {
        let (pace, start) = (Pace::default(), Instant::now());
        assert!(pace.take_at("a", 1, start).is_ok());
        assert!(pace.take_at("a", 1, start).is_err());
        assert!(pace.take_at("a", 100, start).is_ok());
        assert!(pace.take_at("a", 1, start).is_ok() && pace.take_at("a", 1, start).is_err());
    }

    #[test]
    fn a_clock_that_stands_still_or_many_callers_do_no_harm() {
        let (pace, start) = (Pace::default(), Instant::now());
        for n in 0..MOST + 10 {
            assert!(pace.take_at(&n.to_string(), 5, start).is_ok());
        }
        assert!(pace.take_at("late", 5, start + MINUTE * 2).is_ok());
        assert!(pace.0.lock().unwrap().len() <= 2);
    }
}
