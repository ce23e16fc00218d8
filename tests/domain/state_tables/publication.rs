//! Owns the states and the one step of a publication.

use subledger_domain::publication::{Command, Error, Event, Publication, Published};
use subledger_tests::fixtures::{day, instant};

use super::table::{Driven, each};

fn driven() -> Driven<Publication, Command, Event, Error> {
    Driven {
        title: "Publication of a price list",
        decide: Publication::decide,
        evolve: Publication::evolve,
        // It is no payer's order: `api` gives the codes.
        code: |refusal| match refusal {
            Error::AlreadyPublished => "already_exists".to_owned(),
            Error::NotForTheFuture { .. } => "invalid_request".to_owned(),
        },
    }
}

fn publish(at: &str) -> Command {
    Command::Publish {
        price_list: "2024-01".parse().expect("an id"),
        effective_from: day("2024-01-01"),
        content_hash: "ab".repeat(32),
        text: "id = \"2024-01\"".to_owned(),
        at: instant(at),
    }
}

fn states() -> Vec<(&'static str, Publication)> {
    let lives = each!(Option<Published> {
        None => { "new": vec![] }
        Some(_) => { "published": vec![publish("2023-12-20")] }
    });
    driven().states(lives, |state| state.published().cloned()).collect()
}

pub(super) fn written() -> String {
    let steps = each!(Command {
        Command::Publish { .. } => {
            "publish": publish("2023-12-31 23:59:59"),
            "publish on its own day": publish("2024-01-01"),
        }
    });
    driven().written(&states(), &steps)
}
