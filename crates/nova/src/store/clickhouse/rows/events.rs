//! Rows of behaviour.

use clickhouse::Row;
use nova_core::model::{self, Timestamp};
use serde::Serialize;

use super::Table;
use crate::log::Place;

/// An event, its texts borrowed.
#[derive(Debug, Clone, Row, Serialize)]
pub(in crate::store::clickhouse) struct Event<'a> {
    user_id: u128,
    event_id: u128,
    post_id: u128,
    author_id: u128,
    action: i8,
    dwell_ms: u32,
    device: &'a str,
    app_ver: &'a str,
    event_time: i64,
    received_at: i64,
    k_epoch: u32,
    k_partition: u16,
    k_offset: u64,
}

impl Table for Event<'_> {
    const TABLE: &'static str = "events";
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
            event_time: event.time.micros(),
            received_at: received_at.micros(),
            k_epoch: epoch,
            k_partition: place.partition,
            k_offset: place.offset,
        }
    }
}
