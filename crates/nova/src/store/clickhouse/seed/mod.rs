//! Everything that the store holds, as facts again: how the index of a process begins without a snapshot.
//!
//! Rows come as they stand, removed ones too: what comes behind them in the log is held against their versions. Events
//! of earlier lives of the topic, and those that were imported, come by the day of their receipt; then those of the
//! present life in the order of the log, up to where the group that fills the store had committed. Comments and likes of
//! posts that are not known wait in the index as they would have.

mod events;
mod rows;

use std::time::Duration;

use clickhouse::{RowOwned, RowRead};
use nova_core::error::Result;
use nova_core::model::UserId;

use super::{ClickHouse, ClickHouseConfig};
use crate::log::{Positions, Topic};
use crate::store::{Life, Placed};

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

/// The topic `events` as it is now.
pub struct Present<'a> {
    /// How often it was made anew; rows of the store say of which life they are.
    pub epoch: u32,
    /// Up to where its events are in the store.
    pub upto: &'a Positions,
    /// Where the events of a user go: a copy of one of an earlier life would come there.
    pub partition_of: &'a (dyn Fn(UserId) -> u16 + Sync),
}

/// Takes a page of facts, and of which life their places are; of an earlier one they are numbers that rise.
pub type Take<'a> = &'a mut (dyn FnMut(Vec<Placed>, Life) -> Result<()> + Send);

impl Seed {
    /// Of the store at a URL; nothing is asked yet.
    ///
    /// # Errors
    /// When the URL is none.
    pub fn of(url: &str) -> Result<Self> {
        let config = ClickHouseConfig { url: url.to_owned(), deadline: DEADLINE, insert_deadline: DEADLINE };
        Ok(Self { db: ClickHouse::open(&config)?, page: PAGE })
    }

    /// Gives every fact: accounts, posts and circles first, the events of the present life last.
    ///
    /// # Errors
    /// As every question to ClickHouse, and those of `take`.
    pub async fn read(&self, present: &Present<'_>, take: Take<'_>) -> Result<()> {
        self.rows_into(take).await?;
        self.earlier_into(present, take).await?;
        let events = present.upto.iter().filter(|((topic, _), _)| *topic == Topic::Events);
        for ((_, partition), next) in events {
            self.events_into(present.epoch, (partition, next), take).await?;
        }
        Ok(())
    }

    async fn page<T: RowOwned + RowRead>(&self, query: clickhouse::query::Query) -> Result<Vec<T>> {
        self.db.rows(OP, query.param("limit", self.page as u64)).await
    }
}
