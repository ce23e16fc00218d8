//! Owns the proof that projections are nothing but the log: rebuilt they are what they were, changed by hand they are
//! found out and mended, and all of that while clients go on writing.

use futures::future::{join, join_all};
use subledger_projections::runner;

use super::node::{advance, on_manual_clock};
use super::place::{Place, assert_audited, until_caught_up};
use super::process::{self, Served};
use super::seed::Seeded;
use super::story::mixed;
use super::trade::Trader;
use super::wire::Wire;

/// A ledger with a story in it, its projections folded a few events at a time as the story went on. Nobody holds it.
async fn with_story(place: Place, chance: &mut Seeded) -> Place {
    let store = place.open().await;
    let projections = subledger_projections::all();
    runner::prepare(store.as_ref(), &projections).await.expect("the tables are made");
    let engine = on_manual_clock(store.clone(), true).await;
    for moment in mixed(chance, 3, 60) {
        advance(&engine, moment.at).await.expect("the clock moves");
        // Refused ones are part of the mix.
        let _ = engine.submit(moment.asked.under(&moment.key)).await;
        let behind = chance.one_of(&projections);
        runner::run_once(store.as_ref(), behind.as_ref()).await.expect("folds");
    }
    for projection in &projections {
        while !runner::run_once(store.as_ref(), projection.as_ref()).await.expect("folds").caught_up {}
    }
    drop((engine, store));
    drop(place.open().await);
    place
}

async fn is_what_the_log_says(place: Place) {
    let mut chance = Seeded::printed("rebuild");
    let place = with_story(place, &mut chance).await;
    assert_audited(place.open_to_read().await.as_ref()).await;
    for command in ["audit", "verify"] {
        let ran = process::run(&place, &[command]).await;
        assert!(ran.succeeded, "{command}: {ran:?}");
    }
    let rebuilt = process::run(&place, &["rebuild"]).await;
    assert!(rebuilt.succeeded && rebuilt.said["was_equal"] == true, "{rebuilt:?}");
    assert_audited(place.open_to_read().await.as_ref()).await;
}

#[tokio::test]
async fn rebuilt_projections_are_the_live_ones_on_sqlite() {
    is_what_the_log_says(Place::sqlite()).await;
}

#[tokio::test]
async fn rebuilt_projections_are_the_live_ones_on_postgres() {
    is_what_the_log_says(Place::postgres("rebuilt")).await;
}

/// The one difference an audit tells of.
async fn difference(place: &Place) -> String {
    let audited = process::run(place, &["audit"]).await;
    assert!(!audited.succeeded && audited.said["clean"] == false, "{audited:?}");
    let differences = audited.said["differences"].as_array().expect("a list").clone();
    match differences.as_slice() {
        [one] => one.as_str().expect("text").to_owned(),
        others => panic!("one row was changed, told of are {others:?}"),
    }
}

async fn mends_what_was_changed_by_hand(place: Place) {
    let mut chance = Seeded::printed("mended");
    let place = with_story(place, &mut chance).await;
    let amount = "SELECT CAST(amount AS text) FROM invoice_lines_v3 WHERE line_id = ";
    let line = place.look("SELECT line_id FROM invoice_lines_v3 ORDER BY line_id LIMIT 1").await;
    let before = place.look(&format!("{amount}'{line}'")).await;
    for (change, told) in [
        ("UPDATE invoice_lines_v3 SET amount = '1.23'", format!("amount is 1.23, by the log it is {before}")),
        ("DELETE FROM invoice_lines_v3", "the row is missing".to_owned()),
    ] {
        assert_eq!(place.tamper(&format!("{change} WHERE line_id = '{line}'")).await, 1);
        let difference = difference(&place).await;
        let names = ["invoice_lines", &line, &told].iter().all(|part| difference.contains(*part));
        assert!(names, "{difference} does not name line {line}: {told}");
        // Only looking mends nothing.
        assert!(!process::run(&place, &["audit"]).await.succeeded);
        let rebuilt = process::run(&place, &["rebuild"]).await;
        assert!(rebuilt.succeeded && rebuilt.said["was_equal"] == false, "{rebuilt:?}");
        let audited = process::run(&place, &["audit"]).await;
        assert!(audited.succeeded && audited.said["clean"] == true, "{audited:?}");
        assert_eq!(place.look(&format!("{amount}'{line}'")).await, before);
    }
}

#[tokio::test]
async fn an_amount_changed_by_hand_is_named_with_its_line_and_mended_on_sqlite() {
    mends_what_was_changed_by_hand(Place::sqlite()).await;
}

#[tokio::test]
async fn an_amount_changed_by_hand_is_named_with_its_line_and_mended_on_postgres() {
    mends_what_was_changed_by_hand(Place::postgres("mended")).await;
}

/// Four clients write while commands run beside the server, one after another.
async fn beside_a_server(place: &Place, commands: &[&str]) {
    const WRITES: u32 = 60;
    let mut chance = Seeded::printed("beside a server");
    let served = Served::start(place).await;
    let wire = Wire::to(&served.url);
    let mut traders: Vec<Trader> = (0..4).map(|n| Trader::new(format!("payer-{n}"), chance.fork())).collect();
    let load = join_all(traders.iter_mut().map(|trader| trader.trade(&wire, WRITES)));
    let beside = async {
        for command in commands {
            let ran = process::run(place, &[command]).await;
            assert!(ran.succeeded, "{command} beside a server: {ran:?}");
        }
    };
    let (answered, ()) = join(load, beside).await;
    assert!(answered.iter().all(|answered| *answered), "nobody kills this server");
    let store = place.open_to_read().await;
    until_caught_up(store.as_ref()).await;
    assert_audited(store.as_ref()).await;
    served.kill().await;
}

#[tokio::test]
async fn audit_and_verify_work_beside_a_server_that_writes_a_file_and_rebuild_is_refused_with_a_hint() {
    let place = Place::sqlite();
    beside_a_server(&place, &["audit", "verify", "audit", "verify", "audit"]).await;
    let served = Served::start(&place).await;
    let refused = process::run(&place, &["rebuild"]).await;
    assert!(!refused.succeeded, "{refused:?}");
    assert!(refused.words.contains("is being written by another process; stop that process"), "{}", refused.words);
    served.kill().await;
    assert!(process::run(&place, &["rebuild"]).await.succeeded);
}

#[tokio::test]
async fn projections_are_rebuilt_on_postgres_while_clients_write() {
    let place = Place::postgres("rebuilt_beside");
    beside_a_server(&place, &["rebuild", "audit", "rebuild", "verify", "rebuild", "audit", "rebuild"]).await;
}
