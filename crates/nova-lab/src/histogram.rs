//! Latencies in logarithmic buckets, shared by whoever measures.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Buckets of one power of two: values are known within 1/32.
const PER_DOUBLING: usize = 32;
const DOUBLING_BITS: u32 = PER_DOUBLING.trailing_zeros();
/// 2^36 microseconds are 19 hours; what is longer counts as that.
const MICROS_BITS: u32 = 36;
const BUCKETS: usize = (MICROS_BITS - DOUBLING_BITS + 1) as usize * PER_DOUBLING;

/// Counts of durations from 1 microsecond to 19 hours in 1,024 buckets (8 KiB). Recording is one atomic addition; reading
/// while others record gives some moment's figures.
#[derive(Debug)]
pub struct Histogram {
    buckets: Box<[AtomicU64]>,
    max_micros: AtomicU64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { buckets: (0..BUCKETS).map(|_| AtomicU64::new(0)).collect(), max_micros: AtomicU64::new(0) }
    }
}

impl Histogram {
    /// Counts one.
    pub fn record(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).min((1 << MICROS_BITS) - 1);
        self.buckets[bucket(micros)].fetch_add(1, Relaxed);
        self.max_micros.fetch_max(micros, Relaxed);
    }

    /// How many were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets.iter().map(|bucket| bucket.load(Relaxed)).sum()
    }

    /// The longest.
    #[must_use]
    pub fn max(&self) -> Duration {
        Duration::from_micros(self.max_micros.load(Relaxed))
    }

    /// The duration that this share of all stays within, `share` from 0.0 to 1.0; at most 1/32 too long, never too
    /// short. Zero when nothing was counted.
    #[must_use]
    pub fn within(&self, share: f64) -> Duration {
        let counts: Vec<u64> = self.buckets.iter().map(|bucket| bucket.load(Relaxed)).collect();
        let wanted = (counts.iter().sum::<u64>() as f64 * share.clamp(0.0, 1.0)).ceil().max(1.0) as u64;
        let mut sum = 0;
        for (number, count) in counts.into_iter().enumerate() {
            sum += count;
            if sum >= wanted {
                return Duration::from_micros(last_of(number)).min(self.max());
            }
        }
        Duration::ZERO
    }
}

/// Below 32 each microsecond has its bucket; above, the five bits after the leading one choose among 32.
fn bucket(micros: u64) -> usize {
    let doubling = (u64::BITS - (micros | 1).leading_zeros() - 1).saturating_sub(DOUBLING_BITS);
    let above = usize::from(micros >= PER_DOUBLING as u64);
    (doubling as usize + above) * PER_DOUBLING + ((micros >> doubling) as usize & (PER_DOUBLING - 1))
}

/// The longest duration, in microseconds, of a bucket.
fn last_of(bucket: usize) -> u64 {
    let (row, column) = (bucket / PER_DOUBLING, (bucket % PER_DOUBLING) as u64);
    match row {
        0 => column,
        _ => ((PER_DOUBLING as u64 + column + 1) << (row - 1)) - 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn shares_of_a_known_row_are_found() {
        let histogram = Histogram::default();
        assert_eq!((histogram.within(0.5), histogram.count()), (Duration::ZERO, 0));
        (1..=10_000).for_each(|micros| histogram.record(Duration::from_micros(micros)));
        for (share, micros) in [(0.0, 1), (0.5, 5_000), (0.95, 9_500), (0.99, 9_900), (1.0, 10_000)] {
            let found = histogram.within(share).as_micros() as f64;
            assert!((f64::from(micros)..=f64::from(micros) * 1.032).contains(&found), "{share}: {found}");
        }
        assert_eq!((histogram.max(), histogram.count()), (Duration::from_millis(10), 10_000));
    }

    proptest! {
        #[test]
        fn every_duration_lies_in_its_bucket(micros in 0_u64..1 << MICROS_BITS) {
            let number = bucket(micros);
            prop_assert!(number < BUCKETS);
            prop_assert!(micros <= last_of(number));
            prop_assert!(number == 0 || last_of(number - 1) < micros);
        }
    }

    #[test]
    fn the_longest_of_all_is_counted() {
        let histogram = Histogram::default();
        histogram.record(Duration::MAX);
        assert_eq!(histogram.count(), 1);
        assert!(histogram.within(0.5) > Duration::from_hours(19));
    }
}
