//! Members that come and go.

use super::*;

/// How often a guest comes and goes. While one does nothing is written, so that on a slow machine the members would never
/// come to the end.
const ROUNDS: std::ops::Range<usize> = 3..20;

#[tokio::test(flavor = "multi_thread")]
async fn members_that_come_and_go_under_load_lose_nothing_and_double_nothing() {
    let world = World::new(12, &[Topic::Events]).await;
    let (events, done) = (many(20_000), CancellationToken::new());
    let writing = async {
        for (part, events) in events.chunks(250).enumerate() {
            // never far ahead of the members, so that it lasts while they come and go
            let behind = (part as u64).saturating_sub(4) * 301;
            until("the members follow", || world.recorded() >= behind).await;
            world.append(records(events)).await;
            // everything again, in part, and something that nobody can read
            world.append(records(&events[..50])).await;
            world.append(vec![poison(7)]).await;
        }
        done.cancel();
    };
    let steady = world.member();
    let guests = async {
        let mut rounds = 0;
        while rounds < ROUNDS.start || !done.is_cancelled() && rounds < ROUNDS.end {
            let guest = world.member();
            until("the guest writes", || guest.owns_anything() || done.is_cancelled()).await;
            tokio::task::block_in_place(|| guest.stop());
            rounds += 1;
        }
    };
    tokio::join!(writing, guests);
    world.all_recorded(20_000 + 80 * 51).await;
    steady.stop();
    world.stand_once(&events);
    assert_eq!(world.letters.0.lock().len(), 80);
    assert!(world.store.held.lock().ledger.values().all(|entry| entry.records <= 300));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_that_stops_in_order_has_committed_what_it_wrote() {
    let world = World::new(2, &[Topic::Events]).await;
    let events = many(1_000);
    world.append(records(&events[..600])).await;
    let first = world.member();
    world.all_recorded(600).await;
    first.stop();
    world.append(records(&events[600..])).await;
    let second = world.member();
    world.all_recorded(1_000).await;
    // nothing that the first one wrote was written again
    let known: Vec<Range> = second.inserts.lock().clone();
    second.stop();
    let held = world.store.held.lock();
    assert!(known.iter().all(|range| held.ledger.contains_key(&(range.partition, range.first))));
    assert_eq!(held.ledger.values().map(|entry| entry.kept).sum::<u64>(), 1_000);
    drop(held);
    world.stand_once(&events);
}

/// As when a client that was not answered asks another process: one key, so one partition and one owner.
#[tokio::test(flavor = "multi_thread")]
async fn events_that_two_processes_write_at_once_count_once() {
    let world = World::new(4, &[Topic::Events]).await;
    let other = KafkaLog::open(world.config.kafka.clone()).await.unwrap();
    let events = many(2_000);
    let member = world.member();
    for part in events.chunks(50) {
        let (one, two) = tokio::join!(
            world.log.append(Topic::Events, records(part)),
            other.append(Topic::Events, records(part)),
        );
        one.and(two).unwrap();
    }
    world.all_recorded(4_000).await;
    member.stop();
    world.stand_once(&events);
    let held = world.store.held.lock();
    assert_eq!(held.ledger.values().map(|entry| entry.duplicates).sum::<u64>(), 2_000);
}
