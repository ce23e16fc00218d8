//! Owns a node: the head, the resident Books, and the one task that decides and appends. Everything HTTP, the worker and
//! the command line want done goes through [`Engine`].
//!
//! Does not own rules (`domain`), rows (`projections`), nor the form of an answer (`views`).

mod batch;
mod commit;
mod node;
mod past;
mod publish;
mod quote;
mod replay;
mod residents;
mod shared;
mod write;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use subledger_domain::application;
use subledger_domain::books::Books;
use subledger_domain::catalog::Catalog;
use subledger_domain::decide::{Order, Refusal};
use subledger_domain::ids::{AccountId, ApplicationId};
use subledger_eventlog::chain;
use subledger_eventlog::record::{CommandKey, Hash, Head};
use subledger_eventlog::store::{Reservation, Store, StoreFault, StoredClock};
use tokio::sync::{mpsc, oneshot, watch};

use crate::clock::Clock;
use node::{Advance, Message, Node, PAGE};
pub use past::Times;
use residents::Residents;
use shared::{Shared, Told};
pub use write::{Accepted, NewApplication, Publish, StaleQuote, Subject, Write, WriteFault};

/// Writes that may wait for the node before callers wait in line.
const INBOX: usize = 8_192;
/// How long a read waits for a position before it gives up.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// How a node runs.
#[derive(Debug, Clone, Copy)]
pub struct EngineOptions {
    /// The clock an unborn ledger gets; one that was born keeps its own.
    pub clock: StoredClock,
    /// Whether things due are decided by themselves. Without it they are decided when the next command comes.
    pub due_worker: bool,
}

/// A handle on the node; clones share it.
#[derive(Clone)]
pub struct Engine {
    store: Arc<dyn Store>,
    shared: Arc<Shared>,
    inbox: mpsc::Sender<Message>,
    /// The price lists before the log published any.
    born_with: Catalog,
}

impl Engine {
    /// Folds the log and starts the node's task. `on_progress` hears (folded, head).
    ///
    /// # Errors
    /// [`StoreFault`]: the store cannot be read, the log is damaged, holds an event this release does not know, or was
    /// born under the other clock.
    pub async fn start(
        store: Arc<dyn Store>,
        catalog: Catalog,
        options: EngineOptions,
        mut on_progress: impl FnMut(u64, u64),
    ) -> Result<Self, StoreFault> {
        let clock = born_clock(store.as_ref(), options.clock).await?;
        let born_with = catalog.clone();
        let (residents, catalog, head) = fold_log(store.as_ref(), catalog, &mut on_progress).await?;
        // After a crash in the middle of `advance` the log may be ahead of where the clock was last kept.
        clock.put_forward(head.recorded_at);
        let shared = Arc::new(Shared::new(catalog, clock, store.is_sole_writer(), residents, head.position));
        let (sender, inbox) = mpsc::channel(INBOX);
        let node = Node {
            store: Arc::clone(&store),
            shared: Arc::clone(&shared),
            inbox,
            head,
            later: Vec::new(),
            due_worker: options.due_worker,
        };
        tokio::spawn(node.run());
        Ok(Self { store, shared, inbox: sender, born_with })
    }

    /// Decides and appends; answers when it is durable. A replay of a known key answers the same bytes.
    ///
    /// # Errors
    /// [`WriteFault`]; nothing is stored then.
    pub async fn submit(&self, write: Write) -> Result<Accepted, WriteFault> {
        let in_flight = self.shared.reserve(&write.key).ok_or(WriteFault::IdempotencyInFlight)?;
        if let Order::OpenAccount { account_id, .. } = &write.order {
            // Which log the account lives in is noted first; harmless when no account follows.
            self.store.reserve_account(account_id.as_str()).await.map_err(unavailable)?;
        }
        let (reply, answer) = oneshot::channel();
        self.ask(Message::Write { write: Box::new(write), in_flight, reply }, answer).await
    }

    /// Decides as [`Engine::submit`] would and answers what the order would come to. Appends nothing; the key does not
    /// count.
    ///
    /// # Errors
    /// As [`Engine::submit`], with the same refusals.
    pub async fn quote(&self, write: Write) -> Result<Accepted, WriteFault> {
        let (reply, answer) = oneshot::channel();
        self.ask(Message::Quote { write: Box::new(write), reply }, answer).await
    }

    /// What [`Engine::create_application`] would answer. No id is reserved: without one asked for, the one that would be
    /// given next is shown, and somebody else may be given it first.
    ///
    /// # Errors
    /// As [`Engine::create_application`].
    pub async fn quote_application(&self, new: NewApplication) -> Result<Accepted, WriteFault> {
        let application = match new.wanted {
            Some(wanted) if !self.may_hold(&new.account, wanted).await? => return Err(WriteFault::AlreadyExists),
            Some(wanted) => wanted,
            None => self.next_application(&new.account).await?,
        };
        self.quote(new.into_write(application)).await
    }

