//! A member that does not know that it is none any more.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_stood_still_writes_and_commits_nothing_of_what_it_lost() {
    let mut world = World::new(4, &[Topic::Events]).await;
    world.config.session = Duration::from_secs(6);
    world.config.poll_max = Duration::from_secs(6);
    let events = many(3_000);
    world.append(records(&events[..1_000])).await;
    let stale = world.member();
    world.all_recorded(1_000).await;
    // it begins ranges that it cannot end, then it stands still for longer than its session
    world.store.down.store(true, Ordering::SeqCst);
    world.append(records(&events[1_000..2_000])).await;
    until("an insert is under way", || world.store.refused.load(Ordering::SeqCst) >= 4).await;
    stale.clock.held.store(true, Ordering::SeqCst);
    until("it stands still", || stale.clock.asked.load(Ordering::SeqCst)).await;
    let before = stale.inserts.lock().len();
    world.store.down.store(false, Ordering::SeqCst);
    let heir = world.member();
    world.all_recorded(2_000).await;
    let (ledger, tokens) = {
        let held = world.store.held.lock();
        (held.ledger.clone(), held.tokens.clone())
    };
    assert_eq!(stale.inserts.lock().len(), before);
    // it goes on, polls, and joins again: what it had begun is gone with its old assignment
    stale.clock.held.store(false, Ordering::SeqCst);
    world.append(records(&events[2_000..])).await;
    world.all_recorded(3_000).await;
    let late = stale.inserts.lock()[before..].to_vec();
    assert!(late.iter().all(|range| !ledger.contains_key(&(range.partition, range.first))), "{late:?}");
    let held = world.store.held.lock();
    assert!(ledger.iter().all(|(place, entry)| held.ledger[place] == *entry));
    assert!(tokens.is_subset(&held.tokens));
    drop(held);
    heir.stop();
    stale.stop();
    // where the group stands is where the ledger ends
    let again = world.member();
    until("it has its partitions", || again.status.halted().is_empty()).await;
    world.append(records(&many(4)[..4])).await;
    world.all_recorded(3_004).await;
    again.stop();
}
