//! What is known of candidates: may the viewer see them, and the numbers that ranking reads.

use std::collections::HashMap;

use clickhouse::Row;
use futures_util::future::try_join_all;
use futures_util::try_join;
use nova_core::error::Result;
use nova_core::model::{Timestamp, UserId};
use nova_core::pipeline::{Candidate, Features, Verdict};
use serde::Deserialize;

use crate::store::clickhouse::ClickHouseStore;
use crate::store::clickhouse::write::IDS_MAX;

const POSTS: &str = include_str!("../sql/posts.sql");
const LIKES: &str = include_str!("../sql/likes.sql");
const COMMENTS: &str = include_str!("../sql/comments.sql");
const TOTALS: &str = include_str!("../sql/totals.sql");

#[derive(Debug, Clone, Copy, Row, Deserialize)]
struct Standing {
    id: u128,
    author_id: u128,
    created_at: i64,
    gone: u8,
}

#[derive(Debug, Row, Deserialize)]
struct Liked {
    post_id: u128,
    n: u64,
    liked: bool,
}

#[derive(Debug, Row, Deserialize)]
struct Commented {
    post_id: u128,
    n: u64,
}

#[derive(Debug, Row, Deserialize)]
struct Totals {
    post_id: u128,
    shares: i64,
    impressions: i64,
}

impl ClickHouseStore {
    pub(in crate::store::clickhouse) async fn set_verdicts(
        &self,
        viewer: Option<UserId>,
        now: Timestamp,
        found: &mut [Candidate],
    ) -> Result<()> {
        let ids: Vec<u128> = found.iter().map(|candidate| candidate.post.bits()).collect();
        let bars = async {
            match viewer {
                Some(viewer) => self.bars(viewer).await,
                None => Ok(HashMap::new()),
            }
        };
        let spent = async {
            match viewer {
                Some(viewer) => self.spent(viewer, now, &ids).await,
                None => Ok(HashMap::new()),
            }
        };
        let posts = async {
            let posts = self.posts(&ids).await?;
            let gone = self.gone(posts.values().map(|post| post.author_id)).await?;
            Ok((posts, gone))
        };
        let ((posts, gone), bars, spent) = try_join!(posts, bars, spent)?;
        let latest = now.plus(self.config.early_tolerance);
        for candidate in found {
            let Some(post) = posts.get(&candidate.post.bits()) else {
                candidate.verdict = Verdict::GONE;
                continue;
            };
            let created_at = Timestamp::from_micros(post.created_at);
            let clear = Verdict::CLEAR;
            candidate.verdict = clear
                .and_if(post.gone != 0, Verdict::GONE)
                .and_if(gone.contains(&post.author_id), Verdict::AUTHOR_GONE)
                .and_if(created_at > latest, Verdict::EARLY)
                .and_if(viewer.is_some_and(|viewer| viewer.bits() == post.author_id), Verdict::OWN)
                .with(bars.get(&post.author_id).copied().unwrap_or(clear))
                .with(spent.get(&post.id).copied().unwrap_or(clear));
            candidate.created_at = created_at;
            if post.author_id != 0 {
                candidate.author = UserId::from_bits(post.author_id);
            }
        }
        Ok(())
    }

    pub(in crate::store::clickhouse) async fn set_features(
        &self,
        viewer: Option<UserId>,
        now: Timestamp,
        found: &mut [Candidate],
    ) -> Result<()> {
        let ids: Vec<u128> = found.iter().map(|candidate| candidate.post.bits()).collect();
        let strengths = async {
            match viewer {
                Some(viewer) => self.strengths(viewer, now).await,
                None => Ok(Vec::new()),
            }
        };
        let (posts, counts, strengths) = try_join!(self.posts(&ids), self.counts(viewer, &ids), strengths)?;
        let strengths: HashMap<u128, u32> = strengths.into_iter().collect();
        for candidate in found {
            let id = candidate.post.bits();
            candidate.features = match posts.get(&id) {
                Some(post) => Features {
                    interactions: strengths.get(&post.author_id).copied().unwrap_or(0),
                    ..counts.get(&id).copied().unwrap_or_default()
                },
                None => Features::default(),
            };
        }
        Ok(())
    }

    async fn posts(&self, ids: &[u128]) -> Result<HashMap<u128, Standing>> {
        let asked = ids
            .chunks(IDS_MAX)
            .map(|ids| self.db.rows::<Standing>("store.posts", self.db.query(POSTS).param("posts", ids)));
        let rows = try_join_all(asked).await?;
        Ok(rows.into_iter().flatten().map(|post| (post.id, post)).collect())
    }

    /// What is counted of posts, but for the interactions with their authors.
    pub(super) async fn counts(
        &self,
        viewer: Option<UserId>,
        ids: &[u128],
    ) -> Result<HashMap<u128, Features>> {
        let parts = try_join_all(ids.chunks(IDS_MAX).map(|ids| self.counts_of(viewer, ids))).await?;
        Ok(parts.into_iter().flatten().collect())
    }

    /// Three questions at once: one after the other they take three times as long.
    async fn counts_of(&self, viewer: Option<UserId>, ids: &[u128]) -> Result<HashMap<u128, Features>> {
        let op = "store.counts";
        let asked = |sql| self.db.query(sql).param("posts", ids);
        let viewer = viewer.map_or(0, UserId::bits);
        let (likes, comments, totals) = try_join!(
            self.db.rows::<Liked>(op, asked(LIKES).param("viewer", viewer)),
            self.db.rows::<Commented>(op, asked(COMMENTS)),
            self.db.rows::<Totals>(op, asked(TOTALS)),
        )?;
        let mut counts: HashMap<u128, Features> = HashMap::with_capacity(ids.len());
        for row in likes {
            let of = counts.entry(row.post_id).or_default();
            (of.likes, of.liked) = (u32::try_from(row.n).unwrap_or(u32::MAX), row.liked);
        }
        for row in comments {
            counts.entry(row.post_id).or_default().comments = u32::try_from(row.n).unwrap_or(u32::MAX);
        }
        for row in totals {
            let of = counts.entry(row.post_id).or_default();
            (of.shares, of.impressions) = (count(row.shares), count(row.impressions));
        }
        Ok(counts)
    }
}

/// A sum that an audit may have corrected.
fn count(sum: i64) -> u32 {
    u32::try_from(sum.max(0)).unwrap_or(u32::MAX)
}
