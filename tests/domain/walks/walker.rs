//! Owns where a walk goes: orders of every kind, sensible and not, at instants where something happens or just has.
//!
//! Does not own what must hold of it (`oracle`).

use jiff::{Timestamp, ToSpan};
use subledger_domain::account::DepositKind;
use subledger_domain::books::Books;
use subledger_domain::catalog::{AddOn, CallVariant, PromotionName};
use subledger_domain::decide::Order;
use subledger_domain::ids::{AddOnId, ApplicationId};
use subledger_domain::money::Money;
use subledger_domain::plan::{DataSite, Feature, Plan};
use subledger_tests::fixtures::{self, beside_chat};

use super::days::{Day, at_second, civil, day_of, first_of, month_of};
use super::dice::Dice;
use super::oracle::Oracle;

const APPLICATIONS: u64 = 4;

const ADD_ONS: [AddOn; 7] = [
    AddOn::AvchatroomUnlimited,
    AddOn::GroupMembers,
    AddOn::GroupsPerUser,
    AddOn::AvCall(CallVariant::Basic),
    AddOn::AvCall(CallVariant::Advanced),
    AddOn::AvCall(CallVariant::Premium),
    AddOn::AvCall(CallVariant::Trial),
];

/// Around each figure at which a fee begins, and some in between.
const DAU: [u64; 12] = [0, 99, 100, 101, 9_999, 10_000, 10_001, 20_000, 20_001, 25_000, 47_000, 130_000];
const GROUPS: [u64; 9] = [0, 100, 101, 99_999, 100_000, 100_001, 200_000, 200_001, 450_000];

/// One who walks: how rich, how busy, and whether somebody looks after what is due.
pub(super) struct Walker {
    pub(super) dice: Dice,
    worker: bool,
    rich: bool,
}

