//! The same on a real ClickHouse, whose answers get lost.

use clickhouse::Row;
use nova_core::model::Table;
use serde::Deserialize;

use super::watched::{Inserts, Watched};
use super::*;
use crate::store::clickhouse::testing::Scratch;
use crate::store::clickhouse::{ClickHouse, ClickHouseStore, ClickHouseStoreConfig};
use crate::store::contract::history::{HOUR, History, ago};
use crate::testbed::{Proxy, Way};

/// What ClickHouse holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Row, Deserialize)]
pub(super) struct Figures {
    pub(super) rows: u64,
    pub(super) identities: u64,
    pub(super) places: u64,
    pub(super) clicks: i64,
    pub(super) recorded: u64,
    pub(super) kept: u64,
}

const FIGURES: &str = "SELECT count() AS rows, uniqExact((user_id, event_id)) AS identities,
    uniqExact((k_partition, k_offset)) AS places,
    assumeNotNull((SELECT sum(clicks) FROM post_metrics_1h)) AS clicks,
    assumeNotNull((SELECT sum(records) FROM ingest_batches FINAL)) AS recorded,
    assumeNotNull((SELECT sum(kept) FROM ingest_batches FINAL)) AS kept
FROM events";

/// Ranges of the ledger that do not follow on the one before.
const MISPLACED: &str = "SELECT countIf(first_offset != due) AS n FROM (
    SELECT first_offset, lagInFrame(last_offset + 1, 1, 0) OVER
        (PARTITION BY k_partition ORDER BY first_offset ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS due
    FROM ingest_batches FINAL)";

pub(super) async fn figures(db: &ClickHouse) -> Figures {
    db.row("test", db.query(FIGURES)).await.unwrap()
}

/// Until the ledger has so many records; nobody stands still meanwhile.
pub(super) async fn all_recorded(db: &ClickHouse, records: u64, members: &[Member]) {
    let came = wait::within(PATIENCE, async || {
        let halted: Vec<_> = members.iter().map(|member| member.status.halted()).collect();
        assert!(halted.iter().all(BTreeMap::is_empty), "{halted:?}");
        (figures(db).await.recorded == records).then_some(())
    });
    if came.await.is_none() {
        panic!("in vain: {:?} of {records}", figures(db).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_members_and_a_store_whose_answers_are_lost_count_every_event_once() {
    let scratch = Scratch::migrated().await;
    let host = testbed::host(scratch.url());
    let proxy = Proxy::before(host).await;
    let behind = scratch.url().replace(host, &proxy.address().to_string());
    let mut world = World::new(4, &[Topic::Events]).await;
    world.config.operation_max = Duration::from_secs(3);
    let events = many(8_000);
    let (mut members, inserts) = (Vec::new(), Arc::<Inserts>::default());
    let mut posts = History::default();
    (1..=100).for_each(|number| posts.post(number, 1, ago(HOUR)));
    for _ in 0..2 {
        let db = Scratch::at(behind.clone(), Duration::from_secs(2));
        let store = ClickHouseStore::open(db, ClickHouseStoreConfig::default()).await.unwrap();
        // each knows the posts' authors: the first answer that is lost is an insert's, not a question's before it
        store.put(Table::Posts, &posts.facts).await.unwrap();
        members.push(world.member_of(Arc::new(Watched::new(store, &inserts))));
    }
    let ways = [Way::Open, Way::Mute, Way::Open, Way::Cut, Way::Open, Way::Blocked, Way::Open];
    let (direct, mut sent) = (scratch.store(), 0);
    for (part, way) in events.chunks(1_200).zip(ways) {
        let failed = inserts.failed.load(Ordering::SeqCst);
        proxy.set(way);
        world.append(records(part)).await;
        world.append(records(&part[..100])).await;
        sent += part.len() as u64 + 100;
        if way == Way::Open {
            // so that nothing but an insert is what the next way meets first
            all_recorded(&direct, sent, &members).await;
        } else {
            until(&format!("an insert fails, {way:?}"), || inserts.failed.load(Ordering::SeqCst) > failed)
                .await;
        }
    }
    let wanted = Figures {
        rows: 8_000,
        identities: 8_000,
        places: 8_000,
        clicks: 8_000,
        recorded: 8_700,
        kept: 8_000,
    };
    members.into_iter().for_each(Member::stop);
    assert!(inserts.stood.load(Ordering::SeqCst) > 0, "no insert was done without an answer");
    assert_eq!(figures(&direct).await, wanted);
    let misplaced: u64 = direct.row("test", direct.query(MISPLACED)).await.unwrap();
    assert_eq!(misplaced, 0);
}
