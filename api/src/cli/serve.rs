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
    let (url, position) = (format!("http://{}", server.address()), server.engine().position());
    if common.json {
        say(serde_json::json!({ "url": url, "position": position.to_string() }).to_string())?;
    } else {
        say(format!("serving {url}, log at position {position}; Ctrl-C stops"))?;
    }
    server.run_until(asked_to_stop()).await?;
    Ok(ExitCode::SUCCESS)
}

/// Ready on Ctrl-C or, where there is one, on a terminate signal.
pub(super) async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Without signals only the end of the process stops it.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
