//! What enters: change records, behaviour events and imported history, decoded and checked.
//!
//! Everything here is a pure function of bytes. What comes out is valid by construction; what does not come out is
//! named ([`crate::ingest::Undecodable`], [`crate::ingest::event::Refused`]) by its field and the cause, never by its content: a payload is not
//! ours to put into a log line.

/// Change records of the social tables, in every shape a Debezium connector sends.
pub mod change;
/// Behaviour events: the call, its validation, and the record they become.
pub mod event;
/// Somebody's real history, as JSON lines.
pub mod import;
mod json;

use std::fmt;

use crate::log::Reason;

/// A record that can never be applied: the words of its dead letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undecodable {
    /// The class.
    pub reason: Reason,
    /// Names the field and the cause; holds nothing of the payload's content.
    pub detail: String,
}

impl Undecodable {
    pub(crate) fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into() }
    }

    /// A field of the right record with a value it cannot have.
    pub(crate) fn field(field: impl fmt::Display, cause: impl fmt::Display) -> Self {
        Self::new(Reason::Invalid, format!("{field}: {cause}"))
    }

    /// What serde_json says, if it is about the bytes; what it says about values would quote them.
    pub(crate) fn json(error: &serde_json::Error, shape: &str) -> Self {
        use serde_json::error::Category;
        match error.classify() {
            Category::Data => Self::new(Reason::Invalid, shape),
            Category::Eof => Self::new(Reason::Malformed, "the JSON is cut off"),
            Category::Syntax | Category::Io => Self::new(Reason::Malformed, format!("not JSON: {error}")),
        }
    }
}

impl fmt::Display for Undecodable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason.name(), self.detail)
    }
}

impl std::error::Error for Undecodable {}
