//! Owns what must be true of a log between the writes of clients that were told something: each acknowledged command
//! there exactly once, as it was told, none half done, nothing that nobody asked for.
//!
//! Does not own positions and hashes (`verify`).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use subledger_domain::ids::{CommandId, EventId};
use subledger_eventlog::record::Recorded;
use uuid::Uuid;

use super::place::CommandRow;

/// What a client was told of one command.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Acknowledged {
    pub(super) scope: String,
    pub(super) key: String,
    command_id: String,
    position: String,
    events: Vec<String>,
}

impl Acknowledged {
    /// Reads the receipt of an answer.
    pub(super) fn read(scope: &str, key: &str, body: &[u8]) -> Self {
        let answer: Value = serde_json::from_slice(body).expect("answers are JSON");
        let text = |value: &Value| value.as_str().expect("a receipt holds text").to_owned();
        let receipt = &answer["receipt"];
        let events = receipt["events"].as_array().expect("a receipt lists its events");
        Self {
            scope: scope.to_owned(),
            key: key.to_owned(),
            command_id: text(&receipt["command_id"]),
            position: text(&receipt["position"]),
            events: events.iter().map(|event| text(&event["event_id"])).collect(),
        }
    }
}

/// Everything that is not as it was promised.
pub(super) fn faults(events: &[Recorded], commands: &[CommandRow], acknowledged: &[Acknowledged]) -> Vec<String> {
    let mut faults = not_as_told(events, commands, acknowledged);
    faults.extend(unasked(events, commands));
    faults.extend(half_done(events));
    faults
}

/// The kept answers are those that were told, neither more nor fewer.
fn not_as_told(events: &[Recorded], commands: &[CommandRow], acknowledged: &[Acknowledged]) -> Vec<String> {
    let stored: BTreeSet<Acknowledged> = commands.iter().map(|command| as_kept(events, command)).collect();
    let told: BTreeSet<Acknowledged> = acknowledged.iter().cloned().collect();
    let missing = told.difference(&stored).map(|one| format!("acknowledged and not in the log as told: {one:?}"));
    let surplus = stored.difference(&told).map(|one| format!("in the log and not as acknowledged: {one:?}"));
    missing.chain(surplus).collect()
}

fn as_kept(events: &[Recorded], command: &CommandRow) -> Acknowledged {
    let own = events.iter().filter(|event| (command.first_position..=command.last_position).contains(&event.position));
    Acknowledged {
        scope: command.scope.clone(),
        key: command.key.clone(),
        command_id: CommandId::from_uuid(command.command_id).to_string(),
        position: command.last_position.to_string(),
        events: own.map(|event| EventId::from_uuid(event.event_id).to_string()).collect(),
    }
}

