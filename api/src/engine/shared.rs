//! Owns what the node's task and its readers share: the Books behind a lock, the clock, which keys are being answered,
//! how fresh the node is.
//!
//! Does not own writing: only the node's task folds.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use subledger_domain::catalog::Catalog;
use subledger_domain::fact::{Event, Fact};
use subledger_domain::ids::AccountId;
use subledger_domain::publication;
use subledger_eventlog::record::{CommandKey, Recorded};
use subledger_eventlog::store::StoreFault;
use tokio::sync::watch;

use super::WriteFault;
use super::residents::Residents;
use crate::clock::Clock;

/// A node that has heard nothing for longer serves no rights (design §3.3).
const FRESH_FOR: Duration = Duration::from_secs(2);

pub(super) struct Shared {
    catalog: RwLock<Catalog>,
    pub(super) clock: Clock,
    pub(super) sole_writer: bool,
    residents: RwLock<Residents>,
    in_flight: Arc<Mutex<HashSet<CommandKey>>>,
    position: watch::Sender<u64>,
    heard_at: Mutex<Instant>,
    stopped: watch::Sender<Option<String>>,
}

/// A key that is being answered; free again when this is dropped.
pub(super) struct InFlight {
    keys: Arc<Mutex<HashSet<CommandKey>>>,
    key: CommandKey,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

impl Shared {
    pub(super) fn new(catalog: Catalog, clock: Clock, sole_writer: bool, residents: Residents, position: u64) -> Self {
        Self {
            catalog: RwLock::new(catalog),
            clock,
            sole_writer,
            residents: RwLock::new(residents),
            in_flight: Arc::default(),
            position: watch::Sender::new(position),
            heard_at: Mutex::new(Instant::now()),
            stopped: watch::Sender::new(None),
        }
    }

    /// Whether the clock can be moved to an instant as things stand.
    pub(super) fn may_advance(&self, to: Timestamp) -> Result<(), WriteFault> {
        let now = self.clock.now();
        match self.clock.is_manual() {
            false => Err(WriteFault::ClockNotManual),
            true if to < now => Err(WriteFault::ClockBackwards { now }),
            true => Ok(()),
        }
    }

    /// The Books as the log has them. A lock left by a panic still guards whole Books: folding is one event at a time.
    pub(super) fn residents(&self) -> RwLockReadGuard<'_, Residents> {
        self.residents.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Folds what this node appended, whose facts it still has in hand.
    pub(super) fn fold_own(&self, events: &[Recorded], facts: &[(AccountId, Fact)]) {
        {
            let mut residents = self.residents.write().unwrap_or_else(PoisonError::into_inner);
            for (event, (account, fact)) in events.iter().zip(facts) {
                residents.fold(account, fact, event.position);
            }
        }
        if let Some(last) = events.last() {
            self.position.send_replace(last.position);
        }
    }

    /// Folds an event as the log holds it: another node's, or a published list of our own.
    pub(super) fn fold_recorded(&self, event: &Recorded) -> Result<(), StoreFault> {
        match read(event)? {
            Told::OfPayer(account, fact) => {
                self.residents.write().unwrap_or_else(PoisonError::into_inner).fold(&account, &fact, event.position);
            }
            Told::OfCatalog(published) => {
                let with_it = joined(&self.catalog(), &published, event.position)?;
                *self.catalog.write().unwrap_or_else(PoisonError::into_inner) = with_it;
            }
        }
        self.position.send_replace(event.position);
        Ok(())
    }

    /// The price lists as the log has them. Whoever decides takes them once: a list that comes later is for later.
    pub(super) fn catalog(&self) -> Catalog {
        self.catalog.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn position(&self) -> watch::Receiver<u64> {
        self.position.subscribe()
    }

    /// Reserves a key for one caller; `None` while another request with it has no answer.
    pub(super) fn reserve(&self, key: &CommandKey) -> Option<InFlight> {
        let mut keys = self.in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        keys.insert(key.clone()).then(|| InFlight { keys: Arc::clone(&self.in_flight), key: key.clone() })
    }

    pub(super) fn heard(&self) {
        *self.heard_at.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    pub(super) fn is_current(&self) -> bool {
        let heard_at = *self.heard_at.lock().unwrap_or_else(PoisonError::into_inner);
        self.stopped.borrow().is_none() && (self.sole_writer || heard_at.elapsed() < FRESH_FOR)
    }

    pub(super) fn stop(&self, fault: &StoreFault) {
        self.stopped.send_replace(Some(fault.to_string()));
    }

    pub(super) fn stopped(&self) -> watch::Receiver<Option<String>> {
        self.stopped.subscribe()
    }
}

/// Whose event it is and what it says.
#[expect(clippy::large_enum_variant, reason = "one at a time, folded where it is read; nearly all are the large one")]
pub(super) enum Told {
    /// A payer's.
    OfPayer(AccountId, Fact),
    /// The catalogue's, which touches every payer and belongs to none.
    OfCatalog(publication::Event),
}

pub(super) fn read(event: &Recorded) -> Result<Told, StoreFault> {
    let damaged = |reason: String| StoreFault::Damaged { position: event.position, reason };
    let fact: Fact = event.fact().map_err(|fault| damaged(fault.to_string()))?;
    if let Event::PriceList(published) = fact.event {
        return Ok(Told::OfCatalog(published));
    }
    let account = event.account_id.parse().map_err(|fault| damaged(format!("account id: {fault}")))?;
    Ok(Told::OfPayer(account, fact))
}

/// The catalogue with a published list in it. A node that cannot use what the log published serves nothing rather than
/// old prices.
pub(super) fn joined(catalog: &Catalog, published: &publication::Event, at: u64) -> Result<Catalog, StoreFault> {
    published.fold_into(catalog).map_err(|fault| StoreFault::Unusable {
        what: format!("the price list published at position {at} cannot be used: {fault}"),
        remedy: "start with price lists that do not clash with what was published, and with a release that reads it"
            .to_owned(),
    })
}
