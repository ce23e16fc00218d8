//! Owns what each event means to the books: which headings it debits and credits, what it schedules to be earned, and
//! whose schedules it ends.
//!
//! Does not own rows (`fold`). Everything it writes stands in the event; it adds and negates, and never prices.

use jiff::civil::Date;
use subledger_domain::account::{DepositKind, PayMode};
use subledger_domain::calendar::{Month, day_of};
use subledger_domain::charge::{Charge, CreditReason, Item, PaidBy, Payment, Refund, StatementLine};
use subledger_domain::fact::{Event, Fact};
use subledger_domain::ids::{ApplicationId, InvoiceId};
use subledger_domain::money::{Currency, Money, MoneyFault};
use subledger_domain::recognition::Schedule;
use subledger_domain::{account, add_on, publication, subscription, usage};

use super::ledger_account::LedgerAccount;
use crate::projection::FoldFault;

/// One side of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Posting {
    /// The heading.
    pub ledger_account: LedgerAccount,
    /// A debit; a credit is negative.
    pub amount: Money,
}

/// An amount that becomes revenue by the days of its schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earning {
    /// How much, and on which days.
    pub schedule: Schedule,
    /// Paid in advance, or billed after use.
    pub mode: PayMode,
    /// What for.
    pub item: Item,
    /// For which application.
    pub application_id: ApplicationId,
    /// On which document it stands.
    pub invoice_id: InvoiceId,
    /// The agreement or add-on whose end is also its own.
    pub agreement: Option<String>,
    /// The settled month that it corrects (U38).
    pub adjusts: Option<Month>,
}

/// An agreement or add-on is over: the day takes what is left of its schedules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// Which.
    pub agreement: String,
    /// On which day.
    pub on: Date,
}

/// What an event means to the books.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Booking {
    /// What it debits and credits; their sum is zero.
    pub postings: Vec<Posting>,
    /// What is earned by days.
    pub earnings: Vec<Earning>,
    /// Whose schedules it ends.
    pub ending: Option<Ending>,
}

/// What an event means to the books.
///
/// # Errors
/// [`FoldFault::Unbalanced`], when the amounts in an event do not add up.
pub fn booking(fact: &Fact) -> Result<Booking, FoldFault> {
    let agreement = fact.stream.aggregate_id();
    let mut booking = Booking::default();
    if let Some((application_id, charge)) = fact.charge() {
        booking.prepaid(charge, application_id, &agreement, day_of(fact.event.at()));
    }
    let written = match &fact.event {
        Event::Account(event) => booking.of_account(event),
        Event::Subscription(event) => {
            booking.of_subscription(event, &agreement);
            Ok(())
        }
        Event::AddOn(event) => {
            booking.of_add_on(event, &agreement);
            Ok(())
        }
        Event::Application(_)
        | Event::Usage(
            usage::Event::UsageRecorded { .. }
            | usage::Event::UsageCorrected { .. }
            | usage::Event::UsageMonthClosed { .. },
        )
        | Event::PriceList(publication::Event::PriceListPublished { .. }) => Ok(()),
    };
    let nothing = Money::zero(Currency::default());
    let sum = written.and_then(|()| booking.postings.iter().try_fold(nothing, |sum, one| sum.plus(one.amount)));
    match sum {
        Ok(sum) if sum.is_zero() => Ok(booking),
        Ok(sum) => Err(FoldFault::Unbalanced { rest: sum.to_string() }),
        Err(fault) => Err(FoldFault::Unbalanced { rest: fault.to_string() }),
    }
}

impl Booking {
    fn debit(&mut self, ledger_account: LedgerAccount, amount: Money) {
        if !amount.is_zero() {
            self.postings.push(Posting { ledger_account, amount });
        }
    }

    fn credit(&mut self, ledger_account: LedgerAccount, amount: Money) {
        self.debit(ledger_account, amount.negated());
    }

