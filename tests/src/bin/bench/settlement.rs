//! Owns the measurement of one month's end: so many applications settled in one move of the clock, beside the store's own
//! copy of the very rows that this wrote.
//!
//! The copy is one statement inside the store, into an empty table with the same keys and indexes: what no ledger on that
//! store can undercut. The projections do not run here; they follow a log, they do not write it.

use std::time::{Duration, Instant};

use futures::future::try_join_all;
use jiff::Timestamp;
use sqlx::{Connection, Executor, PgConnection};
use subledger_api::engine::{Engine, EngineOptions, Subject, Write};
use subledger_domain::account::DepositKind;
use subledger_domain::catalog::Catalog;
use subledger_domain::decide::Order;
use subledger_domain::ids::{AccountId, ApplicationId};
use subledger_domain::money::Money;
use subledger_domain::plan::{DataSite, Plan};
use subledger_eventlog::open::{OpenOptions, open};
use subledger_eventlog::record::{CommandKey, Hash};
use subledger_eventlog::store::{ClockKind, StoredClock};
use subledger_tests::fixtures::{day, instant, purchase};
use subledger_tests::postgres::durable_database;

use crate::contender::Failed;

/// A payer may have 300.
const APPLICATIONS_OF_A_PAYER: u32 = 250;
const BOUGHT: &str = "2022-11-01";
const BEFORE: &str = "2022-12-02 23:59:59";
const SETTLED: &str = "2022-12-03";

/// What one settlement came to.
pub(crate) struct Settled {
    applications: u32,
    statements: u32,
    events: u64,
    took: Duration,
    copy: Duration,
}

impl Settled {
    /// One line of figures.
    pub(crate) fn row(&self) -> String {
        let (took, copy) = (self.took.as_micros().max(1), self.copy.as_micros().max(1));
        let per_second = |count: u64| u128::from(count) * 1_000_000 / took;
        let times = took * 10 / copy;
        format!(
            "{:>8}{:>14}{:>16}{:>12}{:>20}{:>14}",
            self.took.as_millis(),
            per_second(u64::from(self.statements)),
            per_second(u64::from(self.applications)),
            per_second(self.events),
            u128::from(self.events) * 1_000_000 / copy,
            format!("{}.{}", times / 10, times % 10),
        )
    }

    /// What stands over such lines.
    pub(crate) fn head() -> String {
        format!(
            "{:>8}{:>14}{:>16}{:>12}{:>20}{:>14}",
            "ms", "statements/s", "applications/s", "events/s", "copied rows/s", "ms ÷ copy's"
        )
    }
}

/// In a file, every commit synced.
pub(crate) async fn on_sqlite(applications: u32) -> Result<Settled, Failed> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("ledger.db");
    let month = Month::lived(format!("sqlite:{}", file.display()), applications).await?;
    // The file is free once the node's task has noticed that nobody holds it.
    let copy = tokio::task::spawn_blocking(move || copied_in_file(&file, month.after)).await??;
    Ok(month.beside(copy))
}

/// In a database that syncs every commit.
pub(crate) async fn on_postgres(applications: u32) -> Result<Settled, Failed> {
    let url = durable_database("settlement");
    let month = Month::lived(url.clone(), applications).await?;
    let mut owner = PgConnection::connect(&url).await?;
    owner.execute("CREATE TABLE copied (LIKE events INCLUDING ALL)").await?;
    let started = Instant::now();
    let copy = format!("INSERT INTO copied SELECT * FROM events WHERE position > {}", month.after);
    owner.execute(copy.as_str()).await?;
    Ok(month.beside(started.elapsed()))
}

fn copied_in_file(file: &std::path::Path, after: u64) -> Result<Duration, rusqlite::Error> {
    let connection = rusqlite::Connection::open(file)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.execute_batch("PRAGMA synchronous = FULL")?;
    let made: Vec<String> = connection
        .prepare("SELECT sql FROM sqlite_schema WHERE tbl_name = 'events' AND sql IS NOT NULL")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for sql in made {
        let copied = sql.replace("TABLE events", "TABLE copied").replace("ON events", "ON copied");
        connection.execute_batch(&copied.replace("INDEX events_", "INDEX copied_"))?;
    }
    let started = Instant::now();
    connection.execute("INSERT INTO copied SELECT * FROM events WHERE position > ?1", [after])?;
    Ok(started.elapsed())
}

