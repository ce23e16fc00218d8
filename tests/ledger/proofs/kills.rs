//! Owns the proof by kill: a server under load from eight clients is killed at a random instant, a hundred times on each
//! store, and whatever was acknowledged is there once, whole, and answered again to the byte.

use std::time::Duration;

use futures::future::{join, join_all};
use subledger_domain::fact::Fact;
use subledger_eventlog::record::Recorded;
use subledger_eventlog::verify::verify;

use super::log_check::{Acknowledged, faults};
use super::place::{Place, assert_audited, until_caught_up, whole_log};
use super::process::{self, BIRTH, Served, kill_while_starting};
use super::seed::Seeded;
use super::trade::{Resolved, Trader};
use super::wire::Wire;

const CLIENTS: usize = 8;
/// Ledgers that each live through some kills: short logs start quickly, so that most time goes into kills.
const LIVES: usize = 10;
const KILLS_OF_A_LIFE: usize = 10;
/// Writes of one client between two kills. It bounds the log, not the race: most are killed before.
const WRITES_MAX: u32 = 20;

/// What the kills hit, so that a harness that stops hitting anything is noticed.
#[derive(Debug, Default)]
struct Hits {
    acknowledged: usize,
    open_and_written: usize,
    open_and_lost: usize,
}

/// The one that moves the manual clock, so that timers are under way too.
struct Mover {
    /// Moves acknowledged.
    told: Vec<Acknowledged>,
    moves: i64,
    is_open: bool,
}

impl Mover {
    /// Moves four days on. A life has at most as many moves that no application is ever recycled, which would be a
    /// reason to refuse.
    async fn advance(&mut self, wire: &Wire) -> bool {
        if !self.is_open {
            self.moves += 1;
        }
        let birth: jiff::Timestamp = BIRTH.parse().expect("an instant");
        let to = birth.checked_add(jiff::SignedDuration::from_hours(96 * self.moves)).expect("within a year");
        let (key, body) = (format!("move-{}", self.moves), serde_json::json!({ "to": to }).to_string());
        match wire.post("/v1/clock/advance", &key, &body).await {
            Ok(answered) if answered.status == 200 => {
                self.told.push(Acknowledged::read("/clock", &key, &answered.body));
                self.is_open = false;
            }
            Ok(answered) => {
                assert_eq!(answered.status, 503, "{answered:?}");
                self.is_open = true;
            }
            Err(_) => self.is_open = true,
        }
        !self.is_open
    }
}

/// One ledger, its clients and what they know.
struct Life {
    place: Place,
    traders: Vec<Trader>,
    mover: Mover,
    chance: Seeded,
    hits: Hits,
}

impl Life {
    fn new(place: Place, mut chance: Seeded) -> Self {
        let traders = (0..CLIENTS).map(|n| Trader::new(format!("payer-{n}"), chance.fork())).collect();
        let mover = Mover { told: Vec::new(), moves: 0, is_open: false };
        Self { place, traders, mover, chance, hits: Hits::default() }
    }

    /// Starts the server, holds what it serves against everything that was ever acknowledged, lets all clients write,
    /// kills it in the middle.
    async fn kill_under_load(&mut self) {
        if self.chance.below(5) == 0 {
            kill_while_starting(&self.place, Duration::from_millis(self.chance.below(60))).await;
        }
        let served = self.start_and_check().await;
        let wire = Wire::to(&served.url);
        let until = Duration::from_micros(2_000 + self.chance.below(100_000));
        let load = async {
            let clients = self.traders.iter_mut().map(|trader| trader.trade(&wire, WRITES_MAX));
            join(join_all(clients), self.mover.advance(&wire)).await
        };
        let killing = async {
            tokio::time::sleep(until).await;
            served.kill().await;
        };
        join(load, killing).await;
    }

    /// Settles what had no answer, then a write of each client, so that nothing of the killed server can still arrive:
    /// its appends were for heads that are gone. Then the log must be what was promised.
    async fn start_and_check(&mut self) -> Served {
        let served = Served::start(&self.place).await;
        let wire = Wire::to(&served.url);
        let resolved = join_all(self.traders.iter_mut().map(|trader| resolve(trader, &wire))).await;
        let count = |what| resolved.iter().filter(|resolved| **resolved == what).count();
        self.hits.open_and_written += count(Resolved::WasWritten);
        self.hits.open_and_lost += count(Resolved::WasLost);
        if self.mover.is_open {
            assert!(self.mover.advance(&wire).await, "nobody kills this server");
        }
        self.check().await;
        served
    }

    async fn check(&mut self) {
        let store = self.place.open_to_read().await;
        let decode = |event: &Recorded| event.fact::<Fact>().map(|_| ()).map_err(|fault| fault.to_string());
        verify(store.as_ref(), decode, |_, _| ()).await.expect("the log is whole");
        let acknowledged: Vec<Acknowledged> =
            self.traders.iter().flat_map(Trader::acknowledged).chain(self.mover.told.iter().cloned()).collect();
        self.hits.acknowledged = acknowledged.len();
        let faults = faults(&whole_log(store.as_ref()).await, &self.place.commands().await, &acknowledged);
        assert!(faults.is_empty(), "{faults:#?}");
    }

    /// The end of a life: every projection catches up and is what the log says; `verify` and `audit` agree.
    async fn end(&mut self) {
        let served = self.start_and_check().await;
        let store = self.place.open_to_read().await;
        until_caught_up(store.as_ref()).await;
        assert_audited(store.as_ref()).await;
        for command in ["verify", "audit"] {
            let ran = process::run(&self.place, &[command]).await;
            assert!(ran.succeeded, "{command}: {ran:?}");
        }
        served.kill().await;
    }
}

async fn resolve(trader: &mut Trader, wire: &Wire) -> Resolved {
    let resolved = trader.resolve(wire).await;
    assert!(trader.trade(wire, 1).await, "nobody kills this server");
    trader.ask_again(wire).await;
    resolved
}

async fn survives_kills(store: &str, place: impl Fn() -> Place) {
    let mut chance = Seeded::printed(store);
    let mut hits = Hits::default();
    for _ in 0..LIVES {
        let mut life = Life::new(place(), chance.fork());
        for _ in 0..KILLS_OF_A_LIFE {
            life.kill_under_load().await;
        }
        life.end().await;
        hits.acknowledged += life.hits.acknowledged;
        hits.open_and_written += life.hits.open_and_written;
        hits.open_and_lost += life.hits.open_and_lost;
    }
    told(store, &hits);
    assert!(hits.open_and_written + hits.open_and_lost > LIVES * KILLS_OF_A_LIFE, "the kills hit nothing: {hits:?}");
}

#[allow(clippy::print_stderr, reason = "what the kills hit is of interest when somebody looks")]
fn told(store: &str, hits: &Hits) {
    eprintln!("{store}: {} kills: {hits:?}", LIVES * KILLS_OF_A_LIFE);
}

#[tokio::test]
async fn a_hundred_kills_lose_double_and_halve_nothing_on_sqlite() {
    survives_kills("sqlite", Place::sqlite).await;
}

#[tokio::test]
async fn a_hundred_kills_lose_double_and_halve_nothing_on_postgres() {
    survives_kills("postgres", || Place::durable_postgres("kills")).await;
}
