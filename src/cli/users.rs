//! `portico users`: accounts, from the command line. Works beside a running server.

use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::accounts::{Accounts, name_of, password};
use crate::config::Config;
use crate::store::{Actor, InviteKind, Store, StoreError, User, UserId, UserRole};
use crate::text::Explain;

#[derive(Subcommand)]
pub enum UsersCommand {
    /// List accounts
    List(Folder),
    /// Add an account; the first one is an owner and takes over what was made before there were accounts
    Add {
        /// The name to sign in with
        name: String,
        /// May look after other accounts
        #[arg(long)]
        owner: bool,
        /// Read the password from standard input (one line) instead of asking for it
        #[arg(long)]
        password_stdin: bool,
        #[command(flatten)]
        folder: Folder,
    },
    /// Print a link that makes one account
    Invite {
        /// May look after other accounts
        #[arg(long)]
        owner: bool,
        #[command(flatten)]
        folder: Folder,
    },
    /// Print a link that sets a new password
    Reset {
        name: String,
        #[command(flatten)]
        folder: Folder,
    },
    /// Keep somebody out; their pictures stay
    Disable {
        name: String,
        #[command(flatten)]
        folder: Folder,
    },
    /// Let somebody in again
    Enable {
        name: String,
        #[command(flatten)]
        folder: Folder,
    },
    /// Remove an account with all its conversations and pictures
    Remove {
        name: String,
        /// Really
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        folder: Folder,
    },
}

#[derive(Args)]
pub struct Folder {
    /// Folder of the database and the pictures (default: ./data)
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl Folder {
    pub fn of<'a>(&'a self, config: &'a Config) -> &'a Path {
        self.data.as_deref().unwrap_or(&config.data)
    }
}

/// Runs a command on the data folder, whether a server has it or not.
pub fn with_store<T, F>(folder: &Path, work: F) -> anyhow::Result<T>
where
    F: AsyncFnOnce(Store) -> anyhow::Result<T>,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let opened = match Store::open(folder).await {
            Err(StoreError::Locked(_)) => Store::open_beside(folder).await,
            other => other,
        };
        let store = opened.map_err(said)?;
        let done = work(store.clone()).await;
        store.close().await;
        done
    })
}

/// The error in words.
pub fn said(error: impl Explain) -> anyhow::Error {
    anyhow::anyhow!("{}", error.text().en)
}

/// Somebody by name.
pub async fn named(store: &Store, name: &str) -> anyhow::Result<User> {
    match store.user_named(name).await {
        Err(StoreError::NotFound) => anyhow::bail!("nobody is called `{name}`; `portico users list` shows who there is"),
        other => other.map_err(said),
    }
}

