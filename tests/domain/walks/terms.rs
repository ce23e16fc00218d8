//! Owns what was bought, as the oracle keeps it: agreements and add-ons, their terms, reminders, grace and ends.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use subledger_domain::add_on::{self, EndCause};
use subledger_domain::calendar::Period;
use subledger_domain::catalog::{AddOn, AddOnKind, PromotionName};
use subledger_domain::charge::Charge;
use subledger_domain::ids::{AddOnId, ApplicationId, SubscriptionId};
use subledger_domain::plan::{DataSite, Plan};
use subledger_domain::subscription;

use super::days::{Day, at_second, boundary, day_number, day_of, midnight};
use super::oracle::{Held, Oracle, fen, hold};
use super::prices;

/// How far a bought thing has come.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Stage {
    Active,
    Grace,
    Over,
}

/// Whole months in a row, counted from one day.
#[derive(Debug)]
struct Months {
    anchor: Day,
    bought: i64,
    /// First day after everything paid.
    end: Day,
    stage: Stage,
    reminded: BTreeSet<Day>,
}

impl Months {
    fn begin(at: Timestamp, months: u32, period: Period) -> Result<Self, String> {
        hold_at(period.start == at, "I12: the first term starts at payment")?;
        let mut begun =
            Self { anchor: day_of(at), bought: 0, end: day_of(at), stage: Stage::Active, reminded: BTreeSet::new() };
        begun.add(months, period)?;
        Ok(begun)
    }

    fn add(&mut self, months: u32, period: Period) -> Held {
        self.bought += i64::from(months);
        self.end = boundary(self.anchor, self.bought);
        hold!(period.end == midnight(self.end), "I12: a term ends at {}", period.end);
        Ok(())
    }

    fn renew(&mut self, months: u32, period: Period) -> Held {
        hold!(self.stage != Stage::Over, "I12: renewed after its end");
        hold!(period.start == midnight(self.end), "I12: a renewal starts at {}", period.start);
        self.stage = Stage::Active;
        self.add(months, period)
    }

    /// On the last seven days and the seven after, at nine, while it runs, each day once.
    fn remind(&mut self, on: Date, at: Timestamp) -> Held {
        let day = day_number(on.year().into(), on.month().into(), on.day().into());
        hold!(at == at_second(day, 9 * 3_600), "R0: reminded at {at}");
        hold!((self.end - 7..self.end + 7).contains(&day), "C9.1: reminded on {on}");
        hold!(self.stage != Stage::Over && self.reminded.insert(day), "I32: reminded of {on} again");
        Ok(())
    }

    fn grace(&mut self, until: Timestamp, at: Timestamp) -> Held {
        hold!(self.stage == Stage::Active && at == midnight(self.end), "C9.1: grace began at {at}");
        hold!(until == midnight(self.end + 7), "C9.1: grace until {until}");
        self.stage = Stage::Grace;
        Ok(())
    }

    fn stop(&mut self, at: Timestamp) -> Held {
        hold!(self.stage == Stage::Grace && at == midnight(self.end + 7), "C9.1: stopped at {at}");
        self.stage = Stage::Over;
        Ok(())
    }

    /// What must have happened to it by an instant.
    fn stands(&self, now: Timestamp) -> Held {
        let stage = match self.stage {
            Stage::Over => return Ok(()),
            _ if now < midnight(self.end) => Stage::Active,
            _ if now < midnight(self.end + 7) => Stage::Grace,
            _ => Stage::Over,
        };
        hold!(self.stage == stage, "I32: {:?} where {stage:?} is due", self.stage);
        let due = (self.end - 7..self.end + 7).filter(|day| at_second(*day, 9 * 3_600) <= now);
        // A term that was renewed between two reminders starts its own row; none of the present row may be missing.
        let missing = due.filter(|day| *day >= self.anchor && !self.reminded.contains(day)).count();
        hold!(missing == 0, "C9.1, I32: {missing} reminders are missing");
        Ok(())
    }
}

fn hold_at(holds: bool, why: &str) -> Held {
    hold!(holds, "{why}");
    Ok(())
}

/// An agreement to a plan.
#[derive(Debug)]
pub(super) struct Agreement {
    application: ApplicationId,
    pub(super) plan: Plan,
    pub(super) since: Timestamp,
    months: Months,
}

/// A bought or tried add-on.
#[derive(Debug)]
pub(super) struct Pack {
    pub(super) application: ApplicationId,
    pub(super) add_on: AddOn,
    trial: bool,
    months: Months,
}

impl Pack {
    pub(super) fn is_running(&self) -> bool {
        self.months.stage != Stage::Over
    }
}

