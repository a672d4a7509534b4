//! Who wrote a post: asked for every event, and never changed.

use std::collections::{HashMap, HashSet};

use clickhouse::Row;
use nova_core::error::Result;
use quick_cache::sync::Cache;
use serde::Deserialize;

use super::IDS_MAX;
use crate::store::clickhouse::ClickHouse;

const SQL: &str = include_str!("../sql/authors.sql");

/// Authors by post, as many as fit; whom it does not know the tables may.
pub(in crate::store::clickhouse) struct Authors(Cache<u128, u128>);

#[derive(Debug, Row, Deserialize)]
struct Authored {
    id: u128,
    author: u128,
}

impl Authors {
    pub(in crate::store::clickhouse) fn new(authors_max: usize) -> Self {
        Self(Cache::new(authors_max))
    }

    /// The post is this author's.
    pub(super) fn note(&self, post: u128, author: u128) {
        if author != 0 {
            self.0.insert(post, author);
        }
    }

    /// The authors of posts; those that nobody knows yet are not among them. One question for each 3,000 posts that
    /// are not remembered.
    pub(super) async fn of(
        &self,
        db: &ClickHouse,
        posts: impl IntoIterator<Item = u128>,
    ) -> Result<HashMap<u128, u128>> {
        let mut found = HashMap::new();
        let mut open = HashSet::new();
        for post in posts {
            match self.0.get(&post) {
                Some(author) => _ = found.insert(post, author),
                None => _ = open.insert(post),
            }
        }
        let open: Vec<u128> = open.into_iter().collect();
        for posts in open.chunks(IDS_MAX) {
            let query = db.query(SQL).param("posts", posts);
            for Authored { id, author } in db.rows("store.authors", query).await? {
                self.note(id, author);
                found.insert(id, author);
            }
        }
        Ok(found)
    }
}
