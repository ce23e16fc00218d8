//! Owns the form of a price list's file: which keys stand where, and where in the text each value stood.
//!
//! Does not own what the values must be (`check`). Every table refuses keys it does not know, so a misspelt price is an
//! error and not a silence.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, IgnoredAny, Visitor};
use toml::Spanned;
use toml::value::Datetime;

use super::add_on::{AddOnKind, CallVariant};
use super::examples::Example;
use super::promotion::PromotionName;
use crate::plan::{Grant, Limit, PaidPlan, Plan};
use crate::terms::Policies;

/// A price list as it stands in its file.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPriceList {
    pub(super) id: Spanned<String>,
    pub(super) name: String,
    pub(super) effective_from: Spanned<Datetime>,
    pub(super) currency: Spanned<String>,
    pub(super) time_zone: Spanned<String>,
    pub(super) source: Spanned<String>,
    pub(super) sites: RawSites,
    pub(super) matrix: RawMatrix,
    pub(super) limits: RawLimits,
    pub(super) plans: RawPlans,
    pub(super) overage: RawOverages,
    pub(super) add_ons: Vec<RawAddOn>,
    pub(super) history_storage: RawStorage,
    pub(super) promotions: Vec<RawPromotion>,
    pub(super) policies: Policies,
    pub(super) policy_sources: Spanned<BTreeMap<Spanned<String>, Spanned<String>>>,
    pub(super) examples: RawExamples,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSites {
    pub(super) source: Spanned<String>,
    pub(super) region: Spanned<BTreeMap<Spanned<String>, Spanned<String>>>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMatrix {
    pub(super) source: Spanned<String>,
    pub(super) quotas: RawRows<RawLimit>,
    pub(super) features: RawRows<Grant>,
}

/// Rows by name; which names there must be is checked later, all at once.
pub(super) type RawRows<T> = Spanned<BTreeMap<Spanned<String>, RawRow<T>>>;

#[derive(serde::Deserialize, Clone, Copy)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRow<T> {
    pub(super) trial: T,
    pub(super) pro: T,
    pub(super) flagship: T,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLimits {
    pub(super) source: Spanned<String>,
    pub(super) months_min: Spanned<u32>,
    pub(super) months_max: Spanned<u32>,
    pub(super) applications_max: Spanned<u32>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPlans {
    pub(super) pro: RawPlanPrice,
    pub(super) flagship: RawPlanPrice,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPlanPrice {
    pub(super) monthly_price: RawPrices,
    pub(super) source: Spanned<String>,
}

/// A price in every region.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPrices {
    pub(super) china: Spanned<String>,
    pub(super) overseas: Spanned<String>,
}

/// A price in some regions; where there is none, nothing is sold.
#[derive(serde::Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct RawOfferPrices {
    pub(super) china: Option<Spanned<String>>,
    pub(super) overseas: Option<Spanned<String>>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawOverages {
    pub(super) dau: RawOverage,
    pub(super) groups: RawOverage,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawOverage {
    pub(super) block: Spanned<u64>,
    pub(super) block_price: RawPrices,
    pub(super) source: Spanned<String>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAddOn {
    pub(super) kind: Spanned<AddOnKind>,
    pub(super) variant: Option<Spanned<CallVariant>>,
    pub(super) renewal_only: Option<Spanned<bool>>,
    pub(super) plans: Spanned<Vec<Plan>>,
    pub(super) raises_to: Option<Spanned<RawLimit>>,
    pub(super) trial: Option<Spanned<RawTrial>>,
    pub(super) gift_minutes: Option<u64>,
    pub(super) price: Spanned<RawOfferPrices>,
    pub(super) list_price: Option<Spanned<RawOfferPrices>>,
    pub(super) source: Spanned<String>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTrial {
    pub(super) days: u32,
    pub(super) uses_per_application: u32,
    pub(super) uses_per_account: u32,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStorage {
    pub(super) source: Spanned<String>,
    pub(super) steps: Vec<RawStep>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStep {
    pub(super) plan: PaidPlan,
    pub(super) days: Spanned<u32>,
    pub(super) monthly_price: RawPrices,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPromotion {
    pub(super) name: Spanned<PromotionName>,
    pub(super) plans: Spanned<Vec<PaidPlan>>,
    pub(super) months: Spanned<Vec<u32>>,
    pub(super) price_percent: Spanned<i64>,
    pub(super) renewals: bool,
    pub(super) once_per_account: bool,
    pub(super) new_customers_only: bool,
    pub(super) enterprise_verified_only: bool,
    pub(super) source: Spanned<String>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawExamples {
    pub(super) cases: Spanned<Vec<Spanned<Example>>>,
}

/// Where each policy stands. A second reading of the file, because [`Policies`] is the terms' own type and carries no
/// places.
#[derive(serde::Deserialize)]
pub(super) struct PolicyPlaces {
    pub(super) policies: BTreeMap<Spanned<String>, IgnoredAny>,
}

/// `1000` or `"unlimited"`.
#[derive(Debug, Clone, Copy)]
pub(super) struct RawLimit(pub(super) Limit);

impl<'de> Deserialize<'de> for RawLimit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LimitVisitor;
        impl Visitor<'_> for LimitVisitor {
            type Value = RawLimit;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number or \"unlimited\"")
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<RawLimit, E> {
                let limit =
                    u64::try_from(number).map_err(|_| E::invalid_value(de::Unexpected::Signed(number), &self))?;
                Ok(RawLimit(Some(limit)))
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<RawLimit, E> {
                Ok(RawLimit(Some(number)))
            }
            fn visit_str<E: de::Error>(self, word: &str) -> Result<RawLimit, E> {
                match word {
                    "unlimited" => Ok(RawLimit(None)),
                    other => Err(E::invalid_value(de::Unexpected::Str(other), &self)),
                }
            }
        }
        deserializer.deserialize_any(LimitVisitor)
    }
}
