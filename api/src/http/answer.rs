//! Owns how an accepted request is answered: bodies are text that is ready, headers carry position and ETag.

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, ETAG, HeaderName, HeaderValue};
use axum::response::Response;

use super::problem::Problem;
use crate::engine::Accepted;
use crate::views;

const LEDGER_POSITION: HeaderName = HeaderName::from_static("ledger-position");
const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// JSON without more.
pub(super) fn json(body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// JSON read at a position.
pub(super) fn at(position: u64, body: String) -> Response {
    let mut response = json(body);
    response.headers_mut().insert(LEDGER_POSITION, HeaderValue::from(position));
    response
}

/// A single resource read at a position.
pub(super) fn resource(position: u64, body: String) -> Result<Response, Problem> {
    let etag = header(&views::etag(&body))?;
    let mut response = at(position, body);
    response.headers_mut().insert(ETAG, etag);
    Ok(response)
}

/// A page of a list: each entry is text of a JSON object.
pub(super) fn page(position: u64, entries: &[String], next_cursor: Option<String>) -> Response {
    let next = next_cursor.map_or_else(|| "null".to_owned(), |cursor| format!("\"{cursor}\""));
    at(position, format!("{{\"data\":[{}],\"next_cursor\":{next}}}", entries.join(",")))
}

/// An accepted write, or a quote of one.
pub(super) fn accepted(accepted: Accepted) -> Result<Response, Problem> {
    let status = StatusCode::from_u16(accepted.status)
        .map_err(|_| Problem::internal(format!("{} is no status of an answer", accepted.status)))?;
    let etag = accepted.etag.as_deref().map(header).transpose()?;
    let mut response = at(accepted.position, accepted.body);
    *response.status_mut() = status;
    if let Some(etag) = etag {
        response.headers_mut().insert(ETAG, etag);
    }
    if accepted.replayed {
        response.headers_mut().insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

fn header(text: &str) -> Result<HeaderValue, Problem> {
    HeaderValue::from_str(text).map_err(|_| Problem::internal(format!("{text:?} cannot stand in a header")))
}
