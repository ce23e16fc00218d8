//! Owns the command line: what can be asked, how the answer is printed, which exit status it has.
//!
//! Does not own what a command does beyond the terminal: each calls into the room that owns it. Exit status 0 only when
//! what was asked holds.

mod audit;
mod check_price_list;
mod demo;
mod doctor;
mod estimate;
mod export;
mod migrate;
mod rebuild;
mod serve;
mod terminal;
mod verify;

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};
use jiff::Timestamp;
use subledger_domain::catalog::{AddOn, Catalog, PromotionName};
use subledger_domain::plan::{DataSite, Plan};
use subledger_eventlog::open::{OpenOptions, open};
use subledger_eventlog::store::{Store, StoreFault};

use crate::http;

/// How a command ends: with a status, or with a fault that is printed.
type Ended = Result<ExitCode, Box<dyn Error + Send + Sync>>;

/// An event-sourced subscription ledger: every fen on an invoice and every right in force is a fold of one log.
#[derive(Debug, Parser)]
#[command(name = "subledger", version)]
pub struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// What every command understands.
#[derive(Debug, Clone, Args)]
struct Common {
    /// The ledger's store: `sqlite:PATH` or `postgres://…`.
    #[arg(
        long,
        global = true,
        env = "SUBLEDGER_STORE",
        default_value = "sqlite:./subledger.db",
        hide_env_values = true
    )]
    store: String,
    /// Print the summary as one line of JSON.
    #[arg(long, global = true, env = "SUBLEDGER_JSON")]
    json: bool,
    /// Folder of price lists to use instead of the built-in ones.
    #[arg(long, global = true, env = "SUBLEDGER_PRICE_LISTS", value_name = "DIR")]
    price_lists: Option<PathBuf>,
    /// Use a store whose settings may lose what was acknowledged. For tests and benches only.
    #[arg(long, global = true, env = "SUBLEDGER_ALLOW_UNSAFE_STORE")]
    allow_unsafe_store: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the HTTP API.
    Serve(ServeArgs),
    /// Play a year of two payers' applications through the real server and explain it.
    Demo(DemoArgs),
    /// Bring the store's schema up to this release.
    Migrate(MigrateArgs),
    /// Check that the log is whole: positions, hash chain, every event readable and in its place.
    Verify,
    /// Fold the log anew and compare every projection with it, row by row. Writes nothing.
    Audit,
    /// Build projections anew from the log, compare them with the live ones, and switch.
    Rebuild(RebuildArgs),
    /// Write the whole log to standard output, as events or as double entry. Reads only; may run beside a server.
    Export(ExportArgs),
    /// Say what a plan, add-ons and expected use would cost, by the price lists alone.
    Estimate(EstimateArgs),
    /// Check a price list and its worked examples.
    CheckPriceList(CheckPriceListArgs),
    /// Look at the store, the log, the projections and the settings, and say what is not as it should be.
    Doctor,
}

#[derive(Debug, Clone, Args)]
struct ServeArgs {
    /// Address to listen on.
    #[arg(long, env = "SUBLEDGER_LISTEN", default_value = "127.0.0.1:7878")]
    listen: SocketAddr,
    /// `system`, or `manual:<instant>`: a test clock kept in the ledger.
    #[arg(long, env = "SUBLEDGER_CLOCK", default_value = "system", value_parser = parse_clock)]
    clock: ClockChoice,
    /// Serve without keys, on loopback only.
    #[arg(long, env = "SUBLEDGER_DEV")]
    dev: bool,
}

#[derive(Debug, Clone, Args)]
struct DemoArgs {
    /// End when the story is told, instead of serving until Ctrl-C.
    #[arg(long)]
    exit: bool,
    /// Keep the ledger's file.
    #[arg(long)]
    keep: bool,
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
}

#[derive(Debug, Clone, Args)]
struct MigrateArgs {
    /// Role that `serve` will run as: gets INSERT and SELECT on the log, no more.
    #[arg(long, value_name = "NAME")]
    app_role: Option<String>,
}

#[derive(Debug, Clone, Args)]
struct RebuildArgs {
    /// Only this projection.
    #[arg(long, value_name = "NAME")]
    projection: Option<String>,
}

#[derive(Debug, Clone, Args)]
struct ExportArgs {
    /// What the log is written as.
    #[arg(long, env = "SUBLEDGER_FORMAT", value_enum)]
    format: export::Format,
}

