//! Owns what the log says at two times (ADR 7): which of a payer's events count, and the Books and price lists that come
//! of them.
//!
//! Does not own what is due up to the instant looked at (`domain`), nor rows (`projections`).

use jiff::Timestamp;
use subledger_domain::books::Books;
use subledger_domain::catalog::Catalog;
use subledger_domain::fact::Fact;
use subledger_domain::ids::AccountId;
use subledger_domain::publication;
use subledger_eventlog::record::Recorded;
use subledger_eventlog::store::StoreFault;

use super::node::PAGE;
use super::shared::{self, Told};
use super::{Engine, WriteFault, unavailable};

/// At which two times the ledger is looked at: what was true by the one, as it was known by the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// Events that are true later do not count.
    pub as_of: Timestamp,
    /// Events that were recorded later do not count; none: what is known now.
    pub known_at: Option<Timestamp>,
}

impl Engine {
    /// A payer's Books as they were true at an instant and known at another, folded from the log. What fell due on the
    /// way is not settled in them. `None` when there was no such payer.
    ///
    /// # Errors
    /// [`WriteFault::Unavailable`].
    pub async fn books_at(&self, account: &AccountId, times: Times) -> Result<Option<Books>, WriteFault> {
        let mut books = Books::default();
        let fold = |recorded: Recorded, told: Told| {
            if let Told::OfPayer(_, fact) = told {
                // A fact out of place is reported by `verify`.
                let _ = books.evolve_recorded(&fact, recorded.position);
            }
            Ok(())
        };
        self.each_event(account.as_str(), times, fold).await?;
        Ok(books.account().is_some().then_some(books))
    }

    /// A payer's events that count at two times, in the log's order.
    ///
    /// # Errors
    /// [`WriteFault::Unavailable`].
    pub async fn events_at(&self, account: &AccountId, times: Times) -> Result<Vec<(Recorded, Fact)>, WriteFault> {
        let mut events = Vec::new();
        let keep = |recorded: Recorded, told: Told| {
            if let Told::OfPayer(_, fact) = told {
                events.push((recorded, fact));
            }
            Ok(())
        };
        self.each_event(account.as_str(), times, keep).await?;
        Ok(events)
    }

    /// The price lists as they were known: what was then expected to come has the prices of then. A list that is in
    /// force by `as_of` counts whatever that is, for every list is published before its day.
    ///
    /// # Errors
    /// [`WriteFault::Unavailable`].
    pub async fn catalog_at(&self, times: Times) -> Result<Catalog, WriteFault> {
        if times.known_at.is_none() {
            return Ok(self.catalog());
        }
        let mut catalog = self.born_with.clone();
        let join = |recorded: Recorded, told: Told| {
            if let Told::OfCatalog(published) = told {
                catalog = shared::joined(&catalog, &published, recorded.position)?;
            }
            Ok(())
        };
        self.each_event(publication::NO_PAYER, Times { as_of: Timestamp::MAX, ..times }, join).await?;
        Ok(catalog)
    }

    /// Record times never decrease along the log, so what is known is its beginning.
    async fn each_event(
        &self,
        account: &str,
        times: Times,
        mut look: impl FnMut(Recorded, Told) -> Result<(), StoreFault>,
    ) -> Result<(), WriteFault> {
        let head = self.position();
        let mut after = 0;
        loop {
            let page = self.store.read_account(account, after, head, PAGE).await.map_err(unavailable)?;
            let last = page.last().filter(|_| page.len() == PAGE as usize).map(|last| last.position);
            for event in page {
                if times.known_at.is_some_and(|known_at| event.recorded_at > known_at) {
                    return Ok(());
                }
                if event.effective_at <= times.as_of {
                    let told = shared::read(&event).map_err(unavailable)?;
                    look(event, told).map_err(unavailable)?;
                }
            }
            match last {
                Some(last) => after = last,
                None => return Ok(()),
            }
        }
    }
}
