//! `portico gc`: what nobody needs any more goes, also while the server runs.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::house::{megabytes, runtime, worded};
use crate::config::Config;
use crate::models::{Manifest, prepare};
use crate::store::gc::Files;
use crate::store::sweep::Swept;
use crate::store::{Store, StoreError};

#[derive(Args)]
pub struct GcArgs {
    /// Only say what would go
    #[arg(long)]
    dry_run: bool,
    /// Folder of the database and the pictures (default: ./data)
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

struct Report {
    rows: Swept,
    blobs: Files,
    old: Files,
    database_bytes: u64,
}

pub fn run(args: &GcArgs, config: &Config) -> anyhow::Result<ExitCode> {
    let report = runtime()?.block_on(async {
        let store = Store::open_beside(&config.data).await.map_err(worded)?;
        let report = collect(&store, args.dry_run, config).await.map_err(worded);
        store.close().await;
        report
    })?;
    let Report { rows, blobs, old, database_bytes } = report;
    let verb = if args.dry_run { "would remove" } else { "removed" };
    println!(
        "{verb} {} conversations, {} pictures, {} jobs, {} sign-ins, links and keys, {} audit entries that had their time",
        rows.sessions, rows.images, rows.jobs, rows.access, rows.audit
    );
    println!("{verb} {} batches that had their time", rows.batches);
    println!("{verb} {} files of pictures that nothing names ({})", blobs.files, megabytes(blobs.bytes));
    println!("{verb} {} files that were set aside or left over ({})", old.files, megabytes(old.bytes));
    match prepared(args.dry_run, config) {
        Ok(files) => println!("{verb} {} prepared models of other versions or machines ({})", files.files, megabytes(files.bytes)),
        Err(why) => println!("prepared models were left alone: {why}"),
    }
    if !args.dry_run {
        println!("gave {} of the database back", megabytes(database_bytes));
    }
    Ok(ExitCode::SUCCESS)
}

async fn collect(store: &Store, dry_run: bool, config: &Config) -> Result<Report, StoreError> {
    let keep = config.retention.keep();
    let rows = if dry_run { store.would_sweep(&keep).await? } else { store.sweep(&keep).await? };
    // After the rows: what they named is unnamed now.
    let blobs = store.remove_unnamed_blobs(dry_run).await?;
    let old = store.remove_old_files(&config.retention.keep_files(), dry_run)?;
    let database_bytes = if dry_run { 0 } else { store.shrink().await? };
    Ok(Report { rows, blobs, old, database_bytes })
}

/// Graphs that no installed model has on this machine with this library.
fn prepared(dry_run: bool, config: &Config) -> Result<Files, String> {
    let dir = crate::models::models_dir(config.models.as_deref());
    let manifest = Manifest::with_overlays(&dir).map_err(|e| e.to_string())?;
    let mut freed = Files::default();
    for (path, bytes) in prepare::unused(&dir, &manifest)? {
        if dry_run || std::fs::remove_file(&path).is_ok() {
            freed.files += 1;
            freed.bytes += bytes;
        }
    }
    Ok(freed)
}
