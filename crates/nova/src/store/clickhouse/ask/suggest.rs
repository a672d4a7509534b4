//! Whom a viewer may want to follow: friends of friends, then people whom others of the same taste turn to, then the
//! most followed; by the measures of the embedded store, over as much of the graph as a few questions may read.

mod graph;
mod popular;
mod rank;

use std::collections::{HashMap, HashSet};

use futures_util::try_join;
use nova_core::error::Result;
use nova_core::model::{Timestamp, UserId};

pub(in crate::store::clickhouse) use self::popular::Popular;
use self::rank::{Ranked, Weight, mutuals, rarity};
use super::affinity::AUTHORS_MAX;
use crate::store::clickhouse::ClickHouseStore;
use crate::store::{SuggestReason, Suggestion};

/// Accounts of one viewer that are told from strangers.
const FOLLOWED_MAX: usize = 20_000;
/// Friends that are asked whom they follow; of more, an even selection.
const FRIENDS_MAX: usize = 256;
/// Strangers that are ranked: those for whom most speaks before their followers are counted.
const RANKED_MAX: usize = 1_000;
/// People of the same taste who are asked to whom they turned: those who share most.
const FANS_ASKED_MAX: usize = 128;
/// What a like-minded stranger's interest weighs against a friend's follow.
const TASTE_WEIGHT: f64 = 0.3;

impl ClickHouseStore {
    pub(in crate::store::clickhouse) async fn suggested_users(
        &self,
        viewer: UserId,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Suggestion>> {
        let (found, known) = try_join!(self.viewer(viewer), self.is_known(viewer))?;
        let followed = &found.follows[..found.follows.len().min(FOLLOWED_MAX)];
        let strengths = found.strongest(self.affinity_days(now), AUTHORS_MAX);
        if !known && followed.is_empty() && strengths.is_empty() {
            return Ok(Vec::new());
        }
        let mut refused: HashSet<u128> = found.bars.keys().copied().chain([viewer.bits()]).collect();
        refused.extend(followed);
        let friends = self.living(spread(followed, FRIENDS_MAX)).await?;
        let authors: Vec<u128> = strengths.iter().map(|&(author, _)| author).collect();
        let (follows, fans) = try_join!(self.follows_of(&friends), self.fans(viewer, &authors, now))?;
        let asked = friends.iter().copied().chain(fans.keys().copied()).collect::<Vec<_>>();
        let counts = self.follower_counts(&asked).await?;
        let shared = shared(&fans, &counts, &authors);
        let tastes = self.authors_of(shared.iter().map(|&(fan, _)| fan), now).await?;

        let mut weights: HashMap<u128, Weight> = HashMap::new();
        for &(friend, user) in &follows {
            weights.entry(user).or_default().friends += rarity(counts.get(&friend).copied().unwrap_or(0));
        }
        for (fan, weight) in shared {
            let liked = tastes.get(&fan).map_or(&[][..], Vec::as_slice);
            for &author in liked {
                weights.entry(author).or_default().taste +=
                    TASTE_WEIGHT * weight * rarity(liked.len() as u64);
            }
        }
        weights.retain(|user, _| !refused.contains(user));
        let strangers = rank::heaviest(&weights, RANKED_MAX);
        let (gone, strangers_counts) =
            try_join!(self.gone(strangers.iter().copied()), self.follower_counts(&strangers))?;
        let mut ranked: Vec<Ranked> = strangers
            .into_iter()
            .filter(|user| !gone.contains(user))
            .map(|user| Ranked::new(user, weights[&user], strangers_counts.get(&user).copied().unwrap_or(0)))
            .collect();
        ranked.sort_unstable_by(Ranked::order);
        ranked.truncate(limit);
        if ranked.len() < limit {
            refused.extend(ranked.iter().map(|ranked| ranked.user));
            self.fill(&mut ranked, limit, &refused).await?;
        }
        let suggestion = |ranked: Ranked| Suggestion {
            user: UserId::from_bits(ranked.user),
            score: ranked.score,
            reason: ranked.reason,
            mutuals: mutuals(&follows, &counts, ranked.user),
        };
        Ok(ranked.into_iter().map(suggestion).collect())
    }

    async fn living(&self, users: Vec<u128>) -> Result<Vec<u128>> {
        let gone = self.gone(users.iter().copied()).await?;
        Ok(users.into_iter().filter(|user| !gone.contains(user)).collect())
    }

    /// With the most followed, scored below what is there.
    async fn fill(&self, ranked: &mut Vec<Ranked>, limit: usize, refused: &HashSet<u128>) -> Result<()> {
        let floor = ranked.last().map_or(1.0, |last| last.score);
        let most = self.most_followed().await?;
        let mut most: Vec<(u128, u64)> =
            most.iter().copied().filter(|(user, _)| !refused.contains(user)).collect();
        let gone = self.gone(most.iter().map(|&(user, _)| user)).await?;
        most.retain(|(user, _)| !gone.contains(user));
        most.truncate(limit - ranked.len());
        let top = most.first().map_or(0, |&(_, followers)| followers);
        ranked.extend(most.into_iter().map(|(user, followers)| Ranked {
            user,
            score: floor * followers as f64 / (top as f64 + 1.0),
            reason: SuggestReason::Popular,
        }));
        Ok(())
    }
}

/// Of the fans of the viewer's authors those who share most of the viewer's taste, and how much; in the order of their
/// ids.
fn shared(
    fans: &HashMap<u128, Vec<u128>>,
    counts: &HashMap<u128, u64>,
    authors: &[u128],
) -> Vec<(u128, f64)> {
    let mut shared: HashMap<u128, f64> = HashMap::new();
    for author in authors {
        let weight = rarity(counts.get(author).copied().unwrap_or(0));
        for &fan in fans.get(author).into_iter().flatten() {
            *shared.entry(fan).or_insert(0.0) += weight;
        }
    }
    let mut shared: Vec<(u128, f64)> = shared.into_iter().collect();
    shared.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    shared.truncate(FANS_ASKED_MAX);
    shared.sort_unstable_by_key(|&(fan, _)| fan);
    shared
}

/// At most `max` of a list, evenly spread over it.
fn spread(list: &[u128], max: usize) -> Vec<u128> {
    list.iter().step_by(list.len().div_ceil(max).max(1)).copied().collect()
}
