//! One error for the ports. Its [`Kind`](crate::error::Kind) answers the three questions that callers have.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};

/// What went wrong, as far as a caller must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The dependency cannot be reached, refuses work, or its disk is full.
    Unavailable,
    /// It did not answer within its deadline.
    Timeout,
    /// What was read cannot be what was written. In the cache a miss, in the log a dead letter.
    Corrupt,
    /// The request itself is at fault; repeating it gives the same answer.
    Rejected,
    /// The thing asked for is not there, or not for this caller.
    NotFound,
    /// It clashes with what is there (a handle that is taken).
    Conflict,
    /// The caller may not do this.
    Forbidden,
}

impl Kind {
    /// May the same call succeed if it is repeated?
    #[must_use]
    pub const fn retry(self) -> bool {
        matches!(self, Self::Unavailable | Self::Timeout)
    }

    /// Does it speak against the dependency's health, so that a breaker must count it?
    #[must_use]
    pub const fn trips_breaker(self) -> bool {
        self.retry()
    }

    /// The HTTP status of a request that failed for this reason.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Unavailable | Self::Timeout => 503,
            Self::Corrupt => 500,
            Self::Rejected => 422,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::Forbidden => 403,
        }
    }

    /// A word for metrics and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::Timeout => "timeout",
            Self::Corrupt => "corrupt",
            Self::Rejected => "rejected",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::Forbidden => "forbidden",
        }
    }
}

impl Serialize for Kind {
    /// Its name.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

type Source = Box<dyn std::error::Error + Send + Sync>;

/// A failed call of a port.
pub struct Error(Box<Inner>);

/// One word, so that a failure travels as data at no cost to what succeeds.
const _: () = assert!(size_of::<Error>() == size_of::<usize>());

struct Inner {
    kind: Kind,
    op: &'static str,
    code: &'static str,
    field: &'static str,
    detail: Cow<'static, str>,
    source: Option<Source>,
}

/// What a port's call gives.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// `op` names the call (`"log.append"`); `detail` is a lowercase sentence without full stop, safe to show.
    pub fn new(kind: Kind, op: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner { kind, op, code: kind.name(), field: "", detail: detail.into(), source: None }))
    }

    /// Keeps what caused it; it is logged, never shown to a client.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Names the field at fault and a stable word for the reason (`"handle"`, `"handle_taken"`).
    #[must_use]
    pub fn at(mut self, field: &'static str, code: &'static str) -> Self {
        self.0.field = field;
        self.0.code = code;
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// Which call failed.
    #[must_use]
    pub fn op(&self) -> &'static str {
        self.0.op
    }

    /// A stable word for the reason; the kind's name where none was given.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// The field at fault, empty where there is none.
    #[must_use]
    pub fn field(&self) -> &'static str {
        self.0.field
    }

    /// The sentence for people.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.0.detail
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed ({}): {}", self.0.op, self.0.kind.name(), self.0.detail)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        let mut cause = std::error::Error::source(self);
        while let Some(source) = cause {
            write!(f, ": {source}")?;
            cause = source.source();
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|source| source.as_ref() as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_repeated_is_what_speaks_against_the_dependency() {
        let kinds = [
            (Kind::Unavailable, true, 503),
            (Kind::Timeout, true, 503),
            (Kind::Corrupt, false, 500),
            (Kind::Rejected, false, 422),
            (Kind::NotFound, false, 404),
            (Kind::Conflict, false, 409),
            (Kind::Forbidden, false, 403),
        ];
        for (kind, again, status) in kinds {
            assert_eq!(
                (kind.retry(), kind.trips_breaker(), kind.status()),
                (again, again, status),
                "{kind:?}"
            );
        }
    }

    #[test]
    fn the_cause_is_for_the_log_and_the_sentence_for_people() {
        let cause = std::io::Error::other("disk on fire");
        let error = Error::new(Kind::Conflict, "social.create_user", "the handle is taken")
            .at("handle", "handle_taken")
            .with_source(cause);
        assert_eq!(error.to_string(), "social.create_user failed (conflict): the handle is taken");
        assert_eq!(format!("{error:?}"), format!("{error}: disk on fire"));
        assert_eq!(
            (error.field(), error.code(), error.detail()),
            ("handle", "handle_taken", "the handle is taken")
        );
        let plain = Error::new(Kind::Timeout, "log.append", "no answer in 2 s");
        assert_eq!((plain.field(), plain.code(), plain.op()), ("", "timeout", "log.append"));
    }
}
