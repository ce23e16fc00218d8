//! Owns what is known of an application: the fold of its events.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Error, Event, SuspensionCause};
use crate::aggregate::Folded;
use crate::ids::{AccountId, ApplicationId, SubscriptionId};
use crate::plan::{DataSite, Plan, Rights};

/// An application, created or not yet.
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
    /// Why it is stopped, and since when; empty while in service.
    pub suspensions: BTreeMap<SuspensionCause, Timestamp>,
    /// When it is recycled, counted from the start of the uninterrupted stop (U34).
    pub recycle_at: Option<Timestamp>,
    /// When it was recycled.
    pub recycled_at: Option<Timestamp>,
}

impl CreatedApplication {
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
                    suspensions: BTreeMap::new(),
                    recycle_at: None,
                    recycled_at: None,
                });
            }
            (Self::Created(application), Event::PlanEntered { plan, subscription_id, rights, .. }) => {
                application.plan = Plan::from(*plan);
                application.rights = Arc::new(rights.clone());
                application.subscription = Some(*subscription_id);
            }
            (Self::Created(application), Event::ApplicationSuspended { cause, recycle_at, at }) => {
                application.suspensions.insert(*cause, *at);
                application.recycle_at = Some(*recycle_at);
            }
            (Self::Created(application), Event::SuspensionLifted { cause, .. }) => {
                application.suspensions.remove(cause);
                if application.suspensions.is_empty() {
                    application.recycle_at = None;
                }
            }
            (Self::Created(application), Event::ApplicationRecycled { at }) => {
                application.recycle_at = None;
                application.recycled_at = Some(*at);
            }
            (Self::Created(_), Event::ApplicationCreated { .. })
            | (
                Self::NotCreated,
                Event::PlanEntered { .. }
                | Event::ApplicationSuspended { .. }
                | Event::SuspensionLifted { .. }
                | Event::ApplicationRecycled { .. },
            ) => return Folded::OutOfPlace,
        }
        Folded::InPlace
    }
}
