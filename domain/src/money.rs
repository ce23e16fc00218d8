//! Owns amounts: a decimal with its currency, exact to the currency's smallest unit, added and subtracted with checks.
//!
//! Does not own prices (the catalogue) nor shares of them (proration). There are no floats here or anywhere.

use std::fmt;
use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The currencies the ledger keeps. Sites abroad are sold in CNY too (facts §1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum Currency {
    /// Renminbi; its smallest unit is the fen.
    #[default]
    CNY,
}

impl Currency {
    /// Decimals of the smallest unit.
    pub fn decimals(self) -> u32 {
        match self {
            Self::CNY => 2,
        }
    }

    /// The ISO 4217 code.
    pub fn code(self) -> &'static str {
        match self {
            Self::CNY => "CNY",
        }
    }
}

impl FromStr for Currency {
    type Err = MoneyFault;
    fn from_str(code: &str) -> Result<Self, MoneyFault> {
        match code {
            "CNY" => Ok(Self::CNY),
            other => Err(MoneyFault::UnknownCurrency { code: other.to_owned() }),
        }
    }
}

/// Why an amount cannot be made or combined.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyFault {
    /// The text is no plain decimal with exactly the currency's decimals.
    #[error("must be a decimal with exactly {decimals} decimals, like 999.00")]
    Form {
        /// Decimals the currency has.
        decimals: u32,
    },
    /// Another currency than the one the ledger keeps.
    #[error("currency {code} is not kept here; the ledger keeps CNY")]
    UnknownCurrency {
        /// What was sent.
        code: String,
    },
    /// The sum of two currencies has no meaning.
    #[error("amounts in {left} and {right} cannot be combined")]
    MixedCurrencies {
        /// Currency on the left.
        left: &'static str,
        /// Currency on the right.
        right: &'static str,
    },
    /// Outside what the ledger can hold.
    #[error("the amount is beyond {}", Money::LARGEST_TEXT)]
    TooLarge,
}

/// An exact amount of one currency; it may be negative.
///
/// ```
/// use subledger_domain::money::Money;
/// let price: Money = Money::cny("999.00")?;
/// assert_eq!(price.times(12)?, Money::cny("11988.00")?);
/// assert!(Money::cny("999.001").is_err());
/// # Ok::<(), subledger_domain::money::MoneyFault>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Money {
    amount: Decimal,
    currency: Currency,
}

impl Money {
    const LARGEST: i64 = 1_000_000_000_000;
    const LARGEST_TEXT: &'static str = "1,000,000,000,000.00";

    /// Nothing.
    pub fn zero(currency: Currency) -> Self {
        Self { amount: Decimal::new(0, currency.decimals()), currency }
    }

    /// Reads an amount: an optional minus, digits, a point, exactly the currency's decimals.
    ///
    /// # Errors
    /// [`MoneyFault::Form`] and [`MoneyFault::TooLarge`].
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyFault> {
        let form = MoneyFault::Form { decimals: currency.decimals() };
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').ok_or_else(|| form.clone())?;
        let all_digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        let leading_zero = whole.len() > 1 && whole.starts_with('0');
        let exact = fraction.len() == currency.decimals() as usize;
        if !(all_digits(whole) && all_digits(fraction) && exact) || leading_zero || whole.len() > 28 {
            return Err(form);
        }
        let amount = Decimal::from_str_exact(text).map_err(|_| MoneyFault::TooLarge)?;
        if amount.is_zero() && digits.len() < text.len() {
            return Err(form); // "-0.00": one spelling per amount
        }
        Self { amount, currency }.bounded()
    }

    /// [`Money::parse`] in CNY.
    ///
    /// # Errors
    /// As [`Money::parse`].
    pub fn cny(text: &str) -> Result<Self, MoneyFault> {
        Self::parse(text, Currency::CNY)
    }

    /// Rounds an exact figure to the currency's smallest unit, half away from zero (R0). Once per line, never twice.
    ///
    /// # Errors
    /// [`MoneyFault::TooLarge`].
    pub fn rounded(exact: Decimal, currency: Currency) -> Result<Self, MoneyFault> {
        let mut amount = exact.round_dp_with_strategy(currency.decimals(), RoundingStrategy::MidpointAwayFromZero);
        amount.rescale(currency.decimals());
        Self { amount, currency }.bounded()
    }

    /// The figure without its currency.
    pub fn amount(self) -> Decimal {
        self.amount
    }

    /// Its currency.
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// Whether it is more than nothing.
    pub fn is_positive(self) -> bool {
        self.amount > Decimal::ZERO
    }

