//! Owns the decisions of an agreement.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Agreement, Command, Error, Event, Stage, StopCause, Subscription};
use crate::calendar::{Period, day_of, midnight, plus_days};
use crate::charge::{Charge, Formula, Item, Refund};
use crate::ids::{InvoiceId, LineId, VoucherId};
use crate::money::MoneyFault;
use crate::plan::PaidPlan;
use crate::term::{self, BoughtTerm, TermOrder, first_period, first_reminder};
use crate::terms::{Discount, DowngradeTiming, PlanTerms};

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
                | Command::EndPeriod { .. }
                | Command::Upgrade { .. }
                | Command::ScheduleDowngrade { .. }
                | Command::CancelDowngrade { .. }
                | Command::DowngradeNow { .. }
                | Command::Refund { .. }
                | Command::SetAutoRenew { .. }
                | Command::NoteFailedRenewal { .. }
                | Command::Stop { .. }
                | Command::End { .. },
            ) => Err(Error::NotSubscribed),
            (Self::Started(agreement), step) => agreement.decide(step),
        }
    }
}

impl Agreement {
    fn decide(&self, step: &Command) -> Result<Vec<Event>, Error> {
        match step {
            Command::Start { .. } => Err(Error::AlreadySubscribed { plan: self.plan, until: self.terms.paid_until() }),
            Command::Renew { months, terms, voucher_id, invoice_id, line_id, at } => {
                self.renew(*months, terms, voucher_id.as_ref(), (*invoice_id, *line_id), *at)
            }
            Command::Remind { on, at } => self.remind(*on, *at),
            Command::EndPeriod { at } => self.end_period(*at),
            Command::Upgrade { terms, charge, at } => self.upgrade(terms, charge, *at),
            Command::ScheduleDowngrade { terms, rights, ticket, at } => {
                self.may_downgrade_to(terms.plan)?;
                Ok(vec![Event::DowngradeScheduled {
                    application_id: self.application_id,
                    terms: terms.clone(),
                    rights: rights.clone(),
                    ticket: ticket.clone(),
                    takes_effect_at: self.terms.paid_until(),
                    at: *at,
                }])
            }
            Command::CancelDowngrade { at } => self.cancel_downgrade(*at),
            Command::DowngradeNow { terms, rights, ticket, refund, at } => {
                self.may_downgrade_to(terms.plan)?;
                Ok(vec![Event::PlanDowngraded {
                    application_id: self.application_id,
                    from: self.plan,
                    terms: terms.clone(),
                    rights: rights.clone(),
                    ticket: ticket.clone(),
                    timing: DowngradeTiming::Immediate,
                    refund: Some(refund.clone()),
                    at: *at,
                }])
            }
            Command::Refund { refund, reason, at } => self.refund(refund, reason.as_ref(), *at),
            Command::SetAutoRenew { months, at } => self.set_auto_renew(*months, *at),
            Command::NoteFailedRenewal { reason, at } => self.note_failed_renewal(reason, *at),
            Command::Stop { at } => self.stop(*at),
            Command::End { at } => Ok(self.end(*at)),
        }
    }

    fn renew(
        &self,
        months: u32,
        terms: &PlanTerms,
        voucher_id: Option<&VoucherId>,
        (invoice_id, line_id): (InvoiceId, LineId),
        at: Timestamp,
    ) -> Result<Vec<Event>, Error> {
        self.running()?;
        self.same_plan(terms)?;
        let period = self.terms.next_period(months, &terms.policies);
        let charge = charge((invoice_id, line_id), period, months, (terms, None), voucher_id)?;
        let first_reminder_at = first_reminder(period, &terms.policies);
        let order = TermOrder { invoice_id, amount: charge.amount };
        let further = BoughtTerm { months, period, terms: Arc::new(terms.clone()), order: Some(order) };
        Ok(vec![Event::SubscriptionRenewed {
            application_id: self.application_id,
            months,
            period,
            terms: terms.clone(),
            charge,
            first_reminder_at,
            next_auto_renewal_at: self.terms.auto_renewal_behind(further),
            at,
        }])
    }

