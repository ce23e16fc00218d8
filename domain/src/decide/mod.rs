//! Owns the one pure function behind every order: what is due first, then the order's steps, then what follows from
//! each fact, until quiet.
//!
//! Does not own a store or a clock: a preview, an estimate, the simulator and the engine all call [`decide`].

mod cascade;
mod due;
mod orders;
mod publish;
mod refusal;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::account;
use crate::books::Working;
use crate::catalog::{AddOn, Catalog};
use crate::fact::Fact;
use crate::ids::{AccountId, AddOnId, ApplicationId, CommandId};
use crate::money::Money;
use crate::plan::{DataSite, Plan};

use cascade::Cascade;
pub use orders::OrderError;
pub use publish::{NotPublished, Wanted, publish};
pub use refusal::{Refusal, RefusalKind};

/// What the wire asks of one payer's Books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Keep a payer.
    OpenAccount {
        /// The payer.
        account_id: AccountId,
        /// As the payer is called.
        name: String,
        /// Whether the enterprise is verified.
        enterprise_verified: bool,
        /// Whether the payer is new to the service.
        new_customer: bool,
    },
    /// Add to a balance.
    Deposit {
        /// How much.
        amount: Money,
        /// To which balance.
        kind: account::DepositKind,
        /// The caller's own reference.
        reference: String,
    },
    /// Create an application on Trial.
    CreateApplication {
        /// SDKAppID.
        application_id: ApplicationId,
        /// As it is called.
        name: String,
        /// Where its data lives.
        data_site: DataSite,
    },
    /// Buy a plan: from Trial, or after a stop.
    PurchasePlan {
        /// The application.
        application_id: ApplicationId,
        /// The plan asked for; Trial is refused by rule, not by form.
        plan: Plan,
        /// Whole months.
        months: u32,
    },
    /// Buy a further term of the same plan.
    RenewPlan {
        /// The application.
        application_id: ApplicationId,
        /// Whole months.
        months: u32,
    },
    /// Change how many days of history are kept.
    SetHistoryRetention {
        /// The application.
        application_id: ApplicationId,
        /// Days wanted; the plan's own figure switches it off.
        days: u32,
    },
    /// Buy a value-added service.
    BuyAddOn {
        /// The application.
        application_id: ApplicationId,
        /// Which one.
        add_on: AddOn,
        /// Whole months.
        months: u32,
    },
    /// Try a value-added service, free.
    TryAddOn {
        /// The application.
        application_id: ApplicationId,
        /// Which one; a trial.
        add_on: AddOn,
    },
    /// Buy a further term of a value-added service.
    RenewAddOn {
        /// The application.
        application_id: ApplicationId,
        /// The bought one.
        add_on_id: AddOnId,
        /// Whole months.
        months: u32,
    },
    /// Note a day's usage, or correct it while its month is open.
    RecordUsage {
        /// The application.
        application_id: ApplicationId,
        /// The civil day.
        date: Date,
        /// Distinct users who logged in.
        dau: u64,
        /// Highest number of groups.
        peak_groups: u64,
    },
    /// Nothing but what is due.
    RunDue,
}

impl Order {
    /// The name in an event's metadata.
    pub fn name(&self) -> &'static str {
        match self {
            Self::OpenAccount { .. } => "open_account",
            Self::Deposit { .. } => "deposit",
            Self::CreateApplication { .. } => "create_application",
            Self::PurchasePlan { .. } => "purchase_plan",
            Self::RenewPlan { .. } => "renew_plan",
            Self::SetHistoryRetention { .. } => "set_history_retention",
            Self::BuyAddOn { .. } => "buy_add_on",
            Self::TryAddOn { .. } => "try_add_on",
            Self::RenewAddOn { .. } => "renew_add_on",
            Self::RecordUsage { .. } => "record_usage",
            Self::RunDue => "run_due",
        }
    }
}

/// An order at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Everything it brings about carries it.
    pub id: CommandId,
    /// When it is decided: never before the payer's latest instant.
    pub at: Timestamp,
    /// What is asked.
    pub order: Order,
}

/// A fact and its sequence in its stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The fact.
    pub fact: Fact,
    /// Its sequence, from 1.
    pub sequence: u64,
}

/// What one command brought about; all of it is appended, or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The order's command, or a timer's.
    pub command_id: CommandId,
    /// What asked for it, for the events' metadata.
    pub asked: &'static str,
    /// When it was decided.
    pub at: Timestamp,
    /// Its facts, in the log's order.
    pub facts: Vec<Placed>,
}

/// What became of a command.
#[derive(Debug, Clone)]
pub struct Outcome<'a> {
    /// What was due before it. Stays accepted even if the order is refused.
    pub due: Vec<Decision>,
    /// The order's own part.
    pub order: Result<Decision, Refusal>,
    /// The Books afterwards: with what was due, and with the order if it was accepted.
    pub books: Working<'a>,
}

/// Decides a command: first everything due for that payer up to its instant, each at its own instant, then the order.
pub fn decide<'a>(mut books: Working<'a>, command: &Command, catalog: &Catalog) -> Outcome<'a> {
    let due = due::settle(&mut books, command.at);
    let mut cascade = Cascade::new(books.clone(), command.id, command.at);
    let order = orders::steps(&mut cascade, &command.order, catalog).and_then(|steps| cascade.run(steps));
    match order {
        Ok(()) => {
            let (facts, books) = cascade.finish();
            let decision = Decision { command_id: command.id, asked: command.order.name(), at: command.at, facts };
            Outcome { due, order: Ok(decision), books }
        }
        Err(refusal) => Outcome { due, order: Err(refusal), books },
    }
}

/// The Books as they stand at an instant: the same due list, applied to a copy. How reads are right at 00:00:00
/// whether or not a worker has run.
pub fn as_at<'a>(mut books: Working<'a>, at: Timestamp) -> Working<'a> {
    // What falls due on the way is only looked at; the log learns of it from the next command or the worker.
    let _ = due::settle(&mut books, at);
    books
}
