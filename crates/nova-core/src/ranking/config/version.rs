//! A name for what is configured.

use super::{Affinity, Follow, RankingConfig, Recent, Rules, Seen, SeenOn, Trending, Weights};

impl RankingConfig {
    /// 16 hexadecimal digits that tell two configurations apart: equal values, equal version, on every machine and
    /// in every release that has the same keys.
    ///
    /// For names and cache keys. 64 bits of FNV-1a do not withstand somebody who looks for a collision.
    #[must_use]
    pub fn version(&self) -> String {
        let Self {
            weights: Weights { freshness, engagement, affinity: by_affinity },
            lambda_per_hour,
            impressions_floor,
            follow: Follow { limit: follow_limit, hours: follow_hours },
            trending: Trending { limit: trending_limit, hours: trending_hours },
            affinity: Affinity { limit: affinity_limit, hours: affinity_hours, history_days },
            recent: Recent { limit: recent_limit },
            slate_max,
            rules: Rules { top, top_per_author, distance, per_window, window, strict },
            early_tolerance_minutes,
            seen: Seen { days, on },
        } = *self;
        // `+ 0.0` makes a negative zero, which equals zero, also look like it.
        let numbers = [freshness, engagement, by_affinity, lambda_per_hour, impressions_floor]
            .map(|number| (number + 0.0).to_bits());
        let counts = [
            follow_limit,
            follow_hours,
            trending_limit,
            trending_hours,
            affinity_limit,
            affinity_hours,
            history_days,
            recent_limit,
            slate_max,
            top,
            top_per_author,
            distance,
            per_window,
            window,
            u32::from(strict),
            early_tolerance_minutes,
            days,
            match on {
                SeenOn::Events => 0,
                SeenOn::Served => 1,
            },
        ];
        let bytes = numbers.into_iter().chain(counts.map(u64::from)).flat_map(u64::to_le_bytes);
        format!("{:016x}", fnv1a(bytes))
    }
}

/// FNV-1a, 64 bits (Fowler, Noll, Vo; RFC 9923): the same everywhere, unlike the standard library's hashers.
fn fnv1a(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
