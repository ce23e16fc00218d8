//! Owns what orders are about, and which are never sent, accepted or refused in which state of it, and why.
//!
//! Does not own whether an answer is right: the oracle and the domain's own tests do.

use jiff::civil::Date;
use subledger_domain::add_on::AddOnBought;
use subledger_domain::books::Working;
use subledger_domain::calendar::Month;
use subledger_domain::catalog::AddOn;
use subledger_domain::decide::Order;
use subledger_domain::ids::{AddOnId, ApplicationId, UsageMonthId};

use super::{Pair, Reasons, reason, states};

/// What an order is about.
enum About {
    Payer,
    Application(ApplicationId),
    Plan(ApplicationId),
    Sold(ApplicationId, AddOn),
    Bought(ApplicationId, AddOnId),
    Usage(ApplicationId, Date),
}

/// The aggregates whose states an order is met in: of what it is about, and of whose that is.
mod met_in {
    #![allow(non_upper_case_globals, reason = "each is called as what an order is about")]

    pub(super) const Payer: &[&str] = &["account"];
    pub(super) const Application: &[&str] = &["account", "application"];
    pub(super) const Plan: &[&str] = &["account", "application", "subscription"];
    pub(super) const Sold: &[&str] = &["account", "application", "add_on"];
    pub(super) const Bought: &[&str] = &["account", "application", "add_on"];
    pub(super) const Usage: &[&str] = &["account", "application", "usage_month"];
}

/// The orders of the ledger, each with what it is about. One that is not named does not compile, so none is forgotten.
macro_rules! orders {
    ($($order:ident { $($field:tt)* } => $about:ident $(($($id:expr),+))?;)+) => {
        const ORDERS: &[(&str, &[&str])] = &[$((stringify!($order), met_in::$about)),+];

        fn about(order: &Order) -> (&'static str, About) {
            match order { $(Order::$order { $($field)* } => (stringify!($order), About::$about $(($($id),+))?),)+ }
        }
    };
}

orders! {
    OpenAccount { .. } => Payer;
    Deposit { .. } => Payer;
    GrantVoucher { .. } => Payer;
    UnparkAccount { .. } => Payer;
    RunDue {} => Payer;
    CreateApplication { application_id, .. } => Application(*application_id);
    SetHistoryRetention { application_id, .. } => Application(*application_id);
    RequestFeature { application_id, .. } => Application(*application_id);
    WithdrawFeature { application_id, .. } => Application(*application_id);
    ApproveFeature { application_id, .. } => Application(*application_id);
    RejectFeature { application_id, .. } => Application(*application_id);
    SuspendApplication { application_id, .. } => Application(*application_id);
    LiftSuspension { application_id } => Application(*application_id);
    PurchasePlan { application_id, .. } => Plan(*application_id);
    RenewPlan { application_id, .. } => Plan(*application_id);
    UpgradePlan { application_id, .. } => Plan(*application_id);
    DowngradePlan { application_id, .. } => Plan(*application_id);
    CancelDowngrade { application_id } => Plan(*application_id);
    RefundPlan { application_id, .. } => Plan(*application_id);
    SetAutoRenew { application_id, .. } => Plan(*application_id);
    BuyAddOn { application_id, add_on, .. } => Sold(*application_id, *add_on);
    TryAddOn { application_id, add_on } => Sold(*application_id, *add_on);
    RenewAddOn { application_id, add_on_id, .. } => Bought(*application_id, *add_on_id);
    RefundAddOn { application_id, add_on_id, .. } => Bought(*application_id, *add_on_id);
    SetAddOnAutoRenew { application_id, add_on_id, .. } => Bought(*application_id, *add_on_id);
    RecordUsage { application_id, date, .. } => Usage(*application_id, *date);
    CorrectUsage { application_id, date, .. } => Usage(*application_id, *date);
}

/// The orders that are met in an aggregate's states.
pub(super) fn of(aggregate: &str) -> Vec<&'static str> {
    ORDERS.iter().filter(|(_, met_in)| met_in.contains(&aggregate)).map(|(order, _)| *order).collect()
}

