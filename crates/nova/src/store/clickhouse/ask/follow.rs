//! F1: posts of the accounts that the viewer follows.

use std::cmp::Ordering;
use std::collections::HashMap;

use futures_util::try_join;
use nova_core::error::Result;
use nova_core::pipeline::{Features, Retrieved};
use nova_core::ranking::{engagement, freshness, response};

use super::{Found, POSTS_MAX};
use crate::store::FollowQuery;
use crate::store::clickhouse::ClickHouseStore;

const FOLLOWED: &str = include_str!("../sql/followed_posts.sql");

/// A post on its way into the list.
#[derive(Debug, Clone, Copy)]
struct Ranked {
    score: f64,
    post: Found,
}

impl ClickHouseStore {
    /// Best first by the query's two parts of the score, then newer, then the smaller id; where there are more posts
    /// than asked for, those seen or hidden give way first. Of more than 10,000 posts the newest are ranked.
    pub(in crate::store::clickhouse) async fn followed_posts(
        &self,
        query: &FollowQuery,
    ) -> Result<Vec<Retrieved>> {
        if query.limit == 0 {
            return Ok(Vec::new());
        }
        let asked = self
            .db
            .query(FOLLOWED)
            .param("viewer", query.viewer.bits())
            .param("since", query.since.micros())
            .param("latest", query.now.plus(self.config.early_tolerance).micros())
            .param("limit", POSTS_MAX);
        let mut posts: Vec<Found> = self.db.rows("store.follow", asked).await?;
        let ids: Vec<u128> = posts.iter().map(|post| post.id).collect();
        let spent = async {
            // with room for all a filter decides
            match posts.len() > query.limit {
                true => self.spent(query.viewer, query.now, &ids).await,
                false => Ok(HashMap::new()),
            }
        };
        let (counts, gone, spent) =
            try_join!(self.counts(None, &ids), self.gone(posts.iter().map(|post| post.author_id)), spent)?;
        posts.retain(|post| !gone.contains(&post.author_id));
        let mut ranked: Vec<Ranked> = posts.iter().map(|post| rank(post, &counts, query)).collect();
        if ranked.len() > query.limit {
            let is_spent = |ranked: &Ranked| spent.contains_key(&ranked.post.id);
            ranked.sort_unstable_by(|a, b| is_spent(a).cmp(&is_spent(b)).then_with(|| order(a, b)));
            ranked.truncate(query.limit);
        }
        ranked.sort_unstable_by(order);
        Ok(ranked.iter().map(|ranked| ranked.post.retrieved()).collect())
    }
}

fn rank(post: &Found, counts: &HashMap<u128, Features>, query: &FollowQuery) -> Ranked {
    let of = counts.get(&post.id).copied().unwrap_or_default();
    let score = query.freshness * freshness(query.lambda, query.now, post.created_at())
        + query.engagement
            * engagement(response(of.likes, of.comments, of.shares), of.impressions, query.floor);
    Ranked { score, post: *post }
}

fn order(a: &Ranked, b: &Ranked) -> Ordering {
    let newer = || b.post.created_at.cmp(&a.post.created_at);
    b.score.total_cmp(&a.score).then_with(newer).then_with(|| a.post.id.cmp(&b.post.id))
}
