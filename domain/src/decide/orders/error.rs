//! Owns the refusals of orders: rules that span aggregates, or stand before them.

use jiff::civil::Date;

use super::NotPromoted;
use crate::application::SuspensionCause;
use crate::calendar::Month;
use crate::catalog::{AddOn, NotSold, PromotionName};
use crate::plan::Feature;
use crate::refund::FiveDayClosed;

/// Why an order is refused before any aggregate is asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// Terms are sold in whole months within bounds (269/32458).
    #[error("{months} months are outside {least} to {most}")]
    MonthsOutOfRange {
        /// What was asked.
        months: u32,
        /// Fewest.
        least: u32,
        /// Most.
        most: u32,
    },
    /// S7.
    #[error("Trial is never entered again; buy Pro or Flagship, or create a new application")]
    TrialNotReenterable,
    /// U47.
    #[error("{promotion} cannot be had here: {why}")]
    PromotionNotApplicable {
        /// The one asked for.
        promotion: PromotionName,
        /// What of it does not hold.
        why: NotPromoted,
    },
    /// Facts §4.1.
    #[error("an account has at most {most} applications")]
    TooManyApplications {
        /// The cap.
        most: u32,
    },
    /// Nothing is sold to an application that is stopped, but what cures it.
    #[error("the application is stopped ({})", cause.name())]
    ApplicationSuspended {
        /// Why.
        cause: SuspensionCause,
    },
    /// Not for this site or plan.
    #[error(transparent)]
    NotSold(#[from] NotSold),
    /// One of a kind at a time; no change in place (facts §3.1).
    #[error("{running} runs until {last_day}; renew it, or wait for its end")]
    AddOnAlreadyActive {
        /// What runs.
        running: AddOn,
        /// The last day paid for.
        last_day: Date,
    },
    /// An estimate names each kind once, as a purchase would (facts §3.1).
    #[error("{add_on} is asked for beside another of its kind; an application has one of a kind at a time")]
    AddOnAskedTwice {
        /// The second one.
        add_on: AddOn,
    },
    /// What is sold by months is not tried out.
    #[error("{add_on} has no trial; buy it for whole months")]
    NoTrial {
        /// What was asked.
        add_on: AddOn,
    },
    /// U41.
    #[error("the trial was taken {taken} times, {most} are given")]
    TrialPackUsedUp {
        /// How often.
        taken: usize,
        /// How often it is given.
        most: u32,
    },
    /// Facts §8.
    #[error("{days} days is no step of the plan; there are {}", listed(steps))]
    RetentionStepUnknown {
        /// What was asked.
        days: u32,
        /// What there is, the plan's own figure first.
        steps: Vec<u32>,
    },
    /// A plan has it or has it not; nobody is asked (S11).
    #[error("{} is not opened on application; it comes with the plan", feature.name())]
    FeatureNotOnApplication {
        /// What was asked.
        feature: Feature,
    },
    /// What an operator does has the operator's ticket.
    #[error("this is an operator's act; name the `ticket`")]
    OperatorApprovalRequired,
    /// No meter counts that far, and no settlement could price it.
    #[error("a reading is at most {most}")]
    UsageTooLarge {
        /// The highest.
        most: u64,
    },
    /// A day is measured when it has begun.
    #[error("{date} has not begun, today is {today}")]
    UsageInFuture {
        /// The day told of.
        date: Date,
        /// The civil day.
        today: Date,
    },
    /// Nothing was measured before there was anything.
    #[error("the application was created on {created}, after {date}")]
    UsageBeforeCreation {
        /// The day told of.
        date: Date,
        /// When it was created.
        created: Date,
    },
    /// Only a refund and purchase has a term of its own.
    #[error("an upgrade runs to the end of what is paid and takes no months")]
    UpgradeHasNoMonths,
    /// U31.
    #[error(transparent)]
    FiveDayRefundClosed(#[from] FiveDayClosed),
    /// A correction says what was wrong.
    #[error("a correction changes `dau`, `peak_groups` or both")]
    NothingToCorrect,
    /// Until its settlement a later reading corrects an earlier one.
    #[error("{month} is not settled yet; send the day's reading again")]
    UsageMonthOpen {
        /// The month.
        month: Month,
    },
    /// Its statement is final.
    #[error("{month} is settled; send a correction")]
    UsageMonthClosed {
        /// The month.
        month: Month,
    },
}

fn listed(steps: &[u32]) -> String {
    steps.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
}