impl Oracle {
    pub(super) fn subscription(&mut self, id: SubscriptionId, event: &subscription::Event) -> Held {
        use subscription::Event;
        match event {
            Event::SubscriptionStarted { application_id, months, period, terms, charge, at, .. } => {
                let site = self.site_of(*application_id)?;
                let running = |agreement: &&Agreement| {
                    agreement.application == *application_id && agreement.months.stage != Stage::Over
                };
                hold!(!self.agreements.values().any(|agreement| running(&agreement)), "I12: two agreements at once");
                let plan = Plan::from(terms.plan);
                let full = prices::plan(site, plan) * i64::from(*months);
                self.promoted(charge, plan, *months, full)?;
                hold!(terms.data_site == site, "I26: the prices of another site");
                let months = Months::begin(*at, *months, *period)?;
                let agreement = Agreement { application: *application_id, plan, since: *at, months };
                hold!(self.agreements.insert(id, agreement).is_none(), "I13: started twice");
            }
            Event::SubscriptionRenewed { application_id, months, period, terms, charge, .. } => {
                let site = self.site_of(*application_id)?;
                let agreement = self.agreements.get_mut(&id).ok_or("I24: no such agreement")?;
                hold!(agreement.application == *application_id, "I34: another application's agreement");
                hold!(agreement.plan == Plan::from(terms.plan), "I24: renewed as another plan");
                agreement.months.renew(*months, *period)?;
                let price = prices::plan(site, agreement.plan);
                self.priced(charge, price, *months)?;
            }
            Event::RenewalReminded { on, at, .. } => self.agreed(id)?.months.remind(*on, *at)?,
            Event::GraceBegan { until, at, .. } => self.agreed(id)?.months.grace(*until, *at)?,
            Event::SubscriptionStopped { at, .. } => self.agreed(id)?.months.stop(*at)?,
            Event::SubscriptionEnded { .. } => self.agreed(id)?.months.stage = Stage::Over,
            Event::PlanUpgraded { .. }
            | Event::DowngradeScheduled { .. }
            | Event::DowngradeCancelled { .. }
            | Event::PlanDowngraded { .. }
            | Event::PlanRefunded { .. }
            | Event::AutoRenewSet { .. }
            | Event::AutoRenewalFailed { .. } => return Err("no walk changes or gives back a plan".to_owned()),
        }
        Ok(())
    }

    fn agreed(&mut self, id: SubscriptionId) -> Result<&mut Agreement, String> {
        self.agreements.get_mut(&id).ok_or_else(|| "I24: no such agreement".to_owned())
    }

    fn bought(&mut self, id: AddOnId) -> Result<&mut Pack, String> {
        self.packs.get_mut(&id).ok_or_else(|| "I24: no such add-on".to_owned())
    }

    /// First purchase: a month at a tenth, once. Yearly: Flagship by whole years at three quarters (U47).
    fn promoted(&mut self, charge: &Charge, plan: Plan, months: u32, full: i64) -> Held {
        let amount = match charge.promotion() {
            None => full,
            Some(PromotionName::FirstPurchase) => {
                hold!(months == 1 && !self.first_purchase_used, "U47: {months} months as a first purchase");
                self.first_purchase_used = true;
                full / 10
            }
            Some(PromotionName::Yearly) => {
                hold!(plan == Plan::Flagship && [12, 24].contains(&months), "U47: {months} months of {plan} as years");
                full / 4 * 3
            }
        };
        hold!(fen(charge.amount) == amount && amount > 0, "I9: {} where {amount} fen are due", charge.amount);
        self.charged(charge.invoice_id, amount)
    }

    fn priced(&mut self, charge: &Charge, price: i64, months: u32) -> Held {
        let amount = price * i64::from(months);
        hold!(charge.promotion().is_none(), "U47: a promotion on what has none");
        hold!(fen(charge.amount) == amount, "I9: {} where {amount} fen are due", charge.amount);
        hold!(price > 0, "I21: sold for nothing");
        self.charged(charge.invoice_id, amount)
    }

    /// The price of an add-on where it may be sold now: in paid service, outside the plan's grace (U24, I25, I26).
    fn sold(&self, application: ApplicationId, add_on: AddOn) -> Result<i64, String> {
        let app = self.apps.get(&application).ok_or("I25: no such application")?;
        hold_at(app.serving(), "I25: sold to an application out of paid service")?;
        let mut plans = self.agreements.values().filter(|agreement| agreement.application == application);
        hold_at(plans.any(|agreement| agreement.months.stage == Stage::Active), "U24: sold in the plan's grace")?;
        prices::add_on(app.site, app.plan, add_on).ok_or_else(|| "I26: not sold here or on this plan".to_owned())
    }

