//! Owns random walks: a payer's simulated year of orders drawn from a seed, read step by step by an oracle that keeps books
//! of its own and knows nothing of the domain's arithmetic.
//!
//! `SUBLEDGER_WALKS=100000` walks further than the build does, `SUBLEDGER_WALK=17` walks one seed alone. A failure names
//! its seed, step and order.

mod apps;
mod days;
mod dice;
mod months;
mod oracle;
mod prices;
mod terms;
mod walker;

use jiff::Timestamp;
use subledger_domain::Folded;
use subledger_domain::books::{Books, Working};
use subledger_domain::catalog::Catalog;
use subledger_domain::decide::{Command, Decision, Order, Outcome, RefusalKind, as_at, decide};
use subledger_domain::entitlement::Entitlements;
use subledger_domain::fact::{Fact, Stream};
use subledger_domain::ids::CommandId;
use subledger_domain::plan::Quota;
use subledger_tests::fixtures::{catalog, open_account, payer};

use oracle::{Held, Oracle, hold};
use walker::Walker;

/// What no walk orders: the simulation does, beside a model that knows it.
const NOT_WALKED: [&str; 17] = [
    "AccountParked",
    "CreditNoteIssued",
    "ReceivableCredited",
    "AdjustmentDeferred",
    "AdjustmentWithdrawn",
    "AccountUnparked",
    "PlanUpgraded",
    "DowngradeScheduled",
    "DowngradeCancelled",
    "PlanDowngraded",
    "PlanRefunded",
    "AutoRenewSet",
    "AutoRenewalFailed",
    "AddOnRefunded",
    "AddOnAutoRenewSet",
    "AddOnAutoRenewalFailed",
    "UsageCorrected",
];

/// As many as a build walks.
const WALKS: u64 = 10_000;

/// One walk as far as it has come.
struct Walk {
    catalog: Catalog,
    books: Books,
    oracle: Oracle,
    facts: Vec<Fact>,
    steps: u32,
}

impl Walk {
    fn begin(catalog: Catalog) -> Self {
        Self { catalog, books: Books::default(), oracle: Oracle::default(), facts: Vec::new(), steps: 0 }
    }

    fn step(&mut self, at: Timestamp, order: Order, twice: bool) -> Held {
        self.steps += 1;
        let id = CommandId::keyed(at, payer().as_str(), &self.steps.to_string());
        let command = Command { id, at, order };
        let before = self.books.clone();
        let outcome = decide(Working::over(&before), &command, &self.catalog);
        if twice {
            let again = decide(Working::over(&before), &command, &self.catalog);
            hold!(again.due == outcome.due && again.order == outcome.order, "I3: decided twice, decided differently");
        }
        for decision in outcome.due.iter().chain(outcome.order.as_ref().ok()) {
            self.oracle.read(decision)?;
            self.fold(decision)?;
        }
        if let Err(refusal) = &outcome.order {
            hold!(refusal.kind() != RefusalKind::Broken, "I24: {refusal}");
        }
        self.same_as_decided(&outcome)?;
        if let Some(timer) = self.books.next_timer() {
            hold!(timer.at > at, "I32: {timer:?} is still due");
        }
        self.oracle.stands(&Working::over(&self.books), at)
    }

    fn fold(&mut self, decision: &Decision) -> Held {
        for placed in &decision.facts {
            self.facts.push(placed.fact.clone());
            let folded = self.books.evolve_recorded(&placed.fact, self.facts.len() as u64);
            hold!(folded == Folded::InPlace, "I5: out of place: {:?}", placed.fact);
        }
        Ok(())
    }

    /// I4, I5: what was decided is what is folded, a refusal included.
    fn same_as_decided(&self, outcome: &Outcome<'_>) -> Held {
        let (decided, folded) = (&outcome.books, Working::over(&self.books));
        hold!(decided.account() == folded.account(), "I4, I5: the payer");
        hold!(decided.applications().eq(folded.applications()), "I4, I5: the applications");
        hold!(decided.next_timer() == folded.next_timer(), "I4, I5: what is due next");
        Ok(())
    }

