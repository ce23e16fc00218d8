//! Owns how Books, and rows as they stood, are read: waited for, taken to an instant, looked at.
//!
//! Does not own what is shown (`views`) nor which events count at two times (`engine`).

use std::time::Duration;

use axum::response::Response;
use jiff::Timestamp;
use subledger_domain::books::Working;
use subledger_domain::decide;
use subledger_domain::ids::{AccountId, ApplicationId};
use subledger_eventlog::memory_tables::MemoryTables;
use subledger_projections::{ProgressHandle, Projection, past};

use super::App;
use super::answer;
use super::problem::Problem;
use super::query::Parameters;
use crate::engine::{Subject, Times};
use crate::views;

const PROJECTION_PATIENCE: Duration = Duration::from_secs(5);
const OWN_WRITES_PATIENCE: Duration = Duration::from_secs(1);

/// What every read of one thing takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    /// None: as things stand and are known.
    pub(super) times: Option<Times>,
    pub(super) min_position: Option<u64>,
}

impl Reading {
    /// Takes `as_of`, `known_at` and `min_position` and refuses all else. What was known at an instant is told as of that
    /// instant unless another is asked for: "as we knew it on 2 April" means the state of 2 April.
    pub(super) fn of(mut parameters: Parameters, now: Timestamp) -> Result<Self, Problem> {
        let reading = Self::taken(&mut parameters, now);
        parameters.finish()?;
        Ok(reading)
    }

    /// As [`Reading::of`], of documents: they are issued by an event or not at all, so none is foretold.
    pub(super) fn of_documents(mut parameters: Parameters, now: Timestamp) -> Result<Self, Problem> {
        let reading = Self::taken(&mut parameters, now);
        if reading.times.is_some_and(|times| times.as_of > times.known_at.unwrap_or(now)) {
            parameters.fault("as_of", "must not lie after `known_at`, or after now: no document is foretold");
        }
        parameters.finish()?;
        Ok(reading)
    }

    fn taken(parameters: &mut Parameters, now: Timestamp) -> Self {
        let (as_of, known_at) = (parameters.instant("as_of"), parameters.past_instant("known_at", now));
        let times = as_of.or(known_at).map(|as_of| Times { as_of, known_at });
        Self { times, min_position: parameters.position("min_position") }
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

    /// Looks at a payer's Books as they stood, or will stand if nothing is ordered, at an instant; as they are known, or
    /// were known at another.
    pub(super) async fn then<R>(
        &self,
        account: &AccountId,
        times: Times,
        look: impl Fn(&Working<'_>, Timestamp) -> R,
    ) -> Result<Option<R>, Problem> {
        let at = times.as_of;
        let ahead = self.engine.with_books(account, |books| {
            let is_past = times.known_at.is_some() || books.latest().is_some_and(|latest| at < latest);
            (!is_past).then(|| look(&decide::as_at(Working::over(books), at, &self.engine.catalog()), at))
        });
        match ahead {
            None => Ok(None),
            Some(Some(seen)) => Ok(Some(seen)),
            Some(None) => {
                self.all_that_is_known(times).await?;
                let (books, catalog) =
                    (self.engine.books_at(account, times).await?, self.engine.catalog_at(times).await?);
                Ok(books.map(|books| look(&decide::as_at(Working::over(&books), at, &catalog), at)))
            }
        }
    }

    /// A payer's rows as a projection would have had them at two times; not found before there was that payer.
    pub(super) async fn rows_then(
        &self,
        projection: &dyn Projection,
        account: &AccountId,
        times: Times,
    ) -> Result<MemoryTables, Problem> {
        self.all_that_is_known(times).await?;
        let events = self.engine.events_at(account, times).await?;
        if events.is_empty() {
            return Err(Problem::not_found());
        }
        past::rows(projection, &events).map_err(|fault| Problem::internal(fault.to_string()))
    }

    /// What another node recorded up to then is known, too; this one may not have heard of it.
    async fn all_that_is_known(&self, times: Times) -> Result<(), Problem> {
        match times.known_at {
            Some(_) => Ok(self.engine.confirm_head().await?),
            None => Ok(()),
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
        let seen = match reading.times {
            None => self.now(account, look),
            Some(times) => self.then(account, times, look).await?,
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
