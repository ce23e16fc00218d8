//! Owns the value-added services that are paid in advance: their names, what an offer of one holds, why one is not sold.
//!
//! Does not own the life of a bought one, nor history storage, which is billed after use.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use super::price_list::OfferPrices;
use crate::charge::Item;
use crate::money::Money;
use crate::plan::{DataSite, Limit, Plan, Quota};

/// What kind of service it is, as the wire names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddOnKind {
    /// AVChatRooms without limit.
    AvchatroomUnlimited,
    /// More members in one group.
    GroupMembers,
    /// More groups for one user.
    GroupsPerUser,
    /// The audio/video call package (S19).
    AvCall,
}

/// The versions of the call package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallVariant {
    /// Free, for some days.
    Trial,
    /// 基础版.
    Basic,
    /// 进阶版.
    Advanced,
    /// 尊享版.
    Premium,
}

/// A service that can be asked for. Only the call package has variants, so a variant of anything else cannot be written.
///
/// ```
/// use subledger_domain::catalog::{AddOn, AddOnKind, CallVariant};
/// assert_eq!(AddOn::of(AddOnKind::GroupMembers, None), Some(AddOn::GroupMembers));
/// assert_eq!(AddOn::of(AddOnKind::GroupMembers, Some(CallVariant::Basic)), None);
/// assert_eq!(AddOn::of(AddOnKind::AvCall, None), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", content = "variant", rename_all = "snake_case")]
pub enum AddOn {
    /// AVChatRooms without limit.
    AvchatroomUnlimited,
    /// More members in one group.
    GroupMembers,
    /// More groups for one user.
    GroupsPerUser,
    /// The call package, in one of its versions.
    AvCall(CallVariant),
}

impl AddOn {
    /// The service of that kind and variant; `None` where a variant is missing or has no place.
    pub fn of(kind: AddOnKind, variant: Option<CallVariant>) -> Option<Self> {
        match (kind, variant) {
            (AddOnKind::AvchatroomUnlimited, None) => Some(Self::AvchatroomUnlimited),
            (AddOnKind::GroupMembers, None) => Some(Self::GroupMembers),
            (AddOnKind::GroupsPerUser, None) => Some(Self::GroupsPerUser),
            (AddOnKind::AvCall, Some(variant)) => Some(Self::AvCall(variant)),
            (AddOnKind::AvCall, None)
            | (AddOnKind::AvchatroomUnlimited | AddOnKind::GroupMembers | AddOnKind::GroupsPerUser, Some(_)) => None,
        }
    }

    /// Its kind.
    pub fn kind(self) -> AddOnKind {
        match self {
            Self::AvchatroomUnlimited => AddOnKind::AvchatroomUnlimited,
            Self::GroupMembers => AddOnKind::GroupMembers,
            Self::GroupsPerUser => AddOnKind::GroupsPerUser,
            Self::AvCall(_) => AddOnKind::AvCall,
        }
    }

    /// Its variant, if its kind has any.
    pub fn variant(self) -> Option<CallVariant> {
        match self {
            Self::AvCall(variant) => Some(variant),
            Self::AvchatroomUnlimited | Self::GroupMembers | Self::GroupsPerUser => None,
        }
    }

    /// The row of the plan matrix it raises; the call package raises none.
    pub fn raises(self) -> Option<Quota> {
        match self {
            Self::AvchatroomUnlimited => Some(Quota::AvchatroomsMax),
            Self::GroupMembers => Some(Quota::GroupMembersMax),
            Self::GroupsPerUser => Some(Quota::GroupsPerUserMax),
            Self::AvCall(_) => None,
        }
    }
}

impl Item {
    /// The item of a line for an add-on; a trial has no line.
    pub fn of_add_on(add_on: AddOn) -> Option<Self> {
        match add_on {
            AddOn::AvchatroomUnlimited => Some(Self::AvchatroomUnlimited),
            AddOn::GroupMembers => Some(Self::GroupMembers),
            AddOn::GroupsPerUser => Some(Self::GroupsPerUser),
            AddOn::AvCall(CallVariant::Basic) => Some(Self::AvCallBasic),
            AddOn::AvCall(CallVariant::Advanced) => Some(Self::AvCallAdvanced),
            AddOn::AvCall(CallVariant::Premium) => Some(Self::AvCallPremium),
            AddOn::AvCall(CallVariant::Trial) => None,
        }
    }
}

/// `group_members`, `av_call basic`
impl fmt::Display for AddOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AvchatroomUnlimited => "avchatroom_unlimited",
            Self::GroupMembers => "group_members",
            Self::GroupsPerUser => "groups_per_user",
            Self::AvCall(CallVariant::Trial) => "av_call trial",
            Self::AvCall(CallVariant::Basic) => "av_call basic",
            Self::AvCall(CallVariant::Advanced) => "av_call advanced",
            Self::AvCall(CallVariant::Premium) => "av_call premium",
        })
    }
}