    /// I19: looking ahead shows the rights that are there once it has happened; looking changes nothing.
    fn look_ahead(&mut self, at: Timestamp) -> Held {
        let limits = |books: &Working<'_>| -> Vec<Option<u64>> {
            let of = |id| Entitlements::of(books, id).expect("it exists");
            let rights: Vec<_> = books.applications().map(|application| of(application.id)).collect();
            rights.iter().flat_map(|held| Quota::ALL.iter().map(|quota| held.quota(*quota).limit)).collect()
        };
        let before = self.books.clone();
        let ahead = limits(&as_at(Working::over(&before), at, &self.catalog));
        hold!(self.books == before, "I19: looking changed something");
        self.step(at, Order::RunDue, false)?;
        hold!(limits(&Working::over(&self.books)) == ahead, "I19: another right than was told");
        Ok(())
    }

    /// I5: folding everything anew gives the same.
    fn end(&self) -> Held {
        let mut again = Books::default();
        for (position, fact) in (1..).zip(&self.facts) {
            again.evolve_recorded(fact, position);
        }
        hold!(again == self.books, "I5: folded anew it is something else");
        Ok(())
    }
}

/// Walks a year, and says at which step it broke.
fn walk(seed: u64, catalog: Catalog) -> Result<Walk, String> {
    let mut walker = Walker::new(seed);
    let (mut now, end) = walker.year();
    let mut walk = Walk::begin(catalog);
    let mut order = open_account();
    loop {
        let (twice, looks) = (walker.dice.in_hundred(6), walker.dice.in_hundred(4));
        let told = format!("seed {seed}, step {}, at {now}: {order:?}", walk.steps + 1);
        let held = walk.step(now, order, twice);
        held.map_err(|why| format!("{why}\n  {told}"))?;
        now = walker.next_instant(now, &walk.books);
        if now >= end {
            break;
        }
        if looks {
            walk.look_ahead(now).map_err(|why| format!("{why}\n  seed {seed}, looking from {now}"))?;
        }
        order = walker.order(now, &walk.oracle);
    }
    walk.step(end, Order::RunDue, true).map_err(|why| format!("{why}\n  seed {seed}, at the end"))?;
    walk.end().map_err(|why| format!("{why}\n  seed {seed}"))?;
    Ok(walk)
}

/// A number from the environment.
fn told(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|fault| panic!("{name}={text}: {fault}")))
}

/// What all walks of a run came to, to see that they went somewhere.
#[derive(Debug, Default)]
struct Seen {
    steps: u64,
    facts: std::collections::BTreeMap<String, u64>,
}

impl Seen {
    fn add(&mut self, walk: &Walk) {
        self.steps += u64::from(walk.steps);
        for fact in &walk.facts {
            *self.facts.entry(cqrs_es::DomainEvent::event_type(fact)).or_default() += 1;
        }
    }
}

#[test]
fn random_walks_of_a_year_keep_every_invariant() {
    let catalog = catalog();
    if let Some(seed) = told("SUBLEDGER_WALK") {
        let walked = walk(seed, catalog).unwrap_or_else(|why| panic!("{why}"));
        assert!(walked.steps > 0);
        return;
    }
    let walks = told("SUBLEDGER_WALKS").unwrap_or(WALKS);
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let workers: Vec<_> = (0..threads)
        .map(|worker| {
            let catalog = catalog.clone();
            std::thread::spawn(move || {
                let mut seen = Seen::default();
                for seed in (worker..walks).step_by(threads as usize) {
                    match walk(seed, catalog.clone()) {
                        Ok(walked) => seen.add(&walked),
                        Err(why) => return Err(why),
                    }
                }
                Ok(seen)
            })
        })
        .collect();
    let ended: Vec<_> = workers.into_iter().map(|worker| worker.join().expect("a walk says why it broke")).collect();
    let mut all = Seen::default();
    for seen in ended {
        let seen = seen.unwrap_or_else(|why| panic!("{why}"));
        all.steps += seen.steps;
        for (kind, count) in seen.facts {
            *all.facts.entry(kind).or_default() += count;
        }
    }
    // A walk that never meets an event tests nothing of it; parking is what must not be met. Price lists are no payer's.
    let of_payers = |stream: &Stream| !matches!(stream, Stream::PriceList(_));
    let known = crate::golden_events::written();
    let known = known.iter().filter(|(_, stream)| of_payers(stream)).map(|((name, _), _)| *name);
    let missed: Vec<&str> = known.filter(|name| !all.facts.contains_key(*name)).collect();
    assert!(walks < WALKS || missed == NOT_WALKED, "{missed:?} never came");
    assert!(all.steps >= 20 * walks, "{} steps in {walks} walks", all.steps);
}
