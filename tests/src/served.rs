//! Owns a ledger served over real TCP for one test, on a fresh store of either kind with a manual clock, and the plain
//! HTTP client that shows status, headers and bytes of every answer.
//!
//! Does not own what is asked (`ledger/wire`) nor the private PostgreSQL (`postgres`).

use std::sync::atomic::{AtomicU32, Ordering};

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{HeaderMap, Method, Request};
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jiff::Timestamp;
use serde_json::{Value, json};
use subledger_api::server::{Server, ServerOptions};
use subledger_domain::catalog::Catalog;
use subledger_eventlog::store::{ClockKind, StoredClock};
use tempfile::TempDir;

use crate::postgres;

/// The kind of store a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreKind {
    /// One file.
    Sqlite,
    /// One database.
    Postgres,
}

/// Makes each rule, an `async fn(StoreKind)`, a test of that name in the modules `sqlite` and `postgres`.
#[macro_export]
macro_rules! on_both_stores {
    ($($rule:ident)*) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $rule() {
                    super::$rule($crate::served::StoreKind::Sqlite).await;
                }
            )*
        }
        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $rule() {
                    super::$rule($crate::served::StoreKind::Postgres).await;
                }
            )*
        }
    };
}

/// A place for a ledger: gone when it is dropped, or with the private PostgreSQL.
#[derive(Debug)]
pub struct Place {
    /// As `--store` takes it.
    pub url: String,
    /// SQLite's folder.
    pub folder: Option<TempDir>,
}

impl Place {
    /// A store with nothing in it.
    pub fn fresh(kind: StoreKind) -> Self {
        match kind {
            StoreKind::Sqlite => {
                let folder = tempfile::tempdir().expect("a temporary folder");
                Self { url: format!("sqlite:{}", folder.path().join("ledger.db").display()), folder: Some(folder) }
            }
            StoreKind::Postgres => Self { url: postgres::database("wire"), folder: None },
        }
    }

    /// What a server on this place is started with: a manual clock, the built-in lists, a free port on loopback.
    pub fn options(&self, at: &str) -> ServerOptions {
        ServerOptions {
            store: self.url.clone(),
            listen: ([127, 0, 0, 1], 0).into(),
            clock: StoredClock { kind: ClockKind::Manual, now: at.parse().expect("an instant") },
            catalog: Catalog::builtin().expect("the built-in lists are good"),
            // Tests' PostgreSQL does not sync, for speed.
            allow_unsafe_store: true,
        }
    }
}

/// A served ledger, and a client of it.
pub struct Served {
    place: Place,
    server: Option<Server>,
    /// Asks it.
    pub client: HttpClient,
    keys: AtomicU32,
}

impl Served {
    /// Starts a ledger whose clock stands at an RFC 3339 instant.
    pub async fn start(kind: StoreKind, at: &str) -> Self {
        Self::on(Place::fresh(kind), at).await
    }

    /// As [`Served::start`], on a place that may hold a ledger already.
    pub async fn on(place: Place, at: &str) -> Self {
        let options = place.options(at);
        Self::with(place, options).await
    }

    /// As [`Served::on`], with options of the test's own.
    pub async fn with(place: Place, options: ServerOptions) -> Self {
        let server = Server::start(options, |_, _| {}).await.expect("the ledger is served");
        let client = HttpClient::to(format!("http://{}", server.address()));
        Self { place, server: Some(server), client, keys: AtomicU32::new(0) }
    }

    /// Its store, as `--store` takes it.
    pub fn store(&self) -> &str {
        &self.place.url
    }

