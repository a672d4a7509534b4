//! The log again, and in another order.

use std::time::Duration;

use nova_core::model::{Action, CommentId, Id, Row, RowKey, Stamp};

use super::Trial;
use super::history::{DAY, HOUR, NOW, ago, comment, post, user};
use crate::log::{Positions, Reason, Topic};

fn write_a_little_of_everything(trial: &mut Trial) {
    trial.user(1);
    trial.user(2);
    trial.follow(2, 1);
    trial.post(1, 1, ago(HOUR));
    trial.post(2, 3, ago(HOUR));
    trial.like(2, 1, ago(5));
    trial.event(2, 1, Action::Like, ago(4));
    trial.event(2, 1, Action::Share, ago(4));
    trial.event(2, 2, Action::Impression, ago(4));
    trial.dwell(2, 2, 5_000, ago(4));
    trial.comment(7, 2, 1, ago(3), false);
    trial.hide(2, 2, ago(2));
    trial.mute(2, 4);
    trial.block(5, 2);
    trial.event(2, 99, Action::Click, ago(2));
    trial.event(2, 99, Action::Served, ago(2));
}

pub(crate) async fn a_batch_given_again_changes_nothing(mut trial: Trial) {
    write_a_little_of_everything(&mut trial);
    let first = trial.play().await;
    let events = if trial.looks_first() { 4 } else { 5 };
    assert_eq!((first.events, first.duplicates, first.changes, first.stale), (events, 0, 10, 0));
    let before = answers(&trial).await;
    let again = trial.play_again().await;
    assert_eq!((again.events, again.duplicates, again.changes, again.stale), (0, 5, 0, 10));
    assert_eq!(answers(&trial).await, before);
    assert_eq!(trial.store().positions(), trial.ends);
}

/// Everything that is asked about the history above, as text.
async fn answers(trial: &Trial) -> String {
    let today = NOW.day();
    format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        trial.features(2, 1).await,
        trial.features(2, 2).await,
        trial.verdict(2, 1).await,
        trial.verdict(2, 2).await,
        trial.follow_list(2, 9).await,
        trial.store().days(today, today).await.expect("days"),
        trial.store().hidden_users(user(2), &[user(4), user(5), user(6)]).await.expect("hidden"),
        trial.store().active(ago(HOUR), 9).await.expect("active"),
        trial.suggest(2, 9).await,
    )
}

pub(crate) async fn everything_is_there_again_after_a_reopen(mut trial: Trial) {
    write_a_little_of_everything(&mut trial);
    trial.play().await;
    let before = answers(&trial).await;
    let size = trial.store().size().await.expect("size");
    trial.reopen().await;
    assert_eq!(answers(&trial).await, before);
    assert_eq!(trial.store().positions(), trial.ends);
    let reopened = trial.store().size().await.expect("size");
    assert_eq!(
        (reopened.users, reopened.posts, reopened.follows, reopened.events),
        (size.users, size.posts, size.follows, size.events)
    );
    // what waited still waits, and versions still hold
    trial.post(99, 6, ago(HOUR));
    let applied = trial.play().await;
    assert_eq!(applied.events, u64::from(trial.looks_first()));
    assert_eq!(trial.features(2, 99).await.interactions, 1);
    assert_eq!(trial.verdict(2, 99).await, nova_core::pipeline::Verdict::SEEN);
    trial.play_again().await;
    assert_eq!(trial.features(2, 99).await.interactions, 1);
}

pub(crate) async fn what_comes_before_its_post_waits_for_it(mut trial: Trial) {
    trial.event(2, 1, Action::Impression, ago(9));
    trial.event(2, 1, Action::Share, ago(9));
    trial.event(2, 1, Action::Hide, ago(9));
    trial.event(5, 1, Action::Served, ago(9));
    trial.like(2, 1, ago(8));
    trial.like(3, 1, ago(8));
    trial.delete(RowKey::Like(post(1), user(3)), ago(7));
    trial.comment(7, 2, 1, ago(7), false);
    trial.hide(4, 1, ago(7));
    let first = trial.play().await;
    assert_eq!(trial.features(2, 1).await, nova_core::pipeline::Features::default());
    trial.post(1, 1, ago(HOUR));
    let then = trial.play().await;
    let [held, rest] = if trial.looks_first() { [(0, 0), (3, 6)] } else { [(3, 5), (0, 1)] };
    assert_eq!([(first.events, first.changes), (then.events, then.changes)], [held, rest]);
    assert_eq!((first.stale, first.dead, then.stale), (0, Vec::new(), 0));
    let features = trial.features(2, 1).await;
    assert_eq!((features.likes, features.comments, features.shares, features.impressions), (1, 1, 1, 1));
    assert_eq!((features.interactions, features.liked), (3, true), "the author is the post's");
    for viewer in [2, 4] {
        assert!(trial.verdict(viewer, 1).await.has(nova_core::pipeline::Verdict::HIDDEN), "{viewer}");
    }
    assert_eq!(trial.verdict(5, 1).await, nova_core::pipeline::Verdict::SEEN);
}

