//! What is talked about now.

use std::time::Duration;

use crate::model::Timestamp;

/// `ln(1 + response) * 2^(-age / (window/2))` for posts of age up to `window`, which is above 0; `None` past it.
///
/// `response` is that of [`response()`](super::response): without one it is 0, and such a post is on no list. What
/// it is worth halves every half window, so a post at the end of the window needs the fourth power to equal a new
/// one. A post dated ahead counts as new.
#[must_use]
pub fn hot(window: Duration, now: Timestamp, created_at: Timestamp, response: f64) -> Option<f64> {
    let age = Duration::from_micros(u64::try_from(now.micros_since(created_at)).unwrap_or(0));
    (age <= window).then(|| (1.0 + response).ln() * (-2.0 * age.as_secs_f64() / window.as_secs_f64()).exp2())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ranking::response;

    const DAY: Duration = Duration::from_secs(86_400);

    #[test]
    fn it_halves_every_half_window() {
        let now = Timestamp::from_millis(1_767_225_600_000);
        let at = |hours: u64| hot(DAY, now, now.minus(Duration::from_secs(hours * 3_600)), response(4, 1, 1));
        let new = 10_f64.ln();
        for (hours, score) in [(0, new), (6, new * 0.5_f64.sqrt()), (12, new / 2.0), (24, new / 4.0)] {
            assert!((at(hours).expect("inside") - score).abs() < 1e-12, "{hours} h");
        }
        assert_eq!(hot(DAY, now, now.minus(DAY).minus(Duration::from_micros(1)), 9.0), None);
        assert_eq!(hot(DAY, now, now.plus(DAY), 9.0), at(0));
        assert_eq!(hot(DAY, now, now, 0.0), Some(0.0));
    }

    proptest! {
        #[test]
        fn newer_and_more_is_hotter(age in 0_u64..86_400_000_000, more in 1_u32..1_000, likes in 0_u32..1_000_000) {
            let now = Timestamp::from_millis(1_767_225_600_000);
            let created_at = now.minus(Duration::from_micros(age));
            let score = hot(DAY, now, created_at, f64::from(likes)).expect("inside");
            prop_assert!(score >= 0.0);
            prop_assert!(hot(DAY, now, created_at, f64::from(likes + more)) > Some(score));
            prop_assert!(hot(DAY, now, created_at.plus(Duration::from_secs(1)), f64::from(likes)) >= Some(score));
        }
    }
}
