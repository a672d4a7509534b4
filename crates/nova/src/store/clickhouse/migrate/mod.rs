//! The tables: made step by step, and held against what this version needs.
//!
//! A step is a file of statements. Each statement can be run again (`IF NOT EXISTS`), so that a step that was
//! interrupted is simply run once more, by whichever replica comes first; several at once do no harm. A step that is
//! done is noted with the checksum of its text: a database that was made by another text is refused, not guessed at.

mod canary;
mod schema;
mod statements;
#[cfg(test)]
mod tests;
mod version;

use clickhouse::Row;
use nova_core::error::{Error, Kind, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use self::canary::Canary;
use super::ClickHouse;

/// One step.
struct Step {
    version: u32,
    name: &'static str,
    sql: &'static str,
}

const STEPS: &[Step] = &[
    Step { version: 1, name: "rows", sql: include_str!("../migrations/0001_rows.sql") },
    Step { version: 2, name: "events", sql: include_str!("../migrations/0002_events.sql") },
    Step {
        version: 3,
        name: "rows_by_question",
        sql: include_str!("../migrations/0003_rows_by_question.sql"),
    },
    Step {
        version: 4,
        name: "events_by_question",
        sql: include_str!("../migrations/0004_events_by_question.sql"),
    },
    Step { version: 5, name: "affinity", sql: include_str!("../migrations/0005_affinity.sql") },
    Step { version: 6, name: "ledger", sql: include_str!("../migrations/0006_ledger.sql") },
    Step { version: 7, name: "dead_letters", sql: include_str!("../migrations/0007_dead_letters.sql") },
    Step {
        version: 9,
        name: "dead_letter_headers",
        sql: include_str!("../migrations/0009_dead_letter_headers.sql"),
    },
];

/// The greatest version holds that was noted last; there is one row a step.
const MIGRATIONS: &str = "\
CREATE TABLE IF NOT EXISTS schema_migrations (
    version UInt32,
    name String,
    checksum String COMMENT 'SHA-256 of the step as it was run',
    applied_at DateTime64(6, 'UTC') DEFAULT now64(6)
) ENGINE = ReplacingMergeTree(applied_at)
ORDER BY version";

const NOTED: &str = "SELECT version, argMin(checksum, applied_at) AS checksum FROM schema_migrations
                     GROUP BY version ORDER BY version LIMIT 10000";
const NOTE: &str = "INSERT INTO schema_migrations (version, name, checksum)
                    SELECT {version:UInt32}, {name:String}, {checksum:String}";

/// The prefix under which every statement of the steps makes what it makes.
const OP: &str = "store.migrate";

#[derive(Debug, Row, Serialize, Deserialize)]
struct Noted {
    version: u32,
    checksum: String,
}

/// Creates the database, if it is not there, and runs the steps that were not run; gives the names of those.
///
/// # Errors
/// `Conflict` when the server is too old, a step was run with another text, or the database was made by a later version
/// of Nova; otherwise what may be repeated: what was begun is finished by the next call.
pub async fn migrate(store: &ClickHouse) -> Result<Vec<&'static str>> {
    version::check(store, &version::OLDEST).await?;
    let create = format!("CREATE DATABASE IF NOT EXISTS {}", store.database());
    store.without_database().run(OP, &create).await?;
    store.run(OP, MIGRATIONS).await?;
    let noted: Vec<Noted> = store.rows(OP, store.query(NOTED)).await?;
    if let Some(later) = noted.iter().find(|noted| STEPS.iter().all(|step| step.version != noted.version)) {
        let detail = format!(
            "the database {} stands at step {}, which a later version of Nova made: run that version",
            store.database(),
            later.version
        );
        return Err(Error::new(Kind::Conflict, OP, detail));
    }
    let mut done = Vec::new();
    for step in STEPS {
        let checksum = checksum(step.sql);
        match noted.iter().find(|noted| noted.version == step.version) {
            Some(noted) if noted.checksum == checksum => {}
            Some(_) => return Err(altered(store, step)),
            None => {
                run(store, step, &checksum).await?;
                done.push(step.name);
            }
        }
    }
    Ok(done)
}

async fn run(store: &ClickHouse, step: &Step, checksum: &str) -> Result<()> {
    for statement in statements::split(step.sql) {
        store.run(OP, statement).await?;
    }
    let note = store.statement(NOTE).param("version", step.version);
    store.run_query(OP, note.param("name", step.name).param("checksum", checksum)).await
}

fn altered(store: &ClickHouse, step: &Step) -> Error {
    let detail = format!(
        "step {} ({}) was run in the database {} with another text than this version has: use the version that made \
         the database, or a database of another name",
        step.version,
        step.name,
        store.database()
    );
    Error::new(Kind::Conflict, OP, detail)
}

fn checksum(sql: &str) -> String {
    Sha256::digest(sql.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Holds the database against what this version needs: each deviation in one line, with its cause and its cure. None:
/// it is as it should be.
///
/// # Errors
/// `Unavailable` and `Timeout` may be repeated; a database that cannot be asked is no deviation.
pub async fn verify(store: &ClickHouse) -> Result<Vec<String>> {
    schema::deviations(store).await
}

/// Tries on this very server what counting once rests on: the same token twice counts once, in a table and behind a
/// view, and an insert whose view failed is completed by the same token. Leaves nothing behind.
///
/// # Errors
/// `Conflict` when the server does not do so: it must not be fed. otherwise what may be repeated.
pub async fn try_deduplication(store: &ClickHouse) -> Result<()> {
    Canary::new(store, schema::WINDOW).fly().await
}
