//! Owns the states and steps of an application: those of its service, and those of a feature that is opened on application.

use subledger_domain::application::{Application, Command, Error, Event, FeatureStage, OperatorNote, SuspensionCause};
use subledger_domain::decide::Refusal;
use subledger_domain::plan::{DataSite, Feature, PaidPlan, Plan};
use subledger_tests::fixtures::{CHAT, agreement, cny, instant, payer, rights};

use super::table::{Driven, One, each};

const PUSH: Feature = Feature::PushAll;

fn driven(title: &'static str) -> Driven<Application, Command, Event, Error> {
    Driven {
        title,
        decide: Application::decide,
        evolve: Application::evolve,
        code: |refusal| Refusal::from(refusal.clone()).code().to_owned(),
    }
}

fn create() -> Command {
    Command::Create {
        application_id: CHAT,
        account_id: payer(),
        name: "chat".to_owned(),
        data_site: DataSite::China,
        rights: rights(Plan::Trial),
        at: instant("2022-10-12"),
    }
}

fn enter(plan: PaidPlan, at: &str) -> Command {
    Command::EnterPlan { plan, subscription_id: agreement(1), rights: rights(plan.into()), at: instant(at) }
}

fn suspend(cause: SuspensionCause) -> Command {
    Command::Suspend { cause, recycle_at: instant("2023-02-17"), at: instant("2022-11-19") }
}

fn operator_stop() -> Command {
    let note = OperatorNote { reason: "spam was sent".to_owned(), ticket: "OP-3".to_owned() };
    Command::SuspendByOperator { note, at: instant("2022-11-19") }
}

fn lift(cause: SuspensionCause) -> Command {
    Command::Lift { cause, at: instant("2022-11-25") }
}

fn keep(days: u32, price: Option<&str>) -> Command {
    Command::SetHistoryRetention { days, monthly_price: price.map(cny), at: instant("2022-11-05") }
}

fn recycle() -> Command {
    Command::Recycle { at: instant("2023-02-17") }
}

fn request() -> Command {
    Command::RequestFeature { feature: PUSH, at: instant("2022-11-01") }
}

fn approve() -> Command {
    let (opens_at, ticket, at) = (instant("2022-11-05"), "OP-1".to_owned(), instant("2022-11-03"));
    Command::ApproveFeature { feature: PUSH, opens_at, ticket, at }
}

fn open_feature(at: &str) -> Command {
    Command::OpenFeature { feature: PUSH, at: instant(at) }
}

/// On Pro, and then this.
fn on_pro(more: &[Command]) -> Vec<Command> {
    [vec![create(), enter(PaidPlan::Pro, "2022-10-12 10:00")], more.to_vec()].concat()
}

fn on_flagship(more: &[Command]) -> Vec<Command> {
    [vec![create(), enter(PaidPlan::Flagship, "2022-10-12 10:00")], more.to_vec()].concat()
}

fn whether_created() -> Vec<One<Application, Vec<Command>>> {
    each!(Application {
        Application::NotCreated => { "not created": vec![] }
        Application::Created(_) => { "recycled": on_pro(&[suspend(SuspensionCause::Expired), recycle()]) }
    })
}

fn by_plan() -> Vec<One<Plan, Vec<Command>>> {
    each!(Plan {
        Plan::Trial => { "Trial": vec![create()] }
        Plan::Pro => { "Pro": on_pro(&[]) }
        Plan::Flagship => { "Flagship": on_flagship(&[]) }
    })
}

fn by_cause() -> Vec<One<SuspensionCause, Vec<Command>>> {
    each!(SuspensionCause {
        SuspensionCause::Expired => { "stopped: expired": on_pro(&[suspend(SuspensionCause::Expired)]) }
        SuspensionCause::Arrears => { "stopped: arrears": on_pro(&[suspend(SuspensionCause::Arrears)]) }
        SuspensionCause::Refunded => { "stopped: refunded": on_pro(&[suspend(SuspensionCause::Refunded)]) }
        SuspensionCause::Operator => { "stopped: operator": on_pro(&[operator_stop()]) }
    })
}

fn by_stage() -> Vec<One<FeatureStage, Vec<Command>>> {
    each!(FeatureStage {
        FeatureStage::Requested { .. } => { "requested": on_flagship(&[request()]) }
        FeatureStage::Approved { .. } => { "approved": on_flagship(&[request(), approve()]) }
        FeatureStage::Open { .. } => { "open": on_flagship(&[request(), approve(), open_feature("2022-11-05")]) }
    })
}

