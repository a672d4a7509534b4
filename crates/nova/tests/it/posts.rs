//! Posts: written, read, edited, deleted.

use serde_json::{Value, json};

use crate::answer::redacted;
use crate::service::Service;

#[tokio::test]
async fn a_post_is_answered_with_its_row() {
    let app = Service::start().await;
    let ann = app.user("ann").await;
    let body = json!({"text": "  hello  ", "lang": "en", "topics": ["tea"], "media": [{"url": "x"}, "y"]});
    let made = app.by(&ann).post("/posts", body).await.expect(201);
    assert_eq!(made.header("location"), format!("/api/v1/posts/{}", made.id()));
    insta::assert_snapshot!(redacted(made.json()), @r#"
    {
      "author_id": "[uuid]",
      "created_at": "2026-06-01T12:00:01.000000Z",
      "deleted_at": null,
      "id": "[uuid]",
      "lang": "en",
      "media": [
        {
          "url": "x"
        },
        "y"
      ],
      "text": "hello",
      "topics": [
        "tea"
      ],
      "updated_at": "2026-06-01T12:00:01.000000Z"
    }
    "#);
}

#[tokio::test]
async fn what_is_left_out_is_empty() {
    let app = Service::start().await;
    let ann = app.user("ann").await;
    let made = app
        .by(&ann)
        .post("/posts", json!({"text": "x", "media": null, "lang": null}))
        .await
        .expect(201)
        .json();
    assert_eq!((&made["media"], &made["lang"], &made["topics"]), (&json!([]), &Value::Null, &json!([])));
}

#[tokio::test]
async fn a_post_is_shown_with_its_figures() {
    let app = Service::start().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    let post = app.post(&ann, "hello").await;
    app.like(&bob, &post).await;
    app.comment(&bob, &post, "hi").await;
    let path = format!("/posts/{post}");
    let seen = app.by(&bob).get(&path).await.expect(200).json();
    assert_eq!(seen["counts"], json!({"likes": 1, "comments": 1}));
    assert_eq!(seen["viewer"], json!({"liked": true}));
    assert_eq!(app.by(&ann).get(&path).await.json()["viewer"], json!({"liked": false}));
    assert!(app.anonymous().get(&path).await.json().get("viewer").is_none());
}

#[tokio::test]
async fn a_text_has_a_length_in_characters() {
    let app = Service::start().await;
    let ann = app.user("ann").await;
    for bad in ["", "   ", "\n", &"x".repeat(5_001), &"ä".repeat(5_001), "a\u{0}b"] {
        app.by(&ann).post("/posts", json!({"text": bad})).await.problem(422, "text_length");
    }
    for good in ["x", &"ä".repeat(5_000), &format!("  {}  ", "x".repeat(5_000)), "🦀"] {
        app.post(&ann, good).await;
    }
}

#[tokio::test]
async fn text_comes_back_as_it_was() {
    let app = Service::start().await;
    let ann = app.user("ann").await;
    let text = "</script> \"quoted\" \\ 🦀 \u{202e}\u{7} line\nline é é";
    let post = app.post(&ann, text).await;
    assert_eq!(app.anonymous().get(&format!("/posts/{post}")).await.json()["text"], text);
}

#[tokio::test]
async fn every_refused_field_is_named() {
    let app = Service::start().await;
    let ann = app.user("ann").await;
    let body = json!({"text": 5, "media": {}, "lang": "!", "topics": [""], "id": "x", "extra": 1});
    let problem = app.by(&ann).post("/posts", body).await.problem(422, "invalid");
    insta::assert_snapshot!(redacted(problem["errors"].clone()), @r#"
    [
      {
        "code": "wrong_type",
        "detail": "text must be a string",
        "field": "text"
      },
      {
        "code": "wrong_type",
        "detail": "media must be an array",
        "field": "media"
      },
      {
        "code": "lang_invalid",
        "detail": "lang must be a BCP 47 tag such as en or pt-BR",
        "field": "lang"
      },
      {
        "code": "topics_invalid",
        "detail": "topics must be at most 20 words of 1 to 50 characters",
        "field": "topics"
      },
      {
        "code": "id_invalid",
        "detail": "id must be a UUID or a 64-bit integer",
        "field": "id"
      },
      {
        "code": "unknown_field",
        "detail": "extra is no field here",
        "field": "extra"
      }
    ]
    "#);
}

#[tokio::test]
async fn media_is_bounded() {
    let app = Service::start().await;
    let ann = app.user("ann").await;
    let post = async |media: Value| app.by(&ann).post("/posts", json!({"text": "x", "media": media})).await;
    post(json!(vec![1; 20])).await.expect(201);
    post(json!(vec![1; 21])).await.problem(422, "media_too_large");
    post(json!(["x".repeat(8_300)])).await.problem(422, "media_too_large");
}

#[tokio::test]
async fn an_author_must_have_an_account() {
    let app = Service::start().await;
    app.by("7").post("/posts", json!({"text": "x"})).await.problem(404, "author_unknown");
}

#[tokio::test]
async fn the_same_post_twice_is_one_and_another_one_is_a_conflict() {
    let app = Service::start().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    let body =
        json!({"text": " x ", "media": [ {"b": 1, "a": 2} ], "lang": "en", "topics": ["tea "], "id": "77"});
    let once = app.by(&ann).post("/posts", body.clone()).await.expect(201);
    app.pass(60);
    let retried =
        json!({"id": 77, "topics": ["tea"], "lang": "en", "media": [{"a": 2, "b": 1}], "text": "x"});
    for again in [body.clone(), retried] {
        let again = app.by(&ann).post("/posts", again).await.expect(201);
        assert_eq!((again.json(), again.header("location")), (once.json(), "/api/v1/posts/77"));
    }
    for (field, value) in
        [("text", json!("y")), ("media", json!([])), ("lang", Value::Null), ("topics", json!([]))]
    {
        let mut other = body.clone();
        other[field] = value;
        app.by(&ann).post("/posts", other).await.problem(409, "id_taken");
    }
    app.by(&bob).post("/posts", body.clone()).await.problem(409, "id_taken");
    assert_eq!(app.anonymous().get(&format!("/users/{ann}/posts")).await.items("id"), ["77"]);
    app.by(&ann).delete("/posts/77").await.expect(204);
    app.by(&ann).post("/posts", body).await.problem(409, "id_taken");
}

#[tokio::test]
async fn only_what_is_sent_of_a_post_is_edited() {
    let app = Service::start().await;
    let ann = app.user("ann").await;
    let body = json!({"text": "old", "lang": "en", "topics": ["tea"], "media": [1]});
    let post = app.by(&ann).post("/posts", body).await.id();
    let path = format!("/posts/{post}");
    app.pass(5);
    let edited = app.by(&ann).patch(&path, json!({"text": "new"})).await.expect(200).json();
    assert_eq!(
        (&edited["text"], &edited["lang"], &edited["media"]),
        (&json!("new"), &json!("en"), &json!([1]))
    );
    let cleared = app.by(&ann).patch(&path, json!({"lang": null, "topics": []})).await.expect(200).json();
    assert_eq!(
        (&cleared["text"], &cleared["lang"], &cleared["topics"]),
        (&json!("new"), &Value::Null, &json!([]))
    );
    app.by(&ann).patch(&path, json!({"text": null})).await.problem(422, "wrong_type");
    app.by(&ann).patch(&path, json!({"id": "5"})).await.problem(422, "unknown_field");
}

#[tokio::test]
async fn an_edit_shows_in_the_very_next_feed() {
    let app = Service::start().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    app.join(&bob, "follow", &ann).await;
    let post = app.post(&ann, "old").await;
    assert_eq!(app.by(&bob).get("/feed").await.items("text"), ["old"]);
    app.by(&ann).patch(&format!("/posts/{post}"), json!({"text": "new"})).await.expect(200);
    assert_eq!(app.by(&bob).get("/feed").await.items("text"), ["new"]);
}

#[tokio::test]
async fn only_the_author_edits() {
    let app = Service::start().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    let post = app.post(&ann, "x").await;
    app.by(&bob).patch(&format!("/posts/{post}"), json!({"text": "y"})).await.problem(403, "forbidden");
    assert_eq!(app.by(&ann).get(&format!("/posts/{post}")).await.json()["text"], "x");
}

#[tokio::test]
async fn only_the_author_or_an_admin_deletes() {
    let app = Service::start_jwt().await;
    for id in ["1", "2"] {
        app.token(id, "")
            .post("/users", json!({"handle": format!("user{id}"), "display_name": "x"}))
            .await
            .expect(201);
    }
    for (text, deleter, scope, status) in [
        ("a", "2", "", 403),
        ("b", "2", "nova:events", 403),
        ("c", "2", "nova:admin", 204),
        ("d", "1", "", 204),
    ] {
        let post = app.token("1", "").post("/posts", json!({"text": text})).await.expect(201).id();
        app.token(deleter, scope).delete(&format!("/posts/{post}")).await.expect(status);
    }
}

#[tokio::test]
async fn a_deleted_post_is_gone_for_good() {
    let app = Service::start().await;
    let ann = app.user("ann").await;
    let post = app.post(&ann, "x").await;
    let path = format!("/posts/{post}");
    app.by(&ann).delete(&path).await.expect(204);
    app.by(&ann).get(&path).await.problem(404, "not_found");
    app.by(&ann).delete(&path).await.problem(404, "not_found");
    app.by(&ann).patch(&path, json!({"text": "y"})).await.problem(404, "not_found");
    app.by(&ann).put(&format!("{path}/like")).await.problem(404, "not_found");
    app.by(&ann).get(&format!("{path}/comments")).await.problem(404, "not_found");
    app.by(&ann).get(&format!("{path}/likes")).await.problem(404, "not_found");
    app.by(&ann).post(&format!("{path}/comments"), json!({"text": "y"})).await.problem(404, "not_found");
    assert!(app.by(&ann).get(&format!("/users/{ann}/posts")).await.items("id").is_empty());
    assert_eq!(app.by(&ann).get("/me").await.json()["counts"]["posts"], 0);
}
