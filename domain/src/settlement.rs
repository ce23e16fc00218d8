//! Owns what a natural month comes to: for each application in paid service a line for peak daily actives, one for peak
//! groups, one for history storage; each with its share of the month and the events it comes from (S4, S5, U8–U18).
//!
//! Does not own when it is settled (`timer`) nor how it is paid (`account`).

use jiff::Timestamp;
use jiff::civil::Date;

use crate::application::CreatedApplication;
use crate::books::{Ground, Working};
use crate::calendar::{Month, Period, day_of, midnight, plus_days};
use crate::catalog::PriceList;
use crate::charge::{CauseRef, Formula, Item, StatementLine};
use crate::fact::Stream;
use crate::ids::{ApplicationId, CommandId, IdSeries, LineId, SubscriptionId, UsageMonthId};
use crate::money::{Currency, Money, MoneyFault};
use crate::proration::{MonthShare, started_blocks};
use crate::terms::{OverageTerms, PlanTerms};
use crate::usage::Reading;

/// The lines of a payer's statement for a month; none when no application had a service day in it (U18).
pub(crate) fn lines(books: &Working<'_>, month: Month, ids: &mut IdSeries) -> Result<Vec<StatementLine>, MoneyFault> {
    let mut lines = Vec::new();
    for application in books.applications() {
        lines.extend(lines_of(books, application, month, month.last_day(), ids)?);
    }
    Ok(lines)
}

fn lines_of(
    books: &Working<'_>,
    application: &CreatedApplication,
    month: Month,
    measured_until: Date,
    ids: &mut IdSeries,
) -> Result<Vec<StatementLine>, MoneyFault> {
    let service_days = application.paid_service.days_of(month);
    let Some(last_service_day) = service_days.last().copied() else { return Ok(Vec::new()) };
    let service_days = &service_days;
    let usage = MonthOfUse { books, application, month, service_days, last_service_day, measured_until };
    let dau = usage.overage(Item::DauOverage, |reading| reading.dau, |terms| &terms.dau_overage, ids)?;
    let groups = usage.overage(Item::GroupOverage, |reading| reading.peak_groups, |terms| &terms.group_overage, ids)?;
    Ok([dau, groups].into_iter().chain(usage.storage(ids)?).collect())
}

/// What a settled month of one application comes to by the readings that count now: the lines its statement would have.
pub(crate) fn recalculated(
    books: &Working<'_>,
    id: UsageMonthId,
    ids: &mut IdSeries,
) -> Result<Vec<StatementLine>, MoneyFault> {
    match books.application(id.application_id) {
        Some(application) => lines_of(books, application, id.month, id.month.last_day(), ids),
        None => Ok(Vec::new()),
    }
}

/// One day of a month, as it was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeteredDay {
    /// The civil day.
    pub date: Date,
    /// What was measured.
    pub reading: Reading,
    /// Whether the application was in paid service on it; only such days count towards a peak (U8, U12).
    pub is_service_day: bool,
    /// Whether the day is not over yet.
    pub is_provisional: bool,
}

/// What a month of one application comes to if nothing more happens in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthSoFar {
    /// The days that were measured, in order.
    pub days: Vec<MeteredDay>,
    /// Service days begun by now that were not (U13).
    pub days_without_reading: Vec<Date>,
    /// The lines its statement would have, by the same arithmetic.
    pub lines: Vec<StatementLine>,
    /// Their sum.
    pub fee: Money,
}

/// A day of an application as it was measured, seen at an instant; none if it was not.
pub fn metered_day(books: &Working<'_>, id: ApplicationId, date: Date, at: Timestamp) -> Option<MeteredDay> {
    let reading = books.usage(UsageMonthId { application_id: id, month: Month::of(date) })?.reading(date)?;
    let is_service_day = books.application(id)?.paid_service.is_service_day(date);
    Some(MeteredDay { date, reading, is_service_day, is_provisional: date == day_of(at) })
}

