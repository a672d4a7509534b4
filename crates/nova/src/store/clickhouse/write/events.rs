//! Events in, and what is held of them.

use std::collections::HashMap;

use clickhouse::Row;
use nova_core::error::Result;
use nova_core::model::{EventId, Timestamp, UserId};
use serde::Deserialize;

use super::IDENTITIES_MAX;
use crate::project::exactly_once::{Block, Held, Mark, Range};
use crate::store::clickhouse::{ClickHouseStore, rows};
use crate::store::{Fact, Placed};

const STANDING: &str = include_str!("../sql/standing_events.sql");
const MARKS: &str = include_str!("../sql/marks.sql");
const KEPT: &str = include_str!("../sql/kept.sql");

#[derive(Debug, Row, Deserialize)]
struct Marked {
    user_id: u128,
    event_id: u128,
    k_epoch: u32,
    k_offset: u64,
    received_at: i64,
}

#[derive(Debug, Row, Deserialize)]
struct Kept {
    user_id: u128,
    event_id: u128,
    k_epoch: u32,
    k_partition: u16,
    k_offset: u64,
}

impl ClickHouseStore {
    pub(super) async fn insert_events(&self, block: &Block, token: &str) -> Result<()> {
        let events = || {
            block.events.iter().filter_map(|Placed { place, received_at, fact }| match fact {
                Fact::Event(event) => Some((event, *place, *received_at)),
                Fact::Change(_) => None,
            })
        };
        let authors = self.authors.of(&self.db, events().map(|(event, ..)| event.post.bits())).await?;
        let rows = events().map(|(event, place, received_at)| {
            let author = authors.get(&event.post.bits()).copied().unwrap_or(0);
            rows::Event::new(event, author, block.range.epoch, place, received_at)
        });
        self.db.insert_columns("store.insert", rows, Some(token)).await
    }

    pub(super) async fn standing_events(&self, range: &Range) -> Result<Vec<u64>> {
        let query = self
            .db
            .query(STANDING)
            .param("epoch", range.epoch)
            .param("partition", range.partition)
            .param("first", range.first)
            .param("last", range.last);
        self.db.rows("store.standing", query).await
    }

    pub(super) async fn page_of_marks(
        &self,
        partition: u16,
        since: Timestamp,
        after: Option<(u32, u64)>,
        limit: usize,
    ) -> Result<Vec<Mark>> {
        let (epoch, from) = after.map_or((0, 0), |(epoch, after)| (epoch, after.saturating_add(1)));
        let query = self
            .db
            .query(MARKS)
            .param("partition", partition)
            .param("since", since.micros())
            .param("epoch", epoch)
            .param("from", from)
            .param("limit", limit);
        let marks: Vec<Marked> = self.db.rows("store.marks", query).await?;
        let mark = |mark: Marked| Mark {
            user: UserId::from_bits(mark.user_id),
            event: EventId::from_bits(mark.event_id),
            epoch: mark.k_epoch,
            offset: mark.k_offset,
            received_at: Timestamp::from_micros(mark.received_at),
        };
        Ok(marks.into_iter().map(mark).collect())
    }

    pub(super) async fn find_identities(
        &self,
        identities: &[(UserId, EventId)],
    ) -> Result<Vec<Option<Held>>> {
        let pairs: Vec<(u128, u128)> =
            identities.iter().map(|(user, event)| (user.bits(), event.bits())).collect();
        let mut found = HashMap::new();
        for pairs in pairs.chunks(IDENTITIES_MAX) {
            let query = self.db.query(KEPT).param("identities", pairs);
            for kept in self.db.rows::<Kept>("store.kept", query).await? {
                let Kept { k_epoch: epoch, k_partition: partition, k_offset: offset, .. } = kept;
                found.insert((kept.user_id, kept.event_id), Held { epoch, partition, offset });
            }
        }
        Ok(pairs.iter().map(|pair| found.get(pair).copied()).collect())
    }
}