/// A limit and the figure an add-on lifts it to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Raise {
    /// The row of the matrix.
    pub quota: Quota,
    /// What it becomes; `None` is without limit.
    #[serde(deserialize_with = "stated")]
    pub to: Limit,
}

/// Serde takes a missing `Option` for `None`, which would read a forgotten limit as no limit. This asks for the key.
fn stated<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Limit, D::Error> {
    Limit::deserialize(deserializer)
}

/// What makes an add-on a trial: its length in days and how often it may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrialUse {
    /// Days it lasts, the first one counted.
    pub days: u32,
    /// Times one application may take it.
    pub uses_per_application: u32,
    /// Times all applications of one account together may take it.
    pub uses_per_account: u32,
}

/// One offer of a price list.
#[derive(Debug, Clone, Serialize)]
pub struct AddOnOffer {
    /// What is offered.
    #[serde(flatten)]
    pub add_on: AddOn,
    /// Whether it is only renewed for those who have it, and sold to nobody else.
    pub renewal_only: bool,
    /// The plans it is sold on, at this price and to this effect.
    pub plans: Vec<Plan>,
    /// What it raises.
    pub raises: Option<Raise>,
    /// Set if it is a trial: then `price` is that of all its days, and there are no months.
    pub trial: Option<TrialUse>,
    /// Call minutes given each month; they lapse with it.
    pub gift_minutes: Option<u64>,
    /// Price of one month by region; a region without one does not sell it.
    pub price: OfferPrices,
    /// The higher price it is shown against, where there is one.
    pub list_price: OfferPrices,
    /// The documents it was taken from.
    pub source: String,
}

impl AddOnOffer {
    /// What it raises to on each of its plans.
    pub(super) fn raises_by_plan(&self) -> impl Iterator<Item = PlanRaise> {
        self.raises
            .into_iter()
            .flat_map(|raise| self.plans.iter().map(move |plan| PlanRaise { plan: *plan, to: raise.to }))
    }
}

/// What a payer agrees to with an add-on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddOnTerms {
    /// The list in force at payment.
    pub price_list: String,
    /// Where the application's data lives.
    pub data_site: DataSite,
    /// The plan it was sold on.
    pub plan: Plan,
    /// What was sold.
    pub add_on: AddOn,
    /// Price of one month; of a trial, of all its days.
    pub price: Money,
    /// The higher price it was shown against.
    pub list_price: Option<Money>,
    /// What it raises, on the plan it was sold on.
    pub raises: Option<Raise>,
    /// Set if it is a trial.
    pub trial: Option<TrialUse>,
    /// Call minutes given each month.
    pub gift_minutes: Option<u64>,
    /// To what it raises on each plan that it is sold on (U22, U23). Terms agreed before this was told have none of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub raises_by_plan: Vec<PlanRaise>,
}

/// What a limit becomes on a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanRaise {
    /// The plan.
    pub plan: Plan,
    /// What it becomes; `None` is without limit.
    #[serde(deserialize_with = "stated")]
    pub to: Limit,
}

impl AddOnTerms {
    /// What it raises while its application is on a plan: the limit follows the plan in force (U22, U23). Nothing on a
    /// plan that it is not sold on.
    pub fn raise_on(&self, plan: Plan) -> Option<Raise> {
        let raise = self.raises?;
        if self.raises_by_plan.is_empty() {
            return Some(raise);
        }
        let on_plan = self.raises_by_plan.iter().find(|on| on.plan == plan)?;
        Some(Raise { quota: raise.quota, to: on_plan.to })
    }
}

/// Why an add-on cannot be had. In the order they are looked at (U45): the site before the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSold {
    /// Not for data sites in this region.
    #[error("this add-on is not sold for the application's data site")]
    Here,
    /// Not to anybody who does not have it.
    #[error("this add-on is not sold any more, only renewed for those who have it")]
    Anew,
    /// Not on Trial.
    #[error("this add-on is sold on paid plans only")]
    OnTrial,
    /// Not on this paid plan.
    #[error("this add-on is not sold on the application's plan")]
    OnThisPlan,
}

impl NotSold {
    /// The refusal's name on the wire.
    pub fn code(self) -> &'static str {
        match self {
            Self::Here | Self::Anew => "add_on_not_sold_here",
            Self::OnTrial => "add_on_needs_paid_plan",
            Self::OnThisPlan => "plan_mismatch",
        }
    }
}
