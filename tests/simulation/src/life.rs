//! Owns where a life goes: what a payer orders next and when, sensible or not, where something happens or just has.
//!
//! Does not own what comes of it. It looks at the oracle to be sensible, and at the ledger's timers only for instants.

use subledger_oracle::calendar::{Day, HOUR, Instant, SECOND};
use subledger_oracle::order::{Feature, PayMode, RefundKind, Timing, Voucher, Wallet};
use subledger_oracle::prices::{AddOnKind, CallPack, Item, Plan, Promotion, Site};
use subledger_oracle::view::{ApplicationState, ApplicationView};
use subledger_oracle::{FeatureState, Oracle, Order};

use crate::courses::{self, Course};
use crate::dice::Dice;
use crate::world::{Character, DOINGS, Doing};

const KINDS: [AddOnKind; 6] = [
    AddOnKind::AvchatroomUnlimited,
    AddOnKind::GroupMembers,
    AddOnKind::GroupsPerUser,
    AddOnKind::AvCall(CallPack::Basic),
    AddOnKind::AvCall(CallPack::Advanced),
    AddOnKind::AvCall(CallPack::Premium),
];
/// What is free, so that a payer who owes may still ask for it.
const OF_DEBTORS: [Doing; 12] = [
    Doing::Downgrade,
    Doing::CancelDowngrade,
    Doing::AutoRenew,
    Doing::AddOnAutoRenew,
    Doing::RefundAddOn,
    Doing::Feature,
    Doing::Feature,
    Doing::OperatorStop,
    Doing::Correct,
    Doing::Voucher,
    Doing::Anything,
    Doing::Anything,
];
const ABROAD: [Site; 4] = [Site::Singapore, Site::Germany, Site::Korea, Site::India];

/// Around each figure at which a fee begins.
const DAU: [u64; 10] = [0, 99, 100, 101, 9_999, 10_000, 10_001, 20_001, 47_000, 130_000];
const GROUPS: [u64; 8] = [0, 100, 101, 99_999, 100_000, 100_001, 200_001, 450_000];

/// A payer's life so far.
#[derive(Debug)]
pub(crate) struct Life {
    pub(crate) dice: Dice,
    pub(crate) character: Character,
    /// First application id of the payer; ids are the ledger's, so no two payers share one.
    first: u64,
    created: u64,
    vouchers: u64,
    /// Add-ons by the steps that may have bought them.
    add_ons: Vec<(u64, u64)>,
    /// What was corrected last.
    corrected: Option<(u64, Day)>,
    /// What is to come next, the last first.
    coming: Course,
    /// Orders that a payer in debt still makes at this instant.
    restless: u64,
}

impl Life {
    pub(crate) fn new(dice: Dice, character: Character, payer: u64) -> Self {
        let (first, add_ons) = (1_400_000_001 + payer * 1_000, Vec::new());
        let (corrected, coming) = (None, Course::new());
        Self { dice, character, first, created: 0, vouchers: 0, add_ons, corrected, coming, restless: 0 }
    }

    /// Often the same instant, or around something due, around midnight of the ends and starts of months; sometimes the
    /// worker and everybody else are off for months.
    pub(crate) fn next_instant(&mut self, now: Instant, next_due: Option<Instant>, end: Instant) -> Instant {
        if let Some((at, _)) = self.coming.last() {
            return (*at).max(now).min(end);
        }
        if self.restless > 0 {
            return now;
        }
        let second = self.dice.between(-1, 1) * SECOND;
        let year = 365 * 24 * HOUR;
        let applications = i64::try_from(self.character.applications).expect("few");
        let mean = year / (self.character.pace * applications);
        // Who has many applications has little time between two orders: edges are for the few that need them.
        let is_busy = self.dice.below(self.character.applications) > 0;
        let at = match self.dice.below(200) {
            0..40 => now,
            60..120 if is_busy => now + self.dice.between(0, 2 * mean / SECOND) * SECOND,
            40..60 => now + self.dice.between(1, 24 * 3_600) * SECOND,
            60..90 => next_due.map_or(now, |due| due + second),
            90..120 => edge_after(Day::of(now), &mut self.dice).midnight() + second,
            120..198 => now + self.dice.between(0, 4 * mean / SECOND) * SECOND + self.dice.between(0, 1),
            _ => Day::of(now).plus(i32::try_from(self.dice.between(40, 200)).expect("days")).midnight() + second,
        };
        at.max(now).min(end)
    }