    /// Whether an application id is free, or the account's already.
    async fn may_hold(&self, account: &AccountId, application: ApplicationId) -> Result<bool, WriteFault> {
        let holder = self.store.application_holder(application.number()).await.map_err(unavailable)?;
        Ok(holder.is_none_or(|holder| holder == account.as_str()))
    }

    /// The application id an account would be given next.
    async fn next_application(&self, account: &AccountId) -> Result<ApplicationId, WriteFault> {
        self.confirm_head().await?;
        let mut free = self.shared.residents().next_free(ApplicationId::FIRST_ALLOCATED);
        while !self.may_hold(account, free).await? {
            let behind = ApplicationId::try_new(free.number() + 1)
                .map_err(|fault| WriteFault::Internal { reason: fault.to_string() })?;
            free = self.shared.residents().next_free(behind);
        }
        Ok(free)
    }

    /// Moves the manual clock, settling everything due on the way in order.
    ///
    /// # Errors
    /// [`WriteFault::ClockNotManual`], [`WriteFault::ClockBackwards`].
    pub async fn advance(&self, key: CommandKey, fingerprint: Hash, to: Timestamp) -> Result<Accepted, WriteFault> {
        let in_flight = self.shared.reserve(&key).ok_or(WriteFault::IdempotencyInFlight)?;
        let (reply, answer) = oneshot::channel();
        let advance = Advance { key, fingerprint, to };
        self.ask(Message::Advance { advance, in_flight, reply }, answer).await
    }

    /// Brings a price list into force on its day; answers the list when it is durable.
    ///
    /// # Errors
    /// [`WriteFault::NotPublished`]; nothing is stored then.
    pub async fn publish(&self, publish: Publish) -> Result<Accepted, WriteFault> {
        let in_flight = self.shared.reserve(&publish.key).ok_or(WriteFault::IdempotencyInFlight)?;
        let (reply, answer) = oneshot::channel();
        self.ask(Message::Publish { publish: Box::new(publish), in_flight, reply }, answer).await
    }

    /// The list as it would be shown once it is published; nothing is kept.
    ///
    /// # Errors
    /// As [`Engine::publish`].
    pub fn would_publish(&self, publish: &Publish) -> Result<String, WriteFault> {
        publish::decided(&self.catalog(), publish, self.now()).map(|(_, list)| list)
    }

    /// Whether the clock can be moved to an instant as things stand.
    ///
    /// # Errors
    /// [`WriteFault::ClockNotManual`], [`WriteFault::ClockBackwards`].
    pub fn may_advance(&self, to: Timestamp) -> Result<(), WriteFault> {
        self.shared.may_advance(to)
    }

    async fn ask(
        &self,
        message: Message,
        answer: oneshot::Receiver<Result<Accepted, WriteFault>>,
    ) -> Result<Accepted, WriteFault> {
        let unavailable = |reason: &str| WriteFault::Unavailable { reason: reason.to_owned() };
        self.inbox.send(message).await.map_err(|_| unavailable("the node has stopped"))?;
        answer.await.map_err(|_| unavailable("the node lost its store before it could answer"))?
    }

    /// Creates an application under the id asked for, or the next free one. A replay answers the same bytes and takes
    /// no further id.
    ///
    /// # Errors
    /// As [`Engine::submit`]; [`WriteFault::AlreadyExists`] when another account holds the id.
    pub async fn create_application(&self, new: NewApplication) -> Result<Accepted, WriteFault> {
        let (_, answered) = self.store.confirm(std::slice::from_ref(&new.key)).await.map_err(unavailable)?;
        if let Some(answer) = answered.first() {
            if answer.answer.fingerprint != new.fingerprint {
                return Err(WriteFault::IdempotencyMismatch);
            }
            return replay::from_log(self.store.as_ref(), answer).await.map_err(unavailable)?;
        }
        loop {
            let application = self.reserve_application(&new.account, new.wanted).await?;
            let accepted = self.submit(new.clone().into_write(application)).await;
            let taken =
                matches!(&accepted, Err(WriteFault::Refused(Refusal::Application(application::Error::AlreadyCreated))));
            // A request beside this one was given the same reservation and was quicker; the next one is free.
            if !(taken && new.wanted.is_none()) {
                return accepted;
            }
        }
    }

    async fn reserve_application(
        &self,
        account: &AccountId,
        wanted: Option<ApplicationId>,
    ) -> Result<ApplicationId, WriteFault> {
        let first = ApplicationId::FIRST_ALLOCATED.number();
        let wanted = wanted.map(ApplicationId::number);
        match self.store.reserve_application(account.as_str(), wanted, first).await.map_err(unavailable)? {
            Reservation::HeldByAnother => Err(WriteFault::AlreadyExists),
            Reservation::Held(id) => {
                ApplicationId::try_new(id).map_err(|fault| WriteFault::Internal { reason: fault.to_string() })
            }
        }
    }