    /// Stops the server and starts another on the same store.
    pub async fn restart(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop().await.expect("the server stops");
        }
        // The clock goes on from where it stood; the instant named here does not matter.
        let options = self.place.options("1970-01-01T00:00:00Z");
        let server = Server::start(options, |_, _| {}).await.expect("the ledger is served again");
        self.client = HttpClient::to(format!("http://{}", server.address()));
        self.server = Some(server);
    }

    /// Stops the server and gives back where its ledger is.
    pub async fn stop(mut self) -> Place {
        if let Some(server) = self.server.take() {
            server.stop().await.expect("the server stops");
        }
        self.place
    }

    /// A key that this test has not used: the same sequence in every run.
    pub fn key(&self) -> String {
        format!("key-{}", self.keys.fetch_add(1, Ordering::Relaxed))
    }

    /// Sends a write under a new key.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.client.post(path, &self.key(), body).await
    }

    /// Sets under a new key.
    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        let key = self.key();
        let headers = [("content-type", "application/json"), ("idempotency-key", key.as_str())];
        self.client.send(Method::PUT, path, &headers, &body.to_string()).await
    }

    /// Asks under no key what a write would come to.
    pub async fn dry(&self, method: Method, path: &str, body: &Value) -> Answer {
        let (path, headers) = (format!("{path}?dry_run=true"), [("content-type", "application/json")]);
        self.client.send(method, &path, &headers, &body.to_string()).await
    }

    /// Takes back under a new key; the path says everything, and no body is sent.
    pub async fn delete(&self, path: &str) -> Answer {
        self.client.send(Method::DELETE, path, &[("idempotency-key", &self.key())], "").await
    }

    /// Reads.
    pub async fn get(&self, path: &str) -> Answer {
        self.client.get(path).await
    }

    /// Reads a resource that is there.
    pub async fn read(&self, path: &str) -> Value {
        self.get(path).await.ok()
    }

    /// Opens an account and fills its balances; `"0.00"` fills nothing.
    pub async fn open(&self, account: &str, cash: &str, gift: &str) {
        self.post("/v1/accounts", &json!({"account_id": account, "name": account})).await.is(201);
        for (amount, kind) in [(cash, "cash"), (gift, "gift")] {
            if amount != "0.00" {
                self.deposit(account, amount, kind).await.is(200);
            }
        }
    }

    /// Adds to a balance.
    pub async fn deposit(&self, account: &str, amount: &str, kind: &str) -> Answer {
        let amount = json!({"amount": amount, "currency": "CNY"});
        let body = json!({"amount": amount, "kind": kind, "reference": "transfer"});
        self.post(&format!("/v1/accounts/{account}/deposits"), &body).await
    }

    /// Creates an application and answers its id.
    pub async fn create(&self, account: &str, site: &str) -> u64 {
        let body = json!({"account_id": account, "name": "chat", "data_site": site});
        let created = self.post("/v1/applications", &body).await.is(201).json();
        created["application_id"].as_u64().expect("an application has an id")
    }

    /// Buys a plan.
    pub async fn buy(&self, application: u64, plan: &str, months: u32) -> Answer {
        let path = format!("/v1/applications/{application}/subscription");
        self.post(&path, &json!({"plan": plan, "months": months})).await
    }

    /// Renews a plan.
    pub async fn renew(&self, application: u64, months: u32) -> Answer {
        let path = format!("/v1/applications/{application}/subscription/renewals");
        self.post(&path, &json!({"months": months})).await
    }

    /// Moves the clock. Its keys are their own, so that the keys of orders do not depend on how time passes.
    pub async fn advance(&self, to: &str) {
        self.client.post("/v1/clock/advance", &format!("advance-{to}"), &json!({"to": to})).await.is(200);
    }

    /// The application as it stands.
    pub async fn application(&self, application: u64) -> Value {
        self.read(&format!("/v1/applications/{application}")).await
    }

    /// Asks whether a right is there.
    pub async fn check(&self, application: u64, question: &Value) -> Value {
        self.client.ask(&format!("/v1/applications/{application}/entitlements/check"), question).await.ok()
    }

    /// The whole log, in order, page by page.
    pub async fn log(&self) -> Vec<Value> {
        self.list("/v1/events?limit=200").await
    }

    /// Every entry of a list whose path carries a query already.
    pub async fn list(&self, path: &str) -> Vec<Value> {
        let mut entries = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self.read(&format!("{path}{cursor}")).await;
            entries.extend(page["data"].as_array().expect("a page has data").iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return entries,
            }
        }
    }

    /// Where the log ends, as the store says.
    pub async fn head(&self) -> String {
        self.read("/readyz").await["head"].as_str().expect("a position").to_owned()
    }
}

