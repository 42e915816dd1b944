//! `portico backup` and `portico restore`: a data folder in one file, while the server runs, and back.

use std::io::{BufWriter, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;

use super::house::{megabytes, runtime, worded};
use crate::config::Config;
use crate::store::backup::{BackupError, Manifest, restore};
use crate::store::{Store, StoreError};

/// Exit code of a backup that is complete but for pictures that were missing or damaged before.
const INCOMPLETE: u8 = 3;

#[derive(Args)]
pub struct BackupArgs {
    /// The file to write; `-` = standard output
    file: PathBuf,
    /// Overwrite the file if there is one
    #[arg(long)]
    force: bool,
    /// Folder of the database and the pictures (default: ./data)
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

#[derive(Args)]
pub struct RestoreArgs {
    /// A file that `portico backup` wrote
    file: PathBuf,
    /// Folder to restore into; it must be empty or not there
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

pub fn backup(args: &BackupArgs, config: &Config) -> anyhow::Result<ExitCode> {
    let manifest = runtime()?.block_on(async {
        let store = Store::open_beside(&config.data).await.map_err(worded)?;
        let done = if args.file == Path::new("-") && std::io::stdout().is_terminal() {
            Err(anyhow::anyhow!("standard output is a terminal; redirect it, or name a file"))
        } else if args.file == Path::new("-") {
            store.backup(BufWriter::new(std::io::stdout().lock())).await.map_err(explained)
        } else {
            to_file(&store, &args.file, args.force).await
        };
        store.close().await;
        done
    })?;
    // Standard output may be the backup itself.
    eprintln!("{}", summary("backed up", &manifest));
    for (what, names) in [("missing from the data folder", &manifest.missing), ("damaged in the data folder", &manifest.damaged)] {
        names.iter().for_each(|name| eprintln!("portico: a picture is {what}: {name}"));
    }
    Ok(if manifest.missing.is_empty() && manifest.damaged.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(INCOMPLETE) })
}

/// Written under another name first: what stands at `file` is always a whole backup.
async fn to_file(store: &Store, file: &Path, force: bool) -> anyhow::Result<Manifest> {
    if file.exists() && !force {
        bail!("{} exists; choose another name, or overwrite it with --force", file.display());
    }
    let name = file.file_name().with_context(|| format!("{} is not a file name", file.display()))?;
    let part = file.with_file_name(format!(".{}.{}.part", name.to_string_lossy(), std::process::id()));
    let written = async {
        let mut out = BufWriter::with_capacity(1 << 20, private(&part).with_context(|| part.display().to_string())?);
        let manifest = store.backup(&mut out).await.map_err(explained)?;
        out.flush()?;
        out.get_ref().sync_all()?;
        Ok::<_, anyhow::Error>(manifest)
    };
    let done = match written.await {
        Ok(manifest) => put_in_place(&part, file, force).map(|()| manifest),
        Err(error) => Err(error),
    };
    if done.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    done
}

fn put_in_place(part: &Path, file: &Path, force: bool) -> anyhow::Result<()> {
    if force {
        std::fs::rename(part, file).with_context(|| file.display().to_string())?;
    } else {
        // Unlike renaming, this fails where somebody was quicker.
        std::fs::hard_link(part, file).or_else(|e| match e.kind() {
            std::io::ErrorKind::AlreadyExists => Err(e),
            // Not every file system has hard links.
            _ => std::fs::rename(part, file),
        })?;
        let _ = std::fs::remove_file(part);
    }
    #[cfg(unix)]
    {
        let folder = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Nobody else may read what holds everybody's pictures.
fn private(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

pub fn restore_from(args: &RestoreArgs, config: &Config) -> anyhow::Result<ExitCode> {
    let file = std::fs::File::open(&args.file).with_context(|| args.file.display().to_string())?;
    let archive = std::io::BufReader::with_capacity(1 << 20, file);
    let manifest = runtime()?.block_on(restore(archive, &config.data)).map_err(explained)?;
    println!("{} into {}", summary("restored", &manifest), config.data.display());
    for name in manifest.missing.iter().chain(&manifest.damaged) {
        println!("this picture was missing or damaged when the backup was made: {name}");
    }
    Ok(ExitCode::SUCCESS)
}

fn summary(did: &str, manifest: &Manifest) -> String {
    let bytes: u64 = manifest.blobs.values().map(|entry| entry.bytes).sum();
    format!(
        "{did} {} pictures ({}) and the database ({}, schema {}) as of {}",
        manifest.blobs.len(),
        megabytes(bytes),
        megabytes(manifest.database.bytes),
        manifest.schema,
        manifest.made_at,
    )
}

fn explained(error: BackupError) -> anyhow::Error {
    match error {
        BackupError::Store(error) => worded(error),
        BackupError::Io(error) => match StoreError::from(error) {
            full @ StoreError::DiskFull => worded(full),
            StoreError::Blob(error) => error.into(),
            other => anyhow::anyhow!("{other}"),
        },
        other => other.into(),
    }
}
