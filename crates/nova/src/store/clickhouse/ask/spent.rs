//! What several questions ask: who is gone, who is barred, what is spent.

use std::collections::{HashMap, HashSet};

use clickhouse::Row;
use futures_util::future::try_join_all;
use nova_core::error::Result;
use nova_core::model::{Timestamp, UserId};
use nova_core::pipeline::Verdict;
use serde::Deserialize;

use crate::store::clickhouse::ClickHouseStore;
use crate::store::clickhouse::write::IDS_MAX;

const GONE: &str = include_str!("../sql/gone_users.sql");
const BARS: &str = include_str!("../sql/bars.sql");
const SPENT: &str = include_str!("../sql/spent.sql");

#[derive(Debug, Row, Deserialize)]
struct Bar {
    user: u128,
    bar: u8,
}

#[derive(Debug, Row, Deserialize)]
struct Spent {
    post_id: u128,
    spent: u8,
}

impl ClickHouseStore {
    /// Which of these accounts are deleted.
    pub(super) async fn gone(&self, users: impl IntoIterator<Item = u128>) -> Result<HashSet<u128>> {
        let users: HashSet<u128> = users.into_iter().collect();
        let users: Vec<u128> = users.into_iter().collect();
        let asked = users
            .chunks(IDS_MAX)
            .map(|users| self.db.rows::<u128>("store.gone", self.db.query(GONE).param("users", users)));
        Ok(try_join_all(asked).await?.into_iter().flatten().collect())
    }

    /// Whom a block, either way, or a mute keeps apart from the viewer; as verdicts on their posts.
    pub(super) async fn bars(&self, viewer: UserId) -> Result<HashMap<u128, Verdict>> {
        let query = self.db.query(BARS).param("viewer", viewer.bits());
        let mut bars: HashMap<u128, Verdict> = HashMap::new();
        for Bar { user, bar } in self.db.rows("store.bars", query).await? {
            let verdict = if bar == 1 { Verdict::BLOCKED } else { Verdict::MUTED };
            let held = bars.entry(user).or_insert(Verdict::CLEAR);
            *held = held.with(verdict);
        }
        Ok(bars)
    }

    /// Which of these posts the viewer saw within the window, or hid.
    pub(super) async fn spent(
        &self,
        viewer: UserId,
        now: Timestamp,
        posts: &[u128],
    ) -> Result<HashMap<u128, Verdict>> {
        // by whole seconds, as the embedded store counts them
        let since = now.minus(self.config.seen_window).micros().div_euclid(1_000_000).max(0);
        let asked = posts.chunks(IDS_MAX).map(|posts| {
            let query = self.db.query(SPENT).param("viewer", viewer.bits()).param("posts", posts);
            self.db.rows::<Spent>("store.spent", query.param("seen_since", since))
        });
        let mut spent: HashMap<u128, Verdict> = HashMap::new();
        for row in try_join_all(asked).await?.into_iter().flatten() {
            let verdict = if row.spent == 1 { Verdict::SEEN } else { Verdict::HIDDEN };
            let held = spent.entry(row.post_id).or_insert(Verdict::CLEAR);
            *held = held.with(verdict);
        }
        Ok(spent)
    }
}
