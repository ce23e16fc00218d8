//! Owns the cast of the tests: one payer, a few applications, instants as people write them, the catalogue as it ships
//! and with one policy changed, and events built from the figures a test is about.
//!
//! Does not own any expectation. Nothing here asks the domain when a term ends or what it costs: a fixture that computed
//! its figures the way the code under test does could not contradict it.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use subledger_domain::calendar::Period;
use subledger_domain::catalog::{AddOn, Catalog, CatalogFault, PromotionName};
use subledger_domain::charge::{Charge, Formula, Item};
use subledger_domain::decide::{Command, Order};
use subledger_domain::fact::{Event, Fact, Stream};
use subledger_domain::ids::{
    AccountId, AddOnId, ApplicationId, CommandId, EventId, InvoiceId, LineId, SubscriptionId, VoucherId,
};
use subledger_domain::money::Money;
use subledger_domain::plan::{DataSite, Feature, PaidPlan, Plan, Rights};
use subledger_domain::terms::PlanTerms;
use subledger_domain::{account, application, subscription};
use uuid::Uuid;

/// The application most tests are about.
pub const CHAT: ApplicationId = ApplicationId::FIRST_ALLOCATED;

/// The text of the list in force, as it ships.
const PRICE_LIST: &str = include_str!("../../domain/price_lists/2022-07.toml");

/// The payer of every test that needs one.
pub fn payer() -> AccountId {
    "acme".parse().expect("a well-formed account id")
}

/// An application beside [`CHAT`]: the n-th after it.
pub fn beside_chat(n: u64) -> ApplicationId {
    ApplicationId::try_new(CHAT.number() + n).expect("far below the largest id")
}

/// An instant by Beijing's clock: `2022-10-12`, `2022-10-12 15:30` or `2022-10-12 15:30:00`. Read with a fixed offset
/// and not with the domain's zone, so that the domain's calendar is checked against something.
///
/// # Panics
/// When the text is no date or date and time.
#[track_caller]
pub fn instant(text: &str) -> Timestamp {
    let civil: DateTime = text.parse().unwrap_or_else(|fault| panic!("{text}: {fault}"));
    jiff::tz::offset(8).to_timestamp(civil).expect("a year with four digits")
}

/// A civil day.
///
/// # Panics
/// When the text is no date.
#[track_caller]
pub fn day(text: &str) -> Date {
    text.parse().unwrap_or_else(|fault| panic!("{text}: {fault}"))
}

/// The civil day of an instant by Beijing's clock, counted with a fixed offset.
pub fn civil_day(at: Timestamp) -> Date {
    jiff::tz::offset(8).to_datetime(at).date()
}

/// An amount in yuan, with two decimals.
///
/// # Panics
/// When the text is no such amount.
#[track_caller]
pub fn cny(text: &str) -> Money {
    Money::cny(text).unwrap_or_else(|fault| panic!("{text}: {fault}"))
}

/// The catalogue as it ships; read once a process.
pub fn catalog() -> Catalog {
    static SHIPPED: LazyLock<Catalog> = LazyLock::new(|| Catalog::builtin().expect("the shipped lists are checked"));
    SHIPPED.clone()
}

/// The catalogue with one policy of list `2022-07` changed, its value as TOML: `("expiry_grace_days", "1")`.
///
/// # Panics
/// When the list has no such policy or refuses the value.
#[track_caller]
pub fn catalog_with(policy: &str, value: &str) -> Catalog {
    try_catalog_with(policy, value).unwrap_or_else(|fault| panic!("{policy} = {value}: {fault}"))
}

/// The same, for values that a list may refuse.
///
/// # Errors
/// What the list says against the value.
///
/// # Panics
/// When the list has no such policy.
pub fn try_catalog_with(policy: &str, value: &str) -> Result<Catalog, CatalogFault> {
    let (before, policies) = PRICE_LIST.split_once("\n[policies]\n").expect("the list has policies");
    // The first line of that name is the switch; the one further down names its source.
    let at = policies.find(&format!("{policy} = ")).unwrap_or_else(|| panic!("list 2022-07 has no policy {policy}"));
    let after = policies[at..].split_once('\n').map_or("", |(_, after)| after);
    let text = format!("{before}\n[policies]\n{}{policy} = {value}\n{after}", &policies[..at]);
    Catalog::from_lists(vec![("2022-07.toml".to_owned(), text)])
}

