//! Owns the states and steps of a bought add-on.

use subledger_domain::add_on::{AddOnBought, AddOnDeal, AddOnPurchase, Command, EndCause, Error, Event, Stage};
use subledger_domain::catalog::{AddOn, CallVariant};
use subledger_domain::charge::{Refund, RefundKind};
use subledger_domain::decide::Refusal;
use subledger_domain::plan::{DataSite, Plan};
use subledger_tests::fixtures::{CHAT, catalog, cny, day, instant, invoice, line};

use super::table::{Driven, One, each};

fn driven() -> Driven<AddOnPurchase, Command, Event, Error> {
    Driven {
        title: "Add-on",
        decide: AddOnPurchase::decide,
        evolve: AddOnPurchase::evolve,
        code: |refusal| Refusal::from(refusal.clone()).code().to_owned(),
    }
}

fn deal(add_on: AddOn) -> AddOnDeal {
    let catalog = catalog();
    let list = catalog.in_force(instant("2022-11-01"));
    let terms = list.add_on(add_on, DataSite::China, Plan::Pro).expect("it is sold");
    AddOnDeal { terms, policies: list.policies() }
}

fn start() -> Command {
    let (deal, at) = (deal(AddOn::GroupMembers), instant("2022-11-01 10:00"));
    Command::Start {
        application_id: CHAT,
        months: 1,
        deal,
        voucher_id: None,
        invoice_id: invoice(1),
        line_id: line(1),
        at,
    }
}

fn renew() -> Command {
    let (deal, at) = (deal(AddOn::GroupMembers), instant("2022-11-15"));
    Command::Renew { months: 1, deal, voucher_id: None, invoice_id: invoice(2), line_id: line(2), at }
}

fn try_out() -> Command {
    let deal = deal(AddOn::AvCall(CallVariant::Trial));
    Command::StartTrial { application_id: CHAT, deal, days: 7, at: instant("2022-11-01 10:00") }
}

fn expire(at: &str) -> Command {
    Command::Expire { at: instant(at) }
}

fn end(cause: EndCause, at: &str) -> Command {
    Command::End { cause, at: instant(at) }
}

fn auto_renew(months: Option<u32>) -> Command {
    Command::SetAutoRenew { months, at: instant("2022-11-02") }
}

fn failed(at: &str) -> Command {
    Command::NoteFailedRenewal { reason: "insufficient_balance".to_owned(), at: instant(at) }
}

fn states() -> Vec<(&'static str, AddOnPurchase)> {
    let lives = each!(AddOnPurchase {
        AddOnPurchase::NotStarted => { "not started": vec![] }
        AddOnPurchase::Started(AddOnBought { stage: Stage::Active, .. }) => {
            "active": vec![start()],
            "renews itself": vec![start(), auto_renew(Some(1))],
            "trial": vec![try_out()],
        }
        AddOnPurchase::Started(AddOnBought { stage: Stage::Grace { .. }, .. }) => {
            "grace": vec![start(), expire("2022-12-01")],
        }
        AddOnPurchase::Started(AddOnBought { stage: Stage::Ended { .. }, .. }) => {
            "ended": vec![start(), expire("2022-12-01"), end(EndCause::Expired, "2022-12-08")],
        }
    });
    driven().states(lives, Clone::clone).collect()
}

fn steps() -> Vec<One<Command, Command>> {
    let nothing = Refund { kind: RefundKind::Ordinary, paid: cny("500.00"), used: cny("500.00"), credit: None };
    each!(Command {
        Command::Start { .. } => { "start": start() }
        Command::StartTrial { .. } => { "try": try_out() }
        Command::Renew { .. } => { "renew": renew() }
        Command::Remind { .. } => {
            "remind": Command::Remind { on: day("2022-11-24"), at: instant("2022-11-24 09:00") },
            "remind too early": Command::Remind { on: day("2022-11-24"), at: instant("2022-11-24 08:59:59") },
        }
        Command::Expire { .. } => { "end what is paid": expire("2022-12-01"), "end it too early": expire("2022-11-07") }
        Command::Refund { .. } => {
            "give back": Command::Refund { refund: nothing, reason: None, at: instant("2022-11-05") },
        }
        Command::SetAutoRenew { .. } => {
            "renew itself": auto_renew(Some(1)),
            "no longer renew itself": auto_renew(None),
        }
        Command::NoteFailedRenewal { .. } => {
            "note a failed renewal": failed("2022-11-30 23:00"),
            "note it too early": failed("2022-11-30 22:59:59"),
        }
        Command::End { cause: EndCause::Expired, .. } => { "end": end(EndCause::Expired, "2022-12-08") }
        Command::End { cause: EndCause::Superseded, .. } => { "end for a paid one": end(EndCause::Superseded, "2022-11-05") }
        Command::End { cause: EndCause::Recycled, .. } => {
            "end with its application": end(EndCause::Recycled, "2023-02-08"),
        }
        Command::End { cause: EndCause::Refunded, .. } => { "end given back": end(EndCause::Refunded, "2022-11-05") }
    })
}

pub(super) fn written() -> String {
    driven().written(&states(), &steps())
}
