//! Owns the contract as kept by PostgreSQL: two logs are two databases of one server.

use std::sync::Arc;

use subledger_eventlog::open::OpenOptions;
use subledger_eventlog::postgres::PostgresStore;
use subledger_eventlog::store::Store;
use subledger_tests::contract::Logs;
use subledger_tests::contract_suite;
use subledger_tests::postgres::database;

async fn two_databases() -> Logs {
    let mut stores: Vec<Arc<dyn Store>> = Vec::new();
    for name in ["first", "second"] {
        let options = OpenOptions { url: database(name), read_only: false, migrate: false, allow_unsafe: true };
        stores.push(Arc::new(PostgresStore::open(&options).await.expect("a new ledger")));
    }
    let [first, second] = stores.try_into().unwrap_or_else(|_| panic!("two names, two stores"));
    // The server and its databases go when the process does.
    Logs { first, second, place: Box::new(()) }
}

contract_suite!(postgres, two_databases);
