//! Owns what a seed decides before anything happens: how many payers and applications for how long, what they are like,
//! which price lists come, which kinds of orders never do (swarm testing).
//!
//! Does not own what happens then (`life`).

use subledger_domain::catalog::Catalog;
use subledger_oracle::Oracle;
use subledger_oracle::calendar::{Day, Instant};
use subledger_oracle::prices::List;

use crate::dice::Dice;

/// How large worlds may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// At most five application-years: for a build.
    Small,
    /// 1 to 200 applications, 1 to 20 years.
    Full,
}

/// The price lists of a world, for both sides.
#[derive(Clone, Debug)]
pub(crate) struct Prices {
    pub(crate) catalog: Catalog,
    later: Vec<(Instant, List)>,
}

impl Prices {
    /// Both sides know a list by its published text or by the facts; only its day is shared.
    pub(crate) fn of(lists: &[List]) -> Self {
        const TEXTS: [(&str, &str); 3] = [
            ("2022-07.toml", include_str!("../../../domain/price_lists/2022-07.toml")),
            ("2023-03.toml", include_str!("../../../domain/price_lists/2023-03.toml")),
            ("2024-01.toml", include_str!("../../../domain/price_lists/2024-01.toml")),
        ];
        let text = |list: &List| TEXTS[*list as usize];
        let files = std::iter::once(&List::E2).chain(lists).map(text);
        let files = files.map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
        let days = [Day::new(2022, 7, 1), Day::new(2023, 3, 7), Day::new(2024, 1, 1)];
        Self {
            catalog: Catalog::from_lists(files).expect("the shipped lists are checked"),
            later: lists.iter().map(|list| (days[*list as usize].midnight(), *list)).collect(),
        }
    }

    pub(crate) fn oracle(&self) -> Oracle {
        let mut oracle = Oracle::new();
        for (from, list) in &self.later {
            oracle.publish(*from, *list);
        }
        oracle
    }
}

/// A kind of thing that a payer or an operator does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are the orders'")]
pub(crate) enum Doing {
    Usage,
    Renew,
    Purchase,
    BuyAddOn,
    RenewAddOn,
    AutoRenew,
    AddOnAutoRenew,
    Upgrade,
    Downgrade,
    CancelDowngrade,
    RefundPlan,
    RefundAddOn,
    Retention,
    Feature,
    OperatorStop,
    Correct,
    Voucher,
    RunDue,
    TryCalls,
    Anything,
}

/// With the weight each has where it happens at all.
pub(crate) const DOINGS: [(Doing, u64); 20] = [
    (Doing::Usage, 40),
    (Doing::Renew, 10),
    (Doing::Purchase, 6),
    (Doing::BuyAddOn, 7),
    (Doing::RenewAddOn, 5),
    (Doing::AutoRenew, 4),
    (Doing::AddOnAutoRenew, 3),
    (Doing::Upgrade, 4),
    (Doing::Downgrade, 4),
    (Doing::CancelDowngrade, 2),
    (Doing::RefundPlan, 2),
    (Doing::RefundAddOn, 3),
    (Doing::Retention, 4),
    (Doing::Feature, 5),
    (Doing::OperatorStop, 1),
    (Doing::Correct, 4),
    (Doing::Voucher, 3),
    (Doing::RunDue, 5),
    (Doing::TryCalls, 2),
    (Doing::Anything, 4),
];

/// One payer's character.
#[derive(Clone, Debug)]
pub(crate) struct Character {
    pub(crate) applications: u64,
    pub(crate) weights: Vec<u64>,
    /// How often money is short, in hundred.
    pub(crate) poor: u64,
    /// Orders of a year and application.
    pub(crate) pace: i64,
    pub(crate) vouchers: bool,
    pub(crate) promotions: bool,
    pub(crate) abroad: bool,
    pub(crate) long_orders: bool,
}

/// Everything a seed decides beforehand.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) dice: Dice,
    pub(crate) prices: Prices,
    pub(crate) payers: Vec<Character>,
    pub(crate) begin: Instant,
    pub(crate) end: Instant,
}

impl World {
    pub(crate) fn new(seed: u64, size: Size, known: &[Prices]) -> Self {
        let mut dice = Dice::new(seed);
        let (applications, years) = match size {
            Size::Small => {
                let applications = dice.between(1, 3);
                (applications, dice.between(1, 5 / applications))
            }
            Size::Full => {
                let most = dice.one_of(&[3, 10, 30, 200]);
                (dice.between(1, most), dice.between(1, 20))
            }
        };
        let prices = known[usize::try_from(dice.below(known.len() as u64)).expect("a few")].clone();
        let off = dice.one_of(&[0, 15, 40]);
        let mut left = u64::try_from(applications).expect("positive");
        let mut payers = Vec::new();
        while left > 0 {
            let here = dice.below(left.min(12)) + 1;
            left -= here;
            payers.push(character(&mut dice, here, off));
        }
        let begin = Day::new(2022, 7, 1).plus(i32::try_from(dice.below(730)).expect("two years"));
        let end = begin.plus(i32::try_from(years * 365 + years / 4).expect("twenty years"));
        Self { dice, prices, payers, begin: begin.midnight(), end: end.midnight() }
    }
}

fn character(dice: &mut Dice, applications: u64, off: u64) -> Character {
    let essential = |doing: Doing| matches!(doing, Doing::Purchase);
    let weights = DOINGS.map(|(doing, weight)| if !essential(doing) && dice.in_hundred(off) { 0 } else { weight });
    Character {
        applications,
        weights: weights.to_vec(),
        poor: dice.one_of(&[2, 10, 30]),
        pace: dice.one_of(&[15, 30, 60]),
        vouchers: dice.in_hundred(70),
        promotions: dice.in_hundred(70),
        abroad: dice.in_hundred(50),
        long_orders: dice.in_hundred(40),
    }
}

/// The choices of price lists that worlds draw from.
pub(crate) fn choices() -> Vec<Prices> {
    let lists: [&[List]; 5] = [&[], &[], &[List::E3], &[List::E3, List::E4], &[List::E4]];
    lists.iter().map(|lists| Prices::of(lists)).collect()
}
