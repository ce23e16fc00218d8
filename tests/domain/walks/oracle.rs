//! Owns the second opinion on a walk: it reads the facts in the log's order, keeps books of its own in fen and whole days,
//! and says which invariant a fact, or the state after a step, breaks.
//!
//! Does not own an arithmetic of the domain's: prices, days, terms, shares and debts are counted here again. The I-numbers
//! are those of the invariants to check for ever.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use subledger_domain::account::{self, DepositKind, OpenAccount};
use subledger_domain::books::Working;
use subledger_domain::charge::Payment;
use subledger_domain::decide::Decision;
use subledger_domain::fact::{Event, Fact, Stream};
use subledger_domain::ids::{AddOnId, ApplicationId, CommandId, EventId, InvoiceId, SubscriptionId, VoucherId};
use subledger_domain::money::Money;
use subledger_domain::plan::DataSite;
use subledger_domain::{application, subscription, usage};

use super::apps::App;
use super::days::{Day, MonthNo, day_number, day_of, first_of, midnight, month_name, month_of};
use super::prices::Fen;
use super::terms::{Agreement, Pack};

/// Which invariant is broken, and how.
pub(super) type Held = Result<(), String>;

/// Says which invariant is broken unless it holds.
macro_rules! hold {
    ($holds:expr, $($why:tt)+) => {
        if !$holds {
            return Err(format!($($why)+));
        }
    };
}
pub(super) use hold;

/// An amount in fen.
pub(super) fn fen(money: Money) -> Fen {
    let amount = money.amount();
    assert_eq!(amount.scale(), 2, "an amount has its currency's decimals (I10)");
    Fen::try_from(amount.mantissa()).expect("a bounded amount")
}

/// A debt as one story.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrears {
    since: Day,
    suspended: bool,
}

/// What is left of a voucher that may pay anything.
#[derive(Debug, Clone, Copy)]
pub(super) struct VoucherLeft {
    left: Fen,
    last_day: Day,
}

/// What an event can explain of a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Ground {
    Reading { application: ApplicationId, day: Day, figures: (u64, u64) },
    Kept { application: ApplicationId, days: u32 },
    Term { application: ApplicationId, start: Timestamp },
}

/// A payer's books, kept a second time.
#[derive(Debug, Default)]
pub(super) struct Oracle {
    pub(super) opened: bool,
    pub(super) cash: Fen,
    pub(super) gift: Fen,
    pub(super) vouchers: BTreeMap<VoucherId, VoucherLeft>,
    owed: Vec<(InvoiceId, Fen)>,
    arrears: Option<Arrears>,
    invoices: u64,
    pub(super) first_purchase_used: bool,
    pub(super) apps: BTreeMap<ApplicationId, App>,
    pub(super) agreements: BTreeMap<SubscriptionId, Agreement>,
    pub(super) packs: BTreeMap<AddOnId, Pack>,
    /// Charges whose payment must follow in the same decision.
    unpaid: BTreeMap<InvoiceId, Fen>,
    drafts: BTreeMap<MonthNo, InvoiceId>,
    pub(super) settled: BTreeSet<MonthNo>,
    opened_months: BTreeSet<MonthNo>,
    passed: BTreeSet<MonthNo>,
    pub(super) events: BTreeSet<EventId>,
    /// The events that lines can come from.
    pub(super) grounds: BTreeMap<EventId, Ground>,
    commands: BTreeSet<CommandId>,
    sequences: BTreeMap<Stream, u64>,
    latest: Option<Timestamp>,
    /// The first month that is not settled yet.
    looked_at: Option<MonthNo>,
}

fn numbered_day(date: jiff::civil::Date) -> Day {
    day_number(date.year().into(), date.month().into(), date.day().into())
}

fn ground(fact: &Fact) -> Option<Ground> {
    match &fact.event {
        Event::Usage(usage::Event::UsageRecorded { application_id, date, dau, peak_groups, .. }) => {
            let day = numbered_day(*date);
            Some(Ground::Reading { application: *application_id, day, figures: (*dau, *peak_groups) })
        }
        Event::Application(application::Event::HistoryRetentionSet { days, .. }) => match &fact.stream {
            Stream::Application(id) => Some(Ground::Kept { application: *id, days: *days }),
            _ => None,
        },
        Event::Subscription(
            subscription::Event::SubscriptionStarted { application_id, period, .. }
            | subscription::Event::SubscriptionRenewed { application_id, period, .. },
        ) => Some(Ground::Term { application: *application_id, start: period.start }),
        _ => None,
    }
}

