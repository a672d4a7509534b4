//! The feed, trending and suggestions over HTTP.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::answer::redacted;
use crate::service::Service;

/// A viewer who follows `authors` accounts, each with `posts` posts.
async fn community(app: &Service, authors: usize, posts: usize) -> (String, Vec<String>) {
    let viewer = app.user("viewer").await;
    let mut written = Vec::new();
    for author in 0..authors {
        let author = app.user(&format!("author{author}")).await;
        app.join(&viewer, "follow", &author).await;
        for post in 0..posts {
            written.push(app.post(&author, &format!("post {post}")).await);
        }
    }
    (viewer, written)
}

#[tokio::test]
async fn a_page_has_the_shape_of_the_contract() {
    let app = Service::start().await;
    let (viewer, posts) = community(&app, 1, 1).await;
    app.like(&viewer, &posts[0]).await;
    app.pass(3_600);
    let mut page = app.by(&viewer).get("/feed?explain=true").await.expect(200).json();
    let item = &mut page["items"][0];
    let score = item["score"].as_f64().expect("a number");
    let terms = item["explain"]["terms"].as_array().expect("terms");
    let parts: f64 = terms.iter().map(|term| term["part"].as_f64().expect("a number")).sum();
    assert!((parts - score).abs() < 1e-9, "{parts} is not {score}");
    assert!(page["as_of"]["log"].as_str().expect("text").contains("cdc.posts:0=1"), "{}", page["as_of"]);
    page["as_of"] = json!("[as_of]");
    for term in page["items"][0]["explain"]["terms"].as_array_mut().expect("terms") {
        for number in ["value", "part"] {
            term[number] = json!((term[number].as_f64().expect("a number") * 1e4).round() / 1e4);
        }
    }
    page["items"][0]["score"] = json!((score * 1e4).round() / 1e4);
    page["items"][0]["explain"]["features"]["age_hours"] = json!("[age]");
    insta::assert_snapshot!(redacted(page), @r#"
    {
      "algo": "ch",
      "as_of": "[as_of]",
      "cached": false,
      "config_version": "[config_version]",
      "degraded": [],
      "items": [
        {
          "author": {
            "display_name": "author0",
            "handle": "author0"
          },
          "author_id": "[uuid]",
          "counts": {
            "comments": 0,
            "impressions": 0,
            "likes": 1,
            "shares": 0
          },
          "created_at": "2026-06-01T12:00:04.000000Z",
          "explain": {
            "features": {
              "age_hours": "[age]",
              "comments": 0,
              "impressions": 0,
              "interactions_90d": 1,
              "likes": 1,
              "shares": 0
            },
            "rank_before_rules": 1,
            "terms": [
              {
                "name": "freshness",
                "part": 0.2714,
                "value": 0.9048,
                "weight": 0.3
              },
              {
                "name": "engagement",
                "part": 0.2773,
                "value": 0.6931,
                "weight": 0.4
              },
              {
                "name": "affinity",
                "part": 0.2079,
                "value": 0.6931,
                "weight": 0.3
              }
            ]
          },
          "media": [],
          "post_id": "[uuid]",
          "reason": "follow",
          "relaxed": false,
          "score": 0.7566,
          "sources": [
            "follow",
            "affinity"
          ],
          "text": "post 0",
          "viewer": {
            "liked": true
          }
        }
      ],
      "next_cursor": null,
      "slate_id": "[slate_id]"
    }
    "#);
}

#[tokio::test]
async fn what_was_not_asked_for_is_not_there() {
    let app = Service::start().await;
    let (viewer, _) = community(&app, 1, 1).await;
    let page = app.by(&viewer).get("/feed").await.expect(200).json();
    assert!(page["items"][0].get("explain").is_none());
    assert_eq!(page["items"][0]["author"], json!({"handle": "author0", "display_name": "author0"}));
}

#[tokio::test]
async fn a_scroll_gives_every_post_once_while_others_arrive() {
    let app = Service::start().await;
    let (viewer, posts) = community(&app, 6, 3).await;
    let author = app.anonymous().get("/users?handle=author0").await.items("id").remove(0);
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    for limit in [1, 5, 2, 7, 100, 100] {
        let page = app.by(&viewer).get(&format!("/feed?limit={limit}&cursor={cursor}")).await.expect(200);
        seen.extend(page.items("post_id"));
        app.post(&author, "late").await;
        app.like(&viewer, &posts[0]).await;
        match page.json()["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen.len(), posts.len(), "each once");
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), posts.into_iter().collect());
}

#[tokio::test]
async fn the_chronological_feed_is_newest_first() {
    let app = Service::start().await;
    let (viewer, mut posts) = community(&app, 2, 3).await;
    app.post(&app.user("stranger").await, "not followed").await;
    posts.reverse();
    let items = app.by(&viewer).walk("/feed?algo=time", 4).await;
    let found: Vec<&str> = items.iter().map(|item| item["post_id"].as_str().expect("an id")).collect();
    assert_eq!(found, posts);
    let page = app.by(&viewer).get("/feed?algo=time").await.json();
    assert_eq!(
        (&page["algo"], &page["slate_id"], &page["degraded"]),
        (&json!("time"), &Value::Null, &json!([]))
    );
}

#[tokio::test]
async fn somebody_without_an_account_has_a_feed() {
    let app = Service::start().await;
    let ann = app.user("ann").await;
    let post = app.post(&ann, "x").await;
    let page = app.by("7").get("/feed").await.expect(200);
    assert_eq!(page.items("post_id"), [post.as_str()]);
    assert_eq!(page.items("reason"), ["recent"]);
}

#[tokio::test]
async fn an_empty_community_has_an_empty_feed() {
    let app = Service::start().await;
    let page = app.by("7").get("/feed").await.expect(200).json();
    assert_eq!((&page["items"], &page["next_cursor"]), (&json!([]), &Value::Null));
    assert_eq!(
        app.anonymous().get("/feed/trending").await.expect(200).json(),
        json!({"items": [], "next_cursor": null})
    );
    let suggested = app.by("7").get("/discover/suggested-users").await.expect(200).json();
    assert_eq!(suggested, json!({"items": [], "next_cursor": null}));
}

#[tokio::test]
async fn ones_own_posts_are_not_in_ones_feed() {
    let app = Service::start().await;
    let ann = app.user("ann").await;
    app.post(&ann, "x").await;
    assert!(app.by(&ann).get("/feed").await.items("post_id").is_empty());
}

#[tokio::test]
async fn trending_is_what_many_engage_with() {
    let app = Service::start().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    let loved = app.post(&ann, "loved").await;
    let liked = app.post(&ann, "liked").await;
    app.post(&ann, "ignored").await;
    for user in [&ann, &bob] {
        app.like(user, &loved).await;
    }
    app.like(&bob, &liked).await;
    app.refresh_trending().await;
    for window in ["1h", "24h", "7d"] {
        let page = app.anonymous().get(&format!("/feed/trending?window={window}")).await.expect(200);
        assert_eq!(page.items("post_id"), [loved.as_str(), &liked], "{window}");
        let scores: Vec<f64> = page.json()["items"]
            .as_array()
            .expect("items")
            .iter()
            .map(|item| item["score"].as_f64().expect("a number"))
            .collect();
        assert!(scores[0] > scores[1] && scores[1] > 0.0, "{scores:?}");
    }
    app.anonymous().get("/feed/trending?window=2h").await.problem(422, "window_invalid");
}

#[tokio::test]
async fn trending_can_be_paged() {
    let app = Service::start().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    let mut posts = BTreeSet::new();
    for index in 0..5 {
        let post = app.post(&ann, &index.to_string()).await;
        app.like(&bob, &post).await;
        posts.insert(post);
    }
    app.refresh_trending().await;
    let items = app.anonymous().walk("/feed/trending?window=24h", 2).await;
    assert_eq!(items.len(), 5);
    assert_eq!(
        items.iter().map(|item| item["post_id"].as_str().expect("id").to_owned()).collect::<BTreeSet<_>>(),
        posts
    );
}

#[tokio::test]
async fn friends_of_friends_are_suggested() {
    let app = Service::start().await;
    let (ann, bob, cid) = (app.user("ann").await, app.user("bob").await, app.user("cid").await);
    app.join(&ann, "follow", &bob).await;
    app.join(&bob, "follow", &cid).await;
    let found = app.by(&ann).get("/discover/suggested-users").await.expect(200);
    assert_eq!(found.items("user_id"), [cid.as_str()]);
    let first = &found.json()["items"][0];
    assert_eq!((&first["reason"], &first["mutuals"]), (&json!("mutual_follows"), &json!([bob])));
    app.join(&ann, "follow", &cid).await;
    assert!(app.by(&ann).get("/discover/suggested-users").await.items("user_id").is_empty());
}

#[tokio::test]
async fn one_may_drop_ones_own_pages() {
    let app = Service::start_jwt().await;
    let body = json!({"user_id": "1"});
    app.token("1", "").post("/feed/invalidate", body.clone()).await.expect(204);
    app.token("2", "").post("/feed/invalidate", body.clone()).await.problem(403, "forbidden");
    app.token("2", "nova:events").post("/feed/invalidate", body.clone()).await.expect(204);
    app.token("2", "other nova:admin").post("/feed/invalidate", body).await.expect(204);
    app.token("1", "").post("/feed/invalidate", json!({})).await.problem(422, "required");
}

#[tokio::test]
async fn the_days_have_figures() {
    let app = Service::start().await;
    let (viewer, posts) = community(&app, 1, 1).await;
    app.by(&viewer).report("impression", &posts[0]).await.expect(202);
    app.by(&viewer).report("click", &posts[0]).await.expect(202);
    app.by(&viewer).get("/feed").await.expect(200);
    let days = app.by(&viewer).get("/feed/metrics?from=2026-05-31&to=2026-06-01").await.expect(200).json();
    assert_eq!(days["items"].as_array().expect("items").len(), 2);
    assert_eq!(days["items"][0]["day"], "2026-05-31");
    assert_eq!((&days["items"][0]["impressions"], &days["items"][0]["ctr"]), (&json!(0), &Value::Null));
    let today = &days["items"][1];
    assert_eq!((&today["impressions"], &today["clicks"], &today["ctr"]), (&json!(1), &json!(1), &json!(1.0)));
}

#[tokio::test]
async fn the_days_must_be_days() {
    let app = Service::start().await;
    for (query, code) in [
        ("", "invalid"),
        ("?from=2026-01-01", "required"),
        ("?from=2026-01-01&to=2026-02-30", "day_invalid"),
        ("?from=2026-1-1&to=2026-02-01", "day_invalid"),
        ("?from=2026-02-01&to=2026-01-01", "range_invalid"),
        ("?from=2020-01-01&to=2026-01-01", "range_invalid"),
    ] {
        app.by("1").get(&format!("/feed/metrics{query}")).await.problem(422, code);
    }
    let app = Service::start_jwt().await;
    app.token("1", "").get("/feed/metrics?from=2026-01-01&to=2026-01-01").await.problem(403, "forbidden");
}
