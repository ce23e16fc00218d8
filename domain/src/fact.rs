//! Owns the sum of all events: a fact knows its stream, its id and what brought it about.
//!
//! Does not own what an event does to a state (aggregates) nor columns (the log).

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use cqrs_es::{Aggregate, DomainEvent};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::account::{self, Account};
use crate::add_on::{self, AddOnPurchase};
use crate::application::{self, Application};
use crate::charge::Charge;
use crate::envelope::{DecodeFault, Routed, StoredFact};
use crate::ids::{AccountId, AddOnId, ApplicationId, EventId, PriceListId, SubscriptionId, UsageMonthId};
use crate::publication::{self, Publication};
use crate::subscription::{self, Subscription};
use crate::upcast;
use crate::usage::{self, UsageMonth};

/// One aggregate's events.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Stream {
    /// The payer's own.
    Account(AccountId),
    /// An application's.
    Application(ApplicationId),
    /// An agreement's.
    Subscription(SubscriptionId),
    /// A bought add-on's.
    AddOn(AddOnId),
    /// A month of usage.
    Usage(UsageMonthId),
    /// A price list's publication; no payer's.
    PriceList(PriceListId),
}

impl Stream {
    /// Kind of aggregate.
    pub fn aggregate_type(&self) -> &'static str {
        match self {
            Self::Account(_) => Account::TYPE,
            Self::Application(_) => Application::TYPE,
            Self::Subscription(_) => Subscription::TYPE,
            Self::AddOn(_) => AddOnPurchase::TYPE,
            Self::Usage(_) => UsageMonth::TYPE,
            Self::PriceList(_) => Publication::TYPE,
        }
    }

    /// Id among its kind.
    pub fn aggregate_id(&self) -> Cow<'_, str> {
        match self {
            Self::Account(id) => Cow::Borrowed(id.as_str()),
            Self::Application(id) => Cow::Owned(id.to_string()),
            Self::Subscription(id) => Cow::Owned(id.to_string()),
            Self::AddOn(id) => Cow::Owned(id.to_string()),
            Self::Usage(id) => Cow::Owned(id.to_string()),
            Self::PriceList(id) => Cow::Borrowed(id.as_str()),
        }
    }

    fn parse(stored: &StoredFact<'_>) -> Result<Self, DecodeFault> {
        fn id<I: FromStr>(stored: &StoredFact<'_>) -> Result<I, DecodeFault> {
            stored.aggregate_id.parse().map_err(|_| DecodeFault::UnknownStream {
                aggregate_type: stored.aggregate_type.to_owned(),
                aggregate_id: stored.aggregate_id.to_owned(),
            })
        }
        match stored.aggregate_type {
            Account::TYPE => Ok(Self::Account(id(stored)?)),
            Application::TYPE => Ok(Self::Application(id(stored)?)),
            Subscription::TYPE => Ok(Self::Subscription(id(stored)?)),
            AddOnPurchase::TYPE => Ok(Self::AddOn(id(stored)?)),
            UsageMonth::TYPE => Ok(Self::Usage(id(stored)?)),
            Publication::TYPE => Ok(Self::PriceList(id(stored)?)),
            _ => Err(unknown(stored)),
        }
    }
}

/// `subscription/sub_…`
impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.aggregate_type(), self.aggregate_id())
    }
}

/// Any event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// Of an account.
    Account(account::Event),
    /// Of an application.
    Application(application::Event),
    /// Of a subscription.
    Subscription(subscription::Event),
    /// Of an add-on.
    AddOn(add_on::Event),
    /// Of a usage month.
    Usage(usage::Event),
    /// Of a price list.
    PriceList(publication::Event),
}

impl Event {
    /// When it is true.
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Account(event) => event.at(),
            Self::Application(event) => event.at(),
            Self::Subscription(event) => event.at(),
            Self::AddOn(event) => event.at(),
            Self::Usage(event) => event.at(),
            Self::PriceList(event) => event.at(),
        }
    }
}

/// An event in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Its own id.
    pub id: EventId,
    /// Id of the command or fact that brought it about.
    pub caused_by: String,
    /// Where it belongs.
    pub stream: Stream,
    /// What happened.
    pub event: Event,
}

impl Fact {
    /// The application whose stream it stands in, or whose agreement, add-on or usage it is about; none for a payer's own.
    pub fn application_id(&self) -> Option<ApplicationId> {
        match (&self.stream, &self.event) {
            (Stream::Application(id), _) => Some(*id),
            (Stream::Usage(month), _) => Some(month.application_id),
            (_, Event::Subscription(event)) => Some(event.application_id()),
            (_, Event::AddOn(event)) => Some(event.application_id()),
            (_, Event::Account(_) | Event::Application(_) | Event::Usage(_) | Event::PriceList(_)) => None,
        }
    }
}

