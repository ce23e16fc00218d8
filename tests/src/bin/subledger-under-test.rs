//! Owns the program under test: the product's own command line, built beside the tests so that they can start and kill
//! it.

use std::process::ExitCode;

fn main() -> ExitCode {
    subledger_api::cli::main()
}
