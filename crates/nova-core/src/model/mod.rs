//! The vocabulary. Types are valid by construction: what can be held can be used.

mod id;
mod time;
mod action;
mod event;
mod row;
mod change;

pub use action::Action;
pub use change::{Change, Stamp, Table};
pub use event::Event;
pub use id::{CommentId, EventId, Id, IdError, PostId, UserId};
pub use row::{Comment, Edge, Like, Post, PostBody, Row, RowKey, User};
pub use time::{Timestamp, TimestampError};
