//! What must not be shown.

use std::time::Duration;

use nova_core::model::{Action, Row, RowKey, Stamp};
use nova_core::pipeline::Verdict;

use super::Trial;
use super::history::{DAY, HOUR, NOW, ago, edge, like, post, post_row, user, user_row};
use super::trial::candidate;

pub(crate) async fn each_reason_not_to_show_a_post_is_given(mut trial: Trial) {
    for number in 1..=9 {
        trial.post(number, 10 + number, ago(HOUR));
    }
    trial.post(10, 2, ago(HOUR));
    trial.post(11, 21, NOW.plus(Duration::from_secs(299)));
    trial.post(12, 22, NOW.plus(Duration::from_secs(301)));
    trial.post_deleted(2, 12, ago(HOUR));
    trial.delete(RowKey::Post(post(3)), ago(1));
    trial.user_deleted(14);
    trial.block(2, 15);
    trial.block(16, 2);
    trial.mute(2, 17);
    trial.hide(2, 8, ago(1));
    trial.event(2, 9, Action::Impression, ago(1));
    trial.play().await;
    let expected = [
        (1, Verdict::CLEAR),
        (2, Verdict::GONE),
        (3, Verdict::GONE),
        (4, Verdict::AUTHOR_GONE),
        (5, Verdict::BLOCKED),
        (6, Verdict::BLOCKED),
        (7, Verdict::MUTED),
        (8, Verdict::HIDDEN),
        (9, Verdict::SEEN),
        (10, Verdict::OWN),
        (11, Verdict::CLEAR),
        (12, Verdict::EARLY),
        (99, Verdict::GONE),
    ];
    for (number, verdict) in expected {
        assert_eq!(trial.verdict(2, number).await, verdict, "post {number}");
        let nobodys = if (5..=10).contains(&number) { Verdict::CLEAR } else { verdict };
        let mut found = [candidate(number)];
        trial.store().judge(None, NOW, &mut found).await.expect("judge");
        assert_eq!(found[0].verdict, nobodys, "post {number} without a viewer");
        if number != 99 {
            assert_ne!(found[0].author, user(0), "the author is filled in");
        }
    }
    // a post written after its author's account was deleted is as gone
    trial.post(13, 14, ago(HOUR));
    trial.play().await;
    assert_eq!(trial.verdict(2, 13).await, Verdict::AUTHOR_GONE);
}

pub(crate) async fn what_was_taken_back_no_longer_counts(mut trial: Trial) {
    for number in 1..=6 {
        trial.post(number, 10 + number, ago(HOUR));
    }
    trial.post_deleted(1, 11, ago(HOUR));
    trial.user_deleted(12);
    trial.block(2, 13);
    trial.block(14, 2);
    trial.mute(2, 15);
    trial.hide(2, 6, ago(5));
    trial.play().await;
    for number in 1..=6 {
        assert_ne!(trial.verdict(2, number).await, Verdict::CLEAR, "post {number}");
    }
    trial.post(1, 11, ago(HOUR));
    trial.user(12);
    trial.delete(RowKey::Block(user(2), user(13)), ago(1));
    trial.delete(RowKey::Block(user(14), user(2)), ago(1));
    trial.delete(RowKey::Mute(user(2), user(15)), ago(1));
    trial.delete(RowKey::Hidden(post(6), user(2)), ago(1));
    trial.play().await;
    for number in 1..=6 {
        assert_eq!(trial.verdict(2, number).await, Verdict::CLEAR, "post {number}");
    }
}

pub(crate) async fn hiding_follows_the_later_of_row_and_event(mut trial: Trial) {
    // row set at, row gone at, event at (minutes ago); hidden?
    let cases = [
        (None, None, Some(5), true),
        (Some(5), None, None, true),
        (Some(9), Some(5), None, false),
        (None, Some(5), Some(4), true),
        (None, Some(4), Some(5), false),
        (None, Some(5), Some(5), false),
    ];
    for (number, (set, gone, event, _)) in (1..).zip(cases) {
        trial.post(number, 1, ago(HOUR));
        if let Some(minutes) = event {
            trial.event(2, number, Action::Hide, ago(minutes));
        }
        if let Some(minutes) = set {
            trial.hide(2, number, ago(minutes));
        }
        if let Some(minutes) = gone {
            trial.delete(RowKey::Hidden(post(number), user(2)), ago(minutes));
        }
    }
    trial.play().await;
    for (number, case) in (1..).zip(cases) {
        assert_eq!(trial.verdict(2, number).await.has(Verdict::HIDDEN), case.3, "{case:?}");
    }
}

