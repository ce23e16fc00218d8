//! Owns how the log reads as a timeline: one line an event, by civil day.

use serde_json::Value;

/// One event as a line for a person, or nothing for those that only repeat what another says.
pub(super) fn line(event: &Value) -> Option<String> {
    let kind = event["type"].as_str()?;
    let data = &event["data"][kind];
    let told = match kind {
        "AccountOpened" => format!("account {} opened", text(&data["account_id"])),
        "MoneyDeposited" => {
            format!("{} {} added, {}", money(&data["amount"]), text(&data["kind"]), text(&data["reference"]))
        }
        "ApplicationCreated" => {
            format!("application {} created, data in {}, on Trial", data["application_id"], text(&data["data_site"]))
        }
        "SubscriptionStarted" => format!(
            "{} bought for {}: {}, {}",
            text(&data["terms"]["plan"]),
            months(&data["months"]),
            money(&data["charge"]["amount"]),
            valid(&data["period"])
        ),
        "SubscriptionRenewed" => format!(
            "{} renewed for {}: {}, {}",
            text(&data["terms"]["plan"]),
            months(&data["months"]),
            money(&data["charge"]["amount"]),
            valid(&data["period"])
        ),
        "OrderPaid" => format!(
            "invoice no. {}: {} paid, {} from gift and {} from cash",
            data["number"],
            money(&data["total"]),
            text(&data["paid"]["gift"]["amount"]),
            text(&data["paid"]["cash"]["amount"])
        ),
        "PlanEntered" => format!("now on {}, before on {}", text(&data["plan"]), text(&data["from"])),
        "RenewalReminded" => format!("reminder: paid to the end of {}", text(&data["last_day"])),
        "GraceBegan" => format!("grace: usable until {}", day(&data["until"])),
        "SubscriptionStopped" => {
            format!("stopped, {}; recycled on {} unless bought again", text(&data["cause"]), day(&data["recycle_at"]))
        }
        "SuspensionLifted" => format!("no longer {}", text(&data["cause"])),
        "ApplicationRecycled" => "recycled for good".to_owned(),
        "ApplicationSuspended" => return None,
        other => other.to_owned(),
    };
    Some(format!("{}  {told}", day(&event["effective_at"])))
}

/// The civil day of an instant as the server writes it, in the billing zone.
pub(super) fn day(instant: &Value) -> String {
    match text(instant).parse::<jiff::Timestamp>() {
        Ok(at) => subledger_domain::calendar::day_of(at).to_string(),
        Err(_) => text(instant).to_owned(),
    }
}

fn valid(period: &Value) -> String {
    let last = text(&period["end"]).parse::<jiff::Timestamp>().ok().map(|end| {
        let start = text(&period["start"]).parse().unwrap_or(end);
        subledger_domain::calendar::Period { start, end }.last_day()
    });
    last.map_or_else(String::new, |last| format!("valid {} to {last}", day(&period["start"])))
}

pub(super) fn money(value: &Value) -> String {
    format!("{} {}", text(&value["amount"]), text(&value["currency"]))
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("")
}

fn months(value: &Value) -> String {
    if value == &Value::from(1) { "1 month".to_owned() } else { format!("{value} months") }
}
