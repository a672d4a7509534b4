//! Daily figures.

use std::collections::BTreeMap;

use nova_core::model::Event;
use parking_lot::Mutex;

use crate::store::DayMetrics;

/// A bucket's upper bound over its lower one. The middle given back is then within 5 % of what was reported.
const GROWTH: f64 = 1.1;
/// Buckets up to an hour, the longest dwell there is: `ln(3,600,000) / ln(1.1)` is 158.4; the first holds 0.
pub(super) const BUCKETS: usize = 160;

const _: () = assert!(Event::DWELL_MS_MAX == 3_600_000);

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

    /// The lower median's bucket.
    fn dwell_ms_p50(&self) -> Option<u32> {
        let total: u64 = self.dwells.iter().map(|&count| u64::from(count)).sum();
        let mut before = 0;
        let median = self.dwells.iter().position(|&count| {
            before += u64::from(count);
            before > 0 && before * 2 >= total
        })?;
        Some(middle(median))
    }
}

fn bucket(dwell_ms: u32) -> usize {
    if dwell_ms == 0 {
        return 0;
    }
    let place = f64::from(dwell_ms).ln() / GROWTH.ln();
    (1 + place as usize).min(BUCKETS - 1)
}

/// The geometric middle of a bucket, in milliseconds.
fn middle(bucket: usize) -> u32 {
    if bucket == 0 {
        return 0;
    }
    let middle = GROWTH.powf(bucket as f64 - 0.5).round();
    (middle as u32).clamp(1, Event::DWELL_MS_MAX)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dwell_is_given_back_within_a_tenth() {
        for dwell_ms in (1..2_000).chain((2_000..=Event::DWELL_MS_MAX).step_by(997)) {
            let given = f64::from(middle(bucket(dwell_ms)));
            let off = (given - f64::from(dwell_ms)).abs();
            assert!(off <= 0.1 * f64::from(dwell_ms) + 0.5, "{dwell_ms} came back as {given}");
        }
        assert_eq!(middle(bucket(0)), 0);
    }
}
