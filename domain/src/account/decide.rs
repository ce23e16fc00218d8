//! Owns the decisions of a payer.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Account, Bill, Command, Error, Event, OpenAccount};
use crate::calendar::{Month, day_of};
use crate::charge::{Credit, PaidBy, Payment, StatementLine};
use crate::ids::{ApplicationId, InvoiceId, VoucherId};
use crate::money::{Money, MoneyFault};

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
            (
                Self::NotOpen,
                Command::Deposit { .. }
                | Command::GrantVoucher { .. }
                | Command::PayOrder { .. }
                | Command::OpenBillingMonth { .. }
                | Command::DraftStatement { .. }
                | Command::FinaliseStatement { .. }
                | Command::IssueCreditNote { .. }
                | Command::DeferAdjustment { .. }
                | Command::WithdrawAdjustment { .. }
                | Command::SettleDebt { .. }
                | Command::SuspendForArrears { .. }
                | Command::Park { .. }
                | Command::Unpark { .. },
            ) => Err(Error::NotOpen),
            (Self::Open(_), Command::Open { .. }) => Err(Error::AlreadyOpen),
            (Self::Open(account), Command::Deposit { amount, kind, reference, at }) => {
                account.not_parked()?;
                if !amount.is_positive() {
                    return Err(Error::NotPositive);
                }
                // Both balances together must stay within what an amount can hold.
                account.gift.plus(account.cash)?.plus(*amount)?;
                let (amount, kind, reference, at) = (*amount, *kind, reference.clone(), *at);
                Ok(vec![Event::MoneyDeposited { amount, kind, reference, at }])
            }
            (Self::Open(account), Command::GrantVoucher { voucher_id, face, expires_on, conditions, at }) => {
                account.grant(voucher_id, *face, *expires_on, conditions, *at)
            }
            (
                Self::Open(account),
                Command::PayOrder {
                    invoice_id,
                    application_id,
                    item,
                    months,
                    total,
                    voucher_id,
                    promotion,
                    issued_on,
                    at,
                },
            ) => {
                account.admits_orders()?;
                let bill = Bill::order(*item, *months, *total);
                Ok(vec![Event::OrderPaid {
                    invoice_id: *invoice_id,
                    number: account.invoices_issued + 1,
                    application_id: *application_id,
                    total: *total,
                    paid: account.in_full(*total, voucher_id.as_ref(), &bill, day_of(*at))?,
                    promotion: *promotion,
                    issued_on: *issued_on,
                    at: *at,
                }])
            }
            (Self::Open(account), Command::OpenBillingMonth { month, draft_at, final_at, at }) => {
                let (month, draft_at, final_at, at) = (*month, *draft_at, *final_at, *at);
                let opened = Event::BillingMonthOpened { month, draft_at, final_at, at };
                Ok(if account.billing.contains_key(&month) { vec![] } else { vec![opened] })
            }
            (Self::Open(account), Command::DraftStatement { month, invoice_id, lines, at }) => {
                account.draft(*month, *invoice_id, lines, *at)
            }
            (Self::Open(account), Command::FinaliseStatement { month, lines, suspend_at, at }) => {
                account.finalise(*month, lines, *suspend_at, *at)
            }
            (Self::Open(account), Command::IssueCreditNote { application_id, credit, at }) => {
                account.issue_credit_note(*application_id, credit, *at)
            }
            (Self::Open(account), Command::DeferAdjustment { line, at }) => {
                let known = account.adjustments.iter().any(|known| known == line);
                Ok(if known { vec![] } else { vec![Event::AdjustmentDeferred { line: line.clone(), at: *at }] })
            }
            (Self::Open(account), Command::WithdrawAdjustment { application_id, item, month, at }) => {
                let withdrawn =
                    Event::AdjustmentWithdrawn { application_id: *application_id, item: *item, month: *month, at: *at };
                let known = account.adjustment(*application_id, *item, *month).is_some();
                Ok(if known { vec![withdrawn] } else { vec![] })
            }
            (Self::Open(account), Command::SettleDebt { at }) => account.settle_debt(*at),
            (Self::Open(account), Command::SuspendForArrears { recycle_at, at }) => {
                account.suspend_for_arrears(*recycle_at, *at)
            }
            (Self::Open(account), Command::Park { invariant, at }) => match account.parked {
                Some(_) => Ok(vec![]),
                None => Ok(vec![Event::AccountParked { invariant: invariant.clone(), at: *at }]),
            },
            (Self::Open(account), Command::Unpark { ticket, at }) => match account.parked {
                Some(_) => Ok(vec![Event::AccountUnparked { ticket: ticket.clone(), at: *at }]),
                None => Ok(vec![]),
            },
        }
    }
}

