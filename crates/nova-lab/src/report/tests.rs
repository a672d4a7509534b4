use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::testserver::{Received, Reply, TestServer};
use crate::world::WorldConfig;
use crate::world::post::Planned;

fn world() -> Arc<World> {
    World::new(WorldConfig::new(120, 7, Timestamp::from_millis(1_780_000_000_000)))
}

/// A server whose ranking knows tastes: `ch` shows the viewer's main topic, two pages without a repeat; `time` the
/// newest posts of all, its second page the same as its first.
fn nova(world: &World, request: &Received) -> Reply {
    let viewer = world.person(request.header("x-nova-user").parse().expect("an id")).expect("known");
    let tastes = &world.people()[viewer as usize].tastes;
    let second = request.line.contains("&cursor=");
    let item = |post: &Planned, reason: &str| {
        json!({ "post_id": post.id, "author_id": world.people()[post.author as usize].id,
                "created_at": post.at, "reason": reason, "relaxed": true })
    };
    let newest = world.posts().iter().rev();
    let items: Vec<Value> = if request.line.contains("algo=ch") {
        let mine = newest.filter(|post| tastes.main() == post.topic).skip(if second { 5 } else { 0 });
        mine.take(5).map(|post| item(post, "affinity")).collect()
    } else {
        newest.take(5).map(|post| item(post, "follow")).collect()
    };
    let next = if second { Value::Null } else { json!("next") };
    Reply::new(200, json!({ "items": items, "next_cursor": next, "degraded": ["cache"] }).to_string())
}

#[tokio::test]
async fn a_ranking_that_serves_tastes_is_told_from_one_that_does_not() {
    let world = world();
    let served = Arc::clone(&world);
    let server = TestServer::start(move |request| nova(&served, request));
    let config = ReportConfig { viewers: 20, ..ReportConfig::new(world.config().now) };
    let report = ranking(&server.address().into(), &world, &config).await.expect("a report");
    let (ranked, time) = (&report.ranked, &report.chronological);
    assert_eq!(report.viewers, 20);
    assert!(ranked.taste_match > 0.99 && time.taste_match < 0.7, "{report}");
    assert!(ranked.taste_match_top10 > 0.99);
    assert_eq!((ranked.repeats, time.repeats), (0, 20 * 5));
    assert!((ranked.sources["affinity"] - 1.0).abs() < 1e-9, "{:?}", ranked.sources);
    assert!(ranked.exposure_gini < time.exposure_gini, "all see the same five authors by time: {report}");
    assert!(ranked.median_age_hours > time.median_age_hours && time.median_age_hours > 0.0);
    assert_eq!((time.items, time.relaxed, time.degraded_pages, time.empty_feeds), (200, 200, 40, 0));
    assert_eq!(server.connections(), 1);

    let table = report.to_string();
    assert!(
        table
            .lines()
            .next()
            .is_some_and(|head| head.starts_with("20 viewers") && head.ends_with("chronological"))
    );
    let width = |line: &str| line.chars().count();
    assert!(table.lines().all(|line| width(line) == 60), "{table}");
}

#[tokio::test]
async fn a_refusal_ends_the_report_with_its_reason() {
    let world = world();
    let server = TestServer::start(|_| Reply::new(401, "who are you"));
    let ended = ranking(&server.address().into(), &world, &ReportConfig::new(world.config().now)).await;
    let why = format!("{:#}", ended.expect_err("refused"));
    assert!(why.contains("401") && why.contains("who are you"), "{why}");
}

#[test]
fn viewers_are_different_people_and_no_more_than_there_are() {
    let world = world();
    let config = |viewers| ReportConfig { viewers, ..ReportConfig::new(world.config().now) };
    let some = viewers(&world, &config(50));
    let distinct: std::collections::HashSet<_> = some.iter().collect();
    assert_eq!((some.len(), distinct.len()), (50, 50));
    assert!(viewers(&world, &config(10_000)).len() <= 120);
    let alone = World::new(WorldConfig::new(1, 7, world.config().now));
    assert!(viewers(&alone, &config(5)).is_empty());
}
