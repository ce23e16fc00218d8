//! Owns what a caller is told when a request is not done: RFC 9457 problems with stable codes.
//!
//! Does not own the request's id and path; `super::shell` adds them when it renders.

use std::borrow::Cow;

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use subledger_domain::account::{self, VoucherFault};
use subledger_domain::decide::{NotPublished, Refusal, RefusalKind};
use subledger_eventlog::store::StoreFault;

use crate::engine::{StaleQuote, WriteFault};
use crate::views;

/// Why a request was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: Cow<'static, str>,
    errors: Vec<FieldFault>,
    /// A quote that no longer holds, and what would now.
    stale: Option<Box<StaleQuote>>,
    /// For the operator's log, never for the wire.
    reason: Option<String>,
}

/// What is wrong with one part of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct FieldFault {
    /// JSON pointer into the body; `/name` for a query parameter or a header of that name.
    pub(super) pointer: String,
    /// Which rule it breaks.
    pub(super) message: String,
}

impl FieldFault {
    pub(super) fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), message: message.into() }
    }
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, detail: detail.into(), errors: Vec::new(), stale: None, reason: None }
    }

    /// The body is no JSON at all.
    pub(super) fn malformed_json(detail: String) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed_json", detail)
    }

    pub(super) fn idempotency_key_missing() -> Self {
        let detail = "every write needs an Idempotency-Key header of 1 to 255 visible ASCII characters";
        Self::new(StatusCode::BAD_REQUEST, "idempotency_key_missing", detail)
    }

    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "there is nothing here")
    }

    /// The request can be read but breaks rules of form; all that were found.
    pub(super) fn invalid(errors: Vec<FieldFault>) -> Self {
        let detail = "the request breaks rules of form; `errors` names each place";
        Self { errors, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request", detail) }
    }

    /// A rule of the business that shows before the business is asked.
    pub(super) fn refused(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
    }

    /// An order that would come to something else than what was quoted. `errors` points into both quotes.
    fn quote_stale(stale: Box<StaleQuote>, detail: String) -> Self {
        let errors = stale.differs.iter().map(|(pointer, message)| FieldFault::new(pointer, message)).collect();
        Self { errors, stale: Some(stale), ..Self::new(StatusCode::CONFLICT, "quote_stale", detail) }
    }

    pub(super) fn too_large() -> Self {
        Self::bare(StatusCode::PAYLOAD_TOO_LARGE)
    }

    pub(super) fn unsupported_media_type() -> Self {
        Self::bare(StatusCode::UNSUPPORTED_MEDIA_TYPE)
    }

    pub(super) fn projection_behind() -> Self {
        let detail = "the position asked for was not reached within 5 seconds; ask again";
        Self::new(StatusCode::GATEWAY_TIMEOUT, "projection_behind", detail)
    }

    /// The store does not answer. What it said goes to the operator's log only.
    pub(super) fn store_unavailable(reason: impl Into<String>) -> Self {
        let detail = "the ledger's store does not answer; the same request with the same key can safely be sent again";
        let reason = Some(reason.into());
        Self { reason, ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "store_unavailable", detail) }
    }

    /// Not ready to serve; an operator's probe reads the detail.
    pub(super) fn not_ready(detail: String) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "store_unavailable", detail)
    }

    /// Adds what goes to the operator's log only.
    pub(super) fn because(mut self, fault: impl std::fmt::Display) -> Self {
        self.reason = Some(fault.to_string());
        self
    }

    /// The ledger's own fault. What happened goes to the operator's log only.
    pub(super) fn internal(reason: impl Into<String>) -> Self {
        let reason = Some(reason.into());
        Self { reason, ..Self::bare(StatusCode::INTERNAL_SERVER_ERROR) }
    }

    /// For an answer that the router or a layer gave by status alone.
    pub(super) fn bare(status: StatusCode) -> Self {
        let (code, detail) = match status {
            StatusCode::NOT_FOUND => ("not_found", "there is nothing here"),
            StatusCode::METHOD_NOT_ALLOWED => ("method_not_allowed", "the Allow header names the methods of this path"),
            StatusCode::PAYLOAD_TOO_LARGE => ("payload_too_large", "a body has at most 65536 bytes"),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => ("unsupported_media_type", "send the body as application/json"),
            status if status.is_client_error() => ("bad_request", "the request cannot be read"),
            _ => ("internal", "the ledger made a mistake; the operator finds it in the log by `request_id`"),
        };
        Self::new(status, code, detail)
    }

    /// The place of a fault the domain found; the domain knows figures, not pointers.
    pub(super) fn pointing_at(mut self, pointer: &str) -> Self {
        for error in self.errors.iter_mut().filter(|error| error.pointer.is_empty()) {
            error.pointer = pointer.to_owned();
        }
        self
    }

    /// For the operator's log, if there is something to tell.
    pub(super) fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// The problem a response carries; a bare error status becomes one.
    pub(super) fn of(response: &mut Response) -> Option<Self> {
        let status = response.status();
        let carried = response.extensions_mut().remove::<Self>();
        carried.or_else(|| (status.is_client_error() || status.is_server_error()).then(|| Self::bare(status)))
    }

    /// Fills a response with the problem's document; its other headers (`Allow`) stay.
    pub(super) fn render(&self, response: Response, instance: &str, request_id: &str) -> Response {
        let document = views::text(&Document {
            kind: format!("/problems/{}", self.code),
            title: title(self.code),
            status: self.status.as_u16(),
            detail: &self.detail,
            instance,
            code: self.code,
            request_id,
            errors: &self.errors,
            quoted: self.stale.as_ref().map(|stale| &stale.quoted),
            now: self.stale.as_ref().map(|stale| stale.now.as_ref()),
        });
        let mut response = response.map(|_| Body::from(document));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.remove(CONTENT_LENGTH);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: String,
    status: u16,
    detail: &'a str,
    instance: &'a str,
    code: &'a str,
    request_id: &'a str,
    #[serde(skip_serializing_if = "<[FieldFault]>::is_empty")]
    errors: &'a [FieldFault],
    #[serde(skip_serializing_if = "Option::is_none")]
    quoted: Option<&'a Value>,
    /// Null when the order would be refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    now: Option<Option<&'a Value>>,
}

