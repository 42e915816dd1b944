//! `portico keys`: API keys, from the command line. Works beside a running server.

use std::process::ExitCode;

use clap::Subcommand;

use super::users::{Folder, named, said, with_store};
use crate::accounts::{Scope, Scopes, name_of, new_key};
use crate::config::Config;
use crate::store::{Actor, Limits, Store, Time, UserRole};

#[derive(Subcommand)]
pub enum KeysCommand {
    /// List somebody's keys
    List {
        /// Whose
        user: String,
        #[command(flatten)]
        folder: Folder,
    },
    /// Make a key; it is shown this once
    Add {
        /// Whose
        user: String,
        /// What it is for, e.g. `nightly import`
        name: String,
        /// read, edit, batch or admin; several with commas
        #[arg(long, default_value = "edit", value_delimiter = ',')]
        scope: Vec<String>,
        /// Days after which it expires (default: never)
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=3650))]
        days: Option<u32>,
        #[command(flatten)]
        folder: Folder,
    },
    /// Revoke a key, for good
    Revoke {
        /// Whose
        user: String,
        /// Its id, or the characters that it begins with
        key: String,
        #[command(flatten)]
        folder: Folder,
    },
}

pub fn run(command: KeysCommand, config: &Config) -> anyhow::Result<ExitCode> {
    match command {
        KeysCommand::List { user, folder } => with_store(folder.of(config), async |store| list(&store, &user).await)?,
        KeysCommand::Add { user, name, scope, days, folder } => {
            let scopes: Option<Scopes> = scope.iter().map(|s| Scope::parse(s)).collect();
            let Some(scopes) = scopes else { anyhow::bail!("a scope is read, edit, batch or admin") };
            let name = name_of(&name).map_err(said)?;
            with_store(folder.of(config), async |store| add(&store, (&user, &name), scopes, days).await)?;
        }
        KeysCommand::Revoke { user, key, folder } => with_store(folder.of(config), async |store| revoke(&store, &user, &key).await)?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(store: &Store, user: &str) -> anyhow::Result<()> {
    let user = named(store, user).await?;
    println!("{:<37} {:<10} {:<24} {:<22} {:<25} last used", "id", "begins", "name", "scopes", "expires");
    for key in store.keys(&user.id).await.map_err(said)? {
        let or_never = |t: Option<Time>| t.map_or_else(|| "never".to_owned(), |t| t.to_string());
        println!(
            "{:<37} {:<10} {:<24} {:<22} {:<25} {}",
            key.id.as_str(),
            key.hint,
            key.name,
            key.scopes.join(","),
            or_never(key.expires_at),
            or_never(key.last_used_at)
        );
    }
    Ok(())
}

async fn add(store: &Store, (user, name): (&str, &str), scopes: Scopes, days: Option<u32>) -> anyhow::Result<()> {
    let user = named(store, user).await?;
    anyhow::ensure!(!scopes.has(Scope::Admin) || user.role == UserRole::Owner, "only an owner's key can have the scope admin");
    let (new, key) = new_key(name.to_owned(), scopes, Limits::default(), days);
    let mut tx = store.begin(&user.id).await.map_err(said)?;
    tx.add_key(new).await.map_err(said)?;
    tx.note(&Actor::command_line(), "key.add", name, &scopes.names().join(" ")).await.map_err(said)?;
    tx.commit().await.map_err(said)?;
    println!("{key}");
    eprintln!("this is the only time that it is shown; send it as `Authorization: Bearer …`");
    Ok(())
}

async fn revoke(store: &Store, user: &str, wanted: &str) -> anyhow::Result<()> {
    let user = named(store, user).await?;
    let keys = store.keys(&user.id).await.map_err(said)?;
    let found: Vec<_> = keys.iter().filter(|k| k.id.as_str() == wanted || (wanted.len() >= 6 && k.hint.starts_with(wanted))).collect();
    let [key] = found.as_slice() else { anyhow::bail!("{} keys fit `{wanted}`; `portico keys list` shows their ids", found.len()) };
    let mut tx = store.begin(&user.id).await.map_err(said)?;
    tx.revoke_key(&key.id).await.map_err(said)?;
    tx.note(&Actor::command_line(), "key.revoke", &key.name, &key.hint).await.map_err(said)?;
    tx.commit().await.map_err(said)?;
    println!("{} is revoked", key.name);
    Ok(())
}