impl OpenAccount {
    /// Whether the ledger acts for the payer at all.
    ///
    /// # Errors
    /// [`Error::Parked`].
    pub fn not_parked(&self) -> Result<(), Error> {
        match &self.parked {
            Some(invariant) => Err(Error::Parked { invariant: invariant.clone() }),
            None => Ok(()),
        }
    }

    /// Whether nothing of the payer is stopped for arrears.
    ///
    /// # Errors
    /// [`Error::Suspended`].
    pub fn not_suspended(&self) -> Result<(), Error> {
        match self.arrears {
            Some(arrears) if self.is_suspended() => Err(Error::Suspended { debt: self.debt(), since: arrears.since }),
            Some(_) | None => Ok(()),
        }
    }

    /// Whether nothing is owed: in arrears nothing new is sold or given (U1).
    ///
    /// # Errors
    /// [`Error::InArrears`].
    pub fn not_in_arrears(&self) -> Result<(), Error> {
        match self.arrears {
            Some(arrears) => Err(Error::InArrears { debt: self.debt(), since: arrears.since }),
            None => Ok(()),
        }
    }

    /// The payer's rungs of U45, in order.
    ///
    /// # Errors
    /// [`Error::Parked`], [`Error::Suspended`], [`Error::InArrears`].
    pub fn admits_orders(&self) -> Result<(), Error> {
        self.not_parked()?;
        self.not_suspended()?;
        self.not_in_arrears()
    }

    /// An order is paid in full or not at all.
    fn in_full(&self, total: Money, asked: Option<&VoucherId>, bill: &Bill, today: Date) -> Result<Payment, Error> {
        let voucher = match asked {
            Some(id) => Some((id, self.voucher(id)?.pays(id, bill, today)?)),
            None => None,
        };
        let needed = match voucher {
            Some((_, pays)) => total.minus(pays)?,
            None => total,
        };
        let available = self.available();
        if needed > available {
            return Err(Error::InsufficientBalance { needed, available });
        }
        Ok(self.split(total, voucher)?)
    }

    /// What the voucher pays, then gift, then cash, as far as they reach (facts §10).
    fn split(&self, wanted: Money, voucher: Option<(&VoucherId, Money)>) -> Result<Payment, MoneyFault> {
        let (voucher_id, voucher) = match voucher.filter(|(_, pays)| pays.is_positive()) {
            Some((id, pays)) => (Some(id.clone()), pays),
            None => (None, Money::zero(wanted.currency())),
        };
        let rest = wanted.minus(voucher)?;
        let gift = rest.min(self.gift);
        let cash = rest.minus(gift)?.min(self.cash);
        Ok(Payment { voucher, voucher_id, gift, cash })
    }

    fn draft(
        &self,
        month: Month,
        invoice_id: InvoiceId,
        lines: &[StatementLine],
        at: Timestamp,
    ) -> Result<Vec<Event>, Error> {
        let lines = self.with_adjustments(lines);
        match self.billing.get(&month) {
            // No service day, no statement (U18): a month that is over gains none. A correction has one of its own (U38).
            Some(billing) if billing.drafted.is_none() && billing.draft_at <= at && lines.is_empty() => {
                Ok(vec![Event::BillingMonthPassed { month, at }])
            }
            Some(billing) if billing.drafted.is_none() && billing.draft_at <= at => {
                let total = sum(self, &lines)?;
                Ok(vec![Event::StatementDrafted { invoice_id, month, lines, total, at }])
            }
            Some(_) | None => Err(Error::NotDue { month }),
        }
    }

    fn finalise(
        &self,
        month: Month,
        lines: &[StatementLine],
        suspend_at: Timestamp,
        at: Timestamp,
    ) -> Result<Vec<Event>, Error> {
        let due_now = self.billing.get(&month).filter(|billing| billing.final_at <= at);
        let invoice_id = due_now.and_then(|billing| billing.drafted).ok_or(Error::NotDue { month })?;
        let lines = self.with_adjustments(lines);
        // A draft of nothing but a correction may have lost it since: then there is no statement (U18, U38).
        if lines.is_empty() {
            return Ok(vec![Event::BillingMonthPassed { month, at }]);
        }
        let total = sum(self, &lines)?;
        let issued_on = day_of(at);
        let paid = self.split(total, self.best(&Bill::statement(&lines), issued_on))?;
        let due = total.minus(paid.voucher)?.minus(paid.gift)?.minus(paid.cash)?;
        let mut events = vec![Event::StatementFinalised {
            invoice_id,
            number: self.invoices_issued + 1,
            month,
            lines,
            total,
            paid,
            due,
            issued_on,
            at,
        }];
        // A further unpaid bill joins the debt that stands; its start and its stop stay those of the first (U5).
        if due.is_positive() && self.arrears.is_none() {
            events.push(Event::FellIntoArrears { invoice_id, amount: due, suspend_at, at });
        }
        Ok(events)
    }

