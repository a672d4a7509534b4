//! Who to follow: made by the store, remembered for a while, checked each time.

use std::time::Duration;

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use nova_core::error::Result;
use nova_core::model::UserId;

use super::service::FeedService;
use crate::cache::Space;
use crate::guard::timely;
use crate::metrics;
use crate::store::{SuggestReason, Suggestion};

/// Suggestions of one viewer: as many as the API may ask for, and spare ones for those that fall away.
const SUGGESTIONS_MAX: usize = 60;
/// How long they are remembered.
const TTL: Duration = Duration::from_secs(600);

impl FeedService {
    /// At most `limit` accounts, best first; never one that is blocked, muted, deleted, followed or oneself.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn suggested(&self, viewer: UserId, limit: usize) -> Result<Vec<Suggestion>> {
        self.fence.pass(viewer).await?;
        let key = viewer.to_string();
        let kept = self.cache.get(Space::Suggest, &key, None).await.ok().flatten().and_then(decode);
        metrics::cache_asked(Space::Suggest, kept.is_some());
        let found = match kept {
            Some(found) => found,
            None => self.suggest_anew(viewer).await?,
        };
        self.still_shown(viewer, found, limit).await
    }

    /// Leaves out whoever was hidden since, among those who are named as the reason too.
    async fn still_shown(
        &self,
        viewer: UserId,
        found: Vec<Suggestion>,
        limit: usize,
    ) -> Result<Vec<Suggestion>> {
        let named = |found: &Suggestion| {
            std::iter::once(found.user).chain(found.mutuals.iter().copied()).collect::<Vec<_>>()
        };
        let users: Vec<UserId> = found.iter().flat_map(named).collect();
        let hidden =
            timely(self.deadline, "feed.hidden_users", self.store.hidden_users(viewer, &users)).await?;
        let mut hidden = hidden.into_iter();
        let mut shown = Vec::with_capacity(limit);
        for mut suggestion in found {
            let gone = hidden.next().unwrap_or(true);
            suggestion.mutuals.retain(|_| !hidden.next().unwrap_or(true));
            let groundless =
                suggestion.reason == SuggestReason::MutualFollows && suggestion.mutuals.is_empty();
            if !gone && !groundless && shown.len() < limit {
                shown.push(suggestion);
            }
        }
        Ok(shown)
    }

    /// Makes a viewer's suggestions and remembers them.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn suggest_anew(&self, viewer: UserId) -> Result<Vec<Suggestion>> {
        let asked = self.store.suggest(viewer, self.clock.now(), SUGGESTIONS_MAX);
        let found = timely(self.deadline, "feed.suggest", asked).await?;
        // without the cache they are made again next time
        drop(self.cache.put(Space::Suggest, &viewer.to_string(), encode(&found), TTL).await);
        Ok(found)
    }
}

fn encode(found: &[Suggestion]) -> Bytes {
    let mut out = BytesMut::new();
    for suggestion in found {
        out.put_u128(suggestion.user.bits());
        out.put_f64(suggestion.score);
        out.put_u8(suggestion.reason as u8);
        out.put_u8(suggestion.mutuals.len() as u8);
        suggestion.mutuals.iter().for_each(|mutual| out.put_u128(mutual.bits()));
    }
    out.freeze()
}

fn decode(mut bytes: Bytes) -> Option<Vec<Suggestion>> {
    let mut found = Vec::new();
    while bytes.has_remaining() {
        let user = UserId::from_bits(bytes.try_get_u128().ok()?);
        let score = bytes.try_get_f64().ok()?;
        let reason = match bytes.try_get_u8().ok()? {
            0 => SuggestReason::MutualFollows,
            1 => SuggestReason::SimilarTaste,
            2 => SuggestReason::Popular,
            _ => return None,
        };
        let mutuals = usize::from(bytes.try_get_u8().ok()?);
        let mutuals = (0..mutuals)
            .map(|_| bytes.try_get_u128().ok().map(UserId::from_bits))
            .collect::<Option<Vec<_>>>()?;
        found.push(Suggestion { user, score, reason, mutuals });
    }
    Some(found)
}