    fn alone(&self, application: ApplicationId, add_on: AddOn) -> Held {
        let same = |pack: &&Pack| pack.application == application && pack.add_on.kind() == add_on.kind();
        hold!(!self.packs.values().filter(same).any(Pack::is_running), "I25: two of a kind at once");
        Ok(())
    }

    pub(super) fn add_on(&mut self, id: AddOnId, event: &add_on::Event) -> Held {
        use add_on::Event;
        match event {
            Event::AddOnStarted { application_id, months, period, deal, charge, at, .. } => {
                let add_on = deal.terms.add_on;
                let price = self.sold(*application_id, add_on)?;
                self.alone(*application_id, add_on)?;
                self.priced(charge, price, *months)?;
                let months = Months::begin(*at, *months, *period)?;
                let pack = Pack { application: *application_id, add_on, trial: false, months };
                hold!(self.packs.insert(id, pack).is_none(), "I13: started twice");
            }
            Event::AddOnTrialStarted { application_id, period, deal, at } => {
                self.tried(*application_id, deal.terms.add_on)?;
                let end = day_of(*at) + 7;
                hold!((period.start, period.end) == (*at, midnight(end)), "U41: tried for {period:?}");
                let months =
                    Months { anchor: day_of(*at), bought: 0, end, stage: Stage::Active, reminded: BTreeSet::new() };
                let (application, add_on) = (*application_id, deal.terms.add_on);
                let pack = Pack { application, add_on, trial: true, months };
                hold!(self.packs.insert(id, pack).is_none(), "I13: started twice");
            }
            Event::AddOnRenewed { application_id, months, period, deal, charge, .. } => {
                let price = self.sold(*application_id, deal.terms.add_on)?;
                self.priced(charge, price, *months)?;
                let pack = self.bought(id)?;
                hold!(pack.application == *application_id, "I34: another application's add-on");
                hold!(pack.add_on == deal.terms.add_on && !pack.trial, "I24: renewed as something else");
                pack.months.renew(*months, *period)?;
            }
            Event::AddOnReminded { on, at, .. } => self.bought(id)?.months.remind(*on, *at)?,
            Event::AddOnGraceBegan { until, at, .. } => {
                let pack = self.bought(id)?;
                hold!(!pack.trial, "U36: a trial has no grace");
                pack.months.grace(*until, *at)?;
            }
            Event::AddOnRefunded { .. } | Event::AddOnAutoRenewSet { .. } | Event::AddOnAutoRenewalFailed { .. } => {
                return Err("no walk gives an add-on back or has it renewed by itself".to_owned());
            }
            Event::AddOnEnded { cause, at, .. } => {
                let pack = self.bought(id)?;
                match cause {
                    EndCause::Expired if pack.trial => {
                        hold!(*at == midnight(pack.months.end), "U41: the trial ended at {at}");
                        pack.months.stage = Stage::Over;
                    }
                    EndCause::Expired => pack.months.stop(*at)?,
                    EndCause::Superseded => {
                        hold!(pack.trial && pack.is_running(), "U41: only a trial that runs is superseded");
                        pack.months.stage = Stage::Over;
                    }
                    EndCause::Refunded => return Err("no walk gives an add-on back".to_owned()),
                    EndCause::Recycled => {
                        hold!(pack.is_running(), "U34: ended twice");
                        pack.months.stage = Stage::Over;
                    }
                }
            }
        }
        Ok(())
    }

    fn tried(&mut self, application: ApplicationId, add_on: AddOn) -> Held {
        let app = self.apps.get(&application).ok_or("I25: no such application")?;
        hold!(app.site == DataSite::China && app.in_service(), "I26: tried abroad, or while stopped");
        hold!(add_on.kind() == AddOnKind::AvCall, "U41: only the call package is tried");
        self.alone(application, add_on)?;
        let here = self.packs.values().filter(|pack| pack.trial && pack.application == application).count();
        let everywhere = self.packs.values().filter(|pack| pack.trial).count();
        hold!(here < 2 && everywhere < 10, "U41: tried {here} times here, {everywhere} times by the payer");
        Ok(())
    }

    pub(super) fn terms_stand(&self, now: Timestamp) -> Held {
        for agreement in self.agreements.values() {
            agreement.months.stands(now)?;
        }
        for pack in self.packs.values() {
            if pack.trial {
                hold!(!pack.is_running() || now < midnight(pack.months.end), "U41: a trial runs on");
            } else {
                pack.months.stands(now)?;
            }
        }
        Ok(())
    }
}