    fn of_account(&mut self, event: &account::Event) -> Result<(), MoneyFault> {
        match event {
            account::Event::MoneyDeposited { amount, kind: DepositKind::Cash, .. } => {
                self.debit(LedgerAccount::Bank, *amount);
                self.credit(LedgerAccount::WalletCash, *amount);
            }
            account::Event::MoneyDeposited { amount, kind: DepositKind::Gift, .. } => {
                self.debit(LedgerAccount::GiftsGiven, *amount);
                self.credit(LedgerAccount::WalletGift, *amount);
            }
            account::Event::OrderPaid { total, paid, .. } => {
                self.spent(paid);
                self.credit(LedgerAccount::DeferredRevenue, *total);
            }
            account::Event::StatementFinalised { invoice_id, month, lines, total, paid, due, at, .. } => {
                self.spent(paid);
                self.debit(LedgerAccount::Receivables, *due);
                self.credit(LedgerAccount::AccruedRevenue, *total);
                let earned = lines.iter().map(|line| match line.adjusts {
                    // U48: use is earned on the last day of its month; U38: what was issued of a month never changes, so a
                    // correction is earned on the day it is issued.
                    None => billed(line, *invoice_id, Schedule::on(line.amount, month.last_day())),
                    Some(_) => billed(line, *invoice_id, Schedule::on(line.amount, day_of(*at))),
                });
                self.earnings.extend(earned.filter(|earning| !earning.schedule.amount.is_zero()));
            }
            account::Event::ReceivablePaid { paid, .. } => {
                self.spent(paid);
                for part in [paid.voucher, paid.gift, paid.cash] {
                    self.credit(LedgerAccount::Receivables, part);
                }
            }
            account::Event::CreditNoteIssued { .. } => return self.of_credit_note(event),
            // What a note pays of open bills stands in the note itself.
            account::Event::ReceivableCredited { .. }
            // A voucher is worth something only where it is used.
            | account::Event::VoucherGranted { .. }
            | account::Event::AccountOpened { .. }
            | account::Event::BillingMonthOpened { .. }
            | account::Event::StatementDrafted { .. }
            | account::Event::BillingMonthPassed { .. }
            | account::Event::AdjustmentDeferred { .. }
            | account::Event::AdjustmentWithdrawn { .. }
            | account::Event::FellIntoArrears { .. }
            | account::Event::ArrearsCleared { .. }
            | account::Event::AccountSuspended { .. }
            | account::Event::AccountParked { .. }
            | account::Event::AccountUnparked { .. } => {}
        }
        Ok(())
    }

    fn spent(&mut self, paid: &Payment) {
        self.debit(LedgerAccount::VouchersUsed, paid.voucher);
        self.debit(LedgerAccount::WalletGift, paid.gift);
        self.debit(LedgerAccount::WalletCash, paid.cash);
    }

    /// A refund leaves what was deferred; its schedule came with the event of the agreement. A correction takes back what
    /// was earned, on the day of the note (U38).
    fn of_credit_note(&mut self, event: &account::Event) -> Result<(), MoneyFault> {
        let account::Event::CreditNoteIssued { invoice_id, reason, lines, total, to_debt, returned, at, .. } = event
        else {
            return Ok(());
        };
        let mode = match reason {
            CreditReason::FiveDayRefund | CreditReason::Refund | CreditReason::Downgrade => PayMode::Prepaid,
            CreditReason::Correction => PayMode::Postpaid,
        };
        let PaidBy { gift, cash } = *returned;
        self.debit(LedgerAccount::earned_from(mode), *total);
        self.credit(LedgerAccount::Receivables, *to_debt);
        self.credit(LedgerAccount::WalletGift, gift);
        self.credit(LedgerAccount::WalletCash, cash);
        self.credit(LedgerAccount::CreditsNotReturned, total.minus(*to_debt)?.minus(gift)?.minus(cash)?);
        if mode == PayMode::Postpaid {
            for line in lines {
                self.earnings.push(billed(line, *invoice_id, Schedule::on(line.amount.negated(), day_of(*at))));
            }
        }
        Ok(())
    }