#[derive(Debug, Clone, Args)]
struct EstimateArgs {
    /// Where the data lives: china, singapore, germany, korea or india.
    #[arg(long, value_name = "SITE", value_parser = estimate::word::<DataSite>)]
    site: DataSite,
    /// The plan: pro or flagship.
    #[arg(long, value_parser = estimate::word::<Plan>)]
    plan: Plan,
    /// Whole months, with the same use in each.
    #[arg(long)]
    months: u32,
    /// A value-added service for as many months, like group_members or av_call:basic; may be repeated.
    #[arg(long = "add-on", value_name = "KIND[:VARIANT]", value_parser = estimate::add_on)]
    add_ons: Vec<AddOn>,
    /// Days of history kept, if not the plan's own.
    #[arg(long, value_name = "DAYS")]
    history_retention_days: Option<u32>,
    /// Highest daily active users of each month.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=http::MEASURED_MAX))]
    peak_dau: u64,
    /// Highest number of groups of each month.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=http::MEASURED_MAX))]
    peak_groups: u64,
    /// A promotion asked for: first_purchase or yearly.
    #[arg(long, value_name = "NAME", value_parser = estimate::word::<PromotionName>)]
    promotion: Option<PromotionName>,
}

#[derive(Debug, Clone, Args)]
struct CheckPriceListArgs {
    /// The list.
    file: PathBuf,
}

/// The clock a new ledger gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ClockChoice {
    System,
    Manual(Timestamp),
}

fn parse_clock(text: &str) -> Result<ClockChoice, String> {
    match text.split_once(':') {
        None if text == "system" => Ok(ClockChoice::System),
        Some(("manual", instant)) => instant
            .parse::<Timestamp>()
            .map(|at| ClockChoice::Manual(crate::clock::to_microseconds(at)))
            .map_err(|fault| format!("`{instant}` is no RFC 3339 instant with an offset: {fault}")),
        _ => Err("must be `system` or `manual:<instant>`, like manual:2022-10-12T00:00:00+08:00".to_owned()),
    }
}

/// The process: reads the command line, runs one command, says how it went.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    log_to_stderr(&cli);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(fault) => return terminal::failed(&fault),
    };
    match runtime.block_on(run(cli)) {
        Ok(code) => code,
        Err(fault) => terminal::failed(fault.as_ref()),
    }
}

/// Logs go to standard error, so that a command's answer can be piped.
fn log_to_stderr(cli: &Cli) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("SUBLEDGER_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,subledger_api=info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if cli.common.json {
        builder.json().init();
    } else {
        builder.with_target(false).init();
    }
}

/// Runs one command. What keeps it from running is a fault; a command that ran and found something wrong answers a
/// non-zero status instead.
async fn run(cli: Cli) -> Ended {
    let common = cli.common;
    match cli.command {
        Command::Serve(args) => serve::run(&common, &args).await,
        Command::Demo(args) => demo::run(&common, &args).await,
        Command::Migrate(args) => migrate::run(&common, &args).await,
        Command::Verify => verify::run(&common).await,
        Command::Audit => audit::run(&common).await,
        Command::Rebuild(args) => rebuild::run(&common, &args).await,
        Command::Export(args) => export::run(&common, &args).await,
        Command::Estimate(args) => estimate::run(&common, &args),
        Command::CheckPriceList(args) => check_price_list::run(&common, &args),
        Command::Doctor => doctor::run(&common).await,
    }
}

/// The built-in price lists, or those of the folder that was named. The release's other lists wait to be published.
fn catalog(common: &Common) -> Result<Catalog, Box<dyn Error + Send + Sync>> {
    let Some(folder) = &common.price_lists else {
        return Ok(Catalog::builtin()?);
    };
    let mut lists = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|fault| format!("{}: {fault}", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let text = std::fs::read_to_string(&path).map_err(|fault| format!("{}: {fault}", path.display()))?;
            lists.push((path.display().to_string(), text));
        }
    }
    if lists.is_empty() {
        return Err(format!("{} holds no price list (*.toml)", folder.display()).into());
    }
    lists.sort();
    Ok(Catalog::from_lists(lists)?.beside_the_releases()?)
}

/// The store to look at: takes no lock and writes nothing, so a server may run beside it.
async fn open_to_read(common: &Common) -> Result<Arc<dyn Store>, StoreFault> {
    let (url, allow_unsafe) = (common.store.clone(), common.allow_unsafe_store);
    open(OpenOptions { url, read_only: true, migrate: false, allow_unsafe }).await
}