    fn months(&mut self) -> u32 {
        let months = match self.dice.below(100) {
            0..70 => 1,
            70..85 => self.dice.between(2, 4),
            85..94 if self.character.long_orders => self.dice.one_of(&[6, 12, 24]),
            85..94 => 1,
            94..96 => self.dice.one_of(&[0, 25]),
            _ => self.dice.between(1, 24),
        };
        u32::try_from(months).expect("few")
    }

    fn months_wished(&mut self) -> Option<u32> {
        match self.dice.below(100) {
            0..70 => None,
            70..85 => Some(self.dice.one_of(&[0, 25])),
            _ => Some(self.months()),
        }
    }

    fn voucher(&mut self) -> Option<u64> {
        if !self.character.vouchers || self.vouchers == 0 || !self.dice.in_hundred(30) {
            return None;
        }
        Some(self.dice.below(self.vouchers + 1))
    }

    fn application(&mut self) -> u64 {
        // Once in a while one that was never created.
        let known = if self.dice.in_hundred(2) { self.created + 1 } else { self.created.max(1) };
        self.first + self.dice.below(known)
    }

    /// Now and then somebody asks for something before there is a payer.
    pub(crate) fn opening(&mut self, number: u64, now: Instant, oracle: &Oracle) -> Order {
        if self.dice.in_hundred(40) {
            let order = self.unknown(number, now, oracle);
            if !matches!(order, Order::RunDue) {
                return order;
            }
        }
        let (enterprise_verified, new_customer) = (self.dice.in_hundred(85), self.dice.in_hundred(85));
        Order::OpenAccount { enterprise_verified, new_customer }
    }

    /// The order of step `number`.
    pub(crate) fn order(&mut self, number: u64, now: Instant, oracle: &Oracle) -> Order {
        if let Some((_, order)) = self.coming.pop() {
            return order;
        }
        if self.created == 0 {
            return self.creation();
        }
        let account = oracle.account();
        self.restless = self.restless.saturating_sub(1);
        if self.restless > 0 {
            let (doing, id) = (self.dice.one_of(&OF_DEBTORS), self.application());
            return self.doing(doing, (number, now), id, oracle.application_view(id).as_ref(), oracle);
        }
        if account.debt > 0 && self.dice.in_hundred(8) {
            self.restless = self.dice.below(8) + 2;
        }
        if self.dice.below(1_000) == 0 {
            let application = self.application();
            let course = courses::overreaches(&mut self.dice, now, application, (number, account.debt));
            return self.follow(course);
        }
        if account.debt > 0 && self.dice.in_hundred(40 - self.character.poor) {
            let amount = match self.dice.below(6) {
                0 => self.dice.between(1, account.debt),
                1..4 => account.debt + self.dice.between(-1, 1),
                _ => account.debt + self.dice.between(0, 1_000_000),
            };
            return self.deposit(amount);
        }
        let short = account.available < 200_000 * i64::try_from(self.character.applications).expect("few");
        if short && self.dice.in_hundred(60 - self.character.poor) {
            let amount = self.dice.between(1, 2_000_000);
            return self.deposit(amount);
        }
        if self.created < 250 && self.alive(oracle) < self.character.applications && self.dice.in_hundred(30) {
            return self.creation();
        }
        let index = self.dice.weighed(&self.character.weights.clone());
        let id = self.application();
        let Some(view) = oracle.application_view(id) else { return self.unknown(number, now, oracle) };
        let doing = self.urgent(&view).unwrap_or(DOINGS[index].0);
        self.doing(doing, (number, now), id, Some(&view), oracle)
    }

