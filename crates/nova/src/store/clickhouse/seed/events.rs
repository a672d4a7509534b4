//! Events, in the order of the log.

use clickhouse::Row;
use nova_core::error::Result;
use nova_core::model::{Action, Event, EventId, PostId, Timestamp, UserId};
use serde::Deserialize;

use super::{Present, Seed, Take};
use crate::log::{Place, Topic};
use crate::store::{Fact, Life, Placed};

const DAYS: &str = include_str!("../sql/seed_days.sql");
const EARLIER: &str = include_str!("../sql/seed_earlier_events.sql");
const PRESENT: &str = include_str!("../sql/seed_events.sql");

#[derive(Debug, Row, Deserialize)]
struct EventRow {
    user_id: u128,
    event_id: u128,
    post_id: u128,
    action: i8,
    dwell_ms: u32,
    event_time: i64,
    received_at: i64,
    k_offset: u64,
}

impl Seed {
    /// Those of earlier lives and of imports, numbered as they are read.
    pub(super) async fn earlier_into(&self, present: &Present<'_>, take: Take<'_>) -> Result<()> {
        let mut number = 0;
        let days: Vec<u32> = self.page(self.db.query(DAYS).param("epoch", present.epoch)).await?;
        for day in days {
            let (mut user, mut event, mut first) = (0, 0, 1);
            loop {
                let query = self.db.query(EARLIER).param("epoch", present.epoch).param("day", day);
                let query = query.param("user", user).param("event", event).param("first", first);
                let rows: Vec<EventRow> = self.page(query).await?;
                let Some(last) = rows.last() else { break };
                (user, event, first) = (last.user_id, last.event_id, 0);
                let full = rows.len() >= self.page;
                let numbered = rows.into_iter().filter_map(|row| {
                    let partition = (present.partition_of)(UserId::from_bits(row.user_id));
                    let row = EventRow { k_offset: number, ..row };
                    number += 1;
                    placed(partition, row)
                });
                take(numbered.collect(), Life::Earlier)?;
                if !full {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Those of one partition of the present life, before `next`.
    pub(super) async fn events_into(
        &self,
        epoch: u32,
        (partition, next): (u16, u64),
        take: Take<'_>,
    ) -> Result<()> {
        let mut from = 0;
        loop {
            let query = self.db.query(PRESENT).param("epoch", epoch).param("partition", partition);
            let rows: Vec<EventRow> = self.page(query.param("from", from).param("next", next)).await?;
            let Some(last) = rows.last().map(|row| row.k_offset) else { return Ok(()) };
            let full = rows.len() >= self.page;
            take(rows.into_iter().filter_map(|row| placed(partition, row)).collect(), Life::Present)?;
            if !full {
                return Ok(());
            }
            from = last + 1;
        }
    }
}

/// `None` for an action of a later version.
fn placed(partition: u16, row: EventRow) -> Option<Placed> {
    let action = *Action::ALL.get(usize::try_from(row.action).ok()?.checked_sub(1)?)?;
    let event = Event {
        id: EventId::from_bits(row.event_id),
        time: Timestamp::from_micros(row.event_time),
        user: UserId::from_bits(row.user_id),
        post: PostId::from_bits(row.post_id),
        author: None,
        action,
        dwell_ms: (action == Action::Dwell).then_some(row.dwell_ms),
        device: None,
        app_ver: None,
    };
    let place = Place { topic: Topic::Events, partition, offset: row.k_offset };
    Some(Placed { place, received_at: Timestamp::from_micros(row.received_at), fact: Fact::Event(event) })
}