/// What a payer in China agrees to with a plan of list `2022-07`.
pub fn terms(plan: PaidPlan) -> PlanTerms {
    catalog().in_force(instant("2022-10-12")).plan_terms(DataSite::China, plan)
}

/// A plan's rights by list `2022-07`.
pub fn rights(plan: Plan) -> Rights {
    catalog().in_force(instant("2022-10-12")).rights(plan)
}

/// A UUID that says in its last digits which one it is.
pub fn uuid(n: u64) -> Uuid {
    Uuid::from_u64_pair(0x0183_c8a1_0000_7000, 0x8000_0000_0000_0000 | n)
}

/// The n-th invoice.
pub fn invoice(n: u64) -> InvoiceId {
    InvoiceId::from_uuid(uuid(n))
}

/// The n-th invoice's line.
pub fn line(n: u64) -> LineId {
    LineId::from_uuid(uuid(n))
}

/// The n-th agreement.
pub fn agreement(n: u64) -> SubscriptionId {
    SubscriptionId::from_uuid(uuid(n))
}

/// A command of the payer with the given idempotency key.
#[track_caller]
pub fn command(at: &str, key: &str, order: Order) -> Command {
    let at = instant(at);
    Command { id: CommandId::keyed(at, payer().as_str(), key), at, order }
}

/// Keep the payer.
pub fn open_account() -> Order {
    Order::OpenAccount {
        account_id: payer(),
        name: "示例科技 Acme".to_owned(),
        enterprise_verified: true,
        new_customer: true,
    }
}

/// Add to a balance.
#[track_caller]
pub fn deposit(amount: &str, kind: account::DepositKind) -> Order {
    Order::Deposit { amount: cny(amount), kind, reference: format!("bank transfer of {amount}") }
}

/// Give a voucher that may pay anything.
#[track_caller]
pub fn grant(id: &str, face: &str, expires_on: &str) -> Order {
    grant_for(id, face, expires_on, account::VoucherConditions::default())
}

/// Give a voucher.
#[track_caller]
pub fn grant_for(id: &str, face: &str, expires_on: &str, conditions: account::VoucherConditions) -> Order {
    Order::GrantVoucher { voucher_id: voucher(id), face: cny(face), expires_on: day(expires_on), conditions }
}

/// A voucher's id.
///
/// # Panics
/// When the text is no such id.
#[track_caller]
pub fn voucher(id: &str) -> VoucherId {
    id.parse().unwrap_or_else(|fault| panic!("{id}: {fault}"))
}

/// The same order, paid by a voucher first. Only what is paid in advance can be.
///
/// # Panics
/// When nothing is paid in advance.
#[track_caller]
pub fn with_voucher(mut order: Order, id: &str) -> Order {
    match &mut order {
        Order::PurchasePlan { voucher_id, .. }
        | Order::RenewPlan { voucher_id, .. }
        | Order::BuyAddOn { voucher_id, .. }
        | Order::RenewAddOn { voucher_id, .. } => *voucher_id = Some(voucher(id)),
        other => panic!("{} takes no voucher", other.name()),
    }
    order
}

/// The same purchase, with a promotion.
///
/// # Panics
/// When it is no purchase.
#[track_caller]
pub fn promoted(mut order: Order, name: PromotionName) -> Order {
    match &mut order {
        Order::PurchasePlan { promotion, .. } => *promotion = Some(name),
        other => panic!("{} takes no promotion", other.name()),
    }
    order
}

/// Create an application on Trial.
pub fn create(application_id: ApplicationId, data_site: DataSite) -> Order {
    Order::CreateApplication { application_id, name: format!("chat {application_id}"), data_site }
}

/// Buy a plan.
pub fn purchase(application_id: ApplicationId, plan: Plan, months: u32) -> Order {
    let (auto_renew, promotion, voucher_id) = (false, None, None);
    Order::PurchasePlan { application_id, plan, months, auto_renew, promotion, voucher_id }
}

/// Buy a further term.
pub fn renewal(application_id: ApplicationId, months: u32) -> Order {
    Order::RenewPlan { application_id, months, voucher_id: None }
}

/// Buy a value-added service.
pub fn buy_add_on(application_id: ApplicationId, add_on: AddOn, months: u32) -> Order {
    Order::BuyAddOn { application_id, add_on, months, auto_renew: false, voucher_id: None }
}