    /// Of an application that does not exist.
    fn unknown(&mut self, number: u64, now: Instant, oracle: &Oracle) -> Order {
        let (doing, _) = self.dice.one_of(&DOINGS);
        if self.dice.in_hundred(30) {
            return self.creation();
        }
        self.doing(doing, (number, now), self.first + self.created, None, oracle)
    }

    /// From the next order on.
    fn follow(&mut self, course: Course) -> Order {
        self.coming = course;
        self.coming.reverse();
        Order::RunDue
    }

    fn alive(&self, oracle: &Oracle) -> u64 {
        let ids = oracle.application_ids();
        let alive = ids.iter().filter(|id| oracle.state_of(**id) != Some(ApplicationState::Recycled));
        alive.count() as u64
    }

    /// What a payer in this situation would do first.
    fn urgent(&mut self, view: &ApplicationView) -> Option<Doing> {
        match view.state {
            _ if view.plan == Plan::Trial && self.dice.in_hundred(30) => Some(Doing::Purchase),
            ApplicationState::Suspended if self.dice.in_hundred(15) => Some(Doing::Purchase),
            ApplicationState::Grace if self.dice.in_hundred(40) => Some(Doing::Renew),
            _ => None,
        }
    }

    fn creation(&mut self) -> Order {
        let again = self.created > 0 && self.dice.in_hundred(5);
        let application = if again { self.first } else { self.first + self.created };
        self.created += u64::from(!again);
        let abroad = self.character.abroad && self.dice.in_hundred(50);
        Order::CreateApplication { application, site: if abroad { self.dice.one_of(&ABROAD) } else { Site::China } }
    }

    fn deposit(&mut self, amount: i64) -> Order {
        let into = if self.dice.in_hundred(25) { Wallet::Gift } else { Wallet::Cash };
        Order::Deposit { amount, into }
    }

    fn doing(
        &mut self,
        doing: Doing,
        (number, now): (u64, Instant),
        application: u64,
        view: Option<&ApplicationView>,
        oracle: &Oracle,
    ) -> Order {
        let dice = &mut self.dice;
        match doing {
            Doing::Usage => self.usage(now, application),
            Doing::Renew => {
                let (months, voucher) = (self.months(), self.voucher());
                Order::RenewPlan { application, months, voucher }
            }
            Doing::Purchase => self.purchase(application),
            Doing::BuyAddOn if dice.in_hundred(2) => {
                let course = courses::lapses(dice, now, application, number);
                self.follow(course)
            }
            Doing::BuyAddOn => self.buy_add_on(number, application, view.map_or(Plan::Trial, |view| view.plan)),
            Doing::TryCalls => {
                self.add_ons.push((application, number));
                let kind = AddOnKind::AvCall(CallPack::Trial);
                Order::BuyAddOn { application, add_on: 0, kind, months: 1, auto_renew: false, voucher: None }
            }
            Doing::RenewAddOn => {
                let ((application, add_on), months, voucher) =
                    (self.add_on(application), self.months(), self.voucher());
                Order::RenewAddOn { application, add_on, months, voucher }
            }
            Doing::AutoRenew => {
                let months = self.months_wished();
                Order::SetPlanAutoRenew { application, enabled: self.dice.in_hundred(75), months }
            }
            Doing::AddOnAutoRenew => {
                let (application, add_on) = self.add_on(application);
                let months = if self.dice.in_hundred(70) { None } else { Some(self.months()) };
                Order::SetAddOnAutoRenew { application, add_on, enabled: self.dice.in_hundred(75), months }
            }
            Doing::Upgrade => {
                let months = dice.in_hundred(3).then_some(1);
                Order::UpgradePlan { application, voucher: self.voucher(), months }
            }
            Doing::Downgrade => {
                let timing = if dice.in_hundred(50) { Timing::PeriodEnd } else { Timing::Immediate };
                Order::DowngradePlan { application, timing, has_ticket: dice.in_hundred(95) }
            }
            Doing::CancelDowngrade => Order::CancelDowngrade { application },
            Doing::RefundPlan => Order::RefundPlan { application, kind: self.refund_kind() },
            Doing::RefundAddOn => {
                let (application, add_on) = self.add_on(application);
                Order::RefundAddOn { application, add_on, kind: self.refund_kind() }
            }
            Doing::Retention => {
                let days = dice.one_of(&[7, 7, 30, 30, 90, 90, 180, 360, 60, 0]);
                Order::SetHistoryRetention { application, days }
            }
            Doing::Feature => self.feature(application, view),
            Doing::OperatorStop => {
                let mut stops = view.into_iter().flat_map(|view| &view.stops);
                let stopped = stops.any(|(cause, _)| *cause == subledger_oracle::Cause::Operator);
                if stopped || dice.in_hundred(20) {
                    Order::LiftSuspension { application }
                } else {
                    Order::Suspend { application, has_ticket: dice.in_hundred(95) }
                }
            }
            Doing::Correct if dice.in_hundred(20) => {
                let course = courses::there_and_back(dice, now, application);
                self.follow(course)
            }
            Doing::Correct => self.correction(now, application),
            Doing::Voucher => self.grant(now),
            Doing::RunDue => Order::RunDue,
            Doing::Anything => {
                let (doing, _) = self.dice.one_of(&DOINGS[..DOINGS.len() - 1]);
                if self.dice.in_hundred(20) {
                    let amount = self.dice.between(-1, i64::from(oracle.account().debt == 0));
                    return self.deposit(amount);
                }
                if self.dice.in_hundred(6) {
                    return Order::OpenAccount { enterprise_verified: true, new_customer: true };
                }
                self.doing(doing, (number, now), application, view, oracle)
            }
        }
    }

