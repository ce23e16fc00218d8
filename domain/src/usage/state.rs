//! Owns what is known of a usage month: the fold of its events.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Event;
use crate::aggregate::Folded;

/// The readings of one natural month.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageMonth {
    readings: BTreeMap<Date, Reading>,
    closed: bool,
}

/// What was measured on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// Distinct users who logged in.
    pub dau: u64,
    /// Highest number of groups.
    pub peak_groups: u64,
    /// Whether it is above what Trial allows, on a day on Trial.
    pub over_cap: bool,
}

impl UsageMonth {
    /// The reading of a day.
    pub fn reading(&self, date: Date) -> Option<Reading> {
        self.readings.get(&date).copied()
    }

    /// Every reading, by day.
    pub fn readings(&self) -> impl Iterator<Item = (Date, Reading)> {
        self.readings.iter().map(|(date, reading)| (*date, *reading))
    }

    /// Whether its statement is final.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Folds a fact. Pairs that `decide` never emits leave the state as it is, and say so.
    pub fn evolve(&mut self, event: &Event) -> Folded {
        match (self.closed, event) {
            (false, Event::UsageRecorded { date, dau, peak_groups, over_cap, .. }) => {
                let reading = Reading { dau: *dau, peak_groups: *peak_groups, over_cap: *over_cap };
                self.readings.insert(*date, reading);
            }
            // A month that nothing was told of before its settlement has no event that closes it.
            (true | false, Event::UsageCorrected { date, dau, peak_groups, over_cap, .. }) => {
                let reading = Reading { dau: *dau, peak_groups: *peak_groups, over_cap: *over_cap };
                self.readings.insert(*date, reading);
                self.closed = true;
            }
            (false, Event::UsageMonthClosed { .. }) => self.closed = true,
            (true, Event::UsageRecorded { .. } | Event::UsageMonthClosed { .. }) => return Folded::OutOfPlace,
        }
        Folded::InPlace
    }
}
