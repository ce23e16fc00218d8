//! Owns the automatic renewals of one evening: who is due, in which order, all or nothing each (R0, U6, U7).
//!
//! Does not own prices and payment.

use crate::agreement::Bought;
use crate::calendar::{Day, boundary};
use crate::oracle::{Oracle, Tried};
use crate::order::{AddOnId, ApplicationId};
use crate::policies;
use crate::prices::{Plan, plan_price};
use crate::revenue::Sold;
use crate::sale::Sale;

/// Sorted as R0 says: earlier end, plan before add-ons, application, id.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    end: Day,
    is_add_on: bool,
    application: ApplicationId,
    add_on: Option<AddOnId>,
}

/// X and the six days after it.
fn is_due(last_day: Day, today: Day) -> bool {
    last_day <= today && today <= last_day.plus(policies::AUTO_RENEWAL_RETRIES)
}

impl Oracle {
    pub(crate) fn renew_automatically(&mut self) {
        let today = self.today();
        let mut due = Vec::new();
        for application in self.applications.values().filter(|application| application.recycled_at.is_none()) {
            let id = application.id;
            if let Some(agreement) = application.subscription()
                && agreement.auto_renew
                && is_due(agreement.last_day(), today)
            {
                due.push(Due { end: agreement.end(), is_add_on: false, application: id, add_on: None });
            }
            for add_on in application.add_ons.iter().filter(|add_on| !add_on.is_ended && add_on.trial_end.is_none()) {
                let agreement = &add_on.agreement;
                if agreement.auto_renew && is_due(agreement.last_day(), today) {
                    due.push(Due { end: agreement.end(), is_add_on: true, application: id, add_on: Some(add_on.id) });
                }
            }
        }
        due.sort();
        for Due { application, add_on, .. } in due {
            let renewed = match add_on {
                None => self.renew_plan_automatically(application),
                Some(add_on) => {
                    let known = &self.applications[&application].add_ons;
                    let index = known.iter().position(|other| other.id == add_on);
                    index.is_some_and(|index| self.renew_add_on_automatically(application, index))
                }
            };
            self.tried.push(Tried { at: self.now, application, add_on, renewed });
        }
    }

    /// List price, no promotion (U46), Pro once a downgrade is scheduled (U27).
    fn renew_plan_automatically(&mut self, id: ApplicationId) -> bool {
        if self.check_plan_sale(id).is_err() {
            return false;
        }
        let list = self.list();
        let application = &self.applications[&id];
        let (plan, site) = (application.plan_to_renew(), application.site);
        let Some(agreement) = application.subscription() else { return false };
        if plan == Plan::Trial {
            return false;
        }
        let months = agreement.auto_months;
        let bought = Bought { months, plan, monthly: plan_price(list, site, plan), percent: 100, list };
        let end = boundary(agreement.anchor, agreement.months + months, policies::MONTH_END);
        let period = (agreement.end(), end);
        let sold = Sold { application: id, add_on: None };
        let sale = Sale { sold, item: plan.item(), price: bought.price(), months: Some(months), period };
        let Some(paid) = self.pay_automatically(&sale) else { return false };
        let Some(application) = self.applications.get_mut(&id) else { return false };
        let Some(agreement) = &mut application.agreement else { return false };
        let (first, _) = agreement.extend(bought, paid.cash, paid.gift);
        application.agree_since(first, list);
        true
    }
}
