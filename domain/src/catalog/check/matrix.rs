//! Owns the check of the plan matrix: every row once, none that is unknown.
//!
//! Does not own what a row means (`plan`).

use std::collections::BTreeMap;

use super::super::fault::Faults;
use super::super::price_list::{ByPlan, Matrix};
use super::super::raw::{RawLimit, RawMatrix, RawRow, RawRows};
use super::source;
use crate::plan::{Feature, Features, Grant, Quota, Quotas};

pub(super) fn matrix(raw: &RawMatrix, faults: &mut Faults<'_>) -> Option<Matrix> {
    let quotas = rows(&raw.quotas, Quota::ALL, Quota::named, Quota::name, faults);
    let features = rows(&raw.features, Feature::ALL, Feature::named, Feature::name, faults);
    let source = source(&raw.source, faults);
    let (quotas, features) = (quotas?, features?);
    Some(Matrix {
        source: source?,
        quotas: ByPlan {
            trial: quotas_of(&quotas, |row| row.trial),
            pro: quotas_of(&quotas, |row| row.pro),
            flagship: quotas_of(&quotas, |row| row.flagship),
        },
        features: ByPlan {
            trial: features_of(&features, |row| row.trial),
            pro: features_of(&features, |row| row.pro),
            flagship: features_of(&features, |row| row.flagship),
        },
    })
}

/// The rows by key; `None` unless each is there.
fn rows<K: Copy + Ord, T: Copy>(
    raw: &RawRows<T>,
    all: &[K],
    named: fn(&str) -> Option<K>,
    name: fn(K) -> &'static str,
    faults: &mut Faults<'_>,
) -> Option<BTreeMap<K, RawRow<T>>> {
    let mut found = BTreeMap::new();
    for (key, row) in raw.get_ref() {
        match named(key.get_ref()) {
            Some(key) => {
                found.insert(key, *row);
            }
            None => faults.add(key.span(), "row_unknown", format!("the plan matrix has no row {}", key.get_ref())),
        }
    }
    for missing in all.iter().filter(|key| !found.contains_key(key)) {
        faults.add(raw.span(), "row_missing", format!("row {} is missing", name(*missing)));
    }
    (found.len() == all.len()).then_some(found)
}

// Written out, so that a new row of the matrix does not compile until lists have it.

fn quotas_of(rows: &BTreeMap<Quota, RawRow<RawLimit>>, plan: fn(&RawRow<RawLimit>) -> RawLimit) -> Quotas {
    let cell = |quota| plan(&rows[&quota]).0;
    Quotas {
        users_max: cell(Quota::UsersMax),
        friends_per_user_max: cell(Quota::FriendsPerUserMax),
        groups_per_user_max: cell(Quota::GroupsPerUserMax),
        group_members_max: cell(Quota::GroupMembersMax),
        groups_max: cell(Quota::GroupsMax),
        avchatrooms_max: cell(Quota::AvchatroomsMax),
        groups_daily_net_new_max: cell(Quota::GroupsDailyNetNewMax),
        history_retention_days: cell(Quota::HistoryRetentionDays),
        dau_included: cell(Quota::DauIncluded),
        peak_groups_included: cell(Quota::PeakGroupsIncluded),
        recent_contacts_max: cell(Quota::RecentContactsMax),
        communities_max: cell(Quota::CommunitiesMax),
    }
}

fn features_of(rows: &BTreeMap<Feature, RawRow<Grant>>, plan: fn(&RawRow<Grant>) -> Grant) -> Features {
    let cell = |feature| plan(&rows[&feature]);
    Features {
        global_access: cell(Feature::GlobalAccess),
        push_all: cell(Feature::PushAll),
        same_platform_multi_device: cell(Feature::SamePlatformMultiDevice),
        local_message_search: cell(Feature::LocalMessageSearch),
        avchatroom_history_for_new_members: cell(Feature::AvchatroomHistoryForNewMembers),
        community: cell(Feature::Community),
        group_read_receipts: cell(Feature::GroupReadReceipts),
        group_targeted_messages: cell(Feature::GroupTargetedMessages),
        avchatroom_online_members: cell(Feature::AvchatroomOnlineMembers),
        avchatroom_broadcast: cell(Feature::AvchatroomBroadcast),
        user_status: cell(Feature::UserStatus),
        conversation_mark: cell(Feature::ConversationMark),
        conversation_group: cell(Feature::ConversationGroup),
        avchatroom_ban_members: cell(Feature::AvchatroomBanMembers),
    }
}
