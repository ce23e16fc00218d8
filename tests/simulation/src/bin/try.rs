//! Scratch.
#![allow(clippy::print_stdout, reason = "scratch")]
use subledger_simulation::{Ran, Simulator, Size};
fn main() {
    let args: Vec<u64> = std::env::args().skip(1).map(|a| a.parse().unwrap()).collect();
    let size = if args[2] == 0 { Size::Small } else { Size::Full };
    let sim = Simulator::default();
    let begun = std::time::Instant::now();
    let mut all = Ran::default();
    let mut failed = 0;
    for seed in args[0]..args[1] {
        match sim.run(seed, size, args[3] == 1) {
            Ok(ran) => all.add(&ran),
            Err(failure) => { println!("{failure}\n"); failed += 1; if failed >= args[4] { break } }
        }
    }
    let ms = begun.elapsed().as_millis() as u64;
    println!("{}", all.coverage); println!("{} app-days {} steps {} facts {} docs {} ms, {} app-years/s, failed {failed}", all.application_days, all.steps, all.facts, all.documents, ms, all.application_days * 1000 / 365 / ms.max(1));
}
