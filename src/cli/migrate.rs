//! `portico migrate`: which schema the data folder has, and taking it to another one.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::house::{runtime, worded};
use crate::config::Config;
use crate::store::schema;

#[derive(Args)]
pub struct MigrateArgs {
    /// The schema to take the data to; lower ones are for going back to an older program
    #[arg(long, value_name = "SCHEMA")]
    to: Option<i64>,
    /// Folder of the database and the pictures (default: ./data)
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

pub fn run(args: &MigrateArgs, config: &Config) -> anyhow::Result<ExitCode> {
    let found = runtime()?.block_on(schema::of_folder(&config.data)).map_err(worded)?;
    let Some(target) = args.to else {
        println!("{} has schema {found}; this program works with {}", config.data.display(), schema::known());
        for (version, name) in schema::list() {
            println!("{} {version:>3}  {name}", if version <= found { "has" } else { "   " });
        }
        return Ok(ExitCode::SUCCESS);
    };
    match runtime()?.block_on(schema::take_to(&config.data, target)).map_err(worded)? {
        None => println!("{} has schema {target} already", config.data.display()),
        Some(copy) => {
            println!("{} was taken from schema {found} to {target}; the database as it was: {}", config.data.display(), copy.display());
            if target < found {
                println!("what schema {target} cannot hold is only in that copy; this program takes the data up again at its next start");
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
