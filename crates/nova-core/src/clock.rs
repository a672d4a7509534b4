//! Where the time comes from: handed in, never read.

use crate::model::Timestamp;

/// A source of the present moment. The service has a system clock, tests one that is set by hand.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The present moment. May step back when the system's clock is set.
    fn now(&self) -> Timestamp;
}
