//! Owns the decisions of an application.

use jiff::Timestamp;

use super::{Application, Command, CreatedApplication, Error, Event, SuspensionCause};
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
                | Command::Lift { .. }
                | Command::SetHistoryRetention { .. }
                | Command::Recycle { .. },
            ) => Err(Error::NotCreated),
            (Self::Created(_), Command::Create { .. }) => Err(Error::AlreadyCreated),
            (Self::Created(application), Command::EnterPlan { plan, subscription_id, rights, at }) => {
                application.not_recycled()?;
                let mut events = application.cure_by_payment(*at);
                events.push(Event::PlanEntered {
                    plan: *plan,
                    from: application.plan,
                    subscription_id: *subscription_id,
                    rights: rights.clone(),
                    at: *at,
                });
                Ok(events)
            }
            (Self::Created(application), Command::Suspend { cause, recycle_at, at }) => {
                application.not_recycled()?;
                if application.suspensions.contains_key(cause) {
                    return Ok(vec![]);
                }
                // A second cause joins the stop that runs already; its recycling date stands (U34).
                let recycle_at = application.recycle_at.unwrap_or(*recycle_at);
                Ok(vec![Event::ApplicationSuspended { cause: *cause, recycle_at, at: *at }])
            }
            (Self::Created(application), Command::Lift { cause, at }) => {
                // What is gone stays gone, whatever is paid later (U34).
                Ok(if application.recycled_at.is_some() { vec![] } else { application.cure(*cause, *at) })
            }
            (Self::Created(application), Command::SetHistoryRetention { days, monthly_price, at }) => {
                application.not_recycled()?;
                application.set_retention(*days, *monthly_price, *at)
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
    /// A new term cures both ways in which the old one stopped; only one of them can stand.
    fn cure_by_payment(&self, at: Timestamp) -> Vec<Event> {
        let causes = [SuspensionCause::Expired, SuspensionCause::Refunded];
        causes.into_iter().flat_map(|cause| self.cure(cause, at)).collect()
    }

    fn cure(&self, cause: SuspensionCause, at: Timestamp) -> Vec<Event> {
        if !self.suspensions.contains_key(&cause) {
            return vec![];
        }
        let recycle_at = self.recycle_at.filter(|_| self.suspensions.len() > 1);
        vec![Event::SuspensionLifted { cause, recycle_at, at }]
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
