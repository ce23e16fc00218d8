//! Owns how the log reads as a timeline: one line an event, by civil day, each naming its application or payer; what
//! comes again and again, reminders, readings and statements of nothing, as one line for all of it.

use std::collections::BTreeMap;

use serde_json::Value;
use subledger_domain::calendar::{day_of, last_day_before};

/// Events on their way to be told together, and how add-ons are called that were bought before.
#[derive(Default)]
pub(super) struct Timeline {
    entries: Vec<Entry>,
    add_ons: BTreeMap<String, String>,
}

enum Entry {
    /// One event.
    Line { day: String, of: String, told: String, is_order: bool },
    /// Many of a kind for one application or payer: days of reminders, months of statements.
    Many { kind: Many, of: String, day: String, first: String, last: String, count: usize },
    /// Readings of many days, with the highest number of daily users of each application.
    Readings { until: String, highest: BTreeMap<String, u64> },
}

/// What comes again and again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Many {
    Reminders,
    AddOnReminders,
    FreeStatements,
}

impl Timeline {
    pub(super) fn add(&mut self, event: &Value) {
        let Some(kind) = event["type"].as_str() else { return };
        let data = &event["data"][kind];
        let of = of(event, data);
        match kind {
            "RenewalReminded" => self.add_one_of(Many::Reminders, of, event, text(&data["on"])),
            "AddOnReminded" => self.add_one_of(Many::AddOnReminders, of, event, text(&data["on"])),
            "StatementFinalised" if text(&data["total"]["amount"]) == "0.00" => {
                self.add_one_of(Many::FreeStatements, of, event, text(&data["month"]));
            }
            "UsageRecorded" => self.add_reading(of, text(&data["date"]), data["dau"].as_u64().unwrap_or(0)),
            "OrderPaid" => self.add_payment(data),
            _ => {
                let called = self.called(text(&event["stream"]), data);
                let (day, told) = (day(&event["effective_at"]), line(kind, data, &called));
                let is_order = data["charge"].is_object();
                self.entries.extend(told.map(|told| Entry::Line { day, of, told, is_order }));
            }
        }
    }

    /// How the add-on of a stream is called; its first event says it.
    fn called(&mut self, stream: &str, data: &Value) -> String {
        let sold = &data["deal"]["terms"]["add_on"];
        if let Some(kind) = sold["kind"].as_str() {
            let called =
                sold["variant"].as_str().map_or_else(|| kind.to_owned(), |variant| format!("{kind} {variant}"));
            self.add_ons.insert(stream.to_owned(), called);
        }
        self.add_ons.get(stream).cloned().unwrap_or_default()
    }

    fn add_one_of(&mut self, added: Many, its: String, event: &Value, when: &str) {
        for entry in &mut self.entries {
            if let Entry::Many { kind, of, last, count, .. } = entry
                && (*kind, &*of) == (added, &its)
            {
                *count += 1;
                when.clone_into(last);
                return;
            }
        }
        let (day, first, last) = (day(&event["effective_at"]), when.to_owned(), when.to_owned());
        self.entries.push(Entry::Many { kind: added, of: its, day, first, last, count: 1 });
    }

    fn add_reading(&mut self, of: String, date: &str, dau: u64) {
        for entry in &mut self.entries {
            if let Entry::Readings { until, highest } = entry {
                if until.as_str() < date {
                    date.clone_into(until);
                }
                let so_far = highest.entry(of).or_default();
                *so_far = dau.max(*so_far);
                return;
            }
        }
        self.entries.push(Entry::Readings { until: date.to_owned(), highest: BTreeMap::from([(of, dau)]) });
    }

    /// A payment is told with the order it paid for.
    fn add_payment(&mut self, data: &Value) {
        let order = self.entries.iter_mut().rev().find_map(|entry| match entry {
            Entry::Line { told, is_order: true, .. } => Some(told),
            Entry::Line { .. } | Entry::Many { .. } | Entry::Readings { .. } => None,
        });
        if let Some(told) = order {
            told.push_str(&format!("; invoice no. {}, {}", data["number"], from(&data["paid"])));
        }
    }

