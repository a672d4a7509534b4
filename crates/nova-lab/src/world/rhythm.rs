//! When people are awake, and when they reach for the feed.

use nova_core::model::Timestamp;

use crate::chance::Chance;

const HOUR_MICROS: i64 = 3_600_000_000;

/// Use by local hour, 0 to 23, against the mean of the day: little at night, a hump at breakfast, a dent while
/// people work, the evening above all. The shape is the common one of social products' daily curves; the mean is 1.
const DAY: [f64; 24] = [
    0.50, 0.25, 0.12, 0.08, 0.08, 0.20, 0.55, 0.95, 1.20, 1.10, 1.00, 1.05, 1.30, 1.25, 1.05, 1.00, 1.10,
    1.30, 1.50, 1.75, 2.00, 2.05, 1.60, 1.02,
];

/// Where people live: hours against UTC with their share. Enough of them that somebody is always awake.
const ZONES: [(i8, u8); 12] =
    [(-8, 8), (-6, 8), (-5, 14), (-3, 8), (0, 12), (1, 20), (2, 8), (3, 5), (5, 6), (7, 4), (8, 4), (9, 3)];

/// A person's day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rhythm {
    /// Time zone and habit together: hours to add to UTC before the day's curve is read.
    shift_hours: i8,
}

impl Rhythm {
    pub(crate) fn draw(chance: &mut Chance) -> Self {
        let total: usize = ZONES.iter().map(|(_, share)| usize::from(*share)).sum();
        let mut mark = chance.below(total);
        let zone = ZONES.iter().find(|(_, share)| {
            let here = mark < usize::from(*share);
            mark = mark.saturating_sub(usize::from(*share));
            here
        });
        // early birds and night owls: up to two hours either way
        let habit = chance.below(5) as i8 - 2;
        Self { shift_hours: zone.map_or(0, |(hours, _)| *hours) + habit }
    }

    /// How active this person is at `time` against the mean of their day: above 1 in the evening, near 0 at night.
    #[must_use]
    pub fn activity(self, time: Timestamp) -> f64 {
        let hour = time.micros().div_euclid(HOUR_MICROS) + i64::from(self.shift_hours);
        DAY[hour.rem_euclid(24) as usize]
    }

    /// The greatest value of [`Rhythm::activity`].
    pub const ACTIVITY_MAX: f64 = 2.05;

    /// A moment of the day that starts at `day_start`, as likely as this person is active then.
    pub(crate) fn moment(self, day_start: Timestamp, chance: &mut Chance) -> Timestamp {
        let mut mark = chance.unit() * DAY.iter().sum::<f64>();
        for hour in 0..24 {
            let start = day_start.micros() + hour * HOUR_MICROS;
            let activity = self.activity(Timestamp::from_micros(start));
            if mark < activity || hour == 23 {
                return Timestamp::from_micros(start + (chance.unit() * HOUR_MICROS as f64) as i64);
            }
            mark -= activity;
        }
        day_start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_has_a_mean_of_one_and_the_stated_maximum() {
        assert!((DAY.iter().sum::<f64>() / 24.0 - 1.0).abs() < 0.01, "{}", DAY.iter().sum::<f64>() / 24.0);
        assert_eq!(DAY.into_iter().fold(0.0, f64::max), Rhythm::ACTIVITY_MAX);
    }

    #[test]
    fn moments_follow_the_day() {
        let rhythm = Rhythm { shift_hours: 1 };
        let mut chance = Chance::new(1, "rhythm", 0);
        let day = Timestamp::from_micros(20_000 * 24 * HOUR_MICROS);
        let hours: Vec<i64> = (0..5_000)
            .map(|_| rhythm.moment(day, &mut chance).micros_since(day).div_euclid(HOUR_MICROS))
            .collect();
        assert!(hours.iter().all(|hour| (0..24).contains(hour)));
        let at = |hour| hours.iter().filter(|at| **at == hour).count();
        // 20:00 there is 19:00 UTC; 03:00 there is 02:00 UTC
        assert!(at(19) > 10 * at(2), "{} against {}", at(19), at(2));
    }
}
