//! Owns `migrate`: brings a store's schema up to this release, and gives the application's role what it needs.

use std::process::ExitCode;

use subledger_eventlog::open::{OpenOptions, migrate};

use super::terminal::say;
use super::{Common, Ended, MigrateArgs};

pub(super) async fn run(common: &Common, args: &MigrateArgs) -> Ended {
    let options = OpenOptions {
        url: common.store.clone(),
        read_only: false,
        migrate: true,
        allow_unsafe: common.allow_unsafe_store,
    };
    let applied = migrate(&options, args.app_role.as_deref()).await?;
    if common.json {
        say(serde_json::json!({ "applied": applied }).to_string())?;
    } else if applied.is_empty() {
        say("the schema is up to date")?;
    } else {
        say(format!("applied {}", applied.join(", ")))?;
    }
    Ok(ExitCode::SUCCESS)
}
