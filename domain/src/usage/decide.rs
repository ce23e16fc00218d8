//! Owns the decisions of a usage month.

use super::{Command, Error, Event, Reading, UsageMonth};

impl UsageMonth {
    /// The facts a step brings about. A reading that is known already brings none.
    ///
    /// # Errors
    /// [`Error`], the first refusal that fits.
    pub fn decide(&self, step: &Command) -> Result<Vec<Event>, Error> {
        match (self.is_closed(), step) {
            (true, Command::Record { .. }) => Err(Error::MonthClosed),
            (true | false, Command::Correct { application_id, date, dau, peak_groups, over_cap, reason, at }) => {
                let known = self.reading(*date);
                let dau = dau.unwrap_or(known.map_or(0, |reading| reading.dau));
                let peak_groups = peak_groups.unwrap_or(known.map_or(0, |reading| reading.peak_groups));
                if known == Some(Reading { dau, peak_groups, over_cap: *over_cap }) {
                    return Ok(vec![]);
                }
                let (application_id, date, over_cap) = (*application_id, *date, *over_cap);
                let (reason, at) = (reason.clone(), *at);
                Ok(vec![Event::UsageCorrected { application_id, date, dau, peak_groups, over_cap, reason, at }])
            }
            (true, Command::Close { .. }) => Ok(vec![]),
            (false, Command::Close { at }) => Ok(vec![Event::UsageMonthClosed { at: *at }]),
            (false, Command::Record { application_id, date, dau, peak_groups, over_cap, at }) => {
                let told = Reading { dau: *dau, peak_groups: *peak_groups, over_cap: *over_cap };
                if self.reading(*date) == Some(told) {
                    return Ok(vec![]);
                }
                Ok(vec![Event::UsageRecorded {
                    application_id: *application_id,
                    date: *date,
                    dau: *dau,
                    peak_groups: *peak_groups,
                    over_cap: *over_cap,
                    at: *at,
                }])
            }
        }
    }
}
