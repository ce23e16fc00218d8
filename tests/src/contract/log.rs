//! Owns the rules of append and read.

use std::sync::Arc;

use futures::future::join_all;
use jiff::Timestamp;
use subledger_eventlog::record::{CommandKey, Hash, Head, Job};
use subledger_eventlog::store::{Appended, Store, StoreFault};
use subledger_eventlog::verify::verify;

use super::Outcome;
use super::fixtures::{answer, answered, at, batch, draft, job, key, write};

pub async fn an_empty_log_has_the_empty_head(store: Arc<dyn Store>) -> Outcome {
    assert_eq!(store.head().await?, Head::EMPTY);
    assert_eq!(store.read_after(0, 10).await?, []);
    Ok(())
}

pub async fn positions_are_dense_in_commit_order(store: Arc<dyn Store>) -> Outcome {
    let mut written = Vec::new();
    for sequence in 1..=3 {
        let jobs = vec![job(vec![draft("a", sequence), draft("b", sequence)]), job(vec![draft("c", sequence)])];
        let batch = write(&*store, jobs).await?;
        assert_eq!(store.head().await?, batch.after);
        written.extend(batch.events);
    }
    let read = store.read_after(0, 100).await?;
    assert_eq!(read.iter().map(|event| event.position).collect::<Vec<_>>(), (1..=9).collect::<Vec<_>>());
    assert_eq!(read, written);
    Ok(())
}

/// Nothing of a refused batch is to be found anywhere.
async fn assert_nothing_written(store: &dyn Store, before: Head, refused: &[CommandKey]) -> Outcome {
    let (head, answers) = store.confirm(refused).await?;
    assert_eq!(head, before);
    assert_eq!(answers, []);
    assert_eq!(store.read_after(before.position, 10).await?, []);
    Ok(())
}

pub async fn a_stale_head_writes_nothing(store: Arc<dyn Store>) -> Outcome {
    let first = write(&*store, vec![job(vec![draft("a", 1)])]).await?;
    let stale = batch(&*store, first.before, vec![answered("k", vec![draft("b", 1)])]);
    assert_eq!(store.append(&stale).await?, Appended::Stale);
    assert_nothing_written(&*store, first.after, &[key("k")]).await
}

pub async fn a_wrong_hash_at_the_right_position_writes_nothing(store: Arc<dyn Store>) -> Outcome {
    let first = write(&*store, vec![job(vec![draft("a", 1)])]).await?;
    let elsewhere = Head { hash: Hash([1; 32]), ..first.after };
    let foreign = batch(&*store, elsewhere, vec![answered("k", vec![draft("a", 2)])]);
    assert_eq!(store.append(&foreign).await?, Appended::Stale);
    assert_nothing_written(&*store, first.after, &[key("k")]).await
}

pub async fn an_answered_key_writes_nothing_of_its_batch(store: Arc<dyn Store>) -> Outcome {
    let first = write(&*store, vec![answered("k", vec![draft("a", 1)])]).await?;
    let jobs = vec![answered("new", vec![draft("b", 1)]), answered("k", vec![draft("a", 2)])];
    assert_eq!(store.append(&batch(&*store, first.after, jobs)).await?, Appended::Stale);
    assert_nothing_written(&*store, first.after, &[key("new")]).await
}

pub async fn a_sequence_taken_in_a_stream_writes_nothing_of_its_batch(store: Arc<dyn Store>) -> Outcome {
    let first = write(&*store, vec![job(vec![draft("a", 1)])]).await?;
    let jobs = vec![answered("k", vec![draft("b", 1)]), job(vec![draft("a", 1)])];
    assert_eq!(store.append(&batch(&*store, first.after, jobs)).await?, Appended::Stale);
    assert_nothing_written(&*store, first.after, &[key("k")]).await
}

pub async fn of_appends_at_one_head_exactly_one_is_written(store: Arc<dyn Store>) -> Outcome {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let batches = names.map(|name| batch(&*store, Head::EMPTY, vec![job(vec![draft(name, 1)])]));
    let outcomes = join_all(batches.iter().map(|batch| store.append(batch))).await;
    let outcomes = outcomes.into_iter().collect::<Result<Vec<_>, StoreFault>>()?;
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Appended::Written).count(), 1);
    assert_eq!(store.read_after(0, 10).await?.len(), 1);
    Ok(())
}

