//! Owns what is compared of the two sides, and what must hold of the ledger's alone.
//!
//! Does not own the differences that are none: those are settled on either side.

use std::collections::BTreeMap;
use std::fmt::Debug;

use subledger_domain::add_on::Stage;
use subledger_domain::application::{CreatedApplication, FeatureStage};
use subledger_domain::books::Working;
use subledger_domain::entitlement::Entitlements;
use subledger_domain::plan::{self, Limit, Quota};
use subledger_oracle::calendar::Instant;
use subledger_oracle::document::{Document, Kind};
use subledger_oracle::order::{ApplicationId, Feature};
use subledger_oracle::rights::Rights;
use subledger_oracle::view::{AccountState, AddOnState, ApplicationState};
use subledger_oracle::{FeatureState, Oracle};

use crate::both::{Both, Held};
use crate::documents::sorted;
use crate::words;

/// A statement may still be paid or corrected for so many documents after it.
const RECENT: usize = 40;

pub(crate) fn differ(what: &str, ledger: &str, oracle: &str) -> Held {
    Err(format!("{what} differs\n  ledger: {ledger}\n  oracle: {oracle}"))
}

pub(crate) fn same<T: PartialEq + Debug>(what: &str, ledger: T, oracle: T) -> Held {
    if ledger == oracle { Ok(()) } else { differ(what, &format!("{ledger:?}"), &format!("{oracle:?}")) }
}

/// After every step: the money, the state, how much was issued.
pub(crate) fn cheap(both: &Both, at: Instant) -> Held {
    let books = Working::over(&both.books);
    let Some(payer) = books.account() else { return Ok(()) };
    if let Some(parked) = &payer.parked {
        return Err(format!("the payer is parked: {parked}"));
    }
    let told = both.oracle.account();
    let state = match payer.arrears {
        Some(_) if payer.is_suspended() => AccountState::Suspended,
        Some(_) => AccountState::InArrears,
        None => AccountState::Active,
    };
    let (cash, gift, debt) = (words::fen(payer.cash), words::fen(payer.gift), words::fen(payer.debt()));
    same("(cash, gift, debt)", (cash, gift, debt), (told.cash, told.gift, told.debt))?;
    same("the account's state", state, told.state)?;
    if cash < 0 || gift < 0 || debt < 0 || (debt > 0 && cash + gift > 0) || (debt > 0) != payer.arrears.is_some() {
        return Err(format!("balances that cannot be: cash {cash}, gift {gift}, debt {debt}, {:?}", payer.arrears));
    }
    same("the instant all is settled to", both.oracle.settled_to().max(at), at)?;
    let (ledger, oracle) = (&both.documents.issued, both.oracle.issued());
    if ledger.len() != oracle.len() {
        let (last, told) =
            (format!("{}, {:?}", ledger.len(), ledger.last()), format!("{}, {:?}", oracle.len(), oracle.last()));
        return differ("the number of documents", &last, &told);
    }
    Ok(())
}

/// Once a month and at the end.
pub(crate) fn full(both: &mut Both, all: bool) -> Held {
    let books = Working::over(&both.books);
    if let Some(payer) = books.account() {
        let told = both.oracle.account();
        let vouchers: BTreeMap<_, _> =
            payer.vouchers.iter().map(|(id, held)| (id.clone(), words::fen(held.remaining))).collect();
        let oracle = told.vouchers.iter().map(|(id, left)| (words::voucher(*id), *left)).collect();
        same("the vouchers", vouchers, oracle)?;
        let since = payer.arrears.map(|arrears| {
            let since = subledger_domain::calendar::day_of(arrears.since);
            (words::day(since), words::instant(arrears.suspend_at))
        });
        same("since when something is owed, and when that stops", since, told.arrears)?;
    }
    let ids: Vec<_> = books.applications().map(|application| application.id.number()).collect();
    same("the applications", &ids, &both.oracle.application_ids())?;
    for id in ids {
        application(&books, &both.oracle, id)?;
    }
    both.equal_to = documents(both, if all { 0 } else { both.equal_to })?;
    Ok(())
}

fn documents(both: &Both, from: usize) -> Result<usize, String> {
    for (ledger, told) in both.documents.issued.iter().zip(both.oracle.issued()).skip(from) {
        document(ledger, told)?;
    }
    match (&both.documents.draft, both.oracle.draft()) {
        (Some(ledger), Some(told)) => document(ledger, told)?,
        (None, None) => {}
        (ledger, told) => differ("the draft", &format!("{ledger:?}"), &format!("{told:?}"))?,
    }
    let open = both.documents.issued.iter().position(|document| document.amount_due > 0);
    Ok(open.unwrap_or(both.documents.issued.len()).min(both.documents.issued.len().saturating_sub(RECENT)))
}

fn document(ledger: &Document, told: &Document) -> Held {
    let mut told = told.clone();
    // The oracle's own note of what credit notes took off; the ledger's is in its Books.
    (told.credited, told.returned) = ((0, 0), (0, 0));
    if told.kind == Kind::Statement {
        told.lines.sort_by_key(sorted);
        for line in told.lines.iter_mut().filter(|line| line.adjusts.is_some()) {
            (line.peak, line.share, line.days_without_reading) = (None, None, 0);
        }
    }
    same("a document", ledger, &told)
}

