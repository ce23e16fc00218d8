//! Owns the timeline: a payer's life told by days, orders sent as a person would say them, and what came of each.
//!
//! Does not own an expectation of its own but these, which hold after every order of every story: each fact folds in
//! place and follows densely on its stream, each has one cause that came before it, time never goes back, nothing stays
//! due, balances are not negative, and folding the facts gives the state that was decided.

use std::collections::{BTreeMap, BTreeSet};

use cqrs_es::DomainEvent;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use subledger_domain::Folded;
use subledger_domain::account::{self, DepositKind, OpenAccount};
use subledger_domain::add_on;
use subledger_domain::application::CreatedApplication;
use subledger_domain::books::{Books, Working};
use subledger_domain::calendar::Period;
use subledger_domain::catalog::{AddOn, CallVariant, Catalog};
use subledger_domain::charge::{Item, Payment, StatementLine};
use subledger_domain::decide::{Command, Decision, Order, Placed, Refusal, Wanted, as_at, decide, publish};
use subledger_domain::entitlement::Entitlements;
use subledger_domain::fact::{Event, Fact};
use subledger_domain::ids::{AddOnId, ApplicationId, CommandId, EventId};
use subledger_domain::plan::{DataSite, Feature, Plan, Quota};
use subledger_domain::publication::NO_PAYER;
use subledger_domain::subscription::{self, Stage};
use subledger_domain::timer::Timer;
use subledger_domain::usage;
use subledger_tests::fixtures::{self, CHAT, application_of, civil_day, instant, payer};

/// One payer's life so far.
pub(crate) struct Story {
    pub(crate) catalog: Catalog,
    pub(crate) books: Books,
    pub(crate) decisions: Vec<Decision>,
    position: u64,
    asked: u32,
    known: BTreeSet<EventId>,
    sequences: BTreeMap<String, u64>,
}

impl Story {
    /// The payer is there, with [`CHAT`] on Trial in China.
    pub(crate) fn begin(day: &str) -> Self {
        Self::begin_under(fixtures::catalog(), day)
    }

    /// The same under another catalogue.
    pub(crate) fn begin_under(catalog: Catalog, day: &str) -> Self {
        let mut story = Self::nobody(catalog);
        story.ask(instant(day), fixtures::open_account()).then(&["AccountOpened"]);
        story.on(day).create(CHAT, DataSite::China);
        story
    }

    /// Nothing has happened yet.
    pub(crate) fn nobody(catalog: Catalog) -> Self {
        Self {
            catalog,
            books: Books::default(),
            decisions: Vec::new(),
            position: 0,
            asked: 0,
            known: BTreeSet::new(),
            sequences: BTreeMap::new(),
        }
    }

