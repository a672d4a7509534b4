//! Comments under posts.

use serde_json::json;

use crate::answer::redacted;
use crate::service::Service;

#[tokio::test]
async fn a_comment_is_answered_with_its_row() {
    let app = Service::start().await;
    let ann = app.user("ann").await;
    let post = app.post(&ann, "x").await;
    let made =
        app.by(&ann).post(&format!("/posts/{post}/comments"), json!({"text": " hi "})).await.expect(201);
    insta::assert_snapshot!(redacted(made.json()), @r#"
    {
      "author_id": "[uuid]",
      "created_at": "2026-06-01T12:00:02.000000Z",
      "deleted_at": null,
      "id": "[uuid]",
      "post_id": "[uuid]",
      "text": "hi"
    }
    "#);
}

#[tokio::test]
async fn comments_stand_newest_first() {
    let app = Service::start().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    let post = app.post(&ann, "x").await;
    for text in ["one", "two", "three"] {
        app.comment(&bob, &post, text).await;
    }
    let comments = app.anonymous().get(&format!("/posts/{post}/comments")).await.expect(200);
    assert_eq!(comments.items("text"), ["three", "two", "one"]);
}

#[tokio::test]
async fn a_comment_has_a_length() {
    let app = Service::start().await;
    let ann = app.user("ann").await;
    let post = app.post(&ann, "x").await;
    let path = format!("/posts/{post}/comments");
    for bad in ["", " ", &"x".repeat(2_001)] {
        app.by(&ann).post(&path, json!({"text": bad})).await.problem(422, "text_length");
    }
    app.by(&ann).post(&path, json!({"text": "ä".repeat(2_000)})).await.expect(201);
    app.by(&ann).post(&path, json!({})).await.problem(422, "required");
}

#[tokio::test]
async fn nobody_comments_on_what_they_cannot_see() {
    let app = Service::start().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    let post = app.post(&ann, "x").await;
    app.join(&ann, "block", &bob).await;
    let path = format!("/posts/{post}/comments");
    app.by(&bob).post(&path, json!({"text": "y"})).await.problem(404, "not_found");
    app.by(&bob).get(&path).await.problem(404, "not_found");
    app.by(&bob).post("/posts/7/comments", json!({"text": "y"})).await.problem(404, "not_found");
}

#[tokio::test]
async fn a_deleted_comment_is_gone_and_not_counted() {
    let app = Service::start().await;
    let ann = app.user("ann").await;
    let post = app.post(&ann, "x").await;
    let comment = app.comment(&ann, &post, "hi").await;
    app.by(&ann).delete(&format!("/comments/{comment}")).await.expect(204);
    assert!(app.by(&ann).get(&format!("/posts/{post}/comments")).await.items("id").is_empty());
    assert_eq!(app.by(&ann).get(&format!("/posts/{post}")).await.json()["counts"]["comments"], 0);
    app.by(&ann).delete(&format!("/comments/{comment}")).await.problem(404, "not_found");
}

#[tokio::test]
async fn only_its_author_or_an_admin_deletes_a_comment() {
    let app = Service::start_jwt().await;
    for id in ["1", "2"] {
        app.token(id, "")
            .post("/users", json!({"handle": format!("user{id}"), "display_name": "x"}))
            .await
            .expect(201);
    }
    let post = app.token("1", "").post("/posts", json!({"text": "x"})).await.id();
    for (deleter, scope, status) in [("1", "", 403), ("1", "nova:admin", 204), ("2", "", 204)] {
        let path = format!("/posts/{post}/comments");
        let comment = app.token("2", "").post(&path, json!({"text": "hi"})).await.expect(201).id();
        app.token(deleter, scope).delete(&format!("/comments/{comment}")).await.expect(status);
    }
}

#[tokio::test]
async fn comments_of_the_blocked_are_left_out() {
    let app = Service::start().await;
    let (ann, bob, cid) = (app.user("ann").await, app.user("bob").await, app.user("cid").await);
    let post = app.post(&ann, "x").await;
    app.comment(&bob, &post, "by bob").await;
    app.comment(&cid, &post, "by cid").await;
    app.join(&bob, "block", &cid).await;
    let path = format!("/posts/{post}/comments");
    assert_eq!(app.by(&bob).get(&path).await.items("text"), ["by bob"]);
    assert_eq!(app.by(&cid).get(&path).await.items("text"), ["by cid"]);
    assert_eq!(app.by(&ann).get(&path).await.items("text"), ["by cid", "by bob"]);
}

#[tokio::test]
async fn the_same_comment_twice_is_one_and_another_one_is_a_conflict() {
    let app = Service::start().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    let path = format!("/posts/{}/comments", app.post(&ann, "x").await);
    let body = json!({"text": "hi", "id": "77"});
    let once = app.by(&bob).post(&path, body.clone()).await.expect(201).json();
    app.pass(60);
    assert_eq!(app.by(&bob).post(&path, body.clone()).await.expect(201).json(), once);
    app.by(&bob).post(&path, json!({"text": "ho", "id": "77"})).await.problem(409, "id_taken");
    app.by(&ann).post(&path, body.clone()).await.problem(409, "id_taken");
    let other = format!("/posts/{}/comments", app.post(&ann, "y").await);
    app.by(&bob).post(&other, body).await.problem(409, "id_taken");
    assert_eq!(app.anonymous().get(&path).await.items("id"), ["77"]);
    app.by(&bob).post(&path, json!({"text": "hi", "id": "x"})).await.problem(422, "id_invalid");
}
