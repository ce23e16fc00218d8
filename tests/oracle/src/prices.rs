//! Owns what is for sale: plans, value-added services, their prices by site and price list, promotions, overage.
//!
//! Does not own who may buy what when.

use crate::rounding::Fen;

/// A dated price list, by the epochs of the facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum List {
    /// 2022-07, the default.
    E2,
    /// 2023.
    E3,
    /// 2024.
    E4,
}

/// Where an application's data lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Site {
    /// At home.
    China,
    /// Abroad, as the next three: one price list for all four (U37).
    Singapore,
    /// Frankfurt.
    Germany,
    /// Seoul.
    Korea,
    /// Mumbai.
    India,
}

/// A plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Plan {
    /// Free; every application begins here and never comes back.
    Trial,
    /// Paid.
    Pro,
    /// Paid, the larger.
    Flagship,
}

/// A version of the call pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallPack {
    /// Free for seven days.
    Trial,
    /// With Pro.
    Basic,
    /// With Pro.
    Advanced,
    /// With Flagship.
    Premium,
}

/// A prepaid value-added service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AddOnKind {
    /// Live groups without limit.
    AvchatroomUnlimited,
    /// Members per group.
    GroupMembers,
    /// Groups per user.
    GroupsPerUser,
    /// Audio and video calls.
    AvCall(CallPack),
}

/// What a line charges, and what a voucher may be limited to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item {
    /// The plan; an upgrade is Flagship, an immediate downgrade too.
    Pro,
    /// The plan.
    Flagship,
    /// The pack.
    AvchatroomUnlimited,
    /// The pack.
    GroupMembers,
    /// The pack.
    GroupsPerUser,
    /// The pack, in any version.
    AvCall,
    /// Peak daily users beyond the allowance.
    DauOverage,
    /// Peak groups beyond the allowance.
    GroupOverage,
    /// Longer history.
    HistoryStorage,
}

/// A discount asked for by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promotion {
    /// One month of either plan at a tenth, once for each account.
    FirstPurchase,
    /// Flagship for 12 or 24 months at three quarters.
    Yearly,
}

impl Site {
    /// Whether the list of the sites abroad holds.
    pub fn is_abroad(self) -> bool {
        !matches!(self, Self::China)
    }
}

impl Plan {
    /// The item that a line for this plan charges; Trial is never charged.
    pub fn item(self) -> Item {
        if self == Self::Flagship { Item::Flagship } else { Item::Pro }
    }
}

impl AddOnKind {
    /// The item that a line for it charges.
    pub fn item(self) -> Item {
        match self {
            Self::AvchatroomUnlimited => Item::AvchatroomUnlimited,
            Self::GroupMembers => Item::GroupMembers,
            Self::GroupsPerUser => Item::GroupsPerUser,
            Self::AvCall(_) => Item::AvCall,
        }
    }
}

/// Yuan as fen.
pub const fn yuan(yuan: i64) -> Fen {
    yuan * 100
}

/// The list price of a month of a plan.
pub fn plan_price(list: List, site: Site, plan: Plan) -> Fen {
    match (plan, site.is_abroad()) {
        (Plan::Trial, _) => 0,
        (Plan::Pro, false) if list == List::E4 => yuan(1_499),
        (Plan::Pro, false) => yuan(999),
        (Plan::Flagship, false) | (Plan::Pro, true) => yuan(2_999),
        (Plan::Flagship, true) => yuan(5_999),
    }
}

