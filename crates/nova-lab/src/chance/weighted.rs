//! A choice among many, each with its weight.

use super::Chance;

/// Running sums of weights: a draw is one binary search.
#[derive(Debug, Clone, Default)]
pub struct Weighted {
    sums: Vec<f64>,
}

impl Weighted {
    /// Weights that are negative or not finite count as 0.
    pub fn new(weights: impl IntoIterator<Item = f64>) -> Self {
        let mut sum = 0.0;
        let sums = weights
            .into_iter()
            .map(|weight| {
                sum += if weight.is_finite() { weight.max(0.0) } else { 0.0 };
                sum
            })
            .collect();
        Self { sums }
    }

    /// The place of one weight, as likely as it is heavy; `None` if all are 0 or there is none.
    pub fn draw(&self, chance: &mut Chance) -> Option<usize> {
        let total = *self.sums.last().filter(|total| **total > 0.0)?;
        let mark = chance.unit() * total;
        Some(self.sums.partition_point(|sum| *sum <= mark).min(self.sums.len() - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heavier_is_drawn_more_often_and_the_weightless_never() {
        let weighted = Weighted::new([0.0, 1.0, 3.0, f64::NAN, -1.0]);
        let mut chance = Chance::new(1, "weighted", 0);
        let mut counts = [0_u32; 5];
        for _ in 0..10_000 {
            counts[weighted.draw(&mut chance).expect("there is weight")] += 1;
        }
        assert_eq!((counts[0], counts[3], counts[4]), (0, 0, 0));
        assert!((2.6..3.4).contains(&(f64::from(counts[2]) / f64::from(counts[1]))), "{counts:?}");
    }

    #[test]
    fn nothing_to_choose_from_is_said() {
        let mut chance = Chance::new(1, "weighted", 0);
        assert_eq!(Weighted::new([]).draw(&mut chance), None);
        assert_eq!(Weighted::new([0.0, 0.0]).draw(&mut chance), None);
    }
}
