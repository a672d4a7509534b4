//! Lists for everybody: the newest posts, and the trending ones.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::ops::ControlFlow;

use nova_core::model::{PostId, Timestamp};
use nova_core::pipeline::Retrieved;

use crate::store::memory::index::Index;
use crate::store::{Hot, Window};
use nova_core::ranking::hot;

/// Newest first, then the smaller id.
pub(in crate::store::memory) fn recent(index: &Index, now: Timestamp, limit: usize) -> Vec<Retrieved> {
    let mut found: Vec<u32> = Vec::new();
    let mut slot: Vec<(Reverse<Timestamp>, PostId, u32)> = Vec::new();
    index.timeline.newest_first(now, Timestamp::MIN, |rows| {
        slot.clear();
        for &row in rows {
            if let Some(post) = index.posts.get(row).filter(|post| post.shows(now)) {
                slot.push((Reverse(post.created_at()), post.id(), row));
            }
        }
        slot.sort_unstable();
        found.extend(slot.iter().map(|&(.., row)| row));
        if found.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    found.truncate(limit);
    found.into_iter().filter_map(|row| index.posts.retrieved(row, &index.users)).collect()
}

/// Hottest first, then newer, then the smaller id. Walks the posts of the window once; the work does not depend on
/// how many posts there are besides.
pub(in crate::store::memory) fn trending(
    index: &Index,
    window: Window,
    now: Timestamp,
    limit: usize,
) -> Vec<Hot> {
    let latest = now.plus(index.config.early_tolerance);
    // the weakest on top
    let mut hottest: BinaryHeap<Reverse<Entry>> = BinaryHeap::with_capacity(limit + 1);
    index.timeline.newest_first(latest, now.minus(window.length()), |rows| {
        for &row in rows {
            let Some(post) = index.posts.get(row).filter(|post| post.shows(latest)) else { continue };
            let response = post.response();
            if response == 0.0 {
                continue;
            }
            let created_at = post.created_at();
            let Some(score) = hot(window.length(), now, created_at, response) else { continue };
            let entry = Entry { score, created_at, post: post.id(), row };
            if hottest.len() < limit {
                hottest.push(Reverse(entry));
            } else if let Some(mut weakest) = hottest.peek_mut().filter(|weakest| weakest.0 < entry) {
                *weakest = Reverse(entry);
            }
        }
        ControlFlow::Continue(())
    });
    let sorted = hottest.into_sorted_vec().into_iter();
    sorted
        .filter_map(|Reverse(entry)| {
            let post = index.posts.retrieved(entry.row, &index.users)?;
            Some(Hot { post, score: entry.score })
        })
        .collect()
}

/// The greater is the better one.
#[derive(Debug, Clone, Copy)]
struct Entry {
    score: f64,
    created_at: Timestamp,
    post: PostId,
    row: u32,
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        self.score
            .total_cmp(&other.score)
            .then_with(|| self.created_at.cmp(&other.created_at))
            .then_with(|| other.post.cmp(&self.post))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry {}
