//! Owns what can be read of a payer at the present instant.
//!
//! Does not own quotas and features (`rights`).

use crate::application::{AddOn, Application, Cause, FeatureState};
use crate::calendar::{Day, Instant, Month};
use crate::document::Document;
use crate::oracle::{Oracle, Tried};
use crate::order::{AddOnId, ApplicationId, VoucherId};
use crate::policies;
use crate::prices::{AddOnKind, Plan, Site};
use crate::rounding::Fen;

/// The payer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountView {
    /// Where the account stands.
    pub state: AccountState,
    /// Never negative.
    pub cash: Fen,
    /// Never negative.
    pub gift: Fen,
    /// What is owed.
    pub debt: Fen,
    /// Cash and gift less debt.
    pub available: Fen,
    /// Since when something is owed without interruption, and when that stops the account.
    pub arrears: Option<(Day, Instant)>,
    /// What is left of each voucher, expired ones too.
    pub vouchers: Vec<(VoucherId, Fen)>,
}

/// Where an account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountState {
    /// Nothing is owed.
    Active,
    /// Something is owed.
    InArrears,
    /// For too long.
    Suspended,
}

/// Where an application stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplicationState {
    /// In service.
    Active,
    /// In service, its plan is over.
    Grace,
    /// Stopped.
    Suspended,
    /// Gone.
    Recycled,
}

/// An application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationView {
    /// Its data site.
    pub site: Site,
    /// The plan whose rights it has, or had when it was stopped.
    pub plan: Plan,
    /// Where it stands.
    pub state: ApplicationState,
    /// Each cause of a stop and since when.
    pub stops: Vec<(Cause, Instant)>,
    /// The instant at which it is recycled if nothing happens.
    pub recycles_at: Option<Instant>,
    /// The agreement; none on Trial, after a refund, and once stopped for its end.
    pub subscription: Option<SubscriptionView>,
    /// All add-ons ever bought.
    pub add_ons: Vec<AddOnView>,
    /// Days of history kept.
    pub history_days: u32,
    /// Push to all members.
    pub push_all: FeatureState,
    /// Communities.
    pub community: FeatureState,
}

/// A running plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionView {
    /// Whose day `T` all its ends are counted from.
    pub anchor: Day,
    /// First day and first day after of the order that pays today, or that paid last.
    pub period: (Day, Day),
    /// Last paid day.
    pub paid_through: Day,
    /// Months of an automatic renewal, if it is on.
    pub auto_renew: Option<u32>,
    /// The day from which it is Pro.
    pub scheduled: Option<Day>,
}

/// An add-on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddOnView {
    /// The caller's.
    pub id: AddOnId,
    /// What it is.
    pub kind: AddOnKind,
    /// Where it stands by its own term, whatever the plan.
    pub state: AddOnState,
    /// Last paid day, or last day of a trial.
    pub paid_through: Day,
    /// Months of an automatic renewal, if it is on.
    pub auto_renew: Option<u32>,
}

/// Where an add-on stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddOnState {
    /// In its term.
    Active,
    /// After it, still in force.
    Grace,
    /// Fallen, refunded, replaced.
    Ended,
}

/// A day of usage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsageDay {
    /// Daily users.
    pub dau: u64,
    /// Groups.
    pub peak_groups: u64,
    /// Whether the day can make the month's peak: it was a service day.
    pub counted: bool,
    /// Above the caps of Trial, on a day without a moment of paid service.
    pub over_cap: bool,
}

impl Oracle {
    /// The instant up to which all is settled.
    pub fn settled_to(&self) -> Instant {
        self.now
    }

    /// The payer now.
    pub fn account(&self) -> AccountView {
        let debt = self.money.debt(&self.documents);
        let state = match (self.is_suspended, self.arrears_since) {
            (true, _) => AccountState::Suspended,
            (false, Some(_)) => AccountState::InArrears,
            (false, None) => AccountState::Active,
        };
        let stop = |since: Day| (since, since.plus(policies::ARREARS_GRACE_DAYS).midnight());
        AccountView {
            state,
            cash: self.money.cash,
            gift: self.money.gift,
            debt,
            available: self.money.cash + self.money.gift - debt,
            arrears: self.arrears_since.map(stop),
            vouchers: self.money.vouchers.iter().map(|held| (held.terms.id, held.remaining)).collect(),
        }
    }

    /// All application ids.
    pub fn application_ids(&self) -> Vec<ApplicationId> {
        self.applications.keys().copied().collect()
    }

    /// Where an application stands.
    pub fn state_of(&self, id: ApplicationId) -> Option<ApplicationState> {
        self.applications.get(&id).map(|application| state(application, self.today()))
    }

