//! What speaks for somebody, as in the embedded store.

use std::cmp::Ordering;
use std::collections::HashMap;

use nova_core::model::UserId;

use crate::store::SuggestReason;

/// Followers added to everybody's: with few, chance decides who they are.
const FOLLOWERS_PRIOR: f64 = 8.0;
/// People named as the reason.
const MUTUALS_MAX: usize = 3;

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Weight {
    pub(super) friends: f64,
    pub(super) taste: f64,
}

/// Somebody who may be suggested.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ranked {
    pub(super) user: u128,
    pub(super) score: f64,
    pub(super) reason: SuggestReason,
}

impl Ranked {
    pub(super) fn new(user: u128, weight: Weight, followers: u64) -> Self {
        let score = (weight.friends + weight.taste) / (FOLLOWERS_PRIOR + followers as f64).sqrt();
        let reason = match weight.friends >= weight.taste {
            true => SuggestReason::MutualFollows,
            false => SuggestReason::SimilarTaste,
        };
        Self { user, score, reason }
    }

    /// Best first, then the smaller id.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        other.score.total_cmp(&self.score).then_with(|| self.user.cmp(&other.user))
    }
}

/// How much less somebody says the more people they stand for: `1 / ln(2 + degree)`, with 2 so that it is finite.
pub(super) fn rarity(degree: u64) -> f64 {
    (2.0 + degree as f64).ln().recip()
}

/// Those for whom most speaks, at most so many, in the order of their ids.
pub(super) fn heaviest(weights: &HashMap<u128, Weight>, max: usize) -> Vec<u128> {
    let mut users: Vec<(f64, u128)> =
        weights.iter().map(|(&user, weight)| (weight.friends + weight.taste, user)).collect();
    users.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    users.truncate(max);
    let mut users: Vec<u128> = users.into_iter().map(|(_, user)| user).collect();
    users.sort_unstable();
    users
}

/// Up to 3 of the friends who follow `user`: those first whom the fewest know, then by id.
pub(super) fn mutuals(follows: &[(u128, u128)], counts: &HashMap<u128, u64>, user: u128) -> Vec<UserId> {
    let friends = follows.iter().filter(|&&(_, followed)| followed == user);
    let mut friends: Vec<u128> = friends.map(|&(friend, _)| friend).collect();
    friends.sort_by_key(|friend| (counts.get(friend).copied().unwrap_or(0), *friend));
    friends.into_iter().take(MUTUALS_MAX).map(UserId::from_bits).collect()
}
