//! Change topics: at least once, and nothing else.

use nova_core::model::{Change, Table};

use super::*;
use crate::log::Reason;
use crate::project::exactly_once::Why;
use crate::store::Fact;

pub(super) const FOLLOWS: Topic = Topic::Change(Table::Follows);

pub(super) fn follow(follower: u64, lsn: u64) -> Record {
    let key = format!("{{\"follower_id\":{follower},\"followee_id\":1}}");
    let row =
        format!("{{\"follower_id\":{follower},\"followee_id\":1,\"created_at\":\"2026-01-01T00:00:00Z\"}}");
    let value = format!("{{\"before\":null,\"after\":{row},\"source\":{{\"lsn\":{lsn}}},\"op\":\"c\"}}");
    Record { key: Bytes::from(key), value: Some(Bytes::from(value)) }
}

fn written(world: &World) -> Vec<u64> {
    let held = world.store.held.lock();
    let version = |fact: &Fact| match fact {
        Fact::Change(Change::Put { stamp, .. } | Change::Delete { stamp, .. }) => stamp.version & 0xff_ffff,
        Fact::Event(_) => panic!("a change"),
    };
    let mut versions: Vec<u64> = held.put.iter().map(|placed| version(&placed.fact)).collect();
    versions.sort_unstable();
    versions.dedup();
    versions
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_all_partitions_are_written_and_committed_and_poison_is_put_aside() {
    let world = World::new(1, &[Topic::Events, FOLLOWS]).await;
    let rows: Vec<Record> = (1..=500).map(|number| follow(number, number)).collect();
    let unversioned = Record {
        key: Bytes::from_static(b"{\"follower_id\":9,\"followee_id\":1}"),
        value: Some(Bytes::from_static(
            b"{\"before\":null,\"after\":{\"follower_id\":9,\"followee_id\":1},\"source\":{},\"op\":\"c\"}",
        )),
    };
    let tombstone = Record { value: None, ..follow(9, 9) };
    let member = world.member();
    world.log.append(FOLLOWS, rows[..400].to_vec()).await.unwrap();
    world.log.append(FOLLOWS, vec![unversioned, tombstone]).await.unwrap();
    until("all are written", || written(&world) == (1..=400).collect::<Vec<_>>()).await;
    until("one is put aside", || world.letters.0.lock().len() == 1).await;
    assert_eq!(world.letters.0.lock().values().next().unwrap().reason, Reason::Unversioned);
    member.stop();
    // what was committed is not read again
    world.store.held.lock().put.clear();
    world.log.append(FOLLOWS, rows[400..].to_vec()).await.unwrap();
    let member = world.member();
    until("the rest is written", || written(&world) == (401..=500).collect::<Vec<_>>()).await;
    member.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truncation_stops_its_table_until_somebody_decides() {
    let world = World::new(1, &[Topic::Events, FOLLOWS]).await;
    let truncation = Record {
        value: Some(Bytes::from_static(
            b"{\"before\":null,\"after\":null,\"source\":{\"lsn\":7},\"op\":\"t\"}",
        )),
        ..follow(1, 1)
    };
    world.log.append(FOLLOWS, vec![follow(1, 1), truncation, follow(1, 8)]).await.unwrap();
    for _ in 0..2 {
        let member = world.member();
        until("it stands still", || !member.status.halted().is_empty()).await;
        let ((topic, _), why) = member.status.halted().pop_first().unwrap();
        assert_eq!((topic, why), (FOLLOWS, Why::Truncated { offset: 1 }));
        assert_eq!(written(&world), [1]);
        // events go on
        let before = world.recorded();
        world.append(records(&many(10))).await;
        world.all_recorded(before + 10).await;
        member.stop();
    }
    assert!(world.letters.0.lock().is_empty());
}
