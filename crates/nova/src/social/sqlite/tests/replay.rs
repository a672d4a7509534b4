//! Whoever reads the change records alone knows the tables.

use std::collections::{BTreeMap, HashMap};

use nova_core::model::{Id, Table, UserId};
use proptest::prelude::*;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Map, Value};

use super::*;
use crate::social::contract::history::writes;
use crate::social::sqlite::row::Join;
use crate::social::{NewUser, UserPatch};

/// Table and primary key to row.
type Rows = BTreeMap<(String, String), Value>;

/// The tables as they stand, read without the code under test.
fn tables(here: &Here) -> Rows {
    let file = Connection::open_with_flags(
        here.dir.path().join("social.db"),
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .expect("open");
    let mut rows = Rows::new();
    for table in Table::ALL {
        let mut all = file.prepare(&format!("select * from {table}")).expect("table");
        let names: Vec<String> = all.column_names().map(str::to_owned).collect();
        let keys = Join::ALL.iter().find(|join| join.table() == table).map_or(1, |_| 2);
        let found = all
            .query_map([], |row| {
                let value = |(column, name): (usize, &String)| {
                    (name.clone(), as_json(name, row.get_ref(column).expect("column")))
                };
                Ok(names.iter().enumerate().map(value).collect::<Map<_, _>>())
            })
            .expect("rows");
        for row in found {
            let row = row.expect("row");
            let key: Map<_, _> = names[..keys].iter().map(|name| (name.clone(), row[name].clone())).collect();
            rows.insert((table.name().to_owned(), Value::Object(key).to_string()), Value::Object(row));
        }
    }
    rows
}

fn as_json(name: &str, value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(micros) => Timestamp::from_micros(micros).to_string().into(),
        ValueRef::Blob(id) => {
            Id::from_bits(u128::from_be_bytes(id.try_into().expect("16 bytes"))).to_string().into()
        }
        ValueRef::Text(text) if name == "topics" => json(text),
        ValueRef::Text(text) => String::from_utf8(text.to_vec()).expect("UTF-8").into(),
        ValueRef::Real(_) => panic!("no column holds such a number"),
    }
}

/// Applies the records as the store does: of two of one row that with the greater number wins.
fn replayed(records: &[Entry]) -> Rows {
    let mut latest: HashMap<(String, String), (u64, Value)> = HashMap::new();
    for entry in records {
        let Some(value) = &entry.record.value else { continue };
        let value = json(value);
        let place = (
            value["source"]["table"].as_str().expect("table").to_owned(),
            json(&entry.record.key).to_string(),
        );
        let lsn = value["source"]["lsn"].as_u64().expect("lsn");
        let row = latest.entry(place).or_insert((0, Value::Null));
        if lsn > row.0 {
            if value["op"] != "r" {
                assert_eq!(value["before"], row.1, "what the row was before");
            }
            *row = (lsn, value["after"].clone());
        }
    }
    latest.into_iter().map(|(place, (_, row))| (place, row)).filter(|(_, row)| !row.is_null()).collect()
}

/// Numbers rise by one over all tables; a deletion is followed by its tombstone, and nothing else is.
fn assert_well_formed(records: &[Entry]) {
    let mut numbers = Vec::new();
    for (index, entry) in records.iter().enumerate() {
        let Some(value) = &entry.record.value else {
            let before = &records[index - 1];
            assert_eq!(before.record.key, entry.record.key);
            assert_eq!(json(before.record.value.as_ref().expect("deletion"))["op"], "d");
            continue;
        };
        let value = json(value);
        numbers.push(value["source"]["lsn"].as_u64().expect("lsn"));
        if value["op"] == "d" {
            assert_eq!(records[index + 1].record.value, None);
        }
    }
    numbers.sort_unstable();
    assert!(numbers.iter().copied().eq(1..=numbers.len() as u64), "{numbers:?}");
}

/// The counts kept beside the tables are those of the tables.
fn assert_totals(here: &Here) {
    let file = Connection::open(here.dir.path().join("social.db")).expect("open");
    let wrong: i64 = file
        .query_row(include_str!("../../contract/wrong_totals.sql"), [], |row| row.get(0))
        .expect("counts");
    assert_eq!(wrong, 0, "counts that differ from their tables");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn of_any_history_gives_the_tables(
        calls in proptest::collection::vec(proptest::collection::vec(writes(Id::from_integer), 1..40), 1..6),
        again in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("runtime");
        runtime.block_on(async {
            let here = Here::new();
            let social = here.social();
            for call in calls {
                let count = call.len();
                assert_eq!(social.write(call).await.expect("call").len(), count);
            }
            if again {
                social.resnapshot().await.expect("resnapshot");
            }
            let records = here.records().await;
            assert_well_formed(&records);
            assert_eq!(replayed(&records), tables(&here));
            assert_totals(&here);
        });
    }
}

/// The last record of each row that a whole reading left is the row, though others wrote in between.
#[tokio::test(flavor = "multi_thread")]
async fn of_a_resnapshot_gives_the_tables_while_others_write() {
    let here = Here::new();
    let social = Arc::new(here.social());
    let user = |n: u64| UserId::from_integer(n);
    let new = |n: u64| NewUser { id: user(n), handle: format!("u{n}"), display_name: "a".to_owned() };
    let all: Vec<_> = (0..3_000).map(|n| Write::User(new(n), NOW)).collect();
    social.write(all).await.expect("call");
    let before = here.records().await.len();
    let writer = Arc::clone(&social);
    let writing = tokio::task::spawn_blocking(move || {
        tokio::runtime::Handle::current().block_on(async move {
            for n in 0..60 {
                let patch = UserPatch { handle: None, display_name: Some("b".to_owned()) };
                one(&writer, Write::EditUser(user(n * 50), patch, NOW)).await;
                one(&writer, Write::Follow(user(n), user(n + 1), NOW)).await;
                one(&writer, Write::Unfollow(user(n), user(n + 1), NOW)).await;
            }
        });
    });
    assert!(social.resnapshot().await.expect("resnapshot") >= 3_000);
    writing.await.expect("writer");
    let records = here.records().await;
    let users = records.iter().filter(|entry| entry.place.topic == Topic::Change(Table::Users));
    // from the snapshot on alone, as an index would that starts there
    let later: Vec<_> = users.skip(before).cloned().collect();
    let mut latest = BTreeMap::new();
    for entry in &later {
        let value = json(entry.record.value.as_ref().expect("accounts are never removed"));
        latest.insert(
            json(&entry.record.key).to_string(),
            (value["source"]["lsn"].as_u64(), value["after"].clone()),
        );
    }
    let found: Rows = latest.into_iter().map(|(key, (_, row))| (("users".to_owned(), key), row)).collect();
    let mut expected = tables(&here);
    expected.retain(|(table, _), _| table == "users");
    assert_eq!(found, expected);
}