/// `insufficient_balance` → `Insufficient balance`: the same for every occurrence, as the RFC asks.
fn title(code: &str) -> String {
    let words = code.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Carries the problem to `super::shell`, which knows the request.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let (code, detail) = (refusal.code(), refusal.to_string());
        match refusal.kind() {
            RefusalKind::NotFound => Self::new(StatusCode::NOT_FOUND, code, detail),
            RefusalKind::Conflict => Self::new(StatusCode::CONFLICT, code, detail),
            RefusalKind::Invalid => Self::invalid(vec![FieldFault::new(place(&refusal), detail)]),
            RefusalKind::Refused => Self::refused(code, detail),
            RefusalKind::Broken => Self::internal(detail),
        }
    }
}

/// Where in a body the domain found a fault, if its name says so; [`Problem::pointing_at`] places the others.
fn place(refusal: &Refusal) -> &'static str {
    let Refusal::Account(account::Error::Voucher(fault)) = refusal else { return "" };
    match fault {
        VoucherFault::Worthless => "/face/amount",
        VoucherFault::Over { .. } => "/expires_on",
        VoucherFault::NegativeMinimum => "/minimum/amount",
        VoucherFault::NoItems => "/applies_to",
        VoucherFault::NoMonths => "/months_max",
    }
}

impl From<WriteFault> for Problem {
    fn from(fault: WriteFault) -> Self {
        let detail = fault.to_string();
        match fault {
            WriteFault::Refused(refusal) => refusal.into(),
            WriteFault::IdempotencyMismatch => Self::refused("idempotency_mismatch", detail),
            WriteFault::IdempotencyInFlight => Self::new(StatusCode::CONFLICT, "idempotency_in_flight", detail),
            WriteFault::QuoteStale(stale) => Self::quote_stale(stale, detail),
            WriteFault::PreconditionFailed => Self::new(StatusCode::PRECONDITION_FAILED, "precondition_failed", detail),
            // What is wrong with a list itself is told by its route, which knows the field and the line.
            WriteFault::NotPublished(NotPublished::IdTaken { .. } | NotPublished::DayTaken { .. }) => {
                Self::new(StatusCode::CONFLICT, "already_exists", detail)
            }
            WriteFault::NotPublished(
                NotPublished::Unknown { .. } | NotPublished::Faulty(_) | NotPublished::Refused { .. },
            ) => Self::invalid(vec![FieldFault::new("", detail)]),
            WriteFault::AlreadyExists => Self::new(StatusCode::CONFLICT, "already_exists", detail),
            WriteFault::ClockNotManual => Self::new(StatusCode::FORBIDDEN, "clock_not_manual", detail),
            WriteFault::ClockBackwards { now } => {
                Self::refused("clock_backwards", format!("the clock stands at {} already", views::Instant(now)))
            }
            WriteFault::Unavailable { reason } => Self::store_unavailable(reason),
            WriteFault::Internal { reason } => Self::internal(reason),
        }
    }
}

impl From<StoreFault> for Problem {
    fn from(fault: StoreFault) -> Self {
        match &fault {
            StoreFault::Damaged { .. } => Self::internal(fault.to_string()),
            StoreFault::NotWritten { .. }
            | StoreFault::Unknown { .. }
            | StoreFault::Unavailable { .. }
            | StoreFault::Poisoned { .. }
            | StoreFault::Unusable { .. } => Self::store_unavailable(fault.to_string()),
        }
    }
}
