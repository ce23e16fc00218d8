//! Owns small jobs and batches for the contract: only the fields that a rule is about differ from test to test.

use jiff::{SignedDuration, Timestamp};
use subledger_eventlog::record::{Answer, Batch, CommandKey, Draft, Hash, Head, Job};
use subledger_eventlog::store::{Appended, Store, StoreFault};
use uuid::Uuid;

/// Some seconds into 12 October 2022, Shanghai.
pub(super) fn at(seconds: i64) -> Timestamp {
    let start: Timestamp = "2022-10-12T00:00:00+08:00".parse().expect("an instant");
    start.checked_add(SignedDuration::from_secs(seconds)).expect("an instant of our time")
}

/// Event `sequence` of a stream of the kind `note`, of account `acme`.
pub(super) fn draft(stream: &str, sequence: u64) -> Draft {
    Draft {
        account_id: "acme".to_owned(),
        aggregate_type: "note",
        aggregate_id: stream.to_owned(),
        sequence,
        event_type: "NoteTaken".to_owned(),
        event_version: "1.0".to_owned(),
        payload: format!(r#"{{"stream":"{stream}","sequence":{sequence}}}"#),
        metadata: r#"{"actor":"test"}"#.to_owned(),
        event_id: Uuid::from_u64_pair(u64::from_be_bytes(*b"contract"), sequence),
        command_id: Uuid::from_u128(7),
        effective_at: at(0),
    }
}

/// A job of these events, without an answer, recorded at second 0.
pub(super) fn job(drafts: Vec<Draft>) -> Job {
    Job { drafts, recorded_at: at(0), answer: None, clock: None }
}

/// A key of account `acme`.
pub(super) fn key(key: &str) -> CommandKey {
    CommandKey { scope: "acme".to_owned(), key: key.to_owned() }
}

/// What the caller of a key was told.
pub(super) fn answer(key: CommandKey) -> Answer {
    Answer {
        key,
        fingerprint: Hash([0xa5; 32]),
        command_id: Uuid::from_u128(7),
        status: 201,
        resource: r#"{"id": "sub_1",  "plan":"旗舰版"}"#.to_owned(),
    }
}

/// A job of these events that answers a key.
pub(super) fn answered(name: &str, drafts: Vec<Draft>) -> Job {
    Job { answer: Some(answer(key(name))), ..job(drafts) }
}

/// A batch on top of a head.
pub(super) fn batch(store: &dyn Store, before: Head, jobs: Vec<Job>) -> Batch {
    Batch::seal(store.log_id(), before, jobs)
}

/// Appends at the head as it stands and says that it is written.
pub(super) async fn write(store: &dyn Store, jobs: Vec<Job>) -> Result<Batch, StoreFault> {
    let batch = batch(store, store.head().await?, jobs);
    assert_eq!(store.append(&batch).await?, Appended::Written);
    Ok(batch)
}
