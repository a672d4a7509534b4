//! The change records, to the letter.

use nova_core::model::{PostId, UserId};

use super::*;
use crate::social::{Actor, NewPost, NewUser, PostPatch};

fn time(text: &str) -> Timestamp {
    text.parse().expect(text)
}

async fn history(social: &SqliteSocial) {
    let ann: UserId = "11111111-1111-4111-8111-111111111111".parse().expect("id");
    let bob = UserId::from_integer(7);
    let post: PostId = "00000000-0000-4000-8000-000000000010".parse().expect("id");
    let at = time("2026-01-02T03:04:05.678901Z");
    for (id, handle) in [(ann, "ann"), (bob, "bob")] {
        let new = NewUser { id, handle: handle.to_owned(), display_name: "Ünï".to_owned() };
        one(social, Write::User(new, at)).await;
    }
    let new = NewPost {
        id: post,
        author: ann,
        text: "a \"b\"\n🦀".to_owned(),
        media: r#"[{"w":1}]"#.to_owned(),
        lang: None,
        topics: vec!["rust".to_owned()],
    };
    one(social, Write::Post(new, at)).await;
    let patch = PostPatch { lang: Some(Some("en".to_owned())), ..PostPatch::default() };
    let actor = Actor { user: ann, admin: false };
    one(social, Write::EditPost(post, patch, actor, time("2026-01-02T03:05:00Z"))).await;
    one(social, Write::Like(bob, post, at)).await;
    one(social, Write::Unlike(bob, post, at)).await;
}

#[tokio::test]
async fn are_envelopes_as_a_connector_writes_them() {
    let here = Here::new();
    history(&here.social()).await;
    let records = here.records().await;
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    let of = |topic: &str| {
        let entries = records.iter().filter(|entry| entry.place.topic.name() == topic);
        let pairs = entries.map(|entry| (text(&entry.record.key), entry.record.value.as_deref().map(text)));
        pairs.collect::<Vec<_>>()
    };
    let source = |table: &str, lsn: u64| {
        format!(
            r#""source":{{"version":"nova-0.1","connector":"nova","name":"cdc","ts_ms":1800000000123,"ts_us":1800000000123456,"snapshot":"false","db":"social","schema":"public","table":"{table}","lsn":{lsn}}}"#
        )
    };
    let end = r#""ts_ms":1800000000123,"ts_us":1800000000123456}"#;
    let row = r#"{"id":"00000000-0000-4000-8000-000000000010","author_id":"11111111-1111-4111-8111-111111111111","text":"a \"b\"\n🦀","media":"[{\"w\":1}]","lang":LANG,"topics":["rust"],"created_at":"2026-01-02T03:04:05.678901Z","updated_at":"UPDATED","deleted_at":null}"#;
    let before = row.replace("LANG", "null").replace("UPDATED", "2026-01-02T03:04:05.678901Z");
    let after = row.replace("LANG", "\"en\"").replace("UPDATED", "2026-01-02T03:05:00.000000Z");
    let key = r#"{"id":"00000000-0000-4000-8000-000000000010"}"#.to_owned();
    assert_eq!(
        of("cdc.posts"),
        [
            (
                key.clone(),
                Some(format!(r#"{{"before":null,"after":{before},{},"op":"c",{end}"#, source("posts", 3)))
            ),
            (
                key,
                Some(format!(r#"{{"before":{before},"after":{after},{},"op":"u",{end}"#, source("posts", 4)))
            ),
        ]
    );
    let key = r#"{"post_id":"00000000-0000-4000-8000-000000000010","user_id":"7"}"#;
    let like = key.replace('}', r#","created_at":"2026-01-02T03:04:05.678901Z"}"#);
    let key = key.to_owned();
    assert_eq!(
        of("cdc.likes"),
        [
            (
                key.clone(),
                Some(format!(r#"{{"before":null,"after":{like},{},"op":"c",{end}"#, source("likes", 5)))
            ),
            (
                key.clone(),
                Some(format!(r#"{{"before":{like},"after":null,{},"op":"d",{end}"#, source("likes", 6)))
            ),
            (key, None),
        ]
    );
}

#[tokio::test]
async fn end_where_the_answer_says() {
    let here = Here::new();
    let social = here.social();
    history(&social).await;
    let (ann, bob) =
        ("11111111-1111-4111-8111-111111111111".parse::<UserId>().expect("id"), UserId::from_integer(7));
    one(&social, Write::Follow(ann, bob, NOW)).await;
    let blocked = one(&social, Write::Block(bob, ann, NOW)).await;
    let position = blocked.position().expect("changed").to_string();
    assert_eq!(position, "cdc.follows:0=3 cdc.blocks:0=1", "made, ended, tombstone; blocked");
    assert_eq!(one(&social, Write::Block(bob, ann, NOW)).await.position(), None);
    let log = SqliteLog::open(here.dir.path(), SqliteLogConfig::default(), here.clock.clone()).expect("log");
    assert!(log.ends().await.expect("ends").covers(blocked.position().expect("changed")));
}

#[tokio::test]
async fn refused_writes_leave_none() {
    let here = Here::new();
    let social = here.social();
    let like = Write::Like(UserId::from_integer(1), PostId::from_integer(1), NOW);
    assert!(social.write(vec![like.clone(), like]).await.expect("call").iter().all(Result::is_err));
    assert!(here.records().await.is_empty());
}
