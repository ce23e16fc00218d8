//! Owns `estimate`: the price calculator on the terminal. Opens no ledger and reaches no server.

use std::process::ExitCode;

use serde::de::DeserializeOwned;
use serde::de::value::{Error as WordFault, StrDeserializer};
use subledger_domain::catalog::{AddOn, AddOnKind, CallVariant};
use subledger_domain::estimate::{self, Estimate, Question};

use super::terminal::say;
use super::{Common, Ended, EstimateArgs, catalog};
use crate::clock::Clock;
use crate::views::{self, EstimateView};

pub(super) fn run(common: &Common, args: &EstimateArgs) -> Ended {
    let catalog = catalog(common)?;
    let question = Question {
        data_site: args.site,
        plan: args.plan,
        months: args.months,
        add_ons: args.add_ons.clone(),
        history_retention_days: args.history_retention_days,
        peak_dau: args.peak_dau,
        peak_groups: args.peak_groups,
        promotion: args.promotion,
    };
    let refused = |refusal: subledger_domain::decide::Refusal| format!("{} ({})", refusal, refusal.code());
    let estimate = estimate::estimate(catalog.in_force(Clock::System.now()), &question).map_err(refused)?;
    if common.json {
        say(views::text(&EstimateView::of(&question, &estimate)))?;
    } else {
        say(table(&question, &estimate))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A word of the price list, as the wire writes it.
pub(super) fn word<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    T::deserialize(StrDeserializer::<WordFault>::new(text)).map_err(|fault| fault.to_string())
}

/// `group_members`, `av_call:basic`
pub(super) fn add_on(text: &str) -> Result<AddOn, String> {
    let (kind, variant) = match text.split_once(':') {
        Some((kind, variant)) => (kind, Some(word::<CallVariant>(variant)?)),
        None => (text, None),
    };
    let kind: AddOnKind = word(kind)?;
    AddOn::of(kind, variant).ok_or_else(|| match variant {
        None => format!("{text} comes in variants, like {text}:basic"),
        Some(_) => format!("{text} has no variants"),
    })
}

fn table(question: &Question, estimate: &Estimate) -> String {
    let months = if question.months == 1 { "1 month".to_owned() } else { format!("{} months", question.months) };
    let mut lines = vec![format!("{} for {months}, price list {}", question.plan, estimate.price_list), String::new()];
    for line in &estimate.lines {
        lines.push(format!("{:<48}{:>16}", line.item.description(), line.amount.amount()));
        lines.push(format!("    {}", line.formula));
        // What is billed after use is told for one of the months.
        if !line.formula.ends_with(&format!("= {}", line.amount.amount())) {
            lines.push(format!("    in each of {months}"));
        }
    }
    lines.push(String::new());
    for (name, amount) in
        [("paid in advance", estimate.prepaid), ("billed after use", estimate.postpaid), ("total", estimate.total)]
    {
        lines.push(format!("{name:<48}{:>16} {}", amount.amount(), amount.currency().code()));
    }
    lines.join("\n")
}
