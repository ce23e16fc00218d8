//! Owns a small client of the ledger's own HTTP API: JSON in, JSON out, over plain HTTP.
//!
//! Does not own retries: a caller that repeats a write repeats its key.

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Method, Request};
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// Why a call has no answer to work with.
#[derive(Debug, thiserror::Error)]
pub enum ClientFault {
    /// The server was not reached, or hung up.
    #[error("the server does not answer: {reason}")]
    Unreachable {
        /// What the transport said.
        reason: String,
    },
    /// The server said no.
    #[error("{status}: {body}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// The problem, as JSON.
        body: Value,
    },
    /// The answer is no JSON.
    #[error("the answer is no JSON: {0}")]
    Malformed(#[from] serde_json::Error),
}

/// A client of one server.
#[derive(Debug, Clone)]
pub struct Client {
    base: String,
    http: HyperClient<HttpConnector, Full<Bytes>>,
}

impl Client {
    /// `base` is like `http://127.0.0.1:7878`.
    pub fn new(base: impl Into<String>) -> Self {
        Self { base: base.into(), http: HyperClient::builder(TokioExecutor::new()).build_http() }
    }

    /// Where the server is.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Reads a resource.
    ///
    /// # Errors
    /// [`ClientFault`].
    pub async fn get(&self, path: &str) -> Result<Value, ClientFault> {
        self.call(Method::GET, path, None, None).await
    }

    /// Writes, under a key.
    ///
    /// # Errors
    /// [`ClientFault`].
    pub async fn post(&self, path: &str, key: &str, body: &Value) -> Result<Value, ClientFault> {
        self.call(Method::POST, path, Some(key), Some(body)).await
    }

    /// Puts a setting, under a key.
    ///
    /// # Errors
    /// [`ClientFault`].
    pub async fn put(&self, path: &str, key: &str, body: &Value) -> Result<Value, ClientFault> {
        self.call(Method::PUT, path, Some(key), Some(body)).await
    }

    /// Asks without writing; takes no key.
    ///
    /// # Errors
    /// [`ClientFault`].
    pub async fn ask(&self, path: &str, body: &Value) -> Result<Value, ClientFault> {
        self.call(Method::POST, path, None, Some(body)).await
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Value, ClientFault> {
        let unreachable = |reason: String| ClientFault::Unreachable { reason };
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let bytes = body.map_or_else(Bytes::new, |body| Bytes::from(body.to_string()));
        let request = request.body(Full::new(bytes)).map_err(|fault| unreachable(fault.to_string()))?;
        let response = self.http.request(request).await.map_err(|fault| unreachable(fault.to_string()))?;
        let status = response.status();
        let bytes = response.into_body().collect().await.map_err(|fault| unreachable(fault.to_string()))?.to_bytes();
        let body: Value = serde_json::from_slice(&bytes)?;
        if status.is_success() { Ok(body) } else { Err(ClientFault::Refused { status: status.as_u16(), body }) }
    }
}
