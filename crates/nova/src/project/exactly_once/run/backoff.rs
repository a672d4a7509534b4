//! How long between tries.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(50);
const MAX: Duration = Duration::from_secs(5);

/// Before the try after so many that failed: doubled each time up to 5 s, and up to half of it taken off by chance, so
/// that partitions do not come back all at once.
pub(in crate::project::exactly_once) fn backoff(failed: u32) -> Duration {
    if failed == 0 {
        return Duration::ZERO;
    }
    let whole = FIRST.saturating_mul(1 << (failed - 1).min(7)).min(MAX);
    whole.mul_f64(rand::random_range(0.5..=1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_are_bounded() {
        assert_eq!(backoff(0), Duration::ZERO);
        assert!((FIRST / 2..=FIRST).contains(&backoff(1)));
        assert!((MAX / 2..=MAX).contains(&backoff(8)));
        assert!((MAX / 2..=MAX).contains(&backoff(u32::MAX)));
    }
}
