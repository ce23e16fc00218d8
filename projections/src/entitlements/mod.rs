//! Owns the rights in force as rows: for each application its plan and whether it is in service, one row for each row of
//! the plan matrix, the add-ons in force, how long history is kept, what an operator approved, and what stops it; every one
//! with the event that gave it.
//!
//! Does not own what these come to together: an add-on outlives a stop without effect (U35), a setting of history
//! storage ends with a plan that includes it (U16), a stopped service grants nothing. A fold reads no rows, so each
//! kind of grant has a table of its own, a stop is one change of one row, and the view puts them together. A test holds
//! the view against `domain::entitlement` at every position.

mod fold;
mod table;
mod view;

pub use fold::RightsInForce;
pub use table::{
    ADD_ONS_IN_FORCE, APPLICATION_STOPS, APPLICATIONS_IN_FORCE, ENTITLEMENTS, FEATURE_APPROVALS, HISTORY_SETTINGS,
};
pub use view::{Entitlements, FeatureRow, Ground, QuotaRow, get};

/// Where a right comes from, as rows have it and as readers get it.
const PLAN_SOURCE: &str = "plan";
const ADD_ON_SOURCE: &str = "add_on";
const APPROVAL_SOURCE: &str = "approval";
const SUSPENSION_SOURCE: &str = "suspension";

/// Kinds of rows of [`HISTORY_SETTINGS`].
const SETTING: &str = "setting";
const PLAN_INCLUDES: &str = "plan_includes";