/// What a month comes to so far, in Books taken to `at`: the settlement of that month, tried out. None for an
/// application that is not of these Books.
///
/// # Errors
/// [`MoneyFault`], as the settlement would.
pub fn preview(
    books: &Working<'_>,
    id: ApplicationId,
    month: Month,
    at: Timestamp,
) -> Result<Option<MonthSoFar>, MoneyFault> {
    let Some(application) = books.application(id) else { return Ok(None) };
    let today = day_of(at);
    // The lines are looked at and forgotten, so their ids are never seen.
    let mut ids = IdSeries::new(CommandId::default(), at);
    let lines = lines_of(books, application, month, today, &mut ids)?;
    let nothing = Money::zero(Currency::default());
    let fee = lines.iter().try_fold(nothing, |fee, line| fee.plus(line.amount))?;
    let days: Vec<MeteredDay> = month.each_day().filter_map(|date| metered_day(books, id, date, at)).collect();
    let unmeasured = |day: &Date| *day <= today && !days.iter().any(|measured| measured.date == *day);
    let days_without_reading = application.paid_service.days_of(month).into_iter().filter(unmeasured).collect();
    Ok(Some(MonthSoFar { days, days_without_reading, lines, fee }))
}

/// When a month's readings can no longer be changed by a later one: its statement becomes final.
pub fn closes_at(list: &PriceList, month: Month) -> Timestamp {
    month.settled_on(list.policies().settlement_final_day)
}

/// A month of one application that had a service day in it.
struct MonthOfUse<'b> {
    books: &'b Working<'b>,
    application: &'b CreatedApplication,
    month: Month,
    service_days: &'b [Date],
    last_service_day: Date,
    /// Days behind it have no reading because they have not come.
    measured_until: Date,
}

/// Terms in force from an instant on, and the event that brought them.
struct TermInForce<'b> {
    subscription: SubscriptionId,
    from: Timestamp,
    terms: &'b PlanTerms,
    ground: Option<Ground>,
}

impl<'b> MonthOfUse<'b> {
    fn overage(
        &self,
        item: Item,
        measure: fn(&Reading) -> u64,
        of: fn(&PlanTerms) -> &OverageTerms,
        ids: &mut IdSeries,
    ) -> Result<StatementLine, MoneyFault> {
        let (peak_on, peak) = self.peak(measure);
        // A month with two terms takes the prices of the peak's day (U39).
        let in_force = self.term_on(peak_on.unwrap_or(self.last_service_day));
        let terms = in_force.terms;
        let overage = of(terms);
        let blocks = started_blocks(peak, overage.included, overage.block);
        let share = self.application.paid_service.share_of(self.month);
        let amount = share.of(overage.block_price.times(blocks)?)?;
        let formula = Formula::Overage {
            peak,
            peak_on,
            included: overage.included,
            block: overage.block,
            blocks,
            block_price: overage.block_price,
            share,
            days_without_reading: self.days_without_reading(),
            amount,
        };
        let causes = peak_on.and_then(|day| self.reading_cause(day)).into_iter().chain(in_force.cause()).collect();
        Ok(self.line(item, (blocks, overage.block_price), amount, &in_force, formula, causes, ids))
    }