    /// An instant by Beijing's clock.
    #[track_caller]
    pub(crate) fn on(&mut self, when: &str) -> Moment<'_> {
        Moment { at: instant(when), story: self }
    }

    /// Sends an order; the n-th order of a story has the key `n`.
    #[track_caller]
    pub(crate) fn ask(&mut self, at: Timestamp, order: Order) -> Answer<'_> {
        self.asked += 1;
        let id = CommandId::keyed(at, payer().as_str(), &self.asked.to_string());
        self.send(&Command { id, at, order })
    }

    /// Sends a command as it is.
    #[track_caller]
    pub(crate) fn send(&mut self, command: &Command) -> Answer<'_> {
        let outcome = decide(Working::over(&self.books), command, &self.catalog);
        let decided = Seen::of(&outcome.books);
        let (due, order) = (outcome.due, outcome.order);
        for decision in due.iter().chain(order.as_ref().ok()) {
            assert!(Some(decision.at) >= self.books.latest(), "{} goes back to {}", decision.asked, decision.at);
            self.fold(decision);
        }
        assert_eq!(Seen::of(&Working::over(&self.books)), decided, "folded is not what was decided");
        if let Some(timer) = self.books.next_timer() {
            assert!(timer.at > command.at, "{timer:?} is still due at {}", command.at);
        }
        if let Some(account) = self.books.account() {
            assert!(!account.cash.is_negative() && !account.gift.is_negative(), "a negative balance: {account:?}");
        }
        self.decisions.extend(due.iter().cloned());
        self.decisions.extend(order.as_ref().ok().cloned());
        Answer { story: self, at: command.at, due, order }
    }

    #[track_caller]
    fn fold(&mut self, decision: &Decision) {
        let command = decision.command_id.to_string();
        let mut before: BTreeSet<String> = BTreeSet::new();
        for Placed { fact, sequence } in &decision.facts {
            self.position += 1;
            assert_eq!(fact.event.at(), decision.at, "{fact:?} is not of its decision's instant");
            assert!(self.known.insert(fact.id), "{} was given twice", fact.id);
            assert!(fact.caused_by == command || before.contains(&fact.caused_by), "{fact:?} has no cause before it");
            before.insert(fact.id.to_string());
            let last = self.sequences.entry(fact.stream.to_string()).or_default();
            *last += 1;
            assert_eq!(*last, *sequence, "{} has a hole", fact.stream);
            assert_eq!(self.books.evolve_recorded(fact, self.position), Folded::InPlace, "{fact:?}");
        }
    }

    /// A list of the release is published. It is no payer's event, so the story's facts do not tell of it.
    #[track_caller]
    pub(crate) fn publish(&mut self, when: &str, list: &str) {
        let (at, wanted) = (instant(when), Wanted::OfTheRelease(list.to_owned()));
        let decision = publish(&self.catalog, &wanted, CommandId::keyed(at, NO_PAYER, list), at);
        for Placed { fact, .. } in decision.unwrap_or_else(|refusal| panic!("{list}: {refusal}")).facts {
            let Event::PriceList(published) = fact.event else { panic!("{fact:?} is of no price list") };
            self.catalog = published.fold_into(&self.catalog).unwrap_or_else(|fault| panic!("{list}: {fault}"));
        }
    }

    /// An invariant was found broken: what no order can bring about.
    pub(crate) fn park(&mut self, when: &str) {
        self.position += 1;
        *self.sequences.entry(format!("account/{}", payer())).or_default() += 1;
        let fact = fixtures::of_account(self.position, fixtures::parked(when));
        assert_eq!(self.books.evolve_recorded(&fact, self.position), Folded::InPlace);
    }

    /// Every fact so far, in the log's order.
    pub(crate) fn facts(&self) -> impl Iterator<Item = &Fact> {
        self.decisions.iter().flat_map(|decision| &decision.facts).map(|placed| &placed.fact)
    }

    /// One application's part of the timeline.
    pub(crate) fn told_of(&self, application: ApplicationId) -> Vec<String> {
        told(self.facts().filter(|fact| application_of(fact) == Some(application)))
    }

    /// Every final statement, in order.
    pub(crate) fn statements(&self) -> Vec<Statement> {
        final_statements(self.facts())
    }

    /// Every draft as `month total`.
    pub(crate) fn drafts(&self) -> Vec<String> {
        let of = |fact: &Fact| match &fact.event {
            Event::Account(account::Event::StatementDrafted { month, total, .. }) => {
                Some(format!("{month} {}", total.amount()))
            }
            _ => None,
        };
        self.facts().filter_map(of).collect()
    }

    /// The final statement of a month.
    #[track_caller]
    pub(crate) fn statement(&self, month: &str) -> Statement {
        let of_month = self.statements().into_iter().find(|statement| statement.month == month);
        of_month.unwrap_or_else(|| panic!("no statement for {month}"))
    }

    /// Every final statement as `month total`.
    pub(crate) fn totals(&self) -> Vec<String> {
        self.statements().iter().map(|statement| format!("{} {}", statement.month, statement.total)).collect()
    }

    /// The payer.
    #[track_caller]
    pub(crate) fn payer(&self) -> &OpenAccount {
        self.books.account().expect("the story opened it")
    }

    /// The id of what the application bought last of that kind.
    #[track_caller]
    pub(crate) fn pack_of(&self, application: ApplicationId, add_on: AddOn) -> AddOnId {
        let books = Working::over(&self.books);
        let of_kind = books.add_ons_of(application).filter(|(_, bought)| bought.add_on().kind() == add_on.kind());
        of_kind.last().expect("the story bought one").0
    }

    /// What a number is at an instant, whether or not a worker has run.
    #[track_caller]
    pub(crate) fn limit_at(&self, application: ApplicationId, quota: Quota, when: &str) -> Option<u64> {
        let seen = as_at(Working::over(&self.books), instant(when), &self.catalog);
        Entitlements::of(&seen, application).expect("the story has created it").quota(quota).limit
    }

    /// The terms of value-added services one application was sold, each as `first day..last day amount`.
    pub(crate) fn pack_terms_of(&self, application: ApplicationId) -> Vec<String> {
        let of_it = self.facts().filter(|fact| application_of(fact) == Some(application));
        let sold = |fact: &Fact| match &fact.event {
            Event::AddOn(
                add_on::Event::AddOnStarted { period, charge, .. } | add_on::Event::AddOnRenewed { period, charge, .. },
            ) => Some(format!("{} {}", days_of(*period), charge.amount.amount())),
            Event::AddOn(add_on::Event::AddOnTrialStarted { period, .. }) => {
                Some(format!("{} on trial", days_of(*period)))
            }
            _ => None,
        };
        of_it.filter_map(sold).collect()
    }

    /// The terms one application was sold, each as `first day..last day amount`.
    pub(crate) fn terms_of(&self, application: ApplicationId) -> Vec<String> {
        let of_it = self.facts().filter(|fact| application_of(fact) == Some(application));
        of_it.filter_map(|fact| sold(fact).map(|(period, amount)| format!("{period} {amount}"))).collect()
    }

    /// What a reader sees of an application at an instant, whether or not a worker has run: `trial`, `active`, `grace`,
    /// `suspended` or `recycled`.
    #[track_caller]
    pub(crate) fn state_at(&self, application: ApplicationId, when: &str) -> &'static str {
        let seen = as_at(Working::over(&self.books), instant(when), &self.catalog);
        let application = seen.application(application).expect("the story has created it");
        if application.recycled_at.is_some() {
            "recycled"
        } else if !application.suspensions.is_empty() {
            "suspended"
        } else {
            match (application.plan, seen.usable_agreement(application).map(|(_, running)| running.stage)) {
                (Plan::Trial, None) => "trial",
                (_, Some(Stage::Active)) => "active",
                (_, Some(Stage::Grace { .. })) => "grace",
                (_, Some(Stage::Refunded { .. })) => "refunded",
                (plan, stage) => panic!("{plan} in service with {stage:?}"),
            }
        }
    }
}

