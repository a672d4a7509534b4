//! Everything that the store holds, as facts again: how the index of a process begins without a snapshot.
//!
//! Rows come as they stand, removed ones too: what comes behind them in the log is held against their versions. Events
//! come in the order of the log, up to where the group that fills the store had committed. Comments and likes of posts
//! that are not known wait in the index as they would have.

mod events;
mod rows;

use std::time::Duration;

use clickhouse::{RowOwned, RowRead};
use nova_core::error::Result;

use super::{ClickHouse, ClickHouseConfig};
use crate::log::{Positions, Topic};
use crate::store::Placed;

const OP: &str = "store.seed";
/// Rows of one question; they are held in memory twice while they are applied.
const PAGE: usize = 200_000;
/// Deadline of one question: a page behind many others reads more than it gives.
const DEADLINE: Duration = Duration::from_secs(120);

/// Reads the facts of a store.
pub struct Seed {
    db: ClickHouse,
    page: usize,
}

/// Takes a page of facts.
pub type Take<'a> = &'a mut (dyn FnMut(Vec<Placed>) -> Result<()> + Send);

impl Seed {
    /// Of the store at a URL; nothing is asked yet.
    ///
    /// # Errors
    /// When the URL is none.
    pub fn of(url: &str) -> Result<Self> {
        let config = ClickHouseConfig { url: url.to_owned(), deadline: DEADLINE, insert_deadline: DEADLINE };
        Ok(Self { db: ClickHouse::open(&config)?, page: PAGE })
    }

    /// Gives every fact: accounts, posts and circles first, events before `upto` last.
    ///
    /// # Errors
    /// As every question to ClickHouse, and those of `take`.
    pub async fn read(&self, upto: &Positions, take: Take<'_>) -> Result<()> {
        self.rows_into(take).await?;
        let events = upto.iter().filter(|((topic, _), _)| *topic == Topic::Events);
        for ((_, partition), next) in events {
            self.events_into(partition, next, take).await?;
        }
        Ok(())
    }

    async fn page<T: RowOwned + RowRead>(&self, query: clickhouse::query::Query) -> Result<Vec<T>> {
        self.db.rows(OP, query.param("limit", self.page as u64)).await
    }
}
