//! What a line is, and when it is taken.

/// A word that `type` may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    User,
    Post,
    Comment,
    Like,
    Follow,
    Block,
    Mute,
    Hide,
    Event,
}

/// One reading of the whole source: what others refer to is taken first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    /// Accounts; and every line of which nobody can say what it is.
    Users,
    Posts,
    /// Whatever joins accounts and posts.
    Rows,
    Events,
}

impl Pass {
    /// In their order.
    pub(super) const ALL: [Self; 4] = [Self::Users, Self::Posts, Self::Rows, Self::Events];
}

impl Kind {
    /// The kind that a word names.
    pub(super) fn named(word: &str) -> Option<Self> {
        Some(match word {
            "user" => Self::User,
            "post" => Self::Post,
            "comment" => Self::Comment,
            "like" => Self::Like,
            "follow" => Self::Follow,
            "block" => Self::Block,
            "mute" => Self::Mute,
            "hide" => Self::Hide,
            "event" => Self::Event,
            _ => return None,
        })
    }

    /// The pass in which lines of this kind are taken.
    pub(super) const fn pass(self) -> Pass {
        match self {
            Self::User => Pass::Users,
            Self::Post => Pass::Posts,
            Self::Comment | Self::Like | Self::Follow | Self::Block | Self::Mute | Self::Hide => Pass::Rows,
            Self::Event => Pass::Events,
        }
    }

    /// The kind of a line that says it first, `{"type": "like", ...`, without reading the rest: most histories are
    /// written so, and three of the four passes need to know no more of a line.
    pub(super) fn ahead(line: &str) -> Option<Self> {
        let rest = line.strip_prefix('{')?.trim_ascii_start().strip_prefix("\"type\"")?;
        let rest = rest.trim_ascii_start().strip_prefix(':')?.trim_ascii_start().strip_prefix('"')?;
        let (word, _) = rest.split_once('"')?;
        Self::named(word)
    }
}
