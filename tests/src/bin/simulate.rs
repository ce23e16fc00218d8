//! Owns the program that simulates: seeds in, a table or a shrunk story out.
//!
//! Does not own the simulation (`subledger-simulation`).

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use subledger_simulation::{Ran, Simulator, Size};

/// Years of random but seeded life, decided by the ledger and by the oracle, and compared to the fen.
#[derive(Debug, Parser)]
#[command(name = "simulate")]
struct Args {
    /// The first seed; a seed is a world of 1 to 200 applications and 1 to 20 years.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Seeds from here on, until so many application-years have been lived.
    #[arg(long, conflicts_with = "seeds")]
    app_years: Option<u64>,
    /// These seeds: `1..100`, the last one not counted.
    #[arg(long, value_parser = seeds)]
    seeds: Option<(u64, u64)>,
    /// Small worlds of at most five application-years each, as the tests run them.
    #[arg(long)]
    small: bool,
    /// Keep the log's hash and hold it against a twin without a worker.
    #[arg(long)]
    hashed: bool,
}

fn seeds(text: &str) -> Result<(u64, u64), String> {
    let (from, to) = text.split_once("..").ok_or("two seeds with `..` between them")?;
    let number = |text: &str| text.parse::<u64>().map_err(|fault| format!("{text}: {fault}"));
    Ok((number(from)?, number(to)?))
}

fn main() -> ExitCode {
    match simulate(&Args::parse()) {
        Ok(code) => code,
        // Nothing is left to tell when standard output is closed.
        Err(_) => ExitCode::FAILURE,
    }
}

fn simulate(args: &Args) -> io::Result<ExitCode> {
    let size = if args.small { Size::Small } else { Size::Full };
    let (simulator, begun, mut all) = (Simulator::default(), Instant::now(), Ran::default());
    let (from, to) = args.seeds.unwrap_or((args.seed, if args.app_years.is_some() { u64::MAX } else { args.seed + 1 }));
    let wanted_days = args.app_years.map_or(u64::MAX, |years| years.saturating_mul(365));
    let mut out = io::stdout().lock();
    let (mut seed, mut told) = (from, 0);
    while seed < to && all.application_days < wanted_days {
        match simulator.run(seed, size, args.hashed || args.small) {
            Ok(ran) => all.add(&ran),
            Err(failure) => {
                writeln!(out, "{failure}")?;
                return Ok(ExitCode::FAILURE);
            }
        }
        seed += 1;
        let thousands = all.application_days / 365 / 5_000;
        if thousands > told {
            told = thousands;
            writeln!(io::stderr().lock(), "{} application-years, seed {seed}", all.application_days / 365)?;
        }
    }
    let (worlds, years) = (seed - from, all.application_days / 365);
    let milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
    writeln!(out, "{worlds} worlds from seed {from}: {years} application-years, no disagreement")?;
    writeln!(out, "{} steps, {} facts, {} documents compared line by line", all.steps, all.facts, all.documents)?;
    let rate = all.application_days.saturating_mul(1_000) / 365 / milliseconds;
    writeln!(
        out,
        "{}.{:03} s, {rate} application-years a second on one core",
        milliseconds / 1_000,
        milliseconds % 1_000
    )?;
    write!(out, "{}", all.coverage)?;
    Ok(ExitCode::SUCCESS)
}
