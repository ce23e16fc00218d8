//! Owns the one order that belongs to no payer: publishing a price list. It is decided against the catalogue alone.
//!
//! Does not own what a list must be (`catalog`) nor that it must lie in the future (`publication`).

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Decision, Placed};
use crate::catalog::{Catalog, CatalogFault, PriceList};
use crate::fact::{Event, Fact, Stream};
use crate::ids::{CommandId, EventId, IdSeries, PriceListId};
use crate::publication::{self, Publication};

/// Which list shall be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// One that comes with the release.
    OfTheRelease(String),
    /// One from outside, as its text.
    Text(String),
}

/// Why a list is not published. In the order they are looked at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotPublished {
    /// The release has no such list.
    #[error("no price list `{price_list}` comes with this release; send another one as `text`")]
    Unknown {
        /// What was asked for.
        price_list: String,
    },
    /// The text is no price list: everything that is wrong with it.
    #[error("{0}")]
    Faulty(#[from] CatalogFault),
    /// A list is superseded by one of another name, never edited.
    #[error("there is a price list `{price_list}` already")]
    IdTaken {
        /// The id.
        price_list: String,
    },
    /// Of two lists from one day neither supersedes the other.
    #[error("price list `{price_list}` takes effect on {effective_from} already")]
    DayTaken {
        /// The day.
        effective_from: Date,
        /// Whose day it is.
        price_list: String,
    },
    /// The publication itself is refused.
    #[error("{error}")]
    Refused {
        /// Why.
        error: publication::Error,
        /// The line of the text that its day stands on.
        line: usize,
    },
}

/// Decides a publication.
///
/// # Errors
/// [`NotPublished`], the first refusal that fits.
pub fn publish(catalog: &Catalog, wanted: &Wanted, id: CommandId, at: Timestamp) -> Result<Decision, NotPublished> {
    let list = read(catalog, wanted)?;
    not_taken(catalog, &list)?;
    let price_list: PriceListId = list.id().parse().expect("a list's id was checked when it was read");
    let step = publication::Command::Publish {
        price_list: price_list.clone(),
        effective_from: list.effective_from(),
        content_hash: list.content_hash(),
        text: list.text().to_owned(),
        at,
    };
    let refused = |error| NotPublished::Refused { error, line: list.effective_from_line() };
    let events = Publication::default().decide(&step).map_err(refused)?;
    let mut ids = IdSeries::new(id, at);
    let fact = |event| Fact {
        id: EventId::from_uuid(ids.draw()),
        caused_by: id.to_string(),
        stream: Stream::PriceList(price_list.clone()),
        event: Event::PriceList(event),
    };
    let facts = events.into_iter().map(fact).zip(1..).map(|(fact, sequence)| Placed { fact, sequence }).collect();
    Ok(Decision { command_id: id, asked: "publish_price_list", at, facts })
}

fn read(catalog: &Catalog, wanted: &Wanted) -> Result<PriceList, NotPublished> {
    match wanted {
        Wanted::Text(text) => Ok(PriceList::parse("text", text)?),
        Wanted::OfTheRelease(id) => {
            let mut known = catalog.unpublished().iter().chain(catalog.lists());
            let list = known.find(|list| list.id() == id).map(|list| PriceList::clone(list));
            list.ok_or_else(|| NotPublished::Unknown { price_list: id.clone() })
        }
    }
}

fn not_taken(catalog: &Catalog, list: &PriceList) -> Result<(), NotPublished> {
    let waits = |known: &PriceList| known.content_hash() == list.content_hash();
    let another = catalog.unpublished().iter().find(|known| known.id() == list.id()).filter(|known| !waits(known));
    if catalog.list(list.id()).is_some() || another.is_some() {
        return Err(NotPublished::IdTaken { price_list: list.id().to_owned() });
    }
    let effective_from = list.effective_from();
    match catalog.lists().iter().find(|known| known.effective_from() == effective_from) {
        Some(known) => Err(NotPublished::DayTaken { effective_from, price_list: known.id().to_owned() }),
        None => Ok(()),
    }
}
