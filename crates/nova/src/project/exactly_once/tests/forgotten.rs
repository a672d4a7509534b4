//! A real ClickHouse that has forgotten tokens, lacks what is behind a table, or takes nothing, for now or for good.

use super::lost_answers::{Figures, figures};
use super::watched::{Inserts, Watched};
use super::*;
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
    // and the server with it, between the table and those behind
    run(&db, "DELETE FROM user_active WHERE cityHash64(user_id) % 3 = 0").await;
    run(&db, "DELETE FROM authors_awaited WHERE cityHash64(id) % 2 = 0").await;
    assert!(count(&db, "authors_awaited").await < 250);
    let before = inserts.blocks.lock().len();

    let heir = world.member_of(watched(&scratch, &inserts).await);
    let wanted = Figures { rows: 251, identities: 250, places: 251, clicks: 251, recorded: 250, kept: 250 };
    let began = Instant::now();
    while figures(&db).await.recorded != 250 {
        assert!(began.elapsed() < PATIENCE && heir.status.halted().is_empty(), "{:?}", heir.status.halted());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    heir.stop();
    assert_eq!(figures(&db).await, wanted);
    assert_eq!((count(&db, "user_active").await, count(&db, "authors_awaited").await), (250, 250));
    assert_eq!(inserts.blocks.lock().len(), before, "nothing of it was written again");
    // the token was forgotten indeed
    direct.insert(&block, &token).await.unwrap();
    assert_eq!(direct.standing(&block.range).await.unwrap().len(), 2 * block.events.len());
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
    run(&db, &format!("ALTER TABLE events ADD CONSTRAINT rule CHECK device != '{FORBIDDEN}'")).await;
    let world = World::new(1, &[Topic::Events]).await;
    let mut events = many(300);
    let bad = spoilt(&mut events, |at| at == 0 || at == 137 || at == 299);
    world.append(records(&events)).await;
    let member = world.member_of(watched(&scratch, &inserts).await);
    let began = Instant::now();
    while figures(&db).await.recorded != 300 {
        assert!(
            began.elapsed() < PATIENCE && member.status.halted().is_empty(),
            "{:?}",
            member.status.halted()
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
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
        assert!(letter.detail.contains("cannot"), "{}", letter.detail);
    }
    // the cause is gone: what is put back goes in, though its first copy was seen within the window
    run(&db, "ALTER TABLE events DROP CONSTRAINT rule").await;
    world.append(letters.iter().map(crate::log::DeadLetter::record).collect()).await;
    let began = Instant::now();
    while figures(&db).await.rows != 300 {
        assert!(began.elapsed() < PATIENCE, "{:?}", figures(&db).await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
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
    let recorded = async |count: u64| {
        let began = Instant::now();
        while figures(&db).await.recorded != count {
            assert!(began.elapsed() < PATIENCE && member.status.halted().is_empty(), "{inserts:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    recorded(100).await;
    run(&db, "SYSTEM STOP MERGES events").await;
    run(&db, "ALTER TABLE events MODIFY SETTING parts_to_throw_insert = 1, parts_to_delay_insert = 0").await;
    world.append(records(&events[100..])).await;
    until("inserts are sent away", || inserts.failed.load(Ordering::SeqCst) >= 3).await;
    run(&db, "ALTER TABLE events MODIFY SETTING parts_to_throw_insert = 3000").await;
    recorded(400).await;
    member.stop();
    let found = figures(&db).await;
    assert_eq!((found.rows, found.places, found.clicks), (400, 400, 400));
}
