//! Owns the tables of rights. Names keep clear of SQL's own words (`right`, `limit`, `grant`).

use crate::row::table;

table! {
    /// One row for each application: what its rights rest on, and what stopped it.
    ApplicationRow in APPLICATIONS_IN_FORCE = "applications_in_force", version 1, key 1, indexes &[&["account_id"]];
    application_id: Integer,
    account_id: Text,
    plan: Text,
    plan_event_id: Text,
    plan_position: Integer,
    in_service: Boolean,
    stop_cause: Text,
    stop_event_id: Text,
    stop_position: Integer,
}

table! {
    /// One row for each application and row of the plan matrix. `quota_limit` is NULL for a feature and for a quota
    /// without limit; `granted` and `feature_grant` are NULL for a quota.
    RightRow in ENTITLEMENTS = "entitlements", version 1, key 2, indexes &[];
    application_id: Integer,
    name: Text,
    kind: Text,
    quota_limit: Integer,
    granted: Boolean,
    feature_grant: Text,
    source: Text,
    event_id: Text,
    position: Integer,
}
