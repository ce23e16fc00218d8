//! Owns one payer kept twice, by the ledger and by the oracle: the same steps go to both, and what they answer is compared.
//!
//! Does not own what a full comparison looks at (`compare`) nor where steps come from (`life`).

use subledger_domain::add_on;
use subledger_domain::books::{Books, Working};
use subledger_domain::catalog::Catalog;
use subledger_domain::decide::{Decision, Outcome, RefusalKind, decide};
use subledger_domain::fact::{Event, Fact, Stream};
use subledger_domain::ids::AccountId;
use subledger_domain::subscription;
use subledger_domain::{Folded, charge};
use subledger_eventlog::record::Hash;
use subledger_memory::StepFault;
use subledger_oracle::calendar::{Day, Instant, Month};
use subledger_oracle::{Answer, Oracle, Order, Tried};

use crate::compare::{self, differ, same};
use crate::coverage::Coverage;
use crate::documents::Documents;
use crate::journal::Journal;
use crate::kept::Kept;
use crate::readers;
use crate::step::{Bought, Step, application_of};
use crate::words;
use crate::world::Prices;

/// Between two months projections run after one step in so many; until then they lag.
const NOW_AND_THEN: u64 = 5;

/// What holds, or why it does not.
pub(crate) type Held = Result<(), String>;

/// One payer, twice.
pub(crate) struct Both {
    pub(crate) payer: AccountId,
    pub(crate) books: Books,
    pub(crate) oracle: Oracle,
    pub(crate) documents: Documents,
    pub(crate) coverage: Coverage,
    catalog: Catalog,
    bought: Bought,
    tried: usize,
    kept: Kept,
    journal: Journal,
    /// Everything is looked at after every step, not only once a month.
    always: bool,
    compared: Option<Month>,
    /// Documents before this one are paid and were found equal.
    pub(crate) equal_to: usize,
}

impl Both {
    pub(crate) fn new(payer: AccountId, prices: &Prices, always: bool) -> Self {
        Self {
            payer,
            books: Books::default(),
            oracle: prices.oracle(),
            documents: Documents::default(),
            coverage: Coverage::default(),
            catalog: prices.catalog.clone(),
            bought: Bought::new(),
            tried: 0,
            kept: Kept::new(),
            journal: Journal::default(),
            always,
            compared: None,
            equal_to: 0,
        }
    }

    /// Of the log so far.
    pub(crate) fn log_hash(&self) -> Hash {
        self.kept.hash()
    }

    /// How many facts there are.
    pub(crate) fn facts(&self) -> u64 {
        self.kept.position()
    }

    /// The step on the ledger's side alone.
    pub(crate) fn decide_alone(&mut self, step: &Step) -> Held {
        let command = step.command(&self.payer, &self.bought);
        let before = self.books.clone();
        let outcome = decide(Working::over(&before), &command, &self.catalog);
        let mut decisions = outcome.due.iter().chain(outcome.order.as_ref().ok());
        decisions.try_for_each(|decision| self.fold(decision))?;
        self.note_bought(step, &outcome);
        Ok(())
    }

    /// The step on both sides.
    pub(crate) fn step(&mut self, step: &Step, twice: bool) -> Held {
        let command = step.command(&self.payer, &self.bought);
        let before = std::mem::take(&mut self.books);
        let outcome = decide(Working::over(&before), &command, &self.catalog);
        if twice {
            let again = decide(Working::over(&before), &command, &self.catalog);
            if again.due != outcome.due || again.order != outcome.order {
                return Err("decided twice, decided differently".to_owned());
            }
        }
        // The overlay shares with what it lies over, so what was decided is folded once it is let go.
        let (due, order) = (outcome.due, outcome.order);
        let after = (outcome.books.account().cloned(), outcome.books.next_timer().cloned());
        self.books = before;
        for decision in &due {
            self.coverage.due(&self.books, decision);
            self.fold(decision)?;
        }
        self.coverage.order(&self.books, &command.order, order.is_ok());
        order.iter().try_for_each(|decision| self.fold(decision))?;
        let books = Working::over(&self.books);
        same("what was decided and what is folded: the payer", after.0.as_ref(), books.account())?;
        same("what was decided and what is folded: what is due next", after.1.as_ref(), books.next_timer())?;
        if let Some(timer) = self.books.next_timer().filter(|timer| timer.at <= command.at) {
            return Err(format!("{timer:?} is still due"));
        }
        if let Err(refusal) = &order
            && refusal.kind() == RefusalKind::Broken
        {
            return Err(format!("the ledger contradicts itself: {refusal}"));
        }
        if let Ok(decision) = &order {
            self.note_bought_in(step, decision);
        }
        let told = step.told(&self.bought);
        let answer = self.oracle.submit(step.at, &told);
        let code = order.as_ref().map(|_| ()).map_err(|refusal| refusal.code());
        if let (Err(code), Ok(_)) | (Err(code), Err(_)) = (&code, &answer)
            && answer.as_ref().err() != Some(code)
        {
            let why = order.as_ref().err().map(ToString::to_string).unwrap_or_default();
            return differ("the answer", &format!("{code} ({why})"), &format!("{answer:?}"));
        }
        same(
            "the answer",
            &code.map_err(str::to_owned),
            &answer.as_ref().map(|_| ()).map_err(|code| (*code).to_owned()),
        )?;
        if let (Ok(decision), Ok(answer)) = (&order, &answer) {
            refunds(decision, answer)?;
        }
        self.tried_renewals(&due)?;
        self.look(step)
    }

