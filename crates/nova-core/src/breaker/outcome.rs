//! What a call says of a dependency's health.

use crate::error::Result;

/// What a call says of a dependency's health.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It answered; that the answer was a refusal is not its fault.
    Success,
    /// It could not be reached, or not in time.
    Failure,
    /// Nothing: the caller went away before an answer came.
    Abandoned,
}

impl Outcome {
    /// Of a port's call: a failure if its [`Kind`](crate::error::Kind) trips a breaker.
    #[must_use]
    pub fn of<T>(result: &Result<T>) -> Self {
        match result {
            Err(error) if error.kind().trips_breaker() => Self::Failure,
            _ => Self::Success,
        }
    }
}
