//! What every handler shares. Cheap to clone.

use std::ops::Deref;
use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::config::Config;
use crate::engine::Engine;
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
    /// Request bodies held in memory at once.
    pub uploads: Semaphore,
    /// Pictures decoded or encoded for a response at once.
    pub codecs: Arc<Semaphore>,
}

impl App {
    pub fn new(config: Config, store: Store, engine: Engine, models: Models) -> Self {
        App(Arc::new(Inner { config, store, engine, models, uploads: Semaphore::new(16), codecs: Arc::new(Semaphore::new(4)) }))
    }
}

impl Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}
