//! Owns one payer's life: the order of things at one instant (R0), and the door through which orders come.
//!
//! Does not own what the single orders decide.

use std::collections::BTreeMap;

use crate::application::{Application, Cause};
use crate::calendar::{Day, Instant, Month};
use crate::document::{Document, Kind, Line};
use crate::order::{Answer, ApplicationId, Order, Refusal};
use crate::policies;
use crate::prices::{Item, List};
use crate::revenue::Revenue;
use crate::rounding::Fen;
use crate::wallet::Money;

/// What was billed for an item of an application in a month.
#[derive(Clone, Debug, Default)]
pub(crate) struct Billed {
    /// Charged less credited.
    pub(crate) net: Fen,
    /// The statements that charged it, by index.
    pub(crate) statements: Vec<usize>,
}

/// An item of an application in a month of usage.
pub(crate) type Usage = (ApplicationId, Item, Month);

/// An automatic renewal that was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tried {
    /// When.
    pub at: Instant,
    /// For which application.
    pub application: ApplicationId,
    /// For its plan or for this add-on.
    pub add_on: Option<crate::order::AddOnId>,
    /// Whether it was renewed.
    pub renewed: bool,
}

/// One payer: facts, and the instant up to which all that is due is settled.
#[derive(Clone, Debug)]
pub struct Oracle {
    pub(crate) now: Instant,
    pub(crate) is_open: bool,
    pub(crate) enterprise_verified: bool,
    pub(crate) new_customer: bool,
    pub(crate) first_purchase_used: bool,
    pub(crate) five_day_used: bool,
    pub(crate) call_trials: u32,
    pub(crate) money: Money,
    pub(crate) revenue: Revenue,
    /// The day from which something is owed without interruption.
    pub(crate) arrears_since: Option<Day>,
    pub(crate) is_suspended: bool,
    pub(crate) applications: BTreeMap<ApplicationId, Application>,
    pub(crate) documents: Vec<Document>,
    pub(crate) draft: Option<Document>,
    pub(crate) billed: BTreeMap<Usage, Billed>,
    /// Corrections upwards, for the next statement (U38).
    pub(crate) to_bill: BTreeMap<Usage, Fen>,
    pub(crate) tried: Vec<Tried>,
    /// Price lists by the instant from which they are in force.
    pub(crate) lists: Vec<(Instant, List)>,
}

impl Default for Oracle {
    fn default() -> Self {
        Self::new()
    }
}

impl Oracle {
    /// A payer that has not opened an account, under price list 2022-07.
    pub fn new() -> Self {
        Self::under(List::E2)
    }

    /// The same under another list.
    pub fn under(list: List) -> Self {
        Self {
            now: Instant::MIN,
            is_open: false,
            enterprise_verified: false,
            new_customer: false,
            first_purchase_used: false,
            five_day_used: false,
            call_trials: 0,
            money: Money::default(),
            revenue: Revenue::default(),
            arrears_since: None,
            is_suspended: false,
            applications: BTreeMap::new(),
            documents: Vec::new(),
            draft: None,
            billed: BTreeMap::new(),
            to_bill: BTreeMap::new(),
            tried: Vec::new(),
            lists: vec![(Instant::MIN, list)],
        }
    }

    /// Puts a list in force from an instant on (U39).
    pub fn publish(&mut self, from: Instant, list: List) {
        self.lists.push((from, list));
    }

    /// The list in force now.
    pub(crate) fn list(&self) -> List {
        let in_force = self.lists.iter().rev().find(|(from, _)| *from <= self.now);
        in_force.expect("the first list is in force from the beginning").1
    }

    pub(crate) fn today(&self) -> Day {
        Day::of(self.now)
    }

    /// Settles all that is due up to `at`, then decides the order. What is due stays settled if the order is refused. An
    /// instant before the last one counts as the last one.
    ///
    /// # Errors
    ///
    /// The refusal code of the wire; the order then changed nothing.
    pub fn submit(&mut self, at: Instant, order: &Order) -> Result<Answer, Refusal> {
        if !self.is_open {
            let Order::OpenAccount { enterprise_verified, new_customer } = *order else {
                return self.of_nobody(order);
            };
            (self.is_open, self.now) = (true, at);
            (self.enterprise_verified, self.new_customer) = (enterprise_verified, new_customer);
            return Ok(Answer::default());
        }
        self.advance(at);
        self.decide(order)
    }

    /// Nobody has applications; what is wrong with the order itself comes before whose it is (U45).
    fn of_nobody(&mut self, order: &Order) -> Result<Answer, Refusal> {
        match order {
            Order::Deposit { .. } | Order::GrantVoucher(_) | Order::CreateApplication { .. } | Order::RunDue => {
                Err("not_found")
            }
            of_an_application => self.decide(of_an_application),
        }
    }

