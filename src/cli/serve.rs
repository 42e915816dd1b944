//! `portico serve`: the page and the REST API, until Ctrl-C or SIGTERM.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;

use crate::config::Config;
use crate::engine::{Engine, EngineConfig};
use crate::http::{self, App};
use crate::store::Store;
use crate::text::Explain as _;

/// Files read and pictures decoded at once, the running jobs included. More would only take memory from each other.
const BLOCKING_THREADS: usize = 48;

pub fn run(config: Config) -> anyhow::Result<ExitCode> {
    let threads = if config.engine.threads == 0 { crate::models::available_threads() } else { config.engine.threads };
    // Kernels share one pool of that size too; only an embedding program could have made one before, and then it keeps its own.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).thread_name(|n| format!("portico-pixels-{n}")).build_global();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .worker_threads(2)
        .max_blocking_threads(BLOCKING_THREADS)
        .thread_name("portico-async")
        .build()?;
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
    let accounts = app.accounts.on().await?;
    if let Some(fault) = app.config.bind_fault(accounts) {
        anyhow::bail!("{fault}");
    }
    // Whoever started it may have stopped reading; that is no reason to end.
    let mut out = std::io::stdout();
    let _ = writeln!(out, "listening on http://{local}\ndata in {}; nothing leaves this machine", app.config.data.display());
    if let Some(token) = app.accounts.setup_link().await? {
        let _ = writeln!(out, "set up the first account: {}/welcome#{token}", site(&app, local));
    }
    if let Some(address) = app.config.server.metrics {
        let listening = http::metrics::listen(address, app.clone()).await;
        let address = listening.with_context(|| format!("cannot listen on {address} (server.metrics); is another program there?"))?;
        let _ = writeln!(out, "figures on http://{address}/metrics");
    }
    let models = app.models.clone();
    let listening = http::listen::Listening::new(app.config.server.max_connections);
    http::listen::serve(listener, http::service(app.clone()), listening, stop(app)).await;
    tokio::task::spawn_blocking(move || models.shutdown()).await?;
    Ok(())
}

/// Where a browser on this machine finds the server.
fn site(app: &App, local: std::net::SocketAddr) -> String {
    if let Some(url) = &app.config.server.public_url {
        return url.trim_end_matches('/').to_owned();
    }
    let loopback = std::net::SocketAddr::from(([127, 0, 0, 1], local.port()));
    format!("http://{}", if local.ip().is_unspecified() { loopback } else { local })
}

/// Opens the data folder and starts the workers.
pub async fn build(config: Config) -> anyhow::Result<App> {
    let store = Store::open(&config.data).await.map_err(|e| anyhow::anyhow!("{}", e.text().en))?;
    let models = super::open_models(&config)?;
    let limits =
        crate::imaging::Limits { max_bytes: config.limits.max_upload_bytes, max_pixels: config.limits.max_pixels, ..Default::default() };
    let options = EngineConfig {
        queue_max: config.engine.max_queued,
        results_ttl: config.results_ttl(),
        keep: config.retention.keep(),
        allowed: crate::accounts::Allowed::of(&config.limits),
        accounts: config.accounts.enabled,
        shutdown_grace: std::time::Duration::from_secs(config.engine.shutdown_grace_secs),
        ..EngineConfig::default()
    };
    let engine = Engine::start(store.clone(), models.clone(), limits, options).await?;
    Ok(App::new(config, store, engine, models))
}

/// Resolves on Ctrl-C or SIGTERM, after running jobs have ended or were stopped (those of conversations wait for the next start) and
/// open sockets were told. A second signal ends the process at once: the next start repairs what that leaves.
async fn stop(app: App) {
    stop_signal().await;
    tracing::info!("stopping; a second signal ends at once");
    tokio::spawn(async {
        stop_signal().await;
        tracing::warn!("ended at once by a second signal");
        std::process::exit(130);
    });
    app.engine.settle().await;
    app.begin_stop();
    app.engine.shutdown().await;
}

#[cfg(unix)]
async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let mut term = signal(SignalKind::terminate()).expect("the process may listen to SIGTERM");
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = term.recv() => {}
    }
}

#[cfg(not(unix))]
async fn stop_signal() {
    // Without a handler there is nothing to wait for but the end of the process.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
