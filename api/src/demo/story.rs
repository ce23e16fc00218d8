//! Owns the story that the demonstration tells: who buys what when, and what is asked on the way.

use std::io;

use jiff::civil::Date;
use serde_json::json;
use subledger_domain::calendar::Month;

use super::teller::{DemoFault, Teller};
use crate::client::Client;

/// The instant the story begins: the first day of golden case C9.1.
pub const BEGINS: &str = "2022-10-12T00:00:00+08:00";

const CHAT: u64 = 1_400_000_001;
const LAB: u64 = 1_400_000_002;
const EVENTS: u64 = 1_400_000_003;
const PILOT: u64 = 1_400_000_004;
const LIVE: u64 = 1_400_000_005;
const ABROAD: u64 = 1_400_000_006;

/// Plays the story against a server whose manual clock stands at [`BEGINS`], telling it line by line. Answers the id of a
/// statement worth looking at.
///
/// # Errors
/// [`DemoFault`].
pub async fn play(client: &Client, say: impl FnMut(&str) -> io::Result<()>) -> Result<String, DemoFault> {
    let mut story = Story(Teller::new(client, say));
    story.trial().await?;
    story.pro_with_packs().await?;
    story.short_lives().await?;
    story.abroad().await?;
    story.first_statements().await?;
    story.nobody_renews().await?;
    let worth_a_look = story.arrears().await?;
    story.back_again().await?;
    story.recycled().await?;
    story.rest_of_the_year().await?;
    story.what_the_payers_see().await?;
    Ok(worth_a_look)
}

struct Story<'c, S>(Teller<'c, S>);