impl Fact {
    /// The order's charge it brings about, and the application it is for.
    pub fn charge(&self) -> Option<(ApplicationId, &Charge)> {
        match &self.event {
            Event::Subscription(event) => event.charge().map(|charge| (event.application_id(), charge)),
            Event::AddOn(event) => event.charge().map(|charge| (event.application_id(), charge)),
            Event::Account(_) | Event::Application(_) | Event::Usage(_) | Event::PriceList(_) => None,
        }
    }
}

impl DomainEvent for Fact {
    fn event_type(&self) -> String {
        match &self.event {
            Event::Account(event) => event.event_type(),
            Event::Application(event) => event.event_type(),
            Event::Subscription(event) => event.event_type(),
            Event::AddOn(event) => event.event_type(),
            Event::Usage(event) => event.event_type(),
            Event::PriceList(event) => event.event_type(),
        }
    }

    fn event_version(&self) -> String {
        match &self.event {
            Event::Account(event) => event.event_version(),
            Event::Application(event) => event.event_version(),
            Event::Subscription(event) => event.event_version(),
            Event::AddOn(event) => event.event_version(),
            Event::Usage(event) => event.event_version(),
            Event::PriceList(event) => event.event_version(),
        }
    }
}

impl Routed for Fact {
    fn aggregate_type(&self) -> &'static str {
        self.stream.aggregate_type()
    }

    fn aggregate_id(&self) -> Cow<'_, str> {
        self.stream.aggregate_id()
    }

    fn event_id(&self) -> EventId {
        self.id
    }

    fn effective_at(&self) -> Timestamp {
        self.event.at()
    }

    fn caused_by(&self) -> String {
        self.caused_by.clone()
    }

    fn encode(&self) -> Result<String, serde_json::Error> {
        match &self.event {
            Event::Account(event) => serde_json::to_string(event),
            Event::Application(event) => serde_json::to_string(event),
            Event::Subscription(event) => serde_json::to_string(event),
            Event::AddOn(event) => serde_json::to_string(event),
            Event::Usage(event) => serde_json::to_string(event),
            Event::PriceList(event) => serde_json::to_string(event),
        }
    }

    fn decode(stored: &StoredFact<'_>) -> Result<Self, DecodeFault> {
        let stream = Stream::parse(stored)?;
        let event = match &stream {
            Stream::Account(_) => Event::Account(read(stored, account::Event::STORED)?),
            Stream::Application(_) => Event::Application(read(stored, application::Event::STORED)?),
            Stream::Subscription(_) => Event::Subscription(read(stored, subscription::Event::STORED)?),
            Stream::AddOn(_) => Event::AddOn(read(stored, add_on::Event::STORED)?),
            Stream::Usage(_) => Event::Usage(read(stored, usage::Event::STORED)?),
            Stream::PriceList(_) => Event::PriceList(read(stored, publication::Event::STORED)?),
        };
        Ok(Self { id: stored.event_id, caused_by: stored.caused_by.to_owned(), stream, event })
    }
}

fn unknown(stored: &StoredFact<'_>) -> DecodeFault {
    DecodeFault::UnknownEvent {
        aggregate_type: stored.aggregate_type.to_owned(),
        event_type: stored.event_type.to_owned(),
        event_version: stored.event_version.to_owned(),
    }
}

/// Reads a payload of a known (type, version); an older version passes the upcasters first.
fn read<E: DeserializeOwned + DomainEvent>(stored: &StoredFact<'_>, known: &[(&str, &str)]) -> Result<E, DecodeFault> {
    let malformed = |reason: String| DecodeFault::Malformed {
        aggregate_type: stored.aggregate_type.to_owned(),
        event_type: stored.event_type.to_owned(),
        event_version: stored.event_version.to_owned(),
        reason,
    };
    let event: E = if known.contains(&(stored.event_type, stored.event_version)) {
        serde_json::from_str(stored.payload).map_err(|fault| malformed(fault.to_string()))?
    } else {
        let current = upcast::to_current(stored, known).ok_or_else(|| unknown(stored))?;
        serde_json::from_value(current.map_err(|fault| malformed(fault.to_string()))?)
            .map_err(|fault| malformed(fault.to_string()))?
    };
    // The column and the payload name the same event, or somebody changed one of them.
    if event.event_type() == stored.event_type {
        Ok(event)
    } else {
        Err(malformed(format!("the payload is a {}", event.event_type())))
    }
}
