//! Owns the decisions of an application.

use jiff::Timestamp;

use super::{Application, Command, CreatedApplication, Error, Event, OperatorNote, SuspensionCause};
use crate::calendar::Month;
use crate::money::Money;

impl Application {
    /// The facts a step brings about.
    ///
    /// # Errors
    /// [`Error`], the first refusal that fits.
    pub fn decide(&self, step: &Command) -> Result<Vec<Event>, Error> {
        match (self, step) {
            (Self::NotCreated, Command::Create { application_id, account_id, name, data_site, rights, at }) => {
                Ok(vec![Event::ApplicationCreated {
                    application_id: *application_id,
                    account_id: account_id.clone(),
                    name: name.clone(),
                    data_site: *data_site,
                    rights: rights.clone(),
                    at: *at,
                }])
            }
            (
                Self::NotCreated,
                Command::EnterPlan { .. }
                | Command::Suspend { .. }
                | Command::SuspendByOperator { .. }
                | Command::Lift { .. }
                | Command::SetHistoryRetention { .. }
                | Command::RequestFeature { .. }
                | Command::WithdrawFeature { .. }
                | Command::ApproveFeature { .. }
                | Command::RejectFeature { .. }
                | Command::OpenFeature { .. }
                | Command::Recycle { .. },
            ) => Err(Error::NotCreated),
            (Self::Created(_), Command::Create { .. }) => Err(Error::AlreadyCreated),
            (Self::Created(application), Command::EnterPlan { plan, subscription_id, rights, at }) => {
                application.not_recycled()?;
                let entered = Event::PlanEntered {
                    plan: *plan,
                    from: application.plan,
                    subscription_id: *subscription_id,
                    rights: rights.clone(),
                    at: *at,
                };
                let cured = application.cure(&[SuspensionCause::Expired, SuspensionCause::Refunded], *at);
                Ok(cured.into_iter().chain(application.lose(rights, *at)).chain([entered]).collect())
            }
            (Self::Created(application), Command::Suspend { cause, recycle_at, at }) => {
                application.not_recycled()?;
                if application.suspensions.contains_key(cause) {
                    return Ok(vec![]);
                }
                // A second cause joins the stop that runs already; its recycling date stands (U34).
                let recycle_at = application.recycle_at.unwrap_or(*recycle_at);
                Ok(vec![Event::ApplicationSuspended {
                    cause: *cause,
                    recycle_at: Some(recycle_at),
                    note: None,
                    at: *at,
                }])
            }
            (Self::Created(application), Command::SuspendByOperator { note, at }) => {
                application.not_recycled()?;
                Ok(application.suspend_by_operator(note, *at))
            }
            (Self::Created(application), Command::Lift { cause, at }) => {
                // What is gone stays gone, whatever is paid later (U34).
                Ok(if application.recycled_at.is_some() { vec![] } else { application.cure(&[*cause], *at) })
            }
            (Self::Created(application), Command::SetHistoryRetention { days, monthly_price, at }) => {
                application.not_recycled()?;
                application.set_retention(*days, *monthly_price, *at)
            }
            (Self::Created(application), Command::RequestFeature { feature, at }) => {
                application.not_recycled()?;
                application.request(*feature, *at)
            }
            (Self::Created(application), Command::WithdrawFeature { feature, at }) => {
                application.not_recycled()?;
                application.withdraw(*feature, *at)
            }
            (Self::Created(application), Command::ApproveFeature { feature, opens_at, ticket, at }) => {
                application.not_recycled()?;
                application.approve(*feature, *opens_at, ticket, *at)
            }
            (Self::Created(application), Command::RejectFeature { feature, reason, ticket, at }) => {
                application.not_recycled()?;
                application.reject(*feature, reason.as_deref(), ticket.as_deref(), *at)
            }
            (Self::Created(application), Command::OpenFeature { feature, at }) => {
                application.not_recycled()?;
                application.open(*feature, *at)
            }
            (Self::Created(application), Command::Recycle { at }) => {
                application.not_recycled()?;
                match application.recycle_at {
                    Some(due) if due <= *at => Ok(vec![Event::ApplicationRecycled { at: *at }]),
                    Some(_) | None => Err(Error::NotDueForRecycling),
                }
            }
        }
    }
}

impl CreatedApplication {
    /// It stands beside other causes, and neither starts nor moves the clock to recycling (U34, U40).
    fn suspend_by_operator(&self, note: &OperatorNote, at: Timestamp) -> Vec<Event> {
        let cause = SuspensionCause::Operator;
        if self.suspensions.contains_key(&cause) {
            return vec![];
        }
        vec![Event::ApplicationSuspended { cause, recycle_at: self.recycle_at, note: Some(note.clone()), at }]
    }

    /// Lifts those of the causes that stand; the date of recycling stands as long as a documented one stays.
    fn cure(&self, cured: &[SuspensionCause], at: Timestamp) -> Vec<Event> {
        let mut staying: Vec<SuspensionCause> = self.suspensions.keys().copied().collect();
        let mut events = Vec::new();
        for cause in cured.iter().filter(|cause| self.suspensions.contains_key(cause)) {
            staying.retain(|stays| stays != cause);
            let recycle_at = self.recycle_at.filter(|_| staying.iter().any(|stays| stays.recycles()));
            let operator_stays = staying.contains(&SuspensionCause::Operator);
            events.push(Event::SuspensionLifted { cause: *cause, recycle_at, operator_stays, at });
        }
        events
    }

    /// U17: the same figure is no change; off and on again is a new activation, a raise is not.
    fn set_retention(&self, days: u32, monthly_price: Option<Money>, at: Timestamp) -> Result<Vec<Event>, Error> {
        let included = self.included_days();
        let wanted = (days > included).then_some(days);
        let present = self.retention.days();
        if wanted == present {
            return Ok(vec![]);
        }
        if let Some(on) = self.retention.changed_on.filter(|on| Month::of(*on) == Month::at(at)) {
            return Err(Error::RetentionChangedThisMonth { on });
        }
        let activates = present.is_none();
        Ok(vec![Event::HistoryRetentionSet { days, included, monthly_price, activates, at }])
    }
}
