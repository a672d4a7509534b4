//! Accounts: made, found, edited, deleted.

use serde_json::json;

use crate::answer::redacted;
use crate::service::Service;

#[tokio::test]
async fn an_account_is_answered_with_its_row() {
    let app = Service::start().await;
    let made =
        app.anonymous().post("/users", json!({"handle": "ann", "display_name": " Ann "})).await.expect(201);
    assert_eq!(made.header("location"), format!("/api/v1/users/{}", made.id()));
    insta::assert_snapshot!(redacted(made.json()), @r#"
    {
      "created_at": "2026-06-01T12:00:00.000000Z",
      "deleted_at": null,
      "display_name": "Ann",
      "handle": "ann",
      "id": "[uuid]",
      "updated_at": "2026-06-01T12:00:00.000000Z"
    }
    "#);
}

#[tokio::test]
async fn an_account_is_shown_with_its_figures() {
    let app = Service::start().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    app.join(&ann, "follow", &bob).await;
    app.post(&bob, "hello").await;
    let bob_seen = app.by(&ann).get(&format!("/users/{bob}")).await.expect(200).json();
    assert_eq!(bob_seen["counts"], json!({"followers": 1, "following": 0, "posts": 1}));
    assert_eq!(bob_seen["viewer"], json!({"follows": true}));
    let ann_seen = app.anonymous().get(&format!("/users/{ann}")).await.expect(200).json();
    assert_eq!(ann_seen["counts"], json!({"followers": 0, "following": 1, "posts": 0}));
    assert!(ann_seen.get("viewer").is_none(), "nobody asks, so nobody follows: {ann_seen}");
}

#[tokio::test]
async fn an_id_may_come_along_as_uuid_digits_or_number() {
    let app = Service::start().await;
    let uuid = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
    for (handle, id, shown) in
        [("ann", json!(uuid), uuid), ("bob", json!("42"), "42"), ("cid", json!(43), "43")]
    {
        let made =
            app.anonymous().post("/users", json!({"handle": handle, "display_name": "x", "id": id})).await;
        assert_eq!(made.expect(201).id(), shown);
        app.anonymous().get(&format!("/users/{shown}")).await.expect(200);
    }
}

#[tokio::test]
async fn an_id_that_is_taken_is_a_conflict() {
    let app = Service::start().await;
    let ann = app.user("ann").await;
    let again = json!({"handle": "bob", "display_name": "Bob", "id": ann});
    app.anonymous().post("/users", again).await.problem(409, "id_taken");
}

#[tokio::test]
async fn the_same_account_twice_is_one() {
    let app = Service::start().await;
    let body = json!({"handle": "ann", "display_name": "Ann", "id": "7"});
    let once = app.anonymous().post("/users", body.clone()).await.expect(201).json();
    app.pass(60);
    assert_eq!(app.anonymous().post("/users", body).await.expect(201).json(), once);
}

#[tokio::test]
async fn a_handle_is_unique() {
    let app = Service::start().await;
    app.user("ann").await;
    let again = app.anonymous().post("/users", json!({"handle": "ann", "display_name": "x"})).await;
    assert_eq!(again.problem(409, "handle_taken")["errors"][0]["field"], "handle");
}

#[tokio::test]
async fn a_handle_has_a_form() {
    let app = Service::start().await;
    for bad in [
        json!("ab"),
        json!("a".repeat(31)),
        json!("Ann"),
        json!("a-b-c"),
        json!("änn"),
        json!(""),
        json!("a b"),
    ] {
        let made = app.anonymous().post("/users", json!({"handle": bad, "display_name": "x"})).await;
        assert_eq!(made.problem(422, "handle_invalid")["errors"][0]["field"], "handle", "{bad}");
    }
    for good in ["abc", "a_1", "___", &"z".repeat(30)] {
        app.user(good).await;
    }
}

#[tokio::test]
async fn a_handle_finds_its_account_without_regard_to_case() {
    let app = Service::start().await;
    let ann = app.user("ann").await;
    for handle in ["ann", "ANN", "Ann"] {
        assert_eq!(
            app.anonymous().get(&format!("/users?handle={handle}")).await.expect(200).items("id"),
            [ann.as_str()]
        );
    }
    assert!(app.anonymous().get("/users?handle=nobody").await.expect(200).items("id").is_empty());
    app.anonymous().get("/users").await.problem(422, "required");
}

#[tokio::test]
async fn an_account_that_is_not_there_is_404() {
    let app = Service::start().await;
    app.anonymous().get("/users/0190a1b2-c3d4-7e5f-8a9b-000000000000").await.problem(404, "not_found");
    app.anonymous().get("/users/7").await.problem(404, "not_found");
}

#[tokio::test]
async fn only_what_is_sent_is_edited() {
    let app = Service::start().await;
    let ann = app.user("ann").await;
    app.pass(60);
    let edited = app
        .by(&ann)
        .patch(&format!("/users/{ann}"), json!({"display_name": "Anna"}))
        .await
        .expect(200)
        .json();
    assert_eq!((&edited["handle"], &edited["display_name"]), (&json!("ann"), &json!("Anna")));
    assert_ne!(edited["updated_at"], edited["created_at"]);
    app.by(&ann).patch(&format!("/users/{ann}"), json!({"handle": "anna"})).await.expect(200);
    assert_eq!(app.anonymous().get("/users?handle=anna").await.items("id"), [ann.as_str()]);
    assert!(app.anonymous().get("/users?handle=ann").await.items("id").is_empty());
}

#[tokio::test]
async fn a_handle_that_is_given_up_can_be_taken() {
    let app = Service::start().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    app.by(&bob).patch(&format!("/users/{bob}"), json!({"handle": "ann"})).await.problem(409, "handle_taken");
    app.by(&ann).patch(&format!("/users/{ann}"), json!({"handle": "ann2"})).await.expect(200);
    app.by(&bob).patch(&format!("/users/{bob}"), json!({"handle": "ann"})).await.expect(200);
}

#[tokio::test]
async fn nobody_edits_another_account() {
    let app = Service::start().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    let path = format!("/users/{ann}");
    app.by(&bob).patch(&path, json!({"display_name": "x"})).await.problem(403, "forbidden");
    app.join(&ann, "block", &bob).await;
    app.by(&bob).patch(&path, json!({"display_name": "x"})).await.problem(404, "not_found");
}

#[tokio::test]
async fn a_patch_cannot_take_a_name_away() {
    let app = Service::start().await;
    let ann = app.user("ann").await;
    app.by(&ann)
        .patch(&format!("/users/{ann}"), json!({"display_name": null}))
        .await
        .problem(422, "wrong_type");
    app.by(&ann)
        .patch(&format!("/users/{ann}"), json!({"display_name": " "}))
        .await
        .problem(422, "display_name_length");
}

#[tokio::test]
async fn a_deleted_account_is_gone_with_its_posts() {
    let app = Service::start().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    let post = app.post(&ann, "hello").await;
    app.join(&bob, "follow", &ann).await;
    assert_eq!(app.by(&bob).get("/feed").await.items("post_id"), [post.as_str()]);
    app.by(&ann).delete("/me").await.expect(204);
    app.by(&bob).get(&format!("/users/{ann}")).await.problem(404, "not_found");
    app.by(&bob).get(&format!("/posts/{post}")).await.problem(404, "not_found");
    app.by(&bob).get(&format!("/users/{ann}/posts")).await.problem(404, "not_found");
    assert!(app.by(&bob).get("/feed").await.items("post_id").is_empty());
    assert!(app.by(&bob).get(&format!("/users/{bob}/following")).await.items("id").is_empty());
    app.by(&ann).get("/me").await.problem(404, "not_found");
}

#[tokio::test]
async fn deletion_is_final() {
    let app = Service::start().await;
    let ann = app.user("ann").await;
    app.by(&ann).delete(&format!("/users/{ann}")).await.expect(204);
    app.by(&ann).delete("/me").await.problem(404, "not_found");
    app.by(&ann)
        .patch(&format!("/users/{ann}"), json!({"display_name": "x"}))
        .await
        .problem(404, "not_found");
}

#[tokio::test]
async fn me_is_the_caller() {
    let app = Service::start().await;
    let ann = app.user("ann").await;
    assert_eq!(app.by(&ann).get("/me").await.expect(200).id(), ann);
    app.by("7").get("/me").await.problem(404, "not_found");
    app.anonymous().get("/me").await.problem(401, "caller_missing");
}
