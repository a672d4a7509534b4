//! F3: posts of the authors whom the viewer turned to most.

use std::cmp::Reverse;
use std::collections::HashMap;

use clickhouse::Row;
use futures_util::try_join;
use nova_core::error::Result;
use nova_core::model::{Timestamp, UserId};
use nova_core::pipeline::Retrieved;
use serde::Deserialize;

use super::{Found, POSTS_MAX};
use crate::store::clickhouse::ClickHouseStore;

const AFFINITY: &str = include_str!("../sql/affinity.sql");
const POSTS: &str = include_str!("../sql/posts_of_authors.sql");

/// Authors of a viewer that count, the strongest of them.
const AUTHORS_MAX: usize = 2_000;
/// Authors whose posts are asked for at once, and those of the last one's strength besides.
const AUTHORS_AT_ONCE: usize = 200;

#[derive(Debug, Row, Deserialize)]
struct Strength {
    author: u128,
    n: u64,
}

impl ClickHouseStore {
    /// The authors whom the viewer turned to, strongest first, and how often within the days that count.
    pub(super) async fn strengths(&self, viewer: UserId, now: Timestamp) -> Result<Vec<(u128, u32)>> {
        let (from, to) = self.affinity_days(now);
        let query = self.db.query(AFFINITY).param("viewer", viewer.bits());
        let query = query.param("from", from).param("to", to).param("limit", AUTHORS_MAX);
        let found: Vec<Strength> = self.db.rows("store.affinity", query).await?;
        Ok(found
            .into_iter()
            .map(|Strength { author, n }| (author, u32::try_from(n).unwrap_or(u32::MAX)))
            .collect())
    }

    /// The first and the last day whose interactions count at `now`.
    pub(super) fn affinity_days(&self, now: Timestamp) -> (i32, i32) {
        (now.day() - i32::from(self.config.affinity_days.max(1)) + 1, now.day())
    }

    /// Strongest author first, then newer, then the smaller id. What the viewer may not or need not see again gives
    /// its place to the next.
    pub(in crate::store::clickhouse) async fn posts_of_the_strongest(
        &self,
        viewer: UserId,
        now: Timestamp,
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<Retrieved>> {
        let (mut strengths, bars) = try_join!(self.strengths(viewer, now), self.bars(viewer))?;
        strengths.retain(|(author, _)| !bars.contains_key(author));
        let mut found: Vec<Retrieved> = Vec::new();
        let mut rest = &strengths[..];
        while found.len() < limit && !rest.is_empty() {
            let weakest = rest[rest.len().min(AUTHORS_AT_ONCE) - 1].1;
            let (now_asked, later) = rest.split_at(rest.partition_point(|&(_, n)| n >= weakest));
            rest = later;
            found.extend(self.posts_of(viewer, now_asked, now, since).await?);
        }
        found.truncate(limit);
        Ok(found)
    }

    async fn posts_of(
        &self,
        viewer: UserId,
        authors: &[(u128, u32)],
        now: Timestamp,
        since: Timestamp,
    ) -> Result<Vec<Retrieved>> {
        let strengths: HashMap<u128, u32> = authors.iter().copied().collect();
        let ids: Vec<u128> = authors.iter().map(|&(author, _)| author).collect();
        let mut posts = self.recent_posts_of(&ids, since, now, POSTS_MAX).await?;
        let ids: Vec<u128> = posts.iter().map(|post| post.id).collect();
        let (gone, spent) =
            try_join!(self.gone(posts.iter().map(|post| post.author_id)), self.spent(viewer, now, &ids))?;
        posts.retain(|post| !gone.contains(&post.author_id) && !spent.contains_key(&post.id));
        posts
            .sort_by_key(|post| (Reverse(strengths.get(&post.author_id)), Reverse(post.created_at), post.id));
        Ok(posts.iter().map(Found::retrieved).collect())
    }

    /// Posts of at most 3,000 authors, newest first, but those dated too far ahead of `now`.
    pub(super) async fn recent_posts_of(
        &self,
        authors: &[u128],
        since: Timestamp,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Found>> {
        let latest = now.plus(self.config.early_tolerance);
        let query = self.db.query(POSTS).param("authors", authors).param("since", since.micros());
        let query = query.param("latest", latest.micros()).param("limit", limit);
        self.db.rows("store.posts_of", query).await
    }
}