pub async fn a_command_without_events_writes_its_row(store: Arc<dyn Store>) -> Outcome {
    let first = write(&*store, vec![job(vec![draft("a", 1)])]).await?;
    write(&*store, vec![answered("quiet", vec![])]).await?;
    let (head, answers) = store.confirm(&[key("quiet")]).await?;
    assert_eq!(head, first.after);
    let [command] = &answers[..] else { panic!("one answer, not {answers:?}") };
    assert_eq!((command.first_position, command.last_position), (2, 1));
    Ok(())
}

pub async fn record_time_never_decreases(store: Arc<dyn Store>) -> Outcome {
    for (sequence, seconds) in [(1, 10), (2, 5), (3, 20)] {
        write(&*store, vec![Job { recorded_at: at(seconds), ..job(vec![draft("a", sequence)]) }]).await?;
    }
    let times: Vec<_> = store.read_after(0, 10).await?.iter().map(|event| event.recorded_at).collect();
    assert_eq!(times, [at(10), at(10), at(20)]);
    assert_eq!(store.head().await?.recorded_at, at(20));
    Ok(())
}

pub async fn confirm_gives_head_and_answers_in_one_call(store: Arc<dyn Store>) -> Outcome {
    let jobs = vec![answered("one", vec![draft("a", 1), draft("a", 2)]), answered("two", vec![draft("a", 3)])];
    let written = write(&*store, jobs).await?;
    let (head, mut answers) = store.confirm(&[key("two"), key("never"), key("one")]).await?;
    answers.sort_by(|left, right| left.answer.key.cmp(&right.answer.key));
    assert_eq!(head, written.after);
    assert_eq!(answers, written.commands);
    assert_eq!(store.confirm(&[]).await?, (written.after, vec![]));
    Ok(())
}

pub async fn keys_of_different_scopes_are_different(store: Arc<dyn Store>) -> Outcome {
    let other = CommandKey { scope: "other".to_owned(), key: "k".to_owned() };
    write(&*store, vec![answered("k", vec![])]).await?;
    assert_eq!(store.confirm(std::slice::from_ref(&other)).await?.1, []);
    write(&*store, vec![Job { answer: Some(answer(other.clone())), ..job(vec![]) }]).await?;
    assert_eq!(store.confirm(&[other, key("k")]).await?.1.len(), 2);
    Ok(())
}

