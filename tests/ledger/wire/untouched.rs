//! Owns what a refusal and a dry run may not touch: the log to its hash, every read of the payers and applications, and the
//! answers kept under keys.

use std::sync::Arc;

use subledger_eventlog::open::{OpenOptions, open};
use subledger_eventlog::record::CommandKey;
use subledger_eventlog::store::Store;
use subledger_tests::served::Served;

/// A look at a served ledger from beside.
pub(super) struct Untouched {
    store: Arc<dyn Store>,
}

impl Untouched {
    pub(super) async fn beside(served: &Served) -> Self {
        let url = served.store().to_owned();
        let options = OpenOptions { url, read_only: true, migrate: false, allow_unsafe: true };
        Self { store: open(options).await.expect("a ledger is read beside its server") }
    }

    /// Everything that could have been touched, to the byte. The head's hash is that of the whole log.
    pub(super) async fn seen(&self, served: &Served) -> Vec<String> {
        let mut seen = vec![format!("{:?}", self.store.head().await.expect("the log ends somewhere"))];
        let mut paths = vec!["/v1/clock".to_owned(), "/v1/price-lists".to_owned()];
        for list in ["accounts", "applications"] {
            let page = served.get(&format!("/v1/{list}?limit=20")).await.is(200);
            for entry in page.json()["data"].as_array().expect("a page has data") {
                match entry["application_id"].as_u64() {
                    Some(id) => paths.push(format!("/v1/applications/{id}/entitlements")),
                    None => {
                        paths.push(format!("/v1/accounts/{}/invoices", entry["account_id"].as_str().expect("an id")))
                    }
                }
            }
            seen.push(page.text());
        }
        for path in paths {
            seen.push(served.get(&path).await.is(200).text());
        }
        seen
    }

    /// Whether an answer is kept under this key for any of these scopes.
    pub(super) async fn keeps(&self, scopes: &[&str], key: &str) -> bool {
        let key = |scope: &&str| CommandKey { scope: (*scope).to_owned(), key: key.to_owned() };
        let keys: Vec<_> = scopes.iter().map(key).collect();
        !self.store.confirm(&keys).await.expect("the store says what it keeps").1.is_empty()
    }
}
