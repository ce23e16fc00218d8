//! Owns `serve`: which addresses may be served, how it is asked to stop.

use std::process::ExitCode;

use subledger_eventlog::store::{ClockKind, StoredClock};

use super::terminal::{Progress, say};
use super::{ClockChoice, Common, Ended, ServeArgs, catalog};
use crate::clock;
use crate::server::{Server, ServerOptions};

pub(super) async fn run(common: &Common, args: &ServeArgs) -> Ended {
    if !args.dev || !args.listen.ip().is_loopback() {
        return Err(format!(
            "the API has no keys yet, so whoever reaches it may spend; it is served on loopback with --dev only (asked: \
             {}{})",
            args.listen,
            if args.dev { "" } else { " without --dev" }
        )
        .into());
    }
    let clock = match args.clock {
        ClockChoice::System => StoredClock { kind: ClockKind::System, now: clock::Clock::System.now() },
        ClockChoice::Manual(now) => StoredClock { kind: ClockKind::Manual, now },
    };
    let options = ServerOptions {
        store: common.store.clone(),
        listen: args.listen,
        clock,
        catalog: catalog(common)?,
        allow_unsafe_store: common.allow_unsafe_store,
    };
    let progress = Progress::over("folding the log");
    let server = Server::start(options, |done, of| progress.at(done, of)).await?;
    drop(progress);
    let asked = asked_to_stop();
    let (url, position) = (format!("http://{}", server.address()), server.engine().position());
    if common.json {
        say(serde_json::json!({ "url": url, "position": position.to_string() }).to_string())?;
    } else {
        say(format!("serving {url}, log at position {position}; Ctrl-C stops"))?;
    }
    server.run_until(asked).await?;
    Ok(ExitCode::SUCCESS)
}

/// Ready on Ctrl-C or a terminate signal. It listens from this call on, not from the first poll: who reads that the
/// server serves may ask it to stop in the next instant, and would kill it in the middle instead.
#[cfg(unix)]
pub(super) fn asked_to_stop() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (interrupt, terminate) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    async move {
        match (interrupt, terminate) {
            (Ok(mut interrupt), Ok(mut terminate)) => {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
            }
            // Without signals only the end of the process stops it.
            (Err(_), _) | (_, Err(_)) => std::future::pending().await,
        }
    }
}

/// Ready on Ctrl-C.
#[cfg(not(unix))]
pub(super) async fn asked_to_stop() {
    // Without signals only the end of the process stops it.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
