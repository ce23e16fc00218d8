//! Owns the bench: commands per second of the ledger beside stock postgres-es, with every commit on disk, in one run.
//!
//! Does not own what is measured (`contender`, `settlement`). Rounds are interleaved and ratios are taken inside a round, because the
//! cost of a sync moves more between two runs than anything that is to be seen.

mod contender;
mod round;
mod settlement;

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use contender::{ACCOUNTS, Contender, Failed, Kind};
use round::{Cell, median, run};
use settlement::Settled;

/// Deposits to 4,096 accounts, one event per command, every commit synced to disk; or a month's settlement.
#[derive(Debug, Parser)]
#[command(name = "bench")]
struct Args {
    /// Length of one measurement.
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// Measurements of each contender, interleaved.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// Clients that each have one command under way.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=i64::from(ACCOUNTS)))]
    clients: u32,
    /// Only these, by name; stock is always among them.
    #[arg(long)]
    only: Vec<String>,
    /// Instead of deposits: settle a month of so many applications in one run.
    #[arg(long, value_name = "APPLICATIONS", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    settlement: Option<u32>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let measured = match args.settlement {
        Some(applications) => settle(applications, args.rounds).await,
        None => bench(&args).await,
    };
    match measured {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            // Nothing is left to tell when standard error is closed too.
            let _ = writeln!(io::stderr().lock(), "bench: {fault}");
            ExitCode::FAILURE
        }
    }
}

async fn bench(args: &Args) -> Result<(), Failed> {
    let mut contenders = Vec::new();
    for kind in Kind::ALL {
        if kind == Kind::Stock || args.only.is_empty() || args.only.iter().any(|name| name == kind.name()) {
            progress(&format!("{}: opening {ACCOUNTS} accounts", kind.name()))?;
            contenders.push((kind, Contender::start(kind).await?, Vec::new()));
        }
    }
    for number in 1..=args.rounds {
        for (kind, contender, cells) in &mut contenders {
            let cell = run(contender, args.clients, Duration::from_secs(args.seconds)).await?;
            progress(&format!("round {number}/{}, {}: {cell}", args.rounds, kind.name()))?;
            cells.push(cell);
        }
    }
    let stock = contenders.iter().find(|(kind, ..)| *kind == Kind::Stock).map(|(.., cells)| cells.clone());
    let stock = stock.ok_or("stock is always measured")?;
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{} clients, {} rounds of {} s; medians, ÷ stock inside each round",
        args.clients, args.rounds, args.seconds
    )?;
    writeln!(out, "{:<18}{:>12}{:>10}{:>10}{:>24}", "", "commands/s", "p50 ms", "p99 ms", "÷ stock [range]")?;
    for (kind, _, cells) in &contenders {
        writeln!(out, "{:<18}{}", kind.name(), row(cells, &stock))?;
    }
    Ok(())
}

async fn settle(applications: u32, rounds: u32) -> Result<(), Failed> {
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "a month of {applications} applications settled in one run; the copy is of the same rows, by the store"
    )?;
    writeln!(out, "{:<10}{}", "", Settled::head())?;
    for _ in 0..rounds {
        writeln!(out, "{:<10}{}", "sqlite", settlement::on_sqlite(applications).await?.row())?;
        writeln!(out, "{:<10}{}", "postgres", settlement::on_postgres(applications).await?.row())?;
    }
    Ok(())
}

fn row(cells: &[Cell], stock: &[Cell]) -> String {
    let ratios: Vec<u64> =
        cells.iter().zip(stock).map(|(ours, stock)| ours.rate() * 100 / stock.rate().max(1)).collect();
    let of = |figure: fn(&Cell) -> u64| median(cells.iter().map(figure).collect());
    let ratio = |hundredths: u64| format!("{}.{:02}", hundredths / 100, hundredths % 100);
    let (least, most) = (ratios.iter().min().copied().unwrap_or(0), ratios.iter().max().copied().unwrap_or(0));
    let ratios = format!("{} [{}–{}]", ratio(median(ratios.clone())), ratio(least), ratio(most));
    let (p50, p99) = (round::milliseconds(of(Cell::p50)), round::milliseconds(of(Cell::p99)));
    format!("{:>12}{p50:>10}{p99:>10}{ratios:>24}", of(Cell::rate))
}

fn progress(line: &str) -> io::Result<()> {
    writeln!(io::stderr().lock(), "{line}")
}
