//! Lists of the tables and their pages.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::service::Service;

fn ids(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["id"].as_str().expect("an id")).collect()
}

#[tokio::test]
async fn followers_and_following_stand_latest_first() {
    let app = Service::start().await;
    let (ann, bob, cid) = (app.user("ann").await, app.user("bob").await, app.user("cid").await);
    app.join(&bob, "follow", &ann).await;
    app.join(&cid, "follow", &ann).await;
    app.join(&bob, "follow", &cid).await;
    let followers = app.anonymous().get(&format!("/users/{ann}/followers")).await.expect(200);
    assert_eq!(followers.items("id"), [cid.as_str(), &bob]);
    assert_eq!(
        app.anonymous().get(&format!("/users/{bob}/following")).await.items("id"),
        [cid.as_str(), &ann]
    );
    assert_eq!(followers.json()["items"][1]["since"], "2026-06-01T12:00:04.000000Z");
    assert_eq!(followers.json()["next_cursor"], Value::Null);
}

#[tokio::test]
async fn likes_say_who() {
    let app = Service::start().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    let post = app.post(&ann, "x").await;
    app.like(&ann, &post).await;
    app.like(&bob, &post).await;
    assert_eq!(app.anonymous().get(&format!("/posts/{post}/likes")).await.items("id"), [bob.as_str(), &ann]);
}

#[tokio::test]
async fn an_authors_posts_stand_newest_first() {
    let app = Service::start().await;
    let ann = app.user("ann").await;
    for text in ["one", "two", "three"] {
        app.post(&ann, text).await;
    }
    assert_eq!(
        app.anonymous().get(&format!("/users/{ann}/posts")).await.items("text"),
        ["three", "two", "one"]
    );
    assert_eq!(app.by(&ann).get(&format!("/users/{ann}/posts")).await.items("text").len(), 3, "ones own too");
}

#[tokio::test]
async fn ones_own_blocks_mutes_and_hidden_posts_can_be_read() {
    let app = Service::start().await;
    let (ann, bob, cid) = (app.user("ann").await, app.user("bob").await, app.user("cid").await);
    let post = app.post(&cid, "x").await;
    app.join(&ann, "block", &bob).await;
    app.join(&ann, "mute", &cid).await;
    app.by(&ann).put(&format!("/posts/{post}/hide")).await.expect(204);
    assert_eq!(app.by(&ann).get("/me/blocks").await.expect(200).items("id"), [bob.as_str()]);
    assert_eq!(app.by(&ann).get("/me/mutes").await.expect(200).items("id"), [cid.as_str()]);
    assert_eq!(app.by(&ann).get("/me/hidden").await.expect(200).items("id"), [post.as_str()]);
    for path in ["/me/blocks", "/me/mutes", "/me/hidden"] {
        assert!(app.by(&cid).get(path).await.items("id").is_empty(), "{path} is its owner's");
        app.anonymous().get(path).await.problem(401, "caller_missing");
    }
}

#[tokio::test]
async fn pages_of_any_size_give_everything_once() {
    let app = Service::start().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    let mut written = Vec::new();
    for index in 0..7 {
        // two of each second: the id decides between them
        if index % 2 == 0 {
            app.pass(1);
        }
        written.push(app.by(&ann).post("/posts", json!({"text": format!("{index}")})).await.expect(201).id());
    }
    let path = format!("/users/{ann}/posts");
    let whole = app.by(&bob).walk(&path, 100).await;
    assert_eq!(
        ids(&whole).into_iter().collect::<BTreeSet<_>>(),
        written.iter().map(String::as_str).collect()
    );
    for limit in [1, 2, 3, 7] {
        assert_eq!(app.by(&bob).walk(&path, limit).await, whole, "limit {limit}");
    }
}

#[tokio::test]
async fn what_arrives_meanwhile_moves_no_page() {
    let app = Service::start().await;
    let ann = app.user("ann").await;
    let mut posts = Vec::new();
    for index in 0..4 {
        posts.push(app.post(&ann, &index.to_string()).await);
    }
    let path = format!("/users/{ann}/posts?limit=2");
    let first = app.anonymous().get(&path).await.expect(200);
    app.post(&ann, "late").await;
    app.by(&ann).delete(&format!("/posts/{}", posts[3])).await.expect(204);
    let cursor = first.json()["next_cursor"].as_str().expect("more").to_owned();
    let second = app.anonymous().get(&format!("{path}&cursor={cursor}")).await.expect(200);
    assert_eq!(second.items("id"), [posts[1].as_str(), &posts[0]]);
    assert_eq!(second.json()["next_cursor"], Value::Null);
}

#[tokio::test]
async fn an_empty_cursor_is_none() {
    let app = Service::start().await;
    let ann = app.user("ann").await;
    app.post(&ann, "x").await;
    assert_eq!(
        app.anonymous().get(&format!("/users/{ann}/posts?cursor=")).await.expect(200).items("id").len(),
        1
    );
}

#[tokio::test]
async fn the_blocked_are_in_no_list() {
    let app = Service::start().await;
    let (ann, bob, cid) = (app.user("ann").await, app.user("bob").await, app.user("cid").await);
    let post = app.post(&ann, "x").await;
    for user in [&bob, &cid] {
        app.join(user, "follow", &ann).await;
        app.join(&ann, "follow", user).await;
        app.like(user, &post).await;
    }
    app.join(&bob, "block", &cid).await;
    for path in
        [format!("/users/{ann}/followers"), format!("/users/{ann}/following"), format!("/posts/{post}/likes")]
    {
        assert_eq!(app.by(&bob).get(&path).await.items("id"), [bob.as_str()], "{path}");
        assert_eq!(app.by(&cid).get(&path).await.items("id"), [cid.as_str()], "{path}");
        assert_eq!(app.anonymous().get(&path).await.items("id").len(), 2, "{path}");
    }
    for list in ["followers", "following", "posts"] {
        app.by(&cid).get(&format!("/users/{bob}/{list}")).await.problem(404, "not_found");
    }
}
