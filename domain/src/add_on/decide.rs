//! Owns the decisions of a bought add-on.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{AddOnBought, AddOnDeal, AddOnPurchase, Command, EndCause, Error, Event, Stage};
use crate::calendar::{Period, day_of, midnight, plus_days};
use crate::charge::{Charge, Formula, Item};
use crate::ids::{InvoiceId, LineId, VoucherId};
use crate::term::{self, first_period, first_reminder};

impl AddOnPurchase {
    /// The facts a step brings about.
    ///
    /// # Errors
    /// [`Error`], the first refusal that fits.
    pub fn decide(&self, step: &Command) -> Result<Vec<Event>, Error> {
        match (self, step) {
            (
                Self::NotStarted,
                Command::Start { application_id, months, deal, voucher_id, invoice_id, line_id, at },
            ) => {
                let period = first_period(*at, *months, &deal.policies);
                let charge = charge((*invoice_id, *line_id), period, *months, deal, voucher_id.as_ref())?;
                let first_reminder_at = first_reminder(period, &deal.policies);
                let (application_id, months, deal, at) = (*application_id, *months, deal.clone(), *at);
                Ok(vec![Event::AddOnStarted { application_id, months, period, deal, charge, first_reminder_at, at }])
            }
            (Self::NotStarted, Command::StartTrial { application_id, deal, days, at }) => {
                let end = midnight(plus_days(day_of(*at), term::days(*days)));
                let period = Period { start: *at, end };
                let (application_id, deal, at) = (*application_id, deal.clone(), *at);
                Ok(vec![Event::AddOnTrialStarted { application_id, period, deal, at }])
            }
            (
                Self::NotStarted,
                Command::Renew { .. } | Command::Remind { .. } | Command::Expire { .. } | Command::End { .. },
            ) => Err(Error::NotStarted),
            (Self::Started(_), Command::Start { .. } | Command::StartTrial { .. }) => Err(Error::AlreadyStarted),
            (Self::Started(bought), Command::Renew { months, deal, voucher_id, invoice_id, line_id, at }) => {
                bought.renewable()?;
                let period = bought.terms.next_period(*months, &deal.policies);
                let charge = charge((*invoice_id, *line_id), period, *months, deal, voucher_id.as_ref())?;
                let first_reminder_at = first_reminder(period, &deal.policies);
                let application_id = bought.application_id;
                let (months, deal, at) = (*months, deal.clone(), *at);
                Ok(vec![Event::AddOnRenewed { application_id, months, period, deal, charge, first_reminder_at, at }])
            }
            (Self::Started(bought), Command::Remind { on, at }) => bought.remind(*on, *at),
            (Self::Started(bought), Command::Expire { at }) => bought.expire(*at),
            (Self::Started(bought), Command::End { cause, at }) => bought.end(*cause, *at),
        }
    }
}

impl AddOnBought {
    fn renewable(&self) -> Result<(), Error> {
        match self.stage {
            Stage::Ended { .. } => Err(Error::Ended),
            Stage::Active | Stage::Grace { .. } if self.is_trial() => {
                Err(Error::TrialNotRenewable { add_on: self.add_on() })
            }
            Stage::Active | Stage::Grace { .. } => Ok(()),
        }
    }

    fn remind(&self, on: Date, at: Timestamp) -> Result<Vec<Event>, Error> {
        let (due_on, due) = self.next_reminder().ok_or(Error::Ended)?;
        if due_on != on || at < due {
            return Err(Error::NotDue { due });
        }
        let (application_id, last_day) = (self.application_id, self.terms.last_day());
        let next_at = self.terms.reminder_behind(on);
        Ok(vec![Event::AddOnReminded { application_id, on, last_day, next_at, at }])
    }

    /// U36: as the plan, usable for some days more; U41: a trial is not.
    fn expire(&self, at: Timestamp) -> Result<Vec<Event>, Error> {
        let application_id = self.application_id;
        match self.stage {
            Stage::Active if at < self.terms.paid_until() => Err(Error::NotDue { due: self.terms.paid_until() }),
            Stage::Active if self.is_trial() => {
                Ok(vec![Event::AddOnEnded { application_id, cause: EndCause::Expired, at }])
            }
            Stage::Active => Ok(vec![Event::AddOnGraceBegan {
                application_id,
                last_day: self.terms.last_day(),
                until: self.terms.stop_at(),
                at,
            }]),
            Stage::Grace { .. } => Ok(vec![]),
            Stage::Ended { .. } => Err(Error::Ended),
        }
    }

    fn end(&self, cause: EndCause, at: Timestamp) -> Result<Vec<Event>, Error> {
        let ended = Event::AddOnEnded { application_id: self.application_id, cause, at };
        match (self.stage, cause) {
            (Stage::Ended { .. }, _) => Ok(vec![]),
            (Stage::Grace { until }, EndCause::Expired) if at < until => Err(Error::NotDue { due: until }),
            (Stage::Active, EndCause::Expired) => Err(Error::NotDue { due: self.terms.stop_at() }),
            (Stage::Grace { .. }, EndCause::Expired)
            | (Stage::Active | Stage::Grace { .. }, EndCause::Superseded | EndCause::Recycled) => Ok(vec![ended]),
        }
    }
}

fn charge(
    (invoice_id, line_id): (InvoiceId, LineId),
    period: Period,
    months: u32,
    deal: &AddOnDeal,
    voucher_id: Option<&VoucherId>,
) -> Result<Charge, Error> {
    let terms = &deal.terms;
    let item = Item::of_add_on(terms.add_on).ok_or(Error::TrialNotRenewable { add_on: terms.add_on })?;
    let amount = terms.price.times(u64::from(months))?;
    Ok(Charge {
        invoice_id,
        line_id,
        item,
        period,
        quantity: months,
        unit_price: terms.price,
        amount,
        price_list: terms.price_list.clone(),
        formula: Formula::MonthlyPrice { monthly_price: terms.price, months, amount },
        voucher_id: voucher_id.cloned(),
    })
}
