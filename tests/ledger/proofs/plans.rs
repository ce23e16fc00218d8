//! Owns the proof that an append costs the same however long the log has grown since the server planned it.

use std::time::Duration;

use subledger_domain::account::DepositKind;
use subledger_domain::ids::AccountId;

use super::node::{Asked, account, on_system_clock};
use super::place::Place;

/// Far more than any number of keys in these appends.
const OTHERS: u64 = 20_000;

async fn commands_read(place: &Place) -> u64 {
    let read =
        "SELECT (idx_tup_read + idx_tup_fetch)::text FROM pg_stat_user_indexes WHERE indexrelname = 'commands_pkey'";
    place.look(read).await.parse().expect("a number")
}

#[tokio::test]
async fn an_append_planned_on_an_empty_log_reads_no_other_commands_when_it_has_grown() {
    let place = Place::postgres("plans");
    let engine = on_system_clock(place.open().await).await;
    let payer: AccountId = account("payer");
    // Planned here, on empty tables, for as long as this connection lives.
    engine.submit(Asked::open(&payer).under("open")).await.expect("accepted");
    let others = format!(
        "INSERT INTO commands SELECT log_id, 'others', number::text, fingerprint, gen_random_uuid(), first_position,
                                     last_position, recorded_at, status, resource
         FROM commands, generate_series(1, {OTHERS}) AS number"
    );
    assert_eq!(place.tamper(&others).await, OTHERS);
    let before = commands_read(&place).await;
    for number in 0..4 {
        let deposit = Asked::deposit(&payer, "1.00", DepositKind::Cash);
        engine.submit(deposit.under(&format!("deposit-{number}"))).await.expect("accepted");
        // Refused ones are looked up too, by another connection.
        let refused = Asked::deposit(&payer, "0.00", DepositKind::Cash);
        engine.submit(refused.under(&format!("refused-{number}"))).await.expect_err("nothing is no deposit");
        // A server's process reports what it read at most once a second, at the end of a statement.
        tokio::time::sleep(Duration::from_millis(600)).await;
    }
    let read = commands_read(&place).await - before;
    assert!(read < OTHERS, "eight look-ups read {read} entries of the index of commands");
}
