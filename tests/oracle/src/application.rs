//! Owns the plain facts of one application: plan, stops with their causes, add-ons, storage, features, months of days.
//!
//! Does not own orders, nor money.

use std::collections::BTreeMap;

use crate::agreement::Agreement;
use crate::calendar::{Day, HOUR, Instant, Month};
use crate::order::{AddOnId, ApplicationId, Feature};
use crate::policies;
use crate::prices::{AddOnKind, List, Plan, Site, included_history};

/// Why an application is stopped; each cause has its own cure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Its plan ran out and so did the grace.
    Expired,
    /// The payer owes.
    Arrears,
    /// Its plan was given back.
    Refunded,
    /// The operator stopped it.
    Operator,
}

/// Where a feature that is open on application stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FeatureState {
    /// Never asked for, withdrawn, rejected or lost.
    #[default]
    Absent,
    /// Asked for.
    Requested,
    /// Approved; open from this instant on.
    Opens(Instant),
}

/// A value-added service that was bought.
#[derive(Clone, Debug)]
pub(crate) struct AddOn {
    pub(crate) id: AddOnId,
    pub(crate) kind: AddOnKind,
    pub(crate) agreement: Agreement,
    /// First day after a call trial, which is never paid.
    pub(crate) trial_end: Option<Day>,
    pub(crate) is_ended: bool,
}

impl AddOn {
    /// The first day no longer in its term.
    pub(crate) fn end(&self) -> Day {
        self.trial_end.unwrap_or_else(|| self.agreement.end())
    }

    /// The first day on which its limits have fallen (U36).
    pub(crate) fn falls_on(&self) -> Day {
        match self.trial_end {
            Some(end) => end,
            None => self.end().plus(policies::expiry_grace_days(self.agreement.list(self.end()))),
        }
    }
}

/// What is remembered of the days of a month, a bit for each day.
#[derive(Clone, Debug, Default)]
pub(crate) struct MonthOfDays {
    /// In paid service at some moment.
    pub(crate) service: u32,
    /// Not stopped at some moment, or on Trial.
    pub(crate) running: u32,
    /// Stopped at some moment, on a plan that was bought.
    pub(crate) stopped: u32,
    /// Storage in force at a moment of paid service: day of the month, plan, step, and the list that was agreed for it.
    pub(crate) storage: Vec<(i32, Plan, u32, List)>,
    /// Storage was switched on in this month.
    pub(crate) storage_activated: bool,
    /// Daily users and groups, by day.
    pub(crate) readings: [Option<(u64, u64)>; 31],
}

pub(crate) fn bit(day_number: i32) -> u32 {
    1 << (day_number - 1)
}

/// An application.
#[derive(Clone, Debug)]
pub(crate) struct Application {
    pub(crate) id: ApplicationId,
    pub(crate) site: Site,
    pub(crate) created_on: Day,
    pub(crate) plan: Plan,
    /// What is paid or was paid last; none on Trial and after a refund.
    pub(crate) agreement: Option<Agreement>,
    /// The list agreed last, for what accrues after a refund.
    pub(crate) agreed_list: List,
    /// The day of a plan refund, until bought again.
    pub(crate) refunded_on: Option<Day>,
    pub(crate) stops: Vec<(Cause, Instant)>,
    /// Since when it is stopped without interruption, an operator's stop aside (U34).
    pub(crate) stopped_since: Option<Day>,
    pub(crate) recycled_at: Option<Instant>,
    pub(crate) add_ons: Vec<AddOn>,
    /// Days of history beyond the plan's; none when off.
    pub(crate) storage: Option<u32>,
    pub(crate) storage_changed_in: Option<Month>,
    pub(crate) push_all: FeatureState,
    pub(crate) community: FeatureState,
    pub(crate) call_trials: u32,
    pub(crate) months: BTreeMap<Month, MonthOfDays>,
}

impl Application {
    pub(crate) fn new(id: ApplicationId, site: Site, created_on: Day, list: List) -> Self {
        Self {
            id,
            site,
            created_on,
            plan: Plan::Trial,
            agreement: None,
            agreed_list: list,
            refunded_on: None,
            stops: Vec::new(),
            stopped_since: None,
            recycled_at: None,
            add_ons: Vec::new(),
            storage: None,
            storage_changed_in: None,
            push_all: FeatureState::Absent,
            community: FeatureState::Absent,
            call_trials: 0,
            months: BTreeMap::new(),
        }
    }

    pub(crate) fn is_stopped(&self) -> bool {
        !self.stops.is_empty()
    }

