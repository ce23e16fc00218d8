//! Owns `rebuild`: projections folded from nothing, compared with the live ones, put in their place.

use std::process::ExitCode;
use std::sync::Arc;

use subledger_eventlog::open::{OpenOptions, open};
use subledger_projections::Projection;
use subledger_projections::rebuild::rebuild;

use super::terminal::{Progress, say};
use super::{Common, Ended, RebuildArgs};

pub(super) async fn run(common: &Common, args: &RebuildArgs) -> Ended {
    let projections = chosen(args.projection.as_deref())?;
    let store = open(OpenOptions {
        url: common.store.clone(),
        read_only: false,
        migrate: false,
        allow_unsafe: common.allow_unsafe_store,
    })
    .await?;
    let progress = Progress::over("rebuilding");
    let report = rebuild(store.as_ref(), &projections, &mut |at| progress.at(at.position, at.of)).await?;
    drop(progress);
    if common.json {
        let rebuilt: Vec<_> = report.projections.iter().map(|one| one.name).collect();
        say(serde_json::json!({ "rebuilt": rebuilt, "was_equal": report.was_equal() }).to_string())?;
    } else {
        say(report.to_string().trim_end())?;
        say(if report.was_equal() {
            "rebuild: the live rows were what the log says"
        } else {
            "rebuild: the live rows differed from the log and are mended"
        })?;
    }
    Ok(ExitCode::SUCCESS)
}

fn chosen(name: Option<&str>) -> Result<Vec<Arc<dyn Projection>>, String> {
    let all = subledger_projections::all();
    let Some(name) = name else { return Ok(all) };
    let names: Vec<&str> = all.iter().map(|projection| projection.name()).collect();
    let unknown = format!("there is no projection `{name}`; there are {}", names.join(", "));
    let chosen: Vec<_> = all.into_iter().filter(|projection| projection.name() == name).collect();
    if chosen.is_empty() { Err(unknown) } else { Ok(chosen) }
}