    /// Whether it is less than nothing.
    pub fn is_negative(self) -> bool {
        self.amount < Decimal::ZERO
    }

    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        self.amount.is_zero()
    }

    /// Sum.
    ///
    /// # Errors
    /// [`MoneyFault::MixedCurrencies`], [`MoneyFault::TooLarge`].
    pub fn plus(self, other: Self) -> Result<Self, MoneyFault> {
        self.same_currency(other)?;
        let amount = self.amount.checked_add(other.amount).ok_or(MoneyFault::TooLarge)?;
        Self { amount, currency: self.currency }.bounded()
    }

    /// Difference; it may be negative.
    ///
    /// # Errors
    /// [`MoneyFault::MixedCurrencies`], [`MoneyFault::TooLarge`].
    pub fn minus(self, other: Self) -> Result<Self, MoneyFault> {
        self.plus(other.negated())
    }

    /// The same amount with the other sign.
    pub fn negated(self) -> Self {
        // Nothing has no sign.
        if self.is_zero() { self } else { Self { amount: -self.amount, ..self } }
    }

    /// A whole multiple, exact.
    ///
    /// # Errors
    /// [`MoneyFault::TooLarge`].
    pub fn times(self, count: u64) -> Result<Self, MoneyFault> {
        let amount = self.amount.checked_mul(Decimal::from(count)).ok_or(MoneyFault::TooLarge)?;
        Self { amount, currency: self.currency }.bounded()
    }

    /// The part of it that `of` is of `whole`, rounded once.
    ///
    /// # Errors
    /// [`MoneyFault::TooLarge`], also when `whole` is nothing.
    pub fn share(self, of: Self, whole: Self) -> Result<Self, MoneyFault> {
        let product = self.amount.checked_mul(of.amount).ok_or(MoneyFault::TooLarge)?;
        let exact = product.checked_div(whole.amount).ok_or(MoneyFault::TooLarge)?;
        Self::rounded(exact, self.currency)
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyFault> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyFault::MixedCurrencies { left: self.currency.code(), right: other.currency.code() })
        }
    }

    /// Every amount passes here: within bounds, with exactly the currency's decimals (a product with 0 has none), and
    /// without the minus that 0.00 − 0.00 would carry.
    fn bounded(self) -> Result<Self, MoneyFault> {
        if self.amount.abs() > Decimal::from(Self::LARGEST) {
            return Err(MoneyFault::TooLarge);
        }
        let mut amount = self.amount;
        amount.rescale(self.currency.decimals());
        if amount.is_zero() {
            amount.set_sign_positive(true);
        }
        Ok(Self { amount, ..self })
    }
}

/// `999.00 CNY`
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency.code())
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire<'a> {
    #[serde(borrow)]
    amount: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    currency: std::borrow::Cow<'a, str>,
}

/// `{"amount":"999.00","currency":"CNY"}`: exactly the currency's decimals, never a number.
impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Wire { amount: self.amount.to_string().into(), currency: self.currency.code().into() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        let currency = wire.currency.parse().map_err(serde::de::Error::custom)?;
        Self::parse(&wire.amount, currency).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_form_is_an_amount() {
        for bad in [
            "", "-0.00", "1", "1.0", "1.000", ".10", "1.", "+1.00", "1e2", "1,000.00", " 1.00", "01.00", "NaN",
            "--1.00",
        ] {
            assert!(Money::cny(bad).is_err(), "{bad:?} was accepted");
        }
        for good in ["0.00", "0.01", "-0.01", "999.00", "1000000000000.00"] {
            assert_eq!(Money::cny(good).expect(good).amount().to_string(), good);
        }
        assert_eq!(Money::cny("1000000000000.01"), Err(MoneyFault::TooLarge));
    }

    #[test]
    fn rounding_is_half_away_from_zero() {
        for (exact, fen) in
            [("0.005", "0.01"), ("0.0049", "0.00"), ("-0.005", "-0.01"), ("466.66666", "466.67"), ("5", "5.00")]
        {
            let exact = Decimal::from_str_exact(exact).expect("a decimal");
            assert_eq!(Money::rounded(exact, Currency::CNY).expect("small").amount().to_string(), fen);
        }
    }

    #[test]
    fn the_wire_form_is_a_string_with_two_decimals() {
        let money = Money::cny("999.00").expect("an amount");
        let json = serde_json::to_string(&money).expect("plain data");
        assert_eq!(json, r#"{"amount":"999.00","currency":"CNY"}"#);
        assert_eq!(serde_json::from_str::<Money>(&json).expect("its own form"), money);
        for bad in [
            r#"{"amount":999.00,"currency":"CNY"}"#,
            r#"{"amount":"999.00","currency":"USD"}"#,
            r#"{"amount":"9.00","currency":"CNY","x":1}"#,
        ] {
            assert!(serde_json::from_str::<Money>(bad).is_err(), "{bad} was accepted");
        }
    }

    #[test]
    fn nothing_times_anything_keeps_its_decimals() {
        let price = Money::cny("999.00").expect("an amount");
        let nothing = price.times(0).expect("small");
        assert_eq!(serde_json::to_string(&nothing).expect("plain data"), r#"{"amount":"0.00","currency":"CNY"}"#);
        assert_eq!(nothing, Money::zero(Currency::CNY));
    }

    #[test]
    fn nothing_less_nothing_can_be_stored_and_read_again() {
        let nothing = Money::zero(Currency::CNY);
        let less = nothing.minus(nothing).expect("small");
        let stored = serde_json::to_string(&less).expect("plain data");
        assert_eq!(serde_json::from_str::<Money>(&stored).expect("its own form"), nothing);
        let rounded = Money::rounded(Decimal::new(-1, 3), Currency::CNY).expect("small");
        assert_eq!(rounded.amount().to_string(), "0.00");
    }

    #[test]
    fn overflow_is_an_error_not_a_panic() {
        let large = Money::cny("1000000000000.00").expect("the largest");
        assert_eq!(large.plus(large), Err(MoneyFault::TooLarge));
        assert_eq!(large.times(u64::MAX), Err(MoneyFault::TooLarge));
    }
}