    /// The highest step of the month at the price of its plan; whole in the month it was switched on (S18, U15–U17).
    fn storage(&self, ids: &mut IdSeries) -> Result<Option<StatementLine>, MoneyFault> {
        let service: Vec<Period> = self.application.paid_service.within(self.month.period()).collect();
        let mut highest: Option<(Money, u32, Period, TermInForce<'b>)> = None;
        for stretch in &service {
            for (kept, days) in self.application.retention.within(*stretch) {
                for in_force in self.terms_within(kept) {
                    let step = in_force.terms.history_storage.iter().find(|step| step.days == days);
                    let Some(price) = step.map(|step| step.monthly_price) else { continue };
                    if highest.as_ref().is_none_or(|(most, ..)| price > *most) {
                        highest = Some((price, days, kept, in_force));
                    }
                }
            }
        }
        let Some((monthly_price, kept_days, kept, in_force)) = highest else { return Ok(None) };
        let activated = self.application.retention.was_activated_in(self.month);
        let part = self.application.paid_service.share_of(self.month);
        let share = MonthShare { whole: part.whole || activated, ..part };
        let amount = share.of(monthly_price)?;
        let plan = in_force.terms.plan;
        let formula = Formula::Storage { kept_days, plan, monthly_price, share, amount };
        let causes = self.retention_cause(kept).into_iter().chain(in_force.cause()).collect();
        let line = self.line(Item::HistoryStorage, (1, monthly_price), amount, &in_force, formula, causes, ids);
        Ok(Some(line))
    }

    #[expect(clippy::too_many_arguments, reason = "a line has that many members, and each caller has them at hand")]
    fn line(
        &self,
        item: Item,
        (quantity, unit_price): (u64, Money),
        amount: Money,
        in_force: &TermInForce<'_>,
        formula: Formula,
        causes: Vec<CauseRef>,
        ids: &mut IdSeries,
    ) -> StatementLine {
        StatementLine {
            line_id: LineId::from_uuid(ids.draw()),
            application_id: self.application.id,
            item,
            period: self.month.period(),
            quantity,
            unit_price,
            amount,
            price_list: in_force.terms.price_list.clone(),
            formula,
            causes,
            adjusts: None,
        }
    }

    /// The month's highest reading on a service day, and its first such day (U8, U12). Days without one count as none.
    fn peak(&self, measure: fn(&Reading) -> u64) -> (Option<Date>, u64) {
        let readings = self.service_days.iter().filter_map(|day| Some((*day, measure(&self.reading(*day)?))));
        readings.fold((None, 0), |(on, peak), (day, value)| match on {
            Some(_) if value <= peak => (on, peak),
            Some(_) | None => (Some(day), value),
        })
    }

    fn days_without_reading(&self) -> Vec<Date> {
        let come = self.service_days.iter().copied().filter(|day| *day <= self.measured_until);
        come.filter(|day| self.reading(*day).is_none()).collect()
    }

    fn usage_id(&self) -> UsageMonthId {
        UsageMonthId { application_id: self.application.id, month: self.month }
    }

    fn reading(&self, day: Date) -> Option<Reading> {
        self.books.usage(self.usage_id())?.reading(day)
    }

    /// The term in force at the end of a day; of a service day there is one.
    fn term_on(&self, day: Date) -> TermInForce<'b> {
        let until = midnight(plus_days(day, 1));
        let begun = self.terms().filter(|in_force| in_force.from < until).last();
        begun.or_else(|| self.terms().next()).expect("an application with a service day has bought a term")
    }

    /// The terms that were in force at some moment of a stretch of service; the last one also in its grace.
    fn terms_within(&self, stretch: Period) -> impl Iterator<Item = TermInForce<'b>> {
        let terms: Vec<TermInForce<'b>> = self.terms().collect();
        let ends: Vec<_> = terms.iter().skip(1).map(|next| next.from).map(Some).chain([None]).collect();
        terms.into_iter().zip(ends).filter_map(move |(in_force, until)| {
            let begins_in_time = in_force.from < stretch.end;
            // What was changed in the instant in which it began was in force at no moment.
            let lasts = until.is_none_or(|until| stretch.start < until && in_force.from < until);
            (begins_in_time && lasts).then_some(in_force)
        })
    }

    /// Every term of every agreement, in order.
    fn terms(&self) -> impl Iterator<Item = TermInForce<'b>> {
        let books = self.books;
        let agreements = &self.application.agreements;
        agreements.iter().enumerate().flat_map(move |(index, id)| {
            let grounds = books.agreement_grounds(*id);
            // What was paid ahead of an agreement that was refunded never began once another did.
            let next = agreements.get(index + 1).and_then(|next| books.agreement(*next));
            let next = next.map_or(Timestamp::MAX, |next| next.terms.anchor.at);
            let terms = books.agreement(*id).into_iter().flat_map(|agreement| agreement.terms.in_force());
            terms.filter(move |(from, _)| *from < next).map(move |(from, in_force)| TermInForce {
                subscription: *id,
                from,
                terms: &in_force.terms,
                ground: grounds.and_then(|grounds| grounds.in_force_from(from)),
            })
        })
    }

    fn reading_cause(&self, day: Date) -> Option<CauseRef> {
        let ground = self.books.usage_grounds(self.usage_id())?.readings.get(&day)?;
        Some(ground.cause(&Stream::Usage(self.usage_id())))
    }

    /// The setting that was in force at the start of the stretch that is billed.
    fn retention_cause(&self, kept: Period) -> Option<CauseRef> {
        let settings = &self.books.grounds(self.application.id)?.retention;
        let (_, ground) = settings.iter().rev().find(|(at, _)| *at <= kept.start)?;
        Some(ground.cause(&Stream::Application(self.application.id)))
    }
}

impl TermInForce<'_> {
    fn cause(&self) -> Option<CauseRef> {
        self.ground.map(|ground| ground.cause(&Stream::Subscription(self.subscription)))
    }
}
