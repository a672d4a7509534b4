//! Posts that change only in part.

use clickhouse::Row;
use nova_core::model::{Action, Row as Fact, RowKey, Table};
use serde::Deserialize;

use super::open;
use crate::project::exactly_once::Sink as _;
use crate::store::FeedStore as _;
use crate::store::clickhouse::ClickHouseStore;
use crate::store::clickhouse::testing::Scratch;
use crate::store::contract::history::{DAY, HOUR, History, NOW, ago, post, post_row};

#[derive(Debug, PartialEq, Eq, Row, Deserialize)]
struct Text {
    lang: String,
    topics: Vec<String>,
    gone: u8,
}

async fn text(store: &ClickHouseStore) -> Text {
    store
        .db
        .row("test", store.db.query("SELECT lang, topics, gone FROM posts_cdc FINAL"))
        .await
        .expect("read")
}

#[tokio::test]
async fn what_a_change_does_not_say_stays_as_it_was() {
    let scratch = Scratch::migrated().await;
    let store = open(&scratch).await;
    let mut history = History::default();
    let mut row = post_row(1, 1, ago(HOUR), false);
    row.body.lang = Some("de".to_owned());
    row.body.topics = Some(vec!["cats".to_owned(), "dogs".to_owned()]);
    history.put(Fact::Post(row), ago(HOUR));
    history.put(Fact::Post(post_row(1, 1, ago(HOUR), false)), ago(9));
    history.delete(RowKey::Post(post(1)), ago(8));
    let told =
        |gone| Text { lang: "de".to_owned(), topics: vec!["cats".to_owned(), "dogs".to_owned()], gone };
    for (changes, gone) in [(&history.facts[..1], 0), (&history.facts[1..2], 0), (&history.facts[2..], 1)] {
        store.put(Table::Posts, changes).await.expect("put");
        assert_eq!(text(&store).await, told(gone));
    }
    // the same in one batch, and what was overtaken again
    let other = Scratch::migrated().await;
    let store = open(&other).await;
    store.put(Table::Posts, &history.facts).await.expect("put");
    store.put(Table::Posts, &history.facts[..2]).await.expect("put");
    assert_eq!(text(&store).await, told(1));
}

#[tokio::test]
async fn a_post_is_never_in_two_places() {
    let scratch = Scratch::migrated().await;
    let store = open(&scratch).await;
    let mut history = History::default();
    for at in [HOUR, 2 * HOUR, DAY, HOUR] {
        history.post(1, 1, ago(at));
    }
    let listed = async || {
        let found = store.recent(NOW, 9).await.expect("recent");
        found.into_iter().map(|found| found.created_at).collect::<Vec<_>>()
    };
    for (changes, at) in [(0..1, HOUR), (2..3, DAY), (1..2, DAY), (0..3, DAY), (3..4, HOUR), (0..4, HOUR)] {
        store.put(Table::Posts, &history.facts[changes.clone()]).await.expect("put");
        assert_eq!(listed().await, [ago(at)], "{changes:?}");
    }
    history.delete(RowKey::Post(post(1)), ago(1));
    store.put(Table::Posts, &history.facts[4..]).await.expect("put");
    assert_eq!(listed().await, []);
}

#[tokio::test]
async fn a_comment_whose_removal_came_first_is_never_counted() {
    let scratch = Scratch::migrated().await;
    let store = super::sink::with_a_post(&scratch).await;
    let mut history = History::default();
    history.comment(7, 2, 1, ago(3), false);
    history.delete(RowKey::Comment(nova_core::model::CommentId::from_integer(7)), ago(2));
    history.comment(8, 2, 1, ago(3), false);
    history.event(3, 1, Action::Comment, ago(3));
    for change in [1, 0, 2] {
        store.put(Table::Comments, &history.facts[change..=change]).await.expect("put");
    }
    let features = super::sink::features(&store, scratch, 2).await;
    assert_eq!((features.comments, features.interactions), (1, 1));
}

#[tokio::test]
async fn posts_of_one_moment_are_listed_by_id_however_many() {
    let scratch = Scratch::migrated().await;
    let store = open(&scratch).await;
    let mut history = History::default();
    for number in 1..=300 {
        history.post(number, 1, ago(HOUR));
    }
    history.post(301, 1, ago(1));
    store.put(Table::Posts, &history.facts).await.expect("put");
    let found = store.recent(NOW, 5).await.expect("recent");
    let found: Vec<_> = found.into_iter().map(|found| found.post).collect();
    assert_eq!(found, [301, 1, 2, 3, 4].map(post));
}
