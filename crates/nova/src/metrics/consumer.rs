//! What the consumer of the distributed mode does.

use metrics::{counter, gauge};

use crate::log::Topic;
use crate::project::exactly_once::Entry;

/// A range of events is written once.
pub fn consumed(entry: &Entry) {
    counter!("nova_consumer_ranges_total").increment(1);
    for (fate, count) in [
        ("kept", entry.kept),
        ("duplicate", entry.duplicates),
        ("buried", entry.buried),
        ("skipped", entry.skipped),
    ] {
        counter!("nova_consumer_events_total", "fate" => fate).increment(count);
    }
}

/// Rows of a table are written.
pub fn rows_written(count: usize) {
    counter!("nova_consumer_rows_total").increment(count as u64);
}

/// The consumer is so far behind the log.
pub fn consumer_lag(topic: Topic, records: u64) {
    gauge!("nova_consumer_lag_records", "topic" => topic.name()).set(records as f64);
}

/// A step of the consumer failed and is repeated.
pub fn consumer_retried(step: &'static str) {
    counter!("nova_consumer_retries_total", "step" => step).increment(1);
}

/// A partition stands still.
pub fn consumer_halted(why: &'static str) {
    counter!("nova_consumer_halts_total", "why" => why).increment(1);
}

/// A range was decided otherwise than the first time.
pub fn consumer_differs() {
    counter!("nova_consumer_differs_total").increment(1);
}

/// The store acknowledged a block that it does not hold.
pub fn consumer_vanished() {
    counter!("nova_consumer_vanished_total").increment(1);
}

/// Derived tables lacked so many rows of a range whose insert had been cut off.
pub fn consumer_completed(rows: u64) {
    counter!("nova_consumer_completed_total").increment(rows);
}

/// The log has no records with so many offsets.
pub fn consumer_hole(offsets: u64) {
    counter!("nova_consumer_holes_total").increment(offsets);
}
