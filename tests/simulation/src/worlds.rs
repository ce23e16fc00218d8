//! Owns running a world: payers in turns that are not their order in time, each step to both sides, faults between.
//!
//! Does not own the making of orders (`life`) nor the comparison (`both`).

use std::fmt;

use subledger_domain::ids::AccountId;
use subledger_eventlog::record::Hash;
use subledger_oracle::Order;
use subledger_oracle::calendar::{Day, Instant};

use crate::both::{Both, Held, run_due};
use crate::coverage::Coverage;
use crate::dice::Dice;
use crate::life::Life;
use crate::shrink::{Story, shrunk};
use crate::step::Step;
use crate::world::{self, Prices, Size, World};

/// What a world came to.
#[derive(Clone, Debug, Default)]
pub struct Ran {
    /// Days that applications existed, from creation to recycling or the end.
    pub application_days: u64,
    /// Steps on both sides.
    pub steps: u64,
    /// Facts of the ledger.
    pub facts: u64,
    /// Documents that were compared line by line.
    pub documents: u64,
    /// Of each payer's log.
    pub log_hashes: Vec<Hash>,
    /// What was met.
    pub coverage: Coverage,
}

impl Ran {
    /// Takes over another world.
    pub fn add(&mut self, other: &Self) {
        self.application_days += other.application_days;
        self.steps += other.steps;
        self.facts += other.facts;
        self.documents += other.documents;
        self.coverage.add(&other.coverage);
    }
}

/// A disagreement, told as a story that was made as short as it gets.
#[derive(Clone, Debug)]
pub struct Failure {
    seed: u64,
    step: Step,
    why: String,
    story: Vec<Step>,
    shrunk_why: String,
    lists: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}, step {}, at {}: {:?}", self.seed, self.step.number, told(self.step.at), self.step.order)?;
        writeln!(f, "{}", self.why)?;
        writeln!(f, "the same in {} steps ({}):", self.story.len(), self.lists)?;
        for step in &self.story {
            writeln!(f, "  {} {:?}", told(step.at), step.order)?;
        }
        write!(f, "{}", self.shrunk_why)
    }
}

/// `2022-10-12 15:00:00.000000`, by Beijing's clock.
fn told(at: Instant) -> String {
    let day = Day::of(at);
    let (month, number) = day.civil();
    let (seconds, micros) = ((at - day.midnight()).div_euclid(1_000_000), at.rem_euclid(1_000_000));
    let (year, month) = (month.0.div_euclid(12), month.0.rem_euclid(12) + 1);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let micros = if micros == 0 { String::new() } else { format!(".{micros:06}") };
    format!("{year:04}-{month:02}-{number:02} {hour:02}:{minute:02}:{second:02}{micros}")
}

/// Runs worlds. Price lists are read once.
#[derive(Debug)]
pub struct Simulator {
    prices: Vec<Prices>,
}

impl Default for Simulator {
    fn default() -> Self {
        Self { prices: world::choices() }
    }
}

/// One payer under way.
struct Payer {
    both: Both,
    life: Life,
    now: Instant,
    opened: bool,
    is_over: bool,
    script: Vec<Step>,
}

impl Simulator {
    /// Runs the world of a seed. `hashed` holds the hash of its log against a twin's that never runs what is
    /// due and whose payers take turns in another order.
    ///
    /// # Errors
    /// [`Failure`], the first disagreement.
    pub fn run(&self, seed: u64, size: Size, hashed: bool) -> Result<Ran, Box<Failure>> {
        let mut world = World::new(seed, size, &self.prices);
        let mut payers: Vec<Payer> = Vec::new();
        for (index, character) in (0_u64..).zip(&world.payers) {
            let name: AccountId = format!("payer-{index}").parse().expect("an account id");
            let dice = Dice::new(world.dice.roll());
            payers.push(Payer {
                both: Both::new(name, &world.prices, false),
                life: Life::new(dice, character.clone(), index),
                now: world.begin,
                opened: false,
                is_over: false,
                script: Vec::new(),
            });
        }
        let mut turns = Dice::new(world.dice.roll());
        while payers.iter().any(|payer| !payer.is_over) {
            // Delivered late, or before what happened earlier elsewhere: payers take turns by chance.
            let turn = usize::try_from(turns.below(payers.len() as u64)).expect("few");
            let open = (0..payers.len()).map(|n| (turn + n) % payers.len()).find(|n| !payers[*n].is_over);
            let payer = &mut payers[open.expect("one is not over")];
            for _ in 0..=turns.below(4) {
                let held = payer.turn(payer.script.len() as u64 + 1, world.end);
                if let Err(why) = held {
                    return Err(Box::new(failure(seed, &payer.script, &why, &world.prices)));
                }
            }
        }
        let mut ran = Ran::default();
        for payer in &payers {
            let twin = || if hashed { payer.twin(&world.prices) } else { Ok(()) };
            if let Err(why) = payer.both.start_anew().and_then(|()| twin()) {
                return Err(Box::new(failure(seed, &payer.script, &why, &world.prices)));
            }
            ran.steps += payer.script.len() as u64;
            ran.facts += payer.both.facts();
            ran.documents += payer.both.documents.issued.len() as u64;
            ran.application_days += payer.both.oracle.days_of_applications();
            ran.log_hashes.push(payer.both.log_hash());
            ran.coverage.add(&payer.both.coverage);
        }
        Ok(ran)
    }
}

impl Payer {
    fn turn(&mut self, number: u64, end: Instant) -> Held {
        if self.is_over {
            return Ok(());
        }
        if !self.opened {
            let order = self.life.opening(number, self.now, &self.both.oracle);
            self.opened = matches!(order, Order::OpenAccount { .. });
            return self.take(Step { number, at: self.now, order });
        }
        let due = self.both.books.next_timer().map(|timer| crate::words::instant(timer.at));
        self.now = self.life.next_instant(self.now, due, end);
        if self.now >= end {
            self.is_over = true;
            let last = run_due(number, end);
            self.take(last.clone())?;
            return self.both.look_at_all(&last, true);
        }
        let order = self.life.order(number, self.now, &self.both.oracle);
        self.take(Step { number, at: self.now, order })?;
        if self.life.dice.below(1_500) == 0 {
            return self.both.start_anew();
        }
        Ok(())
    }

    fn take(&mut self, step: Step) -> Held {
        let twice = self.life.dice.in_hundred(2);
        self.script.push(step);
        self.both.step(self.script.last().expect("just pushed"), twice)
    }

    /// Decided anew without a worker: the same log.
    fn twin(&self, prices: &Prices) -> Held {
        let mut twin = Both::new(self.both.payer.clone(), prices, false);
        let last = self.script.len();
        for (index, step) in self.script.iter().enumerate() {
            if !matches!(step.order, Order::RunDue) || index + 1 == last {
                twin.decide_alone(step)?;
            }
        }
        if twin.log_hash() == self.both.log_hash() {
            Ok(())
        } else {
            Err("without a worker, or decided again, the log is another".to_owned())
        }
    }
}

fn failure(seed: u64, script: &[Step], why: &str, prices: &Prices) -> Failure {
    let Story { steps, why: shrunk_why } = shrunk(script, why, prices);
    let step = script.last().expect("a failing step").clone();
    let lists = prices.catalog.lists().iter().map(|list| list.id().to_owned()).collect::<Vec<_>>().join(", ");
    Failure { seed, step, why: why.to_owned(), story: steps, shrunk_why, lists }
}
