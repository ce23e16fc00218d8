//! Owns the decisions of an agreement.

use jiff::Timestamp;
use jiff::civil::Date;

use super::state::reminder_after;
use super::{Agreement, Command, Error, Event, Stage, StopCause, Subscription};
use crate::calendar::{Anchor, Period, midnight, plus_days};
use crate::charge::{Charge, Formula, Item};
use crate::ids::{InvoiceId, LineId};
use crate::money::MoneyFault;
use crate::terms::PlanTerms;

impl Subscription {
    /// The facts a step brings about.
    ///
    /// # Errors
    /// [`Error`], the first refusal that fits.
    pub fn decide(&self, step: &Command) -> Result<Vec<Event>, Error> {
        match (self, step) {
            (Self::NotStarted, Command::Start { application_id, months, terms, invoice_id, line_id, at }) => {
                let period = first_period(*at, *months, terms);
                let charge = charge(*invoice_id, *line_id, period, *months, terms)?;
                let first_reminder_at = first_reminder(period, terms);
                let (application_id, months, terms, at) = (*application_id, *months, terms.clone(), *at);
                Ok(vec![Event::SubscriptionStarted {
                    application_id,
                    months,
                    period,
                    terms,
                    charge,
                    first_reminder_at,
                    at,
                }])
            }
            (
                Self::NotStarted,
                Command::Renew { .. } | Command::Remind { .. } | Command::BeginGrace { .. } | Command::Stop { .. },
            ) => Err(Error::NotSubscribed),
            (Self::Started(agreement), Command::Start { .. }) => {
                Err(Error::AlreadySubscribed { plan: agreement.plan(), until: agreement.paid_until() })
            }
            (Self::Started(agreement), Command::Renew { months, terms, invoice_id, line_id, at }) => {
                agreement.running()?;
                agreement.same_plan(terms)?;
                let period = agreement.next_period(*months, terms);
                let charge = charge(*invoice_id, *line_id, period, *months, terms)?;
                let first_reminder_at = first_reminder(period, terms);
                let application_id = agreement.application_id;
                let (months, terms, at) = (*months, terms.clone(), *at);
                Ok(vec![Event::SubscriptionRenewed {
                    application_id,
                    months,
                    period,
                    terms,
                    charge,
                    first_reminder_at,
                    at,
                }])
            }
            (Self::Started(agreement), Command::Remind { on, at }) => agreement.remind(*on, *at),
            (Self::Started(agreement), Command::BeginGrace { at }) => agreement.begin_grace(*at),
            (Self::Started(agreement), Command::Stop { at }) => agreement.stop(*at),
        }
    }
}

impl Agreement {
    /// # Errors
    /// [`Error::NotSubscribed`] once it is over.
    fn running(&self) -> Result<(), Error> {
        if self.is_running() { Ok(()) } else { Err(Error::NotSubscribed) }
    }

    fn same_plan(&self, terms: &PlanTerms) -> Result<(), Error> {
        if terms.plan == self.plan() {
            Ok(())
        } else {
            Err(Error::PlanMismatch { running: self.plan(), asked: terms.plan })
        }
    }

    /// A renewal follows the old end, also inside the grace (#15 of the facts).
    fn next_period(&self, months: u32, terms: &PlanTerms) -> Period {
        let total = self.months().saturating_add(months);
        let end = self.anchor.boundary(total, terms.policies.month_end, terms.policies.validity_end);
        Period { start: self.paid_until(), end }
    }

    fn remind(&self, on: Date, at: Timestamp) -> Result<Vec<Event>, Error> {
        let (due_on, due) = self.next_reminder().ok_or(Error::NotSubscribed)?;
        if due_on != on || at < due {
            return Err(Error::NotDue { due });
        }
        let term = self.last_term();
        let next_at = reminder_after(term.period, &term.terms, Some(on)).map(|(_, at)| at);
        let (application_id, last_day) = (self.application_id, self.last_day());
        Ok(vec![Event::RenewalReminded { application_id, on, last_day, next_at, at }])
    }

    fn begin_grace(&self, at: Timestamp) -> Result<Vec<Event>, Error> {
        match self.stage {
            Stage::Active if self.paid_until() <= at => Ok(vec![Event::GraceBegan {
                application_id: self.application_id,
                last_day: self.last_day(),
                until: self.stop_at(),
                at,
            }]),
            Stage::Active => Err(Error::NotDue { due: self.paid_until() }),
            Stage::Grace { .. } => Ok(vec![]),
            Stage::Stopped { .. } => Err(Error::NotSubscribed),
        }
    }

    fn stop(&self, at: Timestamp) -> Result<Vec<Event>, Error> {
        match self.stage {
            Stage::Grace { until } if until <= at => Ok(vec![Event::SubscriptionStopped {
                application_id: self.application_id,
                cause: StopCause::Expired,
                recycle_at: self.recycle_at(at),
                at,
            }]),
            Stage::Grace { until } => Err(Error::NotDue { due: until }),
            Stage::Active => Err(Error::NotDue { due: self.stop_at() }),
            Stage::Stopped { .. } => Ok(vec![]),
        }
    }

    /// Retention counts the day of the stop (facts §2.1): stopped on day D, recycled at 00:00 of D + 90.
    fn recycle_at(&self, stopped: Timestamp) -> Timestamp {
        let days = i32::try_from(self.last_term().terms.policies.retention_days).unwrap_or(i32::MAX);
        midnight(plus_days(crate::calendar::day_of(stopped), days))
    }
}

/// The first term starts at payment; its days are counted by civil dates (R0, S1).
fn first_period(at: Timestamp, months: u32, terms: &PlanTerms) -> Period {
    let end = Anchor { at }.boundary(months, terms.policies.month_end, terms.policies.validity_end);
    Period { start: at, end }
}

fn first_reminder(period: Period, terms: &PlanTerms) -> Option<Timestamp> {
    reminder_after(period, terms, None).map(|(_, at)| at)
}

fn charge(
    invoice_id: InvoiceId,
    line_id: LineId,
    period: Period,
    months: u32,
    terms: &PlanTerms,
) -> Result<Charge, MoneyFault> {
    let amount = terms.monthly_price.times(u64::from(months))?;
    Ok(Charge {
        invoice_id,
        line_id,
        item: Item::from(terms.plan),
        period,
        quantity: months,
        unit_price: terms.monthly_price,
        amount,
        price_list: terms.price_list.clone(),
        formula: Formula::MonthlyPrice { monthly_price: terms.monthly_price, months, amount },
    })
}