/// The price of a month of a service for an application on this plan; nothing where it is not offered with it.
pub fn add_on_price(list: List, site: Site, plan: Plan, kind: AddOnKind) -> Option<Fen> {
    let dear = site.is_abroad() && list == List::E2;
    let pick = |cheap: i64, abroad: i64| Some(yuan(if dear { abroad } else { cheap }));
    match (kind, plan) {
        (AddOnKind::AvCall(CallPack::Trial), _) => Some(0),
        (_, Plan::Trial) | (AddOnKind::AvchatroomUnlimited, Plan::Flagship) => None,
        (AddOnKind::AvchatroomUnlimited, Plan::Pro) => pick(1_000, 3_200),
        (AddOnKind::GroupMembers, Plan::Pro | Plan::Flagship) => pick(500, 1_700),
        (AddOnKind::GroupsPerUser, Plan::Pro) => pick(1_100, 3_200),
        (AddOnKind::GroupsPerUser, Plan::Flagship) => pick(900, 3_200),
        (AddOnKind::AvCall(pack), plan) => call_pack_price(list, plan, pack),
    }
}

fn call_pack_price(list: List, plan: Plan, pack: CallPack) -> Option<Fen> {
    let with = if pack == CallPack::Premium { Plan::Flagship } else { Plan::Pro };
    let price = match pack {
        CallPack::Trial => 0,
        CallPack::Basic => 500,
        CallPack::Advanced => 1_000,
        CallPack::Premium => 1_500,
    };
    // From E3 on a pack goes with either plan (facts §1.4).
    (list != List::E2 || plan == with).then_some(yuan(price))
}

/// Whether a service is sold on a site (S19; lifted in E3).
pub fn is_sold_at(list: List, site: Site, kind: AddOnKind) -> bool {
    !matches!(kind, AddOnKind::AvCall(_)) || !site.is_abroad() || list != List::E2
}

/// Whether a service is sold to those who do not have it: the Advanced call pack is renewed only from E3 on (facts §1.4).
pub fn is_sold_anew(list: List, kind: AddOnKind) -> bool {
    list == List::E2 || kind != AddOnKind::AvCall(CallPack::Advanced)
}

/// Days of history that a plan holds for nothing.
pub fn included_history(plan: Plan) -> u32 {
    if plan == Plan::Flagship { 30 } else { 7 }
}

/// The monthly fee of a step of history storage; nothing where the plan has no such step to buy.
pub fn storage_price(list: List, site: Site, plan: Plan, days: u32) -> Option<Fen> {
    let dear = site.is_abroad() && list == List::E2;
    let price = match (plan, days, dear) {
        (Plan::Pro, 30, false) => 500,
        (Plan::Pro, 90, false) => 1_000,
        (Plan::Pro, 180, false) => 1_500,
        (Plan::Pro, 360, false) => 2_500,
        (Plan::Flagship, 90, false) => 500,
        (Plan::Flagship, 180, false) => 1_000,
        (Plan::Flagship, 360, false) => 2_000,
        (Plan::Pro, 30, true) | (Plan::Flagship, 90, true) => 700,
        (Plan::Pro, 90, true) | (Plan::Flagship, 180, true) => 1_280,
        (Plan::Pro, 180, true) => 1_920,
        (Plan::Pro, 360, true) => 2_850,
        (Plan::Flagship, 360, true) => 2_280,
        _ => return None,
    };
    Some(yuan(price))
}

/// Daily users that a paid plan holds.
pub const DAU_INCLUDED: u64 = 10_000;
/// Daily users in a block.
pub const DAU_BLOCK: u64 = 10_000;
/// Groups that a paid plan holds.
pub const GROUPS_INCLUDED: u64 = 100_000;
/// Groups in a block.
pub const GROUPS_BLOCK: u64 = 100_000;

/// Blocks begun beyond the allowance.
pub fn blocks(peak: u64, included: u64, block: u64) -> i64 {
    i64::try_from(peak.saturating_sub(included).div_ceil(block)).expect("a number of blocks fits")
}

/// The price of a block, of users and of groups alike.
pub fn block_price(site: Site) -> Fen {
    yuan(if site.is_abroad() { 3_000 } else { 1_000 })
}

/// What a promotion leaves of the list price, in percent.
pub fn promotion_percent(promotion: Promotion) -> i64 {
    match promotion {
        Promotion::FirstPurchase => 10,
        Promotion::Yearly => 75,
    }
}
