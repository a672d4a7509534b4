//! People: who must not be shown, who was there last.

use futures_util::try_join;
use nova_core::error::Result;
use nova_core::model::{Timestamp, UserId};

use crate::store::clickhouse::ClickHouseStore;

const LATEST: &str = include_str!("../sql/latest_users.sql");

impl ClickHouseStore {
    pub(in crate::store::clickhouse) async fn barred_or_gone(
        &self,
        viewer: UserId,
        users: &[UserId],
    ) -> Result<Vec<bool>> {
        let (viewer, gone) = try_join!(self.viewer(viewer), self.gone(users.iter().map(|user| user.bits())))?;
        Ok(users
            .iter()
            .map(|user| viewer.bars.contains_key(&user.bits()) || gone.contains(&user.bits()))
            .collect())
    }

    pub(in crate::store::clickhouse) async fn latest_users(
        &self,
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<UserId>> {
        let query = self.db.query(LATEST).param("since", since.micros()).param("limit", limit);
        let users: Vec<u128> = self.db.rows("store.active", query).await?;
        Ok(users.into_iter().map(UserId::from_bits).collect())
    }
}
