//! Who may come in and how much they may take up: passwords, one-time links, logins, API keys and their scopes, limits.
//!
//! Accounts are on when the configuration says so or when the data folder has an account: a folder that was once shared never opens by
//! forgetting a setting.

mod attempts;
mod key;
mod pace;
pub mod password;
mod scope;
pub mod secret;
mod signin;
mod streams;
mod welcome;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, watch};

use crate::config::Config;
use crate::store::{InviteKind, KeyId, LoginId, Store, StoreError, User, UserId, UserRole};

pub use attempts::Attempts;
pub use key::new_key;
pub use pace::Pace;
pub use scope::{Scope, Scopes};
pub use signin::{AccountError, Came, Fresh};
pub use streams::{OneOpen, Streams};
pub use welcome::{Link, Newcomer, name_of};

/// How long a set-up link is good; every start prints a new one.
const SETUP_LINK_TTL: Duration = Duration::from_secs(24 * 3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// That there is no account is believed for so long.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// Password hashes under way at once: each takes 19 MiB and some 20 ms of a core.
const HASHES_AT_ONCE: usize = 2;

/// How a caller came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Via {
    /// There are no accounts.
    Local,
    Login(LoginId),
    Key(KeyId),
}

/// The figures that hold for somebody, after the configuration filled the gaps; `None` = no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowed {
    pub requests_per_minute: Option<u32>,
    pub jobs_at_once: Option<u32>,
    pub storage_bytes: Option<u64>,
    pub streams_at_once: Option<u32>,
}

impl Allowed {
    /// What the configuration says.
    pub fn of(limits: &crate::config::Limits) -> Allowed {
        let limit = |n: u32| (n > 0).then_some(n);
        Allowed {
            requests_per_minute: limit(limits.requests_per_minute),
            jobs_at_once: limit(limits.jobs_at_once),
            storage_bytes: (limits.storage_bytes > 0).then_some(limits.storage_bytes),
            streams_at_once: limit(limits.streams_at_once),
        }
    }
}

/// What holds for somebody: their own figures, else the configuration's.
pub fn allowed(user: &User, defaults: Allowed) -> Allowed {
    let of = |own: Option<u32>, default: Option<u32>| own.map_or(default, |n| (n > 0).then_some(n));
    Allowed {
        requests_per_minute: of(user.limits.requests_per_minute, defaults.requests_per_minute),
        jobs_at_once: of(user.limits.jobs_at_once, defaults.jobs_at_once),
        storage_bytes: user.limits.storage_bytes.map_or(defaults.storage_bytes, |n| (n > 0).then_some(n)),
        streams_at_once: defaults.streams_at_once,
    }
}

/// The service; cheap to clone.
#[derive(Clone)]
pub struct Accounts(Arc<Inner>);

struct Inner {
    store: Store,
    enabled: bool,
    login_ttl: Duration,
    invite_ttl: Duration,
    defaults: Allowed,
    /// Once an account was seen, for good.
    seen: AtomicBool,
    /// When there was no account yet.
    looked: Mutex<Option<Instant>>,
    hashes: Semaphore,
    attempts: Attempts,
    pace: Pace,
    streams: Streams,
    /// Bumped whenever somebody lost a way in: open sockets ask again whether theirs still stands.
    changed: watch::Sender<u64>,
}

impl Accounts {
    pub fn new(config: &Config, store: Store) -> Self {
        Accounts(Arc::new(Inner {
            store,
            enabled: config.accounts.enabled,
            login_ttl: DAY * config.accounts.login_days.max(1),
            invite_ttl: DAY * config.accounts.invite_days.max(1),
            defaults: Allowed::of(&config.limits),
            seen: AtomicBool::new(false),
            looked: Mutex::default(),
            hashes: Semaphore::new(HASHES_AT_ONCE),
            attempts: Attempts::default(),
            pace: Pace::default(),
            streams: Streams::default(),
            changed: watch::Sender::new(0),
        }))
    }

    /// Whether callers have to say who they are.
    pub async fn on(&self) -> Result<bool, StoreError> {
        if self.0.enabled || self.0.seen.load(Ordering::Relaxed) {
            return Ok(true);
        }
        // Every request asks. The command line makes the first account beside this process: it counts a moment later.
        if self.looked().is_some_and(|at| at.elapsed() < LOOK_AGAIN) {
            return Ok(false);
        }
        let has = self.0.store.has_accounts().await?;
        if has {
            self.0.seen.store(true, Ordering::Relaxed);
        }
        *self.looked() = Some(Instant::now());
        Ok(has)
    }

    /// The token that sets the first account up, where accounts are on and there is none.
    pub async fn setup_link(&self) -> Result<Option<String>, StoreError> {
        if !self.on().await? || self.0.store.has_accounts().await? {
            return Ok(None);
        }
        let token = secret::new();
        let mut tx = self.0.store.begin(&UserId::local()).await?;
        tx.add_invite(&secret::hash(&token), (InviteKind::Setup, UserRole::Owner), None, SETUP_LINK_TTL).await?;
        tx.commit().await?;
        Ok(Some(token))
    }

    pub fn defaults(&self) -> Allowed {
        self.0.defaults
    }

    /// How fast callers go.
    pub fn pace(&self) -> &Pace {
        &self.0.pace
    }

    /// What is open of whom.
    pub fn streams(&self) -> &Streams {
        &self.0.streams
    }

    pub fn login_ttl(&self) -> Duration {
        self.0.login_ttl
    }

    pub fn invite_ttl(&self) -> Duration {
        self.0.invite_ttl
    }

    /// Somebody lost a way in.
    pub fn way_closed(&self) {
        self.0.changed.send_modify(|n| *n += 1);
    }

    /// Resolves at every [`Accounts::way_closed`].
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.0.changed.subscribe()
    }

    /// Whether the way that a caller came by is still open.
    pub async fn stands(&self, via: &Via) -> bool {
        let stands = match via {
            // Accounts may have been made meanwhile.
            Via::Local => self.on().await.map(|on| !on),
            Via::Login(id) => self.0.store.login_stands(id).await,
            Via::Key(id) => self.0.store.key_stands(id).await,
        };
        // A database that does not answer is no reason to throw somebody out.
        stands.unwrap_or(true)
    }

    fn looked(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.looked.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn store(&self) -> &Store {
        &self.0.store
    }
}
