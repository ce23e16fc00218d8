//! Owns the orders about a plan: purchase, renewal, upgrade, downgrade, refund.
//!
//! Does not own the automatic renewals (`auto_renewal`), nor amounts (`agreement`).

use crate::agreement::{Agreement, Bought};
use crate::application::{Application, Cause};
use crate::calendar::{Day, boundary};
use crate::oracle::Oracle;
use crate::order::{Answer, ApplicationId, RefundKind, Refusal, Timing, VoucherId};
use crate::policies;
use crate::prices::{AddOnKind, Item, Plan, Promotion, plan_price, promotion_percent};
use crate::revenue::Sold;
use crate::sale::{Sale, check_months};
use crate::wallet::{Paid, split};

impl Application {
    /// The plan that a renewal buys: Pro once a downgrade is scheduled (U27).
    pub(crate) fn plan_to_renew(&self) -> Plan {
        let is_going_down = self.agreement.as_ref().is_some_and(|agreement| agreement.scheduled.is_some());
        if is_going_down { Plan::Pro } else { self.plan }
    }

    /// A new term at payment: a new anchor, and what stopped it for want of a plan is cured.
    fn begin_term(&mut self, today: Day, bought: Bought, paid: Paid) -> &mut Agreement {
        let mut agreement = Agreement::new(today);
        agreement.extend(bought, paid.cash, paid.gift);
        self.refunded_on = None;
        self.agreed_list = bought.list;
        self.enter(bought.plan);
        self.cure(Cause::Expired);
        self.cure(Cause::Refunded);
        self.agreement.insert(agreement)
    }
}

impl Oracle {
    pub(crate) fn purchase_plan(
        &mut self,
        id: ApplicationId,
        plan: Plan,
        months: u32,
        auto_renew: bool,
        voucher: Option<VoucherId>,
        promotion: Option<Promotion>,
    ) -> Result<Answer, Refusal> {
        check_months(months)?;
        self.check_plan_sale(id)?;
        if plan == Plan::Trial {
            return Err("trial_not_reenterable");
        }
        let (today, list) = (self.today(), self.list());
        let application = self.application(id)?;
        if application.subscription().is_some() {
            return Err("already_subscribed");
        }
        let monthly = plan_price(list, application.site, plan);
        let applicable = self.check_promotion(plan, months, promotion);
        let percent = promotion.filter(|_| applicable.is_ok()).map_or(100, promotion_percent);
        let bought = Bought { months, plan, monthly, percent, list };
        let (paid, document) = self.pay(&plan_sale(id, bought, today), voucher, applicable)?;
        self.first_purchase_used |= promotion == Some(Promotion::FirstPurchase);
        self.application(id)?.begin_term(today, bought, paid).auto_renew = auto_renew;
        Ok(Answer { documents: vec![document], refund: None })
    }

    /// U47.
    fn check_promotion(&self, plan: Plan, months: u32, promotion: Option<Promotion>) -> Result<(), Refusal> {
        let applies = match promotion {
            None => true,
            Some(Promotion::FirstPurchase) => {
                months == 1 && self.enterprise_verified && self.new_customer && !self.first_purchase_used
            }
            Some(Promotion::Yearly) => plan == Plan::Flagship && (months == 12 || months == 24),
        };
        if applies { Ok(()) } else { Err("promotion_not_applicable") }
    }

    pub(crate) fn renew_plan(
        &mut self,
        id: ApplicationId,
        months: u32,
        voucher: Option<VoucherId>,
    ) -> Result<Answer, Refusal> {
        check_months(months)?;
        self.check_plan_sale(id)?;
        let (today, list) = (self.today(), self.list());
        let application = self.application(id)?;
        let plan = application.plan_to_renew();
        if plan == Plan::Trial {
            return Err("not_subscribed");
        }
        let bought = Bought { months, plan, monthly: plan_price(list, application.site, plan), percent: 100, list };
        let continues = application.subscription().is_some();
        let start = application.subscription().map_or(today, Agreement::end);
        let anchor = application.subscription().map(|agreement| (agreement.anchor, agreement.months));
        let mut sale = plan_sale(id, bought, start);
        if let Some((anchor, already)) = anchor {
            sale.period.1 = boundary(anchor, already + months, policies::MONTH_END);
        }
        let (paid, document) = self.pay(&sale, voucher, Ok(()))?;
        let application = self.application(id)?;
        match &mut application.agreement {
            Some(agreement) if continues => {
                let (first, _) = agreement.extend(bought, paid.cash, paid.gift);
                application.agree_since(first, list);
            }
            Some(_) | None => {
                application.begin_term(today, bought, paid);
            }
        }
        Ok(Answer { documents: vec![document], refund: None })
    }

    pub(crate) fn set_plan_auto_renew(
        &mut self,
        id: ApplicationId,
        enabled: bool,
        months: Option<u32>,
    ) -> Result<Answer, Refusal> {
        check_months(months.unwrap_or(1))?;
        let application = self.application(id)?;
        if application.subscription().is_none() {
            return Err("not_subscribed");
        }
        let agreement = application.agreement.as_mut().ok_or("not_subscribed")?;
        agreement.auto_renew = enabled;
        agreement.auto_months = months.unwrap_or(1);
        Ok(Answer::default())
    }

