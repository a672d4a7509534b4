//! Random histories in every order that the log allows.

use std::pin::Pin;

use nova_core::model::{Action, CommentId, Id, Row, RowKey, Stamp};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::history::{DAY, HOUR, History, ago, comment, edge, like, post, post_row, user, user_row};
use super::model::{Model, POSTS, USERS};
use super::{Trial, Twin};
use crate::log::{Positions, Topic};
use crate::store::Placed;

/// What happens, in numbers: what, who, to which, when, and how new the row's version is.
#[derive(Debug, Clone, Copy)]
struct Op {
    kind: u8,
    viewer: u64,
    other: u64,
    number: u64,
    minutes: u64,
    version: u64,
}

fn op() -> impl Strategy<Value = Op> {
    let minutes = prop_oneof![0..60_u64, 0..4 * DAY, 0..100 * DAY];
    (0..25_u8, 1..=USERS, 1..=USERS, 1..=POSTS, minutes, 1..40_u64).prop_map(
        |(kind, viewer, other, number, minutes, version)| Op {
            kind,
            viewer,
            other,
            number,
            minutes,
            version,
        },
    )
}

fn write(history: &mut History, op: Op) {
    let Op { viewer, other, number, minutes, .. } = op;
    let at = ago(minutes);
    // versions and times go their own ways: a clock may step back
    let stamp = Stamp { version: op.version, committed_at: at };
    let mut event = |action| history.event(viewer, number, action, at);
    match op.kind {
        0 => event(Action::Impression),
        1 => event(Action::View),
        2 => event(Action::Click),
        3..=5 => event(Action::Like),
        6 => event(Action::Unlike),
        7 => event(Action::Share),
        8 => event(Action::Dwell),
        9 => event(Action::Hide),
        // the same identity now and then
        10 => history.event_with_id(op.version, viewer, number, Action::Share, at),
        11 | 12 => history.put_stamped(Row::Like(like(viewer, number, at)), stamp),
        13 => history.delete_stamped(RowKey::Like(post(number), user(viewer)), stamp),
        14 | 15 => history.put_stamped(Row::Follow(edge(viewer, other)), stamp),
        16 => history.delete_stamped(RowKey::Follow(user(viewer), user(other)), stamp),
        17 => history.put_stamped(Row::Block(edge(viewer, other)), stamp),
        18 => history.delete_stamped(RowKey::Block(user(viewer), user(other)), stamp),
        19 => history.put_stamped(Row::Mute(edge(viewer, other)), stamp),
        20 => history.put_stamped(Row::Hidden(like(viewer, number, at)), stamp),
        21 => history.delete_stamped(RowKey::Hidden(post(number), user(viewer)), stamp),
        22 => {
            // a comment stays under its post
            let row = comment(number * 10 + viewer, viewer, number, at, op.version.is_multiple_of(4));
            history.put_stamped(Row::Comment(row), stamp);
        }
        23 => event(Action::Served),
        _ => match op.version % 4 {
            0 => history.put_stamped(Row::User(user_row(viewer, other < 3)), stamp),
            1 => {
                let id = CommentId(Id::from_integer(number * 10 + viewer));
                history.delete_stamped(RowKey::Comment(id), stamp);
            }
            // every post keeps its author
            _ => {
                let author = number % USERS + 1;
                history.put_stamped(Row::Post(post_row(number, author, at, other == 1)), stamp);
            }
        },
    }
}

/// Histories of some length.
pub(crate) fn histories() -> impl Strategy<Value = History> {
    proptest::collection::vec(op(), 60..160).prop_map(|ops| history(&ops))
}

/// All posts but the last come to be somewhere in the middle.
fn history(ops: &[Op]) -> History {
    let mut history = History::default();
    for (index, &op) in ops.iter().enumerate() {
        if index % 8 == 7 && index / 8 < POSTS as usize - 1 {
            let number = index as u64 / 8 + 1;
            let row = post_row(number, number % USERS + 1, ago(number * 7 * HOUR), false);
            history.put_stamped(Row::Post(row), Stamp { version: 5, committed_at: ago(HOUR) });
        }
        write(&mut history, op);
    }
    history
}