/// Try one, free.
pub fn try_add_on(application_id: ApplicationId, add_on: AddOn) -> Order {
    Order::TryAddOn { application_id, add_on }
}

/// Buy a further term of one.
pub fn renew_add_on(application_id: ApplicationId, add_on_id: AddOnId, months: u32) -> Order {
    Order::RenewAddOn { application_id, add_on_id, months, voucher_id: None }
}

/// Keep history for so many days.
pub fn keep_history(application_id: ApplicationId, days: u32) -> Order {
    Order::SetHistoryRetention { application_id, days }
}

/// Note a day's usage.
pub fn usage(application_id: ApplicationId, date: Date, dau: u64, peak_groups: u64) -> Order {
    Order::RecordUsage { application_id, date, dau, peak_groups }
}

/// Ask for a feature that is opened on application.
pub fn request(application_id: ApplicationId, feature: Feature) -> Order {
    Order::RequestFeature { application_id, feature }
}

/// No longer ask for it.
pub fn withdraw(application_id: ApplicationId, feature: Feature) -> Order {
    Order::WithdrawFeature { application_id, feature }
}

/// An operator says yes, by ticket OP-1.
pub fn approve(application_id: ApplicationId, feature: Feature) -> Order {
    Order::ApproveFeature { application_id, feature, ticket: Some("OP-1".to_owned()) }
}

/// An operator says no.
pub fn reject(application_id: ApplicationId, feature: Feature) -> Order {
    let (reason, ticket) = (Some("no use was described".to_owned()), Some("OP-2".to_owned()));
    Order::RejectFeature { application_id, feature, reason, ticket }
}

/// An operator stops the service, by ticket OP-3.
pub fn operator_stop(application_id: ApplicationId) -> Order {
    let (reason, ticket) = ("spam was sent".to_owned(), Some("OP-3".to_owned()));
    Order::SuspendApplication { application_id, reason, ticket }
}

/// The operator's stop is over.
pub fn lift(application_id: ApplicationId) -> Order {
    Order::LiftSuspension { application_id }
}

/// The payer exists.
#[track_caller]
pub fn opened(at: &str) -> account::Event {
    account::Event::AccountOpened {
        account_id: payer(),
        name: "示例科技 Acme".to_owned(),
        enterprise_verified: true,
        new_customer: true,
        at: instant(at),
    }
}

/// A balance grew.
#[track_caller]
pub fn deposited(at: &str, amount: &str, kind: account::DepositKind) -> account::Event {
    let reference = format!("bank transfer of {amount}");
    account::Event::MoneyDeposited { amount: cny(amount), kind, reference, at: instant(at) }
}

/// The payer is out of service.
#[track_caller]
pub fn parked(at: &str) -> account::Event {
    account::Event::AccountParked { invariant: "each due date fires exactly once".to_owned(), at: instant(at) }
}

/// An operator has looked.
#[track_caller]
pub fn unparked(at: &str) -> account::Event {
    account::Event::AccountUnparked { ticket: Some("OPS-7".to_owned()), at: instant(at) }
}

/// [`CHAT`] exists, on Trial, in China.
#[track_caller]
pub fn created(at: &str) -> application::Event {
    application::Event::ApplicationCreated {
        application_id: CHAT,
        account_id: payer(),
        name: format!("chat {CHAT}"),
        data_site: DataSite::China,
        rights: rights(Plan::Trial),
        at: instant(at),
    }
}

/// [`CHAT`] is on a plan by the n-th agreement.
#[track_caller]
pub fn entered(at: &str, from: Plan, plan: PaidPlan, n: u64) -> application::Event {
    application::Event::PlanEntered {
        plan,
        from,
        subscription_id: agreement(n),
        rights: rights(plan.into()),
        at: instant(at),
    }
}

/// Months of Pro in China, with every figure given by the test: what is bought, when it begins and ends, what it costs.
#[derive(Debug, Clone, Copy)]
pub struct ProTerm {
    /// When it is paid.
    pub paid: &'static str,
    /// Whole months.
    pub months: u32,
    /// First instant.
    pub start: &'static str,
    /// First instant after.
    pub end: &'static str,
    /// Months × 999.00.
    pub amount: &'static str,
    /// The first reminder.
    pub reminded: &'static str,
    /// Which invoice and line.
    pub n: u64,
}