    fn refund_kind(&mut self) -> Option<RefundKind> {
        self.dice.one_of(&[None, None, None, Some(RefundKind::Ordinary), Some(RefundKind::FiveDay)])
    }

    fn purchase(&mut self, application: u64) -> Order {
        let plan = self.dice.one_of(&[Plan::Pro, Plan::Pro, Plan::Pro, Plan::Flagship, Plan::Flagship]);
        let plan = if self.dice.in_hundred(2) { Plan::Trial } else { plan };
        let promotion = match self.dice.below(100) {
            0..12 if self.character.promotions => Some(Promotion::FirstPurchase),
            12..22 if self.character.promotions => Some(Promotion::Yearly),
            _ => None,
        };
        let months = match promotion {
            Some(Promotion::Yearly) if self.dice.in_hundred(70) => self.dice.one_of(&[12, 24]),
            Some(Promotion::FirstPurchase) if self.dice.in_hundred(80) => 1,
            _ => self.months(),
        };
        let auto_renew = self.dice.in_hundred(40);
        Order::PurchasePlan { application, plan, months, auto_renew, voucher: self.voucher(), promotion }
    }

    fn buy_add_on(&mut self, number: u64, application: u64, plan: Plan) -> Order {
        self.add_ons.push((application, number));
        let sold = if plan == Plan::Flagship { &KINDS[1..] } else { &KINDS[..5] };
        let kind = if self.dice.in_hundred(90) { self.dice.one_of(sold) } else { self.dice.one_of(&KINDS) };
        let (months, auto_renew) = (self.months(), self.dice.in_hundred(30));
        Order::BuyAddOn { application, add_on: 0, kind, months, auto_renew, voucher: self.voucher() }
    }

    /// One of the last few, now and then with another application's name to it.
    fn add_on(&mut self, application: u64) -> (u64, u128) {
        let recent = &self.add_ons[self.add_ons.len().saturating_sub(6 * self.created as usize)..];
        if recent.is_empty() {
            return (application, u128::from(u64::MAX));
        }
        let here: Vec<_> = recent.iter().copied().filter(|(of, _)| *of == application).collect();
        let (of, step) = if here.is_empty() { self.dice.one_of(recent) } else { self.dice.one_of(&here) };
        (if self.dice.in_hundred(2) { application } else { of }, u128::from(step))
    }