    /// U25: to the end of everything paid.
    fn upgrade(&self, terms: &PlanTerms, charge: &Charge, at: Timestamp) -> Result<Vec<Event>, Error> {
        self.paid_for()?;
        if terms.plan <= self.plan {
            return Err(Error::AlreadyOnPlan { plan: self.plan });
        }
        Ok(vec![Event::PlanUpgraded {
            application_id: self.application_id,
            from: self.plan,
            terms: terms.clone(),
            charge: charge.clone(),
            at,
        }])
    }

    /// Whether anything paid is left.
    ///
    /// # Errors
    /// [`Error::NotSubscribed`], [`Error::RenewalRequired`], [`Error::GivenBack`].
    pub fn paid_for(&self) -> Result<(), Error> {
        match self.stage {
            Stage::Active => Ok(()),
            Stage::Grace { .. } => Err(Error::RenewalRequired { last_day: self.terms.last_day() }),
            Stage::Refunded { .. } => Err(Error::GivenBack),
            Stage::Stopped { .. } | Stage::Ended { .. } => Err(Error::NotSubscribed),
        }
    }

    /// Whether a lower plan can be asked for: something is left of what was paid, and none is scheduled.
    ///
    /// # Errors
    /// [`Error::AlreadyOnPlan`], those of [`Agreement::paid_for`], [`Error::DowngradeAlreadyScheduled`].
    pub fn may_downgrade_to(&self, plan: PaidPlan) -> Result<(), Error> {
        // The plan comes before the state, as for an upgrade (U45); what is over has neither.
        if self.is_usable() && plan >= self.plan {
            return Err(Error::AlreadyOnPlan { plan: self.plan });
        }
        self.paid_for()?;
        match &self.scheduled {
            Some(scheduled) => Err(Error::DowngradeAlreadyScheduled { at: scheduled.at }),
            None => Ok(()),
        }
    }

    /// Refused once a term of the lower plan is paid (U27).
    fn cancel_downgrade(&self, at: Timestamp) -> Result<Vec<Event>, Error> {
        match &self.scheduled {
            None => Err(Error::DowngradeNotAllowed { why: "no downgrade is scheduled" }),
            Some(scheduled) if scheduled.at < self.terms.paid_until() => {
                Err(Error::DowngradeNotAllowed { why: "a term of the lower plan is paid for; its downgrade stays" })
            }
            Some(_) => Ok(vec![Event::DowngradeCancelled { application_id: self.application_id, at }]),
        }
    }

    /// U32: usable for some days more, the day of the refund not counted, as with expiry. In grace nothing paid is left,
    /// and a refund must not lengthen it (U33).
    fn refund(&self, refund: &Refund, reason: Option<&String>, at: Timestamp) -> Result<Vec<Event>, Error> {
        match self.stage {
            Stage::Active => {}
            Stage::Grace { .. } | Stage::Refunded { .. } | Stage::Stopped { .. } | Stage::Ended { .. } => {
                return Err(Error::NotSubscribed);
            }
        }
        let days = self.terms.in_force_at(at).policies.refund_grace_days;
        let usable_until = midnight(plus_days(day_of(at), term::days(days).saturating_add(1)));
        let (application_id, refund, reason) = (self.application_id, refund.clone(), reason.cloned());
        Ok(vec![Event::PlanRefunded { application_id, refund, reason, usable_until, at }])
    }

    fn set_auto_renew(&self, months: Option<u32>, at: Timestamp) -> Result<Vec<Event>, Error> {
        self.running()?;
        if self.terms.auto_renew.map(|auto_renew| auto_renew.months) == months {
            return Ok(vec![]);
        }
        let next_auto_renewal_at = self.terms.auto_renewal_if_set(months, at);
        Ok(vec![Event::AutoRenewSet { application_id: self.application_id, months, next_auto_renewal_at, at }])
    }

