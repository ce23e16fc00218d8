//! Owns what is known of an application: the fold of its events.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Error, Event, FeatureStage, SuspensionCause};
use crate::aggregate::Folded;
use crate::calendar::{Month, Period, day_of};
use crate::ids::{AccountId, ApplicationId, SubscriptionId};
use crate::plan::{DataSite, Feature, Plan, Rights};
use crate::service::PaidService;

/// An application, created or not yet.
#[expect(clippy::large_enum_variant, reason = "the small variant lives only until the first event")]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Application {
    /// Nothing has happened.
    #[default]
    NotCreated,
    /// It exists.
    Created(CreatedApplication),
}

/// An application that exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatedApplication {
    /// SDKAppID.
    pub id: ApplicationId,
    /// The payer.
    pub account_id: AccountId,
    /// As it is called.
    pub name: String,
    /// Where its data lives.
    pub data_site: DataSite,
    /// Since when.
    pub created_at: Timestamp,
    /// The plan it is on.
    pub plan: Plan,
    /// What that plan gives, as agreed.
    pub rights: Arc<Rights>,
    /// The agreement the plan rests on; none on Trial.
    pub subscription: Option<SubscriptionId>,
    /// Every agreement it ever had, in order.
    pub agreements: Vec<SubscriptionId>,
    /// When it entered its first paid plan; it is never on Trial again (S7).
    pub left_trial_at: Option<Timestamp>,
    /// When it was in paid service.
    pub paid_service: PaidService,
    /// Days of history kept beyond what plans include.
    pub retention: Retention,
    /// Features that were asked for and are opened on application, by how far they are.
    pub features: BTreeMap<Feature, FeatureStage>,
    /// Why it is stopped, and since when; empty while in service.
    pub suspensions: BTreeMap<SuspensionCause, Timestamp>,
    /// When it is recycled, counted from the start of the uninterrupted stop by documented causes (U34).
    pub recycle_at: Option<Timestamp>,
    /// When it was recycled.
    pub recycled_at: Option<Timestamp>,
}

/// How long history is kept, and since when: what a month of storage is billed by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// From each instant on, so many days; none is the plan's own figure.
    settings: Vec<(Timestamp, Option<u32>)>,
    /// When it was switched on, each time.
    activations: Vec<Timestamp>,
    /// The day of the payer's own last change.
    pub changed_on: Option<Date>,
}

impl Retention {
    /// Days kept now, if more than the plan includes.
    pub fn days(&self) -> Option<u32> {
        self.settings.last().and_then(|(_, days)| *days)
    }

    /// Since when it is on; none while it is off.
    pub fn activated_at(&self) -> Option<Timestamp> {
        self.activations.last().copied().filter(|_| self.days().is_some())
    }

    /// Whether it was switched on in a month.
    pub fn was_activated_in(&self, month: Month) -> bool {
        self.activations.iter().any(|at| Month::at(*at) == month)
    }

    /// The settings that were on inside a period, each with its stretch.
    pub fn within(&self, period: Period) -> impl Iterator<Item = (Period, u32)> {
        let ends = self.settings.iter().skip(1).map(|(at, _)| *at).chain([Timestamp::MAX]);
        self.settings.iter().zip(ends).filter_map(move |((from, days), until)| {
            let stretch = Period { start: (*from).max(period.start), end: until.min(period.end) };
            days.filter(|_| stretch.start < stretch.end).map(|days| (stretch, days))
        })
    }

    fn set(&mut self, at: Timestamp, days: Option<u32>) {
        self.settings.push((at, days));
    }
}

impl CreatedApplication {
    /// Days of history the plan includes.
    pub fn included_days(&self) -> u32 {
        // A plan's row is a small number of days; without limit would include every step.
        self.rights.quotas.history_retention_days.map_or(u32::MAX, |days| u32::try_from(days).unwrap_or(u32::MAX))
    }

    /// Opens or closes the stretch of paid service that the present state means.
    fn note_service(&mut self, at: Timestamp) {
        if self.plan != Plan::Trial && self.in_service() {
            self.paid_service.begin(at);
        } else {
            self.paid_service.end(at);
        }
    }

    /// Whether users can use it now.
    pub fn in_service(&self) -> bool {
        self.suspensions.is_empty() && self.recycled_at.is_none()
    }

    /// Whether anything can still be done with it.
    ///
    /// # Errors
    /// [`Error::Recycled`].
    pub fn not_recycled(&self) -> Result<(), Error> {
        match self.recycled_at {
            Some(at) => Err(Error::Recycled { at }),
            None => Ok(()),
        }
    }
}

