//! Owns the resident Books: every payer's, folded up to the node's head, with who owns which application and who has
//! something due when.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use jiff::Timestamp;
use subledger_domain::books::Books;
use subledger_domain::fact::{Fact, Stream};
use subledger_domain::ids::{AccountId, ApplicationId};

/// The fold of the log, by payer.
#[derive(Debug, Default)]
pub(super) struct Residents {
    books: BTreeMap<AccountId, Books>,
    owners: BTreeMap<ApplicationId, AccountId>,
    due: BTreeSet<(Timestamp, AccountId)>,
}

impl Residents {
    pub(super) fn books(&self, account: &AccountId) -> Option<&Books> {
        self.books.get(account)
    }

    pub(super) fn owner(&self, application: ApplicationId) -> Option<&AccountId> {
        self.owners.get(&application)
    }

    /// The smallest application id from one up that no application uses.
    pub(super) fn next_free(&self, first: ApplicationId) -> ApplicationId {
        let mut free = first;
        for (used, _) in self.owners.range(free..) {
            if *used != free {
                break;
            }
            // Ids run far beyond any number of applications; at their end the last one is refused as taken.
            free = ApplicationId::try_new(used.number() + 1).unwrap_or(free);
        }
        free
    }

    /// Folds one event of a payer at its position.
    pub(super) fn fold(&mut self, account: &AccountId, fact: &Fact, position: u64) {
        if let Stream::Application(id) = fact.stream {
            self.owners.entry(id).or_insert_with(|| account.clone());
        }
        let books = self.books.entry(account.clone()).or_default();
        let due_before = books.next_timer().map(|timer| timer.at);
        // What is out of place is reported by `verify`; a node serves what the log says.
        let _ = books.evolve_recorded(fact, position);
        let due_after = books.next_timer().map(|timer| timer.at);
        if due_before != due_after {
            if let Some(at) = due_before {
                self.due.remove(&(at, account.clone()));
            }
            self.due.extend(due_after.map(|at| (at, account.clone())));
        }
    }

    /// The earliest instant anything is due at.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Payers with something due up to an instant, earliest first, then by id.
    pub(super) fn due_until(&self, until: Timestamp, limit: usize) -> Vec<AccountId> {
        self.due.iter().take_while(|(at, _)| *at <= until).take(limit).map(|(_, account)| account.clone()).collect()
    }

    pub(super) fn accounts_after(&self, after: Option<&AccountId>, limit: usize) -> Vec<AccountId> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.books.range((start, Bound::Unbounded)).take(limit).map(|(account, _)| account.clone()).collect()
    }

    pub(super) fn applications_after(
        &self,
        after: Option<ApplicationId>,
        limit: usize,
    ) -> Vec<(ApplicationId, AccountId)> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let owned = self.owners.range((start, Bound::Unbounded)).take(limit);
        owned.map(|(application, account)| (*application, account.clone())).collect()
    }
}
