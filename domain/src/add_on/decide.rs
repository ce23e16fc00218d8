//! Owns the decisions of a bought add-on.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use super::{AddOnBought, AddOnDeal, AddOnPurchase, Command, EndCause, Error, Event, Stage};
use crate::calendar::{Period, day_of, midnight, plus_days};
use crate::charge::{Charge, Formula, Item};
use crate::ids::{InvoiceId, LineId, VoucherId};
use crate::term::{self, BoughtTerm, TermOrder, first_period, first_reminder};

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
                Command::Renew { .. }
                | Command::Remind { .. }
                | Command::Expire { .. }
                | Command::Refund { .. }
                | Command::SetAutoRenew { .. }
                | Command::NoteFailedRenewal { .. }
                | Command::End { .. },
            ) => Err(Error::NotStarted),
            (Self::Started(_), Command::Start { .. } | Command::StartTrial { .. }) => Err(Error::AlreadyStarted),
            (Self::Started(bought), Command::Renew { months, deal, voucher_id, invoice_id, line_id, at }) => {
                bought.renew(*months, deal, voucher_id.as_ref(), (*invoice_id, *line_id), *at)
            }
            (Self::Started(bought), Command::Remind { on, at }) => bought.remind(*on, *at),
            (Self::Started(bought), Command::Expire { at }) => bought.expire(*at),
            (Self::Started(bought), Command::Refund { refund, reason, at }) => {
                bought.refundable()?;
                let (application_id, refund, reason) = (bought.application_id, refund.clone(), reason.clone());
                Ok(vec![Event::AddOnRefunded { application_id, refund, reason, at: *at }])
            }
            (Self::Started(bought), Command::SetAutoRenew { months, at }) => bought.set_auto_renew(*months, *at),
            (Self::Started(bought), Command::NoteFailedRenewal { reason, at }) => {
                bought.note_failed_renewal(reason, *at)
            }
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

    fn renew(
        &self,
        months: u32,
        deal: &AddOnDeal,
        voucher_id: Option<&VoucherId>,
        (invoice_id, line_id): (InvoiceId, LineId),
        at: Timestamp,
    ) -> Result<Vec<Event>, Error> {
        self.renewable()?;
        let period = self.terms.next_period(months, &deal.policies);
        let charge = charge((invoice_id, line_id), period, months, deal, voucher_id)?;
        let first_reminder_at = first_reminder(period, &deal.policies);
        let order = TermOrder { invoice_id, amount: charge.amount };
        let further = BoughtTerm { months, period, terms: Arc::new(deal.clone()), order: Some(order) };
        Ok(vec![Event::AddOnRenewed {
            application_id: self.application_id,
            months,
            period,
            deal: deal.clone(),
            charge,
            first_reminder_at,
            next_auto_renewal_at: self.terms.auto_renewal_behind(further),
            at,
        }])
    }

    /// Whether anything paid is left to give back: in grace it is all used (U33).
    ///
    /// # Errors
    /// [`Error::Ended`], [`Error::TrialNotRefundable`].
    pub fn refundable(&self) -> Result<(), Error> {
        match self.stage {
            Stage::Active if self.is_trial() => Err(Error::TrialNotRefundable { add_on: self.add_on() }),
            Stage::Active => Ok(()),
            Stage::Grace { .. } | Stage::Ended { .. } => Err(Error::Ended),
        }
    }

    fn set_auto_renew(&self, months: Option<u32>, at: Timestamp) -> Result<Vec<Event>, Error> {
        self.renewable()?;
        if self.terms.auto_renew.map(|auto_renew| auto_renew.months) == months {
            return Ok(vec![]);
        }
        let next_auto_renewal_at = self.terms.auto_renewal_if_set(months, at);
        Ok(vec![Event::AddOnAutoRenewSet { application_id: self.application_id, months, next_auto_renewal_at, at }])
    }

    fn note_failed_renewal(&self, reason: &str, at: Timestamp) -> Result<Vec<Event>, Error> {
        let due = self.next_auto_renewal().ok_or(Error::Ended)?;
        if at < due {
            return Err(Error::NotDue { due });
        }
        let (reason, next_auto_renewal_at) = (reason.to_owned(), self.terms.auto_renewal_if_tried(at));
        let application_id = self.application_id;
        Ok(vec![Event::AddOnAutoRenewalFailed { application_id, reason, next_auto_renewal_at, at }])
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
            | (Stage::Active | Stage::Grace { .. }, EndCause::Superseded | EndCause::Recycled | EndCause::Refunded) => {
                Ok(vec![ended])
            }
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