    pub(crate) fn upgrade_plan(
        &mut self,
        id: ApplicationId,
        voucher: Option<VoucherId>,
        months: Option<u32>,
    ) -> Result<Answer, Refusal> {
        if months.is_some() {
            return Err("invalid_request");
        }
        self.check_sale(id)?;
        let (today, list) = (self.today(), self.list());
        let application = self.application(id)?;
        match application.plan {
            Plan::Trial => return Err("not_subscribed"),
            Plan::Flagship => return Err("already_on_plan"),
            Plan::Pro => {}
        }
        if application.term(today).is_none() {
            return Err("renewal_required");
        }
        let monthly = plan_price(list, application.site, Plan::Flagship);
        let has_pack = application.active_add_on(AddOnKind::AvchatroomUnlimited).is_some();
        let term = application.term(today).ok_or("renewal_required")?;
        let price = term.upgrade_fee(today, application.site, monthly, policies::UPGRADE_MONTHS);
        let period = (today, term.end());
        let sold = Sold { application: id, add_on: None };
        let sale = Sale { sold, item: Item::Flagship, price, months: None, period };
        // All or nothing: the pack is given back first, so that it can pay, and stays if it does not do.
        let before = has_pack.then(|| self.clone());
        let returned = self.end_avchatroom_pack(id)?;
        let (paid, document) = match self.pay(&sale, voucher, Ok(())) {
            Ok(paid) => paid,
            Err(refusal) => {
                if let Some(before) = before {
                    *self = before;
                }
                return Err(refusal);
            }
        };
        let application = self.application(id)?;
        if let Some(agreement) = &mut application.agreement {
            agreement.upgrade(today, monthly, list, paid.cash, paid.gift);
        }
        application.enter(Plan::Flagship);
        application.agreed_list = list;
        Ok(Answer { documents: returned.into_iter().chain([document]).collect(), refund: None })
    }

    pub(crate) fn downgrade_plan(
        &mut self,
        id: ApplicationId,
        timing: Timing,
        has_ticket: bool,
    ) -> Result<Answer, Refusal> {
        self.check_running(id)?;
        let (today, list) = (self.today(), self.list());
        let application = self.application(id)?;
        match application.plan {
            Plan::Trial => return Err("not_subscribed"),
            Plan::Pro => return Err("already_on_plan"),
            Plan::Flagship => {}
        }
        let pro_monthly = plan_price(list, application.site, Plan::Pro);
        let Some(term) = application.term(today) else { return Err("renewal_required") };
        if term.scheduled.is_some() {
            return Err("downgrade_already_scheduled");
        }
        if !has_ticket {
            return Err("operator_approval_required");
        }
        let returnable = term.downgrade_credit(today, pro_monthly);
        let agreement = application.agreement.as_mut().ok_or("not_subscribed")?;
        if timing == Timing::PeriodEnd {
            agreement.scheduled = Some(agreement.end());
            agreement.scheduled_list = Some(list);
            return Ok(Answer::default());
        }
        let all = i128::from(returnable.by.0 + returnable.by.1);
        let (cash, gift) = split(returnable.amount, (i128::from(returnable.by.0), all));
        agreement.downgrade(today, pro_monthly, list, cash, gift);
        let rest = (today.plus(1), agreement.end());
        application.agreed_list = list;
        application.enter(Plan::Pro);
        // Today still counts as Flagship (U28).
        let sold = Sold { application: id, add_on: None };
        Ok(self.give_back(sold, Item::Flagship, rest, (RefundKind::Ordinary, returnable)))
    }

    pub(crate) fn cancel_downgrade(&mut self, id: ApplicationId) -> Result<Answer, Refusal> {
        let application = self.application(id)?;
        let has_scheduled = application.subscription().is_some_and(|agreement| agreement.scheduled.is_some());
        let agreement = application.agreement.as_mut().filter(|_| has_scheduled).ok_or("downgrade_not_allowed")?;
        if agreement.scheduled.is_some_and(|from| agreement.end() > from) {
            return Err("downgrade_not_allowed");
        }
        agreement.scheduled = None;
        Ok(Answer::default())
    }

    /// U29–U32: the agreement is gone, the application may be used for seven days more.
    pub(crate) fn refund_plan(&mut self, id: ApplicationId, asked: Option<RefundKind>) -> Result<Answer, Refusal> {
        let today = self.today();
        let application = self.application(id)?;
        let term = application.term(today).ok_or("not_subscribed")?;
        let (ordinary, full, open) = (term.ordinary_refund(today), term.full_refund(), term.in_five_days(today));
        let item = application.plan.item();
        let chosen = self.choose_refund(ordinary, full, open, asked)?;
        let application = self.application(id)?;
        application.agreement = None;
        application.refunded_on = Some(today);
        Ok(self.refund(Sold { application: id, add_on: None }, item, chosen))
    }
}

fn plan_sale(application: ApplicationId, bought: Bought, start: Day) -> Sale {
    let period = (start, boundary(start, bought.months, policies::MONTH_END));
    let sold = Sold { application, add_on: None };
    Sale { sold, item: bought.plan.item(), price: bought.price(), months: Some(bought.months), period }
}
