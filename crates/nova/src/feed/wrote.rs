//! Who wrote a moment ago, so that the store may not hold it yet: known to every replica through the cache.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use moka::sync::Cache as Known;
use nova_core::model::UserId;

use crate::cache::{Cache, Space};

/// As long as change capture takes when it is slow: it takes a second or two.
const LATELY: Duration = Duration::from_secs(10);
/// Writers that this process remembers by itself, for when the cache does not.
const HERE_MAX: u64 = 100_000;

/// Marks of writers.
pub(super) struct Wrote {
    cache: Arc<dyn Cache>,
    here: Known<UserId, ()>,
}

impl Wrote {
    pub(super) fn new(cache: &Arc<dyn Cache>) -> Self {
        let here = Known::builder().max_capacity(HERE_MAX).time_to_live(LATELY).build();
        Self { cache: Arc::clone(cache), here }
    }

    /// This user wrote just now.
    pub(super) async fn mark(&self, user: UserId) {
        self.here.insert(user, ());
        let mark = Bytes::from_static(b"1");
        if let Err(error) = self.cache.put(Space::Wrote, &user.to_string(), mark, LATELY).await {
            tracing::warn!(error = ?error, "other replicas are not told that a viewer wrote: its feed there may be seconds behind");
        }
    }

    /// Did this user write lately? Where nobody can tell, yes: what is then read from the tables is right too.
    pub(super) async fn lately(&self, user: UserId) -> bool {
        if self.here.contains_key(&user) {
            return true;
        }
        !matches!(self.cache.get(Space::Wrote, &user.to_string(), None).await, Ok(None))
    }
}
