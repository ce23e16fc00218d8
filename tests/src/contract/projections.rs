//! Owns the rules of projections' tables: steps, rows, pages, replacement.

use std::sync::Arc;

use subledger_eventlog::record::Hash;
use subledger_eventlog::rows::{Change, Column, ColumnKind, Row, Table};
use subledger_eventlog::store::{Checkpoint, ProjectionStep, RowQuery, Store, StoreFault};

use super::Outcome;

const fn column(name: &'static str, kind: ColumnKind) -> Column {
    Column { name, kind }
}

const LINE: &[Column] = &[
    column("account_id", ColumnKind::Text),
    column("line_number", ColumnKind::Integer),
    column("state", ColumnKind::Text),
    column("amount", ColumnKind::Amount),
    column("issued_at", ColumnKind::Instant),
    column("issued_on", ColumnKind::Date),
    column("causes", ColumnKind::Json),
    column("is_final", ColumnKind::Boolean),
    column("seats_max", ColumnKind::Integer),
];

/// A table with a column of every kind and a key of two.
pub(super) static LINES: Table =
    Table { name: "contract_lines", version: 1, key: 2, columns: LINE, indexes: &[&["state", "issued_on"]] };

static LINES_NEXT: Table =
    Table { name: "contract_lines", version: 2, key: 2, columns: LINE, indexes: &[&["state", "issued_on"]] };

/// A table that is all key.
static TAGS: Table = Table {
    name: "contract_tags",
    version: 1,
    key: 2,
    columns: &[column("tag", ColumnKind::Text), column("line_number", ColumnKind::Integer)],
    indexes: &[],
};

pub(super) const START: Checkpoint = Checkpoint { position: 0, log_hash: Hash::GENESIS };

fn checkpoint(position: u8) -> Checkpoint {
    Checkpoint { position: u64::from(position), log_hash: Hash([position; 32]) }
}

fn cells(texts: &[&str]) -> Row {
    texts.iter().map(|text| Some((*text).to_owned())).collect()
}

/// A line with a cell of every kind; the last is NULL.
pub(super) fn line(account: &str, number: i64, state: &str) -> Row {
    let number = number.to_string();
    let mut row = cells(&[
        account,
        &number,
        state,
        "999.00",
        "2022-10-11T16:00:00.000000Z",
        "2022-10-12",
        r#"[ 1,  {"位置":2} ]"#,
        "true",
    ]);
    row.push(None);
    row
}

fn upsert(row: Row) -> Change {
    Change::Upsert { table: &LINES, row }
}

pub(super) async fn prepare(store: &dyn Store) -> Outcome {
    store.prepare_projection("contract", 1, &[&LINES, &TAGS]).await
}

pub(super) async fn step(
    store: &dyn Store,
    from: Checkpoint,
    to: Checkpoint,
    changes: &[Change],
) -> Result<bool, StoreFault> {
    store.project(ProjectionStep { name: "contract", version: 1, from, to, changes }).await
}

/// Prepares and writes these lines as the first step.
async fn filled(store: &dyn Store, rows: impl IntoIterator<Item = Row>) -> Outcome {
    prepare(store).await?;
    let changes: Vec<_> = rows.into_iter().map(upsert).collect();
    assert!(step(store, START, checkpoint(1), &changes).await?);
    Ok(())
}

pub(super) async fn all(store: &dyn Store, table: &'static Table) -> Result<Vec<Row>, StoreFault> {
    store.rows(table, &RowQuery { limit: 1_000, ..RowQuery::default() }).await
}

pub async fn a_projection_that_was_never_prepared_has_no_checkpoint(store: Arc<dyn Store>) -> Outcome {
    assert_eq!(store.checkpoint("contract", 1).await?, None);
    prepare(&*store).await?;
    assert_eq!(store.checkpoint("contract", 1).await?, Some(START));
    assert_eq!(store.checkpoint("contract", 2).await?, None);
    Ok(())
}

pub async fn preparing_again_changes_nothing(store: Arc<dyn Store>) -> Outcome {
    filled(&*store, [line("acme", 1, "open")]).await?;
    prepare(&*store).await?;
    assert_eq!(store.checkpoint("contract", 1).await?, Some(checkpoint(1)));
    assert_eq!(all(&*store, &LINES).await?, [line("acme", 1, "open")]);
    Ok(())
}

pub async fn a_step_moves_rows_and_checkpoint_together(store: Arc<dyn Store>) -> Outcome {
    let tag = Change::Upsert { table: &TAGS, row: cells(&["late", "3"]) };
    filled(&*store, [line("acme", 1, "open")]).await?;
    assert!(step(&*store, checkpoint(1), checkpoint(2), &[upsert(line("acme", 2, "open")), tag.clone(), tag]).await?);
    assert_eq!(store.checkpoint("contract", 1).await?, Some(checkpoint(2)));
    assert_eq!(all(&*store, &LINES).await?.len(), 2);
    assert_eq!(all(&*store, &TAGS).await?, [cells(&["late", "3"])]);
    Ok(())
}

