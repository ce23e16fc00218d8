//! Owns the form of what stands in a body: names, references, words, ids, amounts, months, days, counts, instants.
//!
//! Does not own rules of the business: a number of months is any integer here, and how many are sold is the domain's.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::de::value::{CowStrDeserializer, MapAccessDeserializer};
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use subledger_domain::ids::ApplicationId;
use subledger_domain::money::{Currency, Money};
use subledger_domain::plan::Feature;

use super::problem::{FieldFault, Problem};

/// A JSON object of these fields. A derived `Deserialize` would also take an array with the values in order.
#[derive(Debug)]
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = T;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
            }
        }
        deserializer.deserialize_map(Fields(PhantomData)).map(Object)
    }
}

/// One of an enum's words, as a JSON string only. A derived `Deserialize` would also take `{"pro":null}`.
pub(super) fn word<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    let text = Cow::<'de, str>::deserialize(deserializer)?;
    T::deserialize(CowStrDeserializer::new(text))
}

/// As [`word`], where a word may be missing or null.
pub(super) fn optional_word<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let text = Option::<Cow<'de, str>>::deserialize(deserializer)?;
    text.map(|text| T::deserialize(CowStrDeserializer::new(text))).transpose()
}

/// One of an enum's words inside a list.
#[derive(Debug)]
pub(super) struct Word<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Word<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        word(deserializer).map(Self)
    }
}

/// As a person or thing is called: 1 to 200 characters without control characters.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Name(pub(super) String);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let fits = (1..=200).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        if fits {
            Ok(Self(text))
        } else {
            Err(D::Error::custom("must be 1 to 200 characters, none a control character"))
        }
    }
}

/// Reads a text of a form of its own, where it may be missing or null.
pub(super) fn optional_text<'de, D: Deserializer<'de>, T: FromStr<Err: fmt::Display>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let text = Option::<Cow<'de, str>>::deserialize(deserializer)?;
    text.map(|text| text.parse().map_err(D::Error::custom)).transpose()
}

/// The caller's own reference: 1 to 200 characters, none of them a control character.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reference(pub(super) String);

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let fits = (1..=200).contains(&text.chars().count()) && !text.contains(char::is_control);
        let rule = "must be 1 to 200 characters, none of them a control character";
        if fits { Ok(Self(text)) } else { Err(D::Error::custom(rule)) }
    }
}

impl Reference {
    /// As an order takes one that need not be sent.
    pub(super) fn text(sent: Option<&Self>) -> Option<String> {
        sent.map(|reference| reference.0.clone())
    }
}

/// A feature in a path: a row of the plan matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FeatureName(pub(super) Feature);

impl FromStr for FeatureName {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Feature::named(name).map(Self).ok_or(())
    }
}

/// An SDKAppID in a body.
pub(super) fn application_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<ApplicationId>, D::Error> {
    let number = Option::<u64>::deserialize(deserializer)?;
    number.map(ApplicationId::try_new).transpose().map_err(D::Error::custom)
}

/// Money as it was sent: two texts, not yet an amount of a currency that is kept here.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SentMoney {
    amount: String,
    currency: String,
}

impl SentMoney {
    /// The amount, if its form is right and its currency is kept here. `pointer` is where it stands in the body.
    pub(super) fn money(&self, pointer: &str) -> Result<Money, Problem> {
        let fault =
            |field, message: String| Problem::invalid(vec![FieldFault::new(format!("{pointer}/{field}"), message)]);
        let is_code = self.currency.len() == 3 && self.currency.bytes().all(|byte| byte.is_ascii_uppercase());
        if !is_code {
            return Err(fault("currency", "must be an ISO 4217 code of three capital letters".to_owned()));
        }
        let currency: Currency =
            self.currency.parse().map_err(|unknown| Problem::refused("currency_mismatch", format!("{unknown}")))?;
        Money::parse(&self.amount, currency).map_err(|form| fault("amount", form.to_string()))
    }
}

/// A number of months: any integer, however large. Which of them are sold is a rule of the business.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Months {
    /// A number the domain can be asked about.
    Counted(u32),
    /// Negative, or larger than anyone can count months.
    Uncountable,
}

impl Months {
    /// The number for the domain to judge.
    pub(super) fn count(&self) -> Result<u32, Problem> {
        match self {
            Self::Counted(months) => Ok(*months),
            Self::Uncountable => {
                Err(Problem::refused("months_out_of_range", "no order can run for that number of months"))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Months {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Integer;
        impl Visitor<'_> for Integer {
            type Value = Months;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an integer")
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Months, E> {
                Ok(u32::try_from(number).map_or(Months::Uncountable, Months::Counted))
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Months, E> {
                Ok(u32::try_from(number).map_or(Months::Uncountable, Months::Counted))
            }
            // The parser gives integers beyond 64 bits as floats; a float that small was written with a fraction or an
            // exponent.
            fn visit_f64<E: Error>(self, number: f64) -> Result<Months, E> {
                if number.abs() >= 9.2e18 {
                    Ok(Months::Uncountable)
                } else {
                    Err(E::invalid_type(serde::de::Unexpected::Float(number), &self))
                }
            }
        }
        deserializer.deserialize_any(Integer)
    }
}

/// A number of users or groups: any that a service on this planet can have, and no more, so that no reading can take a
/// bill beyond what an amount can hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Measured(pub(super) u64);

impl Measured {
    /// The largest number that is taken.
    pub(super) const MAX: u64 = 10_000_000_000;

    /// Checks a number.
    pub(super) fn try_new(number: u64) -> Result<Self, &'static str> {
        let rule = "must be an integer from 0 to 10000000000";
        if number <= Self::MAX { Ok(Self(number)) } else { Err(rule) }
    }
}

impl<'de> Deserialize<'de> for Measured {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_new(u64::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// A civil day in a body: `YYYY-MM-DD`. The parser underneath also takes other ISO 8601 forms, and times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SentDate(pub(super) Date);

impl<'de> Deserialize<'de> for SentDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        let date = text.parse::<Date>().ok().filter(|date| date.to_string() == text);
        date.map(Self).ok_or_else(|| D::Error::custom("must be a day like 2022-11-05"))
    }
}

/// An instant in a body.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SentInstant(pub(super) Timestamp);

impl<'de> Deserialize<'de> for SentInstant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        instant(&text).map(Self).map_err(D::Error::custom)
    }
}

/// Reads RFC 3339 with an offset. The parser underneath also takes ISO 8601's basic form and bracketed zones, which
/// other readers of our logs would not; the log keeps microseconds, so nothing finer is taken.
pub(super) fn instant(text: &str) -> Result<Timestamp, &'static str> {
    const RULE: &str =
        "must be an RFC 3339 instant with an offset, like 2022-10-12T00:00:00+08:00, no finer than microseconds";
    let byte = |index: usize| text.as_bytes().get(index).copied();
    let marks = byte(4) == Some(b'-') && byte(7) == Some(b'-') && byte(13) == Some(b':') && byte(16) == Some(b':');
    let parted = matches!(byte(10), Some(b'T' | b't'));
    let offset = text.ends_with(['Z', 'z']) || text.len().checked_sub(3).and_then(byte) == Some(b':');
    if !(marks && parted && offset) {
        return Err(RULE);
    }
    let at: Timestamp = text.parse().map_err(|_| RULE)?;
    if at.subsec_nanosecond() % 1_000 == 0 { Ok(at) } else { Err(RULE) }
}
