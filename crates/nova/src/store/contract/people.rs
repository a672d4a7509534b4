//! People: suggested, active, hidden.

use nova_core::model::{Action, RowKey};

use super::Trial;
use super::history::{DAY, HOUR, ago, user};
use super::trial::of;
use crate::store::SuggestReason;

async fn suggested(trial: &Trial, viewer: u64) -> Vec<u64> {
    trial.suggest(viewer, 20).await.iter().map(|suggestion| of(suggestion.user)).collect()
}

pub(crate) async fn friends_of_friends_are_suggested_with_their_mutuals(mut trial: Trial) {
    for friend in [10, 11, 12, 13] {
        trial.follow(1, friend);
        trial.follow(friend, 20);
    }
    trial.follow(10, 21);
    trial.play().await;
    let found = trial.suggest(1, 20).await;
    assert_eq!(found.iter().map(|found| of(found.user)).collect::<Vec<_>>(), [20, 21]);
    assert!(found.iter().all(|found| found.reason == SuggestReason::MutualFollows));
    assert_eq!(found[0].mutuals, [user(10), user(11), user(12)], "three of them, by id");
    assert_eq!(found[1].mutuals, [user(10)]);
    assert!(found[0].score > found[1].score && found[1].score > 0.0);
    assert_eq!(trial.suggest(1, 1).await.len(), 1);
    // an unfollow shows at once
    trial.delete(RowKey::Follow(user(1), user(10)), ago(1));
    trial.play().await;
    assert_eq!(suggested(&trial, 1).await[0], 20);
    assert_eq!(trial.suggest(1, 1).await[0].mutuals, [user(11), user(12), user(13)]);
}

pub(crate) async fn nobody_is_suggested_who_must_not_be(mut trial: Trial) {
    trial.follow(1, 10);
    for other in [1, 11, 12, 13, 14, 15, 16] {
        trial.follow(10, other);
    }
    trial.follow(1, 11);
    trial.block(1, 12);
    trial.block(13, 1);
    trial.mute(1, 14);
    trial.user_deleted(15);
    trial.play().await;
    assert_eq!(suggested(&trial, 1).await, [16]);
    for (other, hidden) in [(12, true), (13, true), (14, true), (15, true), (16, false), (1, false)] {
        let answer = trial.store().hidden_users(user(1), &[user(other)]).await.expect("asked");
        assert_eq!(answer, [hidden], "{other}");
    }
}

/// 9 of 10 friends follow the celebrity, whom hundreds follow besides; 3 follow somebody of their own circle.
pub(crate) async fn celebrities_do_not_drown_the_rest(mut trial: Trial) {
    for friend in 10..20 {
        trial.follow(1, friend);
        if friend < 19 {
            trial.follow(friend, 50);
        }
        if friend < 13 {
            trial.follow(friend, 60);
        }
    }
    for fan in 1_000..1_400 {
        trial.follow(fan, 50);
    }
    trial.play().await;
    assert_eq!(suggested(&trial, 1).await[..2], [60, 50]);
}

pub(crate) async fn people_of_the_same_taste_are_suggested(mut trial: Trial) {
    trial.post(1, 10, ago(DAY));
    trial.post(2, 11, ago(DAY));
    // 1 and 2 like the same author, 2 likes another one too
    trial.like(1, 1, ago(HOUR));
    trial.like(2, 1, ago(HOUR));
    trial.event(2, 2, Action::Like, ago(HOUR));
    trial.play().await;
    let found = trial.suggest(1, 20).await;
    let reasons: Vec<_> = found.iter().map(|found| (of(found.user), found.reason)).collect();
    assert!(reasons.contains(&(11, SuggestReason::SimilarTaste)), "{reasons:?}");
    assert!(found.iter().all(|found| found.mutuals.is_empty()));
}

pub(crate) async fn a_newcomer_is_shown_whom_most_follow(mut trial: Trial) {
    trial.user(1);
    for (followed, followers) in [(50, 5), (51, 9), (52, 5), (53, 7)] {
        (0..followers).for_each(|follower| trial.follow(100 + follower, followed));
    }
    trial.user_deleted(53);
    trial.play().await;
    let found = trial.suggest(1, 20).await;
    assert_eq!(found.iter().map(|found| of(found.user)).collect::<Vec<_>>(), [51, 50, 52]);
    assert!(found.iter().all(|found| found.reason == SuggestReason::Popular));
    assert!(found.is_sorted_by(|a, b| a.score >= b.score));
}

pub(crate) async fn active_users_come_latest_first(mut trial: Trial) {
    trial.post(1, 1, ago(DAY));
    for (viewer, minutes) in [(2, 50), (3, 40), (4, 30), (2, 10), (5, 200), (6, 40), (3, 60), (7, 5)] {
        trial.event(viewer, 1, Action::Comment, ago(minutes));
    }
    trial.user_deleted(7);
    trial.play().await;
    let active = trial.store().active(ago(HOUR), 10).await.expect("active");
    assert_eq!(active, [user(2), user(4), user(3), user(6)]);
    assert_eq!(trial.store().active(ago(HOUR), 1).await.expect("active"), [user(2)]);
    assert_eq!(trial.store().active(ago(5), 10).await.expect("active"), []);
}

pub(crate) async fn hidden_users_are_named(mut trial: Trial) {
    trial.block(1, 2);
    trial.block(3, 1);
    trial.mute(1, 4);
    trial.mute(5, 1);
    trial.user_deleted(6);
    trial.play().await;
    let others: Vec<_> = [2, 3, 4, 5, 6, 7, 1].into_iter().map(user).collect();
    let hidden = trial.store().hidden_users(user(1), &others).await.expect("asked");
    assert_eq!(hidden, [true, true, true, false, true, false, false]);
    trial.delete(RowKey::Block(user(1), user(2)), ago(1));
    trial.play().await;
    assert_eq!(trial.store().hidden_users(user(1), &others[..1]).await.expect("asked"), [false]);
}
