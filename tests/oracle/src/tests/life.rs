//! Owns how tests tell a life: dates as text, orders as short words, and what is asked afterwards.

use crate::Cause;
use crate::calendar::{Day, Instant, Month};
use crate::document::{Document, Kind};
use crate::oracle::Oracle;
use crate::order::{Answer, Order, Refund, RefundKind, Refusal, Timing, Voucher, Wallet};
use crate::prices::{AddOnKind, List, Plan, Promotion, Site};
use crate::rights::Rights;
use crate::rounding::Fen;
use crate::view::{ApplicationState, ApplicationView};

/// `2022-11-16`.
pub(crate) fn day(text: &str) -> Day {
    let parts: Vec<i32> = text.split('-').map(|part| part.parse().expect("a date of numbers")).collect();
    Day::new(parts[0], parts[1], parts[2])
}

/// `2022-11`.
pub(crate) fn month(text: &str) -> Month {
    day(&format!("{text}-01")).month()
}

/// `2022-11-16`, `2022-11-16 14:00` or `2022-11-16 14:00:01`, in the billing zone.
pub(crate) fn instant(text: &str) -> Instant {
    let (date, time) = text.split_once(' ').unwrap_or((text, "00:00"));
    let parts: Vec<i64> = time.split(':').map(|part| part.parse().expect("a time of numbers")).collect();
    day(date).time(parts[0], parts[1], parts.get(2).copied().unwrap_or(0))
}

/// One payer with application 1 in China.
pub(crate) struct Life(pub(crate) Oracle);

impl Life {
    /// From this instant on, with so much cash.
    pub(crate) fn with_cash(from: &str, cash: Fen) -> Self {
        Self::at(Site::China, List::E2, from, cash)
    }

    /// Rich enough for everything.
    pub(crate) fn rich(from: &str) -> Self {
        Self::with_cash(from, 1_000_000_00)
    }

    pub(crate) fn at(site: Site, list: List, from: &str, cash: Fen) -> Self {
        let mut life = Self(Oracle::under(list));
        life.ok(from, Order::OpenAccount { enterprise_verified: true, new_customer: true });
        life.ok(from, Order::CreateApplication { application: 1, site });
        if cash > 0 {
            life.ok(from, deposit(cash));
        }
        life
    }

    #[track_caller]
    pub(crate) fn ok(&mut self, at: &str, order: Order) -> Answer {
        assert!(self.0.settled_to() <= instant(at), "{at} is over, lives are told forwards");
        match self.0.submit(instant(at), &order) {
            Ok(answer) => answer,
            Err(code) => panic!("{at}: {order:?} was refused: {code}"),
        }
    }

    #[track_caller]
    pub(crate) fn refused(&mut self, at: &str, order: Order, code: Refusal) {
        assert!(self.0.settled_to() <= instant(at), "{at} is over, lives are told forwards");
        self.run(at);
        let before = (self.0.account(), self.0.application_view(1), self.0.documents().len());
        assert_eq!(self.0.submit(instant(at), &order), Err(code), "{at}: {order:?}");
        let after = (self.0.account(), self.0.application_view(1), self.0.documents().len());
        assert_eq!(after, before, "a refusal changes nothing");
    }

    #[track_caller]
    pub(crate) fn run(&mut self, at: &str) -> &mut Self {
        self.ok(at, Order::RunDue);
        self
    }

    #[track_caller]
    pub(crate) fn refund(&mut self, at: &str) -> Refund {
        self.ok(at, refund()).refund.expect("a refund answers how it was made up")
    }

    pub(crate) fn cash(&self) -> Fen {
        self.0.account().cash
    }

    pub(crate) fn debt(&self) -> Fen {
        self.0.account().debt
    }

    /// What the last order cost.
    #[track_caller]
    pub(crate) fn last_order(&self) -> &Document {
        let documents = self.0.documents();
        documents.into_iter().rfind(|document| document.kind == Kind::Order).expect("an order was issued")
    }

    /// The final statement of a month.
    pub(crate) fn statement(&self, of: &str) -> Option<&Document> {
        let documents = self.0.documents();
        let found = documents.into_iter().find(|document| document.month == Some(month(of)));
        found.filter(|document| !document.is_draft)
    }

    #[track_caller]
    pub(crate) fn billed(&self, of: &str) -> Fen {
        self.statement(of).expect("a statement was issued").total
    }

    pub(crate) fn credit_notes(&self) -> Vec<Fen> {
        let documents = self.0.documents();
        documents.iter().filter(|document| document.kind == Kind::CreditNote).map(|note| note.total).collect()
    }

    #[track_caller]
    pub(crate) fn application(&self, id: u64) -> ApplicationView {
        self.0.application_view(id).expect("the application exists")
    }

    #[track_caller]
    pub(crate) fn state(&self) -> ApplicationState {
        self.application(1).state
    }

    pub(crate) fn causes(&self) -> Vec<Cause> {
        let mut causes: Vec<Cause> = self.application(1).stops.iter().map(|(cause, _)| *cause).collect();
        causes.sort();
        causes
    }

