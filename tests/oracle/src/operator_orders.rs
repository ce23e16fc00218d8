//! Owns the orders in which an operator has a part: features on application, the operator's stop and its lift.
//!
//! Does not own what a stop means for money.

use crate::application::{Application, Cause, FeatureState};
use crate::oracle::Oracle;
use crate::order::{Answer, ApplicationId, Feature, Refusal};
use crate::prices::Plan;

impl Oracle {
    pub(crate) fn request_feature(&mut self, id: ApplicationId, feature: Feature) -> Result<Answer, Refusal> {
        self.check_sale(id)?;
        let application = self.application(id)?;
        if application.plan != Plan::Flagship {
            return Err("feature_needs_flagship");
        }
        let state = application.feature(feature);
        if *state != FeatureState::Absent {
            return Err("feature_already_requested");
        }
        *state = FeatureState::Requested;
        Ok(Answer::default())
    }

    /// Withdrawing and rejecting end a request alike.
    pub(crate) fn withdraw_feature(&mut self, id: ApplicationId, feature: Feature) -> Result<Answer, Refusal> {
        let application = self.application(id)?;
        if application.plan != Plan::Flagship {
            return Err("feature_needs_flagship");
        }
        let state = application.feature(feature);
        if *state != FeatureState::Requested {
            return Err("feature_not_requested");
        }
        *state = FeatureState::Absent;
        Ok(Answer::default())
    }

    pub(crate) fn approve_feature(
        &mut self,
        id: ApplicationId,
        feature: Feature,
        has_ticket: bool,
    ) -> Result<Answer, Refusal> {
        let now = self.now;
        let application = self.application(id)?;
        if !has_ticket {
            return Err("operator_approval_required");
        }
        if application.plan != Plan::Flagship {
            return Err("feature_needs_flagship");
        }
        let state = application.feature(feature);
        match state {
            FeatureState::Absent => return Err("feature_not_requested"),
            FeatureState::Requested => *state = FeatureState::Opens(Application::opening(feature, now)),
            // True already.
            FeatureState::Opens(_) => {}
        }
        Ok(Answer::default())
    }

    pub(crate) fn suspend(&mut self, id: ApplicationId, has_ticket: bool) -> Result<Answer, Refusal> {
        let now = self.now;
        let application = self.application(id)?;
        if !has_ticket {
            return Err("operator_approval_required");
        }
        application.stop(Cause::Operator, now);
        Ok(Answer::default())
    }

    pub(crate) fn lift(&mut self, id: ApplicationId) -> Result<Answer, Refusal> {
        self.application(id)?.cure(Cause::Operator);
        Ok(Answer::default())
    }
}
