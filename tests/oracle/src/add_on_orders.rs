//! Owns the orders about value-added services that are paid by period.
//!
//! Does not own history storage (`storage`), which is paid afterwards.

use crate::agreement::{Agreement, Bought};
use crate::application::AddOn;
use crate::calendar::{Day, boundary};
use crate::oracle::Oracle;
use crate::order::{AddOnId, Answer, ApplicationId, RefundKind, Refusal, VoucherId};
use crate::policies;
use crate::prices::{AddOnKind, CallPack, Item, Plan, add_on_price, is_sold_anew, is_sold_at};
use crate::revenue::Sold;
use crate::sale::{Sale, check_months};
use crate::wallet::Paid;

impl Oracle {
    pub(crate) fn buy_add_on(
        &mut self,
        id: ApplicationId,
        add_on: AddOnId,
        kind: AddOnKind,
        months: u32,
        auto_renew: bool,
        voucher: Option<VoucherId>,
    ) -> Result<Answer, Refusal> {
        let is_trial = kind == AddOnKind::AvCall(CallPack::Trial);
        if !is_trial {
            check_months(months)?;
        }
        self.check_sale(id)?;
        let bought = self.check_offer(id, kind, months)?;
        if is_trial {
            return self.begin_call_trial(id, add_on);
        }
        let today = self.today();
        let period = (today, boundary(today, months, policies::MONTH_END));
        let sold = Sold { application: id, add_on: Some(add_on) };
        let sale = Sale { sold, item: kind.item(), price: bought.price(), months: Some(months), period };
        let (paid, document) = self.pay(&sale, voucher, Ok(()))?;
        let application = self.application(id)?;
        if let Some(trial) = application.active_add_on(kind) {
            application.add_ons[trial].is_ended = true;
        }
        let mut agreement = Agreement::new(today);
        agreement.extend(bought, paid.cash, paid.gift);
        agreement.auto_renew = auto_renew;
        application.add_ons.push(AddOn { id: add_on, kind, agreement, trial_end: None, is_ended: false });
        Ok(Answer { documents: vec![document], refund: None })
    }

    /// Site, plan and state: what is offered to this application now, and at which price.
    fn check_offer(&mut self, id: ApplicationId, kind: AddOnKind, months: u32) -> Result<Bought, Refusal> {
        let (today, list, trials) = (self.today(), self.list(), self.call_trials);
        let application = self.application(id)?;
        let is_trial = kind == AddOnKind::AvCall(CallPack::Trial);
        if !is_sold_at(list, application.site, kind) {
            return Err("add_on_not_sold_here");
        }
        if application.plan == Plan::Trial && !is_trial {
            return Err("add_on_needs_paid_plan");
        }
        let price = add_on_price(list, application.site, application.plan, kind);
        let monthly = price.ok_or("plan_mismatch")?;
        if application.in_grace(today) {
            return Err("renewal_required");
        }
        if !is_sold_anew(list, kind) {
            return Err("add_on_not_sold_here");
        }
        if let Some(active) = application.active_add_on(kind) {
            // A paid version ends the trial; nothing else is replaced (U41).
            if is_trial || application.add_ons[active].trial_end.is_none() {
                return Err("add_on_already_active");
            }
        }
        let used_up = application.call_trials >= policies::CALL_TRIALS_PER_APPLICATION
            || trials >= policies::CALL_TRIALS_PER_ACCOUNT;
        if is_trial && used_up {
            return Err("trial_pack_used_up");
        }
        Ok(Bought { months, plan: application.plan, monthly, percent: 100, list })
    }

    fn begin_call_trial(&mut self, id: ApplicationId, add_on: AddOnId) -> Result<Answer, Refusal> {
        let today = self.today();
        self.call_trials += 1;
        let application = self.application(id)?;
        application.call_trials += 1;
        application.add_ons.push(AddOn {
            id: add_on,
            kind: AddOnKind::AvCall(CallPack::Trial),
            agreement: Agreement::new(today),
            trial_end: Some(today.plus(policies::CALL_TRIAL_DAYS)),
            is_ended: false,
        });
        Ok(Answer::default())
    }

    fn find_add_on(&mut self, id: ApplicationId, add_on: AddOnId) -> Result<usize, Refusal> {
        let application = self.applications.get(&id).ok_or("not_found")?;
        application.add_ons.iter().position(|known| known.id == add_on).ok_or("not_found")
    }

    /// What a renewal of an add-on costs now, if it may be renewed.
    fn check_add_on_renewal(&mut self, id: ApplicationId, index: usize, months: u32) -> Result<Sale, Refusal> {
        let (today, list) = (self.today(), self.list());
        let application = self.application(id)?;
        let add_on = &application.add_ons[index];
        if !is_sold_at(list, application.site, add_on.kind) {
            return Err("add_on_not_sold_here");
        }
        if application.plan == Plan::Trial && add_on.trial_end.is_none() {
            return Err("add_on_needs_paid_plan");
        }
        let price = add_on_price(list, application.site, application.plan, add_on.kind);
        let monthly = price.ok_or("plan_mismatch")?;
        if application.in_grace(today) {
            return Err("renewal_required");
        }
        if add_on.trial_end.is_some() {
            return Err("plan_mismatch");
        }
        if add_on.is_ended {
            return Err("not_subscribed");
        }
        let agreement = &add_on.agreement;
        let end = boundary(agreement.anchor, agreement.months + months, policies::MONTH_END);
        let bought = Bought { months, plan: application.plan, monthly, percent: 100, list };
        Ok(Sale {
            sold: Sold { application: id, add_on: Some(add_on.id) },
            item: add_on.kind.item(),
            price: bought.price(),
            months: Some(months),
            period: (agreement.end(), end),
        })
    }