/// Everything of one application.
pub(crate) fn application(books: &Working<'_>, oracle: &Oracle, id: ApplicationId) -> Held {
    let (Some(ledger), Some(told)) = (books.application(words::application(id)), oracle.application_view(id)) else {
        return Ok(());
    };
    let agreement = books.running_agreement(ledger).map(|(_, agreement)| agreement);
    let about_to_stop = books.usable_agreement(ledger).is_some_and(|(_, agreement)| agreement.paid_for().is_err());
    let state = match (ledger.recycled_at, ledger.suspensions.is_empty(), about_to_stop) {
        (Some(_), _, _) => ApplicationState::Recycled,
        (None, false, _) => ApplicationState::Suspended,
        (None, true, true) => ApplicationState::Grace,
        (None, true, false) => ApplicationState::Active,
    };
    same("the application's state", state, told.state)?;
    if state == ApplicationState::Recycled {
        return Ok(());
    }
    same("the plan", ledger.plan, words::plan(told.plan))?;
    let stops: BTreeMap<_, _> =
        ledger.suspensions.iter().map(|(cause, at)| (words::cause(*cause), words::instant(*at))).collect();
    same("the stops", stops, told.stops.iter().copied().collect())?;
    same("when it is recycled", ledger.recycle_at.map(words::instant), told.recycles_at)?;
    let running = agreement.map(|agreement| {
        let terms = &agreement.terms;
        let scheduled = agreement.scheduled.as_ref().map(|scheduled| words::instant(scheduled.at));
        (
            words::day(subledger_domain::calendar::day_of(terms.anchor.at)),
            words::day(terms.last_day()),
            terms.auto_renew.map(|renewal| renewal.months),
            scheduled,
        )
    });
    let subscription = told.subscription.as_ref().map(|view| {
        (view.anchor, view.paid_through, view.auto_renew, view.scheduled.map(subledger_oracle::calendar::Day::midnight))
    });
    same("the agreement (anchor, paid through, auto-renew, downgrade)", running, subscription)?;
    add_ons(books, ledger, &told.add_ons)?;
    features(ledger, Feature::PushAll, told.push_all)?;
    features(ledger, Feature::Community, told.community)?;
    let history = ledger.retention.days().unwrap_or_else(|| ledger.included_days());
    same("the days of history", history, told.history_days)?;
    rights(books, oracle, ledger)
}

fn add_ons(books: &Working<'_>, ledger: &CreatedApplication, told: &[subledger_oracle::view::AddOnView]) -> Held {
    let ledgers: BTreeMap<_, _> = books
        .add_ons_of(ledger.id)
        .map(|(id, bought)| {
            let state = match bought.stage {
                Stage::Active => AddOnState::Active,
                Stage::Grace { .. } => AddOnState::Grace,
                Stage::Ended { .. } => AddOnState::Ended,
            };
            let is_ended = state == AddOnState::Ended;
            // Of what is over nothing is renewed, whatever was wished.
            let renewal = bought.terms.auto_renew.filter(|_| !is_ended).map(|renewal| renewal.months);
            (
                id.uuid().as_u128(),
                (words::kind_of(bought.add_on()), state, words::day(bought.terms.last_day()), renewal),
            )
        })
        .collect();
    let oracles = told
        .iter()
        .map(|view| {
            let renewal = view.auto_renew.filter(|_| view.state != AddOnState::Ended);
            (view.id, (view.kind, view.state, view.paid_through, renewal))
        })
        .collect();
    same("the add-ons", ledgers, oracles)
}

fn features(ledger: &CreatedApplication, feature: Feature, told: FeatureState) -> Held {
    let state = match ledger.features.get(&words::feature(feature)) {
        None => FeatureState::Absent,
        Some(FeatureStage::Requested { .. }) => FeatureState::Requested,
        Some(FeatureStage::Approved { opens_at: at } | FeatureStage::Open { since: at }) => {
            FeatureState::Opens(words::instant(*at))
        }
    };
    same("a feature on application", state, told)
}

fn rights(books: &Working<'_>, oracle: &Oracle, ledger: &CreatedApplication) -> Held {
    let Some(told) = oracle.rights(ledger.id.number()) else { return Ok(()) };
    let Some(held) = Entitlements::of(books, ledger.id) else { return Ok(()) };
    let granted = |feature| held.feature(feature).granted;
    same_rights("by Books", &told, held.in_service(), |quota| held.quota(quota).limit, granted)
}

/// S11.a: compared in service; a stopped application has none of them on the ledger's side.
pub(crate) fn same_rights(
    side: &str,
    told: &Rights,
    in_service: bool,
    limit: impl Fn(Quota) -> Limit,
    granted: impl Fn(plan::Feature) -> bool,
) -> Held {
    same("whether it is in service", (side, in_service), (side, told.in_service))?;
    if !told.in_service {
        return Ok(());
    }
    for (quota, (name, oracle)) in Quota::ALL.iter().zip(&told.quotas) {
        same("a quota", (side, quota.name(), limit(*quota)), (side, *name, *oracle))?;
    }
    for feature in plan::Feature::ALL {
        let oracle = told.features.iter().find(|(name, _)| *name == feature.name()).map(|(_, granted)| *granted);
        same("a feature", (side, feature.name(), Some(granted(*feature))), (side, feature.name(), oracle))?;
    }
    Ok(())
}