pub async fn a_step_from_another_checkpoint_writes_nothing(store: Arc<dyn Store>) -> Outcome {
    filled(&*store, []).await?;
    let wrong_hash = Checkpoint { log_hash: Hash([9; 32]), ..checkpoint(1) };
    for from in [START, checkpoint(2), wrong_hash] {
        assert!(!step(&*store, from, checkpoint(3), &[upsert(line("acme", 1, "open"))]).await?);
    }
    assert_eq!(store.checkpoint("contract", 1).await?, Some(checkpoint(1)));
    assert_eq!(all(&*store, &LINES).await?, Vec::<Row>::new());
    Ok(())
}

pub async fn a_step_that_fails_writes_nothing(store: Arc<dyn Store>) -> Outcome {
    filled(&*store, []).await?;
    let no_row = Change::Patch { table: &LINES, key: cells(&["acme", "404"]), set: vec![(2, None)] };
    let of_the_key = Change::Patch { table: &LINES, key: cells(&["acme", "1"]), set: vec![(0, Some("b".to_owned()))] };
    let with_a_hole = Change::Delete { table: &LINES, key: vec![Some("acme".to_owned()), None] };
    let no_number = upsert(cells(&["acme", "many", "", "", "", "", "", "", ""]));
    let too_short = upsert(cells(&["acme", "1"]));
    for broken in [no_row, of_the_key, with_a_hole, no_number, too_short] {
        let changes = [upsert(line("acme", 1, "open")), broken];
        assert!(step(&*store, checkpoint(1), checkpoint(2), &changes).await.is_err(), "{changes:?}");
        assert_eq!(store.checkpoint("contract", 1).await?, Some(checkpoint(1)));
        assert_eq!(all(&*store, &LINES).await?, Vec::<Row>::new());
    }
    Ok(())
}

pub async fn cells_of_every_kind_come_back_as_written(store: Arc<dyn Store>) -> Outcome {
    let mut full = line("账户 '\"; --", 9_007_199_254_740_993, "");
    full[3] = Some("-0.50".to_owned());
    full[4] = Some("2022-12-01T00:00:00.000001Z".to_owned());
    full[7] = Some("false".to_owned());
    full[8] = Some("-1".to_owned());
    let mut empty = line("zero", 0, "");
    empty[2..].fill(None);
    filled(&*store, [full.clone(), empty.clone()]).await?;
    assert_eq!(all(&*store, &LINES).await?, [empty, full]);
    Ok(())
}

pub async fn an_upsert_replaces_the_whole_row(store: Arc<dyn Store>) -> Outcome {
    filled(&*store, [line("acme", 1, "open")]).await?;
    let mut bare = line("acme", 1, "void");
    bare[3..].fill(None);
    assert!(step(&*store, checkpoint(1), checkpoint(2), &[upsert(bare.clone())]).await?);
    assert_eq!(all(&*store, &LINES).await?, [bare]);
    Ok(())
}

pub async fn a_patch_changes_the_named_columns_only(store: Arc<dyn Store>) -> Outcome {
    filled(&*store, [line("acme", 1, "open"), line("acme", 2, "open")]).await?;
    let set = vec![(2, Some("paid".to_owned())), (5, None), (8, Some("50".to_owned()))];
    let patch = Change::Patch { table: &LINES, key: cells(&["acme", "2"]), set };
    assert!(step(&*store, checkpoint(1), checkpoint(2), &[patch]).await?);
    let mut patched = line("acme", 2, "paid");
    patched[5] = None;
    patched[8] = Some("50".to_owned());
    assert_eq!(all(&*store, &LINES).await?, [line("acme", 1, "open"), patched]);
    Ok(())
}

pub async fn a_delete_takes_the_row(store: Arc<dyn Store>) -> Outcome {
    filled(&*store, [line("acme", 1, "open"), line("acme", 2, "open")]).await?;
    let delete = |number| Change::Delete { table: &LINES, key: cells(&["acme", number]) };
    assert!(step(&*store, checkpoint(1), checkpoint(2), &[delete("1"), delete("404")]).await?);
    assert_eq!(all(&*store, &LINES).await?, [line("acme", 2, "open")]);
    Ok(())
}

pub async fn changes_apply_in_order(store: Arc<dyn Store>) -> Outcome {
    filled(&*store, []).await?;
    let key = || cells(&["acme", "1"]);
    let changes = [
        upsert(line("acme", 1, "open")),
        Change::Patch { table: &LINES, key: key(), set: vec![(2, Some("paid".to_owned()))] },
        Change::Delete { table: &LINES, key: key() },
        upsert(line("acme", 1, "again")),
        Change::Patch { table: &LINES, key: key(), set: vec![(2, Some("last".to_owned()))] },
    ];
    assert!(step(&*store, checkpoint(1), checkpoint(2), &changes).await?);
    assert_eq!(all(&*store, &LINES).await?, [line("acme", 1, "last")]);
    Ok(())
}

