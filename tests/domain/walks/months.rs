//! Owns a month's statement, counted naively: every day of every application, every stretch, to the fen. And the rights.

use subledger_domain::books::Working;
use subledger_domain::charge::{Formula, Item, StatementLine};
use subledger_domain::entitlement::Entitlements;
use subledger_domain::ids::ApplicationId;
use subledger_domain::plan::{Feature, Plan, Quota};

use super::apps::App;
use super::days::{Day, MonthNo, civil, days_in, first_of, midnight};
use super::oracle::{Ground, Held, Oracle, fen, hold};
use super::prices::{self, Fen};

/// What a month's overage comes to.
struct Overage {
    peak: u64,
    peak_on: Option<Day>,
    blocks: u64,
    amount: Fen,
}

impl App {
    fn month_days(month: MonthNo) -> std::ops::Range<Day> {
        first_of(month)..first_of(month + 1)
    }

    /// A whole day out of service behind a stop.
    fn lost_a_day(&self, month: MonthNo) -> bool {
        let first_sold = self.stretches.iter().find(|stretch| stretch.plan != Plan::Trial).map(|stretch| stretch.from);
        // A day before the first plan was never sold; every later day without service follows a stop.
        Self::month_days(month).any(|day| {
            let before = first_sold.is_none_or(|first| midnight(day + 1) <= first);
            !before && !self.is_service_day(day)
        })
    }

    fn share(&self, fee: Fen, month: MonthNo, whole: bool) -> Fen {
        if whole || !self.lost_a_day(month) {
            return fee;
        }
        let served = Self::month_days(month).filter(|day| self.is_service_day(*day)).count();
        let (served, days) = (i64::try_from(served).expect("at most 31"), days_in(month));
        (2 * fee * served + days) / (2 * days)
    }

    fn overage(&self, month: MonthNo, included: u64, block: u64, measure: fn(&(u64, u64)) -> u64) -> Overage {
        let (mut peak, mut peak_on) = (0, None);
        for day in Self::month_days(month).filter(|day| self.is_service_day(*day)) {
            if let Some(reading) = self.readings.get(&day).map(measure)
                && (peak_on.is_none() || reading > peak)
            {
                (peak, peak_on) = (reading, Some(day));
            }
        }
        let mut blocks = 0;
        while included + blocks * block < peak {
            blocks += 1;
        }
        let fee = prices::block(self.site) * i64::try_from(blocks).expect("few blocks");
        Overage { peak, peak_on, blocks, amount: self.share(fee, month, false) }
    }

    /// The dearest step that was kept at any moment of service, and its price.
    fn storage(&self, month: MonthNo) -> Option<(Fen, Fen)> {
        let served = self.served(midnight(first_of(month)), midnight(first_of(month + 1)));
        let prices = served.filter_map(|stretch| prices::storage(self.site, stretch.plan, stretch.kept?));
        let fee = prices.max()?;
        Some((fee, self.share(fee, month, self.activated_in.contains(&month))))
    }
}

fn text(day: Day) -> String {
    let (year, month, of_month) = civil(day);
    format!("{year:04}-{month:02}-{of_month:02}")
}

impl Oracle {
    /// Whether any application had a service day in a month.
    pub(super) fn served_in(&self, month: MonthNo) -> bool {
        self.apps.values().any(|app| App::month_days(month).any(|day| app.is_service_day(day)))
    }

    pub(super) fn statement(&self, month: MonthNo, lines: &[StatementLine], total: Fen) -> Held {
        let mut left = lines.iter();
        let mut sum = 0;
        for (id, app) in &self.apps {
            if !App::month_days(month).any(|day| app.is_service_day(day)) {
                continue;
            }
            let dau = app.overage(month, 10_000, 10_000, |reading| reading.0);
            let groups = app.overage(month, 100_000, 100_000, |reading| reading.1);
            let overages = [(Item::DauOverage, dau), (Item::GroupOverage, groups)];
            for (item, overage) in overages {
                let line = self.next_line(&mut left, *id, item, month)?;
                app.same_overage(line, &overage, month)?;
                let figure = |figures: (u64, u64)| if item == Item::DauOverage { figures.0 } else { figures.1 };
                let peaked = |ground: &Ground| match ground {
                    Ground::Reading { application, day, figures } => {
                        (*application, Some(*day), figure(*figures)) == (*id, overage.peak_on, overage.peak)
                    }
                    Ground::Kept { .. } | Ground::Term { .. } => false,
                };
                self.explained(*id, line, overage.peak_on.is_some().then_some(&peaked))?;
                sum += overage.amount;
            }
            if let Some((fee, amount)) = app.storage(month) {
                let line = self.next_line(&mut left, *id, Item::HistoryStorage, month)?;
                hold!(fen(line.unit_price) == fee, "I17: {} a month where {fee} fen are due", line.unit_price);
                hold!(fen(line.amount) == amount, "I17, U15: {} where {amount} fen are due", line.amount);
                let Formula::Storage { kept_days, .. } = &line.formula else {
                    return Err("I17: the formula of something else".to_owned());
                };
                let kept = |ground: &Ground| *ground == Ground::Kept { application: *id, days: *kept_days };
                self.explained(*id, line, Some(&kept))?;
                sum += amount;
            }
        }
        hold!(left.next().is_none(), "I14, I21: a line too many");
        hold!(total == sum, "I9: {total} fen where {sum} are due");
        Ok(())
    }

