//! F3: posts of the authors whom the viewer turned to most.

use std::cmp::Reverse;
use std::collections::HashMap;

use nova_core::error::Result;
use nova_core::model::{Timestamp, UserId};
use nova_core::pipeline::{Retrieved, Verdict};

use super::viewer::Viewer;
use super::{Found, POSTS_MAX};
use crate::store::clickhouse::ClickHouseStore;

/// Authors of a viewer whose posts are looked for, the strongest of them.
pub(super) const AUTHORS_MAX: usize = 2_000;
/// Authors whose posts are asked for at once, and those of the last one's strength besides.
const AUTHORS_AT_ONCE: usize = 200;

impl ClickHouseStore {
    /// Strongest author first, then newer, then the smaller id. What the viewer may not or need not see again gives
    /// its place to the next.
    pub(in crate::store::clickhouse) async fn posts_of_the_strongest(
        &self,
        viewer: UserId,
        now: Timestamp,
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<Retrieved>> {
        let viewer = self.viewer(viewer).await?;
        let mut strongest = viewer.strongest(self.affinity_days(now), AUTHORS_MAX);
        strongest.retain(|(author, _)| !viewer.bars.contains_key(author));
        let mut found: Vec<Retrieved> = Vec::new();
        let mut rest = &strongest[..];
        while found.len() < limit && !rest.is_empty() {
            let weakest = rest[rest.len().min(AUTHORS_AT_ONCE) - 1].1;
            let (now_asked, later) = rest.split_at(rest.partition_point(|&(_, n)| n >= weakest));
            rest = later;
            found.extend(self.posts_of(&viewer, now_asked, now, since).await?);
        }
        found.truncate(limit);
        Ok(found)
    }

    async fn posts_of(
        &self,
        viewer: &Viewer,
        authors: &[(u128, u32)],
        now: Timestamp,
        since: Timestamp,
    ) -> Result<Vec<Retrieved>> {
        let strengths: HashMap<u128, u32> = authors.iter().copied().collect();
        let ids: Vec<u128> = authors.iter().map(|&(author, _)| author).collect();
        let mut posts = self.recent_posts_of(&ids, since, now, POSTS_MAX).await?;
        let seen_since = self.seen_since(now);
        posts.retain(|post| viewer.spent(post.id, seen_since) == Verdict::CLEAR);
        posts
            .sort_by_key(|post| (Reverse(strengths.get(&post.author_id)), Reverse(post.created_at), post.id));
        Ok(posts.iter().map(Found::retrieved).collect())
    }
}