/// A month that was settled, and where the log stood before.
struct Month {
    applications: u32,
    statements: u32,
    after: u64,
    events: u64,
    took: Duration,
}

impl Month {
    /// Every application buys Pro, keeps 90 days and has one busy day in November; then December 3rd comes.
    async fn lived(url: String, applications: u32) -> Result<Self, Failed> {
        let store = open(OpenOptions { url, read_only: false, migrate: false, allow_unsafe: false }).await?;
        let clock = StoredClock { kind: ClockKind::Manual, now: instant(BOUGHT) };
        let options = EngineOptions { clock, due_worker: true };
        let engine = Engine::start(store.clone(), Catalog::builtin()?, options, |_, _| ()).await?;
        let payers = applications.div_ceil(APPLICATIONS_OF_A_PAYER);
        let each = (0..payers).map(|payer| {
            let first = payer * APPLICATIONS_OF_A_PAYER;
            live(&engine, payer, first..applications.min(first + APPLICATIONS_OF_A_PAYER))
        });
        try_join_all(each).await?;
        advance(&engine, instant(BEFORE)).await?;
        let after = engine.position();
        let started = Instant::now();
        advance(&engine, instant(SETTLED)).await?;
        let took = started.elapsed();
        let events = store.head().await?.position - after;
        let mut statements = 0;
        let mut at = after;
        loop {
            let page = store.read_after(at, 5_000).await?;
            let Some(last) = page.last() else { break };
            at = last.position;
            statements += u32::try_from(page.iter().filter(|event| event.event_type == "StatementFinalised").count())?;
        }
        if statements != payers {
            return Err(format!("{payers} payers have {statements} statements").into());
        }
        Ok(Self { applications, statements, after, events, took })
    }

    fn beside(self, copy: Duration) -> Settled {
        let Self { applications, statements, events, took, .. } = self;
        Settled { applications, statements, events, took, copy }
    }
}

/// One payer's life up to now: its orders one after another, while others send theirs.
async fn live(engine: &Engine, payer: u32, applications: std::ops::Range<u32>) -> Result<(), Failed> {
    let account_id: AccountId = format!("payer-{payer}").parse()?;
    let mut orders = vec![
        Order::OpenAccount {
            account_id: account_id.clone(),
            name: account_id.to_string(),
            enterprise_verified: true,
            new_customer: false,
        },
        Order::Deposit { amount: Money::cny("9000000.00")?, kind: DepositKind::Cash, reference: "bench".to_owned() },
    ];
    for number in applications {
        let application_id = ApplicationId::try_new(1_400_000_001 + u64::from(number))?;
        let (name, data_site) = (format!("app {number}"), DataSite::China);
        orders.push(Order::CreateApplication { application_id, name, data_site });
        orders.push(purchase(application_id, Plan::Pro, 3));
        orders.push(Order::SetHistoryRetention { application_id, days: 90 });
        let (dau, peak_groups) = (9_000 + u64::from(number % 30) * 1_000, 90_000);
        orders.push(Order::RecordUsage { application_id, date: day(BOUGHT), dau, peak_groups });
    }
    for (number, order) in orders.into_iter().enumerate() {
        let write = Write {
            key: CommandKey { scope: account_id.to_string(), key: number.to_string() },
            fingerprint: Hash::GENESIS,
            account: account_id.clone(),
            order,
            subject: Subject::Account(account_id.clone()),
            status: 200,
            if_match: None,
            quoted: None,
            actor: "bench".to_owned(),
        };
        engine.submit(write).await?;
    }
    Ok(())
}

async fn advance(engine: &Engine, to: Timestamp) -> Result<(), Failed> {
    let key = CommandKey { scope: "/clock".to_owned(), key: to.to_string() };
    engine.advance(key, Hash::GENESIS, to).await?;
    Ok(())
}
