//! Owns the rules of a usage month: a reading a day, corrected while the month is open, closed by its settlement (S13–S15).
//!
//! Does not own which readings are billed (`settlement`).

use cqrs_es::test::TestFramework;
use subledger_domain::Folded;
use subledger_domain::usage::{Command, Error, Event, UsageMonth};
use subledger_tests::fixtures::{CHAT, day, instant};

use crate::steps::assert_table;

fn month() -> TestFramework<UsageMonth> {
    TestFramework::with(())
}

fn record(date: &str, dau: u64, peak_groups: u64) -> Command {
    Command::Record {
        application_id: CHAT,
        date: day(date),
        dau,
        peak_groups,
        over_cap: false,
        at: instant("2022-11-02 10:00"),
    }
}

fn recorded(date: &str, dau: u64, peak_groups: u64) -> Event {
    Event::UsageRecorded {
        application_id: CHAT,
        date: day(date),
        dau,
        peak_groups,
        over_cap: false,
        at: instant("2022-11-02 10:00"),
    }
}

fn closed() -> Event {
    Event::UsageMonthClosed { at: instant("2022-12-03") }
}

#[test]
fn a_day_is_measured_and_measured_again_while_the_month_is_open() {
    month()
        .given(vec![recorded("2022-11-01", 5, 7)])
        .when(record("2022-11-01", 4, 7))
        .then_expect_events(vec![recorded("2022-11-01", 4, 7)]);
    let mut state = UsageMonth::default();
    for event in [recorded("2022-11-01", 5, 7), recorded("2022-11-02", 6, 6), recorded("2022-11-01", 4, 7)] {
        assert_eq!(state.evolve(&event), Folded::InPlace);
    }
    let known: Vec<_> = state.readings().map(|(date, reading)| (date, reading.dau, reading.peak_groups)).collect();
    assert_eq!(known, [(day("2022-11-01"), 4, 7), (day("2022-11-02"), 6, 6)]);
}

#[test]
fn a_reading_that_is_known_already_brings_nothing() {
    month().given(vec![recorded("2022-11-01", 5, 7)]).when(record("2022-11-01", 5, 7)).then_expect_events(vec![]);
    // It is known by its day, and the latest one is what is known.
    month()
        .given(vec![recorded("2022-11-01", 5, 7), recorded("2022-11-01", 4, 7)])
        .when(record("2022-11-01", 5, 7))
        .then_expect_events(vec![recorded("2022-11-01", 5, 7)]);
}

#[test]
fn a_usage_month_answers_every_step_in_every_state() {
    let steps = [
        ("a new day", record("2022-11-02", 1, 1)),
        ("a known day, the same", record("2022-11-01", 5, 7)),
        ("a known day, other", record("2022-11-01", 5, 8)),
        ("close", Command::Close { at: instant("2022-12-03") }),
    ];
    let (noted, over) = ("UsageRecorded", "✗ MonthClosed");
    let open = vec![recorded("2022-11-01", 5, 7)];
    let closed = [open.clone(), vec![closed()]].concat();
    assert_table::<UsageMonth>(
        &steps,
        &[
            ("untold", vec![], &[noted, noted, noted, "UsageMonthClosed"]),
            ("open", open, &[noted, "nothing", noted, "UsageMonthClosed"]),
            ("closed", closed, &[over, over, over, "nothing"]),
        ],
    );
    month().given(vec![self::closed()]).when(record("2022-11-02", 1, 1)).then_expect_error(Error::MonthClosed);
}

#[test]
fn a_fact_out_of_place_leaves_the_month_as_it_was() {
    let mut state = UsageMonth::default();
    assert_eq!(state.evolve(&recorded("2022-11-01", 5, 7)), Folded::InPlace);
    assert_eq!(state.evolve(&closed()), Folded::InPlace);
    let before = state.clone();
    for late in [recorded("2022-11-01", 6, 7), closed()] {
        assert_eq!(state.evolve(&late), Folded::OutOfPlace);
        assert_eq!(state, before);
    }
}
