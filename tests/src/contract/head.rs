//! Owns the rules of a held head.

use std::sync::Arc;
use std::time::Duration;

use subledger_eventlog::record::Head;
use subledger_eventlog::store::{Appended, Store};
use tokio::time::{sleep, timeout};

use super::Outcome;
use super::fixtures::{batch, draft, job, write};

/// Longer than any of these stores needs for one append.
const PATIENCE: Duration = Duration::from_secs(10);

pub async fn a_held_head_keeps_other_appends_waiting(store: Arc<dyn Store>) -> Outcome {
    let held = store.hold_head().await?;
    assert_eq!(held.head(), Head::EMPTY);
    let other = batch(&*store, Head::EMPTY, vec![job(vec![draft("other", 1)])]);
    let waiting = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.append(&other).await }
    });
    sleep(Duration::from_millis(200)).await;
    assert!(!waiting.is_finished(), "an append went past a held head");
    let ours = batch(&*store, held.head(), vec![job(vec![draft("ours", 1)])]);
    assert_eq!(held.append(&ours).await?, Appended::Written);
    let outcome = timeout(PATIENCE, waiting).await.expect("it goes on").expect("it does not panic");
    assert_eq!(outcome?, Appended::Stale);
    assert_eq!(store.read_after(0, 10).await?, ours.events);
    Ok(())
}

pub async fn a_released_head_lets_others_append(store: Arc<dyn Store>) -> Outcome {
    store.hold_head().await?.release().await?;
    timeout(PATIENCE, write(&*store, vec![job(vec![draft("a", 1)])])).await.expect("nobody holds the head")?;
    Ok(())
}

pub async fn a_dropped_head_lets_others_append(store: Arc<dyn Store>) -> Outcome {
    drop(store.hold_head().await?);
    timeout(PATIENCE, write(&*store, vec![job(vec![draft("a", 1)])])).await.expect("nobody holds the head")?;
    Ok(())
}

pub async fn a_held_head_refuses_a_batch_made_for_another(store: Arc<dyn Store>) -> Outcome {
    let first = write(&*store, vec![job(vec![draft("a", 1)])]).await?;
    let held = store.hold_head().await?;
    assert_eq!(held.head(), first.after);
    let stale = batch(&*store, Head::EMPTY, vec![job(vec![draft("b", 1)])]);
    assert_eq!(held.append(&stale).await?, Appended::Stale);
    assert_eq!(store.head().await?, first.after);
    Ok(())
}
