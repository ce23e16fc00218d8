//! Owns the states of each aggregate that pairs are counted in, and which of them one is in.
//!
//! Does not own what is met in them (`events`, `due`, `orders`).

use subledger_domain::account::OpenAccount;
use subledger_domain::add_on::{self, AddOnBought};
use subledger_domain::application::CreatedApplication;
use subledger_domain::books::Working;
use subledger_domain::fact::Stream;
use subledger_domain::plan::Plan;
use subledger_domain::subscription;
use subledger_domain::usage::UsageMonth;

/// An aggregate and its states.
pub(super) const AGGREGATES: [(&str, &[&str]); 5] = [
    ("account", &["not open", "active", "in arrears", "suspended"]),
    ("application", &["not created", "trial", "pro", "flagship", "suspended", "recycled"]),
    ("subscription", &["not started", "active", "going down", "grace", "refunded", "stopped", "ended"]),
    ("add_on", &["not started", "trial", "active", "grace", "ended"]),
    ("usage_month", &["nothing told", "open", "closed"]),
];

/// Of the aggregate that a stream is of.
pub(super) fn of_stream(books: &Working<'_>, stream: &Stream) -> &'static str {
    match stream {
        Stream::Account(_) => of_account(books.account()),
        Stream::Application(id) => of_application(books.application(*id)),
        Stream::Subscription(id) => of_agreement(books.agreement(*id)),
        Stream::AddOn(id) => of_add_on(books.add_on(*id)),
        Stream::Usage(id) => of_month(books.usage(*id)),
        Stream::PriceList(_) => "not published",
    }
}

pub(super) fn of_account(payer: Option<&OpenAccount>) -> &'static str {
    match payer {
        None => "not open",
        Some(payer) if payer.is_suspended() => "suspended",
        Some(payer) if payer.arrears.is_some() => "in arrears",
        Some(_) => "active",
    }
}

pub(super) fn of_application(application: Option<&CreatedApplication>) -> &'static str {
    let Some(application) = application else { return "not created" };
    match (application.recycled_at.is_some(), application.suspensions.is_empty(), application.plan) {
        (true, _, _) => "recycled",
        (false, false, _) => "suspended",
        (false, true, Plan::Trial) => "trial",
        (false, true, Plan::Pro) => "pro",
        (false, true, Plan::Flagship) => "flagship",
    }
}

pub(super) fn of_agreement(agreement: Option<&subscription::Agreement>) -> &'static str {
    let Some(agreement) = agreement else { return "not started" };
    match agreement.stage {
        subscription::Stage::Active if agreement.scheduled.is_some() => "going down",
        subscription::Stage::Active => "active",
        subscription::Stage::Grace { .. } => "grace",
        subscription::Stage::Refunded { .. } => "refunded",
        subscription::Stage::Stopped { .. } => "stopped",
        subscription::Stage::Ended { .. } => "ended",
    }
}

pub(super) fn of_add_on(bought: Option<&AddOnBought>) -> &'static str {
    let Some(bought) = bought else { return "not started" };
    match bought.stage {
        add_on::Stage::Active if bought.is_trial() => "trial",
        add_on::Stage::Active => "active",
        add_on::Stage::Grace { .. } => "grace",
        add_on::Stage::Ended { .. } => "ended",
    }
}

pub(super) fn of_month(month: Option<&UsageMonth>) -> &'static str {
    match month {
        None => "nothing told",
        Some(month) if month.is_closed() => "closed",
        Some(_) => "open",
    }
}
