//! What PostgreSQL's refusals mean here.

use std::error::Error as _;

use nova_core::error::{Error, Kind};
use tokio_postgres::types::{WasNull, WrongType};

/// The call of a program that starts.
pub(super) const OPEN: &str = "social.open";

/// A failure of a call: cause and cure in one sentence.
pub(super) fn failure(op: &'static str, error: tokio_postgres::Error) -> Error {
    let (kind, detail) = match error.code() {
        Some(state) if op == OPEN && is_final(state.code()) => (Kind::Rejected, of_state(state.code()).1),
        Some(state) => of_state(state.code()),
        None if error.source().is_some_and(|cause| cause.is::<WrongType>() || cause.is::<WasNull>()) => {
            (Kind::Corrupt, "a column of the social tables does not hold what this program keeps there")
        }
        None => (Kind::Unavailable, "PostgreSQL cannot be reached, or the connection to it broke"),
    };
    Error::new(kind, op, detail).with_source(error)
}

/// By SQLSTATE, see "PostgreSQL Error Codes" in its manual.
fn of_state(state: &str) -> (Kind, &'static str) {
    use Kind::{Rejected, Timeout, Unavailable};
    match state {
        "28P01" | "28000" => (
            Unavailable,
            "PostgreSQL refuses the login: correct user and password in social.url, or admit them in pg_hba.conf",
        ),
        "3D000" => (
            Unavailable,
            "the database of social.url is not there: create it (createdb), or correct the name",
        ),
        "42501" => (
            Unavailable,
            "the user of social.url lacks a right: make it the owner of the database and of Nova's tables",
        ),
        "53300" => (
            Unavailable,
            "PostgreSQL has no connection left: lower social.pool_max, or raise max_connections",
        ),
        "53100" => (Unavailable, "the disk of PostgreSQL is full: free some of it"),
        "25006" => (
            Unavailable,
            "PostgreSQL takes no writes: social.url must name the primary, and default_transaction_read_only be off",
        ),
        "57014" => (Timeout, "PostgreSQL did not finish within the deadline of an answer"),
        "57P01" | "57P02" | "57P03" => (Unavailable, "PostgreSQL is stopping or starting"),
        "40001" | "40P01" | "55P03" => {
            (Unavailable, "others wrote the same rows at the same time, again and again: try again")
        }
        "42P07" | "42710" | "42723" => (
            Unavailable,
            "the database holds tables by the same names that Nova did not make: give Nova a database of its own",
        ),
        _ => match state.get(..2).unwrap_or_default() {
            "22" | "23" => (Rejected, "PostgreSQL cannot keep this value"),
            "42" | "0A" => (
                Unavailable,
                "the social tables do not have the shape that this program made: run nova migrate",
            ),
            "53" => (Unavailable, "PostgreSQL has run out of memory or another resource"),
            "08" => (Unavailable, "the connection to PostgreSQL broke"),
            _ => (Unavailable, "PostgreSQL did not do it"),
        },
    }
}

/// May only the operator mend it, so that a program that starts need not try again? A server that is full, stopping or
/// starting passes.
fn is_final(state: &str) -> bool {
    matches!(state.get(..2), Some("28" | "3D" | "42" | "22" | "23" | "0A")) || state == "25006"
}
