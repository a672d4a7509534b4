//! What a viewer does with a post, and what is done to a viewer: serving it.

use std::fmt;
use std::str::FromStr;

/// A behaviour, as `POST /api/v1/events` names it; and [`Action::Served`], which nobody reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Action {
    /// The post was on the screen.
    Impression = 0,
    /// The post was opened.
    View = 1,
    /// Something in the post was followed: a link, a picture.
    Click = 2,
    /// A like; counts once per viewer and post, whichever way it arrives.
    Like = 3,
    /// A like taken back.
    Unlike = 4,
    /// A comment was written; counted from the comments table, not from this event.
    Comment = 5,
    /// The post was passed on.
    Share = 6,
    /// Time spent on the post; the only action with `dwell_ms`.
    Dwell = 7,
    /// The viewer does not want to see this post again.
    Hide = 8,
    /// The post stood in a page that was answered: a mark that it was seen, counted nowhere. The service notes it;
    /// no client may report it.
    Served = 9,
}

impl Action {
    /// Every action: what may be reported in the order of the API document, then [`Action::Served`].
    pub const ALL: [Self; 10] = [
        Self::Impression,
        Self::View,
        Self::Click,
        Self::Like,
        Self::Unlike,
        Self::Comment,
        Self::Share,
        Self::Dwell,
        Self::Hide,
        Self::Served,
    ];

    /// What may be reported.
    pub fn reported() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|action| action.is_reported())
    }

    /// May it be reported? What is, counts, once per event.
    #[must_use]
    pub const fn is_reported(self) -> bool {
        !matches!(self, Self::Served)
    }

    /// The word of the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Impression => "impression",
            Self::View => "view",
            Self::Click => "click",
            Self::Like => "like",
            Self::Unlike => "unlike",
            Self::Comment => "comment",
            Self::Share => "share",
            Self::Dwell => "dwell",
            Self::Hide => "hide",
            Self::Served => "served",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Action {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|action| action.name() == text).ok_or(())
    }
}
