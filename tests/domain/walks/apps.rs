//! Owns an application's life as the oracle keeps it: its plan, what stops it, what it keeps and measures, as stretches of
//! time that a month can be counted over.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use subledger_domain::application::{self, CreatedApplication, SuspensionCause};
use subledger_domain::fact::Stream;
use subledger_domain::ids::UsageMonthId;
use subledger_domain::plan::{DataSite, Feature, Plan};
use subledger_domain::usage;

use super::days::{Day, MonthNo, day_number, day_of, first_of, midnight, month_of};
use super::oracle::{Held, Oracle, hold};
use super::prices;

/// From `from` until the next stretch begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch {
    pub(super) from: Timestamp,
    pub(super) serving: bool,
    pub(super) plan: Plan,
    /// Days of history beyond what the plan includes.
    pub(super) kept: Option<u32>,
}

/// One application.
#[derive(Debug)]
pub(super) struct App {
    pub(super) site: DataSite,
    created: Timestamp,
    pub(super) plan: Plan,
    causes: BTreeSet<SuspensionCause>,
    /// Day the uninterrupted stop began.
    stopped_on: Option<Day>,
    recycled: bool,
    pub(super) kept: Option<u32>,
    /// What was asked for, and when it opens once it is approved.
    features: BTreeMap<Feature, Option<Timestamp>>,
    pub(super) open: BTreeSet<Feature>,
    changed_in: Option<MonthNo>,
    pub(super) activated_in: BTreeSet<MonthNo>,
    pub(super) stretches: Vec<Stretch>,
    pub(super) readings: BTreeMap<Day, (u64, u64)>,
    closed: BTreeSet<MonthNo>,
}

impl App {
    fn created(site: DataSite, at: Timestamp) -> Self {
        Self {
            site,
            created: at,
            plan: Plan::Trial,
            causes: BTreeSet::new(),
            stopped_on: None,
            recycled: false,
            kept: None,
            features: BTreeMap::new(),
            open: BTreeSet::new(),
            changed_in: None,
            activated_in: BTreeSet::new(),
            stretches: Vec::new(),
            readings: BTreeMap::new(),
            closed: BTreeSet::new(),
        }
    }

    /// Whether users can use it.
    pub(super) fn in_service(&self) -> bool {
        self.causes.is_empty() && !self.recycled
    }

    /// Whether it is in service on a paid plan.
    pub(super) fn serving(&self) -> bool {
        self.plan != Plan::Trial && self.in_service()
    }

    /// From now on it stands as it stands.
    fn note(&mut self, at: Timestamp) {
        let stretch = Stretch { from: at, serving: self.serving(), plan: self.plan, kept: self.kept };
        match self.stretches.last_mut().filter(|last| last.from == at) {
            Some(last) => *last = stretch,
            None => self.stretches.push(stretch),
        }
    }

    /// The stretches of paid service inside `[from, until)`.
    pub(super) fn served(&self, from: Timestamp, until: Timestamp) -> impl Iterator<Item = &Stretch> {
        let ends = self.stretches.iter().skip(1).map(|next| next.from).chain([Timestamp::MAX]);
        let inside =
            move |(stretch, end): &(&Stretch, Timestamp)| stretch.serving && stretch.from < until && from < *end;
        self.stretches.iter().zip(ends).filter(inside).map(|(stretch, _)| stretch)
    }

    pub(super) fn is_service_day(&self, day: Day) -> bool {
        self.served(midnight(day), midnight(day + 1)).next().is_some()
    }

