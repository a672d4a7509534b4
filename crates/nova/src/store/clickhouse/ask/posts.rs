//! What several questions ask of posts and of accounts: whether they stand, and who wrote what.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use clickhouse::Row;
use futures_util::future::try_join_all;
use nova_core::error::Result;
use nova_core::model::Timestamp;
use serde::Deserialize;
use tokio::time::Instant;

use super::Found;
use super::remembered::Standing;
use crate::store::clickhouse::ClickHouseStore;
use crate::store::clickhouse::write::IDS_MAX;

const GONE: &str = include_str!("../sql/gone_users.sql");
const POSTS: &str = include_str!("../sql/posts.sql");
const POSTS_OF: &str = include_str!("../sql/posts_of_authors.sql");

#[derive(Debug, Clone, Copy, Row, Deserialize)]
struct Post {
    id: u128,
    author_id: u128,
    created_at: i64,
    gone: u8,
}

impl ClickHouseStore {
    /// Which of these accounts are deleted.
    pub(super) async fn gone(&self, users: impl IntoIterator<Item = u128>) -> Result<HashSet<u128>> {
        let now = Instant::now();
        let mut gone = HashSet::new();
        let open = self.remembered.gone.split(users, now, |user, is_gone| {
            if is_gone {
                gone.insert(user);
            }
        });
        let asked = open
            .chunks(IDS_MAX)
            .map(|users| self.db.rows::<u128>("store.gone", self.db.query(GONE).param("users", users)));
        gone.extend(try_join_all(asked).await?.into_iter().flatten());
        open.into_iter().for_each(|user| self.remembered.gone.keep(user, gone.contains(&user), now));
        Ok(gone)
    }

    /// Posts by id, as they stand; without those that nobody knows.
    pub(super) async fn posts(&self, ids: &[u128]) -> Result<HashMap<u128, Standing>> {
        let now = Instant::now();
        let mut posts = HashMap::with_capacity(ids.len());
        let open = self.remembered.posts.split(ids.iter().copied(), now, |id, post| {
            posts.extend(post.map(|post| (id, post)));
        });
        let asked = open
            .chunks(IDS_MAX)
            .map(|ids| self.db.rows::<Post>("store.posts", self.db.query(POSTS).param("posts", ids)));
        for Post { id, author_id, created_at, gone } in try_join_all(asked).await?.into_iter().flatten() {
            posts.insert(id, Standing { author_id, created_at, gone: gone != 0 });
        }
        open.into_iter().for_each(|id| self.remembered.posts.keep(id, posts.get(&id).copied(), now));
        Ok(posts)
    }

    /// Posts of some authors, newest first, but those dated too far ahead of `now`, and those of deleted accounts.
    pub(super) async fn recent_posts_of(
        &self,
        authors: &[u128],
        since: Timestamp,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Found>> {
        let asked_at = Instant::now();
        let latest = now.plus(self.config.early_tolerance);
        let asked = authors.chunks(IDS_MAX).map(|authors| {
            let query = self.db.query(POSTS_OF).param("authors", authors).param("since", since.micros());
            let query = query.param("latest", latest.micros()).param("limit", limit);
            self.db.rows::<Found>("store.posts_of", query)
        });
        let mut posts: Vec<Found> = try_join_all(asked).await?.into_iter().flatten().collect();
        if authors.len() > IDS_MAX {
            posts.sort_unstable_by_key(|post| (Reverse(post.created_at), post.id));
            posts.truncate(limit);
        }
        for &Found { id, author_id, created_at } in &posts {
            let standing = Standing { author_id, created_at, gone: false };
            self.remembered.posts.keep(id, Some(standing), asked_at);
        }
        let gone = self.gone(posts.iter().map(|post| post.author_id)).await?;
        posts.retain(|post| !gone.contains(&post.author_id));
        Ok(posts)
    }
}
