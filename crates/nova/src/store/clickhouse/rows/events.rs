//! Rows of behaviour, written by column.

use std::error;

use clickhouse::error::{Error as Fault, Result};
use clickhouse::native::DataTypeNode;
use clickhouse::native::builder::BlockBuilder;
use clickhouse::native::encode::{Encode, ValueWriter};
use nova_core::model::{self, Timestamp};

use super::Columns;
use crate::log::Place;

/// An event, its texts borrowed.
#[derive(Debug, Clone)]
pub(in crate::store::clickhouse) struct Event<'a> {
    user_id: u128,
    event_id: u128,
    post_id: u128,
    author_id: u128,
    action: i8,
    dwell_ms: u32,
    device: &'a str,
    app_ver: &'a str,
    event_time: Micros,
    received_at: Micros,
    k_epoch: u32,
    k_partition: u16,
    k_offset: u64,
}

impl Columns for Event<'_> {
    const TABLE: &'static str = "events";

    fn add(rows: &[Self], to: &mut BlockBuilder) -> Result<()> {
        column(to, "user_id", rows.iter().map(|row| row.user_id))?;
        column(to, "event_id", rows.iter().map(|row| row.event_id))?;
        column(to, "post_id", rows.iter().map(|row| row.post_id))?;
        column(to, "author_id", rows.iter().map(|row| row.author_id))?;
        column(to, "action", rows.iter().map(|row| row.action))?;
        column(to, "dwell_ms", rows.iter().map(|row| row.dwell_ms))?;
        column(to, "device", rows.iter().map(|row| row.device))?;
        column(to, "app_ver", rows.iter().map(|row| row.app_ver))?;
        column(to, "event_time", rows.iter().map(|row| row.event_time))?;
        column(to, "received_at", rows.iter().map(|row| row.received_at))?;
        column(to, "k_epoch", rows.iter().map(|row| row.k_epoch))?;
        column(to, "k_partition", rows.iter().map(|row| row.k_partition))?;
        column(to, "k_offset", rows.iter().map(|row| row.k_offset))
    }
}

fn column<T: Encode>(to: &mut BlockBuilder, name: &str, values: impl Iterator<Item = T>) -> Result<()> {
    let mut column = to.upsert_column::<T>(name).map_err(|wrong| Fault::InvalidParams(wrong.into()))?;
    column.add_all(values).map_err(Fault::InvalidParams)?;
    Ok(())
}

/// Microseconds since 1970, named as what they are: of a bare number the server would think seconds.
#[derive(Debug, Clone, Copy)]
struct Micros(i64);

impl Encode for Micros {
    fn produces() -> DataTypeNode {
        DataTypeNode::new("DateTime64(6, 'UTC')").expect("a type of ClickHouse")
    }

    fn encode(
        &self,
        writer: &mut ValueWriter<'_>,
    ) -> std::result::Result<(), Box<dyn error::Error + Send + Sync>> {
        Ok(writer.write_fixed(&self.0.to_le_bytes())?)
    }
}

impl<'a> Event<'a> {
    /// `author`: of the post, 0 while it is not known.
    pub(in crate::store::clickhouse) fn new(
        event: &'a model::Event,
        author: u128,
        epoch: u32,
        place: Place,
        received_at: Timestamp,
    ) -> Self {
        Self {
            user_id: event.user.bits(),
            event_id: event.id.bits(),
            post_id: event.post.bits(),
            author_id: author,
            // the enumeration of the column counts from 1, so that 0 is nobody's default
            action: event.action as i8 + 1,
            dwell_ms: event.dwell_ms.unwrap_or(0),
            device: event.device.as_deref().unwrap_or_default(),
            app_ver: event.app_ver.as_deref().unwrap_or_default(),
            event_time: Micros(event.time.micros()),
            received_at: Micros(received_at.micros()),
            k_epoch: epoch,
            k_partition: place.partition,
            k_offset: place.offset,
        }
    }
}