/// In the order they must come back.
fn ordered() -> Vec<Row> {
    let accounts = ["10", "9", "B", "_", "a", "a b", "aa", "é", "户"];
    let mut rows = vec![line("", -1, ""), line("", 2, ""), line("", 10, "")];
    rows.extend(accounts.map(|account| line(account, 1, "")));
    rows
}

pub async fn rows_come_in_key_order_text_by_bytes_and_integers_by_value(store: Arc<dyn Store>) -> Outcome {
    filled(&*store, ordered().into_iter().rev()).await?;
    assert_eq!(all(&*store, &LINES).await?, ordered());
    Ok(())
}

pub async fn pages_of_rows_follow_each_other(store: Arc<dyn Store>) -> Outcome {
    filled(&*store, ordered()).await?;
    let mut read = Vec::new();
    let mut query = RowQuery { limit: 5, ..RowQuery::default() };
    loop {
        let page = store.rows(&LINES, &query).await?;
        let is_last = page.len() < 5;
        query.after = page.last().map(|row| row[..2].iter().flatten().cloned().collect());
        read.extend(page);
        if is_last {
            break;
        }
    }
    assert_eq!(read, ordered());
    Ok(())
}

pub async fn rows_are_found_by_equal_columns(store: Arc<dyn Store>) -> Outcome {
    let rows = [line("a", 1, "open"), line("a", 2, "paid"), line("b", 1, "open"), line("b", 2, "open")];
    filled(&*store, rows.clone()).await?;
    let find = async |equals: &[(&'static str, &str)], after: Option<[&str; 2]>| {
        let equals = equals.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
        let after = after.map(|key| key.map(str::to_owned).to_vec());
        store.rows(&LINES, &RowQuery { equals, after, limit: 10 }).await
    };
    assert_eq!(find(&[("account_id", "a")], None).await?, rows[..2]);
    assert_eq!(find(&[("state", "open")], Some(["a", "1"])).await?, rows[2..]);
    assert_eq!(find(&[("line_number", "2"), ("state", "paid")], None).await?, rows[1..2]);
    assert_eq!(find(&[("is_final", "true"), ("amount", "999.00")], None).await?, rows);
    assert_eq!(find(&[("state", "void")], None).await?, Vec::<Row>::new());
    Ok(())
}

pub async fn replacing_leaves_the_new_rows_only(store: Arc<dyn Store>) -> Outcome {
    filled(&*store, [line("acme", 1, "old"), line("acme", 2, "old")]).await?;
    for state in ["new", "newer"] {
        let tables = [(&LINES, vec![line("acme", 3, state), line("acme", 1, state)]), (&TAGS, vec![])];
        assert!(store.replace_projection("contract", 1, checkpoint(1), &tables).await?);
        assert_eq!(all(&*store, &LINES).await?, [line("acme", 1, state), line("acme", 3, state)]);
    }
    assert_eq!(store.checkpoint("contract", 1).await?, Some(checkpoint(1)));
    assert!(step(&*store, checkpoint(1), checkpoint(2), &[upsert(line("acme", 4, "on"))]).await?);
    assert_eq!(all(&*store, &LINES).await?.len(), 3);
    Ok(())
}

pub async fn replacing_at_another_checkpoint_writes_nothing(store: Arc<dyn Store>) -> Outcome {
    filled(&*store, [line("acme", 1, "old")]).await?;
    let tables = [(&LINES, vec![line("acme", 1, "new")])];
    assert!(!store.replace_projection("contract", 1, checkpoint(2), &tables).await?);
    assert_eq!(all(&*store, &LINES).await?, [line("acme", 1, "old")]);
    Ok(())
}

pub async fn versions_of_a_projection_stand_side_by_side(store: Arc<dyn Store>) -> Outcome {
    filled(&*store, [line("acme", 1, "old")]).await?;
    store.prepare_projection("contract", 2, &[&LINES_NEXT]).await?;
    assert_eq!(all(&*store, &LINES_NEXT).await?, Vec::<Row>::new());
    let tables = [(&LINES_NEXT, vec![line("acme", 1, "new")])];
    assert!(store.replace_projection("contract", 2, START, &tables).await?);
    assert_eq!(all(&*store, &LINES).await?, [line("acme", 1, "old")]);
    assert_eq!(all(&*store, &LINES_NEXT).await?, [line("acme", 1, "new")]);
    assert_eq!(store.checkpoint("contract", 1).await?, Some(checkpoint(1)));
    Ok(())
}
