//! Owns the story that the demonstration tells.

use std::io;

use serde_json::{Value, json};

use super::timeline::{line, money, text};
use crate::client::{Client, ClientFault};

/// The instant the story begins: the first day of golden case C9.1.
pub const BEGINS: &str = "2022-10-12T00:00:00+08:00";

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
}

/// Plays the story against a server whose manual clock stands at [`BEGINS`], telling it line by line.
///
/// # Errors
/// [`DemoFault`].
pub async fn play(client: &Client, say: impl FnMut(&str) -> io::Result<()>) -> Result<(), DemoFault> {
    let mut teller = Teller { client, say, told: "0".to_owned(), keys: 0 };
    teller.trial_and_pro().await?;
    teller.a_second_application_abroad().await?;
    teller.expiry_and_stop().await?;
    teller.back_again().await?;
    teller.the_bill().await
}

struct Teller<'c, S> {
    client: &'c Client,
    say: S,
    /// Position of the last event told.
    told: String,
    keys: u32,
}

impl<S: FnMut(&str) -> io::Result<()>> Teller<'_, S> {
    async fn trial_and_pro(&mut self) -> Result<(), DemoFault> {
        self.chapter("A new application is on Trial, free, within its limits")?;
        self.write("/v1/accounts", json!({"account_id": "acme", "name": "Acme Live Ltd."})).await?;
        self.deposit("5000.00", "cash", "bank transfer 17").await?;
        self.deposit("300.00", "gift", "welcome").await?;
        self.create("Acme chat", "china").await?;
        self.may("avchatrooms_max", 10, "an 11th live group").await?;
        self.chapter("Pro is bought: invoiced, paid gift first, in force at once")?;
        self.write("/v1/applications/1400000001/subscription", json!({"plan": "pro", "months": 1})).await?;
        self.may("avchatrooms_max", 10, "an 11th live group").await?;
        self.may_feature(1_400_000_001, "community", "communities").await
    }

    async fn a_second_application_abroad(&mut self) -> Result<(), DemoFault> {
        self.chapter("Flagship in Singapore: the price list follows the data site")?;
        self.advance("2022-10-20T10:30:00+08:00").await?;
        self.create("Acme abroad", "singapore").await?;
        let too_dear = json!({"plan": "flagship", "months": 1});
        self.refused("/v1/applications/1400000002/subscription", too_dear.clone(), "an order beyond the balance")
            .await?;
        self.deposit("8000.00", "cash", "bank transfer 18").await?;
        self.write("/v1/applications/1400000002/subscription", too_dear).await?;
        self.may_feature(1_400_000_002, "group_read_receipts", "group read receipts").await
    }

    async fn expiry_and_stop(&mut self) -> Result<(), DemoFault> {
        self.chapter("Nobody renews: reminders, seven days of grace, the stop on the right instant")?;
        self.advance("2022-11-18T23:59:59+08:00").await?;
        self.may("groups_per_user_max", 400, "a 401st group of one user, one second before the stop").await?;
        self.advance("2022-11-19T00:00:00+08:00").await?;
        self.may("groups_per_user_max", 400, "the same at 00:00").await?;
        let trial = json!({"plan": "trial", "months": 1});
        self.refused("/v1/applications/1400000001/subscription", trial, "going back to Trial").await
    }

    async fn back_again(&mut self) -> Result<(), DemoFault> {
        self.chapter("A renewal after the stop starts a new term at payment")?;
        self.advance("2022-11-25T09:00:00+08:00").await?;
        self.write("/v1/applications/1400000001/subscription/renewals", json!({"months": 2})).await?;
        self.may("groups_per_user_max", 400, "a 401st group of one user").await?;
        self.chapter("The other application is left alone until it is recycled")?;
        self.advance("2023-02-27T00:00:00+08:00").await
    }

    async fn the_bill(&mut self) -> Result<(), DemoFault> {
        self.chapter("What the payer sees")?;
        let invoices = self.client.get("/v1/accounts/acme/invoices").await?;
        for invoice in invoices["data"].as_array().into_iter().flatten() {
            self.tell(&format!(
                "invoice no. {} of {}: {}",
                invoice["number"],
                text(&invoice["issued_on"]),
                money(&invoice["total"])
            ))?;
            for line in invoice["lines"].as_array().into_iter().flatten() {
                let cause = text(&line["causes"][0]["event_id"]);
                self.tell(&format!("    {}", text(&line["description"])))?;
                self.tell(&format!("    {} — because of {cause}", text(&line["formula"])))?;
            }
        }
        let account = self.client.get("/v1/accounts/acme").await?;
        self.tell(&format!(
            "balance: {} cash, {} gift",
            money(&account["balance"]["cash"]),
            money(&account["balance"]["gift"])
        ))
    }

    async fn create(&mut self, name: &str, site: &str) -> Result<(), DemoFault> {
        self.write("/v1/applications", json!({"account_id": "acme", "name": name, "data_site": site})).await
    }

    async fn deposit(&mut self, amount: &str, kind: &str, reference: &str) -> Result<(), DemoFault> {
        let amount = json!({"amount": amount, "currency": "CNY"});
        self.write("/v1/accounts/acme/deposits", json!({"amount": amount, "kind": kind, "reference": reference})).await
    }

    async fn advance(&mut self, to: &str) -> Result<(), DemoFault> {
        self.write("/v1/clock/advance", json!({"to": to})).await
    }

    async fn write(&mut self, path: &str, body: Value) -> Result<(), DemoFault> {
        let key = self.key();
        self.client.post(path, &key, &body).await?;
        self.tell_new_events().await
    }

    async fn refused(&mut self, path: &str, body: Value, what: &'static str) -> Result<(), DemoFault> {
        let key = self.key();
        match self.client.post(path, &key, &body).await {
            Err(ClientFault::Refused { body, .. }) => Ok(self.tell(&format!(
                "            {what}: refused, {} ({})",
                text(&body["code"]),
                text(&body["detail"])
            ))?),
            Err(fault) => Err(fault.into()),
            Ok(_) => Err(DemoFault::NotRefused { what }),
        }
    }

    async fn may(&mut self, quota: &str, current: u64, what: &str) -> Result<(), DemoFault> {
        self.ask(json!({"quota": quota, "current": current, "requested": 1}), 1_400_000_001, what).await
    }

    async fn may_feature(&mut self, application: u64, feature: &str, what: &str) -> Result<(), DemoFault> {
        self.ask(json!({"feature": feature}), application, what).await
    }

    async fn ask(&mut self, question: Value, application: u64, what: &str) -> Result<(), DemoFault> {
        let path = format!("/v1/applications/{application}/entitlements/check");
        let answer = self.client.ask(&path, &question).await?;
        let allowed = if answer["allowed"] == true { "yes" } else { "no" };
        let because =
            format!("{}, given by the event at {}", text(&answer["reason"]), text(&answer["cause"]["position"]));
        self.tell(&format!("            may {application} have {what}? {allowed} ({because})"))
    }

    async fn tell_new_events(&mut self) -> Result<(), DemoFault> {
        loop {
            let page = self.client.get(&format!("/v1/events?after={}&limit=200", self.told)).await?;
            let events = page["data"].as_array().cloned().unwrap_or_default();
            for event in &events {
                if let Some(line) = line(event) {
                    self.tell(&line)?;
                }
                self.told = text(&event["position"]).to_owned();
            }
            if events.len() < 200 {
                return Ok(());
            }
        }
    }

    fn chapter(&mut self, title: &str) -> io::Result<()> {
        (self.say)(&format!("\n{title}"))
    }

    fn tell(&mut self, line: &str) -> Result<(), DemoFault> {
        Ok((self.say)(&format!("  {line}"))?)
    }

    fn key(&mut self) -> String {
        self.keys += 1;
        format!("demo-{}", self.keys)
    }
}
