//! A piece of log: each line a record of the topic that its first byte names (`0` to `7` a table, `e` the events).
//! What can be decoded is applied to an index, again from the start, and every question is asked.

use nova::ingest::{change, event};
use nova::log::{Place, Topic};
use nova::store::{Fact, Placed};
use nova_core::model::{Table, Timestamp, UserId};

use crate::change::RECEIVED_AT;
use crate::index;

const RECORDS_MAX: usize = 64;

pub(crate) fn run(bytes: &[u8]) {
    let byte = bytes.first().copied().unwrap_or_default();
    let size = usize::from(byte % 8) + 1;
    let facts = facts(bytes);
    let store = index::empty();
    index::apply(&store, &facts, size);
    // from an earlier position again: nothing may change, nothing may break
    index::apply(&store, &facts, size + 1);
    let who = facts.iter().find_map(|placed| match &placed.fact {
        Fact::Event(event) => Some(event.user),
        Fact::Change(_) => None,
    });
    let end = if byte % 2 == 0 { Timestamp::MIN } else { Timestamp::MAX };
    for now in [RECEIVED_AT, end] {
        index::ask(&store, who.unwrap_or(UserId::from_integer(1)), now);
    }
}

/// The facts of a piece of log.
pub(crate) fn facts(bytes: &[u8]) -> Vec<Placed> {
    let mapping = change::Mapping::default();
    let lines = bytes.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).take(RECORDS_MAX);
    let mut offsets = [0_u64; Topic::ALL.len()];
    let mut facts = Vec::new();
    for line in lines {
        let (topic, value) = (line[0], &line[1..]);
        let (topic, fact) = match Table::ALL.get(usize::from(topic.wrapping_sub(b'0'))) {
            Some(&table) => match change::decode(&mapping, table, b"", Some(value), RECEIVED_AT) {
                Ok(change::Decoded::Change { change, .. }) => (Topic::Change(table), Fact::Change(change)),
                Ok(change::Decoded::Skipped(_)) | Err(_) => continue,
            },
            None => match event::decode(Some(value), RECEIVED_AT) {
                Ok(event) => (Topic::Events, Fact::Event(event)),
                Err(_) => continue,
            },
        };
        let number = Topic::ALL.iter().position(|&known| known == topic).unwrap_or_default();
        let place = Place { topic, partition: 0, offset: offsets[number] };
        offsets[number] += 1;
        facts.push(Placed { place, received_at: RECEIVED_AT, fact });
    }
    facts
}

/// Small communities, in their ordinary order and out of it.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let row = |table: char, lsn: u32, op: &str, row: &str| {
        format!(
            r#"{table}{{"{}":{{{row}}},"source":{{"lsn":{lsn},"ts_us":1795210174000000}},"op":"{op}"}}"#,
            if op == "d" { "before" } else { "after" }
        )
    };
    let at = r#""created_at":"2026-11-20T10:00:00Z""#;
    let event = |id: u32, user: u32, action: &str, more: &str| {
        format!(
            r#"e{{"event_id":"6f1b2c3d-4e5f-4a6b-8c7d-{id:012}","event_time":"2026-11-20T12:00:00.000000Z","user_id":"{user}","post_id":"11","action":"{action}"{more}}}"#
        )
    };
    let mut lines = vec![
        row('0', 1, "c", &format!(r#""id":1,"handle":"ann","display_name":"Ann",{at}"#)),
        row('0', 2, "r", &format!(r#""id":2,"handle":"bob","display_name":"Bob",{at}"#)),
        row('0', 3, "c", &format!(r#""id":3,"handle":"cy","display_name":"Cy",{at}"#)),
        row('4', 4, "c", &format!(r#""follower_id":1,"followee_id":2,{at}"#)),
        row('4', 5, "c", &format!(r#""follower_id":2,"followee_id":3,{at}"#)),
        row('1', 6, "c", &format!(r#""id":11,"author_id":2,"text":"one",{at}"#)),
        row('1', 7, "c", &format!(r#""id":12,"author_id":3,"text":"two",{at}"#)),
        row('3', 8, "c", &format!(r#""post_id":11,"user_id":1,{at}"#)),
        row('2', 9, "c", &format!(r#""id":21,"post_id":11,"author_id":1,"text":"yes",{at}"#)),
        event(1, 1, "impression", ""),
        event(2, 1, "dwell", r#","dwell_ms":2500"#),
        event(3, 3, "like", ""),
        event(3, 3, "like", ""),
        event(4, 2, "hide", ""),
        row('5', 10, "c", &format!(r#""user_id":1,"target_id":3,{at}"#)),
        row('6', 11, "c", &format!(r#""user_id":2,"target_id":1,{at}"#)),
        row('7', 12, "c", &format!(r#""post_id":12,"user_id":1,{at}"#)),
        row('3', 13, "d", r#""post_id":11,"user_id":1"#),
        row(
            '1',
            14,
            "u",
            &format!(r#""id":12,"author_id":3,"text":"two",{at},"deleted_at":"2026-11-20T11:00:00Z""#),
        ),
        row('0', 15, "d", r#""id":3"#),
    ];
    let forward = lines.join("\n").into_bytes();
    lines.reverse();
    vec![forward, lines.join("\n").into_bytes(), lines[..8].join("\n").into_bytes()]
}
