//! Owns the contract as kept by SQLite: two logs are two files.

use std::sync::Arc;

use subledger_eventlog::sqlite::SqliteStore;
use subledger_eventlog::store::Store;
use subledger_tests::contract::Logs;
use subledger_tests::contract_suite;

async fn two_files() -> Logs {
    let folder = tempfile::tempdir().expect("a folder of its own");
    let mut stores: Vec<Arc<dyn Store>> = Vec::new();
    for name in ["first.db", "second.db"] {
        let store = SqliteStore::open(&folder.path().join(name), false).await.expect("a new ledger");
        stores.push(Arc::new(store));
    }
    let [first, second] = stores.try_into().unwrap_or_else(|_| panic!("two names, two stores"));
    Logs { first, second, place: Box::new(folder) }
}

contract_suite!(sqlite, two_files);