    /// The date since which a cause holds.
    #[track_caller]
    pub(crate) fn stopped_on(&self, cause: Cause) -> Day {
        let stops = self.application(1).stops;
        let (_, since) = stops.iter().find(|(named, _)| *named == cause).expect("stopped for this cause");
        Day::of(*since)
    }

    #[track_caller]
    pub(crate) fn paid_through(&self) -> Day {
        self.application(1).subscription.expect("a plan is running").paid_through
    }

    #[track_caller]
    pub(crate) fn rights(&self) -> Rights {
        self.0.rights(1).expect("the application exists")
    }

    /// The last days of all its add-ons.
    pub(crate) fn add_on_ends(&self) -> Vec<Day> {
        self.application(1).add_ons.iter().map(|add_on| add_on.paid_through).collect()
    }
}

pub(crate) fn deposit(amount: Fen) -> Order {
    Order::Deposit { amount, into: Wallet::Cash }
}

pub(crate) fn gift(amount: Fen) -> Order {
    Order::Deposit { amount, into: Wallet::Gift }
}

pub(crate) fn create(application: u64, site: Site) -> Order {
    Order::CreateApplication { application, site }
}

pub(crate) fn buy_for(application: u64, plan: Plan, months: u32) -> Order {
    Order::PurchasePlan { application, plan, months, auto_renew: false, voucher: None, promotion: None }
}

pub(crate) fn buy(plan: Plan, months: u32) -> Order {
    buy_for(1, plan, months)
}

pub(crate) fn buy_auto(application: u64, plan: Plan) -> Order {
    Order::PurchasePlan { application, plan, months: 1, auto_renew: true, voucher: None, promotion: None }
}

pub(crate) fn promote(application: u64, plan: Plan, months: u32, promotion: Promotion) -> Order {
    let promotion = Some(promotion);
    Order::PurchasePlan { application, plan, months, auto_renew: false, voucher: None, promotion }
}

pub(crate) fn buy_with(plan: Plan, months: u32, voucher: u64) -> Order {
    let voucher = Some(voucher);
    Order::PurchasePlan { application: 1, plan, months, auto_renew: false, voucher, promotion: None }
}

pub(crate) fn renew(months: u32) -> Order {
    Order::RenewPlan { application: 1, months, voucher: None }
}

pub(crate) fn auto_renew(enabled: bool) -> Order {
    Order::SetPlanAutoRenew { application: 1, enabled, months: None }
}

pub(crate) fn upgrade() -> Order {
    Order::UpgradePlan { application: 1, voucher: None, months: None }
}

pub(crate) fn downgrade(timing: Timing) -> Order {
    Order::DowngradePlan { application: 1, timing, has_ticket: true }
}

pub(crate) fn cancel_downgrade() -> Order {
    Order::CancelDowngrade { application: 1 }
}

pub(crate) fn refund() -> Order {
    Order::RefundPlan { application: 1, kind: None }
}

pub(crate) fn ordinary_refund() -> Order {
    Order::RefundPlan { application: 1, kind: Some(RefundKind::Ordinary) }
}

pub(crate) fn add_on(add_on: u128, kind: AddOnKind, months: u32) -> Order {
    Order::BuyAddOn { application: 1, add_on, kind, months, auto_renew: false, voucher: None }
}

pub(crate) fn renew_add_on(add_on: u128, months: u32) -> Order {
    Order::RenewAddOn { application: 1, add_on, months, voucher: None }
}

pub(crate) fn refund_add_on(add_on: u128) -> Order {
    Order::RefundAddOn { application: 1, add_on, kind: None }
}

pub(crate) fn keep_history(days: u32) -> Order {
    Order::SetHistoryRetention { application: 1, days }
}

pub(crate) fn usage(date: &str, dau: u64, peak_groups: u64) -> Order {
    Order::RecordUsage { application: 1, date: day(date), dau, peak_groups }
}

pub(crate) fn correct(date: &str, dau: u64) -> Order {
    Order::CorrectUsage { application: 1, date: day(date), dau: Some(dau), peak_groups: None }
}

pub(crate) fn suspend() -> Order {
    Order::Suspend { application: 1, has_ticket: true }
}

pub(crate) fn lift() -> Order {
    Order::LiftSuspension { application: 1 }
}

/// Without conditions.
pub(crate) fn voucher(id: u64, face: Fen, expires_on: &str) -> Voucher {
    Voucher {
        id,
        face,
        expires_on: day(expires_on),
        minimum: None,
        applies_to: Vec::new(),
        months_min: None,
        months_max: None,
        pay_mode: None,
    }
}

/// An account that owes 1,000.00 since the 3rd of November 2022 for Pro's October, paid from 10-12 on for so long.
pub(crate) fn owing_a_thousand(months: u32) -> Life {
    let mut life = Life::with_cash("2022-10-12", 999_00 * i64::from(months));
    life.ok("2022-10-12 10:00", buy(Plan::Pro, months));
    life.ok("2022-10-20 10:00", usage("2022-10-19", 10_001, 0));
    life.run("2022-11-03");
    assert_eq!((life.debt(), life.cash()), (1_000_00, 0));
    life
}