pub(crate) async fn a_comment_that_waits_keeps_its_place_among_its_changes(mut trial: Trial) {
    let at = |version| Stamp { version, committed_at: ago(5) };
    let row = |number| Row::Comment(comment(number, 2, number, ago(6), false));
    let key = |number| RowKey::Comment(CommentId(Id::from_integer(number)));
    // of one version the first holds, as it does where the post is known
    trial.put_stamped(row(1), at(17));
    trial.delete_stamped(key(1), at(17));
    trial.delete_stamped(key(2), at(17));
    trial.put_stamped(row(2), at(17));
    // and of several the greatest
    trial.put_stamped(row(3), at(17));
    trial.delete_stamped(key(3), at(18));
    trial.put_stamped(row(4), at(18));
    trial.delete_stamped(key(4), at(17));
    trial.put_stamped(row(5), at(17));
    trial.put_stamped(row(5), at(18));
    trial.put_stamped(row(5), at(18));
    trial.play().await;
    trial.reopen().await;
    for number in 1..=5 {
        trial.post(number, 1, ago(HOUR));
    }
    trial.play().await;
    let mut counts = Vec::new();
    for number in 1..=5 {
        counts.push(trial.features(2, number).await.comments);
    }
    assert_eq!(counts, [1, 0, 0, 1, 1]);
}

pub(crate) async fn an_event_whose_post_never_comes_is_put_aside(mut trial: Trial) {
    trial.event_with_id(5, 2, 1, Action::Share, ago(9));
    trial.like(2, 1, ago(9));
    trial.event(2, 2, Action::Share, ago(9));
    trial.event(2, 1, Action::Served, ago(9));
    trial.play().await;
    trial.delay = Duration::from_secs(3_590);
    trial.post(2, 1, ago(9));
    assert_eq!(trial.play().await.dead, [], "within the hour it waits");
    trial.delay = Duration::from_secs(3_700);
    trial.post(3, 1, ago(9));
    let dead = trial.play().await.dead;
    if trial.looks_first() {
        assert_eq!(dead.len(), 1, "only the one whose post did not come");
        assert_eq!(
            (dead[0].reason, dead[0].place.topic, dead[0].place.offset),
            (Reason::PostUnknown, Topic::Events, 0)
        );
        assert_eq!(dead[0].key, "2");
        let value: serde_json::Value =
            serde_json::from_slice(dead[0].value.as_deref().expect("bytes")).expect("JSON");
        assert_eq!((&value["event_id"], &value["action"]), (&"5".into(), &"share".into()));
    } else {
        assert_eq!(dead, [], "it waits where everything is kept");
    }
    // the row still waits; the event counts once it is put back
    trial.post(1, 1, ago(9));
    trial.event_with_id(5, 2, 1, Action::Share, ago(9));
    trial.play().await;
    let features = trial.features(2, 1).await;
    assert_eq!((features.likes, features.shares), (1, 1));
}

pub(crate) async fn an_event_counts_once(mut trial: Trial) {
    trial.post(1, 1, ago(HOUR));
    trial.event_with_id(5, 2, 1, Action::Share, ago(9));
    trial.event_with_id(5, 2, 1, Action::Share, ago(9));
    trial.event_with_id(5, 3, 1, Action::Share, ago(9));
    let applied = trial.play().await;
    assert_eq!((applied.events, applied.duplicates), (2, 1), "the identity is the user and the id");
    trial.reopen().await;
    trial.event_with_id(5, 2, 1, Action::Share, ago(8));
    let applied = trial.play().await;
    assert_eq!((applied.events, applied.duplicates), (0, 1));
    assert_eq!(trial.features(2, 1).await.shares, 2);
    // a batch may be empty and still move the positions
    let mut upto = Positions::default();
    upto.advance(Topic::Events, 3, 7);
    trial.store().apply(&[], &upto).await.expect("applied");
    assert_eq!(trial.store().positions().get(Topic::Events, 3), Some(7));
    assert!(trial.store().positions().covers(&trial.ends));
    assert!(ago(DAY) < NOW);
}
