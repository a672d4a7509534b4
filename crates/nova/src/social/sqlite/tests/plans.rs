//! No question reads more than it must.

use std::fs::DirEntry;

use nova_core::model::{PostId, UserId};
use rusqlite::Connection;

use super::*;
use crate::social::sqlite::timeline;
use crate::social::{Keyset, NewPost, NewUser};

/// Every file in `sql`: its name, its statement, the steps of its plan.
fn plans() -> Vec<(String, String, Vec<String>)> {
    let here = Here::new();
    drop(here.social());
    let file = Connection::open(here.dir.path().join("social.db")).expect("open");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/social/sqlite/sql");
    let plan = |entry: std::io::Result<DirEntry>| {
        let path = entry.expect("entry").path();
        let name = path.file_stem().expect("name").display().to_string();
        let statement = std::fs::read_to_string(&path).expect("text");
        let mut plan = file.prepare(&format!("explain query plan {statement}")).expect(&name);
        let nothing = vec![rusqlite::types::Null; plan.parameter_count()];
        let steps = plan.query_map(rusqlite::params_from_iter(nothing), |row| row.get(3)).expect(&name);
        let steps = steps.collect::<Result<_, _>>().expect(&name);
        (name, statement, steps)
    };
    std::fs::read_dir(folder).expect("the folder").map(plan).collect()
}

#[test]
fn every_question_goes_through_an_index_in_its_order() {
    let plans = plans();
    assert!(plans.len() > 30);
    for (name, _, steps) in plans {
        for step in &steps {
            assert!(!step.starts_with("SCAN"), "{name} reads a whole table: {steps:#?}");
            assert!(!step.contains("TEMP B-TREE"), "{name} sorts what it reads: {steps:#?}");
        }
    }
}

/// A page by key must be found by time and id together, or those of one moment are read again for each page.
#[test]
fn pages_start_where_the_last_one_ended() {
    let mut pages = plans();
    pages.retain(|(_, statement, _)| statement.contains("created_at desc"));
    assert_eq!(pages.len(), 10, "five lists of accounts, two of posts, one of comments, two of the timeline");
    for (name, _, steps) in pages {
        assert!(steps[0].contains("(created_at,"), "{name}: {steps:#?}");
    }
}

fn user(n: u64) -> UserId {
    UserId::from_integer(n)
}

async fn rows(social: &SqliteSocial, viewer: UserId, everyone: bool) -> (usize, usize) {
    let page = Keyset { limit: 20, before: None };
    let question = move |tables: &_| timeline::page(tables, viewer, NOW, page, everyone);
    let (items, rows) = social.ask("test", question).await.expect("timeline");
    (items.len(), rows)
}

#[tokio::test]
async fn timeline_reads_in_proportion_to_its_page() {
    let here = Here::new();
    let social = here.social();
    let (viewer, many, blocker, authors) = (user(0), user(1), user(2), 10..2_010_u64);
    let mut writes = Vec::new();
    for n in (0..3).chain(authors.clone()) {
        let handle = format!("u{n}");
        writes.push(Write::User(NewUser { id: user(n), display_name: handle.clone(), handle }, NOW));
    }
    for n in 0..4_000 {
        let new = NewPost {
            id: PostId::from_integer(n),
            author: user(10 + n * 7 % 2_000),
            text: "said".to_owned(),
            media: "[]".to_owned(),
            lang: None,
            topics: Vec::new(),
        };
        writes.push(Write::Post(new, Timestamp::from_micros(NOW.micros() - 4_000 + n as i64)));
    }
    writes.push(Write::Follow(viewer, user(10), NOW));
    writes.extend(authors.clone().map(|n| Write::Follow(many, user(n), NOW)));
    writes.extend(authors.filter(|n| n % 10 != 0).map(|n| Write::Block(blocker, user(n), NOW)));
    for answer in social.write(writes).await.expect("call") {
        answer.expect("write");
    }
    assert_eq!(rows(&social, viewer, false).await, (2, 2), "one followed: that one's posts");
    assert_eq!(rows(&social, many, false).await, (20, 20), "all followed: no post in vain");
    let (items, rows) = rows(&social, blocker, true).await;
    assert_eq!(items, 20);
    assert!(rows <= 250, "nine in ten authors blocked, {rows} posts looked at");
}
