//! Owns the rule that two logs side by side do not see each other.

use std::sync::Arc;

use subledger_eventlog::record::Head;
use subledger_eventlog::rows::{Change, Row};
use subledger_eventlog::store::{ClockKind, Store, StoredClock};

use super::Outcome;
use super::fixtures::{answered, at, draft, job, key, write};
use super::projections::{LINES, START, all, line, prepare, step};

pub async fn events_and_heads_are_apart(first: Arc<dyn Store>, second: Arc<dyn Store>) -> Outcome {
    let written = write(&*first, vec![job(vec![draft("a", 1), draft("a", 2)])]).await?;
    assert_eq!(second.head().await?, Head::EMPTY);
    assert_eq!(second.read_after(0, 10).await?, []);
    assert_eq!(second.read_account("acme", 0, 10, 10).await?, []);
    assert_eq!(second.read_stream("note", "a", 0).await?, []);
    // The same stream and sequence is free next door.
    let other = write(&*second, vec![job(vec![draft("a", 1)])]).await?;
    assert_eq!(first.head().await?, written.after);
    assert_eq!(first.read_stream("note", "a", 0).await?, written.events);
    assert_eq!(second.read_stream("note", "a", 0).await?, other.events);
    Ok(())
}

pub async fn keys_are_apart(first: Arc<dyn Store>, second: Arc<dyn Store>) -> Outcome {
    write(&*first, vec![answered("k", vec![])]).await?;
    assert_eq!(second.confirm(&[key("k")]).await?, (Head::EMPTY, vec![]));
    write(&*second, vec![answered("k", vec![])]).await?;
    Ok(())
}

pub async fn clocks_are_apart(first: Arc<dyn Store>, second: Arc<dyn Store>) -> Outcome {
    first.birth(StoredClock { kind: ClockKind::Manual, now: at(0) }).await?;
    assert_eq!(second.clock().await?, None);
    let system = StoredClock { kind: ClockKind::System, now: at(60) };
    assert_eq!(second.birth(system).await?, system);
    Ok(())
}

pub async fn projections_are_apart(first: Arc<dyn Store>, second: Arc<dyn Store>) -> Outcome {
    prepare(&*first).await?;
    prepare(&*second).await?;
    let to = subledger_eventlog::store::Checkpoint { position: 1, ..START };
    let change = |state| [Change::Upsert { table: &LINES, row: line("acme", 1, state) }];
    assert!(step(&*first, START, to, &change("first")).await?);
    assert_eq!(second.checkpoint("contract", 1).await?, Some(START));
    assert_eq!(all(&*second, &LINES).await?, Vec::<Row>::new());
    assert!(step(&*second, START, to, &change("second")).await?);
    assert_eq!(all(&*first, &LINES).await?, [line("acme", 1, "first")]);
    assert_eq!(all(&*second, &LINES).await?, [line("acme", 1, "second")]);
    Ok(())
}