pub(crate) async fn seen_holds_for_seven_days(mut trial: Trial) {
    let cases = [
        (Action::Impression, HOUR, true),
        (Action::View, HOUR, true),
        (Action::Dwell, HOUR, true),
        (Action::Served, HOUR, true),
        (Action::Served, 7 * DAY + 1, false),
        (Action::Click, HOUR, false),
        (Action::Share, HOUR, false),
        (Action::Impression, 7 * DAY - 1, true),
        (Action::Impression, 7 * DAY + 1, false),
    ];
    for (number, (action, minutes, _)) in (1..).zip(cases) {
        trial.post(number, 1, ago(9 * DAY));
        trial.event(2, number, action, ago(minutes));
        // an earlier look does not take back a later one
        trial.event(2, number, action, ago(minutes + 10));
    }
    trial.play().await;
    for (number, (action, minutes, seen)) in (1..).zip(cases) {
        let verdict = trial.verdict(2, number).await;
        assert_eq!(verdict.has(Verdict::SEEN), seen, "{action} {minutes} minutes ago");
    }
    let later = NOW.plus(Duration::from_secs(7 * DAY * 60));
    assert_eq!(trial.verdict_at(2, 1, later).await, Verdict::CLEAR);
}

pub(crate) async fn an_older_version_never_wins(mut trial: Trial) {
    let at = |version| Stamp { version, committed_at: ago(5) };
    let rows = [
        Row::User(user_row(11, false)),
        Row::Post(post_row(1, 10, ago(HOUR), false)),
        Row::Like(like(2, 2, ago(5))),
        Row::Follow(edge(2, 10)),
        Row::Block(edge(2, 13)),
        Row::Mute(edge(2, 14)),
        Row::Hidden(like(2, 5, ago(5))),
        Row::Comment(super::history::comment(7, 2, 2, ago(5), false)),
    ];
    for (number, author) in [(2, 10), (3, 13), (4, 14), (5, 10), (6, 11)] {
        trial.post(number, author, ago(HOUR));
    }
    trial.play().await;
    // removed at 20: neither an older row nor one of the same version comes back
    for row in &rows {
        trial.delete_stamped(row.key(), at(1 << 20));
        trial.put_stamped(row.clone(), at((1 << 20) - 1));
        trial.put_stamped(row.clone(), at(1 << 20));
    }
    let applied = trial.play().await;
    assert_eq!((applied.changes, applied.stale), if trial.looks_first() { (8, 16) } else { (24, 0) });
    assert_eq!(trial.verdict(2, 1).await, Verdict::GONE);
    assert_eq!(trial.verdict(2, 6).await, Verdict::AUTHOR_GONE);
    let features = trial.features(2, 2).await;
    assert_eq!((features.likes, features.comments, features.liked), (0, 0, false));
    for number in 2..=5 {
        assert_eq!(trial.verdict(2, number).await, Verdict::CLEAR, "post {number}");
    }
    assert_eq!(trial.follow_list(2, 10).await, [0; 0]);
    // a newer one does
    for row in rows {
        trial.put_stamped(row, at((1 << 20) + 1));
    }
    let applied = trial.play().await;
    assert_eq!((applied.changes, applied.stale), (8, 0));
    assert_eq!(trial.verdict(2, 1).await, Verdict::CLEAR);
    assert_eq!(trial.verdict(2, 3).await, Verdict::BLOCKED);
    assert_eq!(trial.verdict(2, 4).await, Verdict::MUTED);
    assert_eq!(trial.verdict(2, 5).await, Verdict::HIDDEN);
    assert_eq!(trial.verdict(2, 6).await, Verdict::CLEAR);
    let features = trial.features(2, 2).await;
    assert_eq!((features.likes, features.comments, features.liked), (1, 1, true));
    assert_eq!(trial.follow_list(2, 10).await.len(), 3);
}

pub(crate) async fn a_viewer_nobody_knows_gets_nothing_and_nothing_fails(mut trial: Trial) {
    trial.post(1, 1, ago(HOUR));
    trial.follow(3, 1);
    trial.like(3, 1, ago(1));
    trial.play().await;
    assert_eq!(trial.follow_list(77, 10).await, [0; 0]);
    assert_eq!(trial.affinity(77, 10).await, [0; 0]);
    assert_eq!(trial.suggest(77, 10).await, []);
    assert_eq!(trial.verdict(77, 1).await, Verdict::CLEAR);
    let features = trial.features(77, 1).await;
    assert_eq!((features.likes, features.liked, features.interactions), (1, false, 0));
    assert_eq!(trial.features(77, 99).await, nova_core::pipeline::Features::default());
    assert_eq!(trial.store().hidden_users(user(77), &[user(1), user(88)]).await.expect("asked"), [false; 2]);
    trial.store().check().await.expect("it answers");
}
