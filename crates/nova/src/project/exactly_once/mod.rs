//! The consumer of the distributed mode: every event of the log stands in the store once, whatever dies when.

mod sink;

pub use sink::{Block, Entry, Mark, Range, Sink};
