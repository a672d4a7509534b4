//! Where candidates come from.

use std::time::Duration;

use nova_core::model::Action;

use super::Trial;
use super::history::{DAY, HOUR, NOW, ago, post, user};
use crate::store::Window;

pub(crate) async fn follow_gives_the_best_of_the_followed(mut trial: Trial) {
    trial.follow(2, 10);
    trial.follow(2, 11);
    trial.post(1, 10, ago(2 * HOUR));
    trial.post(2, 11, ago(HOUR));
    trial.post(3, 12, ago(HOUR));
    trial.post(4, 10, ago(71 * HOUR));
    trial.post(5, 10, ago(72 * HOUR + 1));
    trial.post(7, 10, ago(3 * HOUR));
    trial.post(6, 11, ago(3 * HOUR));
    trial.play().await;
    assert_eq!(trial.follow_list(2, 10).await, [1, 2, 4, 6, 7]);
    assert_eq!(trial.follow_list(2, 2).await, [1, 2], "the newest where nothing else counts");
    assert_eq!(trial.follow_list(2, 3).await, [1, 2, 6], "of the same date the smaller id");
    // engagement outweighs a day; shown often without an answer, it weighs less
    for viewer in 20..30 {
        trial.like(viewer, 4, ago(1));
        trial.like(viewer, 1, ago(1));
        for _ in 0..100 {
            trial.event(viewer, 1, Action::Impression, ago(1));
        }
    }
    trial.play().await;
    assert_eq!(trial.follow_list(2, 10).await, [1, 2, 4, 6, 7]);
    assert_eq!(trial.follow_list(2, 2).await, [2, 4], "the best, not the newest");
    let found = trial.store().follow(&Trial::query(2, 1)).await.expect("follow");
    assert_eq!((found[0].post, found[0].author, found[0].created_at), (post(4), user(10), ago(71 * HOUR)));
    trial.delete(nova_core::model::RowKey::Follow(user(2), user(10)), ago(1));
    trial.play().await;
    assert_eq!(trial.follow_list(2, 10).await, [2, 6]);
}

pub(crate) async fn follow_passes_over_what_cannot_be_shown(mut trial: Trial) {
    for author in 10..=15 {
        trial.follow(2, author);
        trial.post(author, author, ago(HOUR));
    }
    trial.post(20, 10, NOW.plus(Duration::from_secs(400)));
    trial.post(21, 10, NOW.plus(Duration::from_secs(200)));
    trial.post_deleted(11, 11, ago(HOUR));
    trial.user_deleted(12);
    trial.block(2, 13);
    trial.block(14, 2);
    trial.mute(2, 15);
    trial.play().await;
    assert_eq!(trial.follow_list(2, 10).await, [10, 21]);
}

pub(crate) async fn past_the_limit_the_seen_gives_way(mut trial: Trial) {
    trial.follow(2, 10);
    for number in 1..=6 {
        trial.post(number, 10, ago(number));
    }
    trial.event(2, 1, Action::Impression, ago(0));
    trial.hide(2, 3, ago(0));
    trial.play().await;
    assert_eq!(trial.follow_list(2, 6).await, [1, 2, 3, 4, 5, 6], "with room for all a filter decides");
    assert_eq!(trial.follow_list(2, 3).await, [2, 4, 5]);
    assert_eq!(trial.follow_list(2, 5).await, [1, 2, 4, 5, 6]);
    assert_eq!(trial.follow_list(2, 0).await, [0; 0]);
}

pub(crate) async fn affinity_gives_the_strongest_authors_first(mut trial: Trial) {
    for (number, author, minutes) in
        [(1, 10, 50), (2, 10, 40), (3, 11, 10), (4, 12, 5), (5, 13, 1), (6, 14, 2), (7, 11, 73 * HOUR)]
    {
        trial.post(number, author, ago(minutes));
    }
    // 10: 3 (like, comment, share), 11 and 12: 1 each, 13: only shown, 14: muted, 2 itself
    trial.like(2, 1, ago(1));
    trial.comment(7, 2, 1, ago(1), false);
    trial.event(2, 1, Action::Share, ago(1));
    trial.event(2, 7, Action::Click, ago(1));
    trial.event(2, 4, Action::Click, ago(1));
    trial.event(2, 5, Action::Dwell, ago(1));
    trial.event(2, 6, Action::Click, ago(1));
    trial.mute(2, 14);
    trial.post(8, 2, ago(1));
    trial.event(2, 8, Action::Click, ago(1));
    trial.play().await;
    assert_eq!(trial.affinity(2, 10).await, [2, 1, 4, 3]);
    assert_eq!(trial.affinity(2, 3).await, [2, 1, 4]);
    // what was seen gives its place to the next
    trial.event(2, 2, Action::Impression, ago(0));
    trial.post_deleted(4, 12, ago(5));
    trial.play().await;
    assert_eq!(trial.affinity(2, 2).await, [1, 3]);
}

pub(crate) async fn recent_gives_the_newest_that_may_be_shown(mut trial: Trial) {
    trial.post(1, 10, ago(400 * DAY));
    trial.post(2, 10, ago(DAY));
    trial.post(3, 11, ago(2));
    trial.post(4, 11, ago(1));
    trial.post(6, 11, ago(3));
    trial.post(5, 11, ago(3));
    trial.post(7, 11, NOW.plus(Duration::from_secs(1)));
    trial.post_deleted(4, 11, ago(1));
    trial.play().await;
    assert_eq!(trial.recent(10).await, [3, 5, 6, 2, 1]);
    assert_eq!(trial.recent(2).await, [3, 5]);
    // a date that is changed moves the post
    trial.post(1, 10, ago(0));
    trial.play().await;
    assert_eq!(trial.recent(10).await, [1, 3, 5, 6, 2]);
    assert_eq!(trial.recent(0).await, [0; 0]);
}

pub(crate) async fn trending_gives_the_hottest_of_its_window(mut trial: Trial) {
    for (number, minutes) in
        [(1, 10), (2, 90), (3, 23 * HOUR), (4, 25 * HOUR), (5, 8 * DAY), (6, 5), (7, 10), (8, 10)]
    {
        trial.post(number, 10 + number, ago(minutes));
    }
    for number in [1, 2, 3, 4, 5, 8] {
        trial.like(2, number, ago(1));
    }
    trial.event(2, 3, Action::Share, ago(1));
    trial.event(2, 6, Action::Impression, ago(1));
    trial.comment(1, 3, 7, ago(1), false);
    trial.user_deleted(18);
    trial.play().await;
    let numbers = async |window, limit| {
        trial.trending(window, limit).await.into_iter().map(|(number, _)| number).collect::<Vec<_>>()
    };
    assert_eq!(numbers(Window::Hour, 10).await, [7, 1]);
    assert_eq!(numbers(Window::Day, 10).await, [7, 1, 2, 3]);
    assert_eq!(numbers(Window::Day, 2).await, [7, 1]);
    assert_eq!(numbers(Window::Week, 10).await, [3, 7, 1, 2, 4]);
    assert_eq!(numbers(Window::Week, 0).await, [0; 0]);
    let (_, score) = trial.trending(Window::Day, 4).await[3];
    let expected = 5.0_f64.ln() * (-2.0 * 23.0 / 24.0_f64).exp2();
    assert!((score - expected).abs() < 1e-12, "{score} {expected}");
}