impl Oracle {
    /// One decision's facts, in order.
    pub(super) fn read(&mut self, decision: &Decision) -> Held {
        if !decision.facts.is_empty() {
            hold!(self.commands.insert(decision.command_id), "I3, I32: {} was decided twice", decision.command_id);
        }
        hold!(Some(decision.at) >= self.latest, "I7: {} goes back", decision.asked);
        self.latest = Some(decision.at);
        for placed in &decision.facts {
            let fact = &placed.fact;
            hold!(self.events.insert(fact.id), "I1: {} was given twice", fact.id);
            let sequence = self.sequences.entry(fact.stream.clone()).or_default();
            *sequence += 1;
            hold!(*sequence == placed.sequence, "I1: {} has a hole at {}", fact.stream, placed.sequence);
            hold!(fact.event.at() == decision.at, "I35: {} is not of its decision's instant", fact.id);
            self.take(fact).map_err(|why| format!("{why}\n  by {:?}", fact.event))?;
        }
        hold!(self.unpaid.is_empty(), "S1: a charge was not paid in its own decision: {:?}", self.unpaid);
        Ok(())
    }

    fn take(&mut self, fact: &Fact) -> Held {
        if let Some(ground) = ground(fact) {
            self.grounds.insert(fact.id, ground);
        }
        match (&fact.event, &fact.stream) {
            (Event::Account(event), _) => self.account(event),
            (Event::Application(event), _) => self.application(event, &fact.stream),
            (Event::Subscription(event), Stream::Subscription(id)) => self.subscription(*id, event),
            (Event::AddOn(event), Stream::AddOn(id)) => self.add_on(*id, event),
            (Event::Usage(event), Stream::Usage(month)) => self.usage(*month, event),
            (event, stream) => Err(format!("I34: {event:?} stands in {stream}")),
        }
    }

