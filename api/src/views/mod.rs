//! Owns what readers get to see: how an account, an application, its rights and usage, an event, an estimate, a quote,
//! a price list and a receipt look as JSON. The engine renders a write's resource here before it appends, HTTP renders reads here, so both are the same
//! bytes.
//!
//! Does not own HTTP (`http`) nor what the figures mean (`domain`).

mod account;
mod application;
mod canonical;
mod clock;
mod entitlement;
mod estimate;
mod event;
mod explanation;
mod invoice_page;
mod price_list;
mod quote;
mod quote_token;
mod receipt;
mod refund;
mod usage;
mod wire;

#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};
use subledger_domain::books::Working;
use subledger_domain::settlement;

use crate::engine::Subject;

pub(crate) use canonical::canonical;
pub use clock::clock;
pub use entitlement::{EntitlementsView, VerdictView};
pub use estimate::EstimateView;
pub use event::event;
pub use explanation::ExplainedLine;
pub use invoice_page::{Parties, Past, invoice_page};
pub use price_list::{price_list, price_lists, published_list};
pub use quote::{QuoteAnswer, held_to, quote_of_nothing};
pub use quote_token::QuoteToken;
pub use receipt::answer;
pub use usage::UsageMonthView;
pub use wire::{Instant, Position};

/// A resource as text of a JSON object, as it stands in these Books at `at`; `None` when it does not exist there. `at`
/// is where the Books were taken to (`decide::as_at`), it only chooses which of several paid terms is shown.
pub fn resource(subject: &Subject, books: &Working<'_>, at: Timestamp) -> Option<String> {
    match subject {
        Subject::Account(id) => {
            books.account().filter(|account| account.id == *id).map(|account| text(&account::AccountView::of(account)))
        }
        Subject::Application(id) => application::ApplicationView::of(books, *id, at).map(|view| text(&view)),
        Subject::UsageDay { application_id, date } => settlement::metered_day(books, *application_id, *date, at)
            .map(|day| text(&usage::UsageDayView::of(*application_id, day))),
    }
}

/// The strong ETag of a resource: its text's SHA-256, first 32 hex digits, quoted.
///
/// ```
/// assert_eq!(subledger_api::views::etag("{}"), "\"44136fa355b3678a1146ad16f7e8649e\"");
/// ```
pub fn etag(resource: &str) -> String {
    let digest = Sha256::digest(resource.as_bytes());
    let mut tag = String::with_capacity(34);
    tag.push('"');
    for byte in digest.iter().take(16) {
        write!(tag, "{byte:02x}").expect("a String takes all that is written to it");
    }
    tag.push('"');
    tag
}

/// Any view as text.
pub(crate) fn text(view: &impl Serialize) -> String {
    serde_json::to_string(view).expect("a view is plain data with text for keys, and JSON holds all of that")
}
