//! The command line's entry; see [`portico::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    portico::cli::main()
}