impl ProTerm {
    /// 2022-10-12 10:00, one month, to 2022-11-11: the term of C9.1.
    pub const C9_1: Self = Self {
        paid: "2022-10-12 10:00",
        months: 1,
        start: "2022-10-12 10:00",
        end: "2022-11-12",
        amount: "999.00",
        reminded: "2022-11-05 09:00",
        n: 1,
    };

    /// The month behind it, paid in the grace.
    pub const BEHIND_C9_1: Self = Self {
        paid: "2022-11-14 12:00",
        months: 1,
        start: "2022-11-12",
        end: "2022-12-12",
        amount: "999.00",
        reminded: "2022-12-05 09:00",
        n: 2,
    };

    /// Its stretch of time.
    pub fn period(self) -> Period {
        Period { start: instant(self.start), end: instant(self.end) }
    }

    /// Its line.
    pub fn charge(self) -> Charge {
        let (unit_price, amount) = (cny("999.00"), cny(self.amount));
        Charge {
            invoice_id: invoice(self.n),
            line_id: line(self.n),
            item: Item::Pro,
            period: self.period(),
            quantity: self.months,
            unit_price,
            amount,
            price_list: "2022-07".to_owned(),
            formula: Formula::MonthlyPrice { monthly_price: unit_price, months: self.months, amount },
            voucher_id: None,
        }
    }

    /// It begins an agreement.
    pub fn started(self) -> subscription::Event {
        subscription::Event::SubscriptionStarted {
            application_id: CHAT,
            months: self.months,
            period: self.period(),
            terms: terms(PaidPlan::Pro),
            charge: self.charge(),
            first_reminder_at: Some(instant(self.reminded)),
            at: instant(self.paid),
        }
    }

    /// It goes on with one.
    pub fn renewed(self) -> subscription::Event {
        subscription::Event::SubscriptionRenewed {
            application_id: CHAT,
            months: self.months,
            period: self.period(),
            terms: terms(PaidPlan::Pro),
            charge: self.charge(),
            first_reminder_at: Some(instant(self.reminded)),
            next_auto_renewal_at: None,
            at: instant(self.paid),
        }
    }
}

/// A fact of the account, as the n-th event of a made-up log.
pub fn of_account(n: u64, event: account::Event) -> Fact {
    placed(n, Stream::Account(payer()), Event::Account(event))
}

/// A fact of [`CHAT`], as the n-th event of a made-up log.
pub fn of_chat(n: u64, event: application::Event) -> Fact {
    placed(n, Stream::Application(CHAT), Event::Application(event))
}

/// A fact of the first agreement, as the n-th event of a made-up log.
pub fn of_agreement(n: u64, event: subscription::Event) -> Fact {
    placed(n, Stream::Subscription(agreement(1)), Event::Subscription(event))
}

fn placed(n: u64, stream: Stream, event: Event) -> Fact {
    let caused_by = CommandId::from_uuid(uuid(n)).to_string();
    Fact { id: EventId::from_uuid(uuid(n)), caused_by, stream, event }
}

/// The application a fact is about; none for what concerns only the payer.
pub fn application_of(fact: &Fact) -> Option<ApplicationId> {
    match &fact.event {
        Event::Account(account::Event::OrderPaid { application_id, .. }) => Some(*application_id),
        _ => fact.application_id(),
    }
}

/// S11 as printed, for Trial, Pro and Flagship; nothing stands for "unlimited". Communities are opened on application:
/// until they are, there is room for none (U44).
pub const QUOTAS: [(&str, [Option<u64>; 3]); 12] = [
    ("users_max", [Some(100), None, None]),
    ("friends_per_user_max", [Some(20), Some(3_000), Some(3_000)]),
    ("groups_per_user_max", [Some(50), Some(500), Some(1_000)]),
    ("group_members_max", [Some(20), Some(200), Some(2_000)]),
    ("groups_max", [Some(100), None, None]),
    ("avchatrooms_max", [Some(10), Some(50), None]),
    ("groups_daily_net_new_max", [Some(100), Some(10_000), Some(10_000)]),
    ("history_retention_days", [Some(7), Some(7), Some(30)]),
    ("dau_included", [Some(100), Some(10_000), Some(10_000)]),
    ("peak_groups_included", [Some(100), Some(100_000), Some(100_000)]),
    ("recent_contacts_max", [Some(100), Some(100), Some(500)]),
    ("communities_max", [Some(0), Some(0), Some(0)]),
];