impl Application {
    /// The application if it exists.
    pub fn created(&self) -> Option<&CreatedApplication> {
        match self {
            Self::NotCreated => None,
            Self::Created(application) => Some(application),
        }
    }

    /// Folds a fact. Pairs that `decide` never emits leave the state as it is, and say so.
    pub fn evolve(&mut self, event: &Event) -> Folded {
        match (self, event) {
            (
                this @ Self::NotCreated,
                Event::ApplicationCreated { application_id, account_id, name, data_site, rights, at },
            ) => {
                *this = Self::Created(CreatedApplication {
                    id: *application_id,
                    account_id: account_id.clone(),
                    name: name.clone(),
                    data_site: *data_site,
                    created_at: *at,
                    plan: Plan::Trial,
                    rights: Arc::new(rights.clone()),
                    subscription: None,
                    agreements: Vec::new(),
                    left_trial_at: None,
                    paid_service: PaidService::default(),
                    retention: Retention::default(),
                    features: BTreeMap::new(),
                    suspensions: BTreeMap::new(),
                    recycle_at: None,
                    recycled_at: None,
                });
            }
            (Self::Created(application), Event::PlanEntered { plan, subscription_id, rights, at, .. }) => {
                application.plan = Plan::from(*plan);
                application.rights = Arc::new(rights.clone());
                application.subscription = Some(*subscription_id);
                // A change of the plan within its term rests on the same agreement.
                if application.agreements.last() != Some(subscription_id) {
                    application.agreements.push(*subscription_id);
                }
                application.left_trial_at = application.left_trial_at.or(Some(*at));
                // A step that the new plan includes ends; that is not the payer's one change (U16).
                if application.retention.days().is_some_and(|days| days <= application.included_days()) {
                    application.retention.set(*at, None);
                }
                // Under an operator's stop it begins and ends in one instant: what is sold from then on is lost to the stop.
                application.paid_service.begin(*at);
                application.note_service(*at);
            }
            (Self::Created(application), Event::ApplicationSuspended { cause, recycle_at, at, .. }) => {
                application.suspensions.insert(*cause, *at);
                application.recycle_at = *recycle_at;
                application.note_service(*at);
            }
            (Self::Created(application), Event::SuspensionLifted { cause, recycle_at, at, .. }) => {
                application.suspensions.remove(cause);
                application.recycle_at = *recycle_at;
                application.note_service(*at);
            }
            (Self::Created(application), Event::HistoryRetentionSet { days, included, activates, at, .. }) => {
                application.retention.set(*at, (days > included).then_some(*days));
                application.retention.changed_on = Some(day_of(*at));
                if *activates {
                    application.retention.activations.push(*at);
                }
            }
            (Self::Created(application), Event::FeatureRequested { feature, at }) => {
                application.features.insert(*feature, FeatureStage::Requested { at: *at });
            }
            (Self::Created(application), Event::FeatureApproved { feature, opens_at, .. }) => {
                application.features.insert(*feature, FeatureStage::Approved { opens_at: *opens_at });
            }
            (Self::Created(application), Event::FeatureOpened { feature, at }) => {
                application.features.insert(*feature, FeatureStage::Open { since: *at });
            }
            (
                Self::Created(application),
                Event::FeatureWithdrawn { feature, .. }
                | Event::FeatureRejected { feature, .. }
                | Event::FeatureLost { feature, .. },
            ) => {
                application.features.remove(feature);
            }
            (Self::Created(application), Event::ApplicationRecycled { at }) => {
                application.features.clear();
                application.recycle_at = None;
                application.recycled_at = Some(*at);
                application.note_service(*at);
            }
            (Self::Created(_), Event::ApplicationCreated { .. })
            | (
                Self::NotCreated,
                Event::PlanEntered { .. }
                | Event::ApplicationSuspended { .. }
                | Event::SuspensionLifted { .. }
                | Event::HistoryRetentionSet { .. }
                | Event::FeatureRequested { .. }
                | Event::FeatureWithdrawn { .. }
                | Event::FeatureApproved { .. }
                | Event::FeatureRejected { .. }
                | Event::FeatureOpened { .. }
                | Event::FeatureLost { .. }
                | Event::ApplicationRecycled { .. },
            ) => return Folded::OutOfPlace,
        }
        Folded::InPlace
    }
}
