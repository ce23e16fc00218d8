//! Owns the names of things: accounts, applications, subscriptions, events, commands, invoices, vouchers.
//!
//! Ids are *derived, not drawn*: every UUID is a version-7 one made of an instant and a SHA-256 over what caused it,
//! so the same orders, keys and clock give the same log on any store.
//!
//! Does not own which id is free: a directory outside the domain reserves account and application ids.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::calendar::Month;

/// An id that does not have the form its kind asks for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{rule}")]
pub struct IdFault {
    /// What a well-formed id of this kind looks like.
    pub rule: &'static str,
}

/// A version-7 UUID made of an instant and what caused it. The parts are length-prefixed before they are hashed, so
/// ("ab", "c") and ("a", "bc") give different ids.
pub(crate) fn derived_uuid(at: Timestamp, parts: &[&[u8]]) -> Uuid {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    let digest = hasher.finalize();
    let mut entropy = [0_u8; 10];
    entropy.copy_from_slice(&digest[..10]);
    // A ledger has no instants before 1970; one that had would keep its order by the hash alone.
    let millis = u64::try_from(at.as_millisecond()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &entropy).into_uuid()
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(Uuid);

        impl $name {
            /// What stands before the UUID in the text form.
            pub const PREFIX: &'static str = $prefix;

            /// Wraps a UUID that was read from a store.
            pub fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID without its prefix.
            pub fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{}", $prefix, self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdFault;
            fn from_str(text: &str) -> Result<Self, IdFault> {
                let fault = IdFault { rule: concat!("must be `", $prefix, "` followed by a lower-case UUID") };
                let uuid = text.strip_prefix($prefix).ok_or_else(|| fault.clone())?;
                let parsed = Uuid::try_parse(uuid).map_err(|_| fault.clone())?;
                // One spelling per id: no braces, no upper case, no missing hyphens.
                if parsed.to_string() == uuid { Ok(Self(parsed)) } else { Err(fault) }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

uuid_id!(
    /// One order, timer or clock move. Everything it brought about carries it.
    CommandId, "cmd_"
);
uuid_id!(
    /// One fact in the log.
    EventId, "evt_"
);
uuid_id!(
    /// One running agreement of an application to a plan; a purchase after a stop starts another.
    SubscriptionId, "sub_"
);
uuid_id!(
    /// One bought value-added service.
    AddOnId, "addon_"
);
uuid_id!(
    /// One invoice, statement or credit note.
    InvoiceId, "inv_"
);
uuid_id!(
    /// One line of an invoice.
    LineId, "line_"
);

impl CommandId {
    /// The id of a command that came with an idempotency key. `scope` is the payer's account id, or one
    /// with a slash before it, like `/accounts`, for what belongs to no payer yet.
    ///
    /// ```
    /// use subledger_domain::ids::CommandId;
    /// let at = "2022-10-12T00:00:00+08:00".parse().expect("an instant");
    /// assert_eq!(CommandId::keyed(at, "acme", "k1"), CommandId::keyed(at, "acme", "k1"));
    /// assert_ne!(CommandId::keyed(at, "acme", "k1"), CommandId::keyed(at, "acme", "k2"));
    /// ```
    pub fn keyed(at: Timestamp, scope: &str, key: &str) -> Self {
        Self(derived_uuid(at, &[b"key", scope.as_bytes(), key.as_bytes()]))
    }

    /// The id of a timer's command: its due instant and (account, kind, subject).
    pub fn timer(at: Timestamp, account: &AccountId, kind: &str, subject: &str) -> Self {
        Self(derived_uuid(at, &[b"timer", account.as_str().as_bytes(), kind.as_bytes(), subject.as_bytes()]))
    }
}

/// Draws the ids a decision needs, in order, all from the command's own id and instant.
#[derive(Debug, Clone)]
pub struct IdSeries {
    command: CommandId,
    at: Timestamp,
    drawn: u32,
}

impl IdSeries {
    /// The series of one command.
    pub fn new(command: CommandId, at: Timestamp) -> Self {
        Self { command, at, drawn: 0 }
    }

    /// The next UUID of the series.
    pub fn draw(&mut self) -> Uuid {
        self.drawn += 1;
        derived_uuid(self.at, &[b"drawn", self.command.0.as_bytes(), &self.drawn.to_be_bytes()])
    }
}

macro_rules! callers_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The text form.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdFault;
            fn from_str(text: &str) -> Result<Self, IdFault> {
                let first_ok = text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
                let rest_ok = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'));
                if first_ok && rest_ok && text.len() <= 64 { Ok(Self(text.to_owned())) } else { Err(CALLERS_ID) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

/// The form of an id that the caller may choose.
const CALLERS_ID: IdFault = IdFault { rule: "must be 1 to 64 of A-Z a-z 0-9 _ . - and start with a letter or digit" };

callers_id!(
    /// A payer. The caller's own id, or one allocated from the idempotency key; also the stream's id.
    AccountId
);
callers_id!(
    /// A voucher of one payer, by the caller's own id.
    VoucherId
);

impl AccountId {
    /// An id for a payer who named none: from the key alone, so that a retry opens no second account.
    pub fn allocated(key: &str) -> Self {
        let digest = Sha256::new().chain_update(b"account").chain_update(key.as_bytes()).finalize();
        let text = digest.iter().take(12).fold(String::from("acc"), |text, byte| format!("{text}{byte:02x}"));
        Self(text)
    }
}

/// A price list's name, e.g. `2022-07`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct PriceListId(String);

impl PriceListId {
    /// The text form, also the stream's id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PriceListId {
    type Err = IdFault;
    fn from_str(text: &str) -> Result<Self, IdFault> {
        let allowed =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b'_');
        if (1..=64).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdFault { rule: "an id is 1 to 64 of a-z 0-9 - . _" })
        }
    }
}

impl fmt::Display for PriceListId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for PriceListId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// An application's SDKAppID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ApplicationId(u64);

impl ApplicationId {
    /// The first id given to a caller who names none.
    pub const FIRST_ALLOCATED: Self = Self(1_400_000_001);
    /// Ids are JSON integers: above this some readers would round them.
    pub const LARGEST: u64 = 9_007_199_254_740_991;

    /// Checks an SDKAppID: 1 to 2^53 − 1.
    ///
    /// # Errors
    /// [`IdFault`] when it is outside.
    pub fn try_new(id: u64) -> Result<Self, IdFault> {
        if (1..=Self::LARGEST).contains(&id) {
            Ok(Self(id))
        } else {
            Err(IdFault { rule: "must be an integer from 1 to 9007199254740991" })
        }
    }

    /// The integer.
    pub fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for ApplicationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for ApplicationId {
    type Err = IdFault;
    fn from_str(text: &str) -> Result<Self, IdFault> {
        let fault = IdFault { rule: "must be an integer from 1 to 9007199254740991" };
        let number: u64 = text.parse().map_err(|_| fault.clone())?;
        if number.to_string() == text { Self::try_new(number) } else { Err(fault) }
    }
}

/// One application's usage in one natural month: `1400000001.2022-11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UsageMonthId {
    /// The application.
    pub application_id: ApplicationId,
    /// The month.
    pub month: Month,
}

impl fmt::Display for UsageMonthId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.application_id, self.month)
    }
}