    fn account(&mut self, event: &account::Event) -> Held {
        use account::Event;
        match event {
            Event::AccountOpened { .. } => self.opened = true,
            Event::MoneyDeposited { amount, kind, .. } => match kind {
                DepositKind::Cash => self.cash += fen(*amount),
                DepositKind::Gift => self.gift += fen(*amount),
            },
            Event::VoucherGranted { voucher_id, face, expires_on, at, .. } => {
                let last_day = numbered_day(*expires_on);
                hold!(last_day >= day_of(*at), "U19: {voucher_id} was over when it was given");
                let voucher = VoucherLeft { left: fen(*face), last_day };
                hold!(self.vouchers.insert(voucher_id.clone(), voucher).is_none(), "{voucher_id} was given twice");
            }
            Event::OrderPaid { invoice_id, number, total, paid, at, issued_on, .. } => {
                hold!(self.owed.is_empty(), "U1: an order was paid in arrears");
                hold!(self.unpaid.remove(invoice_id) == Some(fen(*total)), "I8: {invoice_id} pays another amount");
                let (year, month, day) = super::days::civil(day_of(*at));
                hold!(issued_on.to_string() == format!("{year:04}-{month:02}-{day:02}"), "R0: issued on {issued_on}");
                self.numbered(*number)?;
                self.pay(paid, fen(*total), true, *at)?;
            }
            Event::BillingMonthOpened { month, draft_at, final_at, at } => {
                let no = self.month(month.to_string(), *at)?;
                hold!(no == month_of(day_of(*at)), "I14: {month} was opened at another time");
                hold!(self.opened_months.insert(no), "I14: {month} was opened twice");
                hold!(*draft_at == midnight(first_of(no + 1)), "R0: {month} is drafted at {draft_at}");
                hold!(*final_at == midnight(first_of(no + 1) + 2), "R0: {month} is final at {final_at}");
            }
            Event::StatementDrafted { invoice_id, month, lines, total, at } => {
                let no = self.month(month.to_string(), *at)?;
                hold!(*at == midnight(first_of(no + 1)), "R0: {month} was drafted at {at}");
                hold!(self.drafts.insert(no, *invoice_id).is_none(), "I14: {month} was drafted twice");
                self.statement(no, lines, fen(*total))?;
            }
            Event::StatementFinalised { invoice_id, number, month, lines, total, paid, due, at, .. } => {
                let no = self.month(month.to_string(), *at)?;
                hold!(*at == midnight(first_of(no + 1) + 2), "I14, R0: {month} was settled at {at}");
                hold!(self.settled.insert(no), "I14: {month} was settled twice");
                hold!(self.drafts.get(&no) == Some(invoice_id), "I11: {month} was drafted under another id");
                self.statement(no, lines, fen(*total))?;
                self.numbered(*number)?;
                let best = self.best_voucher(fen(*total), *at);
                hold!(paid.voucher_id == best, "B7: {:?} paid, {best:?} was the one", paid.voucher_id);
                self.pay(paid, fen(*total), false, *at)?;
                let left = fen(*total) - fen(paid.voucher) - fen(paid.gift) - fen(paid.cash);
                hold!(fen(*due) == left, "U4: {due} stays owed of {total}");
                if left > 0 {
                    self.owed.push((*invoice_id, left));
                }
            }
            Event::BillingMonthPassed { month, at } => {
                let no = self.month(month.to_string(), *at)?;
                hold!(self.passed.insert(no), "I14: {month} passed twice");
                hold!(!self.served_in(no), "U18: {month} has a service day and no statement");
            }
            Event::FellIntoArrears { invoice_id, amount, suspend_at, at } => {
                hold!(self.arrears.is_none(), "U5: in arrears twice");
                hold!(self.owed == [(*invoice_id, fen(*amount))], "U4: {amount} of {invoice_id} is not what is owed");
                let since = day_of(*at);
                hold!(*suspend_at == midnight(since + 7), "C9.3: everything stops at {suspend_at}");
                self.arrears = Some(Arrears { since, suspended: false });
            }
            Event::ReceivablePaid { invoice_id, paid, remaining, .. } => {
                let index = self.owed.iter().position(|(owed, _)| owed == invoice_id);
                let index = index.ok_or("I31: nothing is owed of that bill")?;
                hold!(self.owed[..index].iter().all(|(_, due)| *due == 0), "U3: an older bill stands");
                let due = self.owed[index].1;
                hold!(paid.voucher.is_zero() && paid.voucher_id.is_none(), "U20: a voucher paid a debt");
                let taken = self.pay_part(paid, due)?;
                self.owed[index].1 = due - taken;
                hold!(fen(*remaining) == due - taken, "U3: {remaining} stays owed");
            }
            Event::CreditNoteIssued { .. }
            | Event::ReceivableCredited { .. }
            | Event::AdjustmentDeferred { .. }
            | Event::AdjustmentWithdrawn { .. } => return Err("no walk gives back or corrects".to_owned()),
            Event::ArrearsCleared { .. } => {
                hold!(self.owed.iter().all(|(_, due)| *due == 0), "U3: a debt stands");
                hold!(self.arrears.take().is_some(), "U3: cleared what was not there");
                self.owed.clear();
            }
            Event::AccountSuspended { debt, recycle_at, at } => {
                let debt = fen(*debt);
                hold!(debt == self.debt(), "I31: {debt} is not what is owed");
                let arrears = self.arrears.as_mut().ok_or("I31: stopped without a debt")?;
                hold!(*at == midnight(arrears.since + 7) && !arrears.suspended, "C9.3: stopped at {at}");
                hold!(*recycle_at == midnight(arrears.since + 97), "U34: recycled at {recycle_at}");
                arrears.suspended = true;
            }
            Event::AccountParked { invariant, .. } => return Err(format!("the payer was parked: {invariant}")),
            Event::AccountUnparked { .. } => return Err("a payer that was never parked was unparked".to_owned()),
        }
        Ok(())
    }

    fn numbered(&mut self, number: u64) -> Held {
        self.invoices += 1;
        hold!(number == self.invoices, "I37: invoice {number} where {} follows", self.invoices);
        Ok(())
    }

    /// Earliest expiry, largest part of the bill, smallest remainder, id; none in arrears.
    fn best_voucher(&self, total: Fen, at: Timestamp) -> Option<VoucherId> {
        let usable = |voucher: &VoucherLeft| voucher.left > 0 && voucher.last_day >= day_of(at);
        let usable = self.vouchers.iter().filter(|(_, voucher)| total > 0 && self.owed.is_empty() && usable(voucher));
        let order = |(id, voucher): &(&VoucherId, &VoucherLeft)| {
            (voucher.last_day, -voucher.left.min(total), voucher.left, id.to_string())
        };
        usable.min_by_key(order).map(|(id, _)| id.clone())
    }