/// A sold term's days and its amount.
fn sold(fact: &Fact) -> Option<(String, String)> {
    match &fact.event {
        Event::Subscription(
            subscription::Event::SubscriptionStarted { period, charge, .. }
            | subscription::Event::SubscriptionRenewed { period, charge, .. },
        ) => Some((days_of(*period), charge.amount.amount().to_string())),
        Event::Subscription(_)
        | Event::Account(_)
        | Event::Application(_)
        | Event::AddOn(_)
        | Event::Usage(_)
        | Event::PriceList(_) => None,
    }
}

/// `first day..last day`
fn days_of(period: Period) -> String {
    format!("{}..{}", civil_day(period.start), civil_day(last_second(period.end)))
}

fn last_second(end: Timestamp) -> Timestamp {
    end.checked_sub(1.second()).expect("far from the calendar's ends")
}

/// What everybody can see of Books.
#[derive(Debug, PartialEq)]
struct Seen {
    account: Option<OpenAccount>,
    applications: Vec<CreatedApplication>,
    timers: Vec<Timer>,
    latest: Option<Timestamp>,
}

impl Seen {
    fn of(books: &Working<'_>) -> Self {
        let applications: Vec<CreatedApplication> = books.applications().cloned().collect();
        let timers = applications.iter().flat_map(|application| books.timers_of(application.id)).cloned().collect();
        Self { account: books.account().cloned(), applications, timers, latest: books.latest() }
    }
}

/// Facts by civil day and type, one a line; the same type on days in a row is told once, `first..last type`.
pub(crate) fn told<'f>(facts: impl Iterator<Item = &'f Fact>) -> Vec<String> {
    let mut runs: Vec<(Date, Date, String)> = Vec::new();
    for fact in facts {
        let (on, what) = (civil_day(fact.event.at()), fact.event_type());
        match runs.last_mut() {
            Some((_, last, kind)) if *kind == what && *last == on.yesterday().expect("in range") => *last = on,
            Some(_) | None => runs.push((on, on, what)),
        }
    }
    let line = |(first, last, what): &(Date, Date, String)| {
        if first == last { format!("{first} {what}") } else { format!("{first}..{last} {what}") }
    };
    runs.iter().map(line).collect()
}

/// Whether a fact is one of the payer's months on their way to a statement. They come by themselves with every plan.
pub(crate) fn is_of_a_month(fact: &Fact) -> bool {
    matches!(
        fact.event,
        Event::Account(
            account::Event::BillingMonthOpened { .. }
                | account::Event::StatementDrafted { .. }
                | account::Event::StatementFinalised { .. }
                | account::Event::BillingMonthPassed { .. }
        ) | Event::Usage(usage::Event::UsageMonthClosed { .. })
    )
}