    fn with_adjustments(&self, lines: &[StatementLine]) -> Vec<StatementLine> {
        lines.iter().chain(&self.adjustments).cloned().collect()
    }

    /// Open bills first, the oldest first (U33, U38); the rest to gift and cash in the proportion they were used, and
    /// no more than was paid from them.
    fn issue_credit_note(
        &self,
        application_id: ApplicationId,
        credit: &Credit,
        at: Timestamp,
    ) -> Result<Vec<Event>, Error> {
        let nothing = Money::zero(credit.total.currency());
        let mut credited = Vec::new();
        // What a voucher paid never comes back (facts §3.3), to a debt neither: what is money is paid, or owed for the same.
        let own = self.receivables.iter().filter(|bill| credit.of.contains(&bill.invoice_id));
        let money = own.map(|bill| bill.due).try_fold(credit.paid.sum(), Money::plus)?.min(credit.total);
        let mut rest = money;
        for bill in &self.receivables {
            let amount = rest.min(bill.due);
            if amount.is_positive() {
                rest = rest.minus(amount)?;
                let (invoice_id, credit_note, remaining) =
                    (bill.invoice_id, credit.invoice_id, bill.due.minus(amount)?);
                credited.push(Event::ReceivableCredited { invoice_id, credit_note, amount, remaining, at });
            }
        }
        let to_debt = money.minus(rest)?;
        let cleared = to_debt.is_positive() && to_debt == self.debt();
        let back = rest.min(credit.paid.sum());
        let cash = match credit.paid.sum().is_positive() {
            true => back.share(credit.paid.cash, credit.paid.sum())?,
            false => nothing,
        };
        let returned = PaidBy { gift: back.minus(cash)?, cash };
        // Both balances together must stay within what an amount can hold.
        self.gift.plus(self.cash)?.plus(back)?;
        let issued = Event::CreditNoteIssued {
            invoice_id: credit.invoice_id,
            number: self.invoices_issued + 1,
            application_id,
            reason: credit.reason,
            of: credit.of.clone(),
            lines: credit.lines.clone(),
            total: credit.total,
            to_debt,
            returned,
            issued_on: day_of(at),
            at,
        };
        let cleared = cleared.then_some(Event::ArrearsCleared { at });
        Ok([issued].into_iter().chain(credited).chain(cleared).collect())
    }

    /// The oldest debt first, as far as gift and cash reach (U3).
    fn settle_debt(&self, at: Timestamp) -> Result<Vec<Event>, Error> {
        let mut rest = self.clone();
        let mut events = Vec::new();
        for bill in &self.receivables {
            let paid = rest.split(bill.due, None)?;
            let remaining = bill.due.minus(paid.gift)?.minus(paid.cash)?;
            if remaining == bill.due {
                break;
            }
            rest.gift = rest.gift.minus(paid.gift)?;
            rest.cash = rest.cash.minus(paid.cash)?;
            events.push(Event::ReceivablePaid { invoice_id: bill.invoice_id, paid, remaining, at });
            if remaining.is_positive() {
                return Ok(events);
            }
        }
        if !events.is_empty() && events.len() == self.receivables.len() {
            events.push(Event::ArrearsCleared { at });
        }
        Ok(events)
    }

    fn suspend_for_arrears(&self, recycle_at: Timestamp, at: Timestamp) -> Result<Vec<Event>, Error> {
        match self.arrears {
            Some(arrears) if arrears.suspended_at.is_none() && arrears.suspend_at <= at => {
                Ok(vec![Event::AccountSuspended { debt: self.debt(), recycle_at, at }])
            }
            Some(_) => Ok(vec![]),
            None => Err(Error::NoArrears),
        }
    }
}

fn sum(account: &OpenAccount, lines: &[StatementLine]) -> Result<Money, MoneyFault> {
    lines.iter().try_fold(Money::zero(account.cash.currency()), |total, line| total.plus(line.amount))
}
