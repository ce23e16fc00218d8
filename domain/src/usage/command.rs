//! Owns the steps a month of usage can be asked to take.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::ids::ApplicationId;

/// A step of a usage month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Note a day's reading, or correct it.
    Record {
        /// The application.
        application_id: ApplicationId,
        /// The civil day.
        date: Date,
        /// Distinct users who logged in.
        dau: u64,
        /// Highest number of groups.
        peak_groups: u64,
        /// Whether it is above what Trial allows, on a day on Trial (U14).
        over_cap: bool,
        /// When.
        at: Timestamp,
    },
    /// Correct a day of a month that is settled (U38).
    Correct {
        /// The application.
        application_id: ApplicationId,
        /// The civil day.
        date: Date,
        /// Distinct users who logged in; as it was, if none.
        dau: Option<u64>,
        /// Highest number of groups; as it was, if none.
        peak_groups: Option<u64>,
        /// Whether it is above what Trial allows, on a day on Trial (U14).
        over_cap: bool,
        /// Why, in the caller's words.
        reason: String,
        /// When.
        at: Timestamp,
    },
    /// The month is settled: no reading changes it any more.
    Close {
        /// When.
        at: Timestamp,
    },
}
