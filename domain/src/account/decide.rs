//! Owns the decisions of a payer.

use super::{Account, Command, Error, Event, OpenAccount};
use crate::charge::Payment;
use crate::money::Money;

impl Account {
    /// The facts a step brings about.
    ///
    /// # Errors
    /// [`Error`], the first refusal that fits.
    pub fn decide(&self, step: &Command) -> Result<Vec<Event>, Error> {
        match (self, step) {
            (Self::NotOpen, Command::Open { account_id, name, enterprise_verified, new_customer, at }) => {
                Ok(vec![Event::AccountOpened {
                    account_id: account_id.clone(),
                    name: name.clone(),
                    enterprise_verified: *enterprise_verified,
                    new_customer: *new_customer,
                    at: *at,
                }])
            }
            (Self::NotOpen, Command::Deposit { .. } | Command::PayOrder { .. } | Command::Park { .. }) => {
                Err(Error::NotOpen)
            }
            (Self::Open(_), Command::Open { .. }) => Err(Error::AlreadyOpen),
            (Self::Open(account), Command::Deposit { amount, kind, reference, at }) => {
                account.in_service()?;
                if !amount.is_positive() {
                    return Err(Error::NotPositive);
                }
                // Both balances together must stay within what an amount can hold.
                account.gift.plus(account.cash)?.plus(*amount)?;
                let (amount, kind, reference, at) = (*amount, *kind, reference.clone(), *at);
                Ok(vec![Event::MoneyDeposited { amount, kind, reference, at }])
            }
            (Self::Open(account), Command::PayOrder { invoice_id, application_id, total, issued_on, at }) => {
                account.in_service()?;
                Ok(vec![Event::OrderPaid {
                    invoice_id: *invoice_id,
                    number: account.invoices_issued + 1,
                    application_id: *application_id,
                    total: *total,
                    paid: account.split(*total)?,
                    issued_on: *issued_on,
                    at: *at,
                }])
            }
            (Self::Open(account), Command::Park { invariant, at }) => match account.parked {
                Some(_) => Ok(vec![]),
                None => Ok(vec![Event::AccountParked { invariant: invariant.clone(), at: *at }]),
            },
        }
    }
}

impl OpenAccount {
    /// Whether orders are taken at all.
    ///
    /// # Errors
    /// [`Error::Parked`].
    pub fn in_service(&self) -> Result<(), Error> {
        match &self.parked {
            Some(invariant) => Err(Error::Parked { invariant: invariant.clone() }),
            None => Ok(()),
        }
    }

    /// Gift first, then cash; an order is paid in full or not at all (facts §10).
    fn split(&self, total: Money) -> Result<Payment, Error> {
        let available = self.available();
        if total > available {
            return Err(Error::InsufficientBalance { needed: total, available });
        }
        let gift = total.min(self.gift);
        let cash = total.minus(gift)?;
        Ok(Payment { voucher: Money::zero(total.currency()), gift, cash })
    }
}
