//! Owns `audit`: every projection is what the log says, row by row. Writes nothing; may run beside a server.

use std::process::ExitCode;

use subledger_projections::audit::audit;

use super::terminal::{Progress, say};
use super::{Common, Ended, open_to_read};

pub(super) async fn run(common: &Common) -> Ended {
    let store = open_to_read(common).await?;
    let progress = Progress::over("auditing");
    let report =
        audit(store.as_ref(), &subledger_projections::all(), &mut |at| progress.at(at.position, at.of)).await?;
    drop(progress);
    let differences: Vec<String> = report.differences().map(ToString::to_string).collect();
    if common.json {
        say(serde_json::json!({ "clean": report.is_clean(), "head": report.head.to_string(), "differences": differences })
            .to_string())?;
    } else {
        say(report.to_string().trim_end())?;
        say(match differences.len() {
            0 => "audit: no difference".to_owned(),
            count => format!("audit: {count} differences; `subledger rebuild` makes the rows what the log says"),
        })?;
    }
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