    pub(crate) fn has_stop(&self, cause: Cause) -> bool {
        self.stops.iter().any(|(named, _)| *named == cause)
    }

    pub(crate) fn in_paid_service(&self) -> bool {
        self.plan != Plan::Trial && !self.is_stopped() && self.recycled_at.is_none()
    }

    /// Stops for this cause; a second stop for it changes nothing.
    pub(crate) fn stop(&mut self, cause: Cause, at: Instant) {
        if self.recycled_at.is_some() || self.has_stop(cause) {
            return;
        }
        self.stops.push((cause, at));
        if cause != Cause::Operator && self.stopped_since.is_none() {
            self.stopped_since = Some(Day::of(at));
        }
    }

    /// Takes this cause away, and no other.
    pub(crate) fn cure(&mut self, cause: Cause) {
        self.stops.retain(|(named, _)| *named != cause);
        if self.stops.iter().all(|(named, _)| *named == Cause::Operator) {
            self.stopped_since = None;
        }
    }

    /// The running term, if today is a paid day of it.
    pub(crate) fn term(&self, today: Day) -> Option<&Agreement> {
        self.agreement.as_ref().filter(|agreement| today < agreement.end())
    }

    /// After the end of a paid term or after a refund, and not yet stopped for it.
    pub(crate) fn in_grace(&self, today: Day) -> bool {
        let is_over = self.agreement.as_ref().is_some_and(|agreement| today >= agreement.end());
        let expired_in_grace = is_over && !self.has_stop(Cause::Expired);
        let refunded_in_grace = self.refunded_on.is_some() && !self.has_stop(Cause::Refunded);
        expired_in_grace || refunded_in_grace
    }

    /// An agreement that is neither given back nor stopped for its end.
    pub(crate) fn subscription(&self) -> Option<&Agreement> {
        if self.has_stop(Cause::Expired) { None } else { self.agreement.as_ref() }
    }

    /// Moves to a plan: what Flagship alone gives is lost on leaving it (S8, S9, U44), a step of storage that the new
    /// plan includes ends (U16).
    pub(crate) fn enter(&mut self, plan: Plan) {
        if self.plan == Plan::Flagship && plan != Plan::Flagship {
            self.push_all = FeatureState::Absent;
            self.community = FeatureState::Absent;
        }
        self.plan = plan;
        self.storage = self.storage.filter(|days| *days > included_history(plan));
    }

    pub(crate) fn feature(&mut self, feature: Feature) -> &mut FeatureState {
        match feature {
            Feature::PushAll => &mut self.push_all,
            Feature::Community => &mut self.community,
        }
    }

    /// When a feature approved now opens.
    pub(crate) fn opening(feature: Feature, approved: Instant) -> Instant {
        match feature {
            Feature::PushAll => approved + policies::PUSH_OPENS_AFTER_HOURS * HOUR,
            Feature::Community => approved,
        }
    }

    /// The add-on of this kind that still gives something, versions of the call pack being one kind.
    pub(crate) fn active_add_on(&self, kind: AddOnKind) -> Option<usize> {
        self.add_ons.iter().position(|add_on| !add_on.is_ended && add_on.kind.item() == kind.item())
    }

    pub(crate) fn month(&mut self, month: Month) -> &mut MonthOfDays {
        self.months.entry(month).or_default()
    }

    /// U36, U39: what is paid in the grace begins at the old end, and so does what was agreed with it.
    pub(crate) fn agree_since(&mut self, first: Day, list: List) {
        for (month, record) in self.months.range_mut(first.month()..) {
            for (number, _, _, agreed) in &mut record.storage {
                if month.day(*number) >= first {
                    *agreed = list;
                }
            }
        }
    }

    /// Notes that the application was as it is for some time of this day.
    pub(crate) fn note_moment(&mut self, today: Day, month: Month, number: i32) {
        if self.recycled_at.is_some() {
            return;
        }
        // What was never sold cannot be lost to a stop: on Trial no day is (R0.b).
        let (in_service, is_stopped) = (self.in_paid_service(), self.is_stopped() && self.plan != Plan::Trial);
        let list = self.agreement.as_ref().map_or(self.agreed_list, |agreement| agreement.list_in_force(today));
        let storage = self.storage.filter(|_| in_service).map(|step| (number, self.plan, step, list));
        let record = self.month(month);
        let day = bit(number);
        record.service |= if in_service { day } else { 0 };
        *(if is_stopped { &mut record.stopped } else { &mut record.running }) |= day;
        if let Some(moment) = storage.filter(|moment| record.storage.last() != Some(moment)) {
            record.storage.push(moment);
        }
    }
}
