//! Owns the facts of a usage month as they are stored. These types are the stored format: a change is a new version.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::aggregate::stored_events;
use crate::ids::ApplicationId;

/// A fact of a usage month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// A day was measured, or measured again.
    UsageRecorded {
        /// The application.
        application_id: ApplicationId,
        /// The civil day.
        date: Date,
        /// Distinct users who logged in.
        dau: u64,
        /// Highest number of groups.
        peak_groups: u64,
        /// Whether it is above what Trial allows, on a day on Trial.
        over_cap: bool,
        /// When it was told.
        at: Timestamp,
    },
    /// A day of a settled month was corrected.
    UsageCorrected {
        /// The application.
        application_id: ApplicationId,
        /// The civil day.
        date: Date,
        /// Distinct users who logged in.
        dau: u64,
        /// Highest number of groups.
        peak_groups: u64,
        /// Whether it is above what Trial allows, on a day on Trial.
        over_cap: bool,
        /// Why, in the caller's words.
        reason: String,
        /// When it was told.
        at: Timestamp,
    },
    /// The month is settled.
    UsageMonthClosed {
        /// When.
        at: Timestamp,
    },
}

stored_events!(Event {
    UsageRecorded => "1",
    UsageCorrected => "1",
    UsageMonthClosed => "1",
});
