//! Daily figures.

use std::collections::BTreeMap;

use parking_lot::Mutex;

use crate::store::DayMetrics;
pub(super) use crate::store::dwell::BUCKETS;
use crate::store::dwell::{bucket, median_ms};

/// One day's sums.
#[derive(Debug, Clone)]
pub(super) struct Day {
    pub(super) impressions: u64,
    pub(super) clicks: u64,
    pub(super) recommended_impressions: u64,
    pub(super) recommended_conversions: u64,
    pub(super) dwells: [u32; BUCKETS],
}

impl Default for Day {
    fn default() -> Self {
        Self {
            impressions: 0,
            clicks: 0,
            recommended_impressions: 0,
            recommended_conversions: 0,
            dwells: [0; BUCKETS],
        }
    }
}

impl Day {
    pub(super) fn dwelt(&mut self, dwell_ms: u32) {
        let count = &mut self.dwells[bucket(dwell_ms)];
        *count = count.saturating_add(1);
    }

    fn dwell_ms_p50(&self) -> Option<u32> {
        median_ms(self.dwells.iter().map(|&count| u64::from(count)))
    }
}

/// By days since 1970 UTC.
#[derive(Debug, Default)]
pub(super) struct Days(pub(super) Mutex<BTreeMap<i32, Box<Day>>>);

impl Days {
    /// Changes a day's sums; past `days_max` days the oldest are forgotten.
    pub(super) fn change(&self, day: i32, days_max: usize, change: impl FnOnce(&mut Day)) {
        let mut days = self.0.lock();
        change(days.entry(day).or_default());
        if days.len() > days_max {
            days.pop_first();
        }
    }

    /// `from` to `to` inclusive, at most 10,000 days of it.
    pub(super) fn between(&self, from: i32, to: i32) -> Vec<DayMetrics> {
        let to = to.min(from.saturating_add(9_999));
        let days = self.0.lock();
        (from..=to)
            .map(|number| match days.get(&number) {
                None => DayMetrics { day: number, ..DayMetrics::default() },
                Some(day) => DayMetrics {
                    day: number,
                    impressions: day.impressions,
                    clicks: day.clicks,
                    dwell_ms_p50: day.dwell_ms_p50(),
                    recommended_impressions: day.recommended_impressions,
                    recommended_conversions: day.recommended_conversions,
                },
            })
            .collect()
    }
}
