//! Owns the rules of what is agreed before an append: reservations and the clock.

use std::sync::Arc;

use subledger_eventlog::record::Job;
use subledger_eventlog::store::{ClockKind, Reservation, Store, StoredClock};

use super::Outcome;
use super::fixtures::{at, draft, job, write};

/// Where allocation begins.
const FIRST: u64 = 1_400_000_001;

pub async fn an_application_id_asked_for_is_held(store: Arc<dyn Store>) -> Outcome {
    assert_eq!(store.reserve_application("acme", Some(7), FIRST).await?, Reservation::Held(7));
    assert_eq!(store.reserve_application("acme", Some(7), FIRST).await?, Reservation::Held(7));
    Ok(())
}

pub async fn an_application_id_of_another_account_is_refused(store: Arc<dyn Store>) -> Outcome {
    store.reserve_application("acme", Some(7), FIRST).await?;
    assert_eq!(store.reserve_application("other", Some(7), FIRST).await?, Reservation::HeldByAnother);
    assert_eq!(store.reserve_application("acme", Some(7), FIRST).await?, Reservation::Held(7));
    Ok(())
}

pub async fn who_asks_for_the_holder_of_an_application_id_reserves_nothing(store: Arc<dyn Store>) -> Outcome {
    assert_eq!(store.application_holder(7).await?, None);
    assert_eq!(store.application_holder(7).await?, None);
    store.reserve_application("acme", Some(7), FIRST).await?;
    assert_eq!(store.application_holder(7).await?.as_deref(), Some("acme"));
    assert_eq!(store.application_holder(8).await?, None);
    Ok(())
}

pub async fn application_ids_are_allocated_from_the_first_up(store: Arc<dyn Store>) -> Outcome {
    store.reserve_application("early", Some(FIRST + 1), FIRST).await?;
    for (account, id) in [("a", FIRST), ("b", FIRST + 2), ("c", FIRST + 3)] {
        assert_eq!(store.reserve_application(account, None, FIRST).await?, Reservation::Held(id));
    }
    Ok(())
}

pub async fn a_reservation_without_an_application_is_used_again(store: Arc<dyn Store>) -> Outcome {
    assert_eq!(store.reserve_application("acme", None, FIRST).await?, Reservation::Held(FIRST));
    assert_eq!(store.reserve_application("acme", None, FIRST).await?, Reservation::Held(FIRST));
    let mut registered = draft(&FIRST.to_string(), 1);
    registered.aggregate_type = "application";
    write(&*store, vec![job(vec![registered])]).await?;
    assert_eq!(store.reserve_application("acme", None, FIRST).await?, Reservation::Held(FIRST + 1));
    Ok(())
}

pub async fn an_account_may_be_reserved_twice(store: Arc<dyn Store>) -> Outcome {
    store.reserve_account("acme").await?;
    store.reserve_account("acme").await
}

pub async fn a_clock_is_born_once(store: Arc<dyn Store>) -> Outcome {
    assert_eq!(store.clock().await?, None);
    let born = StoredClock { kind: ClockKind::Manual, now: at(0) };
    assert_eq!(store.birth(born).await?, born);
    let again = StoredClock { kind: ClockKind::System, now: at(60) };
    assert_eq!(store.birth(again).await?, born);
    assert_eq!(store.clock().await?, Some(born));
    Ok(())
}

pub async fn a_manual_clock_moves_with_the_append(store: Arc<dyn Store>) -> Outcome {
    let born = StoredClock { kind: ClockKind::Manual, now: at(0) };
    store.birth(born).await?;
    write(&*store, vec![job(vec![draft("a", 1)])]).await?;
    assert_eq!(store.clock().await?, Some(born));
    let advanced = |seconds| Job { clock: Some(at(seconds)), ..job(vec![]) };
    write(&*store, vec![advanced(60), advanced(120), job(vec![draft("a", 2)])]).await?;
    assert_eq!(store.clock().await?, Some(StoredClock { now: at(120), ..born }));
    Ok(())
}