    pub(super) fn stands(&self, seen: &CreatedApplication, payer_stopped: bool, now: Timestamp) -> Held {
        hold!(seen.plan == self.plan, "I20: on {}, counted {}", seen.plan, self.plan);
        let causes: BTreeSet<_> = seen.suspensions.keys().copied().collect();
        hold!(self.recycled || causes == self.causes, "I23: stopped for {causes:?}, counted {:?}", self.causes);
        hold!(seen.recycled_at.is_some() == self.recycled, "I5: recycled");
        hold!(seen.in_service() == self.in_service(), "I22: in service");
        let for_arrears = self.causes.contains(&SuspensionCause::Arrears);
        hold!(self.recycled || for_arrears == payer_stopped, "C9.3: the whole account stops, or none of it");
        let due = self.stopped_on.is_some_and(|day| midnight(day + 90) <= now);
        hold!(self.recycled || !due, "U34, I32: not recycled");
        let waits = self.features.iter().filter(|(feature, _)| !self.open.contains(feature)).filter_map(|(_, at)| *at);
        hold!(self.recycled || waits.min().is_none_or(|opens_at| opens_at > now), "S8: not opened");
        hold!(seen.retention.days() == self.kept || self.recycled, "U16: keeps {:?}", seen.retention.days());
        Ok(())
    }
}

impl Oracle {
    pub(super) fn application(&mut self, event: &application::Event, stream: &Stream) -> Held {
        use application::Event;
        let Stream::Application(id) = stream else { return Err(format!("I34: in {stream}")) };
        if let Event::ApplicationCreated { data_site, at, .. } = event {
            hold!(self.debt() == 0, "U1: a new application in arrears");
            let mut app = App::created(*data_site, *at);
            app.note(*at);
            hold!(self.apps.insert(*id, app).is_none(), "I34: created twice");
            return Ok(());
        }
        let debt = self.debt();
        let payer_stopped = self.is_suspended();
        let agreements = &self.agreements;
        let app = self.apps.get_mut(id).ok_or("I34: no such application")?;
        hold!(!app.recycled, "U34: something happens to an application that is gone");
        match event {
            Event::ApplicationCreated { .. } => {}
            Event::PlanEntered { plan, from, subscription_id, at, .. } => {
                hold!(*from == app.plan, "I24: entered from {from}");
                let cured = app.causes.iter().all(|cause| *cause == SuspensionCause::Operator);
                hold!(cured, "I23: a plan was entered while stopped for {:?}", app.causes);
                let bought = agreements.get(subscription_id).ok_or("I24: no such agreement")?;
                hold!(bought.plan == Plan::from(*plan) && bought.since == *at, "I24: another agreement");
                app.plan = Plan::from(*plan);
                app.kept = app.kept.filter(|days| *days > prices::included_days(app.plan));
                hold!(app.plan == Plan::Flagship || app.features.is_empty(), "U44: kept {:?}", app.features);
                app.note(*at);
            }
            Event::ApplicationSuspended { cause, recycle_at, note, at } => {
                hold!(app.causes.insert(*cause), "I23: stopped for {cause:?} twice");
                hold!(*cause != SuspensionCause::Arrears || payer_stopped, "I31: stopped for no arrears");
                let by_operator = *cause == SuspensionCause::Operator;
                hold!(note.is_some() == by_operator, "U40: {note:?} for {cause:?}");
                if !by_operator {
                    app.stopped_on.get_or_insert(day_of(*at));
                }
                hold!(*recycle_at == app.stopped_on.map(|day| midnight(day + 90)), "U34: recycled at {recycle_at:?}");
                app.note(*at);
            }
            Event::SuspensionLifted { cause, recycle_at, operator_stays, at } => {
                hold!(app.causes.remove(cause), "I23: lifted what did not stop it");
                hold!(*cause != SuspensionCause::Arrears || debt == 0, "U2: lifted with a debt");
                let operator = app.causes.contains(&SuspensionCause::Operator);
                hold!(*operator_stays == operator, "U40: an operator's stop stays is {operator_stays}");
                if app.causes.len() == usize::from(operator) {
                    app.stopped_on = None;
                }
                hold!(*recycle_at == app.stopped_on.map(|day| midnight(day + 90)), "U34: {recycle_at:?}");
                app.note(*at);
            }
            Event::HistoryRetentionSet { days, included, monthly_price, activates, at } => {
                let month = month_of(day_of(*at));
                hold!(app.changed_in != Some(month), "C8.2: changed twice in a month");
                hold!(app.serving(), "C8.6: set while out of paid service");
                hold!(*included == prices::included_days(app.plan), "S11: {included} days are included");
                let kept = (days > included).then_some(*days);
                hold!(kept != app.kept, "U17: the same figure is no change");
                hold!(*activates == (app.kept.is_none() && kept.is_some()), "I17: activates {activates}");
                let price = prices::storage(app.site, app.plan, *days);
                hold!(monthly_price.map(super::oracle::fen) == price, "C8.5: {monthly_price:?} for {days} days");
                hold!(kept <= app.kept || debt == 0, "U1: raised in arrears");
                if *activates {
                    app.activated_in.insert(month);
                }
                app.changed_in = Some(month);
                app.kept = kept;
                app.note(*at);
            }
            Event::FeatureRequested { feature, .. } => {
                hold!(app.plan == Plan::Flagship && app.in_service(), "S8: {feature:?} asked for on {}", app.plan);
                hold!(debt == 0, "U1: {feature:?} asked for in arrears");
                hold!(app.features.insert(*feature, None).is_none(), "U44: {feature:?} asked for twice");
            }
            Event::FeatureApproved { feature, opens_at, at, .. } => {
                let hours = if *feature == Feature::PushAll { 48 } else { 0 };
                hold!(*opens_at == *at + SignedDuration::from_hours(hours), "S8: {feature:?} opens at {opens_at}");
                let before = app.features.insert(*feature, Some(*opens_at));
                hold!(before == Some(None), "U44: {feature:?} approved after {before:?}");
            }
            Event::FeatureOpened { feature, at } => {
                let opens_at = app.features.get(feature);
                hold!(opens_at == Some(&Some(*at)), "S8: {feature:?} opened at {at}, due {opens_at:?}");
                hold!(app.open.insert(*feature), "S8: {feature:?} opened twice");
            }
            Event::FeatureWithdrawn { feature, .. } | Event::FeatureRejected { feature, .. } => {
                let before = app.features.remove(feature);
                hold!(before == Some(None), "U44: {feature:?} taken back after {before:?}");
            }
            Event::FeatureLost { feature, .. } => {
                hold!(app.features.remove(feature).is_some(), "U44: {feature:?} was never asked for");
                app.open.remove(feature);
            }
            Event::ApplicationRecycled { at } => {
                let since = app.stopped_on.ok_or("U34: recycled in service")?;
                hold!(*at == midnight(since + 90), "U34: recycled at {at}");
                app.recycled = true;
                app.note(*at);
            }
        }
        Ok(())
    }

