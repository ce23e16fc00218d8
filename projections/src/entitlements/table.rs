//! Owns the tables of rights. Names keep clear of SQL's own words (`right`, `limit`, `grant`).

use crate::row::table;

table! {
    /// One row for each application: what its rights rest on, and whether it is in service. `changed_position` is that
    /// of the last event any of these tables took from.
    ApplicationRow in APPLICATIONS_IN_FORCE = "applications_in_force", version 3, key 1, indexes &[&["account_id"]];
    application_id: Integer,
    account_id: Text,
    plan: Text,
    plan_event_id: Text,
    plan_position: Integer,
    in_service: Boolean,
    recycled_event_id: Text,
    recycled_position: Integer,
    changed_position: Integer,
}

table! {
    /// One row for each application and row of the plan matrix. `quota_limit` is NULL for a feature and for a quota
    /// without limit; `granted` and `feature_grant` are NULL for a quota. `opened_limit` is what an approval opens: the
    /// number the plan has for communities (S9), which is 0 before.
    RightRow in ENTITLEMENTS = "entitlements", version 3, key 2, indexes &[];
    application_id: Integer,
    name: Text,
    kind: Text,
    quota_limit: Integer,
    opened_limit: Integer,
    granted: Boolean,
    feature_grant: Text,
    source: Text,
    event_id: Text,
    position: Integer,
}

table! {
    /// One row for each add-on that is paid for, tried or in grace. `quota` is NULL for one that raises none. `raised_to`
    /// is JSON, from plans to figures, null for one that lifts a limit altogether: which of them holds follows the plan
    /// (U22, U23). It acts only while the application is in paid service (U35).
    AddOnRow in ADD_ONS_IN_FORCE = "add_ons_in_force", version 3, key 2, indexes &[];
    application_id: Integer,
    add_on_id: Text,
    add_on: Text,
    quota: Text,
    raised_to: Text,
    bought_position: Integer,
    event_id: Text,
    position: Integer,
}

table! {
    /// One row for each time that decides how long history is kept: a setting, with NULL where it asks for no more than
    /// the plan includes, or a plan entered, with what it includes (NULL without limit). A setting ends with a plan that
    /// includes it (U16), so the later rows say whether an earlier one still holds.
    HistoryRow in HISTORY_SETTINGS = "history_settings", version 3, key 2, indexes &[];
    application_id: Integer,
    position: Integer,
    kind: Text,
    days: Integer,
    event_id: Text,
}

table! {
    /// One row for each cause that stops an application now. The earliest is the ground of the stop.
    StopRow in APPLICATION_STOPS = "application_stops", version 3, key 2, indexes &[];
    application_id: Integer,
    cause: Text,
    position: Integer,
    event_id: Text,
}

table! {
    /// One row for each feature of an application that was approved, with when it opens, and whether it has. The event is
    /// the last of these two.
    ApprovalRow in FEATURE_APPROVALS = "feature_approvals", version 3, key 2, indexes &[];
    application_id: Integer,
    feature: Text,
    is_open: Boolean,
    opens_at: Instant,
    position: Integer,
    event_id: Text,
}
