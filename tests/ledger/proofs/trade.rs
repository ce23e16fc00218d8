//! Owns one client that trades over the wire: always one write under way, each under its own key, and everything it was
//! ever told kept to the byte.
//!
//! Its orders are such that none may be refused, so any refusal is a fault of the ledger.

use serde_json::{Value, json};

use super::log_check::Acknowledged;
use super::seed::Seeded;
use super::wire::{Answered, Wire};

/// What a month of Pro costs in China, in whole yuan.
const PRO_MONTH: u64 = 999;

/// A write, and what to keep in mind when it is through.
#[derive(Debug, Clone)]
struct Asked {
    path: String,
    key: String,
    body: String,
    step: Step,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Open,
    Deposit { amount: u64 },
    Create,
    Buy { application: usize, months: u64 },
    Renew { application: usize, months: u64 },
}

/// A write that was acknowledged.
#[derive(Debug)]
struct Told {
    asked: Asked,
    answered: Answered,
}

#[derive(Debug)]
struct Application {
    id: u64,
    is_paid: bool,
}

/// What became of asking again for what had no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resolved {
    /// Everything had been answered.
    NothingOpen,
    /// The log had it before the kill.
    WasWritten,
    /// It took effect only now.
    WasLost,
}

/// A client with an account of its own.
pub(super) struct Trader {
    account: String,
    chance: Seeded,
    balance: u64,
    applications: Vec<Application>,
    told: Vec<Told>,
    /// Sent, and no answer came.
    open: Option<Asked>,
    sent: u64,
}

impl Trader {
    pub(super) fn new(account: String, chance: Seeded) -> Self {
        Self { account, chance, balance: 0, applications: Vec::new(), told: Vec::new(), open: None, sent: 0 }
    }

    /// Sends writes one after another until one has no answer, at most so many. `true` when all were answered.
    pub(super) async fn trade(&mut self, wire: &Wire, most: u32) -> bool {
        for _ in 0..most {
            let asked = self.next_order();
            if self.send(wire, asked).await.is_none() {
                return false;
            }
        }
        true
    }

    /// Asks again, under the same key, for what had no answer.
    pub(super) async fn resolve(&mut self, wire: &Wire) -> Resolved {
        let Some(asked) = self.open.take() else { return Resolved::NothingOpen };
        let replayed = self.send(wire, asked).await.expect("nobody kills this server");
        if replayed { Resolved::WasWritten } else { Resolved::WasLost }
    }

    /// Asks again for the last thing it was told and for any other: the same bytes, and nothing is added.
    pub(super) async fn ask_again(&mut self, wire: &Wire) {
        let any = self.chance.below(self.told.len().max(1) as u64);
        let any = usize::try_from(any).expect("below a length");
        for Told { asked, answered } in self.told.last().into_iter().chain(self.told.get(any)) {
            let again = wire.post(&asked.path, &asked.key, &asked.body).await.expect("nobody kills this server");
            assert!(again.replayed, "{} {} was acknowledged and is done anew", asked.path, asked.key);
            assert_eq!((again.status, &again.body), (answered.status, &answered.body), "{} {}", asked.path, asked.key);
        }
    }

    /// Everything this client was told.
    pub(super) fn acknowledged(&self) -> impl Iterator<Item = Acknowledged> {
        self.told.iter().map(|told| {
            let scope = match told.asked.step {
                Step::Open => "/accounts",
                Step::Deposit { .. } | Step::Create | Step::Buy { .. } | Step::Renew { .. } => &self.account,
            };
            Acknowledged::read(scope, &told.asked.key, &told.answered.body)
        })
    }

    /// `Some(replayed)` when it was acknowledged.
    async fn send(&mut self, wire: &Wire, asked: Asked) -> Option<bool> {
        match wire.post(&asked.path, &asked.key, &asked.body).await {
            Ok(answered) if matches!(answered.status, 200 | 201) => {
                let replayed = answered.replayed;
                self.note(&asked, &answered);
                self.told.push(Told { asked, answered });
                Some(replayed)
            }
            // 503 leaves open whether it is written, like no answer at all.
            Ok(answered) => {
                assert_eq!(answered.status, 503, "{asked:?}: {answered:?}");
                self.open = Some(asked);
                None
            }
            Err(_) => {
                self.open = Some(asked);
                None
            }
        }
    }

    fn note(&mut self, asked: &Asked, answered: &Answered) {
        match asked.step {
            Step::Open => {}
            Step::Deposit { amount } => self.balance += amount,
            Step::Create => {
                let created: Value = serde_json::from_slice(&answered.body).expect("JSON");
                let id = created["application_id"].as_u64().expect("an application has an id");
                self.applications.push(Application { id, is_paid: false });
            }
            Step::Buy { application, months } => {
                self.balance -= months * PRO_MONTH;
                self.applications[application].is_paid = true;
            }
            Step::Renew { months, .. } => self.balance -= months * PRO_MONTH,
        }
    }

    fn next_order(&mut self) -> Asked {
        self.sent += 1;
        let step = self.next_step();
        let (account, key) = (&self.account, format!("{}-{}", self.account, self.sent));
        let (path, body) = match step {
            Step::Open => ("/v1/accounts".to_owned(), json!({ "account_id": account, "name": account })),
            Step::Deposit { amount } => (
                format!("/v1/accounts/{account}/deposits"),
                json!({
                    "amount": { "amount": format!("{amount}.00"), "currency": "CNY" },
                    "kind": if self.sent.is_multiple_of(3) { "gift" } else { "cash" },
                    "reference": key,
                }),
            ),
            Step::Create => {
                ("/v1/applications".to_owned(), json!({ "account_id": account, "name": key, "data_site": "china" }))
            }
            Step::Buy { application, months } => (
                format!("/v1/applications/{}/subscription", self.applications[application].id),
                json!({ "plan": "pro", "months": months }),
            ),
            Step::Renew { application, months } => (
                format!("/v1/applications/{}/subscription/renewals", self.applications[application].id),
                json!({ "months": months }),
            ),
        };
        Asked { path, key, body: body.to_string(), step }
    }

    fn next_step(&mut self) -> Step {
        if self.told.is_empty() {
            return Step::Open;
        }
        let months = 1 + self.chance.below(3);
        if self.balance < months * PRO_MONTH {
            return Step::Deposit { amount: 1_000 + self.chance.below(9_000) };
        }
        let unpaid = self.applications.iter().position(|application| !application.is_paid);
        match (unpaid, self.chance.below(4)) {
            (Some(application), 0..=2) => Step::Buy { application, months },
            (None, 0) => Step::Create,
            (_, 1 | 2) if self.applications.iter().any(|application| application.is_paid) => {
                let paid: Vec<usize> = (0..self.applications.len()).filter(|n| self.applications[*n].is_paid).collect();
                Step::Renew { application: *self.chance.one_of(&paid), months }
            }
            _ => Step::Deposit { amount: 1 },
        }
    }
}
