//! Owns what is measured: the engine by itself and behind HTTP, on both stores, and stock postgres-es with the same
//! aggregate, the same events and the same server settings.
//!
//! The engine also answers idempotently, keeps positions dense and chains hashes; stock does none of that. Behind HTTP
//! the projections run too, on the same cores as the clients.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::future::try_join_all;
use jiff::Timestamp;
use postgres_es::{PostgresCqrs, default_postgress_pool, postgres_cqrs};
use serde_json::json;
use sqlx::Executor;
use subledger_api::client::Client;
use subledger_api::engine::{Engine, EngineOptions, Subject, Write};
use subledger_api::server::{Server, ServerOptions};
use subledger_domain::account::{self, Account, DepositKind};
use subledger_domain::catalog::Catalog;
use subledger_domain::decide::Order;
use subledger_domain::ids::AccountId;
use subledger_domain::money::Money;
use subledger_eventlog::open::{OpenOptions, open};
use subledger_eventlog::record::{CommandKey, Hash};
use subledger_eventlog::store::{ClockKind, StoredClock};
use subledger_tests::postgres::durable_database;
use tempfile::TempDir;

/// How many accounts are paid into.
pub(crate) const ACCOUNTS: u32 = 4_096;
/// Accounts opened at a time.
const OPENING: usize = 64;

/// Why a measurement has no result.
pub(crate) type Failed = Box<dyn Error + Send + Sync>;

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Stock,
    EngineSqlite,
    EnginePostgres,
    HttpSqlite,
    HttpPostgres,
}

impl Kind {
    pub(crate) const ALL: [Self; 5] =
        [Self::Stock, Self::EngineSqlite, Self::EnginePostgres, Self::HttpSqlite, Self::HttpPostgres];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Stock => "stock-postgres",
            Self::EngineSqlite => "engine-sqlite",
            Self::EnginePostgres => "engine-postgres",
            Self::HttpSqlite => "http-sqlite",
            Self::HttpPostgres => "http-postgres",
        }
    }
}

/// Something that takes deposits.
pub(crate) struct Contender {
    ids: Vec<AccountId>,
    sent: AtomicU64,
    taker: Taker,
    /// Where the file is, if it is one.
    _folder: TempDir,
}

enum Taker {
    Stock(PostgresCqrs<Account>),
    Engine(Engine),
    Http { client: Client, _server: Server },
}

impl Contender {
    pub(crate) async fn start(kind: Kind) -> Result<Arc<Self>, Failed> {
        let folder = tempfile::tempdir()?;
        let file = format!("sqlite:{}", folder.path().join("ledger.db").display());
        let taker = match kind {
            Kind::Stock => Taker::Stock(stock().await?),
            Kind::EngineSqlite => Taker::Engine(engine(file).await?),
            Kind::EnginePostgres => Taker::Engine(engine(durable_database("bench")).await?),
            Kind::HttpSqlite => http(file).await?,
            Kind::HttpPostgres => http(durable_database("bench")).await?,
        };
        let ids = (0..ACCOUNTS).map(|n| format!("payer-{n}").parse()).collect::<Result<Vec<AccountId>, _>>()?;
        let contender = Self { ids, sent: AtomicU64::new(0), taker, _folder: folder };
        for ids in contender.ids.chunks(OPENING) {
            try_join_all(ids.iter().map(|id| contender.open_account(id))).await?;
        }
        Ok(Arc::new(contender))
    }

    /// One command, one event, on disk when this returns.
    pub(crate) async fn deposit(&self, account: u32) -> Result<(), Failed> {
        let id = &self.ids[account as usize];
        let number = self.sent.fetch_add(1, Ordering::Relaxed);
        let (amount, kind, reference) = (Money::cny("1.00")?, DepositKind::Cash, format!("bank transfer {number}"));
        match &self.taker {
            Taker::Stock(framework) => {
                let at = Timestamp::now();
                Ok(framework.execute(id.as_str(), account::Command::Deposit { amount, kind, reference, at }).await?)
            }
            Taker::Engine(engine) => {
                submit(engine, id, number.to_string(), Order::Deposit { amount, kind, reference }).await
            }
            Taker::Http { client, .. } => {
                let body = json!({
                    "amount": { "amount": "1.00", "currency": "CNY" }, "kind": "cash", "reference": reference,
                });
                client.post(&format!("/v1/accounts/{id}/deposits"), &number.to_string(), &body).await?;
                Ok(())
            }
        }
    }

    async fn open_account(&self, id: &AccountId) -> Result<(), Failed> {
        let (account_id, name, at) = (id.clone(), id.to_string(), Timestamp::now());
        let (enterprise_verified, new_customer) = (false, false);
        match &self.taker {
            Taker::Stock(framework) => {
                let open = account::Command::Open { account_id, name, enterprise_verified, new_customer, at };
                Ok(framework.execute(id.as_str(), open).await?)
            }
            Taker::Engine(engine) => {
                let open = Order::OpenAccount { account_id, name, enterprise_verified, new_customer };
                submit(engine, id, "open".to_owned(), open).await
            }
            Taker::Http { client, .. } => {
                client.post("/v1/accounts", id.as_str(), &json!({ "account_id": id, "name": name })).await?;
                Ok(())
            }
        }
    }
}

async fn submit(engine: &Engine, id: &AccountId, key: String, order: Order) -> Result<(), Failed> {
    let write = Write {
        key: CommandKey { scope: id.to_string(), key },
        fingerprint: Hash::GENESIS,
        account: id.clone(),
        order,
        subject: Subject::Account(id.clone()),
        status: 200,
        if_match: None,
        quoted: None,
        actor: "bench".to_owned(),
    };
    engine.submit(write).await?;
    Ok(())
}

fn clock() -> StoredClock {
    StoredClock { kind: ClockKind::System, now: Timestamp::UNIX_EPOCH }
}

async fn engine(url: String) -> Result<Engine, Failed> {
    let store = open(OpenOptions { url, read_only: false, migrate: false, allow_unsafe: false }).await?;
    let options = EngineOptions { clock: clock(), due_worker: true };
    Ok(Engine::start(store, Catalog::builtin()?, options, |_, _| ()).await?)
}

async fn http(store: String) -> Result<Taker, Failed> {
    let options = ServerOptions {
        store,
        listen: ([127, 0, 0, 1], 0).into(),
        clock: clock(),
        catalog: Catalog::builtin()?,
        allow_unsafe_store: false,
    };
    let server = Server::start(options, |_, _| ()).await?;
    Ok(Taker::Http { client: Client::new(format!("http://{}", server.address())), _server: server })
}

/// Stock's own table and pool, on the server our ledger is measured on.
async fn stock() -> Result<PostgresCqrs<Account>, Failed> {
    let pool = default_postgress_pool(&durable_database("stock")).await;
    pool.execute("DROP TABLE events").await?;
    pool.execute(
        "CREATE TABLE events (
            aggregate_type text                         NOT NULL,
            aggregate_id   text                         NOT NULL,
            sequence       bigint CHECK (sequence >= 0) NOT NULL,
            event_type     text                         NOT NULL,
            event_version  text                         NOT NULL,
            payload        json                         NOT NULL,
            metadata       json                         NOT NULL,
            PRIMARY KEY (aggregate_type, aggregate_id, sequence)
        )",
    )
    .await?;
    Ok(postgres_cqrs(pool, Vec::new(), ()))
}
