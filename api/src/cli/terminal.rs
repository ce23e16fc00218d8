//! Owns the terminal: lines of an answer, progress of long work, faults.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};

/// Prints a line of the answer.
///
/// # Errors
/// When standard output is closed; the command ends.
pub(super) fn say(line: impl AsRef<str>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", line.as_ref())?;
    out.flush()
}

/// Prints what went wrong, with every cause below it.
pub(super) fn failed(fault: &(dyn Error + 'static)) -> ExitCode {
    let mut text = format!("subledger: {fault}");
    let mut cause = fault.source();
    while let Some(deeper) = cause {
        let deeper_text = deeper.to_string();
        if !text.ends_with(&deeper_text) {
            text.push_str(": ");
            text.push_str(&deeper_text);
        }
        cause = deeper.source();
    }
    // Nothing is left to tell when standard error is closed too.
    let _ = writeln!(io::stderr().lock(), "{text}");
    ExitCode::FAILURE
}

/// Progress over a known number of events. Drawn on a terminal only.
pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    pub(super) fn over(what: &str) -> Self {
        let bar = ProgressBar::new(0);
        let style = ProgressStyle::with_template("{msg} {human_pos} of {human_len} events {wide_bar} {eta}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        bar.set_message(what.to_owned());
        Self { bar }
    }

    pub(super) fn at(&self, done: u64, of: u64) {
        self.bar.set_length(of);
        self.bar.set_position(done);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
