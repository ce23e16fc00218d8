//! Owns asking a server and keeping the bytes of its answer.

use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// A server that hangs must not hang the tests.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);

/// An answer, to the byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) replayed: bool,
    pub(super) body: Bytes,
}

/// One way to one server.
#[derive(Clone)]
pub(super) struct Wire {
    base: String,
    http: Client<HttpConnector, Full<Bytes>>,
}

impl Wire {
    pub(super) fn to(base: &str) -> Self {
        Self { base: base.to_owned(), http: Client::builder(TokioExecutor::new()).build_http() }
    }

    /// Sends a write; `Err` when there is no whole answer.
    pub(super) async fn post(&self, path: &str, key: &str, body: &str) -> Result<Answered, String> {
        let request = Request::post(format!("{}{path}", self.base))
            .header("content-type", "application/json")
            .header("idempotency-key", key)
            .body(Full::new(Bytes::copy_from_slice(body.as_bytes())))
            .expect("a request");
        let asked = async {
            let response = self.http.request(request).await.map_err(|fault| fault.to_string())?;
            let (status, replayed) =
                (response.status().as_u16(), response.headers().contains_key("idempotency-replayed"));
            let body = response.into_body().collect().await.map_err(|fault| fault.to_string())?.to_bytes();
            Ok(Answered { status, replayed, body })
        };
        tokio::time::timeout(ANSWER_LIMIT, asked).await.unwrap_or_else(|_| Err("no answer in time".to_owned()))
    }
}
