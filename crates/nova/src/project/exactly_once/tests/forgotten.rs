//! A real ClickHouse that has forgotten tokens, or remembers them, lacks what is behind a table, or takes nothing, for now or for good.

use std::slice::from_ref;

use super::lost_answers::{Figures, all_recorded, figures};
use super::watched::{Inserts, Watched};
use super::*;
use crate::project::exactly_once::Entry;
use crate::store::clickhouse::testing::Scratch;
use crate::store::clickhouse::{ClickHouse, ClickHouseStore, ClickHouseStoreConfig};

async fn watched(scratch: &Scratch, inserts: &Arc<Inserts>) -> Arc<Watched> {
    let store = ClickHouseStore::open(scratch.store(), ClickHouseStoreConfig::default()).await.unwrap();
    Arc::new(Watched::new(store, inserts))
}

async fn run(db: &ClickHouse, sql: &str) {
    db.run("test", sql).await.unwrap();
}

async fn count(db: &ClickHouse, table: &str) -> u64 {
    db.row("test", db.query(&format!("SELECT count() FROM {table} FINAL"))).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_whose_token_is_forgotten_is_not_written_again_and_what_it_lacks_is() {
    let scratch = Scratch::migrated().await;
    let (db, inserts) = (scratch.store(), Arc::<Inserts>::default());
    // one token, so that the next insert is enough for it to be forgotten
    for table in ["events", "post_metrics_1h", "post_totals", "metrics_1d"] {
        run(&db, &format!("ALTER TABLE {table} MODIFY SETTING non_replicated_deduplication_window = 1"))
            .await;
    }
    let mut world = World::new(1, &[Topic::Events]).await;
    world.config.drain = Duration::from_millis(200);
    settled(&scratch, &inserts).await;
    world.config.lane.limits.blocks_max = 1;
    let events = many(250);
    world.append(records(&events)).await;
    // it dies with an intent that is written and was never answered
    inserts.mute.store(true, Ordering::SeqCst);
    let first = world.member_of(watched(&scratch, &inserts).await);
    until("a block stands", || !inserts.blocks.lock().is_empty()).await;
    first.stop();
    inserts.mute.store(false, Ordering::SeqCst);
    let (block, token) = inserts.blocks.lock().remove(0);
    let direct = watched(&scratch, &inserts).await;
    let mut other = block.clone();
    other.range.partition = 7;
    other.events.truncate(1);
    other.events[0].place.partition = 7;
    direct.insert(&other, "another").await.unwrap();
    let sealed_at = SystemClock.now();
    direct.record(&[entry(other.range, sealed_at)]).await.unwrap();
    assert_eq!(direct.blocks(sealed_at).await.unwrap(), 1);
    // and the server with it, between the table and those behind
    run(&db, "DELETE FROM user_active WHERE cityHash64(user_id) % 3 = 0").await;
    run(&db, "DELETE FROM authors_awaited WHERE cityHash64(id) % 2 = 0").await;
    assert!(count(&db, "authors_awaited").await < 250);
    let before = inserts.blocks.lock().len();

    let heir = world.member_of(watched(&scratch, &inserts).await);
    let wanted = Figures { rows: 251, identities: 250, places: 251, clicks: 251, recorded: 251, kept: 251 };
    all_recorded(&db, 251, from_ref(&heir)).await;
    heir.stop();
    assert_eq!(figures(&db).await, wanted);
    assert_eq!((count(&db, "user_active").await, count(&db, "authors_awaited").await), (250, 250));
    assert_eq!(inserts.blocks.lock().len(), before, "nothing of it was written again");
    // the token was forgotten indeed
    direct.insert(&block, &token).await.unwrap();
    assert_eq!(direct.standing(&block.range).await.unwrap().len(), 2 * block.events.len());
}

fn entry(range: Range, sealed_at: Timestamp) -> Entry {
    Entry {
        range,
        records: 1,
        kept: 1,
        duplicates: 0,
        buried: 0,
        skipped: 0,
        hash: 0,
        sealed_at,
        attempts: 1,
    }
}

/// A server that died between a table and those behind, and a consumer that died with it.
#[tokio::test(flavor = "multi_thread")]
async fn an_insert_that_was_cut_off_behind_its_table_is_completed_by_the_next_consumer() {
    let scratch = Scratch::migrated().await;
    let (db, inserts) = (scratch.store(), Arc::<Inserts>::default());
    let mut world = World::new(1, &[Topic::Events]).await;
    world.config.drain = Duration::from_millis(200);
    settled(&scratch, &inserts).await;
    for (round, behind) in (1..).zip(["post_metrics_1h", "post_totals", "metrics_1d"]) {
        let view = format!("{behind}_from_events");
        let question = format!(
            "SELECT as_select FROM system.tables WHERE database = currentDatabase() AND name = '{view}'"
        );
        let query: String = db.row("test", db.query(&question)).await.unwrap();
        let broken = "SELECT *, throwIf(k_partition < 100) AS thrown FROM events";
        run(&db, &format!("ALTER TABLE {view} MODIFY QUERY {broken}")).await;
        let mut events = many(250);
        events.iter_mut().zip(ACTIONS.iter().cycle()).for_each(|(event, action)| event.action = *action);
        world.append(records(&events)).await;
        let before = inserts.failed.load(Ordering::SeqCst);
        let first = world.member_of(watched(&scratch, &inserts).await);
        until("an insert is cut off", || inserts.failed.load(Ordering::SeqCst) > before).await;
        first.stop();
        run(&db, &format!("ALTER TABLE {view} MODIFY QUERY {query}")).await;
        let wanted = 250 * round;
        assert_eq!(figures(&db).await.rows, wanted, "the table has them");
        assert!(sums(&db).await.iter().any(|sum| *sum < wanted), "{behind} lacks them");

        let heir = world.member_of(watched(&scratch, &inserts).await);
        all_recorded(&db, wanted, from_ref(&heir)).await;
        heir.stop();
        let found = figures(&db).await;
        assert_eq!((found.rows, found.places, found.kept), (wanted, wanted, wanted));
        assert_eq!(sums(&db).await, [wanted; 3], "{behind}");
    }
}

/// Tables were made in an earlier second: what is written from now on is remembered.
async fn settled(scratch: &Scratch, inserts: &Arc<Inserts>) {
    let store = watched(scratch, inserts).await;
    let settled = async || (store.blocks(SystemClock.now()).await.unwrap() == 0).then_some(());
    assert!(wait::within(PATIENCE, settled).await.is_some(), "its clock is another");
}

/// Each of which every sum counts.
const ACTIONS: [Action; 2] = [Action::Impression, Action::Share];

/// How many events each of the sums counts.
async fn sums(db: &ClickHouse) -> [u64; 3] {
    let sum = async |sum: &str, table: &str| -> u64 {
        db.row("test", db.query(&format!("SELECT toUInt64(sum({sum})) FROM {table}"))).await.unwrap()
    };
    let counts = "impressions + shares";
    [sum(counts, "post_metrics_1h").await, sum(counts, "post_totals").await, sum("n", "metrics_1d").await]
}

/// What one event says that a rule of the table forbids.
const FORBIDDEN: &str = "forbidden";

fn spoilt(events: &mut [Event], which: impl Fn(usize) -> bool) -> u64 {
    let spoilt = events.iter_mut().enumerate().filter(|(at, _)| which(*at));
    spoilt.map(|(_, event)| event.device = Some(FORBIDDEN.into())).count() as u64
}

#[tokio::test(flavor = "multi_thread")]
async fn what_clickhouse_refuses_for_good_is_put_aside_and_the_rest_goes_in() {
    let scratch = Scratch::migrated().await;
    let (db, inserts) = (scratch.store(), Arc::<Inserts>::default());
    run(&db, &format!("ALTER TABLE events ADD CONSTRAINT no_such_device CHECK device != '{FORBIDDEN}'"))
        .await;
    let world = World::new(1, &[Topic::Events]).await;
    let mut events = many(300);
    let bad = spoilt(&mut events, |at| at == 0 || at == 137 || at == 299);
    world.append(records(&events)).await;
    let member = world.member_of(watched(&scratch, &inserts).await);
    all_recorded(&db, 300, from_ref(&member)).await;
    let found = figures(&db).await;
    assert_eq!((found.rows, found.kept, found.clicks), (297, 297, 297));
    let tries = inserts.failed.load(Ordering::SeqCst);
    assert!(tries <= 3 * 10, "{tries} inserts were refused: log2 of the range for each");
    // to the byte, with the reason
    let letters: Vec<_> = world.letters.0.lock().values().cloned().collect();
    assert_eq!(letters.len() as u64, bad);
    for letter in &letters {
        let sent = events.iter().map(event::encode).any(|record| record == letter.record());
        assert!(sent && letter.reason == crate::log::Reason::Refused, "{letter:?}");
        // in the server's own words: which rule, and which column
        for says in ["no_such_device", "is violated", &format!("device = '{FORBIDDEN}'")] {
            assert!(letter.detail.contains(says), "{}", letter.detail);
        }
    }
    // the cause is gone: what is put back goes in, though its first copy was seen within the window
    run(&db, "ALTER TABLE events DROP CONSTRAINT no_such_device").await;
    world.append(letters.iter().map(crate::log::DeadLetter::record).collect()).await;
    let whole = async || (figures(&db).await.rows == 300).then_some(());
    assert!(wait::within(PATIENCE, whole).await.is_some(), "{:?}", figures(&db).await);
    member.stop();
    assert_eq!(figures(&db).await.identities, 300);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_too_many_parts_is_waited_for() {
    let scratch = Scratch::migrated().await;
    let (db, inserts) = (scratch.store(), Arc::<Inserts>::default());
    let world = World::new(1, &[Topic::Events]).await;
    let events = many(400);
    world.append(records(&events[..100])).await;
    let member = world.member_of(watched(&scratch, &inserts).await);
    all_recorded(&db, 100, from_ref(&member)).await;
    run(&db, "SYSTEM STOP MERGES events").await;
    run(&db, "ALTER TABLE events MODIFY SETTING parts_to_throw_insert = 1, parts_to_delay_insert = 0").await;
    world.append(records(&events[100..])).await;
    until("inserts are sent away", || inserts.failed.load(Ordering::SeqCst) >= 3).await;
    run(&db, "ALTER TABLE events MODIFY SETTING parts_to_throw_insert = 3000").await;
    all_recorded(&db, 400, from_ref(&member)).await;
    member.stop();
    let found = figures(&db).await;
    assert_eq!((found.rows, found.places, found.clicks), (400, 400, 400));
}
