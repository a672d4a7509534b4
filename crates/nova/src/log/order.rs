//! In which order a reader of several topics gives their entries.

use std::time::Duration;

use nova_core::model::Timestamp;

use super::{Entry, Topic};

/// How much later than an event a row may have been received and still come before it. Few as rows are, they cost the
/// events nothing, and whoever wrote one waits for it.
const LEAD: Duration = Duration::from_secs(60);

/// Of two entries that come next in their partitions, the one that is due earlier is taken.
pub(super) fn due(entry: &Entry) -> Timestamp {
    match entry.place.topic {
        Topic::Change(_) => entry.received_at.minus(LEAD),
        Topic::Events => entry.received_at,
    }
}
