//! F1: posts of the accounts that the viewer follows.

use std::cmp::Ordering;
use std::sync::atomic::Ordering::Relaxed;

use nova_core::model::Timestamp;
use nova_core::pipeline::{Retrieved, Verdict};

use crate::store::FollowQuery;
use crate::store::memory::index::Index;
use crate::store::memory::packed::seconds;
use crate::store::memory::posts::Posts;
use crate::store::memory::users::User;
use nova_core::ranking::{engagement, freshness, response};

/// A post on its way into the list.
#[derive(Debug, Clone, Copy)]
struct Ranked {
    score: f64,
    created_at: Timestamp,
    row: u32,
}

/// What ranking reads of a post.
#[derive(Debug, Clone, Copy)]
struct Counted {
    created_at: Timestamp,
    row: u32,
    likes: u32,
    comments: u32,
    shares: u32,
    impressions: u32,
}

/// Best first by the query's two parts of the score, then newer, then the smaller id. Authors whom the viewer blocks
/// or mutes are passed over; where there are more posts than asked for, those seen or hidden give way first.
pub(in crate::store::memory) fn follow(index: &Index, query: &FollowQuery) -> Vec<Retrieved> {
    let Some((_, cell)) = index.users.find(query.viewer) else { return Vec::new() };
    let rows = gather(index, cell, query.since);
    let latest = query.now.plus(index.config.early_tolerance);
    // first the loads alone, so that the processor has many under way at once, then the arithmetic
    let counted: Vec<Counted> =
        rows.into_iter().filter_map(|row| count(&index.posts, row, query.since, latest)).collect();
    let mut ranked: Vec<Ranked> = counted.iter().map(|post| rank(post, query)).collect();
    if ranked.len() > query.limit {
        unseen_first(index, cell, query, &mut ranked);
    }
    ranked.sort_unstable_by(|a, b| order(&index.posts, a, b));
    ranked.iter().filter_map(|ranked| index.posts.retrieved(ranked.row, &index.users)).collect()
}

/// The rows of all followed authors down to the second of `since`.
fn gather(index: &Index, cell: &User, since: Timestamp) -> Vec<u32> {
    let mut followed: Vec<u32> = cell.follows.read().standing().collect();
    cell.read(|viewer| {
        if !viewer.bars.is_empty() {
            followed.retain(|&author| viewer.barred(author) == Verdict::CLEAR);
        }
    });
    let since = seconds(since);
    // first a pass without locks: the loads of all authors overlap, and most authors wrote nothing lately
    followed
        .retain(|&author| index.users.get(author).is_some_and(|author| author.newest.load(Relaxed) >= since));
    let mut rows = Vec::with_capacity(1_024);
    for author in followed.into_iter().filter_map(|author| index.users.get(author)) {
        rows.extend(author.posts.read().since(since).map(|dated| dated.row));
    }
    rows
}

#[inline]
fn count(posts: &Posts, row: u32, since: Timestamp, latest: Timestamp) -> Option<Counted> {
    let post = posts.get(row)?;
    let created_at = post.created_at();
    (post.shows(latest) && created_at >= since).then(|| Counted {
        created_at,
        row,
        likes: post.likes.load(Relaxed),
        comments: post.comments.load(Relaxed),
        shares: post.shares.load(Relaxed),
        impressions: post.impressions.load(Relaxed),
    })
}

#[inline]
fn rank(post: &Counted, query: &FollowQuery) -> Ranked {
    let response = response(post.likes, post.comments, post.shares);
    let score = query.freshness * freshness(query.lambda, query.now, post.created_at)
        + query.engagement * engagement(response, post.impressions, query.floor);
    Ranked { score, created_at: post.created_at, row: post.row }
}

/// Cuts to the limit.
fn unseen_first(index: &Index, cell: &User, query: &FollowQuery, ranked: &mut Vec<Ranked>) {
    let since = seconds(query.now.minus(index.config.seen_window));
    let fresh = cell.read(|viewer| {
        let spent = |ranked: &Ranked| viewer.seen.has(ranked.row, since) || viewer.hides(ranked.row);
        let (fresh, mut spent): (Vec<_>, Vec<_>) = ranked.iter().partition(|&&ranked| !spent(&ranked));
        if let Some(more) = query.limit.checked_sub(fresh.len()) {
            best(&index.posts, &mut spent, more);
            return [fresh, spent].concat();
        }
        fresh
    });
    if let Some(fresh) = fresh {
        *ranked = fresh;
    }
    best(&index.posts, ranked, query.limit);
}

/// Cuts to the best `limit`, in no order.
fn best(posts: &Posts, ranked: &mut Vec<Ranked>, limit: usize) {
    if ranked.len() > limit {
        ranked.select_nth_unstable_by(limit, |a, b| order(posts, a, b));
        ranked.truncate(limit);
    }
}

fn order(posts: &Posts, a: &Ranked, b: &Ranked) -> Ordering {
    let id = |ranked: &Ranked| posts.get(ranked.row).map(|post| post.id());
    b.score.total_cmp(&a.score).then_with(|| b.created_at.cmp(&a.created_at)).then_with(|| id(a).cmp(&id(b)))
}
