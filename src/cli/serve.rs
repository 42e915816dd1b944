//! `portico serve`: the page and the REST API, until Ctrl-C or SIGTERM.

use std::process::ExitCode;

use anyhow::Context as _;

use crate::config::Config;
use crate::engine::{Engine, EngineOptions};
use crate::http::{self, App};
use crate::store::Store;

pub fn run(config: Config) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(2).thread_name("portico-async").build()?;
    runtime.block_on(serve(config))?;
    // Detached work (a decode that nobody waits for any more) must not hold the process.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    Ok(ExitCode::SUCCESS)
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let address = std::net::SocketAddr::new(config.server.bind, config.server.port);
    let listener = tokio::net::TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}; is another program there? Choose another with --port"))?;
    let app = build(config).await?;
    let local = listener.local_addr()?;
    println!("listening on http://{local}");
    println!("data in {}; nothing leaves this machine", app.config.data.display());
    let engine = app.engine.clone();
    let models = app.models.clone();
    axum::serve(listener, http::service(app)).with_graceful_shutdown(stop_signal(engine.clone())).await?;
    engine.shutdown().await;
    tokio::task::spawn_blocking(move || models.shutdown()).await?;
    Ok(())
}

/// Opens the data folder and starts the workers.
pub async fn build(config: Config) -> anyhow::Result<App> {
    let store = Store::open(&config.data).await?;
    let models = super::open_models(&config)?;
    let options = EngineOptions {
        max_queued: config.engine.max_queued,
        results_ttl: config.results_ttl(),
        limits: crate::imaging::Limits { max_bytes: config.limits.max_upload_bytes, max_pixels: config.limits.max_pixels, ..Default::default() },
        ..EngineOptions::default()
    };
    let engine = Engine::start(store.clone(), models.clone(), options).await?;
    Ok(App::new(config, store, engine, models))
}

/// Resolves on Ctrl-C or SIGTERM; open sockets are told to close.
async fn stop_signal(engine: Engine) {
    use tokio::signal::unix::{SignalKind, signal};
    let mut term = signal(SignalKind::terminate()).expect("the process may listen to SIGTERM");
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = term.recv() => {}
    }
    tracing::info!("stopping");
    engine.begin_shutdown();
}
