//! Owns what surrounds every request: its id, the headers every answer carries, problems rendered with the request's
//! id and path, panics caught, one line in the log.
//!
//! Does not own any route.

use std::any::Any;
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;

use super::problem::Problem;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Puts the shell around routes.
pub(super) fn around<S: Clone + Send + Sync + 'static>(routes: Router<S>) -> Router<S> {
    routes.layer(CatchPanicLayer::custom(panicked)).layer(middleware::from_fn(surround))
}

async fn surround(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let request_id = request_id(request.headers());
    let mut response = next.run(request).await;
    if let Some(problem) = Problem::of(&mut response) {
        let id = request_id.to_str().unwrap_or("");
        response = problem.render(response, uri.path(), id);
        if let Some(reason) = problem.reason() {
            tracing::error!(request_id = id, %method, path = uri.path(), reason, "a request failed");
        }
    }
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    tracing::debug!(
        request_id = ?request_id, %method, path = uri.path(), status = response.status().as_u16(),
        elapsed = ?started.elapsed(), "answered"
    );
    response.headers_mut().insert(REQUEST_ID, request_id);
    response
}

/// The caller's own id where it sent a plain one, so that both logs can be laid side by side; else a new one.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(std::process::id()));
    static REQUESTS: AtomicU64 = AtomicU64::new(0);
    let is_plain = |value: &&HeaderValue| {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
        (1..=64).contains(&value.len()) && value.as_bytes().iter().all(plain)
    };
    if let Some(sent) = headers.get(REQUEST_ID).filter(is_plain) {
        return sent.clone();
    }
    let fresh = format!("req_{:016x}{:08x}", *PROCESS, REQUESTS.fetch_add(1, Ordering::Relaxed));
    HeaderValue::from_str(&fresh).expect("hex digits stand in any header")
}

fn panicked(cause: Box<dyn Any + Send>) -> Response {
    let said = cause.downcast_ref::<String>().map(String::as_str).or_else(|| cause.downcast_ref::<&str>().copied());
    Problem::internal(format!("panic: {}", said.unwrap_or("without a message"))).into_response()
}
