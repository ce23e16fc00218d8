//! Owns the rights in force as rows: for each application its plan and whether it is in service, and one row for each
//! row of the plan matrix, every one with the event that gave it.
//!
//! Does not own the rule that a stopped service grants nothing twice: the rows say what the plan gives, one column says
//! whether it is in service, and the view puts them together. So a stop is one change of one row, and a fold needs to
//! read nothing. A test holds the view against `domain::entitlement` at every position.

mod fold;
mod table;
mod view;

pub use fold::RightsInForce;
pub use table::{APPLICATIONS_IN_FORCE, ENTITLEMENTS};
pub use view::{Entitlements, FeatureRow, Ground, QuotaRow, get};
