//! F3: posts of the authors whom the viewer turned to most.

use std::cmp::Reverse;
use std::collections::HashMap;

use nova_core::error::Result;
use nova_core::model::{Timestamp, UserId};
use nova_core::pipeline::{Retrieved, Verdict};

use super::Found;
use super::around::first_of;
use crate::store::clickhouse::ClickHouseStore;

/// Authors of a viewer whose posts are looked for, the strongest of them.
pub(super) const AUTHORS_MAX: usize = 2_000;

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
        let (id, viewer) = (viewer.bits(), self.viewer(viewer).await?);
        let closest = viewer.closest(self.affinity_days(now), AUTHORS_MAX);
        let seen_since = self.seen_since(now);
        let mut found: Vec<Retrieved> = Vec::new();
        let mut rest = &closest[..];
        while found.len() < limit && !rest.is_empty() {
            let (now_asked, later) = rest.split_at(first_of(rest).len());
            rest = later;
            let strengths: HashMap<u128, u32> = now_asked.iter().copied().collect();
            let authors: Vec<u128> = now_asked.iter().map(|&(author, _)| author).collect();
            let mut posts = self.posts_around(id, &viewer, &authors, since, now).await?;
            posts.retain(|post| viewer.spent(post.id, seen_since) == Verdict::CLEAR);
            posts.sort_by_key(|post| {
                (Reverse(strengths.get(&post.author_id)), Reverse(post.created_at), post.id)
            });
            found.extend(posts.iter().map(Found::retrieved));
        }
        found.truncate(limit);
        Ok(found)
    }
}