    fn note_failed_renewal(&self, reason: &str, at: Timestamp) -> Result<Vec<Event>, Error> {
        let due = self.next_auto_renewal().ok_or(Error::NotSubscribed)?;
        if at < due {
            return Err(Error::NotDue { due });
        }
        let (reason, next_auto_renewal_at) = (reason.to_owned(), self.terms.auto_renewal_if_tried(at));
        Ok(vec![Event::AutoRenewalFailed { application_id: self.application_id, reason, next_auto_renewal_at, at }])
    }

    /// # Errors
    /// [`Error::NotSubscribed`] once it is over.
    fn running(&self) -> Result<(), Error> {
        if self.is_running() { Ok(()) } else { Err(Error::NotSubscribed) }
    }

    fn same_plan(&self, terms: &PlanTerms) -> Result<(), Error> {
        if terms.plan == self.renewal_plan() {
            Ok(())
        } else {
            Err(Error::PlanMismatch { running: self.renewal_plan(), asked: terms.plan })
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

    /// A scheduled downgrade takes effect at the end of everything that was paid when it was scheduled, even if nobody
    /// renews: then the grace has the lower plan's rights (U27).
    fn end_period(&self, at: Timestamp) -> Result<Vec<Event>, Error> {
        match self.stage {
            Stage::Active if self.next_end() <= at => {}
            Stage::Active => return Err(Error::NotDue { due: self.next_end() }),
            Stage::Grace { .. } => return Ok(vec![]),
            Stage::Refunded { .. } | Stage::Stopped { .. } | Stage::Ended { .. } => return Err(Error::NotSubscribed),
        }
        let due = self.scheduled.as_ref().filter(|scheduled| scheduled.at <= at);
        let downgraded = due.map(|scheduled| Event::PlanDowngraded {
            application_id: self.application_id,
            from: self.plan,
            // A term of the lower plan that is paid for has terms of its own, agreed at its payment (U39).
            terms: self.terms.bought_from(scheduled.at).unwrap_or(&scheduled.terms).clone(),
            rights: scheduled.rights.as_ref().clone(),
            ticket: scheduled.ticket.clone(),
            timing: DowngradeTiming::PeriodEnd,
            refund: None,
            at,
        });
        let grace = (self.terms.paid_until() <= at).then(|| Event::GraceBegan {
            application_id: self.application_id,
            last_day: self.terms.last_day(),
            until: self.terms.stop_at(),
            at,
        });
        Ok(downgraded.into_iter().chain(grace).collect())
    }

    fn stop(&self, at: Timestamp) -> Result<Vec<Event>, Error> {
        let (until, cause) = match self.stage {
            Stage::Grace { until } => (until, StopCause::Expired),
            Stage::Refunded { until } => (until, StopCause::Refunded),
            Stage::Active => return Err(Error::NotDue { due: self.terms.stop_at() }),
            Stage::Stopped { .. } | Stage::Ended { .. } => return Ok(vec![]),
        };
        if at < until {
            return Err(Error::NotDue { due: until });
        }
        let (application_id, recycle_at) = (self.application_id, self.recycle_at(at));
        Ok(vec![Event::SubscriptionStopped { application_id, cause, recycle_at, at }])
    }

    fn end(&self, at: Timestamp) -> Vec<Event> {
        let ended = Event::SubscriptionEnded { application_id: self.application_id, at };
        if self.is_usable() { vec![ended] } else { vec![] }
    }

    /// Retention counts the day of the stop (facts §2.1): stopped on day D, recycled at 00:00 of D + 90.
    fn recycle_at(&self, stopped: Timestamp) -> Timestamp {
        let days = self.terms.last().terms.policies.retention_days;
        midnight(plus_days(day_of(stopped), term::days(days)))
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