    /// Everything added since the last time, by day.
    pub(super) fn told(&mut self) -> Vec<String> {
        let mut told: Vec<String> = std::mem::take(&mut self.entries).iter().map(Entry::told).collect();
        // Each begins with its day; what is of one day stays in the log's order.
        told.sort_by(|one, other| one.get(..10).cmp(&other.get(..10)));
        told
    }
}

impl Entry {
    fn told(&self) -> String {
        match self {
            Self::Line { day, of, told, .. } => format!("{day}  {of:<10}  {told}"),
            Self::Many { kind, of, day, first, last, count } => {
                let what = match (kind, count) {
                    (Many::Reminders, 1) => "a reminder".to_owned(),
                    (Many::AddOnReminders, 1) => "a reminder of an add-on".to_owned(),
                    (Many::FreeStatements, 1) => format!("statement of 0.00 for {first}"),
                    (Many::Reminders, _) => format!("reminders on {count} days, {first} to {last}"),
                    (Many::AddOnReminders, _) => format!("reminders of an add-on on {count} days, {first} to {last}"),
                    (Many::FreeStatements, _) => format!("{count} statements of 0.00, {first} to {last}"),
                };
                format!("{day}  {of:<10}  {what}")
            }
            Self::Readings { until, highest } => {
                let each: Vec<String> = highest.iter().map(|(of, dau)| format!("{of} {dau}")).collect();
                format!("{until}  daily users told, at most: {}", each.join(", "))
            }
        }
    }
}

/// The application an event is about, or its payer.
fn of(event: &Value, data: &Value) -> String {
    let stream = text(&event["stream"]);
    match (data["application_id"].as_u64(), stream.strip_prefix("application/")) {
        (Some(application), _) if !stream.starts_with("account/") => application.to_string(),
        (_, Some(application)) => application.to_owned(),
        (_, None) => text(&event["account_id"]).to_owned(),
    }
}

