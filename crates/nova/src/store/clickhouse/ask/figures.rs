//! Sums: by day, and over all.

use std::collections::BTreeMap;

use clickhouse::Row;
use nova_core::error::Result;
use serde::Deserialize;

use crate::store::clickhouse::ClickHouseStore;
use crate::store::dwell::{BUCKETS, median_ms};
use crate::store::{DayMetrics, StoreSize};

const DAYS: &str = include_str!("../sql/days.sql");
const SIZE: &str = include_str!("../sql/size.sql");
const FOLLOWS: &str = include_str!("../sql/follows_standing.sql");
/// Rows of follows that are gone through for an exact count; of more it is estimated.
const FOLLOWS_EXACT_MAX: u64 = 1_000_000;
/// As many days as one answer has.
const DAYS_MAX: i32 = 10_000;

#[derive(Debug, Row, Deserialize)]
struct Sum {
    day_number: i32,
    action: String,
    bucket: u8,
    count: i64,
}

#[derive(Debug, Row, Deserialize)]
struct Size {
    users: u64,
    posts: u64,
    follow_rows: u64,
    follows: u64,
    events: i64,
    bytes: u64,
}

#[derive(Debug, Default)]
struct Day {
    metrics: DayMetrics,
    dwells: Vec<u64>,
}

impl ClickHouseStore {
    /// Who followed whom when something happened is not kept here: figures on recommendations are 0.
    pub(in crate::store::clickhouse) async fn figures(&self, from: i32, to: i32) -> Result<Vec<DayMetrics>> {
        let to = to.min(from.saturating_add(DAYS_MAX - 1));
        let query = self.db.query(DAYS).param("from", from).param("to", to);
        let mut days: BTreeMap<i32, Day> = BTreeMap::new();
        for sum in self.db.rows::<Sum>("store.days", query).await? {
            let day = days.entry(sum.day_number).or_default();
            let count = u64::try_from(sum.count).unwrap_or(0);
            match sum.action.as_str() {
                "impression" => day.metrics.impressions += count,
                "click" => day.metrics.clicks += count,
                _ => {
                    day.dwells.resize(BUCKETS, 0);
                    day.dwells[usize::from(sum.bucket).min(BUCKETS - 1)] += count;
                }
            }
        }
        let day = |number: i32| {
            let Day { metrics, dwells } = days.remove(&number).unwrap_or_default();
            DayMetrics { day: number, dwell_ms_p50: median_ms(dwells), ..metrics }
        };
        Ok((from..=to).map(day).collect())
    }

    pub(in crate::store::clickhouse) async fn how_much(&self) -> Result<StoreSize> {
        let size: Size = self.db.row("store.size", self.db.query(SIZE)).await?;
        let follows = match size.follow_rows {
            0..=FOLLOWS_EXACT_MAX => self.db.row("store.size", self.db.query(FOLLOWS)).await?,
            _ => size.follows,
        };
        Ok(StoreSize {
            users: size.users,
            posts: size.posts,
            follows,
            events: u64::try_from(size.events).unwrap_or(0),
            bytes: size.bytes,
        })
    }
}
