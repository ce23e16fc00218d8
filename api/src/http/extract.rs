//! Owns how a request becomes typed: ids in the path, the JSON body with pointers to what is wrong, the idempotency key,
//! and the conditions a write is asked under: dry run, precondition, quote.
//!
//! Does not own the fields' own rules (`fields`). Checks run from the outside in: content type, size, key, JSON, query,
//! fields.

use std::str::FromStr;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_TYPE, HeaderName, IF_MATCH};
use axum::http::request::Parts;
use http_body_util::BodyExt;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;
use subledger_eventlog::record::Hash;

use super::fields::Object;
use super::fingerprint::fingerprint;
use super::problem::{FieldFault, Problem};
use super::query::{Parameters, escaped};
use crate::views::QuoteToken;

const BODY_MAX: usize = 64 * 1024;
/// How much of a body that is too large is read before the connection is given up.
const READ_MAX: usize = 1024 * 1024;
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const QUOTE_TOKEN: HeaderName = HeaderName::from_static("quote-token");

/// The id in the path. One that cannot exist is simply not found.
#[derive(Debug)]
pub(super) struct Id<T>(pub(super) T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        let id = path.ok().and_then(|Path(text)| text.parse().ok());
        id.map(Self).ok_or_else(Problem::not_found)
    }
}

/// Two ids in the path, the outer one first.
#[derive(Debug)]
pub(super) struct Ids<A, B>(pub(super) A, pub(super) B);

impl<S: Send + Sync, A: FromStr, B: FromStr> FromRequestParts<S> for Ids<A, B> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<(String, String)>::from_request_parts(parts, state).await;
        let ids = path.ok().and_then(|Path((outer, inner))| Some(Self(outer.parse().ok()?, inner.parse().ok()?)));
        ids.ok_or_else(Problem::not_found)
    }
}

/// A question with a JSON body: it writes nothing and takes no key.
#[derive(Debug)]
pub(super) struct Asked<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let AskedThen(asked, parameters) = AskedThen::from_request(request, state).await?;
        parameters.finish()?;
        Ok(Self(asked))
    }
}

/// A question that can be asked of an earlier time.
#[derive(Debug)]
pub(super) struct AskedThen<T>(pub(super) T, pub(super) Parameters);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for AskedThen<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = json_bytes(&parts, body).await?;
        let parameters = Parameters::of(&parts.uri)?;
        // The text is parsed once on the path that checks of rights take; only a fault is looked at again, since broken
        // JSON is told from broken rules.
        let asked = typed(&bytes).map_err(|fault| syntax(&bytes).err().unwrap_or(fault))?;
        Ok(Self(asked, parameters))
    }
}

/// The body of a write whose path says everything: none, or an object without fields.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// A write whose path says everything, or all that is needed, so that a body need not be sent.
#[derive(Debug)]
pub(super) struct Unspoken<T = Nothing>(pub(super) Keyed<T>);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Unspoken<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = if body.is_end_stream() { Bytes::from_static(b"{}") } else { json_bytes(&parts, body).await? };
        keyed(&parts, &bytes).map(Self)
    }
}

/// A write: its key, what it was asked with, and what it asks.
#[derive(Debug)]
pub(super) struct Keyed<T> {
    /// The caller's idempotency key; empty on a dry run, which takes none.
    pub(super) key: String,
    /// What makes it the same request.
    pub(super) fingerprint: Hash,
    /// What it is asked under.
    pub(super) conditions: Conditions,
    /// What it asks.
    pub(super) asked: T,
}

/// What a write is asked under.
#[derive(Debug)]
pub(super) struct Conditions {
    /// Whether it is only asked what the write would come to.
    pub(super) dry_run: bool,
    /// The ETag the caller expects.
    pub(super) if_match: Option<String>,
    /// The quote the caller holds it to.
    pub(super) quote: Option<QuoteToken>,
}

impl Conditions {
    /// Reads key and conditions off a write's headers and query; what else the query holds is left in the parameters, to
    /// be refused.
    pub(super) fn of(parts: &Parts) -> Result<(String, Self, Parameters), Problem> {
        let mut parameters = Parameters::of(&parts.uri)?;
        let dry_run = parameters.flag("dry_run");
        // Nothing is kept of a dry run, so there is nothing to find again. A key is not asked for before it is known whether
        // this is one: who wrote `dry_run=maybe` is told of that.
        let key = if dry_run || parameters.has_faults() { String::new() } else { idempotency_key(&parts.headers)? };
        let if_match = if_match(&parts.headers)?;
        let quote = quote_token(&parts.headers)?;
        Ok((key, Self { dry_run, if_match, quote }, parameters))
    }

