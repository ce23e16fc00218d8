//! Owns one measurement: clients that each send one command after another until the time is up.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::contender::{ACCOUNTS, Contender, Failed};

/// What one measurement found. Durations in microseconds.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    sorted: Vec<u64>,
    took: u64,
}

impl Cell {
    /// Commands per second.
    pub(crate) fn rate(&self) -> u64 {
        self.sorted.len() as u64 * 1_000_000 / self.took.max(1)
    }

    /// Half of the commands were answered within.
    pub(crate) fn p50(&self) -> u64 {
        self.within(50)
    }

    /// 99 of 100 commands were answered within.
    pub(crate) fn p99(&self) -> u64 {
        self.within(99)
    }

    fn within(&self, percent: usize) -> u64 {
        self.sorted.get(self.sorted.len() * percent / 100).copied().unwrap_or(0)
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (p50, p99) = (milliseconds(self.p50()), milliseconds(self.p99()));
        write!(f, "{} commands/s, p50 {p50} ms, p99 {p99} ms", self.rate())
    }
}

/// Microseconds as milliseconds with two decimals.
pub(crate) fn milliseconds(microseconds: u64) -> String {
    format!("{}.{:02}", microseconds / 1_000, microseconds % 1_000 / 10)
}

/// The middle one; of an even count the upper of the two in the middle.
pub(crate) fn median(mut figures: Vec<u64>) -> u64 {
    figures.sort_unstable();
    figures.get(figures.len() / 2).copied().unwrap_or(0)
}

/// Each client walks over accounts that no other client writes at the same time: client c takes c, c + clients, ….
pub(crate) async fn run(contender: &Arc<Contender>, clients: u32, length: Duration) -> Result<Cell, Failed> {
    let started = Instant::now();
    let mut running = JoinSet::new();
    for client in 0..clients {
        let contender = Arc::clone(contender);
        running.spawn(async move {
            let mut took = Vec::new();
            let mut account = client;
            while started.elapsed() < length {
                let sent = Instant::now();
                contender.deposit(account).await?;
                took.push(u64::try_from(sent.elapsed().as_micros())?);
                account = if account + clients < ACCOUNTS { account + clients } else { client };
            }
            Ok::<_, Failed>(took)
        });
    }
    let mut sorted = Vec::new();
    while let Some(ended) = running.join_next().await {
        sorted.extend(ended??);
    }
    let took = u64::try_from(started.elapsed().as_micros())?;
    sorted.sort_unstable();
    Ok(Cell { sorted, took })
}
