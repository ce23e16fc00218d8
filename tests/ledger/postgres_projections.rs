//! Projections' tables in PostgreSQL: every kind of column comes back as the one text it went in as.

use subledger_eventlog::record::Hash;
use subledger_eventlog::rows::{Change, Column, ColumnKind, Row, Table};
use subledger_eventlog::store::{Checkpoint, ProjectionStep, RowQuery, Store, StoreFault};
use subledger_tests::postgres::database;

use crate::postgres_log::open;

pub(crate) static LINES: Table = Table {
    name: "order", // one of SQL's own words, on purpose
    version: 3,
    key: 2,
    columns: &[
        Column { name: "account", kind: ColumnKind::Text },
        Column { name: "number", kind: ColumnKind::Integer },
        Column { name: "amount", kind: ColumnKind::Amount },
        Column { name: "at", kind: ColumnKind::Instant },
        Column { name: "on", kind: ColumnKind::Date },
        Column { name: "causes", kind: ColumnKind::Json },
        Column { name: "final", kind: ColumnKind::Boolean },
    ],
    indexes: &[&["number", "on"]],
};

static MARKS: Table = Table {
    name: "marks",
    version: 1,
    key: 1,
    columns: &[Column { name: "at", kind: ColumnKind::Instant }],
    indexes: &[],
};

const START: Checkpoint = Checkpoint { position: 0, log_hash: Hash::GENESIS };

fn at(position: u64) -> Checkpoint {
    Checkpoint { position, log_hash: Hash([7; 32]) }
}

fn row(account: &str, number: &str) -> Row {
    [account, number, "999.00", "2022-10-11T16:00:00.000000Z", "2022-10-12", r#"[ {"b":1,"a":1.0} ]"#, "true"]
        .map(|value| Some(value.to_owned()))
        .to_vec()
}

fn upsert(row: Row) -> Change {
    Change::Upsert { table: &LINES, row }
}

fn key(account: &str, number: &str) -> Row {
    vec![Some(account.to_owned()), Some(number.to_owned())]
}

fn step<'a>(from: Checkpoint, to: Checkpoint, changes: &'a [Change]) -> ProjectionStep<'a> {
    ProjectionStep { name: "invoices", version: 1, from, to, changes }
}

fn page(limit: u32) -> RowQuery {
    RowQuery { limit, ..RowQuery::default() }
}

async fn prepared(hint: &str) -> subledger_eventlog::postgres::PostgresStore {
    let store = open(&database(hint)).await;
    store.prepare_projection("invoices", 1, &[&LINES, &MARKS]).await.expect("prepares");
    store.prepare_projection("invoices", 1, &[&LINES, &MARKS]).await.expect("prepares again");
    assert_eq!(store.checkpoint("invoices", 1).await.expect("reads"), Some(START));
    store
}

#[tokio::test]
async fn every_kind_of_column_comes_back_as_it_went_in() {
    let store = prepared("kinds").await;
    let mut bare = row("bare", "1");
    bare[2..].fill(None);
    let mut odd = row("a\\'\"{},NULL", "-9223372036854775808");
    odd[2] = Some("-0.10".to_owned());
    odd[3] = Some("1969-12-31T23:59:59.999999Z".to_owned());
    odd[6] = Some("false".to_owned());
    let mark = Change::Upsert { table: &MARKS, row: vec![Some("2022-10-11T16:00:00.000001Z".to_owned())] };
    let changes = [upsert(odd.clone()), upsert(bare.clone()), upsert(row("z", "2")), mark.clone(), mark];
    assert!(store.project(step(START, at(5), &changes)).await.expect("projects"));
    assert_eq!(store.rows(&LINES, &page(10)).await.expect("reads"), [odd, bare, row("z", "2")]);
    assert_eq!(store.rows(&MARKS, &page(10)).await.expect("reads").len(), 1);
    assert_eq!(store.checkpoint("invoices", 1).await.expect("reads"), Some(at(5)));
}