/// A client that hides nothing.
#[derive(Debug, Clone)]
pub struct HttpClient {
    base: String,
    http: HyperClient<HttpConnector, Full<Bytes>>,
}

impl HttpClient {
    fn to(base: String) -> Self {
        Self { base, http: HyperClient::builder(TokioExecutor::new()).build_http() }
    }

    /// `127.0.0.1:PORT`, for what no HTTP client would send.
    pub fn address(&self) -> &str {
        self.base.trim_start_matches("http://")
    }

    /// Reads.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], "").await
    }

    /// Writes under a key.
    pub async fn post(&self, path: &str, key: &str, body: &Value) -> Answer {
        self.write(path, key, &[], body).await
    }

    /// Writes under a key with further headers.
    pub async fn write(&self, path: &str, key: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let mut all = vec![("content-type", "application/json"), ("idempotency-key", key)];
        all.extend_from_slice(headers);
        self.send(Method::POST, path, &all, &body.to_string()).await
    }

    /// Asks without a key.
    pub async fn ask(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, &[("content-type", "application/json")], &body.to_string()).await
    }

    /// Sends any request.
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::builder().method(&method).uri(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(Bytes::copy_from_slice(body.as_bytes()))).expect("a request");
        let response = self.http.request(request).await.expect("the server answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.into_body().collect().await.expect("the answer is whole").to_bytes();
        let asked = format!("{method} {path}");
        assert!(status < 500 || status == 503 || status == 504, "{asked}: {status} {}", String::from_utf8_lossy(&body));
        Answer { asked, status, headers, body }
    }
}

/// An answer as it came.
#[derive(Debug, Clone)]
pub struct Answer {
    asked: String,
    /// HTTP status.
    pub status: u16,
    /// Every header.
    pub headers: HeaderMap,
    /// The bytes.
    pub body: Bytes,
}

impl Answer {
    /// Itself, if it has this status.
    ///
    /// # Panics
    /// When it has another, with the answer.
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.asked, self.text());
        self
    }

    /// The body of an answer that says yes.
    pub fn ok(self) -> Value {
        assert!(self.status < 300, "{}: {} {}", self.asked, self.status, self.text());
        self.json()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|fault| panic!("{}: {fault}: {}", self.asked, self.text()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header that may be missing.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("our headers are text"))
    }

    /// The code of a problem that is complete, with the pointers of its errors.
    ///
    /// # Panics
    /// When the answer is no problem, or lacks a member.
    pub fn problem(&self) -> (u16, String, Vec<String>) {
        let body = self.json();
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}: {body}", self.asked);
        let text = |member: &str| {
            let value = body[member].as_str().unwrap_or_else(|| panic!("{}: no {member}: {body}", self.asked));
            assert!(!value.is_empty(), "{}: empty {member}: {body}", self.asked);
            value.to_owned()
        };
        let code = text("code");
        assert_eq!(text("type"), format!("/problems/{code}"));
        assert_eq!(Some(text("request_id").as_str()), self.header("x-request-id"), "{}", self.asked);
        assert_eq!(body["status"], self.status);
        for member in ["title", "detail", "instance"] {
            text(member);
        }
        let errors = body["errors"].as_array().cloned().unwrap_or_default();
        let pointers = errors.iter().map(|error| {
            assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{body}");
            error["pointer"].as_str().expect("an error has a pointer").to_owned()
        });
        (self.status, code, pointers.collect())
    }

    /// Asserts that it is this problem.
    pub fn is_problem(&self, status: u16, code: &str) {
        let (found, found_code, _) = self.problem();
        assert_eq!((found, found_code.as_str()), (status, code), "{}: {}", self.asked, self.text());
    }
}

/// An instant of an answer.
///
/// # Panics
/// When it is none.
pub fn instant(value: &Value) -> Timestamp {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{value} is no instant"))
}
