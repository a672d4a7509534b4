//! Randomness that repeats.
//!
//! Everything is drawn from xoshiro256++, whose output is fixed by its reference implementation, by the few
//! methods below rather than by a library's distributions: those may change what they draw from one release to
//! the next, and the same seed would give another community.
//!
//! Draws that pass through `ln`, `exp` or `cos` rest on the platform's mathematics library. On one platform the same seed
//! gives the same bytes; on another a last digit may differ.

mod weighted;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};

pub use weighted::Weighted;

/// A sequence of draws, named by a seed, a purpose and an index, so that no two parts of a community share one and
/// a change in one part leaves the others as they were.
#[derive(Debug, Clone)]
pub struct Chance(Xoshiro256PlusPlus);

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014): a bijection that spreads neighbouring numbers apart.
#[must_use]
pub const fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// FNV-1a: turns the name of a purpose into a number. Short names, no adversary.
const fn name_number(name: &str) -> u64 {
    let (bytes, mut hash, mut at) = (name.as_bytes(), 0xcbf2_9ce4_8422_2325_u64, 0);
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        at += 1;
    }
    hash
}

impl Chance {
    /// The sequence of `purpose`, number `index`, of a seed.
    #[must_use]
    pub fn new(seed: u64, purpose: &str, index: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(mix(seed ^ name_number(purpose)) ^ mix(index)))
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Uniform in 0.0..1.0, in steps of 2^-53.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// Uniform in `low..high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Uniform in `0..end`, by multiplication (Lemire 2019, without the rejection: the bias is below `end` / 2^64).
    /// 0 for an `end` of 0.
    pub fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.bits()) * end as u128) >> 64) as usize
    }

    /// True with this probability; never for 0 or less, always for 1 or more.
    pub fn happens(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of `items`, each as likely; `None` when there is none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }

    /// Standard normal, by Box and Muller (1958).
    pub fn normal(&mut self) -> f64 {
        // 1 - unit lies in (0, 1]: its logarithm is finite
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// Log-normal with this **mean** and this deviation of the logarithm.
    pub fn log_normal(&mut self, mean: f64, sigma: f64) -> f64 {
        mean * (sigma * self.normal() - sigma * sigma / 2.0).exp()
    }

    /// Pareto from 1 upwards: `P(x > v) = v^-alpha`. The smaller `alpha`, the heavier the tail.
    pub fn pareto(&mut self, alpha: f64) -> f64 {
        (1.0 - self.unit()).powf(-1.0 / alpha)
    }

    /// Gamma with scale 1, by Marsaglia and Tsang (2000); the boost `u^(1/shape)` serves shapes below 1.
    pub fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let boost = (1.0 - self.unit()).powf(1.0 / shape);
            return self.gamma(shape + 1.0) * boost;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        // the acceptance rate is above 95 %, so 64 rounds fail less than once in 10^83; the mode stands in
        for _ in 0..64 {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && (1.0 - self.unit()).ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v;
            }
        }
        d
    }

    /// How often something with this mean happens: Poisson, by Knuth's product up to a mean of 30, beyond that by the
    /// normal curve of the same mean and variance.
    pub fn times(&mut self, mean: f64) -> u32 {
        if mean > 30.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0) as u32;
        }
        let (floor, mut product, mut count) = ((-mean).exp(), self.unit(), 0);
        // the product of uniforms sinks below e^-30 long before 1,000 factors
        while product > floor && count < 1_000 {
            product *= self.unit();
            count += 1;
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(count: usize, mut draw: impl FnMut() -> f64) -> f64 {
        (0..count).map(|_| draw()).sum::<f64>() / count as f64
    }

    #[test]
    fn a_sequence_is_named_by_all_of_its_parts() {
        let first = |seed, purpose: &str, index| Chance::new(seed, purpose, index).bits();
        assert_eq!(first(7, "person", 1), first(7, "person", 1));
        let others =
            [first(8, "person", 1), first(7, "post", 1), first(7, "person", 2), first(1, "person", 7)];
        assert!(others.iter().all(|other| *other != first(7, "person", 1)));
    }

    #[test]
    fn the_stream_is_pinned() {
        // xoshiro256++ seeded by SplitMix64: a change here gives everybody's seed another community
        let mut chance = Chance::new(7, "person", 1);
        assert_eq!([chance.bits(), chance.bits()], [5_837_476_528_651_638_817, 4_997_964_768_893_689_898]);
    }

    #[test]
    fn draws_have_the_moments_of_their_laws() {
        let mut chance = Chance::new(1, "moments", 0);
        let close =
            |got: f64, want: f64| assert!((got - want).abs() < 0.05 * want.max(1.0), "{got} for {want}");
        close(mean(40_000, || chance.unit()), 0.5);
        close(mean(40_000, || chance.normal().powi(2)), 1.0);
        close(mean(40_000, || chance.log_normal(30.0, 0.8)), 30.0);
        close(mean(40_000, || chance.gamma(0.2)), 0.2);
        close(mean(40_000, || chance.gamma(3.0)), 3.0);
        close(mean(40_000, || f64::from(chance.times(4.0))), 4.0);
        close(mean(40_000, || f64::from(chance.times(90.0))), 90.0);
        close(mean(40_000, || f64::from(u8::from(chance.pareto(1.0) > 4.0))), 0.25);
        close(mean(40_000, || chance.below(11) as f64), 5.0);
    }

    #[test]
    fn the_empty_and_the_certain_are_no_traps() {
        let mut chance = Chance::new(1, "edges", 0);
        assert_eq!((chance.below(0), chance.below(1)), (0, 0));
        assert_eq!(chance.pick::<u8>(&[]), None);
        assert!(chance.happens(1.0) && !chance.happens(0.0));
        assert_eq!(chance.times(0.0), 0);
    }
}
