//! Failed sign-ins: after a few, the next one has to wait, ever longer. Counted for a name from one address, for the address, and (far more patiently,
//! so that nobody can lock somebody else out) for the name alone.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

const MOST: usize = 10_000;
/// The longest wait, and how long failures are remembered.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// Failures that are free.
const FREE_FOR_PAIR: u32 = 5;
const FREE_FOR_ADDRESS: u32 = 20;
const FREE_FOR_NAME: u32 = 50;

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last: Instant,
}

#[derive(Default)]
pub struct Attempts(Mutex<HashMap<String, Failures>>);

impl Attempts {
    /// # Errors
    /// How long to wait before the next try.
    pub fn may_try(&self, name: &str, address: Option<IpAddr>) -> Result<(), Duration> {
        self.may_try_at(name, address, Instant::now())
    }

    pub fn failed(&self, name: &str, address: Option<IpAddr>) {
        self.failed_at(name, address, Instant::now());
    }

    /// Forgets the failures of this name from this address.
    pub fn succeeded(&self, name: &str, address: Option<IpAddr>) {
        self.map().remove(&keys(name, address)[0].0);
    }

    fn may_try_at(&self, name: &str, address: Option<IpAddr>, now: Instant) -> Result<(), Duration> {
        let map = self.map();
        let wait = keys(name, address).iter().filter_map(|(key, free)| map.get(key).map(|f| f.wait(*free, now))).max();
        match wait.filter(|w| !w.is_zero()) {
            Some(wait) => Err(wait),
            None => Ok(()),
        }
    }

    fn failed_at(&self, name: &str, address: Option<IpAddr>, now: Instant) {
        let mut map = self.map();
        if map.len() >= MOST {
            map.retain(|_, f| now.saturating_duration_since(f.last) < LONGEST);
        }
        for (key, _) in keys(name, address) {
            let failures = map.entry(key).or_insert(Failures { count: 0, last: now });
            if now.saturating_duration_since(failures.last) >= LONGEST {
                failures.count = 0;
            }
            failures.count = failures.count.saturating_add(1);
            failures.last = now;
        }
    }

    fn map(&self) -> std::sync::MutexGuard<'_, HashMap<String, Failures>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Failures {
    /// 1, 2, 4 … seconds after the free ones.
    fn wait(&self, free: u32, now: Instant) -> Duration {
        if self.count < free {
            return Duration::ZERO;
        }
        let seconds = 1_u64 << (self.count - free).min(20);
        Duration::from_secs(seconds).min(LONGEST).saturating_sub(now.saturating_duration_since(self.last))
    }
}

fn keys(name: &str, address: Option<IpAddr>) -> [(String, u32); 3] {
    // A name that nobody could have is not worth remembering in full.
    let name: String = name.chars().take(64).flat_map(char::to_lowercase).collect();
    let address = address.map_or_else(|| "local".to_owned(), |a| network(a).to_string());
    [(format!("p {address} {name}"), FREE_FOR_PAIR), (format!("a {address}"), FREE_FOR_ADDRESS), (format!("n {name}"), FREE_FOR_NAME)]
}

/// Whoever has one IPv6 address has 2^64 of them: their network counts.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => IpAddr::V6(std::net::Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_becomes_slow_and_the_owner_of_the_name_is_not_locked_out() {
        let (attempts, start) = (Attempts::default(), Instant::now());
        let (robber, owner) = (Some("10.0.0.66".parse().unwrap()), Some("10.0.0.2".parse().unwrap()));
        for _ in 0..5 {
            assert!(attempts.may_try_at("ann", robber, start).is_ok());
            attempts.failed_at("Ann", robber, start);
        }
        assert_eq!(attempts.may_try_at("ANN", robber, start), Err(Duration::from_secs(1)));
        assert!(attempts.may_try_at("ann", owner, start).is_ok(), "from elsewhere the name is free");
        for n in 0..4 {
            let later = start + Duration::from_secs(100 * (n + 1));
            assert!(attempts.may_try_at("ann", robber, later).is_ok());
            attempts.failed_at("ann", robber, later);
        }
        assert_eq!(attempts.may_try_at("ann", robber, start + Duration::from_secs(400)), Err(Duration::from_secs(16)));
        attempts.succeeded("ann", robber);
        assert!(attempts.may_try_at("ann", robber, start + Duration::from_secs(400)).is_ok());
    }

    #[test]
    fn a_network_of_version_six_counts_as_one_address() {
        let (attempts, start) = (Attempts::default(), Instant::now());
        for n in 0..20 {
            attempts.failed_at(&format!("user{n}"), Some(format!("2001:db8::{n}").parse().unwrap()), start);
        }
        assert!(attempts.may_try_at("another", Some("2001:db8::ffff".parse().unwrap()), start).is_err());
        assert!(attempts.may_try_at("another", Some("2001:db8:0:1::1".parse().unwrap()), start).is_ok());
    }

    #[test]
    fn one_address_that_tries_many_names_is_slowed_too_and_all_is_forgotten() {
        let (attempts, start) = (Attempts::default(), Instant::now());
        for n in 0..20 {
            attempts.failed_at(&format!("user{n}"), None, start);
        }
        assert!(attempts.may_try_at("another", None, start).is_err());
        assert!(attempts.may_try_at("another", None, start + LONGEST).is_ok());
    }
}
