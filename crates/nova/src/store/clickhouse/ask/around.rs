//! The posts of those around a viewer: the accounts they follow and the authors whom they turned to most. F1 and F3 want
//! them at the same moment, and many authors are both.

use std::collections::HashMap;
use std::sync::Arc;

use nova_core::error::Result;
use nova_core::model::Timestamp;

use super::affinity::AUTHORS_MAX;
use super::viewer::Viewer;
use super::{Found, POSTS_MAX};
use crate::store::clickhouse::ClickHouseStore;

/// Authors that are looked at together, and those of the last one's strength besides.
const AUTHORS_AT_ONCE: usize = 200;

/// Posts by author, newest first, and who was asked about.
#[derive(Debug, Default)]
pub(super) struct Around {
    by_author: HashMap<u128, Vec<Found>>,
    /// There were more than were read: what is missing is not known to be missing.
    cut: bool,
}

impl ClickHouseStore {
    /// Posts of these authors, newest first, at most [`POSTS_MAX`]. `id`: the viewer's.
    pub(super) async fn posts_around(
        &self,
        id: u128,
        viewer: &Viewer,
        authors: &[u128],
        since: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<Found>> {
        let ask = async {
            let mut all: Vec<u128> = viewer.unbarred_follows().collect();
            let closest = viewer.closest(self.affinity_days(now), AUTHORS_MAX);
            all.extend(first_of(&closest).iter().map(|&(author, _)| author));
            all.sort_unstable();
            all.dedup();
            let posts = self.recent_posts_of(&all, since, now, POSTS_MAX).await?;
            let mut around = Around { cut: posts.len() == POSTS_MAX, ..Around::default() };
            around.by_author.extend(all.into_iter().map(|author| (author, Vec::new())));
            for post in posts {
                around.by_author.entry(post.author_id).or_default().push(post);
            }
            Ok(Arc::new(around))
        };
        let around = self.remembered.around.or_ask((id, since.micros(), now.micros()), Box::pin(ask)).await?;
        if around.cut || authors.iter().any(|author| !around.by_author.contains_key(author)) {
            return self.recent_posts_of(authors, since, now, POSTS_MAX).await;
        }
        Ok(authors.iter().flat_map(|author| &around.by_author[author]).copied().collect())
    }
}

/// The strongest, those of one strength together.
pub(super) fn first_of(strongest: &[(u128, u32)]) -> &[(u128, u32)] {
    let Some(&(_, weakest)) = strongest.get(strongest.len().min(AUTHORS_AT_ONCE).wrapping_sub(1)) else {
        return &[];
    };
    &strongest[..strongest.partition_point(|&(_, n)| n >= weakest)]
}
