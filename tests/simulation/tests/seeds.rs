//! Owns what a build simulates: thousands of small worlds, each twice, and every world that once failed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use subledger_simulation::{Ran, Simulator, Size};

/// As many as a build simulates.
const WORLDS: u64 = 2_000;

/// From the environment, to go further than a build does.
fn worlds() -> u64 {
    match std::env::var("SUBLEDGER_WORLDS") {
        Ok(text) => text.parse().unwrap_or_else(|fault| panic!("SUBLEDGER_WORLDS={text}: {fault}")),
        Err(_) => WORLDS,
    }
}

/// The world of a seed, twice: one log.
fn twice(simulator: &Simulator, seed: u64) -> Ran {
    let run = || simulator.run(seed, Size::Small, true).unwrap_or_else(|failure| panic!("{failure}"));
    let (ran, again) = (run(), run());
    assert_eq!(ran.log_hashes, again.log_hashes, "seed {seed} is not one world");
    ran
}

#[test]
fn two_thousand_small_worlds_agree_to_the_fen_and_each_twice_with_one_log() {
    let (next, worlds) = (AtomicU64::new(1), worlds());
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let all = thread::scope(|scope| {
        let work = || {
            let (simulator, mut all) = (Simulator::default(), Ran::default());
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed > worlds {
                    return all;
                }
                all.add(&twice(&simulator, seed));
            }
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let mut all = Ran::default();
        workers.into_iter().for_each(|worker| all.add(&worker.join().expect("a world says why it failed")));
        all
    });
    // A simulation that goes nowhere agrees about nothing.
    assert!(all.steps > 50 * worlds && all.application_days > 500 * worlds, "{} steps", all.steps);
    let missing = all.coverage.missing();
    assert!(worlds < WORLDS || missing.is_empty(), "never met: {missing:#?}");
    assert_eq!(all.coverage.impossible(), [""; 0], "met, though they cannot be");
}

#[test]
fn worlds_that_once_failed_agree() {
    let simulator = Simulator::default();
    let lines = include_str!("../seeds.txt").lines().filter(|line| !line.starts_with('#'));
    let seeds: Vec<u64> = lines
        .filter_map(|line| line.split_whitespace().next())
        .map(|seed| seed.parse().unwrap_or_else(|fault| panic!("seeds.txt: {seed}: {fault}")))
        .collect();
    assert!(!seeds.is_empty());
    for seed in seeds {
        twice(&simulator, seed);
    }
}
