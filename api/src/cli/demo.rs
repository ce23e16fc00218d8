//! Owns `demo`: a throw-away ledger, the story, and a server to play with until Ctrl-C.

use std::process::ExitCode;

use jiff::Timestamp;
use subledger_eventlog::store::{ClockKind, StoredClock};

use super::terminal::say;
use super::{Common, DemoArgs, Ended, catalog};
use crate::client::Client;
use crate::demo;
use crate::server::{Server, ServerOptions};

pub(super) async fn run(common: &Common, args: &DemoArgs) -> Ended {
    let folder = tempfile::Builder::new().prefix("subledger-demo-").tempdir()?;
    let file = folder.path().join("demo.db");
    let begins: Timestamp = demo::BEGINS.parse()?;
    let server = Server::start(
        ServerOptions {
            store: format!("sqlite:{}", file.display()),
            listen: args.listen,
            clock: StoredClock { kind: ClockKind::Manual, now: begins },
            catalog: catalog(common)?,
            allow_unsafe_store: common.allow_unsafe_store,
        },
        |_, _| {},
    )
    .await?;
    let url = format!("http://{}", server.address());
    say(format!("ledger {}\nserver {url}", file.display()))?;
    let statement = demo::play(&Client::new(&url), |line| say(line)).await?;
    if args.exit {
        server.stop().await?;
    } else {
        say(format!("\n{}\n\nserving until Ctrl-C", to_try(&url, &statement)))?;
        server.run_until(super::serve::asked_to_stop()).await?;
    }
    if args.keep {
        let kept = folder.keep();
        say(format!("kept {}", kept.join("demo.db").display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn to_try(url: &str, statement: &str) -> String {
    format!(
        "to try:\n  \
         curl {url}/v1/applications/1400000001\n  \
         curl '{url}/v1/applications/1400000001/usage?month=2023-09'\n  \
         curl {url}/v1/accounts/acme/invoices\n  \
         curl -H 'accept: text/html' {url}/v1/invoices/{statement} > invoice.html\n  \
         curl '{url}/v1/applications/1400000003/entitlements?as_of=2022-11-20T00:00:00%2B08:00'\n  \
         curl {url}/v1/estimates -H 'content-type: application/json' \
         -d '{{\"data_site\":\"china\",\"plan\":\"pro\",\"months\":3,\"peak_dau\":25000}}'\n  \
         curl {url}/v1/clock/advance -H 'content-type: application/json' -H 'idempotency-key: mine-1' \
         -d '{{\"to\":\"2024-03-01T00:00:00+08:00\"}}'"
    )
}
