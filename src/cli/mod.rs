//! The command line: `serve`, `edit`, `batch`, `plan`, `models`, `presets`, `doctor`, and what looks after a data folder: `users`, `keys`, `backup`, `restore`, `gc`,
//! `migrate`.

mod backup;
mod batch;
mod batch_tasks;
mod doctor;
mod gc;
mod given;
mod health;
mod house;
mod keys;
mod migrate;
mod plan;
mod presets;
mod progress;
mod users;
pub use plan::reading_json;
pub mod serve;

use std::io::IsTerminal as _;
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{self, Config, Overrides};
use crate::models::{Models, ModelsConfig};
use crate::text::Lang;

/// Exit code of a command that failed.
pub const FAILED: u8 = 1;
/// Exit code when the instruction needs an answer or was not understood.
pub const UNCLEAR: u8 = 2;
/// Exit code of a batch some of whose pictures failed.
pub const SOME_FAILED: u8 = 3;
/// Exit code of a batch that was stopped by Ctrl-C.
pub const STOPPED: u8 = 130;

/// Say what to change in a picture; only that changes, and nothing leaves this machine.
#[derive(Parser)]
#[command(name = "portico", version, max_term_width = 120)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// Flags that every command takes.
#[derive(Args, Clone)]
struct Common {
    /// Settings file (default: ./portico.toml if there is one)
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder of models and of ONNX Runtime's library
    #[arg(long, global = true, value_name = "DIR")]
    models: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Start the page and the REST API on this machine
    Serve(ServeArgs),
    /// Edit pictures by an instruction or a plan, without a server
    Edit(super::cli::edit::EditArgs),
    /// Do the same to every picture of a folder: an instruction, a plan or a recipe
    Batch(batch::BatchArgs),
    /// Show how an instruction is read; nothing is run
    Plan(plan::PlanArgs),
    /// List, install, verify or remove models
    #[command(subcommand)]
    Models(super::cli::models::ModelsCommand),
    /// List the platforms whose rules `fit` knows, or one platform's rules with their sources
    Presets(presets::PresetsArgs),
    /// Look after accounts, beside a running server too
    #[command(subcommand)]
    Users(users::UsersCommand),
    /// Look after API keys, beside a running server too
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Check what this machine has and say what is missing
    Doctor(DoctorArgs),
    /// Ask the running server whether it can take jobs; fails where it cannot
    Health(health::HealthArgs),
    /// Write everything of a data folder to one file, also while the server runs
    Backup(backup::BackupArgs),
    /// Put a backup into an empty folder
    Restore(backup::RestoreArgs),
    /// Remove what nobody needs any more, also while the server runs
    Gc(gc::GcArgs),
    /// Show the schema of a data folder, or take it to another one (up, or down for an older program)
    Migrate(migrate::MigrateArgs),
    /// Optimise a model's graph for this machine (started by Portico itself)
    #[command(name = crate::models::prepare::CHILD_COMMAND, hide = true)]
    PrepareModel { name: String },
}

#[derive(Args)]
struct ServeArgs {
    /// Folder of the database and the pictures (default: ./data)
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Address to listen on (other than loopback only with accounts)
    #[arg(long, value_name = "ADDRESS")]
    bind: Option<IpAddr>,
    /// Port to listen on; 0 = any free one (default: 7878)
    #[arg(long)]
    port: Option<u16>,
    /// Ask everybody to sign in; the first start prints the link that sets up the first account
    #[arg(long)]
    accounts: bool,
}

#[derive(Args)]
struct DoctorArgs {
    /// Folder of the database and the pictures (default: ./data)
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

pub mod edit;
pub mod models;

/// Parses the arguments, runs the command, prints its error.
pub fn main() -> ExitCode {
    crate::sys::forbid_runtime_telemetry();
    crate::sys::bound_free_memory();
    let cli = Cli::parse();
    let server = matches!(cli.command, Command::Serve(_));
    if !server {
        crate::sys::end_quietly_on_a_closed_pipe();
    }
    init_logging(server);
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("portico: {error:#}");
            ExitCode::from(FAILED)
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let flags = Overrides { config: cli.common.config, models: cli.common.models, ..Overrides::default() };
    let settings = |flags: &Overrides| config::load(flags, |name| std::env::var(name).ok());
    match cli.command {
        Command::Serve(args) => {
            let config = settings(&Overrides { data: args.data, bind: args.bind, port: args.port, accounts: args.accounts, ..flags })?;
            serve::run(config)
        }
        Command::Edit(args) => {
            let config = settings(&flags)?;
            edit::run(args, &open_models(&config)?, &config)
        }
        Command::Batch(args) => {
            let config = settings(&flags)?;
            batch::run(&args, &open_models(&config)?, &config)
        }
        Command::Plan(args) => plan::run(&args),
        Command::Models(command) => models::run(&command, &models_config(&settings(&flags)?).dir, terminal_lang()),
        Command::Presets(args) => presets::run(&args, &models_config(&settings(&flags)?).dir),
        Command::Users(command) => users::run(command, &settings(&flags)?),
        Command::Keys(command) => keys::run(command, &settings(&flags)?),
        Command::Doctor(args) => doctor::run(&settings(&Overrides { data: args.data, ..flags })?),
        Command::Health(args) => health::run(&settings(&Overrides { port: args.port, ..flags })?),
        Command::Backup(args) => backup::backup(&args, &settings(&Overrides { data: args.data.clone(), ..flags })?),
        Command::Restore(args) => backup::restore_from(&args, &settings(&Overrides { data: args.data.clone(), ..flags })?),
        Command::Gc(args) => gc::run(&args, &settings(&Overrides { data: args.data.clone(), ..flags })?),
        Command::Migrate(args) => migrate::run(&args, &settings(&Overrides { data: args.data.clone(), ..flags })?),
        Command::PrepareModel { name } => crate::models::prepare_child_main(&models_config(&settings(&flags)?).dir, &name),
    }
}

/// The language of the terminal, by the usual variables.
fn terminal_lang() -> Lang {
    let var = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
    let locale = var("LC_ALL").or_else(|| var("LC_MESSAGES")).or_else(|| var("LANG")).unwrap_or_default();
    if locale.starts_with("zh") { Lang::Zh } else { Lang::En }
}

/// The model settings that follow from the configuration.
fn models_config(config: &Config) -> ModelsConfig {
    ModelsConfig {
        threads: config.engine.threads,
        budget_bytes: config.engine.model_budget_bytes,
        idle_ttl: std::time::Duration::from_secs(config.engine.model_idle_secs),
        ..ModelsConfig::new(crate::models::models_dir(config.models.as_deref()))
    }
}

pub(crate) fn open_models(config: &Config) -> anyhow::Result<Models> {
    Ok(Models::open(models_config(config))?)
}

/// Logs go to standard error; `PORTICO_LOG` filters them (`warn` for commands, `info` for the server), `PORTICO_LOG_FORMAT=json` writes an object a line.
fn init_logging(server: bool) {
    use tracing_subscriber::EnvFilter;
    let default = if server { "info,ort=warn,sqlx=warn" } else { "warn,ort=error" };
    let filter = std::env::var("PORTICO_LOG").unwrap_or_else(|_| default.to_owned());
    let filter = EnvFilter::try_new(&filter).unwrap_or_else(|_| EnvFilter::new(default));
    // A second initialisation happens only in tests and is harmless.
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let _ = match std::env::var("PORTICO_LOG_FORMAT").as_deref() {
        Ok("json") => lines.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init(),
        // Colours are for people: a journal or a file gets none.
        _ => lines.with_ansi(std::io::stderr().is_terminal()).try_init(),
    };
}