    pub(super) fn usage(&mut self, month: UsageMonthId, event: &usage::Event) -> Held {
        let settled = &self.settled;
        let app = self.apps.get_mut(&month.application_id).ok_or("I34: no such application")?;
        match event {
            usage::Event::UsageRecorded { application_id, date, dau, peak_groups, over_cap, at } => {
                hold!(*application_id == month.application_id, "I34: another application");
                let day = day_number(date.year().into(), date.month().into(), date.day().into());
                let no = month_of(day);
                hold!(super::days::month_name(no) == month.month.to_string(), "I15: {date} in {}", month.month);
                hold!(day <= day_of(*at) && day >= day_of(app.created), "usage of {date} at {at}");
                hold!(*at < midnight(first_of(no + 1) + 2) && !app.closed.contains(&no), "I15: {no} is settled");
                let told = (*dau, *peak_groups);
                let mut left = app.stretches.iter().filter(|stretch| stretch.plan != Plan::Trial);
                let cap = !left.any(|stretch| stretch.from < midnight(day + 1)) && (*dau > 100 || *peak_groups > 100);
                hold!(*over_cap == cap, "U14: over the cap is {cap}");
                app.readings.insert(day, told);
            }
            usage::Event::UsageCorrected { .. } => return Err("no walk corrects a settled month".to_owned()),
            usage::Event::UsageMonthClosed { at } => {
                let no = month_of(day_of(*at)) - 1;
                hold!(settled.contains(&no), "I14: closed and not settled");
                hold!(app.closed.insert(no), "I15: closed twice");
            }
        }
        Ok(())
    }
}