    /// Catches up with what the log holds now, so that "there is none" can be said of something.
    ///
    /// # Errors
    /// [`WriteFault::Unavailable`].
    pub async fn confirm_head(&self) -> Result<(), WriteFault> {
        if self.store.is_sole_writer() {
            return Ok(());
        }
        let head = self.store.head().await.map_err(unavailable)?;
        if self.wait_for(head.position).await {
            Ok(())
        } else {
            Err(WriteFault::Unavailable { reason: format!("this node has not come to position {}", head.position) })
        }
    }

    /// What time the ledger says it is.
    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// Whether the clock is a manual one.
    pub fn clock_is_manual(&self) -> bool {
        self.shared.clock.is_manual()
    }

    /// The price lists: those it was started with, and those that the log has published up to this node's position.
    pub fn catalog(&self) -> Catalog {
        self.shared.catalog()
    }

    /// The position up to which this node has folded the log.
    pub fn position(&self) -> u64 {
        *self.shared.position().borrow()
    }

    /// Follows the position, for projections that wait to be woken.
    pub fn positions(&self) -> watch::Receiver<u64> {
        self.shared.position()
    }

    /// Becomes `Some(reason)` when the node has stopped for good and the process should end.
    pub fn stopped(&self) -> watch::Receiver<Option<String>> {
        self.shared.stopped()
    }

    /// Whether this node has heard from the store lately enough to serve rights; else reads answer 503.
    pub fn is_current(&self) -> bool {
        self.shared.is_current()
    }

    /// Waits until the node has folded a position; `false` when it has not after 5 s.
    pub async fn wait_for(&self, position: u64) -> bool {
        let mut positions = self.shared.position();
        let reached = positions.wait_for(|folded| *folded >= position);
        matches!(tokio::time::timeout(WAIT_MAX, reached).await, Ok(Ok(_)))
    }

    /// Looks at a payer's Books as the log has them; `None` when there is no such payer.
    pub fn with_books<R>(&self, account: &AccountId, look: impl FnOnce(&Books) -> R) -> Option<R> {
        self.shared.residents().books(account).map(look)
    }

    /// The payer of an application.
    pub fn account_of(&self, application: ApplicationId) -> Option<AccountId> {
        self.shared.residents().owner(application).cloned()
    }

    /// Payers by id, behind one.
    pub fn accounts(&self, after: Option<&AccountId>, limit: usize) -> Vec<AccountId> {
        self.shared.residents().accounts_after(after, limit)
    }

    /// Applications by id, behind one.
    pub fn applications(&self, after: Option<ApplicationId>, limit: usize) -> Vec<(ApplicationId, AccountId)> {
        self.shared.residents().applications_after(after, limit)
    }
}

fn unavailable(fault: StoreFault) -> WriteFault {
    WriteFault::Unavailable { reason: fault.to_string() }
}

/// An unborn ledger gets the clock it is started with; one that was born refuses the other kind.
async fn born_clock(store: &dyn Store, wanted: StoredClock) -> Result<Clock, StoreFault> {
    let clock = store.birth(wanted).await?;
    if clock.kind == wanted.kind {
        return Ok(Clock::resumed(clock));
    }
    Err(StoreFault::Unusable {
        what: "this ledger was born under the other kind of clock, which is part of what its log means".to_owned(),
        remedy: "start it with the clock it was born under (`--clock system` or `--clock manual:<instant>`), or use \
                 another store"
            .to_owned(),
    })
}

/// Head first, then everything up to it, in order, each event continuing the chain.
async fn fold_log(
    store: &dyn Store,
    mut catalog: Catalog,
    on_progress: &mut impl FnMut(u64, u64),
) -> Result<(Residents, Catalog, Head), StoreFault> {
    let target = store.head().await?;
    let mut residents = Residents::default();
    let mut head = Head::EMPTY;
    while head.position < target.position {
        let page = store.read_after(head.position, PAGE).await?;
        if page.is_empty() {
            let reason = format!("the head says {} events", target.position);
            return Err(StoreFault::Damaged { position: head.position + 1, reason });
        }
        for event in &page {
            if event.position != head.position + 1 || chain::link(store.log_id(), head.hash, event) != event.hash {
                let reason = "it does not continue the chain".to_owned();
                return Err(StoreFault::Damaged { position: head.position + 1, reason });
            }
            match shared::read(event)? {
                Told::OfPayer(account, fact) => residents.fold(&account, &fact, event.position),
                Told::OfCatalog(published) => catalog = shared::joined(&catalog, &published, event.position)?,
            }
            head = Head { position: event.position, hash: event.hash, recorded_at: event.recorded_at };
        }
        on_progress(head.position, target.position);
    }
    Ok((residents, catalog, head))
}