    /// Walks to `at` day by day, over every midnight and every hour of automatic renewals.
    fn advance(&mut self, at: Instant) {
        while self.now < at {
            let today = self.today();
            let renewals = today.time(policies::AUTO_RENEWAL_HOUR, 0, 0);
            let midnight = today.plus(1).midnight();
            let next = if self.now < renewals { renewals } else { midnight };
            self.note_moments(today);
            self.now = next.min(at);
            if self.now == midnight {
                self.begin_day();
            } else if self.now == renewals {
                self.renew_automatically();
            }
        }
    }

    /// From the last instant to the next the state does not change: note it for the day.
    fn note_moments(&mut self, today: Day) {
        let (month, number) = today.civil();
        for application in self.applications.values_mut() {
            application.note_moment(today, month, number);
        }
    }

    /// R0 at 00:00: ends and starts, draft and settlement, stops, recycles.
    fn begin_day(&mut self) {
        let today = self.today();
        for application in self.applications.values_mut().filter(|application| application.recycled_at.is_none()) {
            end_and_start(application, today);
        }
        match today.number() {
            policies::DRAFT_DAY => self.draft_statement(Month(today.month().0 - 1)),
            policies::SETTLEMENT_DAY => self.settle(Month(today.month().0 - 1)),
            _ => {}
        }
        self.stop_what_is_due(today);
        for application in self.applications.values_mut() {
            let is_due = |since: &Day| since.plus(policies::RETENTION_DAYS) == today;
            if application.recycled_at.is_none() && application.stopped_since.as_ref().is_some_and(is_due) {
                application.recycled_at = Some(self.now);
                application.agreement.iter_mut().for_each(|agreement| agreement.auto_renew = false);
                application.add_ons.iter_mut().for_each(|add_on| add_on.is_ended = true);
                self.revenue.end_application(application.id, today);
            }
        }
    }

    fn stop_what_is_due(&mut self, today: Day) {
        let in_arrears = self.arrears_since.is_some_and(|since| since.plus(policies::ARREARS_GRACE_DAYS) == today);
        self.is_suspended |= in_arrears;
        for application in self.applications.values_mut() {
            let expires = application.agreement.as_ref().is_some_and(|agreement| {
                agreement.end().plus(policies::expiry_grace_days(agreement.list(today))) == today
            });
            if expires {
                application.stop(Cause::Expired, self.now);
            }
            if application.refunded_on.is_some_and(|day| day.plus(policies::REFUND_GRACE_DAYS + 1) == today) {
                application.stop(Cause::Refunded, self.now);
            }
            if in_arrears {
                application.stop(Cause::Arrears, self.now);
            }
            for add_on in application.add_ons.iter_mut().filter(|add_on| !add_on.is_ended) {
                add_on.is_ended = add_on.falls_on() <= today;
            }
        }
    }

    /// A debt of zero cures arrears, and nothing else (U2, U3).
    pub(crate) fn cure_arrears(&mut self) {
        if self.money.unpaid.is_empty() {
            self.arrears_since = None;
            self.is_suspended = false;
            for application in self.applications.values_mut().filter(|application| application.recycled_at.is_none()) {
                application.cure(Cause::Arrears);
            }
        }
    }

    /// Keeps a final document under the next number.
    pub(crate) fn issue(&mut self, mut document: Document) -> usize {
        let issued = self.documents.len();
        document.number = Some(u32::try_from(issued + 1).expect("documents of one payer"));
        self.documents.push(document);
        issued
    }

    /// Gives money back and issues the credit note; nothing is issued for nothing.
    pub(crate) fn credit(&mut self, lines: Vec<Line>, paid: (Fen, Fen)) -> (Option<usize>, (Fen, Fen, Fen)) {
        let mut note = Document::new(Kind::CreditNote, self.now, lines);
        let returned = self.money.give_back(&mut self.documents, note.total, paid);
        (note.credit, note.cash, note.gift) = (returned.to_debt, returned.cash, returned.gift);
        let issued = (note.total > 0).then(|| self.issue(note));
        self.cure_arrears();
        (issued, (returned.to_debt, returned.cash, returned.gift))
    }
}

/// The plan of the day that begins; call trials that are over.
fn end_and_start(application: &mut Application, today: Day) {
    let mut plan = application.plan;
    if let Some(agreement) = &mut application.agreement {
        if agreement.scheduled.is_some_and(|from| from <= today) {
            agreement.scheduled = None;
            agreement.followed_by = agreement.scheduled_list.filter(|_| agreement.day(today).is_none());
            plan = crate::prices::Plan::Pro;
        }
        if let Some(day) = agreement.day(today) {
            plan = day.plan;
        }
        application.agreed_list = agreement.list_in_force(today);
    }
    if plan != application.plan {
        application.enter(plan);
    }
    for add_on in &mut application.add_ons {
        add_on.is_ended |= add_on.trial_end.is_some_and(|end| end <= today);
    }
}