impl<S: FnMut(&str) -> io::Result<()>> Story<'_, S> {
    async fn trial(&mut self) -> Result<(), DemoFault> {
        let teller = &mut self.0;
        teller.chapter("A new application is on Trial: free, within its limits")?;
        teller.account("acme", "Acme Live Ltd.").await?;
        teller.deposit("acme", "40000.00", "cash").await?;
        teller.deposit("acme", "500.00", "gift").await?;
        teller.create("acme", "Acme chat", "china").await?;
        teller.create("acme", "Acme lab", "china").await?;
        teller.may(LAB, ("avchatrooms_max", 10), "an 11th live group").await?;
        teller.may(LAB, ("dau_included", 100), "a 101st daily user").await
    }

    async fn pro_with_packs(&mut self) -> Result<(), DemoFault> {
        let teller = &mut self.0;
        teller.chapter("Pro with packs: invoiced, paid gift first, in force at once")?;
        teller.buy(CHAT, "pro", 12).await?;
        teller.may(CHAT, ("group_members_max", 2_000), "a 2,001st member of a group").await?;
        teller.add_on(CHAT, json!({"kind": "groups_per_user", "months": 6})).await?;
        teller.add_on(CHAT, json!({"kind": "av_call", "variant": "trial"})).await?;
        teller.keep_history(CHAT, 90).await?;
        let pack = json!({"kind": "group_members", "months": 1});
        teller.refused((LAB, "add-ons"), pack, "a pack on Trial").await
    }

    async fn short_lives(&mut self) -> Result<(), DemoFault> {
        let teller = &mut self.0;
        teller.chapter("Two applications for a month, and another payer")?;
        for name in ["Acme events", "Acme pilot"] {
            teller.create("acme", name, "china").await?;
        }
        teller.buy(EVENTS, "pro", 1).await?;
        teller.buy(PILOT, "pro", 1).await?;
        teller.account("borealis", "Borealis Studio").await?;
        teller.deposit("borealis", "3500.00", "cash").await?;
        teller.create("borealis", "Borealis live", "china").await?;
        teller.buy(LIVE, "pro", 3).await
    }

    async fn abroad(&mut self) -> Result<(), DemoFault> {
        let teller = &mut self.0;
        teller.chapter("Flagship in Singapore: the price list follows the data site")?;
        teller.advance("2022-10-20T10:30:00+08:00").await?;
        teller.create("acme", "Acme abroad", "singapore").await?;
        let half_a_year = json!({"plan": "flagship", "months": 6});
        teller.refused((ABROAD, "subscription"), half_a_year, "an order beyond the balance").await?;
        teller.deposit("acme", "120000.00", "cash").await?;
        teller.buy(ABROAD, "flagship", 6).await?;
        teller.may_use(ABROAD, "group_read_receipts", "group read receipts").await?;
        let call = json!({"kind": "av_call", "variant": "basic", "months": 1});
        teller.refused((ABROAD, "add-ons"), call, "the call package abroad").await
    }

    async fn first_statements(&mut self) -> Result<(), DemoFault> {
        self.0.chapter("A month is measured, drafted on the 1st, final and deducted on the 3rd")?;
        self.measure("2022-10", &[CHAT, LAB, EVENTS, LIVE, ABROAD]).await?;
        self.0.advance("2022-11-03T00:00:00+08:00").await
    }

    async fn nobody_renews(&mut self) -> Result<(), DemoFault> {
        let teller = &mut self.0;
        teller.chapter("Nobody renews: reminders, seven days of grace, the stop on the right instant")?;
        teller.advance("2022-11-18T23:59:59+08:00").await?;
        teller.may(EVENTS, ("groups_per_user_max", 400), "a 401st group of one user, a second before the stop").await?;
        teller.advance("2022-11-19T00:00:00+08:00").await?;
        teller.may(EVENTS, ("groups_per_user_max", 400), "the same at 00:00").await?;
        teller.refused((EVENTS, "subscription"), json!({"plan": "trial", "months": 1}), "going back to Trial").await
    }

    async fn arrears(&mut self) -> Result<String, DemoFault> {
        self.0.chapter("A bill larger than the balance: seven days counting the bill's, then everything stops")?;
        self.measure("2022-11", &[CHAT, LAB, EVENTS, LIVE, ABROAD]).await?;
        self.0.advance("2022-12-03T00:00:00+08:00").await?;
        let month_of_the_stop = self.0.statement("acme", "2022-11").await?;
        let teller = &mut self.0;
        let renewal = json!({"months": 3});
        teller.refused((LIVE, "subscription/renewals"), renewal, "a renewal in arrears").await?;
        teller.advance("2022-12-10T00:00:00+08:00").await?;
        teller.may(LIVE, ("groups_max", 10), "an 11th group").await?;
        Ok(month_of_the_stop)
    }

    async fn back_again(&mut self) -> Result<(), DemoFault> {
        let teller = &mut self.0;
        teller.chapter("A debt is paid, and service goes on; a stopped application is bought again, as a new term")?;
        teller.advance("2022-12-10T09:00:00+08:00").await?;
        teller.buy(EVENTS, "pro", 10).await?;
        teller.advance("2022-12-14T12:00:00+08:00").await?;
        teller.deposit("borealis", "15000.00", "cash").await?;
        teller.renew(LIVE, 9).await?;
        self.measure("2022-12", &[CHAT, EVENTS, LIVE, ABROAD]).await?;
        self.0.advance("2023-01-03T00:00:00+08:00").await
    }

    async fn recycled(&mut self) -> Result<(), DemoFault> {
        self.0.chapter("What is left alone is recycled after 90 days, for good")?;
        self.0.advance("2023-01-15T10:00:00+08:00").await?;
        self.0.keep_history(CHAT, 7).await?;
        self.measure("2023-01", &[CHAT, EVENTS, LIVE, ABROAD]).await?;
        self.0.advance("2023-02-17T00:00:00+08:00").await?;
        self.0.refused((PILOT, "subscription"), json!({"plan": "pro", "months": 1}), "buying it after that").await
    }

    async fn rest_of_the_year(&mut self) -> Result<(), DemoFault> {
        self.0.chapter("The rest of the year")?;
        self.0.hold();
        for month in ["2023-02", "2023-03"] {
            self.measure(month, &[CHAT, EVENTS, LIVE, ABROAD]).await?;
        }
        self.0.advance("2023-04-10T10:00:00+08:00").await?;
        self.0.renew(ABROAD, 6).await?;
        for month in ["2023-04", "2023-05", "2023-06", "2023-07", "2023-08", "2023-09"] {
            self.measure(month, &[CHAT, EVENTS, LIVE, ABROAD]).await?;
        }
        self.0.advance("2023-10-11T12:00:00+08:00").await?;
        self.0.release()
    }

    async fn what_the_payers_see(&mut self) -> Result<(), DemoFault> {
        let teller = &mut self.0;
        teller.chapter("After a year")?;
        teller.applications().await?;
        for account in ["acme", "borealis"] {
            teller.standing(account).await?;
        }
        Ok(())
    }

    /// Tells every day of a month that has come, on its last evening.
    async fn measure(&mut self, month: &str, applications: &[u64]) -> Result<(), DemoFault> {
        let month: Month = month.parse().map_err(|_| DemoFault::Missing { what: "such month" })?;
        self.0.advance(&format!("{}T20:00:00+08:00", month.last_day())).await?;
        let mut readings = Vec::new();
        for application in applications {
            let begins = if *application == ABROAD { BOUGHT_ABROAD } else { BOUGHT };
            for date in month.each_day().filter(|date| *date >= begins) {
                let (dau, peak_groups) = usage_of(*application, date);
                readings.push((*application, json!({"date": date, "dau": dau, "peak_groups": peak_groups})));
            }
        }
        self.0.measure(readings).await
    }
}

const BOUGHT: Date = jiff::civil::date(2022, 10, 12);
const BOUGHT_ABROAD: Date = jiff::civil::date(2022, 10, 20);

const BACK_TO_NORMAL: Date = jiff::civil::date(2022, 12, 1);

/// What an application measures on a day: a quiet week, and days on which more come.
fn usage_of(application: u64, date: Date) -> (u64, u64) {
    let week = u64::from(date.weekday().to_monday_one_offset().unsigned_abs());
    let (quiet, busy, busy_day) = match application {
        LAB => (40, 45, 11),
        CHAT => (7_000, 21_500, 11),
        EVENTS => (6_000, 15_000, 5),
        LIVE if date < BACK_TO_NORMAL => (8_000, 34_000, 18),
        LIVE => (5_000, 9_500, 18),
        _ => (8_000, 10_001, 25),
    };
    let is_busy = date.day().unsigned_abs() == busy_day && date.month() % 2 == 1;
    let dau = if is_busy { busy } else { quiet + week * (quiet / 50) };
    (dau, dau * 4)
}
