//! Owns the laws' own arithmetic: whole fen, and fractions rounded once.
//!
//! Does not own a line of the domain's: it uses no decimal, and of an amount only the text it is written as.

use subledger_domain::money::Money;
use subledger_tests::fixtures::cny;

/// The ledger's largest amount.
pub(super) const LARGEST_FEN: i128 = 100_000_000_000_000;

/// An amount of so many fen.
pub(super) fn yuan(fen: i128) -> Money {
    cny(&written(fen))
}

/// The one spelling of so many fen.
pub(super) fn written(fen: i128) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", fen.abs() / 100, fen.abs() % 100)
}

/// How many fen an amount is.
pub(super) fn fen(amount: Money) -> i128 {
    amount.amount().to_string().replace('.', "").parse().expect("digits, and a minus at most")
}

/// A fraction to the nearest whole, a half away from zero (R0); the denominator is more than nothing.
pub(super) fn half_away(numerator: i128, denominator: i128) -> i128 {
    numerator.signum() * ((2 * numerator.abs() + denominator) / (2 * denominator))
}

/// Months of 365/12 days, in hundredths: what an upgrade pays for (B5, U25, U26).
pub(super) fn hundredths_of_months(days: i128) -> i128 {
    half_away(days * 12 * 100, 365)
}
