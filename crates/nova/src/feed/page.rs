//! What a request asks for and what it gets.

use std::sync::Arc;

use nova_core::error::Error;
use nova_core::model::{Timestamp, UserId};
use nova_core::pipeline::{Features, Missing, Scored};

use super::body::Shown;

/// Which feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algo {
    /// `ch`: ranked.
    Ranked,
    /// `time`: the followed accounts, newest first.
    Time,
}

impl Algo {
    /// The word of the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ranked => "ch",
            Self::Time => "time",
        }
    }
}

/// A request for a page.
#[derive(Debug, Clone)]
pub struct FeedRequest {
    /// Whose feed.
    pub viewer: UserId,
    /// Items wanted, 1..=100; may differ from page to page.
    pub limit: usize,
    /// Where to go on; `None` for a first page.
    pub cursor: Option<String>,
    /// Which feed; the same within a scroll.
    pub algo: Algo,
    /// With score parts; the same within a scroll.
    pub explain: bool,
}

/// Why an item stands where it does.
#[derive(Debug, Clone, PartialEq)]
pub struct Explain {
    /// Name, value and weight of each term; their products add up to the score.
    pub terms: Vec<(&'static str, f64, f64)>,
    /// What the terms were computed from.
    pub features: Features,
    /// Age when it was ranked.
    pub age_hours: f64,
    /// Place before the slate's rules, from 1.
    pub rank_before_rules: u32,
}

/// One item of a page.
#[derive(Debug, Clone)]
pub struct FeedItem {
    /// The ranked post; its features are those of now.
    pub scored: Scored,
    /// What people read; `None` when it cannot be had now.
    pub body: Option<Arc<Shown>>,
    /// Were the counts read?
    pub counted: bool,
    /// Only when asked for.
    pub explain: Option<Box<Explain>>,
}

/// A page of a feed.
#[derive(Debug, Clone)]
pub struct FeedPage {
    /// In order.
    pub items: Vec<FeedItem>,
    /// Where the next page starts; `None` at the end.
    pub next_cursor: Option<String>,
    /// The slate that is being scrolled through; `None` for a chronological page.
    pub slate_id: Option<String>,
    /// Which feed.
    pub algo: Algo,
    /// The ranking configuration.
    pub config_version: String,
    /// It came from a slate that was there already.
    pub cached: bool,
    /// What was missing.
    pub missing: Vec<Missing>,
    /// Where the index stood, as text.
    pub as_of: Arc<str>,
    /// Of when the counts are, if not of now.
    pub counted_at: Option<Timestamp>,
}

/// A page of a trending list.
#[derive(Debug, Clone)]
pub struct TrendingPage {
    /// In order; `score` is `hot` of the window.
    pub items: Vec<FeedItem>,
    /// Where the next page starts.
    pub next_cursor: Option<String>,
}

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// Not a cursor of this list and this caller.
    #[error("the cursor is not one of this list and this caller")]
    CursorInvalid,
    /// The slate behind it is gone.
    #[error("the list behind this cursor is gone; start again without a cursor")]
    CursorExpired,
    /// A part that cannot be done without failed.
    #[error(transparent)]
    Port(#[from] Error),
}