/// The states that an order meets.
pub(super) fn pairs(books: &Working<'_>, order: &Order) -> impl Iterator<Item = Pair> {
    let (step, about) = about(order);
    let account = Some(("account", states::of_account(books.account())));
    let id = match about {
        About::Payer => None,
        About::Application(id) | About::Plan(id) | About::Sold(id, _) | About::Bought(id, _) | About::Usage(id, _) => {
            Some(id)
        }
    };
    let application = id.map(|id| ("application", states::of_application(books.application(id))));
    let further = match about {
        About::Payer | About::Application(_) => None,
        About::Plan(id) => {
            let agreement = books.application(id).and_then(|application| books.agreement(application.subscription?));
            Some(("subscription", states::of_agreement(agreement)))
        }
        About::Sold(id, add_on) => Some(("add_on", states::of_add_on(of_its_kind(books, id, add_on)))),
        About::Bought(_, id) => Some(("add_on", states::of_add_on(books.add_on(id)))),
        About::Usage(application_id, date) => {
            let month = UsageMonthId { application_id, month: Month::of(date) };
            Some(("usage_month", states::of_month(books.usage(month))))
        }
    };
    let states = [account, application, further].into_iter().flatten();
    states.map(move |(aggregate, state)| Pair { aggregate, state, step })
}

/// The one that runs, or one that has ended.
fn of_its_kind<'b>(books: &'b Working<'_>, id: ApplicationId, add_on: AddOn) -> Option<&'b AddOnBought> {
    let mut of_kind = books.add_ons_of(id).map(|(_, bought)| bought).filter(|b| b.add_on().kind() == add_on.kind());
    let first = of_kind.next()?;
    Some(std::iter::once(first).chain(of_kind).find(|bought| bought.is_running()).unwrap_or(first))
}

const OPENED_FIRST: &str = "an account opens first";
const IN_ARREARS: &str = "nothing is sold in arrears (U1)";
const IN_A_STOP: &str = "refused in a stop (U45)";
const OF_FLAGSHIP: &str = "features on application are Flagship's (S8, S9)";

/// What no life asks for.
pub(super) const NEVER_SENT: Reasons = &[
    ("account", &[], &["UnparkAccount"], "no invariant is broken, so nobody is parked"),
    ("account", &["not open"], &["RunDue"], "nothing is due before there is a payer"),
];

