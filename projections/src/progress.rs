//! Owns how far a follower has come, for those who wait for it.
//!
//! Does not own how long anybody waits: callers bound it.

use std::sync::Arc;

use tokio::sync::watch;

/// A follower that will come no further.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the projection stopped at position {position}: {reason}")]
pub struct Stopped {
    /// How far its rows go.
    pub position: u64,
    /// Why it stopped.
    pub reason: String,
}

#[derive(Debug, Default)]
struct Standing {
    position: u64,
    stopped: Option<String>,
}

/// Shared between a follower, which records, and readers, who look or wait.
#[derive(Debug, Clone)]
pub struct ProgressHandle {
    standing: Arc<watch::Sender<Standing>>,
}

impl Default for ProgressHandle {
    fn default() -> Self {
        Self::new()
    }
}

impl ProgressHandle {
    /// Of a follower that has not begun.
    pub fn new() -> Self {
        Self { standing: Arc::new(watch::Sender::new(Standing::default())) }
    }

    /// Position of the last event in the rows, as far as this process knows.
    pub fn position(&self) -> u64 {
        self.standing.borrow().position
    }

    /// Why it stopped, if it did.
    pub fn stopped(&self) -> Option<Stopped> {
        let standing = self.standing.borrow();
        standing.stopped.clone().map(|reason| Stopped { position: standing.position, reason })
    }

    /// Waits until the rows contain a position and answers the one they have come to.
    ///
    /// # Errors
    /// [`Stopped`], when they never will.
    pub async fn reached(&self, position: u64) -> Result<u64, Stopped> {
        let mut standing = self.standing.subscribe();
        let seen = standing.wait_for(|now| now.position >= position || now.stopped.is_some()).await;
        let seen = seen.expect("this handle holds the sender, so the channel is open");
        match &seen.stopped {
            Some(reason) if seen.position < position => {
                Err(Stopped { position: seen.position, reason: reason.clone() })
            }
            Some(_) | None => Ok(seen.position),
        }
    }

    pub(crate) fn record(&self, position: u64) {
        self.standing.send_if_modified(|standing| {
            let moved = standing.position != position;
            standing.position = position;
            moved
        });
    }

    pub(crate) fn stop(&self, reason: String) {
        self.standing.send_modify(|standing| standing.stopped = Some(reason));
    }
}