    fn extend_add_on(&mut self, id: ApplicationId, index: usize, months: u32, paid: Paid) -> Result<(), Refusal> {
        let list = self.list();
        let application = self.application(id)?;
        let (plan, site) = (application.plan, application.site);
        let add_on = &mut application.add_ons[index];
        let monthly = add_on_price(list, site, plan, add_on.kind).ok_or("plan_mismatch")?;
        add_on.agreement.extend(Bought { months, plan, monthly, percent: 100, list }, paid.cash, paid.gift);
        Ok(())
    }

    pub(crate) fn renew_add_on(
        &mut self,
        id: ApplicationId,
        add_on: AddOnId,
        months: u32,
        voucher: Option<VoucherId>,
    ) -> Result<Answer, Refusal> {
        check_months(months)?;
        let index = self.find_add_on(id, add_on)?;
        self.check_sale(id)?;
        let sale = self.check_add_on_renewal(id, index, months)?;
        let (paid, document) = self.pay(&sale, voucher, Ok(()))?;
        self.extend_add_on(id, index, months, paid)?;
        Ok(Answer { documents: vec![document], refund: None })
    }

    /// The same, at 23:00 and by the system.
    pub(crate) fn renew_add_on_automatically(&mut self, id: ApplicationId, index: usize) -> bool {
        let months = self.applications[&id].add_ons[index].agreement.auto_months;
        if self.check_sale(id).is_err() || !self.plan_is_renewed(id, self.today()) {
            return false;
        }
        let Ok(sale) = self.check_add_on_renewal(id, index, months) else { return false };
        let Some(paid) = self.pay_automatically(&sale) else { return false };
        self.extend_add_on(id, index, months, paid).is_ok()
    }

    /// U7: the plan is paid beyond today.
    fn plan_is_renewed(&self, id: ApplicationId, today: Day) -> bool {
        self.applications[&id].term(today).is_some_and(|term| term.last_day() > today)
    }

    pub(crate) fn set_add_on_auto_renew(
        &mut self,
        id: ApplicationId,
        add_on: AddOnId,
        enabled: bool,
        months: Option<u32>,
    ) -> Result<Answer, Refusal> {
        check_months(months.unwrap_or(1))?;
        self.application(id)?;
        let index = self.find_add_on(id, add_on)?;
        let add_on = &mut self.application(id)?.add_ons[index];
        if add_on.is_ended {
            return Err("not_subscribed");
        }
        if add_on.trial_end.is_some() {
            return Err("plan_mismatch");
        }
        add_on.agreement.auto_renew = enabled;
        add_on.agreement.auto_months = months.unwrap_or(1);
        Ok(Answer::default())
    }

    pub(crate) fn refund_add_on(
        &mut self,
        id: ApplicationId,
        add_on: AddOnId,
        asked: Option<RefundKind>,
    ) -> Result<Answer, Refusal> {
        let today = self.today();
        self.application(id)?;
        let index = self.find_add_on(id, add_on)?;
        let held = &self.application(id)?.add_ons[index];
        if held.is_ended || today >= held.end() {
            return Err("not_subscribed");
        }
        let (item, agreement) = (held.kind.item(), &held.agreement);
        if held.trial_end.is_some() {
            return Err("not_subscribed");
        }
        let (ordinary, full, open) =
            (agreement.ordinary_refund(today), agreement.full_refund(), agreement.in_five_days(today));
        let chosen = self.choose_refund(ordinary, full, open, asked)?;
        self.application(id)?.add_ons[index].is_ended = true;
        Ok(self.refund(Sold { application: id, add_on: Some(add_on) }, item, chosen))
    }

    /// U22: Flagship has no use for the pack; it ends with its ordinary refund.
    pub(crate) fn end_avchatroom_pack(&mut self, id: ApplicationId) -> Result<Option<usize>, Refusal> {
        let today = self.today();
        let application = self.application(id)?;
        let Some(index) = application.active_add_on(AddOnKind::AvchatroomUnlimited) else { return Ok(None) };
        let add_on = &mut application.add_ons[index];
        add_on.is_ended = true;
        if today >= add_on.end() {
            return Ok(None);
        }
        let returnable = add_on.agreement.ordinary_refund(today);
        let sold = Sold { application: id, add_on: Some(add_on.id) };
        let answer = self.refund(sold, Item::AvchatroomUnlimited, (RefundKind::Ordinary, returnable));
        Ok(answer.documents.first().copied())
    }
}
