//! Owns what stands behind the question mark: each parameter once, none unknown, all faults told together.
//!
//! Does not own what a parameter does.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Query};
use axum::http::Uri;
use axum::http::request::Parts;
use jiff::Timestamp;
use subledger_domain::calendar::Month;
use subledger_domain::wording::Language;

use super::cursor;
use super::fields;
use super::problem::{FieldFault, Problem};

const LIMIT_DEFAULT: u32 = 50;
const LIMIT_MAX: u32 = 200;

/// Query parameters on their way to be read. Whatever a handler does not take is refused by [`Parameters::finish`].
#[derive(Debug)]
pub(super) struct Parameters {
    pairs: Vec<(String, String)>,
    taken: Vec<&'static str>,
    faults: Vec<FieldFault>,
}

impl Parameters {
    pub(super) fn of(uri: &Uri) -> Result<Self, Problem> {
        let Query(pairs) = Query::try_from_uri(uri)
            .map_err(|rejection| Problem::invalid(vec![FieldFault::new("", rejection.to_string())]))?;
        Ok(Self { pairs, taken: Vec::new(), faults: Vec::new() })
    }

    /// A parameter as it was sent, if it was.
    pub(super) fn take(&mut self, name: &'static str) -> Option<String> {
        self.taken.push(name);
        let index = self.pairs.iter().position(|(key, _)| key == name)?;
        Some(self.pairs.remove(index).1)
    }

    fn read<T>(&mut self, name: &'static str, read: impl FnOnce(&str) -> Result<T, &'static str>) -> Option<T> {
        let text = self.take(name)?;
        read(&text).map_err(|rule| self.faults.push(FieldFault::new(format!("/{name}"), rule))).ok()
    }

    /// An instant. A plus that was not escaped arrives as a blank; nothing else can stand in that place.
    pub(super) fn instant(&mut self, name: &'static str) -> Option<Timestamp> {
        self.read(name, |text| {
            let offset = text.len().checked_sub(6).filter(|index| text.as_bytes()[*index] == b' ');
            match offset {
                Some(index) => fields::instant(&format!("{}+{}", &text[..index], &text[index + 1..])),
                None => fields::instant(text),
            }
        })
    }

    /// An instant that has come: nobody knows yet what will be known.
    pub(super) fn past_instant(&mut self, name: &'static str, now: Timestamp) -> Option<Timestamp> {
        let instant = self.instant(name)?;
        if instant > now {
            self.fault(name, "must not lie in the future");
        }
        Some(instant)
    }

    /// A yes or no; no unless it is given.
    pub(super) fn flag(&mut self, name: &'static str) -> bool {
        let flag = self.read(name, |text| match text {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err("must be true or false"),
        });
        flag.unwrap_or(false)
    }

    /// A language a payer can read.
    pub(super) fn language(&mut self, name: &'static str) -> Option<Language> {
        self.read(name, |text| match text {
            "en" => Ok(Language::En),
            "zh" => Ok(Language::Zh),
            _ => Err("must be en or zh"),
        })
    }

    /// A natural month; it must be there.
    pub(super) fn month(&mut self, name: &'static str) -> Option<Month> {
        let rule = "must be a month like 2022-11";
        let given = self.pairs.iter().any(|(key, _)| key == name);
        if !given {
            self.fault(name, rule);
        }
        self.read(name, |text| text.parse().map_err(|_| rule))
    }

    /// A place in the log, as an earlier answer gave it.
    pub(super) fn position(&mut self, name: &'static str) -> Option<u64> {
        self.read(name, |text| {
            let rule = "must be a position as an earlier answer gave it";
            let position: u64 = text.parse().map_err(|_| rule)?;
            if position.to_string() == text { Ok(position) } else { Err(rule) }
        })
    }

    /// How many entries a page may have.
    pub(super) fn limit(&mut self) -> u32 {
        let limit = self.read("limit", |text| {
            let number = text.parse().ok().filter(|number| (1..=LIMIT_MAX).contains(number));
            number.ok_or("must be an integer from 1 to 200")
        });
        limit.unwrap_or(LIMIT_DEFAULT)
    }

    /// Where the page before ended.
    pub(super) fn cursor<K: FromStr>(&mut self) -> Option<K> {
        self.read("cursor", |text| cursor::read(text).ok_or("must be the next_cursor of an earlier answer"))
    }

    /// Notes a fault that only shows between parameters.
    pub(super) fn fault(&mut self, name: &'static str, rule: &'static str) {
        self.faults.push(FieldFault::new(format!("/{name}"), rule));
    }

    /// Whether [`Parameters::finish`] will refuse what was read so far.
    pub(super) fn has_faults(&self) -> bool {
        !self.faults.is_empty()
    }

    /// Refuses everything that was wrong, unknown or sent twice.
    pub(super) fn finish(mut self) -> Result<(), Problem> {
        for (name, _) in &self.pairs {
            let twice = self.taken.iter().any(|taken| taken == name);
            let rule = if twice { "is given more than once" } else { "unknown query parameter" };
            self.faults.push(FieldFault::new(format!("/{}", escaped(name)), rule));
        }
        if self.faults.is_empty() { Ok(()) } else { Err(Problem::invalid(self.faults)) }
    }
}

/// A name as RFC 6901 writes it in a pointer.
pub(super) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

impl<S: Send + Sync> FromRequestParts<S> for Parameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Self::of(&parts.uri)
    }
}
