//! Owns the readings that were taken where the rules can be read in more than one way. A disagreement with the ledger is
//! first looked for here.

/// A question that the rules leave open, and how the oracle answers it.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// The rule that raises it, and a letter.
    pub id: &'static str,
    /// What is open.
    pub question: &'static str,
    /// What is done here.
    pub reading: &'static str,
}

const fn reading(id: &'static str, question: &'static str, reading: &'static str) -> Reading {
    Reading { id, question, reading }
}

/// All of them, by the rule they belong to.
pub const READINGS: &[Reading] = &[
    // Clock and service.
    reading(
        "R0.a",
        "which moments make a service day or a storage month",
        "only states held for some time: a stop at 00:00:00 takes its whole day, storage switched off at 00:00:00 of the \
         1st costs nothing in that month",
    ),
    reading(
        "R0.b",
        "whether days on which a Trial application was stopped make the month a stop month once it is paid",
        "no: what was never sold cannot be lost to a stop, and Trial days do not prorate a fee (U8)",
    ),
    reading("R0.c", "an order whose instant is before the last one", "it counts as the last one"),
    reading(
        "R0.d",
        "of a split, which amount is multiplied by the part of cash",
        "the rounded amount less what went to debts; cash rounded, gift the rest; what went to debts is split alike",
    ),
    // Arrears.
    reading(
        "U1.a",
        "which orders arrears refuse",
        "those that buy, free ones too: plan, renewal, upgrade, add-on, call trial, raising storage, new application, asking \
         for a feature. Not: refund, downgrade, cancelling, auto-renew switches, lowering storage, other orders about \
         features, readings",
    ),
    reading(
        "U1.b",
        "downgrade, lowering storage, feature request while stopped",
        "`account_suspended` if the account is, else `application_suspended`; refunds, auto-renew switches, cancelling a \
         downgrade, withdrawing, approving and rejecting are not looked at for stops",
    ),
    reading("U3.a", "a gift deposit while owing", "pays the debt like cash"),
    reading(
        "U3.b",
        "`since` once the oldest bill is paid and a later one is not",
        "unchanged: the day from which something was owed without interruption",
    ),
    reading(
        "U4.a",
        "a statement and vouchers with conditions",
        "a voucher covers the lines of its items; its minimum is tested on what it covers; a statement is for one month, and so is an upgrade",
    ),
    reading("U4.b", "how many vouchers pay a statement", "one, the first by B7, as for an order"),
    // Automatic renewal.
    reading(
        "U7.a",
        "when a plan counts as not renewed for its add-ons",
        "from 23:00 of its last day on: an add-on is renewed only if the plan is paid beyond today; also where an add-on \
         with an earlier end comes before the plan in the order of R0",
    ),
    reading(
        "U7.b",
        "automatic renewals under an operator's stop or in arrears",
        "as the order by hand: an operator's stop does not block a plan's, it blocks an add-on's; arrears block both",
    ),
    reading(
        "U7.c",
        "several vouchers that would do together",
        "one is chosen by B7; if it does not do, nothing is renewed",
    ),
    reading(
        "U7.d",
        "the auto-renew switch after the end",
        "off when a new term begins, by `renewals` too, unless the purchase asks for it; months not named are one",
    ),
    // Months and storage.
    reading("U13.a", "days without a reading on a line", "service days without one are counted"),
    reading(
        "U15.a",
        "which moments can make the highest fee of a month",
        "moments in paid service with storage on, each at its plan and by the list of the term it lies in, which a renewal in \
         the grace begins at the old end",
    ),
    reading(
        "U17.a",
        "order of the refusals",
        "Trial, then an unknown step, then nothing to do, then grace, then the month",
    ),
    reading("U18.a", "documents of nothing", "statements only; no order for a call trial, no credit note of zero"),
    reading(
        "U18.b",
        "numbers",
        "one series of the payer over orders, statements and credit notes, in the order of issue",
    ),
    // Vouchers and promotions.
    reading("U19.a", "a voucher that does not exist or is used up", "`voucher_not_applicable`"),
    reading(
        "U45.a",
        "voucher and promotion both wrong",
        "the voucher's refusal, but for its minimum: that is tested on the price after the promotion, and there is none",
    ),
    reading(
        "U45.b",
        "an approval or a downgrade without a ticket",
        "`operator_approval_required`: of a downgrade after plan and state, of an approval before them",
    ),
    reading(
        "U47.a",
        "who may have the first purchase",
        "accounts opened as verified and new, all sites, once as long as it was not used; earlier purchases at list price \
         do not matter",
    ),
    // Stops and returns.
    reading("U21.a", "buying under an operator's stop", "a plan may be bought and renewed; the stop stays"),
    reading(
        "U21.b",
        "Flagship bought for a stopped Pro application with an AVChatRoom pack",
        "the pack stays to its end without use and may be refunded; only an upgrade ends it",
    ),
    reading(
        "U32.a",
        "orders in the seven days after a refund",
        "`renewals` begins a new term of the same plan, as a purchase does; upgrade, downgrade, add-ons and raising storage \
         are `renewal_required`; refund and auto-renew are `not_subscribed`",
    ),
    reading("U32.b", "what accrues after a refund", "overage and storage at the prices agreed last"),
    reading("U34.a", "readings and corrections of a recycled application", "`application_recycled`, as every order"),
    // Changes.
    reading(
        "U22.a",
        "whether the pack's refund can pay the upgrade",
        "yes: the pack is given back first, by the ordinary refund even in its five days; all or nothing; in its grace it ends with nothing",
    ),
    reading(
        "U24.a",
        "a downgrade in grace",
        "`renewal_required`, both timings: nothing is left that it could apply to",
    ),
    reading(
        "U26.a",
        "the old price where a voucher paid",
        "the discount is the promotion's alone; vouchers are payment",
    ),
    reading(
        "U26.b",
        "the old price after a downgrade of a promotional order, or of today",
        "Pro's list price at the discount of the order that bought the day, today too",
    ),
    reading("U27.a", "cancelling when nothing is scheduled", "`downgrade_not_allowed`, without an agreement too"),
    reading("U27.b", "an immediate downgrade when one is scheduled", "`downgrade_already_scheduled`"),
    reading(
        "U28.a",
        "what is new minus old, paid and used",
        "list prices by the day; paid and used are of the order in force and those ahead, returns taken off; the difference and what was used are each rounded once",
    ),
    // Refunds.
    reading(
        "U29.a",
        "used more than paid for the order in force, with orders ahead",
        "paid and used are of all orders together, floor 0; orders that are over do not count",
    ),
    reading("U29.b", "the split of several orders", "by the part of cash in what is left of all of them, rounded once"),
    reading(
        "U30.a",
        "which orders an upgrade or downgrade makes one",
        "the order in force, those ahead and the upgrade's own; later renewals are orders of their own",
    ),
    reading(
        "U31.a",
        "what the five-day refund covers",
        "everything paid for the agreement, renewals ahead too; a term begun by `renewals` after a stop has it, for it \
         started an agreement",
    ),
    reading("U31.b", "`five_day` asked for when the window is closed", "`refund_already_taken`, as when it was used"),
    reading("U33.a", "a refund under an operator's stop", "allowed; the stop by itself gives nothing back"),
    reading(
        "U36.a",
        "add-ons after their last day",
        "`refund` is `not_subscribed`, buying the kind `add_on_already_active`",
    ),
    // Corrections.
    reading(
        "U38.a",
        "a correction of an open month",
        "`invalid_request`: there a later reading corrects an earlier one",
    ),
    reading(
        "U38.b",
        "several corrections of one item before the next statement",
        "one line with the difference of what is due and what was billed; a credit note only below what was billed",
    ),
    reading(
        "U38.c",
        "billed and paid by voucher",
        "the note is over all that was billed too much; what a voucher paid of it comes back neither to a balance nor to a debt",
    ),
    reading(
        "U38.d",
        "as it was paid",
        "cash and gift of the statements that charged the item, later payments of the debt included, credits as what they gave back",
    ),
    reading("U38.e", "a reading before creation in a closed month", "future, then creation, then the month"),
    // Trials of calls and features.
    reading(
        "U41.a",
        "renewing a call trial or its auto-renew",
        "`plan_mismatch`, once it is over too; giving it back is `not_subscribed`",
    ),
    reading("U41.b", "a call trial in grace or while stopped", "`renewal_required`, `application_suspended`"),
    reading(
        "U44.a",
        "withdrawing or approving what was approved",
        "withdrawing is `feature_not_requested`; approving is true already; off Flagship all are `feature_needs_flagship`",
    ),
    reading(
        "S11.a",
        "limits while the application is stopped",
        "those of its plan, add-ons in their own term included; `in_service` says that none can be used",
    ),
    reading(
        "U38.f",
        "a correction of the 1st or 2nd when no statement was drafted",
        "it waits for the statement of the month that runs",
    ),
    reading(
        "U39.a",
        "which list a change of the plan brings",
        "the one in force at the change, from the change on: prices and grace. A scheduled downgrade that nobody renews has \
         the list of its day of order for prices, and the grace of the term that ended",
    ),
    reading(
        "U45.c",
        "add-ons that are over, and unknown ones of a recycled application",
        "site, plan and state come before what the add-on itself is; a renewal looks for the add-on first, refund and \
         auto-renew for the application",
    ),
    // Revenue.
    reading(
        "U48.a",
        "which term an amount is spread over",
        "that of its own line, from its first day to the day before its end: an upgrade's over all that it changes, beside \
         what the old order goes on to earn; days before the booking are earned on its day",
    ),
    reading(
        "U48.b",
        "what a refund takes",
        "its day earns all that is left of every line of the plan or add-on that ends, of those not begun and of an \
         immediate downgrade too, and the credit note is taken back of its own item that day",
    ),
    reading(
        "U48.c",
        "other ends before the time",
        "an AVChatRoom pack that an upgrade ends is a refund; recycling ends the plan and all add-ons; stops end nothing",
    ),
    reading(
        "U48.d",
        "what an immediate downgrade gives back",
        "taken back of the item Flagship over the days after today, to the end of everything paid",
    ),
    reading(
        "U48.e",
        "corrections",
        "revenue of the day on which they are issued, up and down; what a statement charges for its own month is earned on \
         that month's last day, once the statement is final",
    ),
    reading(
        "U48.f",
        "what vouchers paid",
        "earned like money; all that they paid stands apart, and so does what a note could not return because of them",
    ),
    reading("S1.a", "`period` of a plan", "first and last day of the order that pays today, or that paid last"),
];
