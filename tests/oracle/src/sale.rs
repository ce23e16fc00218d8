//! Owns what all orders of an application share: the first rungs of the ladder of refusals (U45) and payment.
//!
//! Does not own any single order.

use crate::agreement::Returnable;
use crate::application::Application;
use crate::calendar::Day;
use crate::document::{Document, Kind, Line};
use crate::oracle::Oracle;
use crate::order::{Answer, ApplicationId, Order, PayMode, Refund, RefundKind, Refusal, VoucherId};
use crate::policies;
use crate::prices::Item;
use crate::revenue::Sold;
use crate::rounding::Fen;
use crate::wallet::{Charge, HeldVoucher, Paid};

/// Something to be paid at once.
pub(crate) struct Sale {
    pub(crate) sold: Sold,
    pub(crate) item: Item,
    pub(crate) price: Fen,
    /// Of an upgrade there are none.
    pub(crate) months: Option<u32>,
    pub(crate) period: (Day, Day),
}

/// U45: shape comes first.
pub(crate) fn check_months(months: u32) -> Result<(), Refusal> {
    if (1..=policies::MONTHS_MAX).contains(&months) { Ok(()) } else { Err("months_out_of_range") }
}

impl Oracle {
    pub(crate) fn decide(&mut self, order: &Order) -> Result<Answer, Refusal> {
        match order {
            Order::OpenAccount { .. } => Err("already_exists"),
            Order::RunDue => Ok(Answer::default()),
            Order::Deposit { amount, into } => {
                if *amount <= 0 {
                    return Err("invalid_request");
                }
                self.money.deposit(&mut self.documents, *amount, *into);
                self.cure_arrears();
                Ok(Answer::default())
            }
            Order::GrantVoucher(terms) => {
                if self.money.vouchers.iter().any(|voucher| voucher.terms.id == terms.id) {
                    return Err("already_exists");
                }
                self.money.vouchers.push(HeldVoucher { terms: terms.clone(), remaining: terms.face });
                Ok(Answer::default())
            }
            Order::CreateApplication { application, site } => {
                self.check_account()?;
                if self.applications.contains_key(application) {
                    return Err("already_exists");
                }
                if self.applications.len() >= policies::APPLICATIONS_MAX {
                    return Err("too_many_applications");
                }
                let created = Application::new(*application, *site, self.today(), self.list());
                self.applications.insert(*application, created);
                Ok(Answer::default())
            }
            _ => self.decide_for_application(order),
        }
    }

    fn decide_for_application(&mut self, order: &Order) -> Result<Answer, Refusal> {
        match *order {
            Order::PurchasePlan { application, plan, months, auto_renew, voucher, promotion } => {
                self.purchase_plan(application, plan, months, auto_renew, voucher, promotion)
            }
            Order::RenewPlan { application, months, voucher } => self.renew_plan(application, months, voucher),
            Order::SetPlanAutoRenew { application, enabled, months } => {
                self.set_plan_auto_renew(application, enabled, months)
            }
            Order::UpgradePlan { application, voucher, months } => self.upgrade_plan(application, voucher, months),
            Order::DowngradePlan { application, timing, has_ticket } => {
                self.downgrade_plan(application, timing, has_ticket)
            }
            Order::CancelDowngrade { application } => self.cancel_downgrade(application),
            Order::RefundPlan { application, kind } => self.refund_plan(application, kind),
            Order::BuyAddOn { application, add_on, kind, months, auto_renew, voucher } => {
                self.buy_add_on(application, add_on, kind, months, auto_renew, voucher)
            }
            Order::RenewAddOn { application, add_on, months, voucher } => {
                self.renew_add_on(application, add_on, months, voucher)
            }
            Order::SetAddOnAutoRenew { application, add_on, enabled, months } => {
                self.set_add_on_auto_renew(application, add_on, enabled, months)
            }
            Order::RefundAddOn { application, add_on, kind } => self.refund_add_on(application, add_on, kind),
            Order::SetHistoryRetention { application, days } => self.set_history_retention(application, days),
            Order::RequestFeature { application, feature } => self.request_feature(application, feature),
            Order::WithdrawFeature { application, feature } => self.withdraw_feature(application, feature),
            Order::ApproveFeature { application, feature, has_ticket } => {
                self.approve_feature(application, feature, has_ticket)
            }
            Order::RejectFeature { application, feature } => self.withdraw_feature(application, feature),
            Order::Suspend { application, has_ticket } => self.suspend(application, has_ticket),
            Order::LiftSuspension { application } => self.lift(application),
            Order::RecordUsage { application, date, dau, peak_groups } => {
                self.record_usage(application, date, dau, peak_groups)
            }
            Order::CorrectUsage { application, date, dau, peak_groups } => {
                self.correct_usage(application, date, dau, peak_groups)
            }
            Order::OpenAccount { .. }
            | Order::Deposit { .. }
            | Order::GrantVoucher(_)
            | Order::CreateApplication { .. }
            | Order::RunDue => Err("invalid_request"),
        }
    }

    /// Nothing new while anything is owed (U1).
    pub(crate) fn check_account(&self) -> Result<(), Refusal> {
        if self.is_suspended {
            return Err("account_suspended");
        }
        if self.arrears_since.is_some() { Err("account_in_arrears") } else { Ok(()) }
    }

