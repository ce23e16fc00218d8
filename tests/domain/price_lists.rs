//! Owns how a price list comes into force: published by an event, for the future only, and what was agreed before stays
//! agreed (U39).
//!
//! Does not own what a list must be nor its prices (the domain's own tests of the catalogue).

use jiff::Timestamp;
use subledger_domain::Folded;
use subledger_domain::catalog::{AddOn, CallVariant, Catalog, PriceList};
use subledger_domain::decide::{NotPublished, Wanted, publish};
use subledger_domain::fact::{Event, Fact, Stream};
use subledger_domain::ids::CommandId;
use subledger_domain::plan::{DataSite, Plan};
use subledger_domain::publication::{self, NO_PAYER, Publication, Unusable};
use subledger_tests::fixtures::{CHAT, catalog, day, instant};

use crate::steps::assert_table;
use crate::timeline::Story;

const OF_2024: &str = include_str!("../../domain/price_lists/2024-01.toml");

fn asked(catalog: &Catalog, wanted: &Wanted, when: &str) -> Result<Vec<Fact>, NotPublished> {
    let at = instant(when);
    let decision = publish(catalog, wanted, CommandId::keyed(at, NO_PAYER, "k"), at)?;
    assert_eq!((decision.at, decision.asked), (at, "publish_price_list"));
    Ok(decision.facts.into_iter().map(|placed| placed.fact).collect())
}

fn of_the_release(id: &str) -> Wanted {
    Wanted::OfTheRelease(id.to_owned())
}

fn event_of(fact: &Fact) -> &publication::Event {
    match &fact.event {
        Event::PriceList(event) => event,
        other => panic!("{other:?} is of no price list"),
    }
}

/// What the publication of list 2024-01 says, at an instant.
fn published(at: Timestamp) -> publication::Event {
    let list = PriceList::parse("2024-01.toml", OF_2024).expect("a good list");
    publication::Event::PriceListPublished {
        price_list: "2024-01".parse().expect("an id"),
        effective_from: day("2024-01-01"),
        content_hash: list.content_hash(),
        text: OF_2024.to_owned(),
        at,
    }
}

#[test]
fn each_step_of_a_publication_is_taken_or_refused() {
    let step = |when: &str| match published(instant(when)) {
        publication::Event::PriceListPublished { price_list, effective_from, content_hash, text, at } => {
            publication::Command::Publish { price_list, effective_from, content_hash, text, at }
        }
    };
    let steps = [("in time", step("2023-12-31 23:59:59")), ("too late", step("2024-01-01"))];
    assert_table::<Publication>(
        &steps,
        &[
            ("new", vec![], &["PriceListPublished", "✗ NotForTheFuture"]),
            ("published", vec![published(instant("2023-12-20"))], &["✗ AlreadyPublished", "✗ AlreadyPublished"]),
        ],
    );
}

#[test]
fn a_list_is_published_with_its_text_and_its_hash_in_a_stream_of_its_own() {
    for wanted in [of_the_release("2024-01"), Wanted::Text(OF_2024.to_owned())] {
        let facts = asked(&catalog(), &wanted, "2023-12-20 10:00").expect("published");
        let [fact] = facts.as_slice() else { panic!("{facts:?}") };
        assert_eq!(fact.stream, Stream::PriceList("2024-01".parse().expect("an id")));
        assert_eq!(event_of(fact), &published(instant("2023-12-20 10:00")));
        assert_eq!(fact.application_id(), None);
    }
}

#[test]
fn a_list_is_refused_unless_it_is_known_whole_new_and_for_the_future() {
    let with_2023 = {
        let facts = asked(&catalog(), &of_the_release("2023-03"), "2022-12-01").expect("published");
        event_of(&facts[0]).fold_into(&catalog()).expect("it clashes with none")
    };
    let changed = |from: &str, to: &str| Wanted::Text(OF_2024.replace(from, to));
    let renamed = |from: &str| {
        let text = OF_2024.replace("id = \"2024-01\"\n", "id = \"mine\"\n");
        Wanted::Text(text.replace("effective_from = 2024-01-01", &format!("effective_from = {from}")))
    };
    let rows = [
        (of_the_release("1999-01"), "Unknown"),
        (changed("china = \"1499.00\"", "china = \"-1.00\""), "Faulty"),
        (Wanted::Text(String::new()), "Faulty"),
        (of_the_release("2022-07"), "IdTaken"),
        (of_the_release("2023-03"), "IdTaken"),
        // One that comes with the release is known, even before it is published.
        (changed("name = \"Tencent Cloud IM, 2024\"", "name = \"mine\""), "IdTaken"),
        (renamed("2024-01-01"), "✓"),
        (renamed("2023-03-07"), "DayTaken"),
        (renamed("2023-12-20"), "Refused"),
        (of_the_release("2024-01"), "✓"),
    ];
    for (wanted, expected) in rows {
        let outcome = asked(&with_2023, &wanted, "2023-12-20 10:00");
        let found = outcome.as_ref().map_or_else(|refusal| format!("{refusal:?}"), |_| "✓".to_owned());
        assert!(found.starts_with(expected), "expected {expected}, found {found}");
    }
    // From tomorrow on, by Beijing's day and to the second.
    let last = asked(&catalog(), &of_the_release("2024-01"), "2023-12-31 23:59:59");
    assert!(last.is_ok(), "{last:?}");
    let late = asked(&catalog(), &of_the_release("2024-01"), "2024-01-01");
    let Err(NotPublished::Refused { error, line }) = late else { panic!("{late:?}") };
    let (effective_from, earliest) = (day("2024-01-01"), day("2024-01-02"));
    assert_eq!(error, publication::Error::NotForTheFuture { effective_from, earliest });
    assert!(OF_2024.lines().nth(line - 1).is_some_and(|line| line.starts_with("effective_from")));
}

