//! Opening, sharing, bounds.

use std::time::Duration;

use nova_core::error::Kind;
use nova_core::model::{PostId, UserId};
use rusqlite::Connection;
use tokio::task::JoinSet;

use super::*;
use crate::social::{Keyset, ListOf, NewPost, NewUser};

fn user(id: u64) -> Write {
    let handle = format!("user_{id}");
    Write::User(NewUser { id: UserId::from_integer(id), display_name: handle.clone(), handle }, NOW)
}

fn post(id: u64, author: u64) -> Write {
    let new = NewPost {
        id: PostId::from_integer(id),
        author: UserId::from_integer(author),
        text: "said".to_owned(),
        media: "[]".to_owned(),
        lang: None,
        topics: Vec::new(),
    };
    Write::Post(new, NOW)
}

#[tokio::test]
async fn what_was_written_is_there_after_opening_again() {
    let here = Here::new();
    let written = {
        let social = here.social();
        one(&social, user(1)).await
    };
    let again = here.social();
    let Written::User(user, Some(_)) = written else { panic!("a changed account") };
    assert_eq!(again.user(user.id, None).await.expect("there").user, user);
}

#[tokio::test]
async fn newer_tables_are_refused_with_both_versions() {
    let here = Here::new();
    drop(here.social());
    let file = Connection::open(here.dir.path().join("social.db")).expect("open");
    file.execute("update social_version set version = 7", []).expect("raise");
    let error = here.opened(Wake::new()).expect_err("refused");
    assert_eq!(error.kind(), Kind::Rejected);
    assert!(error.detail().contains("version 7") && error.detail().contains("up to 1"), "{error}");
}

#[tokio::test]
async fn integer_ids_are_kept_and_ordered_as_numbers() {
    let here = Here::new();
    let social = here.social();
    let mut writes: Vec<_> = [1, 9, 10, 300].into_iter().map(user).collect();
    writes
        .extend([9, 10, 300].map(|id| Write::Follow(UserId::from_integer(id), UserId::from_integer(1), NOW)));
    for answer in social.write(writes).await.expect("call") {
        answer.expect("write");
    }
    let page = Keyset { limit: 10, before: None };
    let rows = social.users(ListOf::Followers(UserId::from_integer(1)), None, page).await.expect("list");
    let ids: Vec<_> = rows.iter().map(|(view, _)| view.user.id.to_string()).collect();
    assert_eq!(ids, ["300", "10", "9"]);
    let keys: Vec<_> = here.records().await.into_iter().map(|entry| entry.record.key).collect();
    assert!(keys.contains(&r#"{"follower_id":"300","followee_id":"1"}"#.into()), "{keys:?}");
}

#[tokio::test]
async fn every_commit_rings() {
    let here = Here::new();
    let wake = Wake::new();
    let mut rung = wake.listen();
    let social = here.opened(wake).expect("open");
    rung.mark_unchanged();
    one(&social, user(1)).await;
    assert!(rung.has_changed().expect("the writer lives"));
}

#[tokio::test]
async fn more_writes_than_a_call_takes_are_refused() {
    let here = Here::new();
    let error = here.social().write(vec![user(1); 20_001]).await.expect_err("too many");
    assert_eq!((error.kind(), error.code()), (Kind::Rejected, "too_many"));
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_at_once_count_once() {
    let here = Here::new();
    let social = Arc::new(here.social());
    for write in [user(1), user(2), post(1, 1)] {
        one(&social, write).await;
    }
    let mut callers = JoinSet::new();
    for _ in 0..64 {
        let social = Arc::clone(&social);
        callers.spawn(async move {
            let like = Write::Like(UserId::from_integer(2), PostId::from_integer(1), NOW);
            one(&social, like).await.position().is_some()
        });
    }
    let changed = callers.join_all().await.into_iter().filter(|changed| *changed).count();
    assert_eq!(changed, 1);
    assert_eq!(social.post(PostId::from_integer(1), None).await.expect("post").likes, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_questions_than_readers_wait_their_turn() {
    let here = Here::new();
    let social = Arc::new(here.social());
    one(&social, user(1)).await;
    let mut callers = JoinSet::new();
    for _ in 0..200 {
        let social = Arc::clone(&social);
        callers.spawn(async move { social.user(UserId::from_integer(1), None).await.map(drop) });
    }
    assert!(callers.join_all().await.into_iter().all(|answer| answer.is_ok()));
}

#[tokio::test]
async fn question_that_panics_leaves_the_readers_whole() {
    let here = Here::new();
    let social = here.social();
    one(&social, user(1)).await;
    for _ in 0..8 {
        let failed = social.ask("test", |_| -> rusqlite::Result<()> { panic!("as a test") }).await;
        assert_eq!(failed.expect_err("it panicked").kind(), Kind::Unavailable);
    }
    social.user(UserId::from_integer(1), None).await.expect("still answered");
}

#[tokio::test]
async fn numbers_and_times_go_on_where_the_clock_steps_back() {
    let here = Here::new();
    one(&here.social(), user(1)).await;
    here.clock.set(NOW.minus(Duration::from_secs(3_600)));
    one(&here.social(), user(2)).await;
    here.clock.set(NOW.plus(Duration::from_secs(1)));
    one(&here.social(), user(3)).await;
    let sources: Vec<_> = here
        .records()
        .await
        .iter()
        .map(|entry| json(entry.record.value.as_ref().expect("no tombstone"))["source"].clone())
        .map(|source| (source["lsn"].as_u64(), source["ts_us"].as_i64()))
        .collect();
    let now = NOW.micros();
    assert_eq!(sources, [(Some(1), Some(now)), (Some(2), Some(now)), (Some(3), Some(now + 1_000_000))]);
}