/// Every event stands once, and where its command's row says; what no row names was due by itself.
fn unasked(events: &[Recorded], commands: &[CommandRow]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    let rows: BTreeMap<Uuid, &CommandRow> = commands.iter().map(|command| (command.command_id, command)).collect();
    if rows.len() != commands.len() {
        faults.push("two keys have one command".to_owned());
    }
    for event in events {
        if !seen.insert(event.event_id) {
            faults.push(format!("position {}: the event stands twice", event.position));
        }
        let is_in_place = match rows.get(&event.command_id) {
            Some(row) => (row.first_position..=row.last_position).contains(&event.position),
            None => event.metadata.contains(r#""actor":"timer""#),
        };
        if !is_in_place {
            faults.push(format!("position {}: a {} of no command", event.position, event.event_type));
        }
    }
    faults
}

/// A purchase is an agreement, a deduction and a plan; a renewal is a term and a deduction; a stop is of the agreement
/// and of the application.
fn half_done(events: &[Recorded]) -> Vec<String> {
    const WHOLES: [&[&str]; 3] = [
        &["SubscriptionStarted", "OrderPaid", "PlanEntered"],
        &["SubscriptionRenewed", "OrderPaid"],
        &["SubscriptionStopped", "ApplicationSuspended"],
    ];
    let mut by_command: BTreeMap<Uuid, Vec<&str>> = BTreeMap::new();
    for event in events {
        by_command.entry(event.command_id).or_default().push(&event.event_type);
    }
    let part_of_something = |kind: &str| WHOLES.iter().any(|whole| whole.contains(&kind));
    let is_whole = |kinds: &[&str]| {
        let parts: Vec<&str> = kinds.iter().copied().filter(|kind| part_of_something(kind)).collect();
        parts.is_empty()
            || WHOLES.iter().any(|whole| {
                whole.len() == parts.len()
                    && whole.iter().all(|kind| parts.iter().filter(|part| *part == kind).count() == 1)
            })
    };
    let broken = by_command.iter().filter(|(_, kinds)| !is_whole(kinds));
    broken.map(|(id, kinds)| format!("command {id} is half done: {kinds:?}")).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use subledger_eventlog::record::Hash;

    use super::*;

    fn event(position: u64, kind: &str) -> Recorded {
        Recorded {
            position,
            account_id: "a".to_owned(),
            aggregate_type: "account".to_owned(),
            aggregate_id: "a".to_owned(),
            sequence: position,
            event_type: kind.to_owned(),
            event_version: "1".to_owned(),
            payload: "{}".to_owned(),
            metadata: r#"{"actor":"local"}"#.to_owned(),
            event_id: Uuid::from_u128(u128::from(position)),
            command_id: Uuid::from_u128(100),
            effective_at: Timestamp::UNIX_EPOCH,
            recorded_at: Timestamp::UNIX_EPOCH,
            hash: Hash::GENESIS,
        }
    }

    /// A purchase as it must be.
    fn purchase() -> (Vec<Recorded>, Vec<CommandRow>, Vec<Acknowledged>) {
        let events = vec![event(1, "SubscriptionStarted"), event(2, "OrderPaid"), event(3, "PlanEntered")];
        let row = CommandRow {
            scope: "a".to_owned(),
            key: "k".to_owned(),
            command_id: Uuid::from_u128(100),
            first_position: 1,
            last_position: 3,
        };
        let told = as_kept(&events, &row);
        (events, vec![row], vec![told])
    }

    #[test]
    fn a_log_as_it_was_told_has_no_fault() {
        let (events, commands, told) = purchase();
        assert_eq!(faults(&events, &commands, &told), Vec::<String>::new());
    }

    /// The proofs by kill are worth what this finds: each breach of the promise, planted by hand.
    #[test]
    fn each_breach_of_the_promise_is_found() {
        let found = |breach: fn(&mut Vec<Recorded>, &mut Vec<CommandRow>, &mut Vec<Acknowledged>)| {
            let (mut events, mut commands, mut told) = purchase();
            breach(&mut events, &mut commands, &mut told);
            faults(&events, &commands, &told)
        };
        let breaches: [(&str, Vec<String>); 8] = [
            ("the tail is lost", found(|events, _, _| events.truncate(2))),
            ("everything is lost", found(|events, commands, _| (events.clear(), commands.clear()).0)),
            ("the answer is lost", found(|_, commands, _| commands.clear())),
            (
                "done twice under two keys",
                found(|_, commands, _| commands.push(CommandRow { key: "l".to_owned(), ..commands[0].clone() })),
            ),
            ("done twice", found(|events, _, _| events.push(Recorded { position: 4, ..events[0].clone() }))),
            ("nobody was told", found(|_, _, told| told.clear())),
            ("told another position", found(|_, _, told| told[0].position = "4".to_owned())),
            ("without the deduction", found(|events, _, _| events[1].event_type = "MoneyDeposited".to_owned())),
        ];
        for (breach, found) in breaches {
            assert!(!found.is_empty(), "{breach}: not found");
        }
    }
}