    fn feature(&mut self, application: u64, view: Option<&ApplicationView>) -> Order {
        let feature = self.dice.one_of(&[Feature::PushAll, Feature::Community]);
        let of = |view: &ApplicationView| if feature == Feature::PushAll { view.push_all } else { view.community };
        // Where there is no application, and once in a while elsewhere, as if it had been asked for.
        let state = view.filter(|_| !self.dice.in_hundred(10)).map_or(FeatureState::Requested, of);
        match (state, self.dice.below(10)) {
            (FeatureState::Absent, 0..=7) | (_, 9) => Order::RequestFeature { application, feature },
            (FeatureState::Requested, 0..4) | (FeatureState::Opens(_), 8) => {
                Order::ApproveFeature { application, feature, has_ticket: self.dice.in_hundred(90) }
            }
            (_, 0..6) => Order::WithdrawFeature { application, feature },
            _ => Order::RejectFeature { application, feature },
        }
    }

    fn grant(&mut self, now: Instant) -> Order {
        let again = self.vouchers > 0 && self.dice.in_hundred(15);
        let id = if again { self.vouchers - 1 } else { self.vouchers };
        self.vouchers += u64::from(!again);
        let face = self.dice.one_of(&[9_990, 50_000, 99_900, 100_000, 150_000, 300_000, 1]);
        let expires_on = Day::of(now).plus(i32::try_from(self.dice.between(0, 120)).expect("days"));
        let minimum = self.dice.in_hundred(30).then(|| self.dice.one_of(&[1, 50_000, 99_900, 299_900]));
        let items =
            [Item::Pro, Item::Flagship, Item::GroupMembers, Item::AvCall, Item::DauOverage, Item::HistoryStorage];
        let applies_to = match self.dice.below(10) {
            0..7 => vec![],
            7..9 => vec![self.dice.one_of(&items)],
            _ => vec![self.dice.one_of(&items[..3]), self.dice.one_of(&items[3..])],
        };
        let months_min = self.dice.in_hundred(10).then(|| self.dice.one_of(&[1, 2, 12]));
        let months_max = self.dice.in_hundred(10).then(|| self.dice.one_of(&[12, 24]));
        let pay_mode = self.dice.one_of(&[None, None, Some(PayMode::Prepaid), Some(PayMode::Postpaid)]);
        Order::GrantVoucher(Voucher { id, face, expires_on, minimum, applies_to, months_min, months_max, pay_mode })
    }

    fn measured(&mut self) -> (u64, u64) {
        (self.dice.one_of(&DAU), self.dice.one_of(&GROUPS))
    }

    fn usage(&mut self, now: Instant, application: u64) -> Order {
        let back = match self.dice.below(20) {
            0..14 => self.dice.between(0, 4),
            14..19 => self.dice.between(0, 35),
            _ => self.dice.between(-1, 70),
        };
        let date = Day::of(now).plus(-i32::try_from(back).expect("days"));
        let (dau, peak_groups) = self.measured();
        Order::RecordUsage { application, date, dau, peak_groups }
    }

    fn correction(&mut self, now: Instant, application: u64) -> Order {
        // Often the same day once more: up, and down again before it is billed.
        let again = self.corrected.filter(|_| self.dice.in_hundred(40));
        let back = self.dice.between(-1, 100);
        let fresh = (application, Day::of(now).plus(-i32::try_from(back).expect("days")));
        let (application, date) = again.unwrap_or(fresh);
        self.corrected = Some((application, date));
        let (dau, groups) = self.measured();
        let (dau, peak_groups) = match self.dice.below(10) {
            0 => (None, None),
            1..4 => (Some(dau), None),
            4..6 => (None, Some(groups)),
            _ => (Some(dau), Some(groups)),
        };
        Order::CorrectUsage { application, date, dau, peak_groups }
    }
}

/// A 1st, 2nd, 3rd, 4th, 28th, 29th, 30th or 31st soon after.
fn edge_after(day: Day, dice: &mut Dice) -> Day {
    let wanted = dice.one_of(&[1, 1, 2, 3, 3, 4, 28, 29, 30, 31]);
    (1..63).map(|days| day.plus(days)).find(|day| day.number() == wanted).expect("every such day comes within 62 days")
}
