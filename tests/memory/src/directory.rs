//! Owns whom application ids belong to.

use std::collections::BTreeMap;

use subledger_eventlog::store::Reservation;

use crate::log::Log;

/// Reservations.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    applications: BTreeMap<u64, String>,
}

impl Directory {
    pub(crate) fn holder(&self, application: u64) -> Option<String> {
        self.applications.get(&application).cloned()
    }

    /// The id asked for and no other; else the account's smallest that no application has come to use, else the smallest
    /// free one from `first` up.
    pub(crate) fn reserve(&mut self, account: &str, wanted: Option<u64>, first: u64, log: &Log) -> Reservation {
        let id = wanted.or_else(|| self.unused(account, log)).unwrap_or_else(|| self.smallest_free(first));
        let holder = self.applications.entry(id).or_insert_with(|| account.to_owned());
        if holder == account { Reservation::Held(id) } else { Reservation::HeldByAnother }
    }

    fn unused(&self, account: &str, log: &Log) -> Option<u64> {
        let own = self.applications.iter().filter(|(_, holder)| *holder == account).map(|(id, _)| *id);
        own.into_iter().find(|id| !log.has_stream("application", &id.to_string()))
    }

    fn smallest_free(&self, first: u64) -> u64 {
        let taken = self.applications.range(first..).map(|(id, _)| *id);
        first + taken.zip(first..).take_while(|(id, expected)| id == expected).count() as u64
    }
}
