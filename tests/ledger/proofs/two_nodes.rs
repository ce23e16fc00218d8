//! Owns the proof that any number of nodes may write one log: what one acknowledged the other acts upon at once, and a
//! key has one effect wherever it is sent.

use std::sync::Arc;

use futures::future::join_all;
use serde_json::Value;
use subledger_api::engine::{Accepted, Engine, Write, WriteFault};
use subledger_api::views::QuoteToken;
use subledger_domain::account::DepositKind;
use subledger_domain::fact::Fact;
use subledger_domain::ids::AccountId;
use subledger_domain::money::Money;
use subledger_domain::plan::{DataSite, Plan};
use subledger_eventlog::store::Store;
use subledger_eventlog::verify::verify;

use super::node::{Asked, account, application, on_system_clock};
use super::place::{Place, whole_log};
use super::seed::Seeded;

/// Two nodes in one process, each with connections of its own.
struct TwoNodes {
    nodes: [Engine; 2],
    store: Arc<dyn Store>,
}

impl TwoNodes {
    async fn on(hint: &str) -> Self {
        let place = Place::postgres(hint);
        let nodes = [on_system_clock(place.open().await).await, on_system_clock(place.open().await).await];
        Self { nodes, store: place.open_to_read().await }
    }

    /// Payers with an application each, known to the log.
    async fn payers(&self, count: u64) -> Vec<AccountId> {
        let payers: Vec<AccountId> = (1..=count).map(|n| account(&format!("payer-{n}"))).collect();
        for (payer, number) in payers.iter().zip(1..) {
            for asked in [Asked::open(payer), Asked::create(payer, application(number), DataSite::China)] {
                self.nodes[0].submit(asked.under(&format!("{:?}", asked.order))).await.expect("accepted");
            }
        }
        payers
    }

    /// The log is dense and chained, and both nodes hold the same Books of it.
    async fn agree(&self, payers: &[AccountId]) {
        let decode = |event: &subledger_eventlog::record::Recorded| {
            event.fact::<Fact>().map(|_| ()).map_err(|fault| fault.to_string())
        };
        let verified = verify(self.store.as_ref(), decode, |_, _| ()).await.expect("the log is whole");
        for node in &self.nodes {
            node.confirm_head().await.expect("the store answers");
            assert_eq!(node.position(), verified.head.position);
        }
        for payer in payers {
            let [one, two] = self.nodes.each_ref().map(|node| node.with_books(payer, Clone::clone));
            assert!(one.is_some() && one == two, "{payer}: {one:#?} and {two:#?}");
        }
    }
}

#[tokio::test]
async fn what_one_node_acknowledged_the_other_acts_upon_at_once() {
    const PAYERS: u64 = 4;
    const ROUNDS: u64 = 250;
    let both = TwoNodes::on("two_nodes").await;
    let payers = both.payers(PAYERS).await;
    let months = payers.iter().zip(1..).map(|(payer, number)| {
        let nodes = &both.nodes;
        async move {
            for round in 0..ROUNDS {
                let one = usize::try_from(round % 2).expect("0 or 1");
                let order = match round {
                    0 => Asked::buy(payer, application(number), Plan::Pro, 1),
                    _ => Asked::renew(payer, application(number), 1),
                };
                // Exactly the price: the order is refused unless the deposit counts.
                let deposit = Asked::deposit(payer, "999.00", DepositKind::Cash).under(&format!("deposit-{round}"));
                let deposited = nodes[one].submit(deposit).await.expect("a deposit");
                let ordered = nodes[1 - one].submit(order.under(&format!("order-{round}"))).await;
                let ordered = ordered.unwrap_or_else(|fault| panic!("{payer}, round {round}: {fault}"));
                assert!(ordered.position > deposited.position);
            }
        }
    });
    join_all(months).await;
    both.agree(&payers).await;
    for payer in &payers {
        let available = both.nodes[0].with_books(payer, |books| books.account().expect("opened").available());
        assert_eq!(available, Some(Money::cny("0.00").expect("an amount")));
    }
}

/// Sends a write until a node has an answer to it: a key under way on one node is refused by that node only.
async fn until_answered(node: &Engine, asked: &Asked, key: &str) -> Accepted {
    loop {
        match node.submit(asked.under(key)).await {
            Ok(accepted) => return accepted,
            Err(WriteFault::IdempotencyInFlight) => tokio::task::yield_now().await,
            Err(fault) => panic!("{asked:?} {key}: {fault}"),
        }
    }
}

