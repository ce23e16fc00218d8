//! Owns `verify`: the log is dense, its chain unbroken, every event readable and in its place.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::process::ExitCode;

use subledger_domain::Folded;
use subledger_domain::books::Books;
use subledger_domain::fact::{Event, Fact, Stream};
use subledger_domain::ids::PriceListId;
use subledger_domain::publication::{self, NO_PAYER, Publication};
use subledger_eventlog::record::Recorded;
use subledger_eventlog::store::StoreFault;
use subledger_eventlog::verify::verify;

use super::terminal::{Progress, say};
use super::{Common, Ended, open_to_read};

pub(super) async fn run(common: &Common) -> Ended {
    let store = open_to_read(common).await?;
    let progress = Progress::over("verifying");
    let folded = RefCell::new(Folds::default());
    let checked =
        verify(store.as_ref(), |event| folded.borrow_mut().in_place(event), |done, of| progress.at(done, of)).await;
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

/// What the log has made so far.
#[derive(Default)]
struct Folds {
    /// Every payer's Books.
    books: BTreeMap<String, Books>,
    /// How often each price list was published.
    publications: BTreeMap<PriceListId, (Publication, u64)>,
}

impl Folds {
    /// An event is in its place when it can be read, continues its stream, and folds in the state it meets.
    fn in_place(&mut self, event: &Recorded) -> Result<(), String> {
        let fact: Fact = event.fact().map_err(|fault| fault.to_string())?;
        let (folded, sequence) = match (&fact.stream, &fact.event) {
            (Stream::PriceList(id), Event::PriceList(published)) => self.publish(id, published, event)?,
            (
                Stream::Account(_)
                | Stream::Application(_)
                | Stream::Subscription(_)
                | Stream::AddOn(_)
                | Stream::Usage(_)
                | Stream::PriceList(_),
                Event::Account(_)
                | Event::Application(_)
                | Event::Subscription(_)
                | Event::AddOn(_)
                | Event::Usage(_)
                | Event::PriceList(_),
            ) => {
                let books = self.books.entry(event.account_id.clone()).or_default();
                let folded = books.evolve_recorded(&fact, event.position);
                (folded, books.sequence(&fact.stream))
            }
        };
        placed(&fact, event, folded, sequence)
    }

    /// A published list is what its event says of it, belongs to no payer, and has its day to itself.
    fn publish(
        &mut self,
        id: &PriceListId,
        published: &publication::Event,
        event: &Recorded,
    ) -> Result<(Folded, u64), String> {
        if event.account_id != NO_PAYER {
            return Err(format!("a price list is no payer's, and this one says `{}`", event.account_id));
        }
        let list = published.list().map_err(|fault| fault.to_string())?;
        let mut others = self.publications.values().filter_map(|(publication, _)| publication.published());
        if list.id() != id.as_str() || others.any(|other| other.effective_from == list.effective_from()) {
            return Err(format!("a list with the id or the day of {id} was published before"));
        }
        let (publication, sequence) = self.publications.entry(id.clone()).or_default();
        *sequence += 1;
        Ok((publication.evolve(published), *sequence))
    }
}

fn placed(fact: &Fact, event: &Recorded, folded: Folded, sequence: u64) -> Result<(), String> {
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