fn plan_of(application: &Application) -> Plan {
    application.created().expect("created").plan
}

fn cause_of(application: &Application) -> SuspensionCause {
    *application.created().expect("created").suspensions.keys().next().expect("stopped")
}

fn stage_of(application: &Application) -> FeatureStage {
    application.created().expect("created").features[&PUSH]
}

fn states() -> Vec<(&'static str, Application)> {
    let driven = driven("");
    let mut ends: Vec<_> = driven.states(whether_created(), Clone::clone).collect();
    let recycled = ends.pop().expect("the last of its life");
    let both = on_pro(&[suspend(SuspensionCause::Arrears), suspend(SuspensionCause::Expired)]);
    let both = ("stopped: arrears and expired", driven.lived(&both));
    ends.into_iter()
        .chain(driven.states(by_plan(), plan_of))
        .chain(driven.states(by_cause(), cause_of))
        .chain([both, recycled])
        .collect()
}

fn states_of_features() -> Vec<(&'static str, Application)> {
    let driven = driven("");
    let recycled = driven.states(whether_created(), Clone::clone).last().expect("the last of its life");
    let in_service = driven.states(by_plan(), plan_of).chain(driven.states(by_stage(), stage_of));
    let stopped = on_flagship(&[request(), suspend(SuspensionCause::Expired)]);
    in_service.chain([("requested, stopped", driven.lived(&stopped)), recycled]).collect()
}

fn steps() -> Vec<One<Command, Command>> {
    let at = instant("2022-11-06");
    each!(Command {
        Command::Create { .. } => { "create": create() }
        Command::EnterPlan { .. } => {
            "enter Pro": enter(PaidPlan::Pro, "2022-11-25"),
            "enter Flagship": enter(PaidPlan::Flagship, "2022-11-25"),
        }
        Command::Suspend { .. } => {
            "stop: expired": suspend(SuspensionCause::Expired),
            "stop: arrears": suspend(SuspensionCause::Arrears),
            "stop: refunded": suspend(SuspensionCause::Refunded),
        }
        Command::SuspendByOperator { .. } => { "stop: operator": operator_stop() }
        Command::Lift { .. } => {
            "lift arrears": lift(SuspensionCause::Arrears),
            "lift operator": lift(SuspensionCause::Operator),
        }
        Command::SetHistoryRetention { .. } => {
            "keep 90 days": keep(90, Some("1000.00")),
            "keep what is included": keep(7, None),
        }
        Command::RequestFeature { .. } => { "request push": request() }
        Command::WithdrawFeature { .. } => { "withdraw push": Command::WithdrawFeature { feature: PUSH, at } }
        Command::ApproveFeature { .. } => {
            "approve push": approve(),
            "approve it at once":
                Command::ApproveFeature { feature: PUSH, opens_at: at, ticket: "OP-1".to_owned(), at },
        }
        Command::RejectFeature { .. } => {
            "reject push": Command::RejectFeature { feature: PUSH, reason: None, ticket: None, at },
        }
        Command::OpenFeature { .. } => {
            "open push": open_feature("2022-11-05"),
            "open it too early": open_feature("2022-11-04"),
        }
        Command::Recycle { .. } => {
            "recycle": recycle(),
            "recycle too early": Command::Recycle { at: instant("2023-02-16 23:59:59") },
        }
    })
}

/// Whether a step is about a feature. Entering a plan can lose one.
fn of_features(step: &Command) -> (bool, bool) {
    match step {
        Command::RequestFeature { .. }
        | Command::WithdrawFeature { .. }
        | Command::ApproveFeature { .. }
        | Command::RejectFeature { .. }
        | Command::OpenFeature { .. } => (true, false),
        Command::EnterPlan { .. } => (true, true),
        Command::Create { .. }
        | Command::Suspend { .. }
        | Command::SuspendByOperator { .. }
        | Command::Lift { .. }
        | Command::SetHistoryRetention { .. }
        | Command::Recycle { .. } => (false, true),
    }
}

pub(super) fn written() -> String {
    let steps: Vec<_> = steps().into_iter().filter(|step| of_features(&step.value).1).collect();
    driven("Application").written(&states(), &steps)
}

pub(super) fn written_of_features() -> String {
    let steps: Vec<_> = steps().into_iter().filter(|step| of_features(&step.value).0).collect();
    driven("Application: a feature opened on application").written(&states_of_features(), &steps)
}
