//! What the questions carry.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use nova_core::model::{Timestamp, UserId};
use nova_core::pipeline::Retrieved;

/// F1's question.
#[derive(Debug, Clone, Copy)]
pub struct FollowQuery {
    /// Whose feed.
    pub viewer: UserId,
    /// Ranked at.
    pub now: Timestamp,
    /// Posts since.
    pub since: Timestamp,
    /// At most so many.
    pub limit: usize,
    /// Freshness decay per hour.
    pub lambda: f64,
    /// Weight of the freshness part.
    pub freshness: f64,
    /// Weight of the engagement part.
    pub engagement: f64,
    /// The least that impressions count as.
    pub floor: f64,
}

/// A trending window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Window {
    /// One hour.
    Hour,
    /// A day.
    Day,
    /// A week.
    Week,
}

impl Window {
    /// Every window.
    pub const ALL: [Self; 3] = [Self::Hour, Self::Day, Self::Week];

    /// `1h`, `24h`, `7d`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hour => "1h",
            Self::Day => "24h",
            Self::Week => "7d",
        }
    }

    /// How far back it reaches.
    #[must_use]
    pub const fn length(self) -> Duration {
        match self {
            Self::Hour => Duration::from_secs(3_600),
            Self::Day => Duration::from_secs(86_400),
            Self::Week => Duration::from_secs(604_800),
        }
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Window {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|window| window.name() == text).ok_or(())
    }
}

/// A trending post.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hot {
    /// The post.
    pub post: Retrieved,
    /// `ln(1 + likes + 2*comments + 3*shares) * 2^(-age / (window/2))`
    pub score: f64,
}

/// Why somebody is suggested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuggestReason {
    /// Followed by people the viewer follows.
    MutualFollows,
    /// Followed or liked by people with the same taste.
    SimilarTaste,
    /// Followed by many.
    Popular,
}

impl SuggestReason {
    /// The word of the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MutualFollows => "mutual_follows",
            Self::SimilarTaste => "similar_taste",
            Self::Popular => "popular",
        }
    }
}

/// Somebody to follow.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    /// Who.
    pub user: UserId,
    /// Higher is better; comparable within one answer only.
    pub score: f64,
    /// Why.
    pub reason: SuggestReason,
    /// Up to 3 people the viewer follows who follow this one.
    pub mutuals: Vec<UserId>,
}

/// One day's figures.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct DayMetrics {
    /// Days since 1970 UTC.
    pub day: i32,
    /// Impressions reported.
    pub impressions: u64,
    /// Clicks reported.
    pub clicks: u64,
    /// Median of the reported dwells in milliseconds, to the width of its histogram bucket (under 10 %).
    pub dwell_ms_p50: Option<u32>,
    /// Impressions of posts whose author the viewer did not follow; 0 where the store cannot know who followed whom
    /// when it happened.
    pub recommended_impressions: u64,
    /// Likes, comments, shares and clicks on such posts; 0 as above.
    pub recommended_conversions: u64,
}

/// How much a store holds. A store of many parts counts large numbers to within a half per cent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoreSize {
    /// Accounts known, deleted ones too.
    pub users: u64,
    /// Posts known, deleted ones too.
    pub posts: u64,
    /// Follows that stand.
    pub follows: u64,
    /// Events applied, ever.
    pub events: u64,
    /// Bytes held, estimated; 0 where the store cannot know.
    pub bytes: u64,
}
