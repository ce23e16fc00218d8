//! Owns the two shapes of an exact amount and the one rounding, half away from zero.

/// Money in fen.
pub type Fen = i64;

/// A fen cut so finely that the share of a day in a month of 28, 29, 30 or 31 days is a whole number of cuts.
pub const CUTS: i128 = 28 * 29 * 15 * 31;

/// Rounds a fraction half away from zero.
pub fn round(numerator: i128, denominator: i128) -> Fen {
    assert!(denominator > 0, "amounts are divided by something");
    let magnitude = (2 * numerator.abs() + denominator) / (2 * denominator);
    Fen::try_from(magnitude * numerator.signum()).expect("an amount of money fits")
}

/// What one day of a month of so many days is worth, in cuts.
pub fn day_in_cuts(monthly: Fen, days_of_month: i32) -> i128 {
    assert!((28..=31).contains(&days_of_month), "a purchased month has 28 to 31 days");
    i128::from(monthly) * (CUTS / i128::from(days_of_month))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_away_from_zero() {
        let cases = [(1, 2, 1), (-1, 2, -1), (49, 100, 0), (3, 2, 2), (-3, 2, -2), (7, 3, 2), (8, 3, 3), (0, 5, 0)];
        for (numerator, denominator, expected) in cases {
            assert_eq!(round(numerator, denominator), expected, "{numerator}/{denominator}");
        }
    }

    #[test]
    fn a_month_of_days_is_the_month() {
        for days in 28..=31 {
            assert_eq!(round(day_in_cuts(99_900, days) * i128::from(days), CUTS), 99_900);
        }
    }
}
