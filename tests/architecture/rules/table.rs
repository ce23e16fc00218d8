//! Owns the list of rules that must be shown by a test: the service's own (S), the house's where the documents are silent
//! (R0, U), and the golden cases (A, B, C), each in a sentence, with what counts as showing it.
//!
//! Does not own the rules' text, which the documents have at length.

/// A rule and how it has to be shown.
pub(crate) struct Rule {
    /// Its number.
    pub(crate) id: &'static str,
    /// In a sentence.
    pub(crate) says: &'static str,
    /// What counts.
    pub(crate) shown: Shown,
}

/// What shows a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// A test, anywhere.
    ByTest,
    /// A test of the domain: no store and no wire is needed to see it.
    InDomain,
    /// A test through HTTP on both stores.
    OverHttp,
    /// It may be there or not yet.
    Soon(&'static str),
    /// There is nothing of ours to test.
    Not(&'static str),
}

use Shown::{ByTest, InDomain, Not, OverHttp, Soon};

const fn rule(id: &'static str, says: &'static str, shown: Shown) -> Rule {
    Rule { id, says, shown }
}

pub(crate) const METERING: &str = "raw logins and group events come with metering; a reading arrives counted";

/// The service's own rules.
pub(crate) const SERVICE: [Rule; 19] = [
    rule(
        "S1",
        "Plans are prepaid by the month from day T to day T−1; use beyond them is billed by natural month on the 3rd.",
        ByTest,
    ),
    rule("S2", "Data sites at home and abroad; the price list follows the site.", ByTest),
    rule("S3", "A calculator says what plan, services and estimated use cost together.", ByTest),
    rule(
        "S4",
        "A month in which the service stops is billed all the same, in proportion to the days in service.",
        ByTest,
    ),
    rule(
        "S5",
        "Packages are prepaid only, overage and storage postpaid only, the packs of value-added services prepaid.",
        ByTest,
    ),
    rule("S6", "There are three plans, and a new application is on Trial.", ByTest),
    rule(
        "S7",
        "Trial is left for good; after a stop an application goes on by buying or renewing a paid plan.",
        ByTest,
    ),
    rule("S8", "Push to all: Flagship, on application, open 48 hours after approval, lost on going down.", ByTest),
    rule(
        "S9",
        "Communities: Flagship, on application, with a new enough client, room for 100,000, lost on going down.",
        ByTest,
    ),
    rule(
        "S10",
        "Read receipts of groups: Flagship, with a new enough client, in ordinary groups of up to 200.",
        ByTest,
    ),
    rule("S11", "The matrix of what each plan gives, 25 rows.", ByTest),
    rule("S12", "AVChatRooms are counted over all users of an application; they carry messages only.", ByTest),
    rule("S13", "Net new groups of a day have a limit; dissolving those created that day makes room.", ByTest),
    rule("S14", "A user counts once a day among the daily actives, however often they log in.", Soon(METERING)),
    rule("S15", "Groups of an application are settled on the month's highest value.", ByTest),
    rule("S16", "A value-added service acts on one application only.", ByTest),
    rule(
        "S17",
        "Members of a group depend on its type; an existing group keeps its maximum until it is updated.",
        ByTest,
    ),
    rule("S18", "History is kept up to 360 days; the month it is switched on is charged whole.", ByTest),
    rule("S19", "The call package depends on its version and is not sold abroad for now.", ByTest),
];

/// The house's rules.
pub(crate) const HOUSE: [Rule; 49] = [
    rule(
        "R0",
        "Clock and counting: instants in Asia/Shanghai, their order at one instant, late timers, used days, rounding.",
        InDomain,
    ),
    rule("U1", "In arrears nothing new is sold or given, and nothing at all once it is stopped.", InDomain),
    rule(
        "U2",
        "Each cause of a stop has its own cure; paying a debt neither extends a term nor cures an expiry.",
        InDomain,
    ),
    rule("U3", "A deposit pays the oldest debt first and moves no date; debt zero is cured.", InDomain),
    rule("U4", "A bill takes voucher, gift and cash down to zero, and the rest is owed.", InDomain),
    rule("U5", "A bill while everything is stopped joins the debt and moves no date.", InDomain),
    rule(
        "U6",
        "On one day the settlement comes first and the automatic renewal takes what is left, all or nothing.",
        InDomain,
    ),
    rule("U7", "Of several automatic renewals the first in order is paid; a pack waits for its plan.", InDomain),
    rule("U8", "A month with days of Trial and of Pro: the days of Pro count, with the whole allowance.", InDomain),
    rule("U9", "Days of Trial are no service days of a stop month.", InDomain),
    rule("U10", "Days of grace are service days.", InDomain),
    rule("U11", "The month of coming back is due for its share too.", InDomain),
    rule("U12", "A reading counts by its date, whenever it is sent.", InDomain),
    rule("U13", "A day without a reading is one of nothing, and the line names it.", InDomain),
    rule("U14", "A reading above Trial's cap is stored; growth is refused where it is asked for.", InDomain),
    rule(
        "U15",
        "The storage setting is kept through a stop; coming back is no activation, and its quote shows the fee.",
        InDomain,
    ),
    rule(
        "U16",
        "A change of plan with storage on: the dearer fee of the month; a step that is included ends.",
        InDomain,
    ),
    rule("U17", "Storage off, on again, raised, or set to the same figure.", InDomain),
    rule(
        "U18",
        "A month in service has a statement, even one of nothing; a month without a service day has none.",
        InDomain,
    ),
    rule("U19", "A voucher's `expires_on` is its last usable day; a quote with it is exact or void.", InDomain),
    rule("U20", "Which voucher pays, what is left of it, and what it is not for.", InDomain),
    rule("U21", "After a stop, buying and renewing both start a new term at payment.", InDomain),
    rule(
        "U22",
        "An upgrade ends the AVChatRoom pack with its refund; limits of other packs follow the plan.",
        InDomain,
    ),
    rule("U23", "A downgrade is the mirror: packs stay, limits fall, renewals cost the lower plan's price.", InDomain),
    rule("U24", "In the plan's grace a renewal comes first.", InDomain),
    rule("U25", "An upgrade runs to the end of everything paid.", InDomain),
    rule("U26", "An upgrade has no cap and never credits more than was paid.", InDomain),
    rule(
        "U27",
        "A scheduled downgrade waits for the end of what is paid, can be taken back, and makes renewals cheaper.",
        InDomain,
    ),
    rule("U28", "A downgrade at once gives back the difference of what is not used.", InDomain),
    rule(
        "U29",
        "An ordinary refund is what was paid less what was used, months whole and days of the running one.",
        InDomain,
    ),
    rule("U30", "What was used of a changed order is counted day by day at the plan of the day.", InDomain),
    rule("U31", "Within five days of a first purchase everything comes back, once per account.", InDomain),
    rule("U32", "After a refund the plan is usable for seven days more, and accrues.", InDomain),
    rule("U33", "A refund pays a debt first; in grace and after the stop nothing is left to refund.", InDomain),
    rule("U34", "Ninety days stopped, whatever the causes, an application is recycled; the debt stays.", InDomain),
    rule("U35", "A pack longer than its plan runs on without effect, and acts again with the plan.", InDomain),
    rule("U36", "A pack expires as a plan does.", InDomain),
    rule("U37", "One list for all sites abroad, one statement for all sites of a payer.", InDomain),
    rule(
        "U38",
        "A settled month is corrected upwards with the next statement, downwards by a credit note at once.",
        InDomain,
    ),
    rule("U39", "What was agreed at payment holds to the end of the term.", InDomain),
    rule("U40", "An operator's stop: the term runs on, its days are no service days, other causes stay.", InDomain),
    rule("U41", "The call package is tried for seven days, twice per application and ten times per account.", InDomain),
    rule("U42", "A quote is valued anew at the commit's time; a line that changed makes it stale.", InDomain),
    rule("U43", "An estimate of several months is for all of them.", InDomain),
    rule("U44", "Approvals are lost on leaving Flagship and by nothing else; 48 hours run through a stop.", InDomain),
    rule("U45", "Of several refusals the first of the ladder is told.", InDomain),
    rule(
        "U46",
        "At the instant of the stop timers come first; an order has 1 to 24 months, their sum no cap.",
        InDomain,
    ),
    rule("U47", "A promotion is asked for by name, one per order, and the voucher comes after it.", InDomain),
    rule("U48", "Prepaid revenue accrues by day, postpaid on the last day of its month.", OverHttp),
];

const NOT_SOLD: &str = "of a product that is not sold here; no function of ours computes it";

/// The golden cases.
pub(crate) const GOLDEN: [Rule; 77] = [
    rule("A1.1", "Bought on 02-12 for a month, valid to 03-11.", OverHttp),
    rule("A1.2", "By clock time a month ends at the time of day it was bought.", ByTest),
    rule("A1.3", "Bought on the 1st, valid to the last day of the month.", OverHttp),
    rule("A2.1", "First purchase of Flagship: 299.90.", OverHttp),
    rule("A2.2", "First purchase of Pro: 99.90.", OverHttp),
    rule("A2.10", "Call packages are four fifths of their list price: 500, 1,000, 1,500.", ByTest),
    rule("A3.1", "Three rooms created and dissolved leave 50.", InDomain),
    rule("A3.2", "Three rooms that everybody left leave 47.", InDomain),
    rule("A3.3", "Every day below 10,000: no overage.", OverHttp),
    rule("A3.4", "One day above: billed on that day's value.", OverHttp),
    rule("A3.5", "Five logins of one user are one daily active.", Soon(METERING)),
    rule("A3.6", "10,000 groups today: one more waits until one is dissolved.", InDomain),
    rule("A3.7", "Past 70% of the day's new groups an alarm is called.", Soon(METERING)),
    rule("A4.2", "130,000 groups by blocks of 100,000: 1,000.", ByTest),
    rule("A4.3", "Bandwidth of AVChatRooms by the day.", Not(NOT_SOLD)),
    rule("A4.4", "Two months of roaming at 200,000 daily actives: 2,000.", ByTest),
    rule("A4.5", "A peak of 200,001: 20,000.", ByTest),
    rule("A6.1", "Deductions of a content check.", Not(NOT_SOLD)),
    rule("A6.2", "0.054 in detail is 0.05 deducted.", ByTest),
    rule("A6.3", "A month pack of content checks used up.", Not(NOT_SOLD)),
    rule("B1", "Everything comes back but the voucher: 407.96 as 200.00 and 207.96.", ByTest),
    rule("B2", "362.60 comes back as 177.76 and 184.84.", ByTest),
    rule("B5", "92 days are 3.02 months: 369.648.", ByTest),
    rule("B6", "A month and half of one: 90.", ByTest),
    rule("B7", "Vouchers are used in the order C, B, A, D, E.", OverHttp),
    rule("B9", "Usage of the last evening of January is January's, deducted in February.", ByTest),
    rule("B10", "Gift is consumed before cash.", ByTest),
    rule("C1.1", "Peak 0: nothing.", OverHttp),
    rule("C1.2", "Peak 9,999: nothing.", OverHttp),
    rule("C1.3", "Peak 10,000: nothing.", OverHttp),
    rule("C1.4", "Peak 10,001: 1,000 in China, 3,000 abroad.", OverHttp),
    rule("C1.6", "Peak 20,000: 1,000 and 3,000.", OverHttp),
    rule("C1.7", "Peak 20,001: 2,000 and 6,000.", OverHttp),
    rule("C1.9", "Peak 100,000: 9,000 and 27,000.", OverHttp),
    rule("C2.1", "100,000 groups: nothing.", OverHttp),
    rule("C2.2", "100,001 groups: 1,000 in China, 3,000 abroad.", OverHttp),
    rule("C2.4", "200,000 groups: 1,000 and 3,000.", OverHttp),
    rule("C2.5", "200,001 groups: 2,000 and 6,000.", OverHttp),
    rule("C2.8", "The month's highest value counts, not the one at its end.", OverHttp),
    rule("C3.1", "Pro alone: 999.", OverHttp),
    rule("C3.3", "Pro with everything and overage: 3,599 and 5,500.", OverHttp),
    rule("C3.6", "Pro with the basic call package: 1,499.", OverHttp),
    rule("C3.7", "Flagship with the premium call package: 4,499.", OverHttp),
    rule("C4.1", "Pro abroad: 2,999.", OverHttp),
    rule("C4.2", "Pro abroad with three packs: 11,099, from 2023-03 on 5,599.", OverHttp),
    rule("C4.5", "The call package abroad: refused, from 2023-03 on sold.", OverHttp),
    rule("C5.1", "Twelve months of Pro: 11,988.", OverHttp),
    rule("C5.2", "Twelve months of Flagship: 35,988.", OverHttp),
    rule("C5.5", "Twenty-four months of Flagship: 71,976.", OverHttp),
    rule("C5.6", "0 and 25 months are refused.", OverHttp),
    rule("C6.1", "15 of 30 days used: 499.50 comes back.", OverHttp),
    rule("C6.4", "3 of 30 days of a pack used: 900.00 comes back.", OverHttp),
    rule("C6.5", "Used up: nothing comes back, and it is cleared.", OverHttp),
    rule("C6.6", "5 of 30 days of a promotional month at the full price: nothing comes back.", OverHttp),
    rule("C6.8", "On day 5 after the purchase everything comes back.", OverHttp),
    rule("C6.10", "A renewed month not begun comes back whole: 1,665.00.", OverHttp),
    rule("C7.1", "1,000 for 15 of 31 days: 483.87.", OverHttp),
    rule("C7.4", "Storage 2,500 for 10 of 30 days: 833.33.", OverHttp),
    rule("C7.5", "In the month of activation the whole 2,500.", OverHttp),
    rule("C7.6", "28 of 28 days: the whole 3,000.", OverHttp),
    rule("C7.7", "The month after the stop month: nothing.", OverHttp),
    rule("C8.1", "Switched on on the 28th: the whole month.", OverHttp),
    rule("C8.2", "A second change in a month is refused.", OverHttp),
    rule("C8.4", "Flagship has 30 days already.", OverHttp),
    rule("C8.5", "There is no step of 60 or 361 days.", OverHttp),
    rule("C8.6", "On Trial no step is sold.", OverHttp),
    rule("C9.1", "Not renewed: reminded, usable for seven days, stopped at 00:00 of the eighth.", OverHttp),
    rule("C9.3", "Billed on the 3rd and unpaid: everything stops on the 10th.", OverHttp),
    rule("C9.6", "By the list of 2023 it stops 24 hours after the last day.", OverHttp),
    rule("C9.7", "A top-up within the days of grace is renewed that evening.", OverHttp),
    rule("C10.1", "Bought on 01-31: to 02-27, or 02-28 by the other setting.", OverHttp),
    rule("C10.3", "Bought on 01-29: to 02-27, or 02-28 by the other setting.", OverHttp),
    rule("C10.6", "Bought on 12-15: to 01-14.", OverHttp),
    rule("C10.7", "Bought on 12-01: to 12-31.", OverHttp),
    rule("C11.1", "An upgrade with 15 days left: 980.00, exact 986.30.", InDomain),
    rule("C11.3", "An upgrade with 30 days left: 1,980.00, exact 1,972.60.", InDomain),
    rule("D", "The international line, in another currency.", Not("context only")),
];