/// What one event says, or nothing for those that only repeat or prepare what another says.
fn line(kind: &str, data: &Value, add_on: &str) -> Option<String> {
    Some(match kind {
        "AccountOpened" => format!("account opened for {}", text(&data["name"])),
        "MoneyDeposited" => format!("{} {} added", money(&data["amount"]), text(&data["kind"])),
        "VoucherGranted" => {
            let (id, last_day) = (text(&data["voucher_id"]), text(&data["expires_on"]));
            format!("voucher {id} of {} given, usable to the end of {last_day}", money(&data["face"]))
        }
        "ApplicationCreated" => {
            format!("{} created, data in {}, on Trial", text(&data["name"]), text(&data["data_site"]))
        }
        "SubscriptionStarted" => format!("{} bought for {}", text(&data["terms"]["plan"]), term(data)),
        "SubscriptionRenewed" => format!("{} renewed for {}", text(&data["terms"]["plan"]), term(data)),
        "AddOnStarted" => format!("{add_on} bought for {}", term(data)),
        "AddOnRenewed" => format!("{add_on} renewed for {}", term(data)),
        "AddOnTrialStarted" => format!("{add_on} tried, free, {}", valid(&data["period"])),
        "AddOnEnded" => format!("{add_on} ended, {}", text(&data["cause"])),
        "AddOnGraceBegan" => format!("grace of {add_on}: in effect until {}", day(&data["until"])),
        "HistoryRetentionSet" => match text(&data["monthly_price"]["amount"]) {
            "" => format!("history is kept for {} days, as the plan includes", data["days"]),
            price => format!("history is kept for {} days, {price} CNY a month", data["days"]),
        },
        "GraceBegan" => {
            format!("grace: paid to the end of {}, usable until {}", text(&data["last_day"]), day(&data["until"]))
        }
        "SubscriptionStopped" => {
            format!("stopped, {}; recycled on {} unless bought again", text(&data["cause"]), day(&data["recycle_at"]))
        }
        "ApplicationSuspended" if data["cause"] == "arrears" => "stopped with its payer".to_owned(),
        "ApplicationSuspended" if data["cause"] == "operator" => {
            format!("stopped by an operator: {}", text(&data["note"]["reason"]))
        }
        "FeatureRequested" => format!("{} asked for", text(&data["feature"])),
        "FeatureWithdrawn" => format!("{} no longer asked for", text(&data["feature"])),
        "FeatureApproved" => format!("{} approved", text(&data["feature"])),
        "FeatureRejected" => format!("{} rejected", text(&data["feature"])),
        "FeatureOpened" => format!("{} opened", text(&data["feature"])),
        "FeatureLost" => format!("{} lost: the plan does not have it", text(&data["feature"])),
        "SuspensionLifted" => format!("no longer stopped for {}", cause(&data["cause"])),
        "ApplicationRecycled" => "recycled for good".to_owned(),
        "StatementFinalised" => {
            let due = match text(&data["due"]["amount"]) {
                "0.00" => String::new(),
                due => format!(", {due} stays owed"),
            };
            let (number, month) = (&data["number"], text(&data["month"]));
            format!("statement no. {number} for {month}: {}, {}{due}", money(&data["total"]), from(&data["paid"]))
        }
        "FellIntoArrears" => {
            format!("in arrears with {}; everything stops on {}", money(&data["amount"]), day(&data["suspend_at"]))
        }
        "ReceivablePaid" => format!("debt paid, {}; {} stays owed", from(&data["paid"]), money(&data["remaining"])),
        "ArrearsCleared" => "no longer in arrears".to_owned(),
        "AccountSuspended" => format!("everything stopped for a debt of {}", money(&data["debt"])),
        "AccountParked" => format!("PARKED: {}", text(&data["invariant"])),
        "AccountUnparked" => "no longer parked".to_owned(),
        "PlanEntered"
        | "ApplicationSuspended"
        | "SubscriptionEnded"
        | "BillingMonthOpened"
        | "StatementDrafted"
        | "BillingMonthPassed"
        | "UsageMonthClosed" => return None,
        other => other.to_owned(),
    })
}

/// `3 months: 2997.00 CNY, 2022-10-12 to 2023-01-11`
fn term(data: &Value) -> String {
    let months = if data["months"] == 1 { "1 month".to_owned() } else { format!("{} months", data["months"]) };
    format!("{months}: {}, {}", money(&data["charge"]["amount"]), valid(&data["period"]))
}

fn cause(cause: &Value) -> &str {
    match text(cause) {
        "expired" => "expiry",
        other => other,
    }
}

/// `300.00 from gift, 699.00 from cash`
fn from(paid: &Value) -> String {
    let parts = ["voucher", "gift", "cash"].map(|source| (source, text(&paid[source]["amount"])));
    let taken = parts.into_iter().filter(|(_, amount)| *amount != "0.00");
    let told: Vec<String> = taken.map(|(source, amount)| format!("{amount} from {source}")).collect();
    if told.is_empty() { "nothing paid".to_owned() } else { told.join(", ") }
}

/// The civil day of an instant as the server writes it, in the billing zone.
pub(super) fn day(instant: &Value) -> String {
    match text(instant).parse::<jiff::Timestamp>() {
        Ok(at) => day_of(at).to_string(),
        Err(_) => text(instant).to_owned(),
    }
}

fn valid(period: &Value) -> String {
    let end = text(&period["end"]).parse::<jiff::Timestamp>();
    end.map_or_else(|_| String::new(), |end| format!("{} to {}", day(&period["start"]), last_day_before(end)))
}

pub(super) fn money(value: &Value) -> String {
    format!("{} {}", text(&value["amount"]), text(&value["currency"]))
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("")
}
