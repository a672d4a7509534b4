//! The best so far, of what a viewer has not seen first.

use std::cmp::Ordering;

use nova_core::model::Timestamp;

use crate::store::memory::posts::Posts;
use crate::store::memory::user::User;

/// A post on its way into the list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ranked {
    pub(super) score: f64,
    pub(super) created_at: Timestamp,
    pub(super) row: u32,
}

/// Best first, then newer, then the smaller id.
pub(super) fn order(posts: &Posts, a: &Ranked, b: &Ranked) -> Ordering {
    let id = |ranked: &Ranked| posts.get(ranked.row).map(|post| post.id());
    b.score.total_cmp(&a.score).then_with(|| b.created_at.cmp(&a.created_at)).then_with(|| id(a).cmp(&id(b)))
}

/// The best `limit` of everything that was offered, in no order. What the viewer saw since `seen_since`, or hid, gives
/// way to everything else.
pub(super) struct Best<'a> {
    posts: &'a Posts,
    viewer: &'a User,
    seen_since: u32,
    limit: usize,
    fresh: Vec<Ranked>,
    spent: Vec<Ranked>,
}

impl<'a> Best<'a> {
    pub(super) fn new(posts: &'a Posts, viewer: &'a User, seen_since: u32, limit: usize) -> Self {
        Self { posts, viewer, seen_since, limit, fresh: Vec::new(), spent: Vec::new() }
    }

    pub(super) fn offer(&mut self, ranked: Vec<Ranked>) {
        let since = self.seen_since;
        let split = self.viewer.read(|viewer| {
            let fresh = |ranked: &Ranked| !viewer.seen.has(ranked.row, since) && !viewer.hides(ranked.row);
            ranked.iter().partition::<Vec<Ranked>, _>(|ranked| fresh(ranked))
        });
        let (fresh, spent) = split.unwrap_or((ranked, Vec::new()));
        self.fresh.extend(fresh);
        self.spent.extend(spent);
        cut(self.posts, &mut self.fresh, self.limit);
        cut(self.posts, &mut self.spent, self.limit);
    }

    /// What has a lower score than this is not among the best, whatever else it is; `None` while everything may be.
    pub(super) fn threshold(&self) -> Option<f64> {
        if self.fresh.len() < self.limit {
            return None;
        }
        self.fresh.iter().map(|ranked| ranked.score).min_by(f64::total_cmp)
    }

    pub(super) fn finish(mut self) -> Vec<Ranked> {
        cut(self.posts, &mut self.spent, self.limit.saturating_sub(self.fresh.len()));
        self.fresh.append(&mut self.spent);
        self.fresh
    }
}

/// Cuts to the best `limit`, in no order.
fn cut(posts: &Posts, ranked: &mut Vec<Ranked>, limit: usize) {
    if ranked.len() > limit {
        ranked.select_nth_unstable_by(limit, |a, b| order(posts, a, b));
        ranked.truncate(limit);
    }
}