#[tokio::test]
async fn rows_come_in_key_order_texts_by_bytes_and_integers_by_value() {
    let store = prepared("order").await;
    let keys = [("B", "2"), ("B", "10"), ("a", "1"), ("é", "1"), ("Ω", "1")];
    let changes: Vec<Change> = keys.iter().rev().map(|(account, number)| upsert(row(account, number))).collect();
    assert!(store.project(step(START, at(1), &changes)).await.expect("projects"));
    let expected: Vec<Row> = keys.iter().map(|(account, number)| row(account, number)).collect();
    assert_eq!(store.rows(&LINES, &page(10)).await.expect("reads"), expected);
    let after = RowQuery { after: Some(vec!["B".to_owned(), "2".to_owned()]), limit: 2, equals: Vec::new() };
    assert_eq!(store.rows(&LINES, &after).await.expect("reads"), expected[1..3]);
    for equals in [("number", "1"), ("amount", "999.0"), ("causes", r#"[ {"b":1,"a":1.0} ]"#), ("final", "true")] {
        let query = RowQuery { equals: vec![("number", "1".to_owned()), (equals.0, equals.1.to_owned())], ..page(10) };
        assert_eq!(store.rows(&LINES, &query).await.expect("reads"), expected[2..], "{equals:?}");
    }
    let unknown = RowQuery { equals: vec![("nothing", String::new())], ..page(1) };
    assert!(store.rows(&LINES, &unknown).await.is_err());
}

#[tokio::test]
async fn changes_of_one_step_stand_in_their_order() {
    let store = prepared("changes").await;
    let patch = |account: &str, amount: &str| Change::Patch {
        table: &LINES,
        key: key(account, "1"),
        set: vec![(2, Some(amount.to_owned())), (4, None)],
    };
    let first = [upsert(row("a", "1")), upsert(row("b", "1")), upsert(row("c", "1"))];
    assert!(store.project(step(START, at(1), &first)).await.expect("projects"));
    let delete = Change::Delete { table: &LINES, key: key("b", "1") };
    let second = [patch("a", "1.00"), patch("a", "2.00"), delete, upsert(row("d", "1")), patch("d", "3.00")];
    assert!(store.project(step(at(1), at(2), &second)).await.expect("projects"));
    let left = store.rows(&LINES, &page(10)).await.expect("reads");
    let amounts: Vec<_> = left.iter().map(|row| (row[0].as_deref(), row[2].as_deref(), row[4].as_deref())).collect();
    assert_eq!(
        amounts,
        [
            (Some("a"), Some("2.00"), None),
            (Some("c"), Some("999.00"), Some("2022-10-12")),
            (Some("d"), Some("3.00"), None)
        ]
    );
    let missing = store.project(step(at(2), at(3), &[upsert(row("e", "1")), patch("nobody", "1.00")])).await;
    assert!(matches!(missing, Err(StoreFault::NotWritten { .. })), "{missing:?}");
    assert_eq!(store.rows(&LINES, &page(10)).await.expect("reads").len(), 3, "nothing of a refused step stays");
}

#[tokio::test]
async fn a_step_from_elsewhere_writes_nothing() {
    let store = prepared("cas").await;
    assert!(store.project(step(START, at(4), &[])).await.expect("projects"));
    let other = Checkpoint { log_hash: Hash([8; 32]), ..at(4) };
    for from in [START, other] {
        assert!(!store.project(step(from, at(9), &[upsert(row("a", "1"))])).await.expect("no fault"));
        assert!(!store.replace_projection("invoices", 1, from, &[(&LINES, vec![])]).await.expect("no fault"));
    }
    assert!(store.rows(&LINES, &page(1)).await.expect("reads").is_empty());
    assert_eq!(store.checkpoint("invoices", 1).await.expect("reads"), Some(at(4)));
}

#[tokio::test]
async fn a_rebuilt_table_takes_the_old_one_s_place_and_name() {
    let url = database("replace");
    let store = open(&url).await;
    store.prepare_projection("invoices", 1, &[&LINES]).await.expect("prepares");
    assert!(store.project(step(START, at(4), &[upsert(row("old", "1"))])).await.expect("projects"));
    // Rows of another log in the same table are not this log's to replace.
    let mut owner = <sqlx::PgConnection as sqlx::Connection>::connect(&url).await.expect("connects");
    let other_log = "INSERT INTO order_v3 (log_id, account, number) VALUES (2, 'other', 1)";
    sqlx::Executor::execute(&mut owner, other_log).await.expect("inserts");
    for round in 0..2 {
        let rows = vec![row("new", "1"), row("new", &format!("{}", round + 2))];
        let replaced = store.replace_projection("invoices", 1, at(4), &[(&LINES, rows.clone())]).await;
        assert!(replaced.expect("replaces"));
        assert_eq!(store.rows(&LINES, &page(10)).await.expect("reads"), rows);
    }
    let twice = store.replace_projection("invoices", 1, at(4), &[(&LINES, vec![row("x", "1"), row("x", "1")])]).await;
    assert!(matches!(twice, Err(StoreFault::NotWritten { .. })), "{twice:?}");
    let seen: i64 = sqlx::query_scalar(r#"SELECT count(*) FROM "order""#).fetch_one(&mut owner).await.expect("reads");
    assert_eq!(seen, 3, "the view shows the new table, with the other log's row");
    assert!(store.project(step(at(4), at(5), &[upsert(row("later", "1"))])).await.expect("projects"));
}

#[tokio::test]
async fn two_nodes_prepare_one_projection_at_once() {
    let url = database("prepare");
    let (one, two) = (open(&url).await, open(&url).await);
    let tables = [&LINES, &MARKS];
    let (left, right) =
        tokio::join!(one.prepare_projection("invoices", 1, &tables), two.prepare_projection("invoices", 1, &tables));
    left.and(right).expect("both find everything in place");
}
