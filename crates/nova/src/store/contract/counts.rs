//! Counts, affinity, daily figures.

use nova_core::model::{Action, CommentId, Id, RowKey, Timestamp};

use super::Trial;
use super::history::{DAY, HOUR, NOW, ago};
use crate::store::DayMetrics;

pub(crate) async fn each_action_counts_where_it_should(mut trial: Trial) {
    // action; shares, impressions, interactions
    let cases = [
        (Action::Impression, 0, 1, 0),
        (Action::View, 0, 0, 1),
        (Action::Click, 0, 0, 1),
        (Action::Comment, 0, 0, 0),
        (Action::Share, 1, 0, 1),
        (Action::Dwell, 0, 0, 0),
        (Action::Hide, 0, 0, 0),
        (Action::Served, 0, 0, 0),
    ];
    for (number, (action, ..)) in (1..).zip(cases) {
        trial.post(number, 100 + number, ago(DAY));
        trial.event(2, number, action, ago(HOUR));
        trial.event(2, number, action, ago(HOUR));
    }
    assert_eq!(trial.play().await.events, 14, "what was served is no event that counts");
    for (number, (action, shares, impressions, interactions)) in (1..).zip(cases) {
        let features = trial.features(2, number).await;
        let counted = (features.shares, features.impressions, features.interactions);
        assert_eq!(counted, (2 * shares, 2 * impressions, 2 * interactions), "{action}");
        assert_eq!((features.likes, features.comments), (0, 0), "{action}");
    }
}

pub(crate) async fn a_comment_counts_from_its_row_and_is_taken_back(mut trial: Trial) {
    trial.post(1, 1, ago(DAY));
    trial.comment(7, 2, 1, ago(HOUR), false);
    trial.comment(8, 2, 1, ago(HOUR), false);
    trial.comment(7, 2, 1, ago(HOUR), false);
    trial.play().await;
    let features = trial.features(2, 1).await;
    assert_eq!((features.comments, features.interactions), (2, 2));
    trial.comment(7, 2, 1, ago(HOUR), true);
    trial.play().await;
    assert_eq!(trial.features(2, 1).await.comments, 1, "marked as deleted");
    trial.delete(RowKey::Comment(CommentId(Id::from_integer(8))), ago(1));
    trial.delete(RowKey::Comment(CommentId(Id::from_integer(9))), ago(1));
    trial.play().await;
    let features = trial.features(2, 1).await;
    assert_eq!((features.comments, features.interactions), (0, 0), "removed");
}

pub(crate) async fn affinity_reaches_back_ninety_days(mut trial: Trial) {
    trial.post(1, 1, ago(DAY));
    for days in [0, 1, 88, 89, 90, 120] {
        trial.event(2, 1, Action::Click, ago(days * DAY));
    }
    trial.play().await;
    assert_eq!(trial.features(2, 1).await.interactions, 4, "today and the 89 days before");
    assert_eq!(trial.features(3, 1).await.interactions, 0);
    let later = NOW.plus(std::time::Duration::from_secs(2 * DAY * 60));
    assert_eq!(trial.features_at(2, 1, later).await.interactions, 2);
}

pub(crate) async fn what_authors_do_with_their_own_posts_is_no_affinity(mut trial: Trial) {
    trial.post(1, 1, ago(DAY));
    trial.like(1, 1, ago(HOUR));
    trial.event(1, 1, Action::Click, ago(HOUR));
    trial.comment(7, 1, 1, ago(HOUR), false);
    trial.play().await;
    let features = trial.features(1, 1).await;
    assert_eq!((features.likes, features.comments, features.interactions), (1, 1, 0));
}

pub(crate) async fn days_sum_up_what_was_reported(mut trial: Trial) {
    trial.follow(2, 1);
    trial.post(1, 1, ago(DAY));
    trial.post(2, 3, ago(DAY));
    trial.play().await;
    for number in [1, 2] {
        trial.event(2, number, Action::Impression, ago(HOUR));
        trial.event(2, number, Action::Click, ago(HOUR));
        trial.event(2, number, Action::Share, ago(HOUR));
        trial.like(2, number, ago(HOUR));
        trial.comment(number, 2, number, ago(HOUR), false);
    }
    trial.event(2, 2, Action::Impression, ago(DAY));
    for dwell_ms in [100, 2_000, 60_000, 50_000, 90] {
        trial.dwell(2, 1, dwell_ms, ago(HOUR));
    }
    trial.play().await;
    let today = NOW.day();
    let days = trial.store().days(today - 2, today).await.expect("days");
    assert_eq!(days[0], DayMetrics { day: today - 2, ..DayMetrics::default() });
    let recommended = u64::from(trial.looks_first());
    assert_eq!(
        (days[1].day, days[1].impressions, days[1].recommended_impressions),
        (today - 1, 1, recommended)
    );
    assert_eq!(days[1].dwell_ms_p50, None);
    let day = days[2];
    assert_eq!((day.day, day.impressions, day.clicks), (today, 2, 2));
    if trial.looks_first() {
        assert_eq!((day.recommended_impressions, day.recommended_conversions), (1, 4));
    }
    let p50 = f64::from(day.dwell_ms_p50.expect("dwells"));
    assert!((p50 - 2_000.0).abs() <= 200.0, "{p50}");
    // a like that is taken back was no success
    trial.event(2, 2, Action::Unlike, ago(0));
    trial.play().await;
    let days = trial.store().days(today, today).await.expect("days");
    assert_eq!(days[0].recommended_conversions, if trial.looks_first() { 3 } else { 0 });
    assert_eq!(trial.store().days(1, 0).await.expect("days"), []);
    assert_eq!(trial.store().days(Timestamp::MIN.day(), 0).await.expect("days").len(), 10_000, "bounded");
}
