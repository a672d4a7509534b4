use nova_core::model::{Action, RowKey};
use proptest::prelude::*;

use super::*;
use crate::store::Projection as _;
use crate::store::contract::Trial;
use crate::store::contract::history::{HOUR, History, ago, post, user};
use crate::store::memory::{EveryEvent, MemoryStore, MemoryStoreConfig};

/// Who looks.
const VIEWER: u64 = 2;

fn store(history: &History, posts_many: usize) -> MemoryStore {
    let config = MemoryStoreConfig { posts_many, ..MemoryStoreConfig::default() };
    let (store, _) = MemoryStore::open(None, config, &|| Ok(Box::<EveryEvent>::default())).expect("opened");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(store.apply(&history.facts, &history.ends)).expect("applied");
    store
}

/// The list, and how many posts were looked at.
fn answer(store: &MemoryStore, limit: usize) -> (Vec<u32>, usize) {
    let (ranked, looked) = look(&store.index, &Trial::query(VIEWER, limit));
    (ranked.iter().map(|ranked| ranked.row).collect(), looked)
}

/// A viewer who follows a few, and one who writes 20,000 posts in 72 hours.
fn flood() -> History {
    let mut history = History::default();
    for author in 10..=20 {
        history.follow(VIEWER, author);
        history.post(author, author, ago(author * HOUR));
    }
    for number in 0..20_000 {
        history.post(1_000 + number, 10, ago(1 + number * 72 * HOUR / 20_000));
    }
    history
}

#[test]
fn of_very_many_posts_few_are_looked_at() {
    let mut history = flood();
    let (list, looked) = answer(&store(&history, 2_048), 500);
    assert_eq!(answer(&store(&history, usize::MAX), 500), (list, 20_011));
    assert!(looked < 1_000, "{looked}");
    // what was seen makes room for more, and what was answered is found however old it is
    for number in 0..1_000 {
        history.event(VIEWER, 1_000 + number, Action::Impression, ago(1));
    }
    for liker in 30..60 {
        history.like(liker, 1_000 + 15_000 + liker, ago(1));
    }
    let (list, looked) = answer(&store(&history, 2_048), 500);
    assert_eq!(answer(&store(&history, usize::MAX), 500), (list, 20_011));
    assert!(looked < 2_500, "{looked}");
}

/// Each is liked at once and shown often afterwards, as the posts of somebody with an audience are.
#[test]
fn posts_that_once_did_well_do_not_have_to_be_looked_at_for_ever() {
    let mut history = History::default();
    history.follow(VIEWER, 10);
    let posts = 1_000..2_500;
    for number in posts.clone() {
        history.post(number, 10, ago(1 + (number - 1_000) * 72 * HOUR / 1_500));
        history.like(7, number, ago(1));
    }
    let early = answer(&store(&history, 256), 50);
    for _ in 0..20 {
        posts.clone().for_each(|number| history.event(7, number, Action::Impression, ago(1)));
    }
    let (list, looked) = answer(&store(&history, 256), 50);
    assert_eq!(answer(&store(&history, usize::MAX), 50), (list, 1_500));
    assert!(looked < 200 && early.1 < 200, "{looked} {}", early.1);
}

#[test]
fn the_work_does_not_grow_with_the_posts() {
    let history = flood();
    let store = store(&history, 2_048);
    let (_, few) = answer(&store, 20);
    let (_, more) = answer(&store, 500);
    assert!(few < more && few < 700, "{few} {more}");
}

/// What happens, in numbers: what, to which post, when.
fn histories() -> impl Strategy<Value = Vec<(u8, u64, u64)>> {
    proptest::collection::vec((0..20_u8, 1..60_u64, 0..80 * HOUR), 20..200)
}

fn history(steps: &[(u8, u64, u64)]) -> History {
    let mut history = History::default();
    (10..13).for_each(|author| history.follow(VIEWER, author));
    for (turn, &(kind, number, minutes)) in (0..).zip(steps) {
        let (author, at, somebody) = (10 + number % 3, ago(minutes), 30 + turn);
        match kind {
            // again: its date changes
            0..8 => history.post(number, author, at),
            8 => history.post_deleted(number, author, at),
            9..12 => history.like(somebody, number, ago(1)),
            12 => history.delete(RowKey::Like(post(number), user(somebody - 1)), ago(1)),
            13 => history.comment(turn, somebody, number, ago(1), false),
            14 => history.event(somebody, number, Action::Share, ago(1)),
            15 => (0..20).for_each(|_| history.event(somebody, number, Action::Impression, ago(1))),
            16 | 17 => history.event(VIEWER, number, Action::View, ago(1)),
            18 => history.hide(VIEWER, number, ago(1)),
            _ => history.event(somebody, number, Action::Like, ago(1)),
        }
    }
    history
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// What is left out would not have been in the list.
    #[test]
    fn by_the_hour_the_answer_is_the_same(steps in histories(), many in 1..8_usize, limit in 0..20_usize) {
        let history = history(&steps);
        let expected = answer(&store(&history, usize::MAX), limit);
        let (list, looked) = answer(&store(&history, many), limit);
        prop_assert_eq!(list, expected.0);
        prop_assert!(looked <= expected.1);
    }
}