    fn of_subscription(&mut self, event: &subscription::Event, agreement: &str) {
        match event {
            // Over what is left of its period; the day of the change counts as the dearer plan (U28).
            subscription::Event::PlanDowngraded { refund: Some(refund), at, .. } => {
                let booked_on = day_of(*at);
                self.given_back(refund, agreement, |line, back| Schedule::over(back, line.period, booked_on));
            }
            subscription::Event::PlanRefunded { refund, at, .. } => self.refunded(refund, agreement, day_of(*at)),
            subscription::Event::SubscriptionEnded { at, .. } => self.ended(agreement, day_of(*at)),
            // What is charged was booked before, whatever it is for.
            subscription::Event::SubscriptionStarted { .. }
            | subscription::Event::SubscriptionRenewed { .. }
            | subscription::Event::PlanUpgraded { .. }
            | subscription::Event::PlanDowngraded { refund: None, .. }
            | subscription::Event::RenewalReminded { .. }
            | subscription::Event::GraceBegan { .. }
            | subscription::Event::DowngradeScheduled { .. }
            | subscription::Event::DowngradeCancelled { .. }
            | subscription::Event::AutoRenewSet { .. }
            | subscription::Event::AutoRenewalFailed { .. }
            | subscription::Event::SubscriptionStopped { .. } => {}
        }
    }

    fn of_add_on(&mut self, event: &add_on::Event, agreement: &str) {
        match event {
            add_on::Event::AddOnRefunded { refund, at, .. } => self.refunded(refund, agreement, day_of(*at)),
            add_on::Event::AddOnEnded { at, .. } => self.ended(agreement, day_of(*at)),
            // As of a subscription.
            add_on::Event::AddOnStarted { .. }
            | add_on::Event::AddOnRenewed { .. }
            | add_on::Event::AddOnTrialStarted { .. }
            | add_on::Event::AddOnReminded { .. }
            | add_on::Event::AddOnGraceBegan { .. }
            | add_on::Event::AddOnAutoRenewSet { .. }
            | add_on::Event::AddOnAutoRenewalFailed { .. } => {}
        }
    }

    fn prepaid(&mut self, charge: &Charge, application_id: ApplicationId, agreement: &str, booked_on: Date) {
        if charge.amount.is_zero() {
            return;
        }
        self.earnings.push(Earning {
            schedule: Schedule::over(charge.amount, charge.period, booked_on),
            mode: PayMode::Prepaid,
            item: charge.item,
            application_id,
            invoice_id: charge.invoice_id,
            agreement: Some(agreement.to_owned()),
            adjusts: None,
        });
    }

    /// All of it on the day, which is also the agreement's last. The two make what was paid and neither refunded nor earned
    /// the revenue of that day.
    fn refunded(&mut self, refund: &Refund, agreement: &str, on: Date) {
        self.given_back(refund, agreement, |_, back| Schedule::on(back, on));
        self.ended(agreement, on);
    }

    fn ended(&mut self, agreement: &str, on: Date) {
        self.ending = Some(Ending { agreement: agreement.to_owned(), on });
    }

    /// What is given back takes revenue back by a schedule of its own.
    fn given_back(&mut self, refund: &Refund, agreement: &str, schedule: impl Fn(&StatementLine, Money) -> Schedule) {
        let Some(credit) = &refund.credit else { return };
        self.earnings.extend(credit.lines.iter().map(|line| Earning {
            schedule: schedule(line, line.amount.negated()),
            mode: PayMode::Prepaid,
            item: line.item,
            application_id: line.application_id,
            invoice_id: credit.invoice_id,
            agreement: Some(agreement.to_owned()),
            adjusts: None,
        }));
    }
}

fn billed(line: &StatementLine, invoice_id: InvoiceId, schedule: Schedule) -> Earning {
    Earning {
        schedule,
        mode: PayMode::Postpaid,
        item: line.item,
        application_id: line.application_id,
        invoice_id,
        agreement: None,
        adjusts: line.adjusts.map(|adjusts| adjusts.month),
    }
}
