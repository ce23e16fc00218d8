//! Owns the proof that a log is whole: every position there, every hash right, every event readable, and the head at its
//! end.
//!
//! Does not own what an event means (the caller brings the reader). It cannot see a tail cut off together with the head:
//! that shows only against a head noted outside.

use crate::chain;
use crate::record::{Head, Recorded};
use crate::store::{Store, StoreFault};

/// Events read at a time.
const PAGE: u32 = 5_000;

/// A log that was found whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Where it ends. What is appended while it is being verified may be part of it.
    pub head: Head,
    /// How many events it holds.
    pub events: u64,
}

/// Reads the whole log and checks it; also beside a process that appends. `decode` says why an event cannot be read, if
/// it cannot; `on_progress` hears the position reached and the head's.
///
/// # Errors
/// [`StoreFault::Damaged`] with the first position that is wrong; any fault of reading.
pub async fn verify(
    store: &dyn Store,
    decode: impl Fn(&Recorded) -> Result<(), String>,
    mut on_progress: impl FnMut(u64, u64),
) -> Result<Verified, StoreFault> {
    let head = store.head().await?;
    let mut reached = Head::EMPTY;
    let mut is_at_end = false;
    // One page past the head too: a log must not go on above it.
    while !is_at_end && reached.position <= head.position {
        let page = store.read_after(reached.position, PAGE).await?;
        is_at_end = page.len() < PAGE as usize;
        for event in &page {
            reached = follow(store.log_id(), reached, event, &decode)?;
            if reached.position == head.position {
                assert_same(head, reached)?;
            }
        }
        on_progress(reached.position, head.position.max(reached.position));
    }
    if reached.position < head.position {
        return Err(damaged(reached.position + 1, format!("the event is missing, the head is at {}", head.position)));
    }
    if reached.position == 0 {
        assert_same(head, reached)?;
    }
    if reached.position > head.position && store.head().await?.position < reached.position {
        return Err(damaged(head.position + 1, "the event is above the head".to_owned()));
    }
    Ok(Verified { head: reached, events: reached.position })
}

/// The head after one more event, if it is the one that must follow.
fn follow(
    log_id: i16,
    reached: Head,
    event: &Recorded,
    decode: impl Fn(&Recorded) -> Result<(), String>,
) -> Result<Head, StoreFault> {
    let expected = reached.position + 1;
    if event.position != expected {
        return Err(damaged(expected, format!("the event is missing, the next is at {}", event.position)));
    }
    let hash = chain::link(log_id, reached.hash, event);
    if hash != event.hash {
        return Err(damaged(expected, format!("its hash is {}, its columns hash to {hash}", event.hash)));
    }
    decode(event).map_err(|reason| damaged(expected, reason))?;
    Ok(Head { position: event.position, hash, recorded_at: event.recorded_at })
}

fn assert_same(head: Head, reached: Head) -> Result<(), StoreFault> {
    if head == reached {
        return Ok(());
    }
    Err(damaged(
        head.position,
        format!(
            "the head says hash {} at {}, the log says {} at {}",
            head.hash, head.recorded_at, reached.hash, reached.recorded_at
        ),
    ))
}

fn damaged(position: u64, reason: String) -> StoreFault {
    StoreFault::Damaged { position, reason }
}