/// The first that fits is told.
pub(super) const NEVER_ACCEPTED: Reasons = &[
    ("account", &["active", "in arrears", "suspended"], &["OpenAccount"], "an account opens once"),
    (
        "account",
        &["in arrears", "suspended"],
        &[
            "CreateApplication",
            "PurchasePlan",
            "RenewPlan",
            "UpgradePlan",
            "BuyAddOn",
            "TryAddOn",
            "RenewAddOn",
            "RequestFeature",
        ],
        IN_ARREARS,
    ),
    ("account", &["suspended"], &["SetHistoryRetention", "DowngradePlan"], "every application is stopped with it (U1)"),
    ("application", &["recycled"], &[], "what is recycled is gone (U34)"),
    ("application", &["trial", "pro", "flagship", "suspended"], &["CreateApplication"], "it is created once"),
    (
        "application",
        &["trial"],
        &["RenewPlan", "UpgradePlan", "DowngradePlan", "CancelDowngrade", "RefundPlan", "SetAutoRenew"],
        "nothing is bought on Trial that could be changed or given back",
    ),
    ("application", &["trial"], &["SetHistoryRetention"], "refused on Trial (S18)"),
    (
        "application",
        &["trial"],
        &["BuyAddOn", "RenewAddOn", "RefundAddOn", "SetAddOnAutoRenew"],
        "nothing but the call trial is had on Trial (U41)",
    ),
    (
        "application",
        &["trial", "pro"],
        &["RequestFeature", "WithdrawFeature", "ApproveFeature", "RejectFeature"],
        OF_FLAGSHIP,
    ),
    ("application", &["pro"], &["DowngradePlan", "CancelDowngrade"], "it is on the lowest plan that is sold (S7)"),
    ("application", &["flagship"], &["UpgradePlan"], "it is on Flagship"),
    (
        "application",
        &["suspended"],
        &[
            "SetHistoryRetention",
            "RequestFeature",
            "UpgradePlan",
            "DowngradePlan",
            "BuyAddOn",
            "TryAddOn",
            "RenewAddOn",
        ],
        IN_A_STOP,
    ),
    ("subscription", &["active", "going down", "grace"], &["PurchasePlan"], "it runs: it is renewed instead (U21)"),
    ("subscription", &["active"], &["CancelDowngrade"], "none is scheduled (U27)"),
    ("subscription", &["going down"], &["UpgradePlan"], "it is on Flagship"),
    ("subscription", &["going down"], &["DowngradePlan"], "one is scheduled (U27)"),
    (
        "subscription",
        &["grace"],
        &["UpgradePlan", "DowngradePlan", "CancelDowngrade", "RefundPlan"],
        "nothing paid is left to change or give back (U24, U33)",
    ),
    (
        "subscription",
        &["refunded"],
        &["UpgradePlan", "DowngradePlan", "CancelDowngrade", "RefundPlan", "SetAutoRenew"],
        "it was given back (U32)",
    ),
    (
        "subscription",
        &["stopped"],
        &["UpgradePlan", "DowngradePlan", "CancelDowngrade", "RefundPlan", "SetAutoRenew"],
        "it is over; what is bought is another agreement (U21)",
    ),
    ("subscription", &["ended"], &[], "it ended with its application, which is gone (U34)"),
    ("add_on", &["trial", "active", "grace"], &["TryAddOn"], "one runs (U41)"),
    ("add_on", &["active", "grace"], &["BuyAddOn"], "one runs (U41)"),
    ("add_on", &["trial"], &["RenewAddOn", "RefundAddOn", "SetAddOnAutoRenew"], "a trial only ends (U41)"),
    ("add_on", &["grace"], &["RefundAddOn"], "nothing paid is left (U33)"),
    (
        "add_on",
        &["ended"],
        &["RenewAddOn", "RefundAddOn", "SetAddOnAutoRenew"],
        "it is over; what is bought is another one (U36)",
    ),
    ("add_on", &["not started"], &["RenewAddOn", "RefundAddOn", "SetAddOnAutoRenew"], "it starts first"),
    ("usage_month", &["closed"], &["RecordUsage"], "it is closed; what follows corrects it (U38)"),
];

/// What comes into being by being accepted.
const BEGINNINGS: [(&str, &str); 3] =
    [("account", "OpenAccount"), ("application", "CreateApplication"), ("subscription", "PurchasePlan")];

/// The first that fits is told.
pub(super) const NEVER_REFUSED: Reasons = &[
    ("account", &["not open"], &["OpenAccount"], "whoever comes is kept"),
    ("account", &["active", "in arrears", "suspended"], &["RunDue"], "nothing is asked for"),
    (
        "application",
        &["trial", "pro", "flagship", "suspended"],
        &["LiftSuspension"],
        "a lift of what is not stopped is true already (U40)",
    ),
];

pub(super) fn why_never_sent(pair: &Pair) -> Option<&'static str> {
    reason(NEVER_SENT, pair)
}

pub(super) fn why_never_accepted(pair: &Pair) -> Option<&'static str> {
    let begins = BEGINNINGS.contains(&(pair.aggregate, pair.step));
    let first = match (pair.aggregate, pair.state) {
        _ if begins => None,
        ("account", "not open") => Some(OPENED_FIRST),
        ("application", "not created") => Some("it is created first"),
        ("subscription", "not started") => Some("it starts first"),
        _ => None,
    };
    why_never_sent(pair).or(first).or_else(|| reason(NEVER_ACCEPTED, pair))
}

pub(super) fn why_never_refused(pair: &Pair) -> Option<&'static str> {
    why_never_sent(pair).or_else(|| reason(NEVER_REFUSED, pair))
}
