//! Owns the books as beancount's text: one transaction for each event that has postings, one for each payer and month
//! that earned something up to the log's last day, and at the end what every heading must come to.
//!
//! Beancount sorts by date, so directives stand here in the order in which they are known.

use std::collections::BTreeMap;
use std::io::Write;

use jiff::civil::Date;
use subledger_domain::calendar::{day_of, plus_days};
use subledger_domain::fact::Fact;
use subledger_domain::money::Currency;
use subledger_eventlog::record::Recorded;
use subledger_projections::journal::{Booking, Earning, Endings, LedgerAccount, Posting, Sums, booking, recognised};

use super::Fault;

/// The books as far as they were written.
#[derive(Default)]
pub(super) struct Books {
    /// What each payer's schedules earn.
    earnings: BTreeMap<String, Vec<Earning>>,
    endings: Endings,
    /// What was written under each heading.
    sums: Sums,
    /// When each heading was first used.
    opened: BTreeMap<LedgerAccount, Date>,
    /// The log's last day.
    last: Option<Date>,
}

/// What a transaction says beside its postings.
struct Said<'a> {
    date: Date,
    payer: &'a str,
    narration: &'a str,
    /// Names and texts that need no escape.
    metadata: &'a [(&'static str, String)],
}

impl Books {
    pub(super) fn begin(out: &mut impl Write) -> Result<(), Fault> {
        writeln!(out, "; Written by `subledger export --format beancount`. A debit is positive.")?;
        writeln!(out, "option \"title\" \"Subledger\"")?;
        writeln!(out, "option \"operating_currency\" \"{}\"", Currency::default().code())?;
        Ok(())
    }

    pub(super) fn event(&mut self, out: &mut impl Write, event: &Recorded) -> Result<(), Fault> {
        let fact: Fact = event.fact()?;
        let date = day_of(event.effective_at);
        self.last = self.last.max(Some(date));
        let Booking { postings, earnings, ending } = booking(&fact)?;
        if !postings.is_empty() {
            let metadata = [("event_id", fact.id.to_string()), ("position", event.position.to_string())];
            let (payer, narration) = (event.account_id.as_str(), event.event_type.as_str());
            self.transaction(out, &Said { date, payer, narration, metadata: &metadata }, postings)?;
        }
        if !earnings.is_empty() {
            self.earnings.entry(event.account_id.clone()).or_default().extend(earnings);
        }
        ending.into_iter().for_each(|ending| self.endings.note(ending));
        Ok(())
    }

    pub(super) fn end(&mut self, out: &mut impl Write, position: u64) -> Result<(), Fault> {
        let Some(last) = self.last else { return Ok(()) };
        for (payer, earnings) in std::mem::take(&mut self.earnings) {
            for (month, earned) in recognised(earnings.iter(), &self.endings, last)? {
                let metadata = [("month", month.to_string())];
                let date = month.last_day().min(last);
                let said = Said { date, payer: &payer, narration: "Revenue recognised", metadata: &metadata };
                self.transaction(out, &said, earned.postings())?;
            }
        }
        writeln!(out, "\n; The headings, and what they come to at the end of {last}, after position {position}.")?;
        for (heading, opened) in &self.opened {
            let amount = self.sums.of(*heading);
            let (name, code) = (name(*heading), amount.currency().code());
            writeln!(out, "{opened} open {name} {code}")?;
            writeln!(out, "{} balance {name}  {} ~ 0.00 {code}", plus_days(last, 1), amount.amount())?;
        }
        Ok(())
    }

    fn transaction(
        &mut self,
        out: &mut impl Write,
        said: &Said<'_>,
        postings: impl IntoIterator<Item = Posting>,
    ) -> Result<(), Fault> {
        let mut postings = postings.into_iter().peekable();
        if postings.peek().is_none() {
            return Ok(());
        }
        let Said { date, payer, narration, metadata } = said;
        writeln!(out, "\n{date} * \"{payer}\" \"{narration}\"")?;
        for (key, value) in *metadata {
            writeln!(out, "  {key}: \"{value}\"")?;
        }
        for Posting { ledger_account, amount } in postings {
            writeln!(out, "  {}  {} {}", name(ledger_account), amount.amount(), amount.currency().code())?;
            self.sums.add(ledger_account, amount)?;
            let opened = self.opened.entry(ledger_account).or_insert(*date);
            *opened = (*opened).min(*date);
        }
        Ok(())
    }
}

/// `Liabilities:WalletCash` of `liabilities:wallet_cash`.
fn name(heading: LedgerAccount) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
    };
    let part = |part: &str| part.split('_').map(word).collect::<String>();
    heading.to_string().split(':').map(part).collect::<Vec<_>>().join(":")
}

#[cfg(test)]
mod tests {
    use subledger_domain::charge::Item;

    use super::*;

    #[test]
    fn a_heading_has_the_form_of_beancounts_accounts() {
        assert_eq!(name(LedgerAccount::WalletCash), "Liabilities:WalletCash");
        assert_eq!(name(LedgerAccount::Revenue(Item::AvCallBasic)), "Income:Revenue:AvCallBasic");
    }
}