impl Walker {
    pub(super) fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let (worker, rich) = (dice.in_hundred(50), dice.in_hundred(60));
        Self { dice, worker, rich }
    }

    /// Some day around a turn of the year, and the year's end.
    pub(super) fn year(&mut self) -> (Timestamp, Timestamp) {
        let first = first_of(2022 * 12 + 11) + self.dice.between(0, 89);
        (at_second(first, self.dice.between(0, 86_399)), at_second(first + 365, 0))
    }

    /// The instant of the next order: often the same, or around something that is due, the ends and starts of months, or
    /// midnight; sometimes far away.
    pub(super) fn next_instant(&mut self, now: Timestamp, books: &Books) -> Timestamp {
        let second = self.dice.between(-1, 1);
        let at = match self.dice.below(100) {
            0..35 => now,
            35..50 => now.checked_add(self.dice.between(1, 86_400).seconds()).expect("in range"),
            50..68 => books.next_timer().map_or(now, |timer| timer.at.checked_add(second.seconds()).expect("in range")),
            68..82 => {
                let day = self.edge_after(day_of(now));
                at_second(day, second)
            }
            82..98 => at_second(day_of(now) + self.dice.between(1, 7), self.dice.between(0, 86_399)),
            _ => at_second(day_of(now) + self.dice.between(25, 100), second),
        };
        at.max(now)
    }

    /// A 1st, 2nd, 3rd, 4th, 10th, 28th, 29th, 30th or 31st soon after.
    fn edge_after(&mut self, day: Day) -> Day {
        let edges = [1, 2, 3, 4, 10, 28, 29, 30, 31];
        let wanted = self.dice.one_of(&edges);
        (day + 1..day + 63).find(|day| civil(*day).2 == wanted).expect("every such day comes within 62 days")
    }

    fn application(&mut self) -> ApplicationId {
        beside_chat(self.dice.below(APPLICATIONS))
    }

    fn months(&mut self) -> u32 {
        let months = match self.dice.below(100) {
            0..70 => 1,
            70..90 => self.dice.between(2, 5),
            90..96 => 12,
            _ => self.dice.between(0, 26),
        };
        u32::try_from(months).expect("few")
    }

    fn deposit(&mut self, oracle: &Oracle) -> Order {
        let owed = oracle.debt();
        let fen = match self.dice.below(10) {
            0..4 if owed > 0 => (owed + self.dice.between(-1, 1)).max(0),
            4 if owed > 0 => self.dice.between(1, owed),
            0..9 => self.dice.between(0, if self.rich { 3_000_000 } else { 300_000 }),
            _ => 0,
        };
        let kind = if self.dice.in_hundred(25) { DepositKind::Gift } else { DepositKind::Cash };
        let amount = Money::cny(&format!("{}.{:02}", fen / 100, fen % 100)).expect("an amount");
        Order::Deposit { amount, kind, reference: "walk".to_owned() }
    }

    fn usage_of(&mut self, application: ApplicationId, now: Timestamp) -> Order {
        let today = day_of(now);
        let day = match self.dice.below(10) {
            0..7 => today - self.dice.between(0, 6),
            7..9 => first_of(month_of(today)) - self.dice.between(1, 5),
            _ => today + self.dice.between(-40, 1),
        };
        let (year, month, of_month) = civil(day);
        let date = fixtures::day(&format!("{year:04}-{month:02}-{of_month:02}"));
        let (mut dau, mut groups) = (self.dice.one_of(&DAU), self.dice.one_of(&GROUPS));
        if self.dice.in_hundred(2) {
            (dau, groups) = (self.dice.one_of(&[u64::MAX, 4_000_000_001, dau]), self.dice.one_of(&[u64::MAX, groups]));
        }
        fixtures::usage(application, date, dau, groups)
    }

    /// A bought add-on's id, sometimes with another application's name to it, sometimes nobody's.
    fn some_pack(&mut self, oracle: &Oracle) -> (ApplicationId, AddOnId) {
        let all: Vec<_> = oracle.packs.iter().map(|(id, pack)| (pack.application, *id)).collect();
        if all.is_empty() || self.dice.in_hundred(5) {
            return (self.application(), AddOnId::from_uuid(fixtures::uuid(self.dice.below(9))));
        }
        let (application, id) = self.dice.one_of(&all);
        (if self.dice.in_hundred(5) { self.application() } else { application }, id)
    }

    pub(super) fn order(&mut self, now: Timestamp, oracle: &Oracle) -> Order {
        if self.worker && self.dice.in_hundred(10) {
            return Order::RunDue;
        }
        if self.dice.in_hundred(4) {
            return self.voucher(now, oracle);
        }
        let order = if self.dice.in_hundred(75) { self.sensible(now, oracle) } else { self.whatever(now, oracle) };
        self.reduced(order, oracle)
    }

    /// A voucher that may pay anything; one in ten is over, or has an id that was given.
    fn voucher(&mut self, now: Timestamp, oracle: &Oracle) -> Order {
        let number = oracle.vouchers.len() as u64 - u64::from(!oracle.vouchers.is_empty() && self.dice.in_hundred(10));
        let fen = self.dice.one_of(&[0, 1, 9_990, 50_000, 99_900, 100_000, 150_000, 300_000]);
        let (year, month, day) = civil(day_of(now) + self.dice.between(-1, 60));
        let face = format!("{}.{:02}", fen / 100, fen % 100);
        fixtures::grant(&format!("v{number}"), &face, &format!("{year:04}-{month:02}-{day:02}"))
    }

    /// The same order, sometimes with a promotion, sometimes with a voucher, sometimes one that nobody has.
    fn reduced(&mut self, order: Order, oracle: &Oracle) -> Order {
        let order = match order {
            Order::PurchasePlan { .. } if self.dice.in_hundred(30) => {
                let name = self.dice.one_of(&[PromotionName::FirstPurchase, PromotionName::Yearly]);
                fixtures::promoted(order, name)
            }
            order => order,
        };
        match order {
            Order::PurchasePlan { .. }
            | Order::RenewPlan { .. }
            | Order::BuyAddOn { .. }
            | Order::RenewAddOn { .. }
                if self.dice.in_hundred(25) =>
            {
                let number = self.dice.below(oracle.vouchers.len() as u64 + 1);
                fixtures::with_voucher(order, &format!("v{number}"))
            }
            order => order,
        }
    }

    /// What a payer in this situation would order.
    fn sensible(&mut self, now: Timestamp, oracle: &Oracle) -> Order {
        let short = oracle.cash + oracle.gift < if self.rich { 600_000 } else { 100_000 };
        if oracle.debt() > 0 && self.dice.in_hundred(15) || short && self.dice.in_hundred(35) {
            return self.deposit(oracle);
        }
        let known: Vec<_> = oracle.apps.iter().map(|(id, app)| (*id, app.plan, app.in_service())).collect();
        if known.len() < 2 || self.dice.in_hundred(2) {
            return self.creation();
        }
        let (id, plan, in_service) = self.dice.one_of(&known);
        let pro = self.dice.in_hundred(70);
        let wanted = if pro { Plan::Pro } else { Plan::Flagship };
        match (plan, in_service, self.dice.below(100)) {
            (Plan::Trial, true, 0..80) | (Plan::Pro | Plan::Flagship, false, 0..40) => {
                fixtures::purchase(id, wanted, self.months())
            }
            (_, false, 40..60) | (_, true, 80..) => fixtures::renewal(id, self.months()),
            (Plan::Pro | Plan::Flagship, true, 0..12) => {
                let sold = if plan == Plan::Pro { &ADD_ONS[..5] } else { &ADD_ONS[1..6] };
                fixtures::buy_add_on(id, self.dice.one_of(sold), self.months())
            }
            (Plan::Pro | Plan::Flagship, true, 12..24) => self.pack_renewal(oracle),
            (Plan::Pro | Plan::Flagship, true, 24..32) => {
                fixtures::keep_history(id, self.dice.one_of(&[7, 30, 90, 180, 360]))
            }
            (_, true, 32..34) => fixtures::operator_stop(id),
            (_, false, 60..66) => fixtures::lift(id),
            (Plan::Flagship, true, 34..46) => self.about_a_feature(id),
            _ => self.usage_of(id, now),
        }
    }

    fn creation(&mut self) -> Order {
        let site = if self.dice.in_hundred(60) { DataSite::China } else { self.dice.one_of(&DataSite::ALL) };
        fixtures::create(self.application(), site)
    }

    fn about_a_feature(&mut self, id: ApplicationId) -> Order {
        let feature =
            self.dice.one_of(&[Feature::PushAll, Feature::Community, Feature::Community, Feature::UserStatus]);
        match self.dice.below(10) {
            0..5 => fixtures::request(id, feature),
            5..8 => fixtures::approve(id, feature),
            8 => fixtures::reject(id, feature),
            _ => fixtures::withdraw(id, feature),
        }
    }

    fn pack_renewal(&mut self, oracle: &Oracle) -> Order {
        let (application, id) = self.some_pack(oracle);
        fixtures::renew_add_on(application, id, self.months())
    }

    /// Any order at all.
    fn whatever(&mut self, now: Timestamp, oracle: &Oracle) -> Order {
        match self.dice.below(100) {
            0..18 => self.deposit(oracle),
            18..24 => self.creation(),
            24..38 => {
                let plan =
                    self.dice.one_of(&[Plan::Pro, Plan::Pro, Plan::Pro, Plan::Flagship, Plan::Flagship, Plan::Trial]);
                fixtures::purchase(self.application(), plan, self.months())
            }
            38..51 => fixtures::renewal(self.application(), self.months()),
            51..60 => fixtures::buy_add_on(self.application(), self.dice.one_of(&ADD_ONS), self.months()),
            60..64 => {
                let add_on = if self.dice.in_hundred(95) { ADD_ONS[6] } else { self.dice.one_of(&ADD_ONS) };
                fixtures::try_add_on(self.application(), add_on)
            }
            64..68 => self.pack_renewal(oracle),
            68..74 => {
                let days = self.dice.one_of(&[7, 30, 30, 90, 90, 180, 360, 360, 60, 361, 0]);
                fixtures::keep_history(self.application(), days)
            }
            74..76 => fixtures::operator_stop(self.application()),
            76..79 => fixtures::lift(self.application()),
            79..84 => {
                let application = self.application();
                self.about_a_feature(application)
            }
            84..98 => {
                let application = self.application();
                self.usage_of(application, now)
            }
            98 => Order::RunDue,
            _ => fixtures::open_account(),
        }
    }
}