#[test]
fn an_event_that_misstates_its_list_is_not_used() {
    let at = instant("2023-12-20");
    let publication::Event::PriceListPublished { price_list, effective_from, content_hash, text, at } = published(at);
    let rows = [
        ("id", "2023-03".parse().expect("an id"), effective_from, content_hash.clone(), text.clone()),
        ("day", price_list.clone(), day("2024-02-01"), content_hash.clone(), text.clone()),
        ("hash", price_list.clone(), effective_from, "0".repeat(64), text.clone()),
        ("text", price_list, effective_from, content_hash, text.replace("1499.00", "1.00")),
    ];
    for (what, price_list, effective_from, content_hash, text) in rows {
        let event = publication::Event::PriceListPublished { price_list, effective_from, content_hash, text, at };
        let found = event.fold_into(&catalog()).expect_err(what);
        assert!(matches!(found, Unusable::Misstated { .. } | Unusable::Faulty(_)), "{what}: {found}");
    }
}

#[test]
fn a_publication_that_is_not_for_the_future_is_out_of_place() {
    let mut publication = Publication::default();
    assert_eq!(publication.evolve(&published(instant("2024-01-01"))), Folded::OutOfPlace);
    assert_eq!(publication.published(), None);
    assert_eq!(publication.evolve(&published(instant("2023-12-31 23:59:59"))), Folded::InPlace);
    assert_eq!(publication.evolve(&published(instant("2023-12-20"))), Folded::OutOfPlace);
}

#[test]
fn u39_the_list_in_force_at_payment_holds_whenever_the_term_begins() {
    let mut story = Story::begin("2023-12-05");
    story.on("2023-12-05").deposit("10000.00").and().buy(CHAT, Plan::Pro, 1).accepted();
    story.publish("2023-12-10", "2024-01");
    story.on("2023-12-20").renew(CHAT, 1).accepted();
    story.on("2024-01-02").renew(CHAT, 1).accepted();
    assert_eq!(
        story.terms_of(CHAT),
        ["2023-12-05..2024-01-04 999.00", "2024-01-05..2024-02-04 999.00", "2024-02-05..2024-03-04 1499.00",]
    );
}

#[test]
fn u39_a_published_list_changes_prices_at_midnight_of_its_day() {
    for (paid, price) in [("2023-12-31 23:59:59", "999.00"), ("2024-01-01", "1499.00")] {
        let mut story = Story::begin("2023-12-05");
        story.publish("2023-12-10", "2024-01");
        story.on(paid).deposit("10000.00").and().buy(CHAT, Plan::Pro, 1).accepted();
        assert!(story.terms_of(CHAT)[0].ends_with(price), "{paid}: {:?}", story.terms_of(CHAT));
    }
}

#[test]
fn u39_policies_agreed_to_hold_to_the_terms_end() {
    // A month of Pro by the list of 2022, which gives seven days of grace, ends after the list of 2023 has begun.
    let mut story = Story::begin("2023-02-20");
    story.on("2023-02-20").deposit("999.00").and().buy(CHAT, Plan::Pro, 1).accepted();
    story.publish("2023-02-21", "2023-03");
    assert_eq!(story.state_at(CHAT, "2023-03-26 23:59:59"), "grace");
    assert_eq!(story.state_at(CHAT, "2023-03-27"), "suspended");
    // One that begins by the new list has a day.
    let mut story = Story::begin("2023-02-20");
    story.publish("2023-02-21", "2023-03");
    story.on("2023-03-07").deposit("999.00").and().buy(CHAT, Plan::Pro, 1).accepted();
    assert_eq!(story.state_at(CHAT, "2023-04-07 23:59:59"), "grace");
    assert_eq!(story.state_at(CHAT, "2023-04-08"), "suspended");
}

#[test]
fn a_package_that_is_only_renewed_goes_on_for_those_who_have_it() {
    let advanced = AddOn::AvCall(CallVariant::Advanced);
    let mut story = Story::begin("2023-02-20");
    story.publish("2023-02-20", "2023-03");
    story.on("2023-02-20").deposit("10000.00").and().buy(CHAT, Plan::Pro, 3).and().pack(CHAT, advanced, 1).accepted();
    story.on("2023-03-10").renew_pack(CHAT, advanced, 1).accepted();
    let other = subledger_tests::fixtures::beside_chat(1);
    story.on("2023-03-10").create(other, DataSite::China).and().buy(other, Plan::Pro, 1).accepted();
    story.on("2023-03-10").pack(other, advanced, 1).refused("add_on_not_sold_here");
    // Once it has ended, there too.
    story.on("2023-04-25").pack(CHAT, advanced, 1).refused("add_on_not_sold_here");
}
