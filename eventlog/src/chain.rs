//! Owns the hash chain: which bytes each hash covers (documented in docs/hash-chain.md, checked by a ten-line script).

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::record::{Hash, Recorded};

/// An instant as it is hashed and as SQLite stores it: UTC, six decimals.
///
/// ```
/// let at = "2022-10-12T00:00:00+08:00".parse()?;
/// assert_eq!(subledger_eventlog::chain::instant_text(at), "2022-10-11T16:00:00.000000Z");
/// # Ok::<(), jiff::Error>(())
/// ```
pub fn instant_text(at: Timestamp) -> String {
    format!("{at:.6}")
}

/// The hash of an event that follows `previous`: SHA-256 over the previous hash and every column, each a UTF-8 text
/// behind its length in bytes (big-endian, 4 bytes).
pub fn link(log_id: i16, previous: Hash, event: &Recorded) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(previous.0);
    let mut field = |text: &str| {
        // Payloads are bounded far below 4 GiB by the log's own limit.
        hasher.update(u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
        hasher.update(text.as_bytes());
    };
    field(&log_id.to_string());
    field(&event.position.to_string());
    field(&event.account_id);
    field(&event.aggregate_type);
    field(&event.aggregate_id);
    field(&event.sequence.to_string());
    field(&event.event_type);
    field(&event.event_version);
    field(&event.payload);
    field(&event.metadata);
    field(&event.event_id.to_string());
    field(&event.command_id.to_string());
    field(&instant_text(event.effective_at));
    field(&instant_text(event.recorded_at));
    Hash(hasher.finalize().into())
}