pub async fn payloads_come_back_to_the_byte(store: Arc<dyn Store>) -> Outcome {
    let payloads = [
        r#"{ "b" : 1,  "a":2, "b2":1.50 }"#,
        r#"{"名":"直播群 🎉","escaped":"\u00e9\n\"","é":"é"}"#,
        "{\n\t\"amount\": \"999.00\",\r\n \"big\": 9007199254740993 }",
        "{}",
    ];
    let drafts = payloads.into_iter().zip(1..).map(|(payload, sequence)| {
        let mut draft = draft("旗舰 版", sequence);
        draft.payload = payload.to_owned();
        draft.metadata = format!(r#"{{ "note": "第 {sequence} 条" }}"#);
        draft
    });
    let written = write(&*store, vec![answered("键 k", drafts.collect())]).await?;
    let read = store.read_after(0, 10).await?;
    assert_eq!(read.iter().map(|event| event.payload.as_str()).collect::<Vec<_>>(), payloads);
    assert_eq!(read, written.events);
    assert_eq!(store.confirm(&[key("键 k")]).await?.1, written.commands);
    Ok(())
}

pub async fn instants_come_back_to_the_microsecond(store: Arc<dyn Store>) -> Outcome {
    let instant = |text: &str| text.parse::<Timestamp>().expect("an instant");
    let effective =
        ["2022-11-30T15:59:59.999999Z", "2022-12-01T00:00:00.000001Z", "1969-12-31T23:59:59.5Z"].map(instant);
    let drafts = effective.into_iter().zip(1..).map(|(effective_at, sequence)| {
        let mut draft = draft("a", sequence);
        draft.effective_at = effective_at;
        draft
    });
    let recorded_at = instant("2022-12-01T08:00:00.123456Z");
    write(&*store, vec![Job { recorded_at, ..answered("k", drafts.collect()) }]).await?;
    let read = store.read_after(0, 10).await?;
    assert_eq!(read.iter().map(|event| event.effective_at).collect::<Vec<_>>(), effective);
    assert!(read.iter().all(|event| event.recorded_at == recorded_at));
    let (head, answers) = store.confirm(&[key("k")]).await?;
    assert_eq!((head.recorded_at, answers[0].recorded_at), (recorded_at, recorded_at));
    Ok(())
}

pub async fn pages_are_in_order_and_end_where_the_log_ends(store: Arc<dyn Store>) -> Outcome {
    write(&*store, vec![job((1..=7).map(|sequence| draft("a", sequence)).collect())]).await?;
    let mut pages = Vec::new();
    let mut position = 0;
    loop {
        let page: Vec<u64> = store.read_after(position, 3).await?.iter().map(|event| event.position).collect();
        let is_last = page.len() < 3;
        position = page.last().copied().unwrap_or(position);
        pages.push(page);
        if is_last {
            break;
        }
    }
    assert_eq!(pages, [vec![1, 2, 3], vec![4, 5, 6], vec![7]]);
    Ok(())
}

pub async fn a_payer_is_read_alone_and_no_further_than_asked(store: Arc<dyn Store>) -> Outcome {
    let mut drafts: Vec<_> = (1..=8).map(|sequence| draft("a", sequence)).collect();
    for draft in drafts.iter_mut().skip(1).step_by(2) {
        draft.account_id = "other".to_owned();
    }
    write(&*store, vec![job(drafts)]).await?;
    let read = async |after, up_to, limit| {
        let events = store.read_account("acme", after, up_to, limit).await?;
        assert!(events.iter().all(|event| event.account_id == "acme"));
        Ok::<_, StoreFault>(events.iter().map(|event| event.position).collect::<Vec<_>>())
    };
    assert_eq!(read(0, 8, 100).await?, [1, 3, 5, 7]);
    assert_eq!(read(1, 5, 100).await?, [3, 5]);
    assert_eq!(read(0, 8, 2).await?, [1, 3]);
    assert_eq!(store.read_account("nobody", 0, 8, 100).await?, []);
    Ok(())
}

pub async fn a_stream_is_read_in_sequence(store: Arc<dyn Store>) -> Outcome {
    write(&*store, vec![job(vec![draft("a", 1), draft("b", 1), draft("a", 2), draft("a", 3)])]).await?;
    let read = async |kind, after| {
        let events = store.read_stream(kind, "a", after).await?;
        Ok::<_, StoreFault>(events.iter().map(|event| event.sequence).collect::<Vec<_>>())
    };
    assert_eq!(read("note", 0).await?, [1, 2, 3]);
    assert_eq!(read("note", 2).await?, [3]);
    assert!(read("other", 0).await?.is_empty());
    Ok(())
}

pub async fn what_was_appended_verifies(store: Arc<dyn Store>) -> Outcome {
    assert_eq!(verify(&*store, |_| Ok(()), |_, _| ()).await?.events, 0);
    let written = write(&*store, vec![job((1..=20).map(|sequence| draft("a", sequence)).collect())]).await?;
    let mut progress = Vec::new();
    let verified = verify(&*store, |_| Ok(()), |done, head| progress.push((done, head))).await?;
    assert_eq!((verified.head, verified.events), (written.after, 20));
    assert_eq!(progress.last(), Some(&(20, 20)));
    Ok(())
}

pub async fn an_event_that_cannot_be_decoded_is_named(store: Arc<dyn Store>) -> Outcome {
    write(&*store, vec![job((1..=3).map(|sequence| draft("a", sequence)).collect())]).await?;
    let decode = |event: &subledger_eventlog::record::Recorded| match event.sequence {
        2 => Err("no such event".to_owned()),
        _ => Ok(()),
    };
    let fault = verify(&*store, decode, |_, _| ()).await.expect_err("the second event cannot be decoded");
    assert_eq!(fault.to_string(), "the log is damaged at position 2: no such event");
    Ok(())
}