    /// An application that is not recycled.
    pub(crate) fn application(&mut self, id: ApplicationId) -> Result<&mut Application, Refusal> {
        let application = self.applications.get_mut(&id).ok_or("not_found")?;
        if application.recycled_at.is_some() { Err("application_recycled") } else { Ok(application) }
    }

    /// The rungs of an order that buys for a running application.
    pub(crate) fn check_sale(&mut self, id: ApplicationId) -> Result<(), Refusal> {
        self.application(id)?;
        self.check_account()?;
        if self.application(id)?.is_stopped() { Err("application_suspended") } else { Ok(()) }
    }

    /// The rungs of an order that buys a plan: a stopped application may, under an operator's stop too (S7, U21).
    pub(crate) fn check_plan_sale(&mut self, id: ApplicationId) -> Result<(), Refusal> {
        self.application(id)?;
        self.check_account()
    }

    /// The rungs of an order that buys nothing but needs a running application.
    pub(crate) fn check_running(&mut self, id: ApplicationId) -> Result<(), Refusal> {
        self.application(id)?;
        if self.is_suspended {
            return Err("account_suspended");
        }
        if self.application(id)?.is_stopped() { Err("application_suspended") } else { Ok(()) }
    }

    /// The last rungs, and the order's document: voucher, then promotion, then the balance.
    pub(crate) fn pay(
        &mut self,
        sale: &Sale,
        voucher: Option<VoucherId>,
        promotion: Result<(), Refusal>,
    ) -> Result<(Paid, usize), Refusal> {
        let lines = [(sale.item, sale.price)];
        let charge = Charge { lines: &lines, months: sale.months, mode: PayMode::Prepaid, today: self.today() };
        if let Err(refusal) = promotion {
            // The voucher comes first, but without a price there is nothing to hold its minimum against.
            self.money.admits_named(voucher, &charge)?;
            return Err(refusal);
        }
        let voucher = self.money.named_voucher(voucher, &charge)?;
        let paid = self.money.pay_all(&charge, voucher)?;
        Ok((paid, self.issue_order(sale, paid)))
    }

    /// An automatic renewal takes the voucher that the system chooses (U20).
    pub(crate) fn pay_automatically(&mut self, sale: &Sale) -> Option<Paid> {
        let lines = [(sale.item, sale.price)];
        let charge = Charge { lines: &lines, months: sale.months, mode: PayMode::Prepaid, today: self.today() };
        let voucher = self.money.chosen_voucher(&charge);
        let paid = self.money.pay_all(&charge, voucher).ok()?;
        self.issue_order(sale, paid);
        Some(paid)
    }

    fn issue_order(&mut self, sale: &Sale, paid: Paid) -> usize {
        let mut line = Line::new(sale.sold.application, sale.item, sale.price);
        line.period = Some(sale.period);
        self.revenue.spread(sale.sold, sale.item, sale.price, sale.period, self.today());
        let mut document = Document::new(Kind::Order, self.now, vec![line]);
        (document.voucher, document.gift, document.cash) = (paid.voucher, paid.gift, paid.cash);
        self.issue(document)
    }

    /// U31: the five-day refund if it is open, unused and worth more, or what was asked for.
    pub(crate) fn choose_refund(
        &self,
        ordinary: Returnable,
        full: Returnable,
        in_five_days: bool,
        asked: Option<RefundKind>,
    ) -> Result<(RefundKind, Returnable), Refusal> {
        let is_open = in_five_days && !self.five_day_used;
        match asked {
            Some(RefundKind::Ordinary) => Ok((RefundKind::Ordinary, ordinary)),
            Some(RefundKind::FiveDay) if is_open => Ok((RefundKind::FiveDay, full)),
            Some(RefundKind::FiveDay) => Err("refund_already_taken"),
            None if is_open && full.amount > ordinary.amount => Ok((RefundKind::FiveDay, full)),
            None => Ok((RefundKind::Ordinary, ordinary)),
        }
    }

    /// Gives back what ends today, and takes that back today, once all of it is earned (U48).
    pub(crate) fn refund(&mut self, sold: Sold, item: Item, chosen: (RefundKind, Returnable)) -> Answer {
        let today = self.today();
        self.revenue.end(sold, today);
        self.give_back(sold, item, (today, today.plus(1)), chosen)
    }

    /// Gives back and tells how it was made up; over these days it was to be earned.
    pub(crate) fn give_back(
        &mut self,
        sold: Sold,
        item: Item,
        over: (Day, Day),
        (kind, returnable): (RefundKind, Returnable),
    ) -> Answer {
        self.five_day_used |= kind == RefundKind::FiveDay;
        let Returnable { paid, used, amount, by } = returnable;
        let (issued, (to_debt, cash, gift)) = self.credit(vec![Line::new(sold.application, item, amount)], by);
        self.revenue.spread(sold, item, -amount, over, self.today());
        let refund = Refund { kind, paid, used, total: amount, to_debt, cash, gift };
        Answer { documents: issued.into_iter().collect(), refund: Some(refund) }
    }
}
