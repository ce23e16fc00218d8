//! Owns the orders that buy, try and renew value-added services.

use super::admission::{admitted, in_service, months_in_range, not_in_grace};
use super::auto_renew::MONTHS_UNLESS_SAID;
use super::refund::bought_by;
use super::{OrderError, drawn_invoice};
use crate::add_on::{self, AddOnBought, AddOnDeal, EndCause};
use crate::application::CreatedApplication;
use crate::books::Working;
use crate::catalog::{AddOn, PriceList, TrialUse};
use crate::decide::Refusal;
use crate::decide::cascade::Cascade;
use crate::ids::{AddOnId, ApplicationId, VoucherId};
use crate::step::Step;

pub(super) fn buy(
    cascade: &mut Cascade<'_>,
    list: &PriceList,
    application_id: ApplicationId,
    (add_on, months): (AddOn, u32),
    auto_renew: bool,
    voucher_id: Option<VoucherId>,
) -> Result<Vec<Step>, Refusal> {
    months_in_range(list, months)?;
    let deal = offered(&cascade.books, list, application_id, add_on)?;
    list.sold_anew(&deal.terms).map_err(OrderError::from)?;
    let running = running_of_kind(&cascade.books, application_id, add_on);
    let mut steps = Vec::new();
    match running {
        // A paid version ends the trial (U41).
        Some((id, bought)) if bought.is_trial() => {
            steps.push(Step::AddOn(id, add_on::Command::End { cause: EndCause::Superseded, at: cascade.at }));
        }
        Some((_, bought)) => return Err(already_active(bought).into()),
        None => {}
    }
    let id = AddOnId::from_uuid(cascade.ids.draw());
    let (invoice_id, line_id) = drawn_invoice(cascade);
    let at = cascade.at;
    let start = add_on::Command::Start { application_id, months, deal, voucher_id, invoice_id, line_id, at };
    steps.push(Step::AddOn(id, start));
    if auto_renew {
        let set = add_on::Command::SetAutoRenew { months: Some(MONTHS_UNLESS_SAID), at: cascade.at };
        steps.push(Step::AddOn(id, set));
    }
    Ok(steps)
}

pub(super) fn try_out(
    cascade: &mut Cascade<'_>,
    list: &PriceList,
    application_id: ApplicationId,
    add_on: AddOn,
) -> Result<Vec<Step>, Refusal> {
    let deal = offered(&cascade.books, list, application_id, add_on)?;
    let trial = deal.terms.trial.ok_or(OrderError::NoTrial { add_on })?;
    if let Some((_, bought)) = running_of_kind(&cascade.books, application_id, add_on) {
        return Err(already_active(bought).into());
    }
    trials_left(&cascade.books, application_id, trial)?;
    let id = AddOnId::from_uuid(cascade.ids.draw());
    let start = add_on::Command::StartTrial { application_id, deal, days: trial.days, at: cascade.at };
    Ok(vec![Step::AddOn(id, start)])
}

/// Inside its term or its grace it goes on at today's price for today's plan (U22, U36).
pub(super) fn renew(
    cascade: &mut Cascade<'_>,
    list: &PriceList,
    application_id: ApplicationId,
    add_on_id: AddOnId,
    months: u32,
    voucher_id: Option<VoucherId>,
) -> Result<Vec<Step>, Refusal> {
    months_in_range(list, months)?;
    let bought = bought_by(&cascade.books, application_id, add_on_id)?;
    let (add_on, is_trial) = (bought.add_on(), bought.is_trial());
    let deal = offered(&cascade.books, list, application_id, add_on)?;
    if is_trial {
        return Err(add_on::Error::TrialNotRenewable { add_on }.into());
    }
    let (invoice_id, line_id) = drawn_invoice(cascade);
    let renew = add_on::Command::Renew { months, deal, voucher_id, invoice_id, line_id, at: cascade.at };
    Ok(vec![Step::AddOn(add_on_id, renew)])
}

/// The rungs that all three share, down to the plan's state.
fn offered(
    books: &Working<'_>,
    list: &PriceList,
    application_id: ApplicationId,
    add_on: AddOn,
) -> Result<AddOnDeal, Refusal> {
    let application: &CreatedApplication = admitted(books, application_id)?;
    in_service(application)?;
    let terms = list.add_on(add_on, application.data_site, application.plan).map_err(OrderError::from)?;
    not_in_grace(books, application)?;
    Ok(AddOnDeal { terms, policies: list.policies() })
}

fn running_of_kind<'b>(
    books: &'b Working<'_>,
    application_id: ApplicationId,
    add_on: AddOn,
) -> Option<(AddOnId, &'b AddOnBought)> {
    let same_kind = |(_, bought): &(AddOnId, &AddOnBought)| bought.add_on().kind() == add_on.kind();
    books.add_ons_of(application_id).filter(|(_, bought)| bought.is_running()).find(same_kind)
}

fn already_active(bought: &AddOnBought) -> OrderError {
    OrderError::AddOnAlreadyActive { running: bought.add_on(), last_day: bought.terms.last_day() }
}

/// Twice per application, ten times per account (U41).
fn trials_left(books: &Working<'_>, application_id: ApplicationId, trial: TrialUse) -> Result<(), OrderError> {
    let taken = |id: ApplicationId| books.add_ons_of(id).filter(|(_, bought)| bought.is_trial()).count();
    let here = taken(application_id);
    if here >= trial.uses_per_application as usize {
        return Err(OrderError::TrialPackUsedUp { taken: here, most: trial.uses_per_application });
    }
    let everywhere = books.applications().map(|application| taken(application.id)).sum();
    if everywhere >= trial.uses_per_account as usize {
        return Err(OrderError::TrialPackUsedUp { taken: everywhere, most: trial.uses_per_account });
    }
    Ok(())
}
