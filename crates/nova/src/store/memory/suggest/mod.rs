//! Whom a viewer may want to follow.

mod friends;
mod popular;
mod taste;

use std::cmp::Ordering;

use nova_core::model::{Timestamp, UserId};
use nova_core::pipeline::Verdict;

use super::index::Index;
use super::packed::RowMap;
use super::user::User;
use crate::store::{SuggestReason, Suggestion};

/// Followers added to everybody's: with few, chance decides who they are.
const FOLLOWERS_PRIOR: f64 = 8.0;

/// Friends of friends by the index of Adamic and Adar (2003, "Friends and neighbors on the Web": a mutual friend
/// says the more, the fewer people know them, `1/ln`), over the square root of the candidate's own followers as in
/// Salton's cosine, so that whom everybody follows does not come first for everybody. Then those whom people of the
/// same taste turn to, by the same measure; then, where these do not fill the list, the most followed.
///
/// The work is bounded whatever the graph: [`friends`] and [`taste`] look at a bounded number of edges each.
pub(super) fn suggest(index: &Index, viewer: UserId, now: Timestamp, limit: usize) -> Vec<Suggestion> {
    let Some((number, cell)) = index.users.find(viewer) else { return Vec::new() };
    let friends = friends::of(index, cell);
    let refused = refused(cell, number);
    let mut weights: RowMap<Weight> = RowMap::default();
    friends::add(index, &friends, &mut weights);
    taste::add(index, cell, number, now, &mut weights);
    let mut ranked: Vec<Ranked> = weights
        .into_iter()
        .filter(|(user, _)| !refused.contains_key(user))
        .filter_map(|(user, weight)| Ranked::new(index, user, weight))
        .collect();
    if ranked.len() > limit {
        ranked.select_nth_unstable_by(limit, |a, b| a.order(b, index));
        ranked.truncate(limit);
    }
    ranked.sort_unstable_by(|a, b| a.order(b, index));
    if ranked.len() < limit {
        let floor = ranked.last().map_or(1.0, |last| last.score);
        let more = popular::most_followed(index, limit - ranked.len(), floor, |user| {
            refused.contains_key(&user) || ranked.iter().any(|ranked| ranked.user == user)
        });
        ranked.extend(more);
    }
    let suggestion = |ranked: Ranked| {
        Some(Suggestion {
            user: index.users.id(ranked.user)?,
            score: ranked.score,
            reason: ranked.reason,
            mutuals: friends::mutuals(index, &friends, ranked.user),
        })
    };
    ranked.into_iter().filter_map(suggestion).collect()
}

/// What speaks for somebody.
#[derive(Debug, Clone, Copy, Default)]
struct Weight {
    friends: f64,
    taste: f64,
}

/// Somebody who may be suggested.
#[derive(Debug, Clone, Copy)]
struct Ranked {
    user: u32,
    score: f64,
    reason: SuggestReason,
}

impl Ranked {
    /// `None` for a deleted account.
    fn new(index: &Index, user: u32, weight: Weight) -> Option<Self> {
        let followers = f64::from(index.users.followers(user));
        let score = (weight.friends + weight.taste) / (FOLLOWERS_PRIOR + followers).sqrt();
        let reason = match weight.friends >= weight.taste {
            true => SuggestReason::MutualFollows,
            false => SuggestReason::SimilarTaste,
        };
        index.users.get(user).filter(|user| !user.is_gone())?;
        Some(Self { user, score, reason })
    }

    /// Best first, then the smaller id.
    fn order(&self, other: &Self, index: &Index) -> Ordering {
        let by_id = || index.users.id(self.user).cmp(&index.users.id(other.user));
        other.score.total_cmp(&self.score).then_with(by_id)
    }
}

/// Who is never suggested: the viewer, whom they follow, and whom a block or a mute keeps apart from them.
fn refused(cell: &User, viewer: u32) -> RowMap<()> {
    let mut refused = RowMap::default();
    refused.insert(viewer, ());
    refused.extend(cell.follows().standing().map(|friend| (friend, ())));
    cell.read(|kept| {
        let barred = kept.bars.iter().filter(|(_, bar)| bar.verdict() != Verdict::CLEAR);
        refused.extend(barred.map(|(&user, _)| (user, ())));
    });
    refused
}

/// How much less somebody says the more people they stand for: `1 / ln(2 + degree)`, with 2 so that it is finite.
fn rarity(degree: u32) -> f64 {
    (2.0 + f64::from(degree)).ln().recip()
}

/// At most `max` of a list, evenly spread over it.
fn spread<T: Copy>(list: &[T], max: usize) -> impl Iterator<Item = T> {
    list.iter().step_by(list.len().div_ceil(max).max(1)).copied()
}

/// In the order of their ids: what is summed up or picked in this order does not depend on who came first.
fn by_id(index: &Index, mut users: Vec<u32>) -> Vec<u32> {
    users.sort_by_cached_key(|&user| index.users.id(user));
    users
}
