//! Owns the process: reads the command line, runs one command, says how it went.

use std::process::ExitCode;

use clap::Parser;
use subledger_api::cli::{self, Cli};

fn main() -> ExitCode {
    let cli = Cli::parse();
    cli::log_to_stderr(&cli);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(fault) => return cli::failed(&fault),
    };
    match runtime.block_on(cli::run(cli)) {
        Ok(code) => code,
        Err(fault) => cli::failed(fault.as_ref()),
    }
}
