//! The program: hands its arguments to the command line.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use portico::cli::models::ModelsCommand;
use portico::text::Lang;

#[derive(Parser)]
#[command(name = "portico", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Models: list, install, verify, remove.
    Models {
        #[command(subcommand)]
        command: ModelsCommand,
    },
    #[command(name = portico::models::prepare::CHILD_COMMAND, hide = true)]
    PrepareModel {
        name: String,
        #[arg(long)]
        models: PathBuf,
    },
}

fn main() -> anyhow::Result<ExitCode> {
    match Arguments::parse().command {
        Command::Models { command } => portico::cli::models::run(&command, &portico::models::models_dir(None), Lang::En),
        Command::PrepareModel { name, models } => portico::models::prepare_child_main(&models, &name),
    }
}
