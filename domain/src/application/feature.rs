//! Owns how far a feature is that is opened on application: asked for, approved, open (S8, S9, U44).
//!
//! Does not own which plans offer one (rights, as agreed) nor how long opening takes: the instant arrives in the step.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{CreatedApplication, Error, Event};
use crate::plan::{Feature, Grant, Rights};

/// How far it is. What was never asked for, was withdrawn, rejected or lost has no stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FeatureStage {
    /// An operator has not answered yet.
    Requested {
        /// When it was asked for.
        at: Timestamp,
    },
    /// Approved; it can be used from an instant on.
    Approved {
        /// Which.
        opens_at: Timestamp,
    },
    /// It can be used.
    Open {
        /// Since when.
        since: Timestamp,
    },
}

impl CreatedApplication {
    /// When a feature opens that is approved and not open yet.
    pub fn opens_at(&self, feature: Feature) -> Option<Timestamp> {
        match self.features.get(&feature) {
            Some(FeatureStage::Approved { opens_at }) => Some(*opens_at),
            Some(FeatureStage::Requested { .. } | FeatureStage::Open { .. }) | None => None,
        }
    }

    pub(super) fn request(&self, feature: Feature, at: Timestamp) -> Result<Vec<Event>, Error> {
        self.offers(feature)?;
        match self.features.get(&feature) {
            Some(_) => Err(Error::FeatureAlreadyRequested { feature }),
            None => Ok(vec![Event::FeatureRequested { feature, at }]),
        }
    }

    pub(super) fn withdraw(&self, feature: Feature, at: Timestamp) -> Result<Vec<Event>, Error> {
        self.offers(feature)?;
        self.waits_for_an_answer(feature)?;
        Ok(vec![Event::FeatureWithdrawn { feature, at }])
    }

    /// What takes no time to open is open at once.
    pub(super) fn approve(
        &self,
        feature: Feature,
        opens_at: Timestamp,
        ticket: &str,
        at: Timestamp,
    ) -> Result<Vec<Event>, Error> {
        self.offers(feature)?;
        match self.features.get(&feature) {
            None => Err(Error::FeatureNotRequested { feature }),
            Some(FeatureStage::Approved { .. } | FeatureStage::Open { .. }) => Ok(vec![]),
            Some(FeatureStage::Requested { .. }) => {
                let approved = Event::FeatureApproved { feature, opens_at, ticket: ticket.to_owned(), at };
                let opened = (opens_at <= at).then_some(Event::FeatureOpened { feature, at });
                Ok([approved].into_iter().chain(opened).collect())
            }
        }
    }

    pub(super) fn reject(
        &self,
        feature: Feature,
        reason: Option<&str>,
        ticket: Option<&str>,
        at: Timestamp,
    ) -> Result<Vec<Event>, Error> {
        self.offers(feature)?;
        self.waits_for_an_answer(feature)?;
        let (reason, ticket) = (reason.map(str::to_owned), ticket.map(str::to_owned));
        Ok(vec![Event::FeatureRejected { feature, reason, ticket, at }])
    }

    /// The hours run through a stop, and so does the opening (U44).
    pub(super) fn open(&self, feature: Feature, at: Timestamp) -> Result<Vec<Event>, Error> {
        match self.opens_at(feature) {
            Some(opens_at) if opens_at <= at => Ok(vec![Event::FeatureOpened { feature, at }]),
            Some(_) | None => Err(Error::FeatureNotDue { feature }),
        }
    }

    /// Lost only on leaving the plan that offers them, requests too; a stop that ends on that plan again keeps them (U44).
    pub(super) fn lose(&self, rights: &Rights, at: Timestamp) -> impl Iterator<Item = Event> {
        let gone = |feature: &&Feature| rights.features.get(**feature) != Grant::OnApplication;
        self.features.keys().filter(gone).map(move |feature| Event::FeatureLost { feature: *feature, at })
    }

    fn offers(&self, feature: Feature) -> Result<(), Error> {
        match self.rights.features.get(feature) {
            Grant::OnApplication => Ok(()),
            Grant::Yes | Grant::No => Err(Error::FeatureNeedsFlagship { feature }),
        }
    }

    fn waits_for_an_answer(&self, feature: Feature) -> Result<(), Error> {
        match self.features.get(&feature) {
            Some(FeatureStage::Requested { .. }) => Ok(()),
            Some(FeatureStage::Approved { .. } | FeatureStage::Open { .. }) | None => {
                Err(Error::FeatureNotRequested { feature })
            }
        }
    }
}
