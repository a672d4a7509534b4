//! What `[ranking]` says holds wherever it matters, in the index and in the tables.

use std::time::Duration;

use crate::service::Service;

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_post_dated_ahead_waits_alike_on_every_path() {
    for minutes in [0, 5, 30] {
        let app = Service::start_with(|config| config.ranking.early_tolerance_minutes = minutes).await;
        let (ann, bob) = (app.user("ann").await, app.user("bob").await);
        app.join(&ann, "follow", &bob).await;
        let post = app.post(&bob, "x").await;
        let dated = app.now();
        for (ahead, shown) in [(MINUTE * minutes, true), (MINUTE * minutes + Duration::from_micros(1), false)]
        {
            app.clock.set(dated.minus(ahead));
            app.refresh_trending().await;
            for path in ["/feed", "/feed?algo=time", &format!("/users/{bob}/posts")] {
                let member = if path.starts_with("/users") { "id" } else { "post_id" };
                let found = app.by(&ann).get(path).await.expect(200).items(member);
                assert_eq!(found.contains(&post), shown, "{path}, {ahead:?} ahead of {minutes} min");
            }
        }
    }
}

#[tokio::test]
async fn interactions_count_for_the_days_that_are_set() {
    for (days, counted) in [(90, 1), (3, 1), (2, 0)] {
        let app = Service::start_with(|config| config.ranking.affinity.history_days = days).await;
        let (ann, bob) = (app.user("ann").await, app.user("bob").await);
        app.join(&ann, "follow", &bob).await;
        let post = app.post(&bob, "x").await;
        app.by(&ann).report("click", &post).await.expect(202);
        // today and the days before it: the click is of the day before yesterday
        app.pass(2 * 86_400);
        let item = app.by(&ann).get("/feed?explain=true").await.expect(200).json()["items"][0].clone();
        assert_eq!(item["explain"]["features"]["interactions_90d"], counted, "{days} days: {item}");
    }
}
