//! Owns how the story is told while it is played: each write, what it brought about, and what is asked in between.

use std::io;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::statement;
use super::timeline::{Timeline, text};
use crate::client::{Client, ClientFault};

/// Readings sent at a time.
const AT_A_TIME: usize = 64;

/// Why the story ends early.
#[derive(Debug, thiserror::Error)]
pub enum DemoFault {
    /// A call failed that the story did not expect to fail.
    #[error(transparent)]
    Client(#[from] ClientFault),
    /// The listener has gone.
    #[error(transparent)]
    Output(#[from] io::Error),
    /// The server let through what a rule forbids.
    #[error("{what} was accepted, though a rule forbids it")]
    NotRefused {
        /// What was asked.
        what: &'static str,
    },
    /// The server does not have what the story brought about.
    #[error("there is no {what}, though the story brought one about")]
    Missing {
        /// What was looked for.
        what: &'static str,
    },
}

pub(super) struct Teller<'c, S> {
    client: &'c Client,
    say: S,
    /// Position of the last event told.
    told: String,
    timeline: Timeline,
    /// While held, events are gathered and not told.
    held: bool,
    keys: u32,
}

impl<'c, S: FnMut(&str) -> io::Result<()>> Teller<'c, S> {
    pub(super) fn new(client: &'c Client, say: S) -> Self {
        Self { client, say, told: "0".to_owned(), timeline: Timeline::default(), held: false, keys: 0 }
    }

    pub(super) fn chapter(&mut self, title: &str) -> Result<(), DemoFault> {
        Ok((self.say)(&format!("\n{title}"))?)
    }

    fn tell(&mut self, line: &str) -> Result<(), DemoFault> {
        Ok((self.say)(&format!("  {line}"))?)
    }

    pub(super) async fn account(&mut self, account: &str, name: &str) -> Result<(), DemoFault> {
        self.write("/v1/accounts", json!({"account_id": account, "name": name})).await
    }

    pub(super) async fn deposit(&mut self, account: &str, amount: &str, kind: &str) -> Result<(), DemoFault> {
        self.keys += 1;
        let amount = json!({"amount": amount, "currency": "CNY"});
        let body = json!({"amount": amount, "kind": kind, "reference": format!("transfer {}", self.keys)});
        self.write(&format!("/v1/accounts/{account}/deposits"), body).await
    }

    pub(super) async fn create(&mut self, account: &str, name: &str, site: &str) -> Result<(), DemoFault> {
        self.write("/v1/applications", json!({"account_id": account, "name": name, "data_site": site})).await
    }

    pub(super) async fn buy(&mut self, application: u64, plan: &str, months: u32) -> Result<(), DemoFault> {
        let body = json!({"plan": plan, "months": months});
        self.write(&format!("/v1/applications/{application}/subscription"), body).await
    }

    pub(super) async fn renew(&mut self, application: u64, months: u32) -> Result<(), DemoFault> {
        let path = format!("/v1/applications/{application}/subscription/renewals");
        self.write(&path, json!({"months": months})).await
    }

    pub(super) async fn add_on(&mut self, application: u64, asked: Value) -> Result<(), DemoFault> {
        self.write(&format!("/v1/applications/{application}/add-ons"), asked).await
    }

    pub(super) async fn keep_history(&mut self, application: u64, days: u32) -> Result<(), DemoFault> {
        let (key, path) = (self.key(), format!("/v1/applications/{application}/history-retention"));
        self.client.put(&path, &key, &json!({"days": days})).await?;
        self.tell_new_events().await
    }

    /// Notes readings of usage, many at a time, as meters do; told with the next write.
    pub(super) async fn measure(&mut self, readings: Vec<(u64, Value)>) -> Result<(), DemoFault> {
        for some in readings.chunks(AT_A_TIME) {
            let mut under_way = JoinSet::new();
            for (application, body) in some {
                let (client, key, body) = (self.client.clone(), self.key(), body.clone());
                let path = format!("/v1/applications/{application}/usage/daily");
                under_way.spawn(async move { client.post(&path, &key, &body).await });
            }
            while let Some(answered) = under_way.join_next().await {
                answered.map_err(io::Error::from)??;
            }
        }
        Ok(())
    }

    pub(super) async fn advance(&mut self, to: &str) -> Result<(), DemoFault> {
        self.write("/v1/clock/advance", json!({"to": to})).await
    }

    async fn write(&mut self, path: &str, body: Value) -> Result<(), DemoFault> {
        let key = self.key();
        self.client.post(path, &key, &body).await?;
        self.tell_new_events().await
    }