#[tokio::test]
async fn a_key_sent_to_both_nodes_at_once_has_one_effect_and_one_answer() {
    const KEYS: u64 = 200;
    let both = TwoNodes::on("same_key").await;
    let payers = both.payers(2).await;
    for number in 0..KEYS {
        let asked = Asked::deposit(&payers[0], "1.00", DepositKind::Cash);
        let key = format!("both-{number}");
        let [one, two] = &both.nodes;
        let (one, two) =
            futures::future::join(until_answered(one, &asked, &key), until_answered(two, &asked, &key)).await;
        assert_eq!((one.status, &one.body, &one.etag, one.position), (two.status, &two.body, &two.etag, two.position));
        assert!(one.replayed != two.replayed, "exactly one of them did it: {one:?} {two:?}");
    }
    both.agree(&payers).await;
    let paid_in = both.nodes[1].with_books(&payers[0], |books| books.account().expect("opened").available());
    assert_eq!(paid_in, Some(Money::cny(&format!("{KEYS}.00")).expect("an amount")));
}

#[tokio::test]
async fn writers_on_both_nodes_that_repeat_themselves_add_up() {
    const WRITERS: u64 = 8;
    const WRITES: u64 = 40;
    let both = TwoNodes::on("repeats").await;
    let payers = both.payers(3).await;
    let mut chance = Seeded::printed("two nodes");
    let writers = (0..WRITERS).map(|writer| {
        let (mut chance, nodes, payers) = (chance.fork(), &both.nodes, &payers);
        async move {
            for number in 0..WRITES {
                let payer = chance.one_of(payers);
                let asked = Asked::deposit(payer, "1.00", DepositKind::Gift);
                let key = format!("{writer}-{number}");
                let first = until_answered(chance.one_of(nodes), &asked, &key).await;
                let again = until_answered(chance.one_of(nodes), &asked, &key).await;
                assert!(!first.replayed && again.replayed);
                assert_eq!(first.body, again.body);
            }
        }
    });
    join_all(writers.collect::<Vec<_>>()).await;
    both.agree(&payers).await;
    let deposits =
        whole_log(both.store.as_ref()).await.iter().filter(|event| event.event_type == "MoneyDeposited").count();
    assert_eq!(deposits as u64, WRITERS * WRITES);
}

/// A dry run leaves a node only once the head it was decided at is confirmed (design §3.3).
#[tokio::test]
async fn what_one_node_acknowledged_the_other_quotes_upon_at_once() {
    const ROUNDS: u64 = 40;
    let both = TwoNodes::on("quotes").await;
    let payers = both.payers(1).await;
    for round in 0..ROUNDS {
        let one = usize::try_from(round % 2).expect("0 or 1");
        let (writes, quotes) = (&both.nodes[one], &both.nodes[1 - one]);
        let order = match round {
            0 => Asked::buy(&payers[0], application(1), Plan::Pro, 1),
            _ => Asked::renew(&payers[0], application(1), 1),
        };
        let refused = quotes.quote(order.under("")).await.expect_err("there is no money");
        assert!(matches!(refused, WriteFault::Refused(_)), "{refused}");
        let deposit = Asked::deposit(&payers[0], "999.00", DepositKind::Cash).under(&format!("deposit-{round}"));
        let deposited = writes.submit(deposit).await.expect("a deposit");
        let quoted = quotes.quote(order.under("")).await.expect("now there is");
        assert_eq!(quoted.position, deposited.position, "valid where it was decided");
        // What one node quoted the other is held to; nobody has kept the quote.
        let held_to = |key: &str| Write { quoted: Some(held_to(&quoted)), ..order.under(key) };
        writes.submit(held_to(&format!("order-{round}"))).await.expect("as quoted");
        let again = Asked::deposit(&payers[0], "999.00", DepositKind::Cash).under(&format!("again-{round}"));
        writes.submit(again).await.expect("a deposit");
        let stale = quotes.submit(held_to(&format!("again-order-{round}"))).await.expect_err("another term by now");
        assert!(round == 0 || matches!(stale, WriteFault::QuoteStale(_)), "{stale}");
        let order = Asked::renew(&payers[0], application(1), 1).under(&format!("spent-{round}"));
        writes.submit(order).await.expect("renewed");
    }
    both.agree(&payers).await;
}

/// What the token of a quote holds an order to.
fn held_to(quoted: &Accepted) -> Value {
    let body: Value = serde_json::from_str(&quoted.body).expect("JSON");
    let token = body["quote"]["token"].as_str().and_then(QuoteToken::read);
    token.expect("a quote has a token").held_to
}