/// The facts of another interleaving of the topics; each topic keeps its order.
fn interleaved(facts: &[Placed], picks: &[u8]) -> Vec<Placed> {
    let mut lanes: Vec<Vec<&Placed>> = Topic::ALL
        .iter()
        .map(|&topic| facts.iter().rev().filter(|placed| placed.place.topic == topic).collect())
        .collect();
    let mut picks = picks.iter().copied().cycle();
    let mut order = Vec::with_capacity(facts.len());
    while order.len() < facts.len() {
        let pick = usize::from(picks.next().unwrap_or(0));
        let open: Vec<usize> = (0..lanes.len()).filter(|&lane| !lanes[lane].is_empty()).collect();
        // a run of several from one topic now and then
        for _ in 0..=pick / 32 {
            order.extend(lanes[open[pick % open.len()]].pop().cloned());
        }
    }
    order
}

/// How a history is played.
#[derive(Debug, Clone, Copy)]
enum Mode {
    InOrder,
    Redelivered,
    Interleaved,
    Reopened,
}

type New = fn() -> Pin<Box<dyn Future<Output = Box<dyn Twin>>>>;

/// The property; the number of cases is proptest's (`PROPTEST_CASES`), the twin's own unless it is set.
pub(crate) fn random_histories(new: New, cases: u32) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut config = ProptestConfig::default();
    // what proptest takes when nobody asks for a number
    if config.cases == 256 {
        config.cases = cases;
    }
    let input = (
        proptest::collection::vec(op(), 60..160),
        proptest::collection::vec(any::<u8>(), 1..64),
        proptest::collection::vec(1..30_usize, 1..8),
    );
    let run = |(ops, picks, sizes): (Vec<Op>, Vec<u8>, Vec<usize>)| {
        let history = history(&ops);
        let mut model = Model::new(&history.facts);
        runtime.block_on(async {
            let mut suggestions = Vec::new();
            for mode in [Mode::InOrder, Mode::Redelivered, Mode::Interleaved, Mode::Reopened] {
                let trial = play(new().await, &history, &picks, &sizes, mode).await;
                model.counts_at_once(!trial.looks_first());
                model.check(&trial).await;
                let mut found = Vec::new();
                for viewer in 1..=USERS {
                    found.push(trial.suggest(viewer, 20).await);
                }
                suggestions.push(found);
            }
            assert!(suggestions.windows(2).all(|pair| pair[0] == pair[1]), "{suggestions:?}");
        });
        Ok(())
    };
    TestRunner::new(config).run(&input, run).expect("every order gives the model's answers");
}

async fn play(twin: Box<dyn Twin>, history: &History, picks: &[u8], sizes: &[usize], mode: Mode) -> Trial {
    let facts = match mode {
        Mode::Interleaved => interleaved(&history.facts, picks),
        Mode::InOrder | Mode::Redelivered | Mode::Reopened => history.facts.clone(),
    };
    let mut trial = Trial::new(twin);
    let mut upto = Positions::default();
    let mut rest = &facts[..];
    let mut before: &[Placed] = &[];
    for (index, &size) in sizes.iter().cycle().enumerate() {
        if rest.is_empty() {
            break;
        }
        let (batch, later) = rest.split_at(size.min(rest.len()));
        rest = later;
        batch.iter().for_each(|placed| upto.advance_all(&Positions::after(placed.place)));
        let mut given = batch.to_vec();
        if matches!(mode, Mode::Redelivered) {
            given = [before, batch].concat();
        }
        trial.store().apply(&given, &upto).await.expect("applied");
        before = batch;
        if matches!(mode, Mode::Reopened) && index % 3 == 1 {
            trial.reopen().await;
        }
    }
    trial.settle(&upto).await;
    trial
}
