//! Owns the order that sets how long history is kept (S18, U15–U17, U24).
//!
//! Does not own its fee (`settlement`).

use crate::oracle::Oracle;
use crate::order::{Answer, ApplicationId, Refusal};
use crate::prices::{Plan, included_history, storage_price};

impl Oracle {
    pub(crate) fn set_history_retention(&mut self, id: ApplicationId, days: u32) -> Result<Answer, Refusal> {
        let (today, list) = (self.today(), self.list());
        let application = self.application(id)?;
        let included = included_history(application.plan);
        let is_raised = days > application.storage.unwrap_or(included);
        if is_raised {
            self.check_sale(id)?;
        } else {
            self.check_running(id)?;
        }
        let application = self.application(id)?;
        if application.plan == Plan::Trial {
            return Err("add_on_needs_paid_plan");
        }
        let wanted = (days != included).then_some(days);
        if wanted.is_some_and(|step| storage_price(list, application.site, application.plan, step).is_none()) {
            return Err("retention_step_unknown");
        }
        if wanted == application.storage {
            return Ok(Answer::default());
        }
        if is_raised && application.in_grace(today) {
            return Err("renewal_required");
        }
        if application.storage_changed_in == Some(today.month()) {
            return Err("retention_changed_this_month");
        }
        let is_activation = application.storage.is_none();
        application.storage = wanted;
        application.storage_changed_in = Some(today.month());
        application.month(today.month()).storage_activated |= is_activation;
        Ok(Answer::default())
    }
}
