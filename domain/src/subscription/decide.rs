//! Owns the decisions of an agreement.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Agreement, Command, Error, Event, Stage, StopCause, Subscription};
use crate::calendar::{Period, midnight, plus_days};
use crate::charge::{Charge, Formula, Item};
use crate::ids::{InvoiceId, LineId, VoucherId};
use crate::money::MoneyFault;
use crate::term::{self, first_period, first_reminder};
use crate::terms::{Discount, PlanTerms};

impl Subscription {
    /// The facts a step brings about.
    ///
    /// # Errors
    /// [`Error`], the first refusal that fits.
    pub fn decide(&self, step: &Command) -> Result<Vec<Event>, Error> {
        match (self, step) {
            (
                Self::NotStarted,
                Command::Start { application_id, months, terms, discount, voucher_id, invoice_id, line_id, at },
            ) => {
                let period = first_period(*at, *months, &terms.policies);
                let charge = charge((*invoice_id, *line_id), period, *months, (terms, *discount), voucher_id.as_ref())?;
                let first_reminder_at = first_reminder(period, &terms.policies);
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
                Command::Renew { .. }
                | Command::Remind { .. }
                | Command::BeginGrace { .. }
                | Command::Stop { .. }
                | Command::End { .. },
            ) => Err(Error::NotSubscribed),
            (Self::Started(agreement), Command::Start { .. }) => {
                Err(Error::AlreadySubscribed { plan: agreement.plan(), until: agreement.terms.paid_until() })
            }
            (Self::Started(agreement), Command::Renew { months, terms, voucher_id, invoice_id, line_id, at }) => {
                agreement.running()?;
                agreement.same_plan(terms)?;
                let period = agreement.terms.next_period(*months, &terms.policies);
                let charge = charge((*invoice_id, *line_id), period, *months, (terms, None), voucher_id.as_ref())?;
                let first_reminder_at = first_reminder(period, &terms.policies);
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
            (Self::Started(agreement), Command::End { at }) => Ok(agreement.end(*at)),
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

    fn remind(&self, on: Date, at: Timestamp) -> Result<Vec<Event>, Error> {
        let (due_on, due) = self.next_reminder().ok_or(Error::NotSubscribed)?;
        if due_on != on || at < due {
            return Err(Error::NotDue { due });
        }
        let (application_id, last_day) = (self.application_id, self.terms.last_day());
        let next_at = self.terms.reminder_behind(on);
        Ok(vec![Event::RenewalReminded { application_id, on, last_day, next_at, at }])
    }

    fn begin_grace(&self, at: Timestamp) -> Result<Vec<Event>, Error> {
        match self.stage {
            Stage::Active if self.terms.paid_until() <= at => Ok(vec![Event::GraceBegan {
                application_id: self.application_id,
                last_day: self.terms.last_day(),
                until: self.terms.stop_at(),
                at,
            }]),
            Stage::Active => Err(Error::NotDue { due: self.terms.paid_until() }),
            Stage::Grace { .. } => Ok(vec![]),
            Stage::Stopped { .. } | Stage::Ended { .. } => Err(Error::NotSubscribed),
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
            Stage::Active => Err(Error::NotDue { due: self.terms.stop_at() }),
            Stage::Stopped { .. } | Stage::Ended { .. } => Ok(vec![]),
        }
    }

    fn end(&self, at: Timestamp) -> Vec<Event> {
        let ended = Event::SubscriptionEnded { application_id: self.application_id, at };
        if self.is_running() { vec![ended] } else { vec![] }
    }

    /// Retention counts the day of the stop (facts §2.1): stopped on day D, recycled at 00:00 of D + 90.
    fn recycle_at(&self, stopped: Timestamp) -> Timestamp {
        let days = self.terms.last().terms.policies.retention_days;
        midnight(plus_days(crate::calendar::day_of(stopped), term::days(days)))
    }
}

fn charge(
    (invoice_id, line_id): (InvoiceId, LineId),
    period: Period,
    months: u32,
    (terms, discount): (&PlanTerms, Option<Discount>),
    voucher_id: Option<&VoucherId>,
) -> Result<Charge, MoneyFault> {
    let monthly_price = terms.monthly_price;
    let full = monthly_price.times(u64::from(months))?;
    let (amount, formula) = match discount {
        None => (full, Formula::MonthlyPrice { monthly_price, months, amount: full }),
        Some(discount) => {
            let (amount, Discount { promotion, price_percent }) = (discount.price(full)?, discount);
            (amount, Formula::Promotional { promotion, monthly_price, months, price_percent, amount })
        }
    };
    Ok(Charge {
        invoice_id,
        line_id,
        item: Item::from(terms.plan),
        period,
        quantity: months,
        unit_price: monthly_price,
        amount,
        price_list: terms.price_list.clone(),
        formula,
        voucher_id: voucher_id.cloned(),
    })
}
