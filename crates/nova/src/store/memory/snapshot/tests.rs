//! What is loaded is the index as it was at one moment, whatever the writer did while it was written.

mod picture;

use std::sync::Arc;

use proptest::prelude::*;

use self::picture::picture;
use super::{Taking, load};
use crate::log::Positions;
use crate::store::contract::histories;
use crate::store::contract::history::{HOUR, History, ago};
use crate::store::memory::apply::Apply;
use crate::store::memory::config::MemoryStoreConfig;
use crate::store::memory::identity::EveryEvent;
use crate::store::memory::index::{Desk, Index, Ledger};
use crate::store::{MemoryStore, Placed, Projection};

/// An index and the log it follows.
struct Writing<'a> {
    index: Arc<Index>,
    desk: Arc<Desk>,
    rest: &'a [Placed],
}

impl<'a> Writing<'a> {
    fn new(facts: &'a [Placed], config: MemoryStoreConfig) -> Self {
        let ledger = Ledger::new(Box::<EveryEvent>::default());
        Self { index: Arc::new(Index::new(config)), desk: Arc::new(Desk::new(ledger)), rest: facts }
    }

    /// Applies the next facts.
    fn apply(&mut self, count: usize) {
        let (batch, rest) = self.rest.split_at(count.min(self.rest.len()));
        self.rest = rest;
        let mut ledger = self.desk.lock_with_room();
        let applied = Apply::new(&self.index, &mut ledger).batch(batch, &Positions::default());
        applied.expect("applied");
    }

    fn picture(&self) -> Vec<String> {
        picture(&self.index, &mut self.desk.lock())
    }

    fn begin(&self) -> Taking {
        Taking::begin(&self.index, &self.desk).expect("no other goes on")
    }
}

fn loaded(bytes: &[u8], config: &MemoryStoreConfig) -> Vec<String> {
    let loaded = load(bytes, bytes.len() as u64, config, Box::<EveryEvent>::default());
    let (index, mut ledger) = loaded.unwrap_or_else(|fault| panic!("{fault:?}"));
    picture(&index, &mut ledger)
}

/// Little fits, so that much is forgotten and given up.
fn narrow() -> MemoryStoreConfig {
    MemoryStoreConfig {
        seen_max: 3,
        affinity_max: 4,
        waiting_events_max: 2,
        waiting_rows_max: 2,
        days_max: 5,
        ..MemoryStoreConfig::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn a_snapshot_shows_one_moment_whatever_is_applied_while_it_is_written(
        history in histories(),
        is_narrow in any::<bool>(),
        before in 0..160_usize,
        sizes in proptest::collection::vec((1..600_usize, 0..12_usize), 1..12),
        abandoned in 0..4_usize,
    ) {
        let config = if is_narrow { narrow() } else { MemoryStoreConfig::default() };
        let mut writing = Writing::new(&history.facts, config.clone());
        writing.apply(before);
        let mut sizes = sizes.into_iter().cycle();
        let mut step = || sizes.next().unwrap_or((1, 1));

        // one that was given up in the middle leaves nothing behind
        let taking = writing.begin();
        prop_assert!(Taking::begin(&writing.index, &writing.desk).is_err(), "one at a time");
        for _ in 0..abandoned {
            let (bytes_max, count) = step();
            taking.slice(bytes_max, &mut super::draft::Draft::default());
            writing.apply(count);
        }
        drop(taking);
        writing.apply(step().1);

        let at_the_moment = writing.picture();
        let taking = writing.begin();
        // already before its first slice
        writing.apply(step().1);
        let (bytes_max, count) = step();
        let bytes = taking.write_slices(bytes_max, Vec::new(), || writing.apply(count)).expect("written");
        drop(taking);
        prop_assert_eq!(loaded(&bytes, &config), at_the_moment);

        // and the writer was not disturbed
        writing.apply(usize::MAX);
        let mut alone = Writing::new(&history.facts, config);
        alone.apply(before);
        alone.apply(usize::MAX);
        if !is_narrow {
            // how a log is cut into batches decides only who is forgotten when
            prop_assert_eq!(writing.picture(), alone.picture());
        }
    }
}

/// A store with more in it than a slice takes.
fn many() -> History {
    let mut history = History::default();
    for user in 1..3_000 {
        history.user(user);
        history.post(user, user, ago(user % 4_000));
        history.comment(user, user % 7 + 1, user, ago(user % HOUR), false);
    }
    for number in 0..24_000 {
        let (user, post) = (number * 7 % 2_999 + 1, number * 13 % 2_999 + 1);
        match number % 6 {
            0 => history.follow(user, post),
            1 => history.like(user, post, ago(number % HOUR)),
            2 => history.comment(number % 5_000, user, post, ago(1), number % 3 == 0),
            3 => history.event(user, 10_000 + post, nova_core::model::Action::View, ago(1)),
            4 => history.event(user, post, nova_core::model::Action::Impression, ago(1)),
            _ => history.event(user, post, nova_core::model::Action::Share, ago(1)),
        }
    }
    history
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_beside_a_writer_shows_where_it_says_it_stands() {
    let dir = tempfile::tempdir().expect("a directory");
    let config = MemoryStoreConfig::default();
    let open = || MemoryStore::open(Some(dir.path()), config.clone(), &|| Ok(Box::<EveryEvent>::default()));
    let (store, _) = open().expect("opened");
    let history = many();
    let mut upto = Positions::default();
    let mut taken = Vec::new();
    let mut writing = None;
    for (turn, batch) in history.facts.chunks(200).enumerate() {
        if turn % 40 == 20 {
            writing = Some((store.persist(), upto.clone()));
        }
        batch.iter().for_each(|placed| upto.advance_all(&Positions::after(placed.place)));
        store.apply(batch, &upto).await.expect("applied");
        if turn % 40 == 39
            && let Some((writing, begun)) = writing.take()
        {
            assert_eq!(writing.await.expect("written"), begun);
            let (loaded, opened) = open().expect("opened");
            assert_eq!(opened.from.expect("a snapshot").positions, begun);
            taken.push((picture(&loaded.index, &mut loaded.desk.lock()), begun));
        }
    }
    assert!(taken.len() >= 3);
    for (shown, positions) in taken {
        let mut before = history.facts.clone();
        before.retain(|placed| {
            let next = positions.get(placed.place.topic, placed.place.partition).unwrap_or(0);
            placed.place.offset < next
        });
        let mut alone = Writing::new(&before, config.clone());
        alone.apply(usize::MAX);
        let expected = alone.picture();
        for (shown, expected) in shown.iter().zip(&expected) {
            assert_eq!(shown, expected);
        }
        assert_eq!(shown.len(), expected.len());
    }
}

#[tokio::test]
async fn only_one_is_written_at_a_time() {
    let dir = tempfile::tempdir().expect("a directory");
    let new = || Ok(Box::<EveryEvent>::default() as _);
    let (store, _) = MemoryStore::open(Some(dir.path()), MemoryStoreConfig::default(), &new).expect("opened");
    let taking = Taking::begin(&store.index, &store.desk).expect("the first");
    let error = store.persist().await.expect_err("the second");
    assert_eq!(error.kind(), nova_core::error::Kind::Unavailable);
    drop(taking);
    store.persist().await.expect("the first has ended");
}