/// A final statement as its payer reads it.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) month: String,
    pub(crate) number: u64,
    pub(crate) lines: Vec<StatementLine>,
    pub(crate) total: String,
    pub(crate) paid: Payment,
    pub(crate) due: String,
    pub(crate) at: Timestamp,
}

impl Statement {
    /// One item of one application; none that it has not.
    pub(crate) fn line(&self, application: ApplicationId, item: Item) -> Option<&StatementLine> {
        self.lines.iter().find(|line| line.application_id == application && line.item == item)
    }

    /// What one item of one application costs.
    #[track_caller]
    pub(crate) fn fee(&self, application: ApplicationId, item: Item) -> String {
        let line = self.line(application, item);
        line.map_or_else(|| "none".to_owned(), |line| line.amount.amount().to_string())
    }
}

/// The final statements among these facts, in order.
pub(crate) fn final_statements<'f>(facts: impl Iterator<Item = &'f Fact>) -> Vec<Statement> {
    let of = |fact: &Fact| match &fact.event {
        Event::Account(account::Event::StatementFinalised { month, number, lines, total, paid, due, at, .. }) => {
            Some(Statement {
                month: month.to_string(),
                number: *number,
                lines: lines.clone(),
                total: total.amount().to_string(),
                paid: paid.clone(),
                due: due.amount().to_string(),
                at: *at,
            })
        }
        _ => None,
    };
    facts.filter_map(of).collect()
}

/// An instant of a story, ready for an order.
pub(crate) struct Moment<'s> {
    story: &'s mut Story,
    at: Timestamp,
}

impl<'s> Moment<'s> {
    /// The add-on the application bought last of that kind.
    #[track_caller]
    pub(crate) fn latest_pack(&self, application: ApplicationId, add_on: AddOn) -> AddOnId {
        self.story.pack_of(application, add_on)
    }

    #[track_caller]
    pub(crate) fn deposit(self, amount: &str) -> Answer<'s> {
        self.story.ask(self.at, fixtures::deposit(amount, DepositKind::Cash))
    }

    #[track_caller]
    pub(crate) fn gift(self, amount: &str) -> Answer<'s> {
        self.story.ask(self.at, fixtures::deposit(amount, DepositKind::Gift))
    }

    /// A voucher that may pay anything.
    #[track_caller]
    pub(crate) fn grant(self, id: &str, face: &str, expires_on: &str) -> Answer<'s> {
        self.story.ask(self.at, fixtures::grant(id, face, expires_on))
    }

    #[track_caller]
    pub(crate) fn grant_for(
        self,
        id: &str,
        face: &str,
        expires_on: &str,
        conditions: account::VoucherConditions,
    ) -> Answer<'s> {
        self.story.ask(self.at, fixtures::grant_for(id, face, expires_on, conditions))
    }

    /// Any order.
    #[track_caller]
    pub(crate) fn order(self, order: Order) -> Answer<'s> {
        self.story.ask(self.at, order)
    }

    #[track_caller]
    pub(crate) fn create(self, application: ApplicationId, site: DataSite) -> Answer<'s> {
        self.story.ask(self.at, fixtures::create(application, site))
    }

    #[track_caller]
    pub(crate) fn buy(self, application: ApplicationId, plan: Plan, months: u32) -> Answer<'s> {
        self.story.ask(self.at, fixtures::purchase(application, plan, months))
    }

    #[track_caller]
    pub(crate) fn renew(self, application: ApplicationId, months: u32) -> Answer<'s> {
        self.story.ask(self.at, fixtures::renewal(application, months))
    }

    #[track_caller]
    pub(crate) fn pack(self, application: ApplicationId, add_on: AddOn, months: u32) -> Answer<'s> {
        self.story.ask(self.at, fixtures::buy_add_on(application, add_on, months))
    }

    #[track_caller]
    pub(crate) fn try_pack(self, application: ApplicationId) -> Answer<'s> {
        self.story.ask(self.at, fixtures::try_add_on(application, AddOn::AvCall(CallVariant::Trial)))
    }

    /// Renews what the application bought last of that kind.
    #[track_caller]
    pub(crate) fn renew_pack(self, application: ApplicationId, add_on: AddOn, months: u32) -> Answer<'s> {
        let id = self.story.pack_of(application, add_on);
        self.story.ask(self.at, fixtures::renew_add_on(application, id, months))
    }

    #[track_caller]
    pub(crate) fn keep(self, application: ApplicationId, days: u32) -> Answer<'s> {
        self.story.ask(self.at, fixtures::keep_history(application, days))
    }

    /// A day's daily actives and groups are told.
    #[track_caller]
    pub(crate) fn measure(self, application: ApplicationId, day: &str, dau: u64, groups: u64) -> Answer<'s> {
        self.story.ask(self.at, fixtures::usage(application, fixtures::day(day), dau, groups))
    }

    #[track_caller]
    pub(crate) fn request(self, application: ApplicationId, feature: Feature) -> Answer<'s> {
        self.story.ask(self.at, fixtures::request(application, feature))
    }

    #[track_caller]
    pub(crate) fn withdraw(self, application: ApplicationId, feature: Feature) -> Answer<'s> {
        self.story.ask(self.at, fixtures::withdraw(application, feature))
    }

    #[track_caller]
    pub(crate) fn approve(self, application: ApplicationId, feature: Feature) -> Answer<'s> {
        self.story.ask(self.at, fixtures::approve(application, feature))
    }

    #[track_caller]
    pub(crate) fn reject(self, application: ApplicationId, feature: Feature) -> Answer<'s> {
        self.story.ask(self.at, fixtures::reject(application, feature))
    }

    /// An operator stops the service.
    #[track_caller]
    pub(crate) fn stop(self, application: ApplicationId) -> Answer<'s> {
        self.story.ask(self.at, fixtures::operator_stop(application))
    }

    /// The operator lifts it.
    #[track_caller]
    pub(crate) fn lift(self, application: ApplicationId) -> Answer<'s> {
        self.story.ask(self.at, fixtures::lift(application))
    }

    /// The worker comes by.
    #[track_caller]
    pub(crate) fn settle(self) -> Answer<'s> {
        self.story.ask(self.at, Order::RunDue)
    }
}

