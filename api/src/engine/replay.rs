//! Owns answering again what was answered before, from the log alone.

use subledger_eventlog::record::AnsweredCommand;
use subledger_eventlog::store::{Store, StoreFault};

use super::{Accepted, WriteFault, commit};

/// The answer of a known key: its row, and the receipt assembled from its events as they were appended.
pub(super) async fn from_log(
    store: &dyn Store,
    command: &AnsweredCommand,
) -> Result<Result<Accepted, WriteFault>, StoreFault> {
    let count = command.last_position.saturating_sub(command.first_position - 1);
    let events = match u32::try_from(count) {
        Ok(0) => Vec::new(),
        Ok(count) => store.read_after(command.first_position - 1, count).await?,
        Err(_) => return Ok(Err(WriteFault::Internal { reason: format!("a command of {count} events") })),
    };
    Ok(Ok(commit::rendered(command, &events, true)))
}
