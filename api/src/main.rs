//! Owns nothing but the name of the binary; `cli` owns the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    subledger_api::cli::main()
}