    /// I8: a line comes from what was measured or set, if anything was, and from the term whose prices it takes.
    fn explained(
        &self,
        application: ApplicationId,
        line: &StatementLine,
        by: Option<&dyn Fn(&Ground) -> bool>,
    ) -> Held {
        let grounds: Option<Vec<&Ground>> = line.causes.iter().map(|cause| self.grounds.get(&cause.event_id)).collect();
        let grounds = grounds.ok_or("I8: a line comes from an event that explains no line")?;
        let (term, others) = grounds.split_last().ok_or("I8: a line without a cause")?;
        hold!(
            matches!(term, Ground::Term { application: of, .. } if *of == application),
            "I8: {term:?} is no term of it"
        );
        hold!(others.len() == usize::from(by.is_some()), "I8: {others:?} explain a line");
        hold!(by.is_none_or(|fits| others.iter().all(|ground| fits(ground))), "I8: {others:?} explain another line");
        Ok(())
    }

    fn next_line<'l>(
        &self,
        lines: &mut impl Iterator<Item = &'l StatementLine>,
        application: ApplicationId,
        item: Item,
        month: MonthNo,
    ) -> Result<&'l StatementLine, String> {
        let line = lines.next().ok_or_else(|| format!("I14: no line for {} of {application}", item.name()))?;
        if (line.application_id, line.item) != (application, item) {
            return Err(format!("I14: a line for {} of {}", line.item.name(), line.application_id));
        }
        let period = (midnight(first_of(month)), midnight(first_of(month + 1)));
        if (line.period.start, line.period.end) != period {
            return Err(format!("I14: a line for {:?}", line.period));
        }
        Ok(line)
    }

    /// I19, I22, I25, I27, I28: every limit is the plan's or a running add-on's, whichever is more, and none when stopped.
    pub(super) fn entitled(&self, books: &Working<'_>, id: ApplicationId, app: &App) -> Held {
        let rights = Entitlements::of(books, id).ok_or("I5: no rights")?;
        let packs = || self.packs.values().filter(|pack| pack.application == id && pack.is_running());
        for quota in Quota::ALL {
            let raised = packs().filter_map(|pack| prices::raise(pack.add_on, app.plan));
            let stored = app.kept.map(|days| (Quota::HistoryRetentionDays, Some(u64::from(days))));
            let opened = app.open.contains(&Feature::Community).then_some((Quota::CommunitiesMax, Some(100_000)));
            let to = raised.chain(stored).chain(opened).filter(|(row, _)| row == quota).map(|(_, to)| to);
            let mut limit = prices::limit(*quota, app.plan);
            for to in to.filter(|_| app.serving()) {
                limit = match (limit, to) {
                    (Some(limit), Some(to)) => Some(limit.max(to)),
                    (None, _) | (_, None) => None,
                };
            }
            let limit = if app.in_service() { limit } else { Some(0) };
            let seen = rights.quota(*quota);
            hold!(seen.limit == limit, "I28: {} is {:?}, counted {limit:?}", quota.name(), seen.limit);
            let cause = seen.cause.ok_or("I19: a right without a cause")?;
            hold!(self.events.contains(&cause.event_id), "I19: a right with an unknown cause");
        }
        let flagship = app.plan == Plan::Flagship && app.in_service();
        for feature in [Feature::UserStatus, Feature::GroupReadReceipts, Feature::PushAll, Feature::Community] {
            let on_application = matches!(feature, Feature::PushAll | Feature::Community);
            let counted = flagship && (!on_application || app.open.contains(&feature));
            let granted = rights.feature(feature).granted;
            hold!(granted == counted, "I27, U44: {} is granted: {granted}", feature.name());
        }
        hold!(
            rights.feature(Feature::GlobalAccess).granted == app.in_service(),
            "I22: a stopped application is usable"
        );
        Ok(())
    }
}

impl App {
    fn same_overage(&self, line: &StatementLine, counted: &Overage, month: MonthNo) -> Held {
        hold!(fen(line.amount) == counted.amount, "I18: {} where {} fen are due", line.amount, counted.amount);
        hold!(line.quantity == counted.blocks, "I18: {} blocks, counted {}", line.quantity, counted.blocks);
        let Formula::Overage { peak, peak_on, days_without_reading, .. } = &line.formula else {
            return Err("I18: the formula of something else".to_owned());
        };
        let on = counted.peak_on.map(text);
        hold!(*peak == counted.peak && peak_on.map(|day| day.to_string()) == on, "I18: peak {peak} on {peak_on:?}");
        let missing =
            Self::month_days(month).filter(|day| self.is_service_day(*day) && !self.readings.contains_key(day));
        let told: Vec<String> = days_without_reading.iter().map(ToString::to_string).collect();
        hold!(told == missing.map(text).collect::<Vec<_>>(), "U13: without reading {told:?}");
        Ok(())
    }
}
