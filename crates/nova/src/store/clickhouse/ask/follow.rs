//! F1: posts of the accounts that the viewer follows.

use std::cmp::Ordering;

use nova_core::error::Result;
use nova_core::pipeline::{Retrieved, Verdict};
use nova_core::ranking::{engagement, freshness, response};

use super::Found;
use super::candidates::Counts;
use crate::store::FollowQuery;
use crate::store::clickhouse::ClickHouseStore;

/// A post on its way into the list.
#[derive(Debug, Clone, Copy)]
struct Ranked {
    spent: bool,
    score: f64,
    post: Found,
}

impl ClickHouseStore {
    /// Where there are more posts than asked for, the best by the query's two parts of the score, then newer, then the
    /// smaller id; those seen or hidden give way first. Of more than 10,000 posts the newest are ranked.
    pub(in crate::store::clickhouse) async fn followed_posts(
        &self,
        query: &FollowQuery,
    ) -> Result<Vec<Retrieved>> {
        if query.limit == 0 {
            return Ok(Vec::new());
        }
        let viewer = self.viewer(query.viewer).await?;
        let followed: Vec<u128> = viewer.unbarred_follows().collect();
        let id = query.viewer.bits();
        let posts = self.posts_around(id, &viewer, &followed, query.since, query.now).await?;
        if posts.len() <= query.limit {
            return Ok(posts.iter().map(Found::retrieved).collect());
        }
        let ids: Vec<u128> = posts.iter().map(|post| post.id).collect();
        let counts = self.counts(&ids).await?;
        let seen_since = self.seen_since(query.now);
        let mut ranked: Vec<Ranked> = posts
            .iter()
            .map(|post| Ranked {
                // with room for all a filter decides
                spent: viewer.spent(post.id, seen_since) != Verdict::CLEAR,
                score: score(post, counts.get(&post.id).copied().unwrap_or_default(), query),
                post: *post,
            })
            .collect();
        ranked.sort_unstable_by(order);
        ranked.truncate(query.limit);
        Ok(ranked.iter().map(|ranked| ranked.post.retrieved()).collect())
    }
}

fn score(post: &Found, of: Counts, query: &FollowQuery) -> f64 {
    query.freshness * freshness(query.lambda, query.now, post.created_at())
        + query.engagement
            * engagement(response(of.likes, of.comments, of.shares), of.impressions, query.floor)
}

fn order(a: &Ranked, b: &Ranked) -> Ordering {
    let better = || b.score.total_cmp(&a.score);
    let newer = || b.post.created_at.cmp(&a.post.created_at);
    a.spent.cmp(&b.spent).then_with(better).then_with(newer).then_with(|| a.post.id.cmp(&b.post.id))
}
