//! Owns the proof that a node outlives its connections: the server's processes are killed under it, in the middle of
//! appends and look-ups, and every key still has exactly one effect.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::future::{join, join_all};
use subledger_api::engine::{Engine, WriteFault};
use subledger_domain::account::DepositKind;
use subledger_domain::fact::Fact;
use subledger_domain::ids::AccountId;
use subledger_domain::money::Money;
use subledger_eventlog::record::Recorded;
use subledger_eventlog::verify::verify;

use super::node::{Asked, account, on_system_clock};
use super::place::Place;
use super::seed::Seeded;

const CLIENTS: u64 = 6;
const CUTS: u32 = 60;
/// How often a client asks again before the node counts as gone.
const PATIENCE: u32 = 2_000;

/// Asks until there is an answer that is one: accepted or refused by a rule.
async fn until_answered(node: &Engine, asked: &Asked, key: &str) -> Result<u64, String> {
    for _ in 0..PATIENCE {
        match node.submit(asked.under(key)).await {
            Ok(accepted) => return Ok(accepted.position),
            Err(WriteFault::Refused(refusal)) => return Err(refusal.to_string()),
            Err(WriteFault::Unavailable { .. }) => tokio::time::sleep(Duration::from_millis(1)).await,
            Err(fault) => panic!("{key}: {fault}"),
        }
    }
    panic!("the node does not come back: {:?}", *node.stopped().borrow());
}

/// Every process that serves this database, but the one that asks.
const CUT: &str = "SELECT count(pg_terminate_backend(pid))::text FROM pg_stat_activity
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";

#[tokio::test]
async fn a_node_whose_connections_are_killed_goes_on_and_every_key_has_one_effect() {
    let mut chance = Seeded::printed("cut off");
    let place = Place::durable_postgres("cut_off");
    // Two of them, so that heads move under a node while it is cut off.
    let nodes = [on_system_clock(place.open().await).await, on_system_clock(place.open().await).await];
    let payers: Vec<AccountId> = (0..CLIENTS).map(|n| account(&format!("payer-{n}"))).collect();
    for payer in &payers {
        until_answered(&nodes[0], &Asked::open(payer), "open").await.expect("accepted");
    }
    let acknowledged = AtomicU64::new(0);
    let (done, is_done) = tokio::sync::watch::channel(false);
    let clients = payers.iter().enumerate().map(|(number, payer)| {
        let (node, is_done, acknowledged) = (&nodes[number % 2], is_done.clone(), &acknowledged);
        async move {
            let mut paid_in = 0_u64;
            while !*is_done.borrow() {
                paid_in += 1;
                let deposit = Asked::deposit(payer, "1.00", DepositKind::Cash);
                until_answered(node, &deposit, &format!("deposit-{paid_in}")).await.expect("accepted");
                acknowledged.fetch_add(1, Ordering::Relaxed);
                let nothing = Asked::deposit(payer, "0.00", DepositKind::Cash);
                until_answered(node, &nothing, &format!("nothing-{paid_in}")).await.expect_err("nothing is no deposit");
            }
            paid_in
        }
    });
    let cutting = async {
        let mut seen = 0;
        for _ in 0..CUTS {
            // Something was acknowledged since the last cut, however slow this machine is: the nodes do go on.
            while acknowledged.load(Ordering::Relaxed) == seen {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            tokio::time::sleep(Duration::from_micros(chance.below(20_000))).await;
            place.look(CUT).await;
            seen = acknowledged.load(Ordering::Relaxed);
        }
        done.send_replace(true);
    };
    let (paid_in, ()) = join(join_all(clients), cutting).await;
    for node in &nodes {
        node.confirm_head().await.expect("the store answers again");
        for (payer, paid_in) in payers.iter().zip(&paid_in) {
            let available = node.with_books(payer, |books| books.account().expect("opened").available());
            assert_eq!(available, Some(Money::cny(&format!("{paid_in}.00")).expect("an amount")), "{payer}");
        }
    }
    let decode = |event: &Recorded| event.fact::<Fact>().map(|_| ()).map_err(|fault| fault.to_string());
    verify(place.open_to_read().await.as_ref(), decode, |_, _| ()).await.expect("the log is whole");
}
