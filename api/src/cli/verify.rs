//! Owns `verify`: the log is dense, its chain unbroken, every event readable and in its place.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::process::ExitCode;

use subledger_domain::Folded;
use subledger_domain::books::Books;
use subledger_domain::fact::Fact;
use subledger_eventlog::record::Recorded;
use subledger_eventlog::store::StoreFault;
use subledger_eventlog::verify::verify;

use super::terminal::{Progress, say};
use super::{Common, Ended, open_to_read};

pub(super) async fn run(common: &Common) -> Ended {
    let store = open_to_read(common).await?;
    let progress = Progress::over("verifying");
    let books = RefCell::new(BTreeMap::<String, Books>::new());
    let checked = verify(store.as_ref(), |event| in_place(&books, event), |done, of| progress.at(done, of)).await;
    drop(progress);
    match checked {
        Ok(verified) if common.json => say(serde_json::json!({
            "whole": true, "events": verified.events, "head_hash": verified.head.hash.to_string(),
        })
        .to_string())?,
        Ok(verified) => say(format!(
            "the log is whole: {} events, head {}\n(a tail that was cut off together with the head shows only against a \
             head noted elsewhere)",
            verified.events, verified.head.hash
        ))?,
        Err(StoreFault::Damaged { position, reason }) => {
            if common.json {
                say(serde_json::json!({ "whole": false, "position": position, "reason": reason }).to_string())?;
            } else {
                say(format!("the log is damaged at position {position}: {reason}"))?;
            }
            return Ok(ExitCode::FAILURE);
        }
        Err(fault) => return Err(fault.into()),
    }
    Ok(ExitCode::SUCCESS)
}

/// An event is in its place when it can be read, continues its stream, and folds in the state it meets.
fn in_place(books: &RefCell<BTreeMap<String, Books>>, event: &Recorded) -> Result<(), String> {
    let fact: Fact = event.fact().map_err(|fault| fault.to_string())?;
    let mut books = books.borrow_mut();
    let books = books.entry(event.account_id.clone()).or_default();
    let folded = books.evolve_recorded(&fact, event.position);
    let sequence = books.sequence(&fact.stream);
    if sequence != event.sequence {
        return Err(format!("{} has {sequence} events up to here, this says {}", fact.stream, event.sequence));
    }
    match folded {
        Folded::InPlace => Ok(()),
        Folded::OutOfPlace => {
            Err(format!("a {} cannot happen to {} as it stands there", event.event_type, fact.stream))
        }
    }
}
