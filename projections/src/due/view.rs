//! Owns what is due as the worker reads it.

use jiff::Timestamp;
use serde::Serialize;
use subledger_domain::ids::{AccountId, ApplicationId};
use subledger_domain::timer::TimerKind;
use subledger_eventlog::store::{RowQuery, Store, StoreFault};

use super::table::{DOWNGRADE, DUE, DueRow};
use crate::row::{read, read_nullable, serialize_instant};

const PAGE: u32 = 1_000;

/// One thing that a stream waits for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Due {
    /// When.
    #[serde(serialize_with = "serialize_instant")]
    pub at: Timestamp,
    /// The payer.
    pub account_id: AccountId,
    /// The application it is about; none when it is about the payer.
    pub application_id: Option<ApplicationId>,
    /// The stream that acts, e.g. `subscription/sub_…`.
    pub subject: String,
    /// `period_end`, `statement_draft`, `settlement`, `auto_renewal`, `stop`, `recycle`, `feature_opening`, `reminder`.
    pub kind: String,
    /// The month of a statement.
    pub month: Option<String>,
    /// The feature that opens.
    pub feature: Option<String>,
}

/// Everything due up to an instant, earliest first. Reads the whole table: stores have no question by range yet.
///
/// # Errors
/// [`StoreFault`], also when a row holds what no fold writes.
pub async fn until(store: &dyn Store, at: Timestamp) -> Result<Vec<Due>, StoreFault> {
    let mut due = Vec::new();
    let mut query = RowQuery { equals: Vec::new(), after: None, limit: PAGE };
    loop {
        let page = store.rows(&DUE, &query).await?;
        let ended = page.len() < PAGE as usize;
        for row in page {
            query.after = row.iter().take(DUE.key).cloned().collect();
            due.extend(read_due(DueRow::read(row)?)?.filter(|one| one.at <= at));
        }
        if ended {
            due.sort();
            // A plan that goes down when its term ends waits for one instant, though two rows say so.
            due.dedup();
            return Ok(due);
        }
    }
}

/// What waits for something else first is not due yet, whatever its instant.
fn read_due(row: DueRow) -> Result<Option<Due>, StoreFault> {
    let armed: bool = read(&DUE, "armed", row.armed)?;
    let opens = row.kind.as_deref() == Some(TimerKind::FeatureOpening.name());
    let due = Due {
        at: read(&DUE, "at", row.at)?,
        account_id: read(&DUE, "account_id", row.account_id)?,
        application_id: read_nullable(&DUE, "application_id", row.application_id)?,
        subject: read(&DUE, "subject", row.subject)?,
        kind: read(&DUE, "kind", row.kind)?,
        month: row.part.clone().filter(|part| !opens && !part.is_empty() && part != DOWNGRADE),
        feature: row.part.filter(|_| opens),
    };
    Ok(armed.then_some(due))
}