impl FromStr for UsageMonthId {
    type Err = IdFault;
    fn from_str(text: &str) -> Result<Self, IdFault> {
        let fault = IdFault { rule: "must be an application id, a point and a month" };
        let (application_id, month) = text.split_once('.').ok_or_else(|| fault.clone())?;
        let month = month.parse().map_err(|_| fault)?;
        Ok(Self { application_id: application_id.parse()?, month })
    }
}

impl Serialize for UsageMonthId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for UsageMonthId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant() -> Timestamp {
        "2022-10-12T00:00:00+08:00".parse().expect("an instant")
    }

    #[test]
    fn ids_of_one_command_differ_and_come_again() {
        let command = CommandId::keyed(instant(), "acme", "k");
        let mut first = IdSeries::new(command, instant());
        let mut again = IdSeries::new(command, instant());
        let (a, b) = (first.draw(), first.draw());
        assert_ne!(a, b);
        assert_eq!((a, b), (again.draw(), again.draw()));
        assert_eq!(a.get_version_num(), 7);
    }

    #[test]
    fn account_ids_refuse_hostile_text() {
        let long = "a".repeat(65);
        for bad in ["", "-a", ".a", "_a", "a b", "a/b", "a'b", "é", "a\n", long.as_str()] {
            assert!(bad.parse::<AccountId>().is_err(), "{bad:?} was accepted");
        }
        for good in ["a", "9", "Acme_1.eu-west", &long[..64]] {
            assert_eq!(good.parse::<AccountId>().expect("well formed").as_str(), good);
        }
    }

    #[test]
    fn a_prefixed_id_has_one_spelling() {
        let id = SubscriptionId::from_uuid(derived_uuid(instant(), &[b"x"]));
        assert_eq!(id.to_string().parse::<SubscriptionId>(), Ok(id));
        assert!(id.to_string().to_uppercase().parse::<SubscriptionId>().is_err());
        assert!(format!("sub_{}", id.uuid().simple()).parse::<SubscriptionId>().is_err());
        assert!(format!("evt_{}", id.uuid()).parse::<SubscriptionId>().is_err());
    }

    #[test]
    fn application_ids_have_one_spelling() {
        for bad in ["0", "01", "+1", "-1", "9007199254740992", "1.0", ""] {
            assert!(bad.parse::<ApplicationId>().is_err(), "{bad:?} was accepted");
        }
        assert_eq!("1400000001".parse(), Ok(ApplicationId::FIRST_ALLOCATED));
    }
}
