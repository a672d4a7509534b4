//! Every metric: its name, unit, labels, and one function per fact. Labels are closed sets, never ids.

#[cfg(feature = "distributed")]
mod capture;
#[cfg(feature = "distributed")]
mod consumer;

#[cfg(feature = "distributed")]
pub use capture::slot;
#[cfg(feature = "distributed")]
pub use consumer::{
    consumed, consumer_completed, consumer_differs, consumer_halted, consumer_hole, consumer_lag,
    consumer_retried, consumer_vanished, rows_written,
};

use std::collections::HashMap;
use std::sync::OnceLock;
use std::time::Duration;

use metrics::{Counter, Histogram, counter, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use nova_core::breaker::State;
use nova_core::pipeline::{Missing, Origin, Rejection, Report};
use parking_lot::RwLock;

use crate::cache::Space;
use crate::log::{Expired, Reason};
use crate::store::{Applied, StoreSize};

/// Seconds; from a hit in memory to a deadline.
const LATENCY_BUCKETS: [f64; 16] =
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.8, 1.0, 2.5, 10.0];
/// Items and records.
const SIZE_BUCKETS: [f64; 10] = [0.0, 1.0, 5.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 5_000.0];

/// How a feed page came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    /// Ranked for this request.
    Miss,
    /// A first page from a slate made a moment ago.
    Hit,
    /// A further page of a slate.
    Cursor,
    /// The chronological fallback.
    Fallback,
    /// Chronological because it was asked for.
    Time,
}

impl Path {
    const fn name(self) -> &'static str {
        match self {
            Self::Miss => "miss",
            Self::Hit => "hit",
            Self::Cursor => "cursor",
            Self::Fallback => "fallback",
            Self::Time => "time",
        }
    }
}

/// What became of a wait for the projection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// It was applied in time.
    Applied,
    /// It was not.
    Late,
    /// Nobody waited: the projection was known to be late.
    KnownLate,
}

impl Wait {
    const fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Late => "late",
            Self::KnownLate => "known_late",
        }
    }
}

/// Installs the recorder of this process with the first call; every handle renders the same figures, those of the
/// whole process.
#[must_use]
pub fn install() -> PrometheusHandle {
    let start = || {
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &LATENCY_BUCKETS)
            .and_then(|builder| {
                builder.set_buckets_for_metric(Matcher::Suffix("_items".to_owned()), &SIZE_BUCKETS)
            })
            .expect("the bucket lists are not empty")
            .build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_ok() {
            describe();
        }
        handle
    };
    RECORDER.get_or_init(start).clone()
}

static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();

/// A metric of every request, looked up by its labels with the first: the look-up costs more than the count.
/// Before [`install`] there is nothing to keep, because nothing would ever be counted through it.
fn kept<H: Clone>(place: &OnceLock<H>, look_up: impl FnOnce() -> H) -> H {
    match RECORDER.get() {
        Some(_) => place.get_or_init(look_up).clone(),
        None => look_up(),
    }
}

macro_rules! facts {
    ($($name:literal $kind:ident $help:literal;)*) => {
        fn describe() { $(metrics::$kind!($name, $help);)* }
        /// Every metric that exists, with its help: what the documentation lists.
        pub const ALL: &[(&str, &str)] = &[$(($name, $help)),*];
    };
}