    /// An order that a rule forbids.
    pub(super) async fn refused(
        &mut self,
        (application, order): (u64, &str),
        body: Value,
        what: &'static str,
    ) -> Result<(), DemoFault> {
        let key = self.key();
        match self.client.post(&format!("/v1/applications/{application}/{order}"), &key, &body).await {
            Err(ClientFault::Refused { body, .. }) => {
                let (code, detail) = (text(&body["code"]), text(&body["detail"]));
                self.tell(&format!("            {application}  {what}: refused, {code} ({detail})"))
            }
            Err(fault) => Err(fault.into()),
            Ok(_) => Err(DemoFault::NotRefused { what }),
        }
    }

    /// Whether one more fits beside what there is.
    pub(super) async fn may(
        &mut self,
        application: u64,
        (quota, current): (&str, u64),
        what: &str,
    ) -> Result<(), DemoFault> {
        self.ask(json!({"quota": quota, "current": current, "requested": 1}), application, what).await
    }

    /// Whether a feature can be used.
    pub(super) async fn may_use(&mut self, application: u64, feature: &str, what: &str) -> Result<(), DemoFault> {
        self.ask(json!({"feature": feature}), application, what).await
    }

    async fn ask(&mut self, question: Value, application: u64, what: &str) -> Result<(), DemoFault> {
        let path = format!("/v1/applications/{application}/entitlements/check");
        let answer = self.client.ask(&path, &question).await?;
        let allowed = if answer["allowed"] == true { "yes" } else { "no" };
        let because = format!("{}, by the event at {}", text(&answer["reason"]), text(&answer["cause"]["position"]));
        self.tell(&format!("            {application}  {what}? {allowed} ({because})"))
    }

    /// A payer's statement of a month as the payer reads it; answers its id.
    pub(super) async fn statement(&mut self, account: &str, month: &str) -> Result<String, DemoFault> {
        let page = self.client.get(&format!("/v1/accounts/{account}/invoices?limit=200")).await?;
        let mut invoices = page["data"].as_array().into_iter().flatten();
        let statement = invoices.find(|invoice| invoice["month"] == month);
        let statement = statement.ok_or(DemoFault::Missing { what: "statement" })?;
        for line in statement::told(statement) {
            self.tell(&line)?;
        }
        Ok(text(&statement["invoice_id"]).to_owned())
    }

    /// Where a payer stands.
    pub(super) async fn standing(&mut self, account: &str) -> Result<(), DemoFault> {
        let payer = self.client.get(&format!("/v1/accounts/{account}")).await?;
        let page = self.client.get(&format!("/v1/accounts/{account}/invoices?limit=200")).await?;
        let invoices = page["data"].as_array().map_or(&[][..], Vec::as_slice);
        let of_kind = |kind: &str| invoices.iter().filter(|invoice| invoice["kind"] == kind).count();
        let (cash, gift) = (text(&payer["balance"]["cash"]["amount"]), text(&payer["balance"]["gift"]["amount"]));
        let (state, available) = (text(&payer["state"]), text(&payer["available"]["amount"]));
        let (orders, statements) = (of_kind("order"), of_kind("statement"));
        self.tell(&format!("{account}: {state}, cash {cash}, gift {gift}, available {available} CNY"))?;
        self.tell(&format!("    {orders} invoices of orders and {statements} monthly statements"))
    }

    /// One line for each application.
    pub(super) async fn applications(&mut self) -> Result<(), DemoFault> {
        let page = self.client.get("/v1/applications?limit=200").await?;
        for application in page["data"].as_array().into_iter().flatten() {
            let (id, name) = (&application["application_id"], text(&application["name"]));
            let (plan, state) = (text(&application["plan"]), text(&application["state"]));
            let until = match text(&application["subscription"]["paid_through"]) {
                "" => String::new(),
                day => format!(", paid through {day}"),
            };
            self.tell(&format!("{id}  {name:<14} {plan:<9} {state}{until}"))?;
        }
        Ok(())
    }

    async fn tell_new_events(&mut self) -> Result<(), DemoFault> {
        loop {
            let page = self.client.get(&format!("/v1/events?after={}&limit=200", self.told)).await?;
            let events = page["data"].as_array().map_or(&[][..], Vec::as_slice);
            for event in events {
                self.timeline.add(event);
                text(&event["position"]).clone_into(&mut self.told);
            }
            if events.len() < 200 {
                break;
            }
        }
        if self.held { Ok(()) } else { self.tell_gathered() }
    }

    fn tell_gathered(&mut self) -> Result<(), DemoFault> {
        for line in self.timeline.told() {
            self.tell(&line)?;
        }
        Ok(())
    }

    /// Gathers what happens from now on, to be told as one.
    pub(super) fn hold(&mut self) {
        self.held = true;
    }

    /// Tells what was gathered.
    pub(super) fn release(&mut self) -> Result<(), DemoFault> {
        self.held = false;
        self.tell_gathered()
    }

    fn key(&mut self) -> String {
        self.keys += 1;
        format!("demo-{}", self.keys)
    }
}
