//! Owns how an application looks: its plan, what it rests on, why it is stopped, what comes next.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use subledger_domain::add_on::{self, AddOnBought};
use subledger_domain::application::{CreatedApplication, FeatureStage};
use subledger_domain::books::Working;
use subledger_domain::calendar::day_of;
use subledger_domain::catalog::{AddOnKind, CallVariant};
use subledger_domain::entitlement::Entitlements;
use subledger_domain::fact::Stream;
use subledger_domain::ids::{AccountId, AddOnId, ApplicationId, SubscriptionId};
use subledger_domain::plan::{DataSite, Feature, Limit, PaidPlan, Plan};
use subledger_domain::subscription::{Agreement, Stage};
use subledger_domain::timer::Timer;

use super::wire::{Instant, PeriodView};

#[derive(Debug, Serialize)]
pub(super) struct ApplicationView<'a> {
    application_id: ApplicationId,
    account_id: &'a AccountId,
    name: &'a str,
    data_site: DataSite,
    created_at: Instant,
    plan: Plan,
    state: &'static str,
    suspensions: Vec<SuspensionView>,
    subscription: Option<SubscriptionView>,
    add_ons: Vec<AddOnView>,
    history_retention: HistoryRetention,
    features: BTreeMap<&'static str, bool>,
    feature_requests: Vec<FeatureRequest>,
    upcoming: Vec<Upcoming>,
}

#[derive(Debug, Serialize)]
struct SuspensionView {
    cause: &'static str,
    since: Instant,
}

#[derive(Debug, Serialize)]
struct SubscriptionView {
    subscription_id: SubscriptionId,
    plan: PaidPlan,
    period: PeriodView,
    paid_through: Date,
    auto_renew: bool,
    scheduled: Option<ScheduledView>,
    grace: Option<Grace>,
}

#[derive(Debug, Serialize)]
struct ScheduledView {
    plan: PaidPlan,
    at: Instant,
}

#[derive(Debug, Serialize)]
struct Grace {
    cause: &'static str,
    until: Instant,
}

#[derive(Debug, Serialize)]
struct AddOnView {
    add_on_id: AddOnId,
    kind: AddOnKind,
    variant: Option<CallVariant>,
    state: &'static str,
    period: PeriodView,
    paid_through: Date,
    auto_renew: bool,
}

/// `days` as set, also while nothing is in service (U15); `included` is the plan's own figure.
#[derive(Debug, Serialize)]
struct HistoryRetention {
    days: Limit,
    included: Limit,
    activated_on: Option<Date>,
    changed_on: Option<Date>,
}

/// A feature that was asked for and is opened on application: `requested`, `approved` or `open`, since an instant; an
/// approved one opens at its own.
#[derive(Debug, Serialize)]
struct FeatureRequest {
    feature: &'static str,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    opens_at: Option<Instant>,
}

#[derive(Debug, Serialize)]
struct Upcoming {
    kind: &'static str,
    at: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    add_on_id: Option<AddOnId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    feature: Option<&'static str>,
}

impl<'a> ApplicationView<'a> {
    pub(super) fn of(books: &'a Working<'_>, id: ApplicationId, at: Timestamp) -> Option<Self> {
        let application = books.application(id)?;
        let rights = Entitlements::of(books, id)?;
        let agreement = books.usable_agreement(application);
        let timers = books.timers_of(id);
        Some(Self {
            application_id: application.id,
            account_id: &application.account_id,
            name: &application.name,
            data_site: application.data_site,
            created_at: Instant(application.created_at),
            plan: application.plan,
            state: state(application, agreement.map(|(_, agreement)| agreement)),
            suspensions: suspensions(application),
            subscription: agreement.map(|(id, agreement)| SubscriptionView::of(id, agreement, at)),
            add_ons: books.add_ons_of(id).filter_map(|(id, bought)| AddOnView::of(id, bought, at)).collect(),
            history_retention: HistoryRetention::of(application),
            features: Feature::ALL.iter().map(|row| (row.name(), rights.feature(*row).granted)).collect(),
            feature_requests: application.features.iter().map(FeatureRequest::from).collect(),
            upcoming: timers.into_iter().map(Upcoming::from).collect(),
        })
    }
}

