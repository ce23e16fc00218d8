//! Owns `export`: the whole log written to standard output, as events or as books. Reads only; may run beside a server.
//!
//! Does not own what events mean to the books (`projections::journal`). Exit status 0 only when everything up to the head
//! it found was written.

mod beancount;
mod csv;

use std::error::Error;
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use clap::ValueEnum;
use subledger_eventlog::record::{Head, Recorded};
use subledger_eventlog::store::{Store, StoreFault};

use super::terminal::Progress;
use super::{Common, Ended, ExportArgs, open_to_read};
use crate::views;
use beancount::Books;

/// Events read at a time.
const PAGE: u32 = 1_000;

type Fault = Box<dyn Error + Send + Sync>;

/// What a log is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// One JSON object a line, as `GET /v1/events` shows an event.
    Ndjson,
    /// Comma-separated values (RFC 4180), the log's columns.
    Csv,
    /// Not written by this release.
    Parquet,
    /// Double entry, as bean-check and fava read it.
    Beancount,
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
            Self::Beancount => "beancount",
        }
    }
}

pub(super) async fn run(common: &Common, args: &ExportArgs) -> Ended {
    let mut writer = match args.format {
        Format::Ndjson => Writer::Ndjson,
        Format::Csv => Writer::Csv,
        Format::Beancount => Writer::Beancount(Books::default()),
        Format::Parquet => {
            return Err("this release does not write parquet; `--format csv` has the same columns".into());
        }
    };
    let store = open_to_read(common).await?;
    let head = store.head().await?;
    let mut out = BufWriter::new(io::stdout().lock());
    write(store.as_ref(), head, &mut writer, &mut out).await?;
    out.flush()?;
    drop(out);
    tell(common, args.format, head)
}

async fn write(store: &dyn Store, head: Head, writer: &mut Writer, out: &mut impl Write) -> Result<(), Fault> {
    let progress = Progress::over("exporting");
    writer.begin(out)?;
    let mut written = Head::EMPTY;
    while written.position < head.position {
        let page = store.read_after(written.position, PAGE).await?;
        let before = written.position;
        for event in page.iter().take_while(|event| event.position <= head.position) {
            if event.position != written.position + 1 {
                return Err(gap(written.position + 1, "it is missing").into());
            }
            writer.event(out, event)?;
            written = Head { position: event.position, hash: event.hash, recorded_at: event.recorded_at };
        }
        if written.position == before {
            return Err(gap(before + 1, "the log ends before its head").into());
        }
        progress.at(written.position, head.position);
    }
    if written.hash != head.hash {
        return Err(gap(head.position, "it is not the event that the head names").into());
    }
    writer.end(out, written.position)
}

fn gap(position: u64, reason: &str) -> StoreFault {
    StoreFault::Damaged { position, reason: reason.to_owned() }
}

/// Standard output holds what was asked for, so the summary goes beside it.
fn tell(common: &Common, format: Format, head: Head) -> Ended {
    let (events, hash) = (head.position, head.hash.to_string());
    let summary = if common.json {
        serde_json::json!({ "exported": events, "format": format.name(), "head_hash": hash }).to_string()
    } else {
        format!("exported {events} events as {}, to the head {hash}", format.name())
    };
    writeln!(io::stderr().lock(), "{summary}")?;
    Ok(ExitCode::SUCCESS)
}

/// How the log becomes text.
enum Writer {
    Ndjson,
    Csv,
    Beancount(Books),
}

impl Writer {
    fn begin(&mut self, out: &mut impl Write) -> Result<(), Fault> {
        match self {
            Self::Ndjson => {}
            Self::Csv => csv::begin(out)?,
            Self::Beancount(_) => Books::begin(out)?,
        }
        Ok(())
    }

    fn event(&mut self, out: &mut impl Write, event: &Recorded) -> Result<(), Fault> {
        match self {
            Self::Ndjson => writeln!(out, "{}", views::event(event)?)?,
            Self::Csv => csv::event(out, event)?,
            Self::Beancount(books) => books.event(out, event)?,
        }
        Ok(())
    }

    fn end(&mut self, out: &mut impl Write, position: u64) -> Result<(), Fault> {
        match self {
            Self::Ndjson | Self::Csv => Ok(()),
            Self::Beancount(books) => books.end(out, position),
        }
    }
}
