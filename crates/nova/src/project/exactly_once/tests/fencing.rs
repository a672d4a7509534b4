//! A member that does not know that it is none any more.

use nova_core::model::Table;

use super::*;
use crate::project::exactly_once::run::{Answer, Trial, TrialTable};
use crate::project::exactly_once::{Chunk, Packed, Raw};

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_stood_still_writes_and_commits_nothing_of_what_it_lost() {
    let mut world = World::new(4, &[Topic::Events]).await;
    world.config.session = Duration::from_secs(6);
    world.config.poll_max = Duration::from_secs(6);
    let events = many(3_000);
    world.append(records(&events[..1_000])).await;
    let stale = world.member();
    world.all_recorded(1_000).await;
    // it begins ranges that it cannot end, then it stands still for longer than it may
    stale.cut_off.store(true, Ordering::SeqCst);
    world.append(records(&events[1_000..2_000])).await;
    until("inserts are under way", || world.store.refused.load(Ordering::SeqCst) >= 12).await;
    stale.clock.hold();
    until("it stands still", || stale.clock.asked.load(Ordering::SeqCst)).await;
    let before = stale.inserts.lock().len();
    let heir = world.member();
    world.all_recorded(2_000).await;
    assert_eq!(heir.status.partitions(), 4);
    let ledger = world.store.held.lock().ledger.clone();
    // it goes on, polls, and is a member again: what it had begun is gone with its old assignment
    stale.clock.go_on();
    until("it has joined again", || stale.status.partitions() == 2).await;
    stale.cut_off.store(false, Ordering::SeqCst);
    world.append(records(&events[2_000..])).await;
    world.all_recorded(3_000).await;
    let late = stale.inserts.lock()[before..].to_vec();
    let known = |range: &Range| ledger.contains_key(&(range.partition, range.first));
    assert!(!late.is_empty() && !late.iter().any(known), "{late:?}");
    assert!(ledger.iter().all(|(place, entry)| world.store.held.lock().ledger[place] == *entry));
    heir.stop();
    stale.stop();
    // where the group stands is where the ledger ends
    let again = world.member();
    world.append(records(&many(4))).await;
    world.all_recorded(3_004).await;
    again.stop();
}

/// One that nobody runs.
fn idle(world: &World) -> Consumer {
    Consumer {
        log: Arc::clone(&world.log) as _,
        sink: Arc::new(Seen {
            store: Arc::clone(&world.store),
            inserts: Arc::default(),
            down: Arc::default(),
        }),
        dead: Arc::clone(&world.letters) as _,
        clock: Arc::new(SystemClock),
        status: Arc::default(),
        config: world.config.clone(),
    }
}

/// The broker takes what a member commits for a partition that it has lost, once it is a member again: only the
/// assignment's number says no.
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_of_an_earlier_assignment_is_not_sent() {
    let world = World::new(1, &[Topic::Events]).await;
    world.append(records(&many(100))).await;
    let consumer = idle(&world);
    let runtime = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || {
        let trial = Trial::joined(consumer, &runtime);
        let stale = trial.raise();
        let fresh = trial.raise();
        assert_eq!(trial.commit(fresh, 40), Answer::Done);
        assert_eq!(trial.commit(stale, 10), Answer::Fenced);
        assert_eq!(trial.committed(), Some((40, "n1;t=events;e=1".to_owned())));
        // with the number of the present assignment the broker would have taken it
        assert_eq!(trial.commit(fresh, 10), Answer::Done);
        assert_eq!(trial.committed(), Some((10, "n1;t=events;e=1".to_owned())));
    })
    .await
    .unwrap();
}

/// Its task was not told yet: only the assignment's number says no.
#[tokio::test(flavor = "multi_thread")]
async fn rows_and_letters_of_an_earlier_assignment_are_not_written() {
    let world = World::new(1, &[tables::FOLLOWS]).await;
    let table = TrialTable::new(idle(&world), Table::Follows);
    let chunk = || {
        let mut chunk = Chunk::default();
        for (offset, record) in [(7, tables::follow(7, 7)), (8, poison(8))] {
            let Record { key, value } = record;
            let (received_at, headers) = (SystemClock.now(), Packed::default());
            chunk.push(Raw { offset, received_at, key: &key, value: value.as_deref(), headers });
        }
        chunk
    };
    let stale = table.raise();
    let fresh = table.raise();
    table.write(stale, chunk()).await;
    assert!(world.store.held.lock().put.is_empty() && world.letters.0.lock().is_empty());
    table.write(fresh, chunk()).await;
    assert_eq!((world.store.held.lock().put.len(), world.letters.0.lock().len()), (1, 1));
}
