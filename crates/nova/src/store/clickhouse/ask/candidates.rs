//! What is known of candidates: may the viewer see them, and the numbers that ranking reads.

use std::collections::{HashMap, HashSet};

use clickhouse::Row;
use futures_util::future::try_join_all;
use futures_util::try_join;
use nova_core::error::Result;
use nova_core::model::{Timestamp, UserId};
use nova_core::pipeline::{Candidate, Features, Verdict};
use serde::Deserialize;
use tokio::time::Instant;

use crate::store::clickhouse::ClickHouseStore;
use crate::store::clickhouse::write::IDS_MAX;

const COUNTS: &str = include_str!("../sql/counts.sql");
const LIKED: &str = include_str!("../sql/liked.sql");

const LIKES: u8 = 1;
const COMMENTS: u8 = 2;

/// What is counted of a post, whoever looks.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) likes: u32,
    pub(super) comments: u32,
    pub(super) shares: u32,
    pub(super) impressions: u32,
}

/// Likes or comments in `n`; otherwise shares, and impressions in `m`.
#[derive(Debug, Row, Deserialize)]
struct Counted {
    post_id: u128,
    what: u8,
    n: i64,
    m: i64,
}

impl ClickHouseStore {
    pub(in crate::store::clickhouse) async fn set_verdicts(
        &self,
        viewer: Option<UserId>,
        now: Timestamp,
        found: &mut [Candidate],
    ) -> Result<()> {
        let ids = ids(found);
        let posts = async {
            let posts = self.posts(&ids).await?;
            let gone = self.gone(posts.values().map(|post| post.author_id)).await?;
            Ok((posts, gone))
        };
        let known = async {
            match viewer {
                Some(viewer) => self.viewer(viewer).await,
                None => Ok(Default::default()),
            }
        };
        let ((posts, gone), known) = try_join!(posts, known)?;
        let latest = now.plus(self.config.early_tolerance);
        let seen_since = self.seen_since(now);
        for candidate in found {
            let id = candidate.post.bits();
            let Some(post) = posts.get(&id) else {
                candidate.verdict = Verdict::GONE;
                continue;
            };
            let created_at = Timestamp::from_micros(post.created_at);
            candidate.verdict = known
                .spent(id, seen_since)
                .and_if(post.gone, Verdict::GONE)
                .and_if(gone.contains(&post.author_id), Verdict::AUTHOR_GONE)
                .and_if(created_at > latest, Verdict::EARLY)
                .and_if(viewer.is_some_and(|viewer| viewer.bits() == post.author_id), Verdict::OWN)
                .with(known.bars.get(&post.author_id).copied().unwrap_or(Verdict::CLEAR));
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
        let ids = ids(found);
        let of_viewer = async {
            match viewer {
                Some(viewer) => {
                    let known = self.viewer(viewer).await?;
                    let liked = match &known.likes {
                        Some(_) => HashSet::new(),
                        None => self.liked(viewer, &ids).await?,
                    };
                    Ok((known, liked))
                }
                None => Ok(Default::default()),
            }
        };
        let (posts, counts, (known, liked)) = try_join!(self.posts(&ids), self.counts(&ids), of_viewer)?;
        let liked = known.likes.as_ref().unwrap_or(&liked);
        let strengths = known.strengths(self.affinity_days(now));
        for candidate in found {
            let id = candidate.post.bits();
            let Counts { likes, comments, shares, impressions } =
                counts.get(&id).copied().unwrap_or_default();
            candidate.features = match posts.get(&id) {
                Some(post) => Features {
                    likes,
                    comments,
                    shares,
                    impressions,
                    liked: liked.contains(&id),
                    interactions: strengths.get(&post.author_id).copied().unwrap_or(0),
                },
                None => Features::default(),
            };
        }
        Ok(())
    }

    /// What is counted of posts; without those of which nothing is.
    pub(super) async fn counts(&self, ids: &[u128]) -> Result<HashMap<u128, Counts>> {
        let now = Instant::now();
        let mut counts: HashMap<u128, Counts> = HashMap::with_capacity(ids.len());
        let open = self.remembered.counts.split(ids.iter().copied(), now, |id, of| _ = counts.insert(id, of));
        let asked = open
            .chunks(IDS_MAX)
            .map(|ids| self.db.rows::<Counted>("store.counts", self.db.query(COUNTS).param("posts", ids)));
        for Counted { post_id, what, n, m } in try_join_all(asked).await?.into_iter().flatten() {
            let of = counts.entry(post_id).or_default();
            match what {
                LIKES => of.likes = count(n),
                COMMENTS => of.comments = count(n),
                _ => (of.shares, of.impressions) = (count(n), count(m)),
            }
        }
        for id in open {
            self.remembered.counts.keep(id, counts.get(&id).copied().unwrap_or_default(), now);
        }
        Ok(counts)
    }

    /// Which of these posts the viewer likes.
    async fn liked(&self, viewer: UserId, ids: &[u128]) -> Result<HashSet<u128>> {
        let asked = ids.chunks(IDS_MAX).map(|ids| {
            let query = self.db.query(LIKED).param("viewer", viewer.bits()).param("posts", ids);
            self.db.rows::<u128>("store.liked", query)
        });
        Ok(try_join_all(asked).await?.into_iter().flatten().collect())
    }

    /// From when on what was seen counts as seen: whole seconds, as the embedded store counts them.
    pub(super) fn seen_since(&self, now: Timestamp) -> i64 {
        now.minus(self.config.seen_window).micros().div_euclid(1_000_000).max(0)
    }
}

fn ids(found: &[Candidate]) -> Vec<u128> {
    found.iter().map(|candidate| candidate.post.bits()).collect()
}

/// A sum that an audit may have corrected.
fn count(sum: i64) -> u32 {
    u32::try_from(sum.max(0)).unwrap_or(u32::MAX)
}