    /// An application now.
    pub fn application_view(&self, id: ApplicationId) -> Option<ApplicationView> {
        let application = self.applications.get(&id)?;
        let today = self.today();
        let recycles = application.stopped_since.filter(|_| application.recycled_at.is_none());
        Some(ApplicationView {
            site: application.site,
            plan: application.plan,
            state: state(application, today),
            stops: application.stops.clone(),
            recycles_at: recycles.map(|since| since.plus(policies::RETENTION_DAYS).midnight()),
            subscription: subscription(application, today),
            add_ons: application.add_ons.iter().map(|add_on| add_on_view(add_on, today)).collect(),
            history_days: application.history_days(),
            push_all: application.push_all,
            community: application.community,
        })
    }

    /// All final documents in the order of their numbers, then the draft if there is one.
    pub fn documents(&self) -> Vec<&Document> {
        self.documents.iter().chain(&self.draft).collect()
    }

    /// Days that applications have existed, until today or until they were recycled.
    pub fn days_of_applications(&self) -> u64 {
        let today = self.today();
        let days = self.applications.values().map(|application| {
            let until = application.recycled_at.map_or(today, Day::of);
            u64::try_from(until.0 - application.created_on.0).unwrap_or(0)
        });
        days.sum()
    }

    /// The final documents alone.
    pub fn issued(&self) -> &[Document] {
        &self.documents
    }

    /// The statement that is not final, between the 1st and the 3rd.
    pub fn draft(&self) -> Option<&Document> {
        self.draft.as_ref()
    }

    /// All automatic renewals that were tried, failed ones too.
    pub fn tried_renewals(&self) -> &[Tried] {
        &self.tried
    }

    /// The days of a reminder of the end of the running agreement, before and after it, if it is not renewed.
    pub fn reminder_days(&self, id: ApplicationId) -> Vec<Day> {
        let agreement = self.applications.get(&id).and_then(Application::subscription);
        let Some(agreement) = agreement else { return Vec::new() };
        let last_day = agreement.last_day();
        (1 - policies::REMINDERS_BEFORE..=policies::REMINDERS_AFTER).map(|days| last_day.plus(days)).collect()
    }

    /// A day's reading; no reading, nothing.
    pub fn usage_day(&self, id: ApplicationId, date: Day) -> Option<UsageDay> {
        let (month, number) = date.civil();
        let record = self.applications.get(&id)?.months.get(&month)?;
        let (dau, peak_groups) = record.readings[usize::try_from(number - 1).ok()?]?;
        let counted = self.is_service_day(id, date);
        let day = crate::application::bit(number);
        let is_trial_day = !counted && record.running & day != 0;
        Some(UsageDay { dau, peak_groups, counted, over_cap: is_trial_day && (dau > 100 || peak_groups > 100) })
    }

    /// Whether the day had a moment of paid service; of today, whether it had one so far or has one now.
    pub fn is_service_day(&self, id: ApplicationId, date: Day) -> bool {
        let Some(application) = self.applications.get(&id) else { return false };
        let (month, number) = date.civil();
        let noted =
            application.months.get(&month).is_some_and(|record| record.service & crate::application::bit(number) != 0);
        noted || (date == self.today() && application.in_paid_service())
    }

    /// Service days over days of the month, or 1 over 1.
    pub fn share(&self, id: ApplicationId, month: Month) -> (i32, i32) {
        let record = self.applications.get(&id).and_then(|application| application.months.get(&month));
        record.map_or((1, 1), |record| record.share(month))
    }
}

fn state(application: &Application, today: Day) -> ApplicationState {
    if application.recycled_at.is_some() {
        ApplicationState::Recycled
    } else if application.is_stopped() {
        ApplicationState::Suspended
    } else if application.in_grace(today) {
        ApplicationState::Grace
    } else {
        ApplicationState::Active
    }
}

fn subscription(application: &Application, today: Day) -> Option<SubscriptionView> {
    let agreement = application.subscription()?;
    let payment = agreement.day(today).or(agreement.days.last())?.payment;
    let period = &agreement.payments[payment];
    Some(SubscriptionView {
        anchor: agreement.anchor,
        period: (period.first, period.end),
        paid_through: agreement.last_day(),
        auto_renew: agreement.auto_renew.then_some(agreement.auto_months),
        scheduled: agreement.scheduled,
    })
}

fn add_on_view(add_on: &AddOn, today: Day) -> AddOnView {
    let state = if add_on.is_ended {
        AddOnState::Ended
    } else if today >= add_on.end() {
        AddOnState::Grace
    } else {
        AddOnState::Active
    };
    AddOnView {
        id: add_on.id,
        kind: add_on.kind,
        state,
        paid_through: add_on.end().plus(-1),
        auto_renew: add_on.agreement.auto_renew.then_some(add_on.agreement.auto_months),
    }
}
