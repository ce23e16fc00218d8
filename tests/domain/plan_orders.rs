//! Owns how a story says what changes, gives back, renews by itself and corrects, and what it asks of the outcome.

use subledger_domain::account;
use subledger_domain::catalog::AddOn;
use subledger_domain::charge::{CreditReason, RefundKind};
use subledger_domain::decide::Order;
use subledger_domain::fact::{Event, Fact};
use subledger_domain::ids::ApplicationId;
use subledger_domain::plan::Plan;
use subledger_domain::terms::DowngradeTiming;
use subledger_domain::{add_on, subscription};
use subledger_tests::fixtures::{self, application_of};

use crate::timeline::{Answer, Moment, Story};

impl<'s> Moment<'s> {
    #[track_caller]
    pub(crate) fn upgrade(self, application: ApplicationId) -> Answer<'s> {
        self.upgrade_to(application, Plan::Flagship)
    }

    #[track_caller]
    pub(crate) fn upgrade_to(self, application_id: ApplicationId, plan: Plan) -> Answer<'s> {
        self.order(Order::UpgradePlan { application_id, plan, months: None, voucher_id: None })
    }

    #[track_caller]
    pub(crate) fn upgrade_for(self, application_id: ApplicationId, months: u32) -> Answer<'s> {
        self.order(Order::UpgradePlan { application_id, plan: Plan::Flagship, months: Some(months), voucher_id: None })
    }

    #[track_caller]
    pub(crate) fn downgrade(self, application_id: ApplicationId, plan: Plan, timing: DowngradeTiming) -> Answer<'s> {
        let (timing, ticket) = (Some(timing), Some("T-17".to_owned()));
        self.order(Order::DowngradePlan { application_id, plan, timing, ticket })
    }

    #[track_caller]
    pub(crate) fn downgrade_without_ticket(self, application_id: ApplicationId) -> Answer<'s> {
        self.order(Order::DowngradePlan { application_id, plan: Plan::Pro, timing: None, ticket: Some(" ".to_owned()) })
    }

    #[track_caller]
    pub(crate) fn downgrade_as_the_policy_says(self, application_id: ApplicationId) -> Answer<'s> {
        let ticket = Some("T-18".to_owned());
        self.order(Order::DowngradePlan { application_id, plan: Plan::Pro, timing: None, ticket })
    }

    #[track_caller]
    pub(crate) fn cancel_downgrade(self, application_id: ApplicationId) -> Answer<'s> {
        self.order(Order::CancelDowngrade { application_id })
    }

    #[track_caller]
    pub(crate) fn refund(self, application_id: ApplicationId) -> Answer<'s> {
        self.order(Order::RefundPlan { application_id, kind: None, reason: None })
    }

    #[track_caller]
    pub(crate) fn refund_by(self, application_id: ApplicationId, kind: RefundKind) -> Answer<'s> {
        self.order(Order::RefundPlan { application_id, kind: Some(kind), reason: Some("not needed".to_owned()) })
    }

    /// Gives back what the application bought last of that kind.
    #[track_caller]
    pub(crate) fn refund_pack(
        self,
        application_id: ApplicationId,
        add_on: AddOn,
        kind: Option<RefundKind>,
    ) -> Answer<'s> {
        let add_on_id = self.latest_pack(application_id, add_on);
        self.order(Order::RefundAddOn { application_id, add_on_id, kind, reason: None })
    }

    #[track_caller]
    pub(crate) fn auto_renew(self, application_id: ApplicationId, months: Option<u32>) -> Answer<'s> {
        self.order(Order::SetAutoRenew { application_id, enabled: months.is_some(), months })
    }

    #[track_caller]
    pub(crate) fn auto_renew_pack(self, application_id: ApplicationId, add_on: AddOn) -> Answer<'s> {
        let add_on_id = self.latest_pack(application_id, add_on);
        self.order(Order::SetAddOnAutoRenew { application_id, add_on_id, enabled: true, months: None })
    }

    #[track_caller]
    pub(crate) fn correct(self, application_id: ApplicationId, day: &str, dau: u64) -> Answer<'s> {
        let (date, reason) = (fixtures::day(day), "the meter was wrong".to_owned());
        self.order(Order::CorrectUsage { application_id, date, dau: Some(dau), peak_groups: None, reason })
    }
}

impl Story {
    /// What an application was charged by orders, in order.
    pub(crate) fn charges_of(&self, application: ApplicationId) -> Vec<String> {
        let of_it = self.facts().filter(|fact| application_of(fact) == Some(application));
        let charged = |fact: &Fact| match &fact.event {
            Event::Subscription(
                subscription::Event::SubscriptionStarted { charge, .. }
                | subscription::Event::SubscriptionRenewed { charge, .. }
                | subscription::Event::PlanUpgraded { charge, .. },
            )
            | Event::AddOn(add_on::Event::AddOnStarted { charge, .. } | add_on::Event::AddOnRenewed { charge, .. }) => {
                Some(charge.amount.amount().to_string())
            }
            _ => None,
        };
        of_it.filter_map(charged).collect()
    }

    /// Every credit note as `reason total`.
    pub(crate) fn credits(&self) -> Vec<String> {
        let of = |fact: &Fact| match &fact.event {
            Event::Account(account::Event::CreditNoteIssued { reason, total, .. }) => {
                let reason = match reason {
                    CreditReason::FiveDayRefund => "five days",
                    CreditReason::Refund => "refund",
                    CreditReason::Downgrade => "downgrade",
                    CreditReason::Correction => "correction",
                };
                Some(format!("{reason} {}", total.amount()))
            }
            _ => None,
        };
        self.facts().filter_map(of).collect()
    }

    /// The plan an application is on.
    #[track_caller]
    pub(crate) fn plan_of(&self, application: ApplicationId) -> Plan {
        subledger_domain::books::Working::over(&self.books).application(application).expect("created").plan
    }

    /// What is owed.
    #[track_caller]
    pub(crate) fn debt(&self) -> String {
        self.payer().debt().amount().to_string()
    }
}
