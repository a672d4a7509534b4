//! Whom the people follow whom the viewer follows.

use super::{Weight, by_id, rarity, spread};
use crate::store::memory::index::Index;
use crate::store::memory::packed::RowMap;
use crate::store::memory::user::User;

/// Friends that are asked whom they follow; of more, an even selection.
const FRIENDS_MAX: usize = 256;
/// Follows of one friend that are looked at; of more, an even selection. Both together bound the work: 131,072.
const FOLLOWS_MAX: usize = 512;
/// People named as the reason.
const MUTUALS_MAX: usize = 3;

/// Whom the viewer follows, as far as they are asked.
pub(super) fn of(index: &Index, cell: &User) -> Vec<u32> {
    let friends: Vec<u32> = cell.follows().standing().collect();
    let mut friends: Vec<u32> = spread(&friends, FRIENDS_MAX).collect();
    friends.retain(|&friend| index.users.get(friend).is_some_and(|friend| !friend.is_gone()));
    by_id(index, friends)
}

pub(super) fn add(index: &Index, friends: &[u32], weights: &mut RowMap<Weight>) {
    let mut followed = Vec::new();
    for &friend in friends {
        let Some(cell) = index.users.get(friend) else { continue };
        followed.clear();
        followed.extend(cell.follows().standing());
        let weight = rarity(index.users.followers(friend));
        for user in spread(&followed, FOLLOWS_MAX) {
            weights.entry(user).or_default().friends += weight;
        }
    }
}

/// Up to 3 of the friends who follow `user`: those first whom the fewest know.
pub(super) fn mutuals(index: &Index, friends: &[u32], user: u32) -> Vec<nova_core::model::UserId> {
    let follows = |friend: &u32| index.users.get(*friend).is_some_and(|friend| friend.follows().stands(user));
    let mut mutuals: Vec<u32> = friends.iter().copied().filter(follows).collect();
    // stable: of equals the smaller id first
    mutuals.sort_by_key(|&friend| index.users.followers(friend));
    mutuals.into_iter().take(MUTUALS_MAX).filter_map(|friend| index.users.id(friend)).collect()
}
