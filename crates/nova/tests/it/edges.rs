//! Follows, blocks, mutes, likes, hidden posts.

use serde_json::json;

use crate::service::Service;

#[tokio::test]
async fn everything_can_be_set_and_unset_twice() {
    let app = Service::start().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    let post = app.post(&bob, "x").await;
    for path in [
        format!("/users/{bob}/follow"),
        format!("/posts/{post}/like"),
        format!("/users/{bob}/mute"),
        format!("/posts/{post}/hide"),
        format!("/users/{bob}/block"),
    ] {
        for _ in 0..2 {
            app.by(&ann).put(&path).await.expect(204);
        }
        for _ in 0..2 {
            app.by(&ann).delete(&path).await.expect(204);
        }
    }
}

#[tokio::test]
async fn a_like_counts_once() {
    let app = Service::start().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    let post = app.post(&bob, "x").await;
    app.like(&ann, &post).await;
    app.like(&ann, &post).await;
    app.by(&ann).report("like", &post).await.expect(202);
    app.join(&ann, "follow", &bob).await;
    let item = app.by(&ann).get("/feed").await.json()["items"][0].clone();
    assert_eq!((&item["counts"]["likes"], &item["viewer"]["liked"]), (&json!(1), &json!(true)));
    app.by(&ann).delete(&format!("/posts/{post}/like")).await.expect(204);
    assert_eq!(app.by(&ann).get(&format!("/posts/{post}")).await.json()["counts"]["likes"], 0);
}

#[tokio::test]
async fn nobody_joins_with_themselves() {
    let app = Service::start().await;
    let ann = app.user("ann").await;
    for (verb, code) in [("follow", "self_follow"), ("block", "self_block"), ("mute", "self_mute")] {
        app.by(&ann).put(&format!("/users/{ann}/{verb}")).await.problem(422, code);
    }
}

#[tokio::test]
async fn one_may_like_and_hide_ones_own_post() {
    let app = Service::start().await;
    let ann = app.user("ann").await;
    let post = app.post(&ann, "x").await;
    app.by(&ann).put(&format!("/posts/{post}/like")).await.expect(204);
    app.by(&ann).put(&format!("/posts/{post}/hide")).await.expect(204);
}

#[tokio::test]
async fn what_is_not_there_cannot_be_joined() {
    let app = Service::start().await;
    let ann = app.user("ann").await;
    for path in ["/users/7/follow", "/users/7/block", "/users/7/mute", "/posts/7/like", "/posts/7/hide"] {
        app.by(&ann).put(path).await.problem(404, "not_found");
    }
}

#[tokio::test]
async fn somebody_without_an_account_cannot_join() {
    let app = Service::start().await;
    let ann = app.user("ann").await;
    let post = app.post(&ann, "x").await;
    for path in [format!("/users/{ann}/follow"), format!("/users/{ann}/block"), format!("/posts/{post}/like")]
    {
        let problem = app.by("7").put(&path).await.expect(404).json();
        assert_eq!(problem["errors"][0]["field"], "user_id", "{problem}");
    }
}

#[tokio::test]
async fn a_block_ends_follows_both_ways_and_they_do_not_come_back() {
    let app = Service::start().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    app.join(&ann, "follow", &bob).await;
    app.join(&bob, "follow", &ann).await;
    app.join(&ann, "block", &bob).await;
    app.by(&ann).delete(&format!("/users/{bob}/block")).await.expect(204);
    for user in [&ann, &bob] {
        let counts = app.by(user).get("/me").await.json()["counts"].clone();
        assert_eq!(counts, json!({"followers": 0, "following": 0, "posts": 0}));
    }
}

#[tokio::test]
async fn across_a_block_nobody_follows() {
    let app = Service::start().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    app.join(&ann, "block", &bob).await;
    app.by(&ann).put(&format!("/users/{bob}/follow")).await.problem(404, "not_found");
    app.by(&bob).put(&format!("/users/{ann}/follow")).await.problem(404, "not_found");
}

#[tokio::test]
async fn two_can_block_each_other() {
    let app = Service::start().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    app.join(&ann, "block", &bob).await;
    app.join(&bob, "block", &ann).await;
    app.by(&ann).delete(&format!("/users/{bob}/block")).await.expect(204);
    app.by(&ann).get(&format!("/users/{bob}")).await.problem(404, "not_found");
    app.by(&bob).delete(&format!("/users/{ann}/block")).await.expect(204);
    app.by(&ann).get(&format!("/users/{bob}")).await.expect(200);
}

#[tokio::test]
async fn a_mute_hides_posts_but_not_the_account() {
    let app = Service::start().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    app.join(&ann, "follow", &bob).await;
    app.post(&bob, "x").await;
    app.join(&ann, "mute", &bob).await;
    assert!(app.by(&ann).get("/feed").await.items("post_id").is_empty());
    app.by(&ann).get(&format!("/users/{bob}")).await.expect(200);
    assert_eq!(app.by(&bob).get("/me").await.json()["counts"]["followers"], 1);
    app.by(&ann).delete(&format!("/users/{bob}/mute")).await.expect(204);
    assert_eq!(app.by(&ann).get("/feed").await.items("post_id").len(), 1);
}

#[tokio::test]
async fn a_hidden_post_can_be_unhidden() {
    let app = Service::start().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    app.join(&ann, "follow", &bob).await;
    let post = app.post(&bob, "x").await;
    app.by(&ann).put(&format!("/posts/{post}/hide")).await.expect(204);
    app.by(&ann).get(&format!("/posts/{post}")).await.problem(404, "not_found");
    assert!(app.by(&ann).get("/feed").await.items("post_id").is_empty());
    app.by(&ann).delete(&format!("/posts/{post}/hide")).await.expect(204);
    assert_eq!(app.by(&ann).get("/feed").await.items("post_id"), [post.as_str()]);
}

#[tokio::test]
async fn following_shows_in_the_very_next_request() {
    let app = Service::start().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    let post = app.post(&bob, "x").await;
    app.join(&ann, "follow", &bob).await;
    let item = app.by(&ann).get("/feed").await.json()["items"][0].clone();
    assert_eq!((&item["post_id"], &item["reason"]), (&json!(post), &json!("follow")));
    app.by(&ann).delete(&format!("/users/{bob}/follow")).await.expect(204);
    let reasons = app.by(&ann).get("/feed").await.items("reason");
    assert!(!reasons.contains(&"follow".to_owned()), "{reasons:?}");
}

#[tokio::test]
async fn nobody_named_is_nobody_joining() {
    let app = Service::start().await;
    let ann = app.user("ann").await;
    let post = app.post(&ann, "x").await;
    for path in [
        format!("/users/{ann}/follow"),
        format!("/users/{ann}/block"),
        format!("/users/{ann}/mute"),
        format!("/posts/{post}/like"),
        format!("/posts/{post}/hide"),
    ] {
        app.anonymous().put(&path).await.problem(401, "caller_missing");
        app.anonymous().delete(&path).await.problem(401, "caller_missing");
    }
}
