//! Owns a running ledger: store, engine, projection runners and HTTP, started and stopped together.
//!
//! Does not own the command line.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use subledger_domain::catalog::Catalog;
use subledger_eventlog::migrate;
use subledger_eventlog::open::{OpenOptions, open};
use subledger_eventlog::store::{Store, StoreFault, StoredClock};
use subledger_projections::{ProgressHandle, RunFault, runner};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::engine::{Engine, EngineOptions};
use crate::http::{self, App};

/// How often a projection looks for events that nobody woke it for.
const PROJECTION_POLL: Duration = Duration::from_millis(50);
/// How long requests under way may take to end when the server stops.
const DRAIN_MAX: Duration = Duration::from_secs(10);
/// How long the node may take to end once nobody can ask it any more.
const NODE_END_MAX: Duration = Duration::from_secs(2);

/// What a server is started with.
pub struct ServerOptions {
    /// `sqlite:PATH` or `postgres://…`.
    pub store: String,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The clock an unborn ledger gets.
    pub clock: StoredClock,
    /// The price lists.
    pub catalog: Catalog,
    /// Accept a store whose settings may lose what was acknowledged.
    pub allow_unsafe_store: bool,
}

/// Why a server does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServerFault {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreFault),
    /// A projection.
    #[error(transparent)]
    Projection(#[from] RunFault),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// What was asked for.
        address: SocketAddr,
        /// What the system said.
        reason: std::io::Error,
    },
    /// The node or a projection stopped for good.
    #[error("the ledger stopped: {reason}")]
    Stopped {
        /// Why.
        reason: String,
    },
    /// HTTP ended by itself.
    #[error("the HTTP server ended: {0}")]
    Http(#[from] std::io::Error),
}

/// A running ledger.
pub struct Server {
    address: SocketAddr,
    engine: Engine,
    stop: watch::Sender<bool>,
    http: JoinHandle<std::io::Result<()>>,
    failed: watch::Receiver<Option<String>>,
    runners: Vec<JoinHandle<()>>,
}

impl Server {
    /// Takes the address, opens the store, folds the log (`on_progress` hears folded and head), and serves. Who connects
    /// before the log is folded waits.
    ///
    /// # Errors
    /// [`ServerFault`]; nothing runs then.
    pub async fn start(options: ServerOptions, on_progress: impl FnMut(u64, u64)) -> Result<Self, ServerFault> {
        let address = options.listen;
        // First, so that a taken address is told before a long log is folded, and with nothing to take back.
        let listener = TcpListener::bind(address).await.map_err(|reason| ServerFault::Listen { address, reason })?;
        let address = listener.local_addr()?;
        let store = open(OpenOptions {
            url: options.store,
            read_only: false,
            migrate: false,
            allow_unsafe: options.allow_unsafe_store,
        })
        .await?;
        let engine_options = EngineOptions { clock: options.clock, due_worker: true };
        let engine = Engine::start(Arc::clone(&store), options.catalog, engine_options, on_progress).await?;
        runner::prepare(store.as_ref(), &subledger_projections::all()).await?;
        let warnings = store.advice().await?;
        // Nothing fails from here on, so no runner is left behind by a start that does.
        let (failed, on_failed) = watch::channel(None);
        let (projections, runners) = follow(&store, &engine, &failed);
        let app = App {
            engine: engine.clone(),
            warnings: warnings.into(),
            store,
            projections: projections.into(),
            schema_version: migrate::CURRENT,
        };
        let (stop, mut stopped) = watch::channel(false);
        let drained = async move {
            // An error means the server itself has gone, which is a stop too.
            let _ = stopped.wait_for(|stop| *stop).await;
        };
        let http = tokio::spawn(axum::serve(listener, http::router(app)).with_graceful_shutdown(drained).into_future());
        Ok(Self { address, engine, stop, http, failed: on_failed, runners })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The node behind it.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Serves until `asked` is ready, or the node or a projection stops for good.
    ///
    /// # Errors
    /// [`ServerFault::Stopped`] with the reason.
    pub async fn run_until(self, asked: impl Future<Output = ()>) -> Result<(), ServerFault> {
        let mut node = self.engine.stopped();
        let mut failed = self.failed.clone();
        let reason = tokio::select! {
            () = asked => None,
            reason = first_reason(&mut node) => Some(reason),
            reason = first_reason(&mut failed) => Some(reason),
        };
        self.stop().await?;
        match reason {
            Some(reason) => Err(ServerFault::Stopped { reason }),
            None => Ok(()),
        }
    }

    /// Takes no new requests, lets those under way end, stops. Afterwards the store is free for the next process.
    ///
    /// # Errors
    /// [`ServerFault::Http`].
    pub async fn stop(self) -> Result<(), ServerFault> {
        self.stop.send_replace(true);
        let ended = tokio::time::timeout(DRAIN_MAX, self.http).await;
        for runner in self.runners {
            runner.abort();
            // Cancelled, as asked: only its end matters, since it holds the store.
            let _ = runner.await;
        }
        let node = self.engine.stopped();
        drop(self.engine);
        // Requests that were cut hold the node a little longer; they are not waited for twice.
        let _ = tokio::time::timeout(NODE_END_MAX, gone(node)).await;
        match ended {
            Ok(Ok(ended)) => Ok(ended?),
            // Requests that outlast the drain are cut; their writes are durable or not, and their keys can tell.
            Ok(Err(_)) | Err(_) => Ok(()),
        }
    }
}

/// Ready once the node's task has ended: it alone keeps the other end when every handle is dropped, and lets go of the
/// store before that.
async fn gone(mut node: watch::Receiver<Option<String>>) {
    while node.changed().await.is_ok() {}
}

async fn first_reason(reasons: &mut watch::Receiver<Option<String>>) -> String {
    match reasons.wait_for(Option::is_some).await {
        Ok(reason) => reason.clone().unwrap_or_default(),
        Err(_) => std::future::pending().await,
    }
}

/// Starts a runner for each projection, woken by the node.
fn follow(
    store: &Arc<dyn Store>,
    engine: &Engine,
    failed: &watch::Sender<Option<String>>,
) -> (Vec<(&'static str, ProgressHandle)>, Vec<JoinHandle<()>>) {
    let mut standing = Vec::new();
    let mut runners = Vec::new();
    for projection in subledger_projections::all() {
        let (name, progress) = (projection.name(), ProgressHandle::new());
        standing.push((name, progress.clone()));
        let (store, wake, failed) = (Arc::clone(store), engine.positions(), failed.clone());
        runners.push(tokio::spawn(async move {
            if let Err(fault) = runner::follow(store, projection, progress, wake, PROJECTION_POLL).await {
                failed.send_replace(Some(format!("projection {name}: {fault}")));
            }
        }));
    }
    (standing, runners)
}
