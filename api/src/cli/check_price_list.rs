//! Owns `check-price-list`: a list is well formed, whole, and its worked examples come out.

use std::process::ExitCode;

use subledger_domain::catalog::PriceList;

use super::terminal::say;
use super::{CheckPriceListArgs, Common, Ended};

pub(super) fn run(common: &Common, args: &CheckPriceListArgs) -> Ended {
    let file = args.file.display().to_string();
    let text = std::fs::read_to_string(&args.file).map_err(|fault| format!("{file}: {fault}"))?;
    let list = match PriceList::parse(&file, &text) {
        Ok(list) => list,
        Err(faults) => {
            say(faults.to_string())?;
            return Ok(ExitCode::FAILURE);
        }
    };
    let (id, examples, hash) = (list.id(), list.examples().len(), list.content_hash());
    if common.json {
        say(serde_json::json!({ "price_list": id, "examples": examples, "content_hash": hash }).to_string())?;
    } else {
        say(format!("{file}: price list {id}, {examples} worked examples hold, content hash {hash}"))?;
    }
    Ok(ExitCode::SUCCESS)
}