impl AddOnView {
    /// One that runs: paid for, tried, or in its grace.
    fn of(add_on_id: AddOnId, bought: &AddOnBought, at: Timestamp) -> Option<Self> {
        let state = match bought.stage {
            add_on::Stage::Active => "active",
            add_on::Stage::Grace { .. } => "grace",
            add_on::Stage::Ended { .. } => return None,
        };
        let sold = bought.add_on();
        Some(Self {
            add_on_id,
            kind: sold.kind(),
            variant: sold.variant(),
            state,
            period: bought.terms.at(at).period.into(),
            paid_through: bought.terms.last_day(),
            auto_renew: bought.terms.auto_renew.is_some(),
        })
    }
}

impl HistoryRetention {
    fn of(application: &CreatedApplication) -> Self {
        let (kept, included) = (&application.retention, application.rights.quotas.history_retention_days);
        Self {
            days: kept.days().map(u64::from).or(included),
            included,
            activated_on: kept.activated_at().map(day_of),
            changed_on: kept.changed_on,
        }
    }
}

impl From<(&Feature, &FeatureStage)> for FeatureRequest {
    fn from((feature, stage): (&Feature, &FeatureStage)) -> Self {
        let (state, since, opens_at) = match stage {
            FeatureStage::Requested { at } => ("requested", Some(*at), None),
            FeatureStage::Approved { opens_at } => ("approved", None, Some(*opens_at)),
            FeatureStage::Open { since } => ("open", Some(*since), None),
        };
        Self { feature: feature.name(), state, since: since.map(Instant), opens_at: opens_at.map(Instant) }
    }
}

impl From<&Timer> for Upcoming {
    fn from(due: &Timer) -> Self {
        let add_on_id = match due.subject {
            Stream::AddOn(id) => Some(id),
            Stream::Account(_)
            | Stream::Application(_)
            | Stream::Subscription(_)
            | Stream::Usage(_)
            | Stream::PriceList(_) => None,
        };
        Self { kind: due.kind.name(), at: Instant(due.at), add_on_id, feature: due.feature.map(Feature::name) }
    }
}

impl SubscriptionView {
    fn of(subscription_id: SubscriptionId, agreement: &Agreement, at: Timestamp) -> Self {
        let grace = match agreement.stage {
            Stage::Grace { until } => Some(Grace { cause: "expired", until: Instant(until) }),
            Stage::Refunded { until } => Some(Grace { cause: "refunded", until: Instant(until) }),
            Stage::Active | Stage::Stopped { .. } | Stage::Ended { .. } => None,
        };
        Self {
            subscription_id,
            plan: agreement.plan,
            period: agreement.terms.at(at).period.into(),
            paid_through: agreement.terms.last_day(),
            auto_renew: agreement.terms.auto_renew.is_some(),
            scheduled: agreement
                .scheduled
                .as_ref()
                .map(|scheduled| ScheduledView { plan: scheduled.terms.plan, at: Instant(scheduled.at) }),
            grace,
        }
    }
}

/// The gravest that holds: gone, stopped, in the days after the end, or none of these.
fn state(application: &CreatedApplication, agreement: Option<&Agreement>) -> &'static str {
    if application.recycled_at.is_some() {
        return "recycled";
    }
    if !application.in_service() {
        return "suspended";
    }
    match agreement.map(|agreement| agreement.stage) {
        Some(Stage::Grace { .. } | Stage::Refunded { .. }) => "grace",
        Some(Stage::Active | Stage::Stopped { .. } | Stage::Ended { .. }) | None => "active",
    }
}

fn suspensions(application: &CreatedApplication) -> Vec<SuspensionView> {
    let causes = application.suspensions.iter();
    causes.map(|(cause, since)| SuspensionView { cause: cause.name(), since: Instant(*since) }).collect()
}
