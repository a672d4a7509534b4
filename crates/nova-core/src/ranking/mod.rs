//! Nova's rules, each pure and small. A recipe puts them into a [`Pipeline`](crate::pipeline::Pipeline):
//!
//! ```text
//! score = weights.freshness * exp(-lambda * age_hours)
//!       + weights.engagement * ln(1 + (likes + 2*comments + 3*shares) / max(impressions, floor))
//!       + weights.affinity * ln(1 + interactions of this viewer with this author)
//! ```

/// Every number that shapes ranking: its default, what is allowed, the version of the whole.
pub mod config;

mod affinity;
mod engagement;
mod freshness;
mod hot;
mod spacing;
mod visible;

pub use affinity::{Affinity, affinity};
pub use config::RankingConfig;
pub use engagement::{Engagement, engagement, response};
pub use freshness::{Freshness, age_hours, freshness};
pub use hot::hot;
pub use spacing::Spacing;
pub use visible::{Seen, TooOld, Visible};

#[cfg(test)]
mod tests;