facts! {
    "nova_http_connections" describe_gauge "Open connections; at server.connections_max the oldest makes room for the next.";
    "nova_http_request_seconds" describe_histogram "Time to answer, by method, route and status class.";
    "nova_feed_seconds" describe_histogram "Time to make a feed page, by path: miss, hit, cursor, fallback, time.";
    "nova_feed_pages_total" describe_counter "Feed pages, by path.";
    "nova_feed_degraded_total" describe_counter "Feed pages with something missing, by part.";
    "nova_source_seconds" describe_histogram "Time of one candidate query, by source and outcome.";
    "nova_source_items" describe_histogram "Candidates of one query, by source.";
    "nova_candidates_rejected_total" describe_counter "Candidates that a filter refused, by reason.";
    "nova_cache_requests_total" describe_counter "Cache look-ups, by space and outcome.";
    "nova_breaker_state" describe_gauge "0 closed, 1 half open, 2 open; by part.";
    "nova_served_posts_total" describe_counter "Posts that were served and are to count as seen, by outcome: noted, dropped.";
    "nova_events_received_total" describe_counter "Events of the API, by outcome: accepted, rejected.";
    "nova_events_unknown_fields_total" describe_counter "Members of events that no event has; they were ignored.";
    "nova_events_applied_total" describe_counter "Events that counted in the index.";
    "nova_events_duplicates_total" describe_counter "Events that had counted before.";
    "nova_changes_applied_total" describe_counter "Changed rows that changed the index.";
    "nova_changes_stale_total" describe_counter "Changed rows that a newer version had overtaken.";
    "nova_changes_unknown_columns_total" describe_counter "Columns of change records that no mapping names, passed over.";
    "nova_log_append_seconds" describe_histogram "Time until records are durable.";
    "nova_log_lag_records" describe_gauge "Records that the index has not applied yet.";
    "nova_log_trimmed_total" describe_counter "Records dropped after their retention.";
    "nova_projection_batch_seconds" describe_histogram "Time to apply one batch.";
    "nova_projection_batch_items" describe_histogram "Records of one batch.";
    "nova_projection_waits_total" describe_counter "Requests that came before their caller's own writes and events were applied, by outcome: applied, late, known_late (did not wait).";
    "nova_projection_retries_total" describe_counter "Steps of the projection that had to be repeated.";
    "nova_visible_seconds" describe_histogram "From the log's receipt of a record until a feed can show its effect.";
    "nova_consumer_ranges_total" describe_counter "Ranges of events written to the store once, with their place in the ledger.";
    "nova_consumer_events_total" describe_counter "Records of those ranges, by fate: kept, duplicate, buried, skipped.";
    "nova_consumer_rows_total" describe_counter "Changed rows written to the store.";
    "nova_consumer_lag_records" describe_gauge "Records of this member's partitions that it has not read yet, by topic.";
    "nova_consumer_retries_total" describe_counter "Steps of the consumer that failed and were repeated, by step.";
    "nova_consumer_halts_total" describe_counter "Partitions that stand still until somebody decides, by cause.";
    "nova_consumer_differs_total" describe_counter "Ranges that were decided otherwise when they were read again.";
    "nova_consumer_vanished_total" describe_counter "Blocks that the store acknowledged and did not hold; they were written again.";
    "nova_consumer_completed_total" describe_counter "Rows of derived tables that a cut off insert had left out; they were written.";
    "nova_consumer_holes_total" describe_counter "Offsets without a record.";
    "nova_slot_state" describe_gauge "The log that the replication slot needs, by slot: 0 there, 1 about to be dropped, 2 lost, 3 there is no slot.";
    "nova_slot_readers" describe_gauge "1 while somebody reads the replication slot, by slot.";
    "nova_slot_kept_bytes" describe_gauge "Log that PostgreSQL keeps because of the replication slot, by slot.";
    "nova_slot_behind_bytes" describe_gauge "Log that the reader of the replication slot has not confirmed, by slot.";
    "nova_dead_letters_total" describe_counter "Records put aside, by reason.";
    "nova_dead_letters_dropped_total" describe_counter "Dead letters forgotten, by cause: age, count.";
    "nova_snapshot_seconds" describe_histogram "Time to write a snapshot.";
    "nova_snapshot_failures_total" describe_counter "Snapshots that could not be written.";
    "nova_job_seconds" describe_histogram "Time of one run of a job, by job and outcome.";
    "nova_job_failures_total" describe_counter "Runs of a job that failed.";
    "nova_store_users" describe_gauge "Accounts in the index.";
    "nova_store_posts" describe_gauge "Posts in the index.";
    "nova_store_follows" describe_gauge "Follows in the index.";
    "nova_store_bytes" describe_gauge "Memory of the index, estimated.";
}

/// So many more connections are open, or fewer.
pub fn connections(change: f64) {
    gauge!("nova_http_connections").increment(change);
}

/// Durations of one route's answers, by method and status class.
type Answers = Vec<(&'static str, &'static str, Histogram)>;

/// A request was answered.
pub fn answered(method: &'static str, route: &str, status: u16, elapsed: Duration) {
    /// As many as there are routes, methods and classes: none of them is a caller's word.
    static KNOWN: RwLock<Option<HashMap<String, Answers>>> = RwLock::new(None);
    let class = match status {
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    };
    if let Some(answers) = KNOWN.read().as_ref().and_then(|routes| routes.get(route))
        && let Some((.., known)) = answers.iter().find(|(of, with, _)| *of == method && *with == class)
    {
        known.record(elapsed);
        return;
    }
    let labels = [("method", method.to_owned()), ("route", route.to_owned()), ("status", class.to_owned())];
    let histogram = histogram!("nova_http_request_seconds", &labels);
    histogram.record(elapsed);
    if RECORDER.get().is_some() {
        // two first answers at once keep two handles of the same histogram; the first is found
        let mut known = KNOWN.write();
        known.get_or_insert_default().entry(route.to_owned()).or_default().push((method, class, histogram));
    }
}

/// A feed page was made.
pub fn paged(path: Path, missing: &[Missing], elapsed: Duration) {
    static SECONDS: [OnceLock<Histogram>; 5] = [const { OnceLock::new() }; 5];
    static PAGES: [OnceLock<Counter>; 5] = [const { OnceLock::new() }; 5];
    let (place, name) = (path as usize, path.name());
    kept(&SECONDS[place], || histogram!("nova_feed_seconds", "path" => name)).record(elapsed);
    kept(&PAGES[place], || counter!("nova_feed_pages_total", "path" => name)).increment(1);
    for part in missing {
        counter!("nova_feed_degraded_total", "part" => part.name()).increment(1);
    }
}

/// A candidate query ended.
pub fn source_asked(origin: Origin, outcome: &'static str, count: usize, elapsed: Duration) {
    histogram!("nova_source_seconds", "source" => origin.name(), "outcome" => outcome).record(elapsed);
    histogram!("nova_source_items", "source" => origin.name()).record(count as f64);
}

