//! Owns the refusals of an application.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::calendar::day_of;
use crate::plan::Feature;

/// Why an application does not take a step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nobody created it.
    #[error("there is no such application")]
    NotCreated,
    /// It exists already.
    #[error("the application exists already")]
    AlreadyCreated,
    /// It is gone for good.
    #[error("the application was recycled on {}; create a new one", day_of(*at))]
    Recycled {
        /// When.
        at: Timestamp,
    },
    /// One change a natural month (facts §8).
    #[error("history storage was changed on {on} already; one change a natural month")]
    RetentionChangedThisMonth {
        /// When it was changed.
        on: Date,
    },
    /// S8, S9: only the plan that offers it.
    #[error("{} is opened on Flagship only", feature.name())]
    FeatureNeedsFlagship {
        /// The feature.
        feature: Feature,
    },
    /// Nobody asked, or the request was answered.
    #[error("no request for {} waits for an answer", feature.name())]
    FeatureNotRequested {
        /// The feature.
        feature: Feature,
    },
    /// One request at a time, and none for what was approved.
    #[error("{} was asked for already", feature.name())]
    FeatureAlreadyRequested {
        /// The feature.
        feature: Feature,
    },
    /// It opens at its instant, not before.
    #[error("{} is not due to be opened", feature.name())]
    FeatureNotDue {
        /// The feature.
        feature: Feature,
    },
    /// Recycling comes 90 days after an uninterrupted stop, not before.
    #[error("the application is not due for recycling")]
    NotDueForRecycling,
}
