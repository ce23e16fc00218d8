//! Owns the states and steps of an agreement.

use jiff::Timestamp;
use subledger_domain::charge::{Charge, Item, Refund, RefundKind};
use subledger_domain::decide::Refusal;
use subledger_domain::plan::{PaidPlan, Plan};
use subledger_domain::subscription::{Agreement, Command, Error, Event, Stage, Subscription};
use subledger_tests::fixtures::{CHAT, ProTerm, cny, day, instant, invoice, line, rights, terms};

use super::table::{Driven, One, each};

fn driven() -> Driven<Subscription, Command, Event, Error> {
    Driven {
        title: "Subscription",
        decide: Subscription::decide,
        evolve: Subscription::evolve,
        code: |refusal| Refusal::from(refusal.clone()).code().to_owned(),
    }
}

fn start(plan: PaidPlan) -> Command {
    Command::Start {
        application_id: CHAT,
        months: 1,
        terms: terms(plan),
        discount: None,
        voucher_id: None,
        invoice_id: invoice(1),
        line_id: line(1),
        at: instant("2022-10-12 10:00"),
    }
}

fn renew(plan: PaidPlan) -> Command {
    let at = instant("2022-10-20");
    Command::Renew { months: 1, terms: terms(plan), voucher_id: None, invoice_id: invoice(2), line_id: line(2), at }
}

fn schedule() -> Command {
    let (terms, rights, ticket) = (terms(PaidPlan::Pro), rights(Plan::Pro), "OP-1".to_owned());
    Command::ScheduleDowngrade { terms, rights, ticket, at: instant("2022-10-15") }
}

fn nothing_back() -> Refund {
    Refund { kind: RefundKind::Ordinary, paid: cny("999.00"), used: cny("999.00"), credit: None }
}

fn refund() -> Command {
    Command::Refund { refund: nothing_back(), reason: None, at: instant("2022-11-10 14:00") }
}

fn end_period() -> Command {
    Command::EndPeriod { at: instant("2022-11-12") }
}

fn stop(at: &str) -> Command {
    Command::Stop { at: instant(at) }
}

fn auto_renew(months: Option<u32>) -> Command {
    Command::SetAutoRenew { months, at: instant("2022-10-13") }
}

fn failed(at: &str) -> Command {
    Command::NoteFailedRenewal { reason: "insufficient_balance".to_owned(), at: instant(at) }
}

fn states() -> Vec<(&'static str, Subscription)> {
    let begun = start(PaidPlan::Pro);
    let flagship = start(PaidPlan::Flagship);
    let lives = each!(Subscription {
        Subscription::NotStarted => { "not started": vec![] }
        Subscription::Started(Agreement { stage: Stage::Active, .. }) => {
            "Pro": vec![begun.clone()],
            "Pro, renews itself": vec![begun.clone(), auto_renew(Some(1))],
            "Flagship": vec![flagship.clone()],
            "Flagship, Pro scheduled": vec![flagship.clone(), schedule()],
            "Flagship, Pro scheduled and paid": vec![flagship, schedule(), renew(PaidPlan::Pro)],
        }
        Subscription::Started(Agreement { stage: Stage::Grace { .. }, .. }) => {
            "grace": vec![begun.clone(), end_period()],
        }
        Subscription::Started(Agreement { stage: Stage::Refunded { .. }, .. }) => {
            "refunded": vec![begun.clone(), refund()],
        }
        Subscription::Started(Agreement { stage: Stage::Stopped { .. }, .. }) => {
            "stopped": vec![begun.clone(), end_period(), stop("2022-11-19")],
        }
        Subscription::Started(Agreement { stage: Stage::Ended { .. }, .. }) => {
            "ended": vec![begun, Command::End { at: instant("2022-11-08") }],
        }
    });
    driven().states(lives, Clone::clone).collect()
}

fn steps() -> Vec<One<Command, Command>> {
    let at: Timestamp = instant("2022-10-20");
    let charge = |item| Charge { item, ..ProTerm::C9_1.charge() };
    let (pro, flagship) = (|| terms(PaidPlan::Pro), || terms(PaidPlan::Flagship));
    each!(Command {
        Command::Start { .. } => { "start": start(PaidPlan::Pro) }
        Command::Renew { .. } => { "renew as Pro": renew(PaidPlan::Pro), "renew as Flagship": renew(PaidPlan::Flagship) }
        Command::Remind { .. } => {
            "remind": Command::Remind { on: day("2022-11-05"), at: instant("2022-11-05 09:00") },
            "remind too early": Command::Remind { on: day("2022-11-05"), at: instant("2022-11-05 08:59:59") },
        }
        Command::EndPeriod { .. } => {
            "end what is paid": end_period(),
            "end it too early": Command::EndPeriod { at: instant("2022-11-11 23:59:59") },
        }
        Command::Upgrade { .. } => {
            "upgrade": Command::Upgrade { terms: flagship(), charge: charge(Item::Flagship), at },
            "upgrade to Pro": Command::Upgrade { terms: pro(), charge: charge(Item::Pro), at },
        }
        Command::ScheduleDowngrade { .. } => { "schedule Pro": schedule() }
        Command::CancelDowngrade { .. } => { "take the schedule back": Command::CancelDowngrade { at } }
        Command::DowngradeNow { .. } => {
            "downgrade at once": Command::DowngradeNow {
                terms: pro(),
                rights: rights(Plan::Pro),
                ticket: "OP-1".to_owned(),
                refund: nothing_back(),
                at,
            },
        }
        Command::Refund { .. } => { "give back": refund() }
        Command::SetAutoRenew { .. } => {
            "renew itself": auto_renew(Some(1)),
            "no longer renew itself": auto_renew(None),
        }
        Command::NoteFailedRenewal { .. } => {
            "note a failed renewal": failed("2022-11-11 23:00"),
            "note it too early": failed("2022-11-11 22:59:59"),
        }
        Command::Stop { .. } => { "stop": stop("2022-11-19"), "stop too early": stop("2022-11-17 23:59:59") }
        Command::End { .. } => { "end with its application": Command::End { at: instant("2023-02-08") } }
    })
}

pub(super) fn written() -> String {
    driven().written(&states(), &steps())
}