    /// What was quoted, if the token is one of this request of this payer.
    pub(super) fn quoted(&mut self, scope: &str, fingerprint: Hash) -> Result<Option<Value>, Problem> {
        match self.quote.take() {
            Some(token) if token.scope != scope || token.request != fingerprint.to_string() => {
                Err(Problem::invalid(vec![FieldFault::new("/Quote-Token", "is the quote of another request")]))
            }
            token => Ok(token.map(|token| token.held_to)),
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Keyed<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = json_bytes(&parts, body).await?;
        keyed(&parts, &bytes)
    }
}

fn keyed<T: DeserializeOwned>(parts: &Parts, bytes: &[u8]) -> Result<Keyed<T>, Problem> {
    let (key, conditions, parameters) = Conditions::of(parts)?;
    let body = syntax(bytes)?;
    parameters.finish()?;
    let fingerprint = fingerprint(&parts.method, parts.uri.path(), &body);
    Ok(Keyed { key, fingerprint, conditions, asked: typed(bytes)? })
}

async fn json_bytes(parts: &Parts, body: Body) -> Result<Bytes, Problem> {
    let content_type = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = content_type.split(';').next().unwrap_or("").trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(Problem::unsupported_media_type());
    }
    // A body that announces far too much is not waited for.
    if body.size_hint().lower() > READ_MAX as u64 {
        return Err(Problem::too_large());
    }
    within_bounds(body).await
}

/// The body, if it is not too large. One that is a little too large is read to its end all the same: a caller who is
/// still sending when the connection closes often never sees the answer.
async fn within_bounds(mut body: Body) -> Result<Bytes, Problem> {
    let (mut kept, mut read) = (Vec::new(), 0_usize);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|fault| Problem::malformed_json(format!("the body broke off: {fault}")))?;
        let Ok(data) = frame.into_data() else { continue };
        read = read.saturating_add(data.len());
        if read > READ_MAX {
            break;
        }
        if read <= BODY_MAX {
            kept.extend_from_slice(&data);
        }
    }
    if read > BODY_MAX { Err(Problem::too_large()) } else { Ok(kept.into()) }
}

fn idempotency_key(headers: &HeaderMap) -> Result<String, Problem> {
    let text = single(headers, &IDEMPOTENCY_KEY, "/Idempotency-Key")?.ok_or_else(Problem::idempotency_key_missing)?;
    let visible = text.iter().all(u8::is_ascii_graphic);
    match String::from_utf8(text) {
        Ok(key) if visible && (1..=255).contains(&key.len()) => Ok(key),
        Ok(_) | Err(_) => {
            let rule = "must be 1 to 255 visible ASCII characters";
            Err(Problem::invalid(vec![FieldFault::new("/Idempotency-Key", rule)]))
        }
    }
}

/// One strong ETag, as our answers carry it. `*` and lists have no meaning for a write to one known resource.
fn if_match(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(text) = single(headers, &IF_MATCH, "/If-Match")? else { return Ok(None) };
    let inner = text.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    let is_tag = inner.is_some_and(|tag| tag.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'"'));
    match String::from_utf8(text) {
        Ok(tag) if is_tag => Ok(Some(tag)),
        Ok(_) | Err(_) => {
            let rule = "must be one ETag as an earlier answer gave it, quotes included";
            Err(Problem::invalid(vec![FieldFault::new("/If-Match", rule)]))
        }
    }
}

/// The token of a quote, as a dry run gave it.
fn quote_token(headers: &HeaderMap) -> Result<Option<QuoteToken>, Problem> {
    let Some(text) = single(headers, &QUOTE_TOKEN, "/Quote-Token")? else { return Ok(None) };
    let token = str::from_utf8(&text).ok().and_then(QuoteToken::read);
    let rule = "must be the token of a quote as a dry run gave it";
    token.map(Some).ok_or_else(|| Problem::invalid(vec![FieldFault::new("/Quote-Token", rule)]))
}

fn single(headers: &HeaderMap, name: &HeaderName, pointer: &str) -> Result<Option<Vec<u8>>, Problem> {
    let mut values = headers.get_all(name).iter();
    let first = values.next().map(|value| value.as_bytes().to_vec());
    if values.next().is_some() {
        return Err(Problem::invalid(vec![FieldFault::new(pointer, "is given more than once")]));
    }
    Ok(first)
}

/// Whether it is JSON at all. Nesting is bounded by the parser, at 128.
fn syntax(bytes: &[u8]) -> Result<Value, Problem> {
    serde_json::from_slice(bytes).map_err(|fault| Problem::malformed_json(format!("the body is no JSON: {fault}")))
}

fn typed<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let Object(asked) = serde_path_to_error::deserialize(&mut deserializer).map_err(|fault| {
        let message = fault.inner().to_string();
        // The line and column of the whole body add nothing to a pointer.
        let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(rule, _)| rule);
        let mut pointer = pointer(fault.path());
        if let Some(field) = field_in(message) {
            pointer = format!("{pointer}/{field}");
        }
        Problem::invalid(vec![FieldFault::new(pointer, message.chars().take(300).collect::<String>())])
    })?;
    deserializer.end().map_err(|fault| Problem::malformed_json(format!("the body is no JSON: {fault}")))?;
    Ok(asked)
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    let segment = |segment: &Segment| match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => format!("/{}", escaped(key)),
        Segment::Enum { variant } => format!("/{variant}"),
        Segment::Unknown => String::new(),
    };
    path.iter().map(segment).collect()
}

/// A field that is missing or given twice has no path of its own; serde only names it in its message. Tests pin that
/// form.
fn field_in(message: &str) -> Option<&str> {
    let named = message.strip_prefix("missing field `").or_else(|| message.strip_prefix("duplicate field `"));
    named?.strip_suffix('`')
}
