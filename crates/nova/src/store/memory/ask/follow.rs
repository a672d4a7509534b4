//! F1: posts of the accounts that the viewer follows.

use nova_core::model::Timestamp;
use nova_core::pipeline::{Retrieved, Verdict};
use nova_core::ranking::{engagement, freshness, response};

use super::best::{Best, Ranked, order};
use crate::store::FollowQuery;
use crate::store::memory::index::Index;
use crate::store::memory::packed::seconds;
use crate::store::memory::peaks::within;
use crate::store::memory::post::Counts;
use crate::store::memory::posts::Posts;
use crate::store::memory::user::User;

/// A bound and a score are each rounded a few times: what lies closer together than this is looked at.
const ROUNDING: f64 = 1e-9;

/// What ranking reads of a post.
#[derive(Debug, Clone, Copy)]
struct Counted {
    created_at: Timestamp,
    row: u32,
    counts: Counts,
}

/// An hour of an author of very many posts.
#[derive(Debug, Clone, Copy)]
struct Hour {
    /// No post of it scores higher.
    bound: f64,
    author: u32,
    hour: u32,
}

/// Best first by the query's two parts of the score, then newer, then the smaller id. Authors whom the viewer blocks
/// or mutes are passed over; where there are more posts than asked for, those seen or hidden give way first.
pub(in crate::store::memory) fn follow(index: &Index, query: &FollowQuery) -> Vec<Retrieved> {
    let (ranked, _) = look(index, query);
    ranked.iter().filter_map(|ranked| index.posts.retrieved(ranked.row, &index.users)).collect()
}

/// The list, and how many posts were looked at for it.
///
/// An author's posts are all looked at, unless they are very many: then an hour of them at a time, the most promising
/// first, until no other hour can hold anything better. The work for such an author grows with the list asked for,
/// with what the viewer has seen, and with the hours in which one post does as well as the best; not with the posts.
fn look(index: &Index, query: &FollowQuery) -> (Vec<Ranked>, usize) {
    let Some((_, cell)) = index.users.find(query.viewer).filter(|_| query.limit > 0) else {
        return Default::default();
    };
    let (rows, hours) = gather(index, cell, query);
    let mut looked = rows.len();
    let mut ranked = rank(index, query, rows);
    if ranked.len() > query.limit || !hours.is_empty() {
        let seen_since = seconds(query.now.minus(index.config.seen_window));
        let mut best = Best::new(&index.posts, cell, seen_since, query.limit);
        best.offer(ranked);
        for hour in hours {
            if best.threshold().is_some_and(|threshold| hour.bound + ROUNDING < threshold) {
                break;
            }
            let rows = rows_of(index, &hour, seconds(query.since));
            looked += rows.len();
            best.offer(rank(index, query, rows));
        }
        ranked = best.finish();
    }
    ranked.sort_unstable_by(|a, b| order(&index.posts, a, b));
    (ranked, looked)
}

/// The rows of the followed authors down to the second of `since`; of those with very many of them the hours instead,
/// the most promising first.
fn gather(index: &Index, cell: &User, query: &FollowQuery) -> (Vec<u32>, Vec<Hour>) {
    let mut followed: Vec<u32> = cell.follows().standing().collect();
    cell.read(|viewer| {
        if !viewer.bars.is_empty() {
            followed.retain(|&author| viewer.barred(author) == Verdict::CLEAR);
        }
    });
    let since = seconds(query.since);
    // first a pass without locks: the loads of all authors overlap, and most authors wrote nothing lately
    followed.retain(|&author| index.users.get(author).is_some_and(|author| author.newest() >= since));
    let (mut rows, mut hours) = (Vec::with_capacity(1_024), Vec::new());
    for (author, cell) in followed.into_iter().filter_map(|author| Some((author, index.users.get(author)?))) {
        let posts = cell.posts();
        let recent = posts.recent(since);
        if recent.len() < index.config.posts_many {
            rows.extend(recent.iter().rev().map(|dated| dated.row));
        } else {
            let starts: Vec<(u32, u32)> = posts.hours(since).collect();
            drop(posts);
            hours.extend(promise(index, query, author, &starts));
        }
    }
    hours.sort_unstable_by(|a, b| b.bound.total_cmp(&a.bound));
    (rows, hours)
}

/// What each hour of an author, given with the second of its newest post, can hold at best: the newest post with the
/// best rate. A floor below 1 makes more of a rate, one above less: the bound is above either.
fn promise(index: &Index, query: &FollowQuery, author: u32, hours: &[(u32, u32)]) -> Vec<Hour> {
    let peaks = index.peaks.of(author, hours.iter().map(|&(hour, _)| hour));
    let peaks = peaks.unwrap_or_else(|| vec![f64::INFINITY; hours.len()]);
    let bound = |newest: u32, peak: f64| {
        // at most a second newer than the whole seconds say; the last second has no end
        let fresh = match newest.checked_add(1) {
            Some(end) => {
                freshness(query.lambda, query.now, Timestamp::from_micros(i64::from(end) * 1_000_000))
            }
            None => 1.0,
        };
        query.freshness * fresh + query.engagement * engagement(peak, 0, query.floor.min(1.0))
    };
    hours
        .iter()
        .zip(peaks)
        .map(|(&(hour, newest), peak)| Hour { bound: bound(newest, peak), author, hour })
        .collect()
}

fn rows_of(index: &Index, of: &Hour, since: u32) -> Vec<u32> {
    let Some(author) = index.users.get(of.author) else { return Vec::new() };
    let (first, last) = within(of.hour);
    author.posts().between(first.max(since), last).iter().map(|dated| dated.row).collect()
}

/// Scores what shows.
fn rank(index: &Index, query: &FollowQuery, rows: Vec<u32>) -> Vec<Ranked> {
    let latest = query.now.plus(index.config.early_tolerance);
    // first the loads alone, so that the processor has many under way at once, then the arithmetic
    let counted: Vec<Counted> =
        rows.into_iter().filter_map(|row| count(&index.posts, row, query.since, latest)).collect();
    counted.iter().map(|post| score(post, query)).collect()
}

#[inline]
fn count(posts: &Posts, row: u32, since: Timestamp, latest: Timestamp) -> Option<Counted> {
    let post = posts.get(row)?;
    let created_at = post.created_at();
    (post.shows(latest) && created_at >= since).then(|| Counted { created_at, row, counts: post.counts() })
}

#[inline]
fn score(post: &Counted, query: &FollowQuery) -> Ranked {
    let Counts { likes, comments, shares, impressions } = post.counts;
    let response = response(likes, comments, shares);
    let score = query.freshness * freshness(query.lambda, query.now, post.created_at)
        + query.engagement * engagement(response, impressions, query.floor);
    Ranked { score, created_at: post.created_at, row: post.row }
}

#[cfg(test)]
mod tests;
