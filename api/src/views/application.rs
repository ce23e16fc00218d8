//! Owns how an application looks: its plan, what it rests on, why it is stopped, what comes next.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use subledger_domain::application::CreatedApplication;
use subledger_domain::books::Working;
use subledger_domain::entitlement::Entitlements;
use subledger_domain::ids::{AccountId, ApplicationId, SubscriptionId};
use subledger_domain::plan::{DataSite, Feature, Limit, PaidPlan, Plan};
use subledger_domain::subscription::{Agreement, Stage};

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
    add_ons: [(); 0],
    history_retention: HistoryRetention,
    features: BTreeMap<&'static str, bool>,
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
    scheduled: Option<()>,
    grace: Option<Grace>,
}

#[derive(Debug, Serialize)]
struct Grace {
    cause: &'static str,
    until: Instant,
}

#[derive(Debug, Serialize)]
struct HistoryRetention {
    days: Limit,
}

#[derive(Debug, Serialize)]
struct Upcoming {
    kind: &'static str,
    at: Instant,
}

impl<'a> ApplicationView<'a> {
    pub(super) fn of(books: &'a Working<'_>, id: ApplicationId, at: Timestamp) -> Option<Self> {
        let application = books.application(id)?;
        let rights = Entitlements::of(books, id)?;
        let agreement = books.running_agreement(application);
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
            add_ons: [],
            history_retention: HistoryRetention { days: application.rights.quotas.history_retention_days },
            features: Feature::ALL.iter().map(|row| (row.name(), rights.feature(*row).granted)).collect(),
            upcoming: timers.iter().map(|due| Upcoming { kind: due.kind.name(), at: Instant(due.at) }).collect(),
        })
    }
}

impl SubscriptionView {
    fn of(subscription_id: SubscriptionId, agreement: &Agreement, at: Timestamp) -> Self {
        let grace = match agreement.stage {
            Stage::Grace { until } => Some(Grace { cause: "expired", until: Instant(until) }),
            Stage::Active | Stage::Stopped { .. } => None,
        };
        Self {
            subscription_id,
            plan: agreement.plan(),
            period: agreement.term_at(at).period.into(),
            paid_through: agreement.last_day(),
            auto_renew: false,
            scheduled: None,
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
        Some(Stage::Grace { .. }) => "grace",
        Some(Stage::Active | Stage::Stopped { .. }) | None => "active",
    }
}

fn suspensions(application: &CreatedApplication) -> Vec<SuspensionView> {
    let causes = application.suspensions.iter();
    causes.map(|(cause, since)| SuspensionView { cause: cause.name(), since: Instant(*since) }).collect()
}
