//! What every handler shares. Cheap to clone.

use std::ops::Deref;
use std::sync::Arc;

use tokio::sync::{Semaphore, watch};

use super::body_memory::BodyMemory;
use super::masks::LookedAt;
use crate::accounts::Accounts;
use crate::config::Config;
use crate::engine::Engine;
use crate::metrics::Metrics;
use crate::models::Models;
use crate::store::Store;

/// The running application.
#[derive(Clone)]
pub struct App(Arc<Inner>);

pub struct Inner {
    pub config: Config,
    pub store: Store,
    pub engine: Engine,
    pub models: Models,
    pub accounts: Accounts,
    /// `""`, or the path of `server.public_url`, without a slash at its end.
    pub base_path: String,
    pub metrics: Metrics,
    /// Request bodies held in memory at once.
    pub body_memory: BodyMemory,
    /// Pictures decoded or encoded for a response at once.
    pub codecs: Arc<Semaphore>,
    /// Archives written at once.
    pub archives: Arc<Semaphore>,
    /// Archives of batches on their way; each has a thread while it is written.
    pub batch_archives: Arc<Semaphore>,
    /// Pictures that are being pointed at.
    pub looked_at: LookedAt,
    stop: watch::Sender<bool>,
}

impl App {
    /// Tells open sockets that the server is about to end.
    pub fn begin_stop(&self) {
        self.0.stop.send_replace(true);
    }

    /// Resolves when [`App::begin_stop`] was called.
    pub async fn stopping(&self) {
        let mut stop = self.0.stop.subscribe();
        // The sender lives as long as this App.
        let _ = stop.wait_for(|stop| *stop).await;
    }

    pub fn new(config: Config, store: Store, engine: Engine, models: Models) -> Self {
        let body_memory = BodyMemory::new(config.server.body_memory_bytes);
        App(Arc::new(Inner {
            accounts: Accounts::new(&config, store.clone()),
            base_path: config.server.base_path().to_owned(),
            config,
            metrics: engine.metrics(),
            store,
            engine,
            models,
            body_memory,
            codecs: Arc::new(Semaphore::new(4)),
            archives: Arc::new(Semaphore::new(2)),
            batch_archives: Arc::new(Semaphore::new(8)),
            looked_at: LookedAt::default(),
            stop: watch::Sender::new(false),
        }))
    }
}

impl Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}