    fn look(&mut self, step: &Step) -> Held {
        compare::cheap(self, step.at)?;
        let month = Day::of(step.at).month();
        if self.always || self.compared != Some(month) {
            self.compared = Some(month);
            return self.look_at_all(step, self.always);
        }
        if step.number.is_multiple_of(NOW_AND_THEN) {
            self.kept.catch_up(what_goes_wrong(step.number))?;
        }
        match application_of(&step.order) {
            Some(id) => compare::application(&Working::over(&self.books), &self.oracle, id),
            None => Ok(()),
        }
    }

    /// Oracle, facts, rows and journal; of documents those that were not found equal and paid before, or `all`.
    pub(crate) fn look_at_all(&mut self, step: &Step, all: bool) -> Held {
        // Facts first: what they have wrong, rows have too.
        compare::full(self, all)?;
        self.kept.catch_up(what_goes_wrong(step.number))?;
        readers::full(&self.kept, &self.payer, &self.books, &self.oracle, &mut self.documents, all)?;
        self.journal.compare(&self.kept, &self.payer, &self.oracle, all)
    }

    fn note_bought(&mut self, step: &Step, outcome: &Outcome<'_>) {
        if let Ok(decision) = &outcome.order {
            self.note_bought_in(step, decision);
        }
    }

    fn note_bought_in(&mut self, step: &Step, decision: &Decision) {
        for placed in &decision.facts {
            if let (
                Stream::AddOn(id),
                Event::AddOn(add_on::Event::AddOnStarted { .. } | add_on::Event::AddOnTrialStarted { .. }),
            ) = (&placed.fact.stream, &placed.fact.event)
            {
                self.bought.insert(step.number, *id);
            }
        }
    }

    fn fold(&mut self, decision: &Decision) -> Held {
        let before = self.kept.position();
        self.kept.append(&self.payer, decision)?;
        for (placed, position) in decision.facts.iter().zip(before + 1..) {
            self.coverage.fact(&self.books, &placed.fact);
            if self.books.evolve_recorded(&placed.fact, position) != Folded::InPlace {
                return Err(format!("folded out of place: {:?}", placed.fact));
            }
            self.documents.read(&placed.fact);
        }
        Ok(())
    }

    /// A node that starts: from what the log gives back, the same Books and, from nothing, the same rows.
    pub(crate) fn start_anew(&self) -> Held {
        let facts = self.kept.facts();
        let mut again = Books::default();
        for (position, fact) in &facts {
            again.evolve_recorded(fact, *position);
            // What is folded twice is folded once.
            again.evolve_recorded(fact, *position);
        }
        if !facts.is_empty() && again != self.books {
            return Err("folded anew it is something else".to_owned());
        }
        self.kept.rebuild()
    }

    fn tried_renewals(&mut self, due: &[Decision]) -> Held {
        let mut ledger = Vec::new();
        for decision in due.iter().filter(|decision| decision.asked == "auto_renewal") {
            ledger.extend(decision.facts.iter().find_map(|placed| tried(&placed.fact)));
        }
        let oracle = &self.oracle.tried_renewals()[self.tried..];
        self.tried += oracle.len();
        same("the automatic renewals that were tried", &ledger, &oracle.to_vec())
    }
}

/// What becomes of the next steps of each projection. It hangs on the step's number alone, so that a story that is made
/// shorter keeps its faults.
fn what_goes_wrong(number: u64) -> &'static [Option<StepFault>] {
    match number % 8 {
        1 => &[Some(StepFault::NotWritten)],
        3 => &[Some(StepFault::WrittenUnsaid)],
        5 => &[Some(StepFault::AnotherWasFaster)],
        7 => &[Some(StepFault::WrittenUnsaid), Some(StepFault::NotWritten)],
        _ => &[],
    }
}

fn tried(fact: &Fact) -> Option<Tried> {
    let (at, application) = (words::instant(fact.event.at()), fact.application_id()?.number());
    let (add_on, renewed) = match (&fact.stream, &fact.event) {
        (_, Event::Subscription(subscription::Event::SubscriptionRenewed { .. })) => (None, true),
        (_, Event::Subscription(subscription::Event::AutoRenewalFailed { .. })) => (None, false),
        (Stream::AddOn(id), Event::AddOn(add_on::Event::AddOnRenewed { .. })) => (Some(id.uuid().as_u128()), true),
        (Stream::AddOn(id), Event::AddOn(add_on::Event::AddOnAutoRenewalFailed { .. })) => {
            (Some(id.uuid().as_u128()), false)
        }
        _ => return None,
    };
    Some(Tried { at, application, add_on, renewed })
}

/// How a refund was made up.
fn refunds(decision: &Decision, answer: &Answer) -> Held {
    let made = decision.facts.iter().find_map(|placed| match &placed.fact.event {
        Event::Subscription(subscription::Event::PlanRefunded { refund, .. })
        | Event::AddOn(add_on::Event::AddOnRefunded { refund, .. }) => Some(refund),
        Event::Subscription(subscription::Event::PlanDowngraded { refund, .. }) => refund.as_ref(),
        _ => None,
    });
    let (Some(made), Some(told)) = (made, &answer.refund) else { return Ok(()) };
    let total = |refund: &charge::Refund| refund.credit.as_ref().map_or(0, |credit| words::fen(credit.total));
    let ledger = (made.kind, words::fen(made.paid), words::fen(made.used), total(made));
    same("the refund", &ledger, &(words::refund_kind(told.kind), told.paid, told.used, told.total))
}

/// The same at an instant that both have come to.
pub(crate) fn run_due(number: u64, at: Instant) -> Step {
    Step { number, at, order: Order::RunDue }
}
