//! A store and a log that fail.

use super::store::Fault;
use super::*;
use crate::project::exactly_once::Why;

#[tokio::test(flavor = "multi_thread")]
async fn a_block_whose_token_is_remembered_without_its_rows_is_written_under_another() {
    let world = World::new(1, &[Topic::Events]).await;
    world.store.held.lock().faults.extend([Fault::Vanish, Fault::Mute]);
    let events = many(900);
    world.append(records(&events)).await;
    let member = world.member();
    world.all_recorded(900).await;
    member.stop();
    world.stand_once(&events);
    let held = world.store.held.lock();
    assert!(held.tokens.iter().any(|token| token.ends_with(":retry-1")), "{:?}", held.tokens);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_down_is_waited_for_in_bounded_memory() {
    let mut world = World::new(4, &[Topic::Events]).await;
    world.config.waiting_bytes_max = 64 << 10;
    world.config.ahead_bytes_max = 256 << 10;
    let events = many(40_000);
    let member = world.member();
    world.append(records(&events[..400])).await;
    world.all_recorded(400).await;
    world.store.down.store(true, Ordering::SeqCst);
    for part in events[400..].chunks(2_000) {
        world.append(records(part)).await;
    }
    let refused = world.store.refused.load(Ordering::SeqCst);
    let mut most = 0;
    until("it has tried in vain for a while", || {
        most = most.max(member.status.waiting_bytes());
        world.store.refused.load(Ordering::SeqCst) >= refused + 20
    })
    .await;
    // of about 10 MB: for each partition its bound, then one turn of the poller and the last record of it
    assert!(most > 64 << 10 && most < (4 * (64 + 32 + 1)) << 10, "{most}");
    assert_eq!(world.recorded(), 400);
    world.store.down.store(false, Ordering::SeqCst);
    world.all_recorded(40_000).await;
    member.stop();
    world.stand_once(&events);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_poison_stops_its_partition_and_no_other() {
    let world = World::new(4, &[Topic::Events]).await;
    let member = world.member();
    world.append((0..1_500).map(|_| poison(7)).collect()).await;
    until("a partition stands still", || member.status.halted().len() == 1).await;
    let ((_, stopped), why) = member.status.halted().pop_first().unwrap();
    assert!(matches!(why, Why::Poison { buried: 1_000.., .. }), "{why:?}");
    let events = many(1_000);
    world.append(records(&events)).await;
    let ends = world.log.ends().await.unwrap();
    let others = (0..4).filter(|partition| *partition != stopped);
    let due: u64 = others.map(|partition| ends.get(Topic::Events, partition).unwrap_or(0)).sum();
    until("the others go on", || {
        let held = world.store.held.lock();
        let others = held.ledger.values().filter(|entry| entry.range.partition != stopped);
        others.map(|entry| entry.records).sum::<u64>() == due
    })
    .await;
    // what was read after the last range is in no letter and in no range: it is read again
    let passed = world.recorded() - due;
    assert!(passed < 1_000 && world.letters.0.lock().len() as u64 >= passed);
    member.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_was_made_anew_stops_with_a_line() {
    let mut world = World::new(1, &[Topic::Events]).await;
    let id = world.id().await;
    world.config.topics.insert(Topic::Events, Manifest { id, epoch: 2, partitions: 1 });
    world.append(records(&many(500))).await;
    let member = world.member();
    world.all_recorded(500).await;
    member.stop();
    // the store is an older one, which knows the first life alone
    world.config.topics.insert(Topic::Events, Manifest { id, epoch: 1, partitions: 1 });
    let member = world.member();
    until("it stands still", || !member.status.halted().is_empty()).await;
    let why = member.status.halted().pop_first().unwrap().1;
    assert_eq!(why, Why::Epoch { committed: 2, manifest: 1 });
    member.stop();
    // nobody says so, and the group has lost its offsets with the topic
    world.config.topics.insert(Topic::Events, Manifest { id, epoch: 2, partitions: 1 });
    world.anew().await;
    world.append(records(&many(10))).await;
    let found = world.id().await;
    let member = world.member();
    until("it stands still", || !member.status.halted().is_empty()).await;
    let why = member.status.halted().pop_first().unwrap().1;
    assert_eq!(why, Why::Anew { found, manifest: id });
    assert_eq!(world.recorded(), 500);
    member.stop();
}

/// Kafka's client goes on in it at the same offset as if nothing had been, for it is longer than the first one.
#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_is_made_anew_under_a_member_stops_though_it_is_longer() {
    let mut world = World::new(1, &[Topic::Events]).await;
    let id = world.id().await;
    world.append(records(&many(500))).await;
    let member = world.member();
    world.all_recorded(500).await;
    world.anew().await;
    world.append(records(&many(800))).await;
    let found = world.id().await;
    until("it stands still", || !member.status.halted().is_empty()).await;
    let why = member.status.halted().pop_first().unwrap().1;
    assert_eq!(why, Why::Anew { found, manifest: id });
    assert!(why.to_string().contains("nova migrate --new-topics"));
    // nothing more is done under the old epoch, whatever comes
    let recorded = world.recorded();
    world.append(records(&many(100))).await;
    member.stop();
    let member = world.member();
    until("it stands still", || !member.status.halted().is_empty()).await;
    assert_eq!(world.recorded(), recorded);
    member.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_refuses_everything_stops_the_partition_without_a_letter() {
    let mut world = World::new(1, &[Topic::Events]).await;
    world.config.lane.limits.records_max = 1_200;
    world.store.held.lock().refuses = Some("phone");
    let events = many(1_200);
    world.append(records(&events)).await;
    let member = world.member();
    until("it stands still", || !member.status.halted().is_empty()).await;
    let why = member.status.halted().pop_first().unwrap().1;
    assert!(matches!(why, Why::Refused { .. }), "{why:?}");
    assert!(why.to_string().contains("the rule no_such_device"), "{why}");
    member.stop();
    assert!(world.letters.0.lock().is_empty());
    // its rule is gone: nothing was lost
    world.store.held.lock().refuses = None;
    let member = world.member();
    world.all_recorded(1_200).await;
    member.stop();
    world.stand_once(&events);
}
