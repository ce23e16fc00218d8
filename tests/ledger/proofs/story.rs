//! Owns a seeded mix of orders over most of a year: accepted ones and refused ones, in terms, in grace, after stops and
//! after recycling.

use jiff::{SignedDuration, Timestamp};
use subledger_domain::account::DepositKind;
use subledger_domain::ids::AccountId;
use subledger_domain::plan::{DataSite, Plan};

use super::node::{Asked, account, application, birth};
use super::seed::Seeded;

const SITES: [DataSite; 3] = [DataSite::China, DataSite::Singapore, DataSite::Germany];
const APPLICATIONS_OF_A_PAYER: u64 = 3;

/// An order, when it is sent, and under which key.
pub(super) struct Moment {
    pub(super) at: Timestamp,
    pub(super) asked: Asked,
    pub(super) key: String,
}

/// So many payers, and so many orders besides those that bring them and their applications about. The last order of
/// every payer comes at the end, so that whatever was due by then is settled whichever way time is told to pass.
pub(super) fn mixed(chance: &mut Seeded, payers: u64, orders: u64) -> Vec<Moment> {
    let payers: Vec<(AccountId, u64)> = (0..payers).map(|n| (account(&format!("payer-{n}")), n)).collect();
    let mut at = birth();
    let mut moments: Vec<(Timestamp, Asked)> = Vec::new();
    for (payer, n) in &payers {
        moments.push((at, Asked::open(payer)));
        for own in 0..APPLICATIONS_OF_A_PAYER {
            moments.push((at, Asked::create(payer, owned(*n, own), *chance.one_of(&SITES))));
        }
    }
    for _ in 0..orders {
        // Often at once, often at midnight, when the timers stand, else anywhere.
        at = match chance.below(4) {
            0 => at,
            1 => midnight_after(at, chance.below(12)),
            _ => later(at, SignedDuration::from_micros(chance.below(6 * 86_400_000_000).cast_signed())),
        };
        let (payer, n) = chance.one_of(&payers);
        moments.push((at, order(chance, payer, *n)));
    }
    at = midnight_after(at, 130);
    moments.extend(payers.iter().map(|(payer, _)| (at, Asked::deposit(payer, "0.01", DepositKind::Gift))));
    let keyed = moments.into_iter().zip(1..);
    keyed.map(|((at, asked), number): (_, u32)| Moment { at, asked, key: format!("order-{number}") }).collect()
}

fn order(chance: &mut Seeded, payer: &AccountId, n: u64) -> Asked {
    let wanted = owned(n, chance.below(APPLICATIONS_OF_A_PAYER));
    let months = u32::try_from(1 + chance.below(3)).expect("small");
    match chance.below(10) {
        0..=2 => {
            let amount = format!("{}.{:02}", 500 + chance.below(9_000), chance.below(100));
            Asked::deposit(payer, &amount, *chance.one_of(&[DepositKind::Cash, DepositKind::Gift]))
        }
        3..=6 => {
            Asked::buy(payer, wanted, *chance.one_of(&[Plan::Pro, Plan::Pro, Plan::Flagship, Plan::Trial]), months)
        }
        _ => Asked::renew(payer, wanted, months),
    }
}

fn owned(payer: u64, own: u64) -> subledger_domain::ids::ApplicationId {
    application(1 + payer * APPLICATIONS_OF_A_PAYER + own)
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).expect("within some years")
}

/// 00:00 in the billing zone, which has no daylight saving and is where `birth` stands at 00:00.
fn midnight_after(at: Timestamp, days: u64) -> Timestamp {
    let hours_since = at.duration_since(birth()).as_hours();
    let days = i64::try_from(days).expect("small");
    later(birth(), SignedDuration::from_hours((hours_since / 24 + 1 + days) * 24))
}
