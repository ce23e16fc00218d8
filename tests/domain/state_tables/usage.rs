//! Owns the states and steps of a usage month.

use subledger_domain::decide::Refusal;
use subledger_domain::usage::{Command, Error, Event, UsageMonth};
use subledger_tests::fixtures::{CHAT, day, instant};

use super::table::{Driven, One, each};

fn driven() -> Driven<UsageMonth, Command, Event, Error> {
    Driven {
        title: "Usage month",
        decide: UsageMonth::decide,
        evolve: UsageMonth::evolve,
        code: |refusal| Refusal::from(refusal.clone()).code().to_owned(),
    }
}

fn record(date: &str, dau: u64) -> Command {
    let (date, at) = (day(date), instant("2022-11-02 10:00"));
    Command::Record { application_id: CHAT, date, dau, peak_groups: 7, over_cap: false, at }
}

fn correct(dau: Option<u64>) -> Command {
    Command::Correct {
        application_id: CHAT,
        date: day("2022-11-01"),
        dau,
        peak_groups: None,
        over_cap: false,
        reason: "the meter was wrong".to_owned(),
        at: instant("2022-12-05"),
    }
}

fn close() -> Command {
    Command::Close { at: instant("2022-12-03") }
}

fn states() -> Vec<(&'static str, UsageMonth)> {
    let told = record("2022-11-01", 5);
    let lives = each!(bool {
        false => { "untold": vec![], "open": vec![told.clone()] }
        true => { "closed": vec![told, close()] }
    });
    driven().states(lives, UsageMonth::is_closed).collect()
}

fn steps() -> Vec<One<Command, Command>> {
    each!(Command {
        Command::Record { .. } => {
            "a new day": record("2022-11-02", 1),
            "a known day, the same": record("2022-11-01", 5),
            "a known day, other": record("2022-11-01", 6),
        }
        Command::Correct { .. } => { "correct": correct(Some(9)), "correct to what is known": correct(None) }
        Command::Close { .. } => { "close": close() }
    })
}

pub(super) fn written() -> String {
    driven().written(&states(), &steps())
}
