//! Owns what a projection is: a name, a version, tables, and a pure fold from one event to row changes.
//!
//! Does not own when it runs (`runner`) nor where rows are kept (a store, or `memory_tables`).

use subledger_domain::fact::{Fact, Stream};
use subledger_eventlog::record::Recorded;
use subledger_eventlog::rows::{Change, Table};

use subledger_eventlog::memory_tables::MemoryTables;

/// Why an event cannot be folded. The runner stops at it; skipping it would make every later row a guess.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FoldFault {
    /// Two places that must name the same thing do not.
    #[error("the event says {what} is {in_event}, the log's row says {in_row}")]
    Contradiction {
        /// What is named.
        what: &'static str,
        /// As the event or its stream has it.
        in_event: String,
        /// As the column has it.
        in_row: String,
    },
    /// What an event debits is not what it credits.
    #[error("the amounts in the event do not add up: {rest} is left")]
    Unbalanced {
        /// Their sum, or why there is none.
        rest: String,
    },
}

/// A pure, stateless fold: events in, row changes out. What it writes stands in the event it is given, so the same log
/// gives the same rows wherever it is cut into steps.
pub trait Projection: Send + Sync {
    /// Its name, for ever.
    fn name(&self) -> &'static str;

    /// Version of its tables and of what they mean. Another version has tables and a checkpoint of its own.
    fn version(&self) -> u32;

    /// The tables it writes.
    fn tables(&self) -> &'static [&'static Table];

    /// What an event does to the rows. Events that mean nothing to it push nothing.
    ///
    /// # Errors
    /// [`FoldFault`], when the event contradicts the row it is stored in.
    fn fold(&self, recorded: &Recorded, fact: &Fact, changes: &mut Vec<Change>) -> Result<(), FoldFault>;

    /// How a reader of an audit would call a row; `None` where the key says it all.
    fn describe(&self, _table: &'static Table, _key: &[String], _rows: &MemoryTables) -> Option<String> {
        None
    }
}

/// An event of a payer stands on the payer's own stream.
pub(crate) fn of_its_payer(recorded: &Recorded, fact: &Fact) -> Result<(), FoldFault> {
    match &fact.stream {
        Stream::Account(id) if id.as_str() == recorded.account_id => Ok(()),
        stream => Err(FoldFault::Contradiction {
            what: "the payer",
            in_event: stream.aggregate_id().into_owned(),
            in_row: recorded.account_id.clone(),
        }),
    }
}
