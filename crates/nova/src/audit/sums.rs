//! Sums against the events that they were made of. What differs is what is to be added: truth less what stands.

use clickhouse::Row;
use nova_core::error::Result;
use nova_core::model::{PostId, Timestamp};
use serde::{Deserialize, Serialize};

use super::report::{Findings, HELD_MAX};
use super::{Check, Difference, Repair};
use crate::store::clickhouse::ClickHouse;

const OP: &str = "audit.sums";
const DAY_MICROS: i64 = 86_400_000_000;
/// Hours that are looked into post by post; where more differ, the rest is found once these are mended.
const HOURS_MAX: usize = 100;
/// Rows of a table that are grouped at once.
pub(super) const SLICE_ROWS: u64 = 1_000_000;

/// What is to be added to `post_metrics_1h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Row, Serialize, Deserialize)]
pub struct Metrics {
    post_id: u128,
    hour: u32,
    impressions: i64,
    views: i64,
    clicks: i64,
    likes: i64,
    comments: i64,
    shares: i64,
    dwells: i64,
    dwell_ms: i64,
}

impl Metrics {
    /// Seconds since 1970 at which the hour begins.
    pub(super) const fn hour(&self) -> u32 {
        self.hour
    }
}

/// What is to be added to `post_totals`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Row, Serialize, Deserialize)]
pub struct Totals {
    post_id: u128,
    impressions: i64,
    shares: i64,
}

/// What is to be added to `metrics_1d`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Row, Serialize, Deserialize)]
pub struct Figure {
    day: i32,
    action: String,
    bucket: u8,
    n: i64,
}

#[derive(Debug, Row, Deserialize)]
struct Hour {
    hour: u32,
    counted: u64,
    truth: u64,
    current: u64,
}

#[derive(Debug, Clone, Copy, Row, Deserialize)]
pub(super) struct Size {
    pub(super) events: u64,
    /// Of the largest table that others are made of.
    pub(super) most: u64,
    totals: u64,
    figures: u64,
}

/// How much there is.
pub(super) async fn size(store: &ClickHouse) -> Result<Size> {
    store.row(OP, store.query(include_str!("sql/sums/size.sql"))).await
}

/// Compares what the events since `since`, the beginning of a day, say.
pub(super) async fn check(store: &ClickHouse, since: Timestamp) -> Result<Findings> {
    let mut found = Findings::default();
    hours(store, since, &mut found).await?;
    totals(store, since, &mut found).await?;
    figures(store, since, &mut found).await?;
    Ok(found)
}

async fn hours(store: &ClickHouse, since: Timestamp, found: &mut Findings) -> Result<()> {
    let query = store.query(include_str!("sql/sums/hours.sql")).param("since", since.micros());
    let hours: Vec<Hour> = store.rows(OP, query).await?;
    found.compared += hours.iter().map(|hour| hour.counted).sum::<u64>();
    let differ = hours.iter().filter(|hour| hour.truth != hour.current).take(HOURS_MAX);
    for Hour { hour, .. } in differ {
        let query = store.query(include_str!("sql/sums/post_metrics_1h.sql"));
        let query = query.param("hour", hour).param("limit", HELD_MAX);
        for row in store.rows::<Metrics>(OP, query).await? {
            let at = Timestamp::from_micros(i64::from(row.hour) * 1_000_000);
            let place = format!("post_metrics_1h {at} post {}", PostId::from_bits(row.post_id));
            let what = amounts(&[
                ("impressions", row.impressions),
                ("views", row.views),
                ("clicks", row.clicks),
                ("likes", row.likes),
                ("comments", row.comments),
                ("shares", row.shares),
                ("dwells", row.dwells),
                ("dwell_ms", row.dwell_ms),
            ]);
            found.add(sum(place, what, Repair::Metrics(row)));
        }
    }
    Ok(())
}

async fn totals(store: &ClickHouse, since: Timestamp, found: &mut Findings) -> Result<()> {
    let whole = store.query(include_str!("sql/sums/whole.sql")).param("since", since.micros());
    let whole: u8 = store.row(OP, whole).await?;
    let size = size(store).await?;
    found.compared += size.totals;
    let slices = size.totals.max(size.events / 16).div_ceil(SLICE_ROWS).max(1);
    for slice in 0..slices {
        let query = store
            .query(include_str!("sql/sums/post_totals.sql"))
            .param("since", since.micros())
            .param("whole", whole)
            .param("slices", slices)
            .param("slice", slice)
            .param("limit", HELD_MAX);
        for row in store.rows::<Totals>(OP, query).await? {
            let what = amounts(&[("impressions", row.impressions), ("shares", row.shares)]);
            let place = format!("post_totals post {}", PostId::from_bits(row.post_id));
            found.add(sum(place, what, Repair::Totals(row)));
        }
    }
    Ok(())
}

async fn figures(store: &ClickHouse, since: Timestamp, found: &mut Findings) -> Result<()> {
    let query = store.query(include_str!("sql/sums/metrics_1d.sql"));
    let query = query.param("since", since.micros()).param("limit", HELD_MAX);
    found.compared += size(store).await?.figures;
    for row in store.rows::<Figure>(OP, query).await? {
        let day = Timestamp::from_micros(i64::from(row.day) * DAY_MICROS);
        let place = format!("metrics_1d {day} {} bucket {}", row.action, row.bucket);
        found.add(sum(place, amounts(&[("events", row.n)]), Repair::Figure(row)));
    }
    Ok(())
}

fn sum(place: String, what: String, repair: Repair) -> Difference {
    Difference::new(Check::Sums, place, what, "nova audit --repair adds the difference").mended_by(repair)
}

/// `2 shares too few, 1 clicks too many`, of what is to be added.
fn amounts(missing: &[(&str, i64)]) -> String {
    let differ = missing.iter().filter(|(_, n)| *n != 0);
    let words = differ.map(|(name, n)| {
        let way = if *n > 0 { "few" } else { "many" };
        format!("{} {name} too {way}", n.unsigned_abs())
    });
    words.collect::<Vec<_>>().join(", ")
}
