//! Owns how Books are read: waited for, taken to an instant, looked at.
//!
//! Does not own what is shown (`views`).

use std::time::Duration;

use axum::response::Response;
use jiff::Timestamp;
use subledger_domain::books::{Books, Working};
use subledger_domain::decide;
use subledger_domain::ids::{AccountId, ApplicationId};
use subledger_projections::{ProgressHandle, Projection};

use super::App;
use super::answer;
use super::problem::Problem;
use super::query::Parameters;
use crate::engine::Subject;
use crate::views;

const PROJECTION_PATIENCE: Duration = Duration::from_secs(5);
const OWN_WRITES_PATIENCE: Duration = Duration::from_secs(1);

/// What every read of one thing takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    as_of: Option<Timestamp>,
    min_position: Option<u64>,
}

impl Reading {
    /// Takes `as_of` and `min_position` and refuses all else.
    pub(super) fn of(mut parameters: Parameters) -> Result<Self, Problem> {
        let reading = Self { as_of: parameters.instant("as_of"), min_position: parameters.position("min_position") };
        parameters.finish()?;
        Ok(reading)
    }
}

impl App {
    /// Waits for a position and answers the one that what is read next has at least.
    pub(super) async fn reached(&self, min_position: Option<u64>) -> Result<u64, Problem> {
        if let Some(position) = min_position
            && !self.engine.wait_for(position).await
        {
            return Err(Problem::projection_behind());
        }
        Ok(self.engine.position())
    }

    /// As [`App::reached`], for what a projection has folded. Without `min_position` it waits for what this
    /// node knows, so that who has just bought something sees the invoice; a projection that is far behind is not waited
    /// for longer than a moment then, the answer says how far it is.
    pub(super) async fn projected(
        &self,
        projection: &dyn Projection,
        min_position: Option<u64>,
    ) -> Result<u64, Problem> {
        let (wanted, patience) = match min_position {
            Some(position) => (position, PROJECTION_PATIENCE),
            None => (self.engine.position(), OWN_WRITES_PATIENCE),
        };
        let progress = self.progress(projection.name())?;
        match tokio::time::timeout(patience, progress.reached(wanted)).await {
            Ok(Ok(position)) => Ok(position),
            Ok(Err(stopped)) => {
                Err(Problem::not_ready(format!("the {} are no longer kept", projection.name())).because(stopped))
            }
            Err(_) if min_position.is_none() => Ok(progress.position()),
            Err(_) => Err(Problem::projection_behind()),
        }
    }

    fn progress(&self, name: &str) -> Result<&ProgressHandle, Problem> {
        let found = self.projections.iter().find(|(one, _)| *one == name).map(|(_, progress)| progress);
        found.ok_or_else(|| Problem::not_ready(format!("no projection {name} runs here")))
    }

    /// Refuses a payer that is not there, once the log confirms it.
    pub(super) async fn payer(&self, account: &AccountId) -> Result<(), Problem> {
        let known = || self.engine.with_books(account, |_| ()).is_some();
        if known() {
            return Ok(());
        }
        self.engine.confirm_head().await?;
        if known() { Ok(()) } else { Err(Problem::not_found()) }
    }

    /// The payer of an application; one that is not known here is looked for in the log before the answer is no.
    pub(super) async fn payer_of(&self, application: ApplicationId) -> Result<AccountId, Problem> {
        if let Some(account) = self.engine.account_of(application) {
            return Ok(account);
        }
        self.engine.confirm_head().await?;
        self.engine.account_of(application).ok_or_else(Problem::not_found)
    }

    /// Looks at a payer's Books as they stand now; `None` when there is no such payer.
    pub(super) fn now<R>(&self, account: &AccountId, look: impl FnOnce(&Working<'_>, Timestamp) -> R) -> Option<R> {
        let now = self.engine.now();
        self.engine.with_books(account, |books| {
            // Nodes' clocks differ: what has happened has happened, also for a clock that is behind.
            let at = books.latest().map_or(now, |latest| latest.max(now));
            look(&decide::as_at(Working::over(books), at, &self.engine.catalog()), at)
        })
    }

    /// Looks at a payer's Books as they stood, or will stand if nothing is ordered, at an instant.
    pub(super) async fn then<R>(
        &self,
        account: &AccountId,
        at: Timestamp,
        look: impl Fn(&Working<'_>, Timestamp) -> R,
    ) -> Result<Option<R>, Problem> {
        let ahead = self.engine.with_books(account, |books| {
            let is_past = books.latest().is_some_and(|latest| at < latest);
            (!is_past).then(|| look(&decide::as_at(Working::over(books), at, &self.engine.catalog()), at))
        });
        match ahead {
            None => Ok(None),
            Some(Some(seen)) => Ok(Some(seen)),
            Some(None) => {
                let books: Option<Books> = self.engine.books_as_of(account, at).await?;
                Ok(books.map(|books| look(&decide::as_at(Working::over(&books), at, &self.engine.catalog()), at)))
            }
        }
    }

    /// Reads one thing from a payer's Books; `look` answers its text, or `None` when it does not exist there.
    pub(super) async fn read(
        &self,
        account: &AccountId,
        reading: Reading,
        look: impl Fn(&Working<'_>, Timestamp) -> Option<String>,
    ) -> Result<Response, Problem> {
        let position = self.reached(reading.min_position).await?;
        self.payer(account).await?;
        let seen = match reading.as_of {
            None => self.now(account, look),
            Some(at) => self.then(account, at, look).await?,
        };
        answer::resource(position, seen.flatten().ok_or_else(Problem::not_found)?)
    }

    /// Reads a resource that writes answer too, in the same bytes.
    pub(super) async fn read_resource(
        &self,
        account: &AccountId,
        subject: &Subject,
        reading: Reading,
    ) -> Result<Response, Problem> {
        self.read(account, reading, |books, at| views::resource(subject, books, at)).await
    }
}
