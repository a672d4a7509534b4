//! Whom most follow: for those of whom nothing is known yet.

use std::sync::Arc;
use std::time::Duration;

use nova_core::error::Result;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::graph::Counted;
use crate::store::clickhouse::{ClickHouseStore, within};

const SQL: &str = include_str!("../../sql/most_followed.sql");
/// As many as are remembered: the most that one answer lists, and those whom it passes over.
const MOST_MAX: usize = 1_000;
/// It goes through all follows: so it is asked this seldom.
const KEPT_FOR: Duration = Duration::from_secs(60);

/// The accounts that most follow, most first, then the smaller id.
type Most = Arc<Vec<(u128, u64)>>;

/// The list, and when it was asked for.
#[derive(Default)]
pub(in crate::store::clickhouse) struct Popular(Mutex<Option<(Instant, Most)>>);

impl ClickHouseStore {
    pub(super) async fn most_followed(&self) -> Result<Most> {
        // one asks, the others wait for its answer
        let mut held = self.popular.0.lock().await;
        if let Some((at, most)) = &*held
            && at.elapsed() < KEPT_FOR
        {
            return Ok(Arc::clone(most));
        }
        let query = self.db.statement(SQL).with_setting("max_threads", "2").param("limit", MOST_MAX);
        let deadline = self.db.insert_deadline();
        let found: Vec<Counted> = within("store.most_followed", deadline, query.fetch_all()).await?;
        let most = Arc::new(found.into_iter().map(|Counted { followee_id, n }| (followee_id, n)).collect());
        *held = Some((Instant::now(), Arc::clone(&most)));
        Ok(most)
    }
}