pub fn run(command: UsersCommand, config: &Config) -> anyhow::Result<ExitCode> {
    match command {
        UsersCommand::List(folder) => with_store(folder.of(config), async |store| list(&store).await)?,
        UsersCommand::Add { name, owner, password_stdin, folder } => {
            let name = name_of(&name).map_err(said)?;
            let word = read_password(password_stdin)?;
            anyhow::ensure!(password::acceptable(&word), "a password has at least 8 characters and at most 1024 bytes");
            with_store(folder.of(config), async |store| add(&store, (&name, owner), &word).await)?;
        }
        UsersCommand::Invite { owner, folder } => {
            let role = if owner { UserRole::Owner } else { UserRole::Member };
            with_store(folder.of(config), async |store| link(&store, config, (InviteKind::Invite, role), None).await)?;
        }
        UsersCommand::Reset { name, folder } => with_store(folder.of(config), async |store| {
            let user = match store.person_named(&name).await {
                Err(StoreError::NotFound) => named(&store, &name).await?,
                other => other.map_err(said)?,
            };
            link(&store, config, (InviteKind::Reset, user.role), Some(user)).await
        })?,
        UsersCommand::Disable { name, folder } => with_store(folder.of(config), async |store| disable(&store, &name, true).await)?,
        UsersCommand::Enable { name, folder } => with_store(folder.of(config), async |store| disable(&store, &name, false).await)?,
        UsersCommand::Remove { name, yes, folder } => {
            anyhow::ensure!(yes, "this deletes all conversations and pictures of `{name}` for good; add --yes if that is meant");
            with_store(folder.of(config), async |store| remove(&store, &name).await)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(store: &Store) -> anyhow::Result<()> {
    let users = store.accounts().await.map_err(said)?;
    if users.is_empty() {
        println!("no accounts: whoever is on this machine may do everything. `portico users add NAME` makes the first one");
        return Ok(());
    }
    println!("{:<24} {:<8} {:<9} {:>10}  last seen", "name", "role", "state", "stored MB");
    for user in users {
        let stored = store.stored_bytes(&user.id).await.map_err(said)? as f64 / 1e6;
        let seen = store.last_seen(&user.id).await.map_err(said)?.map_or_else(|| "never".to_owned(), |t| t.to_string());
        let state = if user.disabled_at.is_some() { "disabled" } else { "active" };
        println!("{:<24} {:<8} {:<9} {:>10.1}  {seen}", user.name, user.role.name(), state, stored);
    }
    Ok(())
}

async fn add(store: &Store, (name, owner): (&str, bool), word: &str) -> anyhow::Result<()> {
    let hash = password::hash(word);
    let mut tx = store.begin(&UserId::local()).await.map_err(said)?;
    let user = if tx.has_accounts().await.map_err(said)? {
        let role = if owner { UserRole::Owner } else { UserRole::Member };
        tx.add_user(name, role, Some(&hash)).await.map_err(said)?
    } else {
        tx.take_over_local(name, &hash).await.map_err(said)?
    };
    tx.note(&Actor::command_line(), "user.add", &user.name, user.role.name()).await.map_err(said)?;
    tx.commit().await.map_err(said)?;
    println!("{} can sign in ({})", user.name, user.role.name());
    Ok(())
}

async fn link(store: &Store, config: &Config, what: (InviteKind, UserRole), user: Option<User>) -> anyhow::Result<()> {
    anyhow::ensure!(
        store.has_accounts().await.map_err(said)?,
        "there are no accounts yet; make the first one with `portico users add NAME`"
    );
    let accounts = Accounts::new(config, store.clone());
    let (invite, token) = accounts.invite(&UserId::local(), what, user.as_ref(), &Actor::command_line()).await.map_err(said)?;
    let server = &config.server;
    let site = server.public_url.clone().unwrap_or_else(|| {
        let host = if server.bind.is_unspecified() { std::net::IpAddr::from([127, 0, 0, 1]) } else { server.bind };
        format!("http://{}", std::net::SocketAddr::new(host, server.port))
    });
    println!("{}/welcome#{token}\ngood once, until {}", site.trim_end_matches('/'), invite.expires_at);
    Ok(())
}

async fn disable(store: &Store, name: &str, disabled: bool) -> anyhow::Result<()> {
    let user = named(store, name).await?;
    let mut tx = store.begin(&UserId::local()).await.map_err(said)?;
    tx.set_disabled(&user.id, disabled).await.map_err(said)?;
    let action = if disabled { "user.disable" } else { "user.enable" };
    tx.note(&Actor::command_line(), action, &user.name, "").await.map_err(said)?;
    tx.commit().await.map_err(said)?;
    println!("{} {}", user.name, if disabled { "is kept out; browsers are signed out, keys are refused" } else { "may come in again" });
    Ok(())
}

async fn remove(store: &Store, name: &str) -> anyhow::Result<()> {
    let user = named(store, name).await?;
    let mut tx = store.begin(&UserId::local()).await.map_err(said)?;
    tx.delete_user(&user.id).await.map_err(said)?;
    tx.note(&Actor::command_line(), "user.remove", &user.name, "").await.map_err(said)?;
    tx.commit().await.map_err(said)?;
    println!("{} and all of their pictures are gone", user.name);
    Ok(())
}

/// One line of standard input, or asked for without showing it.
fn read_password(stdin: bool) -> anyhow::Result<String> {
    if stdin {
        let mut text = String::new();
        std::io::stdin().take(4096).read_to_string(&mut text)?;
        return Ok(text.lines().next().unwrap_or("").to_owned());
    }
    anyhow::ensure!(std::io::stdin().is_terminal(), "no terminal to ask for the password on; use --password-stdin");
    let first = rpassword::prompt_password("password (8 characters or more): ")?;
    anyhow::ensure!(first == rpassword::prompt_password("again: ")?, "the two are not the same");
    Ok(first)
}