/// What came of an order.
pub(crate) struct Answer<'s> {
    story: &'s mut Story,
    at: Timestamp,
    pub(crate) due: Vec<Decision>,
    pub(crate) order: Result<Decision, Refusal>,
}

impl<'s> Answer<'s> {
    /// It was accepted, and these are its own events.
    #[track_caller]
    pub(crate) fn then(self, types: &[&str]) -> Self {
        let decision = self.order.as_ref().unwrap_or_else(|refusal| panic!("refused, {}: {refusal}", refusal.code()));
        let own: Vec<String> = decision.facts.iter().map(|placed| placed.fact.event_type()).collect();
        assert_eq!(own, types);
        self
    }

    /// It was accepted.
    #[track_caller]
    pub(crate) fn accepted(self) -> Self {
        if let Err(refusal) = &self.order {
            panic!("refused, {}: {refusal}", refusal.code());
        }
        self
    }

    /// It was refused with this code.
    #[track_caller]
    pub(crate) fn refused(self, code: &str) -> Self {
        match &self.order {
            Ok(decision) => panic!("accepted: {decision:#?}"),
            Err(refusal) => assert_eq!(refusal.code(), code, "{refusal}"),
        }
        self
    }

    /// This was due before it, the payer's months left out: [`Story::statements`] tells those.
    #[track_caller]
    pub(crate) fn after(self, timeline: &[&str]) -> Self {
        let facts = self.due.iter().flat_map(|decision| &decision.facts).map(|placed| &placed.fact);
        assert_eq!(told(facts.filter(|fact| !is_of_a_month(fact))), timeline);
        self
    }

    /// Of everything due before it, this is what concerns the payer's months.
    #[track_caller]
    pub(crate) fn after_months(self, timeline: &[&str]) -> Self {
        let facts = self.due.iter().flat_map(|decision| &decision.facts).map(|placed| &placed.fact);
        assert_eq!(told(facts.filter(|fact| is_of_a_month(fact))), timeline);
        self
    }

    /// What is left.
    #[track_caller]
    pub(crate) fn balance(self, cash: &str, gift: &str) -> Self {
        let account = self.story.books.account().expect("the story opened it");
        let left = (account.cash.amount().to_string(), account.gift.amount().to_string());
        assert_eq!(left, (cash.to_owned(), gift.to_owned()), "(cash, gift)");
        self
    }

    /// Something else at the same instant.
    pub(crate) fn and(self) -> Moment<'s> {
        Moment { at: self.at, story: self.story }
    }
}
