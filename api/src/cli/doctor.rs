//! Owns `doctor`: looks at the store, the log's head, the clock, the projections and what is overdue, and says what is
//! not as it should be. Writes nothing.

use std::process::ExitCode;

use jiff::Timestamp;
use subledger_domain::fact::{Event, Fact};
use subledger_domain::publication::{self, NO_PAYER};
use subledger_eventlog::record::Recorded;
use subledger_eventlog::store::{ClockKind, Store, StoreFault};
use subledger_projections::due;

use super::terminal::say;
use super::{Common, Ended, catalog, open_to_read};
use crate::clock::Clock;

/// Timers this much past their instant mean that nobody settles them.
const OVERDUE_AFTER: jiff::SignedDuration = jiff::SignedDuration::from_mins(5);

/// One thing looked at.
struct Finding {
    what: &'static str,
    found: String,
    well: bool,
}

pub(super) async fn run(common: &Common) -> Ended {
    let mut findings = vec![price_lists(common)];
    let opened = open_to_read(common).await;
    match opened {
        Ok(store) => findings.extend(examine(store.as_ref()).await?),
        Err(fault) => findings.push(Finding { what: "store", found: fault.to_string(), well: false }),
    }
    let well = findings.iter().all(|finding| finding.well);
    if common.json {
        let findings: Vec<_> = findings
            .iter()
            .map(|one| serde_json::json!({ "what": one.what, "found": one.found, "well": one.well }))
            .collect();
        say(serde_json::json!({ "well": well, "findings": findings }).to_string())?;
    } else {
        for one in &findings {
            say(format!("{} {:<12} {}", if one.well { "ok  " } else { "LOOK" }, one.what, one.found))?;
        }
    }
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn price_lists(common: &Common) -> Finding {
    match catalog(common) {
        Ok(catalog) => {
            let ids: Vec<&str> = catalog.lists().iter().map(|list| list.id()).collect();
            Finding { what: "price lists", found: ids.join(", "), well: true }
        }
        Err(fault) => Finding { what: "price lists", found: fault.to_string(), well: false },
    }
}

async fn examine(store: &dyn Store) -> Result<Vec<Finding>, StoreFault> {
    let head = store.head().await?;
    let mut findings = vec![Finding {
        what: "log",
        found: format!("{}, {} events, head {}", store.kind(), head.position, head.hash),
        well: true,
    }];
    findings.extend(store.advice().await?.into_iter().map(|found| Finding { what: "store", found, well: false }));
    let now = match store.clock().await? {
        None => {
            findings.push(Finding {
                what: "clock",
                found: "not born yet; `serve` gives it one".to_owned(),
                well: true,
            });
            return Ok(findings);
        }
        Some(clock) => match clock.kind {
            ClockKind::System => {
                findings.push(Finding { what: "clock", found: format!("system, since {}", clock.now), well: true });
                Clock::System.now()
            }
            ClockKind::Manual => {
                findings.push(Finding { what: "clock", found: format!("manual, stands at {}", clock.now), well: true });
                clock.now
            }
        },
    };
    for projection in subledger_projections::all() {
        findings.push(standing(store, projection.name(), projection.version(), head.position).await?);
    }
    findings.push(overdue(store, now).await?);
    findings.extend(published(store, head.position).await?);
    Ok(findings)
}

/// Which lists the log has, each with its first day: the ledger needs those, whatever lists it is started with.
async fn published(store: &dyn Store, head: u64) -> Result<Option<Finding>, StoreFault> {
    let events = store.read_account(NO_PAYER, 0, head, u32::MAX).await?;
    let lists: Vec<Result<String, String>> = events.iter().map(list_in).collect();
    let well = lists.iter().all(Result::is_ok);
    let found = lists.into_iter().map(|list| list.unwrap_or_else(|fault| fault)).collect::<Vec<_>>().join(", ");
    Ok((!events.is_empty()).then_some(Finding { what: "published", found, well }))
}

fn list_in(event: &Recorded) -> Result<String, String> {
    match event.fact::<Fact>().map(|fact| fact.event) {
        Ok(Event::PriceList(publication::Event::PriceListPublished { price_list, effective_from, .. })) => {
            Ok(format!("{price_list} from {effective_from}"))
        }
        Ok(_) => Err(format!("position {} holds no price list", event.position)),
        Err(fault) => Err(format!("position {}: {fault}", event.position)),
    }
}

async fn standing(store: &dyn Store, name: &'static str, version: u32, head: u64) -> Result<Finding, StoreFault> {
    Ok(match store.checkpoint(name, version).await? {
        None => Finding { what: name, found: "never folded; `serve` or `rebuild` does it".to_owned(), well: head == 0 },
        Some(at) => {
            let lag = head.saturating_sub(at.position);
            Finding { what: name, found: format!("v{version} at {}, {lag} behind", at.position), well: lag < 10_000 }
        }
    })
}

/// The due table names what waits; the engine settles from its own memory. Each shows whether the other works.
async fn overdue(store: &dyn Store, now: Timestamp) -> Result<Finding, StoreFault> {
    let late = due::until(store, now.saturating_sub(OVERDUE_AFTER).unwrap_or(now)).await?;
    Ok(match late.first() {
        None => Finding { what: "due", found: "nothing is overdue".to_owned(), well: true },
        Some(first) => Finding {
            what: "due",
            found: format!("{} overdue, first {} of {} at {}", late.len(), first.kind, first.subject, first.at),
            well: false,
        },
    })
}
