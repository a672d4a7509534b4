//! Dwells in buckets: what their median is told from.

use nova_core::model::Event;

/// A bucket's upper bound over its lower one. The middle given back is then within 5 % of what was reported.
const GROWTH: f64 = 1.1;
/// Buckets up to an hour, the longest dwell there is: `ln(3,600,000) / ln(1.1)` is 158.4; the first holds 0.
pub(super) const BUCKETS: usize = 160;

const _: () = assert!(Event::DWELL_MS_MAX == 3_600_000);

/// The bucket of a dwell.
pub(super) fn bucket(dwell_ms: u32) -> usize {
    if dwell_ms == 0 {
        return 0;
    }
    let place = f64::from(dwell_ms).ln() / GROWTH.ln();
    (1 + place as usize).min(BUCKETS - 1)
}

/// The geometric middle of the lower median's bucket, in milliseconds, of counts by bucket; `None` where nothing was
/// counted.
pub(super) fn median_ms(counts: impl IntoIterator<Item = u64, IntoIter: Clone>) -> Option<u32> {
    let counts = counts.into_iter();
    let total: u64 = counts.clone().sum();
    let mut before = 0;
    let median = counts.enumerate().find_map(|(bucket, count)| {
        before += count;
        (before > 0 && before * 2 >= total).then_some(bucket)
    })?;
    Some(middle(median))
}

fn middle(bucket: usize) -> u32 {
    if bucket == 0 {
        return 0;
    }
    let middle = GROWTH.powf(bucket as f64 - 0.5).round();
    (middle as u32).clamp(1, Event::DWELL_MS_MAX)
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