    /// The voucher first, then gift, then cash, as far as they reach.
    fn pay(&mut self, paid: &Payment, total: Fen, in_full: bool, at: Timestamp) -> Held {
        let from_voucher = fen(paid.voucher);
        hold!((from_voucher > 0) == paid.voucher_id.is_some(), "U20: {paid:?} does not say which voucher");
        if let Some(id) = &paid.voucher_id {
            let voucher = self.vouchers.get_mut(id).ok_or("U20: no such voucher")?;
            hold!(voucher.last_day >= day_of(at), "U19: {id} was over");
            hold!(from_voucher == voucher.left.min(total), "U20: {from_voucher} of {id}, {} left", voucher.left);
            voucher.left -= from_voucher;
        }
        let taken = from_voucher + self.pay_part(paid, total - from_voucher)?;
        hold!(!in_full || taken == total, "S1: {taken} of {total} was paid");
        Ok(())
    }

    fn pay_part(&mut self, paid: &Payment, wanted: Fen) -> Result<Fen, String> {
        let gift = wanted.min(self.gift);
        let cash = (wanted - gift).min(self.cash);
        if (fen(paid.gift), fen(paid.cash)) != (gift, cash) {
            return Err(format!("U4: {paid:?} was taken, gift {gift} and cash {cash} were there"));
        }
        self.gift -= gift;
        self.cash -= cash;
        Ok(gift + cash)
    }

    fn month(&self, name: String, at: Timestamp) -> Result<MonthNo, String> {
        let now = month_of(day_of(at));
        (now - 2..=now).find(|no| month_name(*no) == name).ok_or(format!("I14: {name} is not a month about {at}"))
    }

    pub(super) fn debt(&self) -> Fen {
        self.owed.iter().map(|(_, due)| due).sum()
    }

    pub(super) fn is_suspended(&self) -> bool {
        self.arrears.is_some_and(|arrears| arrears.suspended)
    }

    /// What must have happened by an instant, and how the payer must stand.
    pub(super) fn stands(&mut self, books: &Working<'_>, now: Timestamp) -> Held {
        let Some(account) = books.account() else {
            hold!(!self.opened, "I5: the payer is gone");
            return Ok(());
        };
        self.balances(account)?;
        let late = self.arrears.is_some_and(|arrears| midnight(arrears.since + 7) <= now);
        hold!(self.is_suspended() == late, "I31: stopped for arrears must be {late}");
        hold!(
            self.opened_months.len() == self.settled.len() + self.passed.len() + account.billing.len(),
            "I14: a month is lost"
        );
        self.past_months(now)?;
        for (id, app) in &self.apps {
            let seen = books.application(*id).ok_or("I5: an application is gone")?;
            app.stands(seen, self.is_suspended(), now).map_err(|why| format!("{why}\n  application {id}"))?;
            self.entitled(books, *id, app)?;
        }
        self.terms_stand(now)
    }

    /// Every month whose settlement has come has a statement, or no service day. What is past does not change.
    fn past_months(&mut self, now: Timestamp) -> Held {
        let due = |no: MonthNo| midnight(first_of(no + 1) + 2) <= now;
        let mut no = self.looked_at.unwrap_or_else(|| month_of(day_of(now)) - 1);
        while due(no) {
            let name = month_name(no);
            hold!(self.settled.contains(&no) == self.served_in(no), "I14, U18: a statement for {name} is there or not");
            no += 1;
        }
        self.looked_at = Some(no);
        Ok(())
    }

    fn balances(&self, account: &OpenAccount) -> Held {
        let seen = [account.cash, account.gift, account.debt(), account.available()].map(fen);
        let counted = [self.cash, self.gift, self.debt(), self.cash + self.gift - self.debt()];
        hold!(seen == counted, "I9: cash, gift, debt, available are {seen:?}, counted {counted:?}");
        hold!(self.cash >= 0 && self.gift >= 0, "U4: a negative balance");
        hold!(self.debt() == 0 || (self.cash, self.gift) == (0, 0), "U3: money lies beside a debt");
        hold!(self.arrears.is_some() == (self.debt() > 0), "I31: in arrears without a debt, or not with one");
        hold!(account.arrears.is_some() == self.arrears.is_some(), "I5: arrears");
        hold!(account.invoices_issued == self.invoices, "I37: the series stands at {}", account.invoices_issued);
        Ok(())
    }

    /// A charge that its own decision must pay.
    pub(super) fn charged(&mut self, invoice: InvoiceId, amount: Fen) -> Held {
        hold!(self.unpaid.insert(invoice, amount).is_none(), "I8: {invoice} charges twice");
        Ok(())
    }

    pub(super) fn site_of(&self, application: ApplicationId) -> Result<DataSite, String> {
        Ok(self.apps.get(&application).ok_or("I25: no such application")?.site)
    }
}