/// A slate was made.
pub fn slated(report: &Report) {
    for rejection in Rejection::ALL {
        let refused = report.refused(rejection);
        if refused > 0 {
            counter!("nova_candidates_rejected_total", "reason" => rejection.name())
                .increment(u64::from(refused));
        }
    }
}

/// The cache was asked.
pub fn cache_asked(space: Space, hit: bool) {
    static ASKED: [[OnceLock<Counter>; 2]; Space::ALL.len()] =
        [const { [const { OnceLock::new() }; 2] }; Space::ALL.len()];
    let outcome = if hit { "hit" } else { "miss" };
    kept(
        &ASKED[space as usize][usize::from(hit)],
        || counter!("nova_cache_requests_total", "space" => space.name(), "outcome" => outcome),
    )
    .increment(1);
}

/// A breaker moved.
pub fn breaker(part: &'static str, state: State) {
    let level = match state {
        State::Closed => 0.0,
        State::HalfOpen => 1.0,
        State::Open { .. } => 2.0,
    };
    gauge!("nova_breaker_state", "part" => part).set(level);
}

/// A breaker is there, in whatever state.
pub fn breaker_there(part: &'static str) {
    gauge!("nova_breaker_state", "part" => part).increment(0.0);
}

/// Posts of pages were noted as seen, or could not be.
pub fn served(count: usize, noted: bool) {
    let outcome = if noted { "noted" } else { "dropped" };
    counter!("nova_served_posts_total", "outcome" => outcome).increment(count as u64);
}

/// A call of the events API was answered.
pub fn events_received(accepted: usize, rejected: usize) {
    counter!("nova_events_received_total", "outcome" => "accepted").increment(accepted as u64);
    counter!("nova_events_received_total", "outcome" => "rejected").increment(rejected as u64);
}

/// Events had members that no event has.
pub fn event_fields_ignored(count: u64) {
    if count > 0 {
        counter!("nova_events_unknown_fields_total").increment(count);
    }
}

/// Records became durable.
pub fn appended(elapsed: Duration) {
    histogram!("nova_log_append_seconds").record(elapsed);
}

/// The log holds what the index has not applied.
pub fn lag(records: u64) {
    gauge!("nova_log_lag_records").set(records as f64);
}

/// The log dropped what it may.
pub fn trimmed(records: u64) {
    counter!("nova_log_trimmed_total").increment(records);
}

/// A batch was applied.
pub fn projected(applied: &Applied, records: usize, elapsed: Duration) {
    counter!("nova_events_applied_total").increment(applied.events);
    counter!("nova_events_duplicates_total").increment(applied.duplicates);
    counter!("nova_changes_applied_total").increment(applied.changes);
    counter!("nova_changes_stale_total").increment(applied.stale);
    histogram!("nova_projection_batch_seconds").record(elapsed);
    histogram!("nova_projection_batch_items").record(records as f64);
}

/// A step of the projection failed and is repeated.
pub fn projection_retried(step: &'static str) {
    counter!("nova_projection_retries_total", "step" => step).increment(1);
}

/// Somebody had to wait for the projection.
pub fn awaited(outcome: Wait) {
    counter!("nova_projection_waits_total", "outcome" => outcome.name()).increment(1);
}

/// The oldest record of a batch became visible so many microseconds after its receipt.
pub fn visible_after(micros: i64) {
    histogram!("nova_visible_seconds").record(micros.max(0) as f64 / 1e6);
}

/// A change record had columns that nothing is known of.
pub fn columns_passed_over(count: u32) {
    if count > 0 {
        counter!("nova_changes_unknown_columns_total").increment(u64::from(count));
    }
}

/// A record was put aside.
pub fn buried(reason: Reason) {
    counter!("nova_dead_letters_total", "reason" => reason.name()).increment(1);
}

/// Dead letters were forgotten.
pub fn letters_dropped(expired: Expired) {
    for (cause, count) in [("age", expired.aged), ("count", expired.crowded)] {
        counter!("nova_dead_letters_dropped_total", "cause" => cause).increment(count);
    }
}

/// A snapshot was written.
pub fn snapshot_written(elapsed: Duration) {
    histogram!("nova_snapshot_seconds").record(elapsed);
}

/// A snapshot could not be written.
pub fn snapshot_failed() {
    counter!("nova_snapshot_failures_total").increment(1);
}

/// A job ran.
pub fn job_ran(job: &'static str, done: bool, elapsed: Duration) {
    let outcome = if done { "done" } else { "failed" };
    histogram!("nova_job_seconds", "job" => job, "outcome" => outcome).record(elapsed);
    if !done {
        counter!("nova_job_failures_total", "job" => job).increment(1);
    }
}

/// The index was measured.
pub fn sized(size: &StoreSize) {
    gauge!("nova_store_users").set(size.users as f64);
    gauge!("nova_store_posts").set(size.posts as f64);
    gauge!("nova_store_follows").set(size.follows as f64);
    gauge!("nova_store_bytes").set(size.bytes as f64);
}
