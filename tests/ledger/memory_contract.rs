//! Owns the contract as kept in memory, where tests stand on it: two logs are two stores.

use std::sync::Arc;

use subledger_memory::MemoryStore;
use subledger_tests::contract::Logs;
use subledger_tests::contract_suite;

async fn two_stores() -> Logs {
    Logs { first: Arc::<MemoryStore>::default(), second: Arc::<MemoryStore>::default(), place: Box::new(()) }
}

contract_suite!(memory, two_stores);
