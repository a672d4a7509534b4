//! The shape of the social tables, in numbered steps.
//!
//! Which were taken stands in the table `nova_migrations`, each with the checksum of its text. Many programs may start
//! at once: one takes the steps, the others wait and find them taken.

use std::fmt::Write as _;
use std::time::Duration;

use deadpool_postgres::ClientWrapper;
use nova_core::error::{Error, Kind, Result};
use sha2::{Digest, Sha256};

use super::connect::Connections;
use super::failure::OPEN;
use super::{capture, version};

/// An index over a large table takes its time.
const DEADLINE: Duration = Duration::from_secs(600);

/// A step: never edited once it was released.
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) sql: &'static str,
}

macro_rules! steps {
    ($($name:literal)*) => {
        &[$(Step { name: $name, sql: include_str!(concat!("migrations/", $name, ".sql")) }),*]
    };
}

/// In their order; the n-th is version n.
pub(super) const STEPS: &[Step] = steps! {
    "0001_tables"
    "0002_rules"
    "0003_counts"
};

/// Brings the tables to the present shape, all steps or none, and gives the names of those that were taken.
pub(super) async fn migrate(connections: &Connections) -> Result<Vec<&'static str>> {
    let lease = connections.lease(OPEN).await?;
    lease.answered_within(DEADLINE, take(lease.client(), STEPS)).await?
}

/// What is found to be wrong, though PostgreSQL did all that it was asked.
type Outcome<T> = std::result::Result<Result<T>, tokio_postgres::Error>;

async fn take(client: &ClientWrapper, steps: &[Step]) -> Outcome<Vec<&'static str>> {
    if let Some(why) = version::wrong(client, &version::OLDEST).await? {
        return Ok(Err(refused(why, "too_old")));
    }
    // whoever may only read finds out that nothing is to be done
    if client.query_one(include_str!("sql/is_migrated.sql"), &[]).await?.try_get(0)? {
        match pending(client, steps).await? {
            Ok([]) if capture::is_published(client).await? => return Ok(Ok(Vec::new())),
            Ok(_) => {}
            Err(error) => return Ok(Err(error)),
        }
    }
    client.batch_execute("begin").await?;
    let outcome = take_locked(client, steps).await;
    let end = if matches!(outcome, Ok(Ok(_))) { "commit" } else { "rollback" };
    client.batch_execute(end).await?;
    outcome
}

async fn take_locked(client: &ClientWrapper, steps: &[Step]) -> Outcome<Vec<&'static str>> {
    client.batch_execute(include_str!("sql/lock_migrations.sql")).await?;
    client.batch_execute(include_str!("migrations/0000_migrations.sql")).await?;
    let pending = match pending(client, steps).await? {
        Ok(pending) => pending,
        Err(error) => return Ok(Err(error)),
    };
    for step in pending {
        client.batch_execute(step.sql).await?;
        let taken = "insert into nova_migrations (name, checksum) values ($1, $2)";
        client.execute(taken, &[&step.name, &checksum(step.sql)]).await?;
    }
    capture::publish(client).await?;
    Ok(Ok(pending.iter().map(|step| step.name).collect()))
}

/// The steps that were not taken yet.
async fn pending<'s>(client: &ClientWrapper, steps: &'s [Step]) -> Outcome<&'s [Step]> {
    let taken = client.query("select name, checksum from nova_migrations order by name", &[]).await?;
    for (number, row) in taken.iter().enumerate() {
        let (name, sum): (&str, &str) = (row.try_get(0)?, row.try_get(1)?);
        let Some(step) = steps.get(number) else {
            let last = steps.last().map_or("none", |step| step.name);
            let why = format!(
                "the social tables have step {name} of a newer program, this one knows up to {last}: start the newer one"
            );
            return Ok(Err(refused(why, "newer_tables")));
        };
        if step.name != name || checksum(step.sql) != sum {
            let why = format!(
                "step {name} was taken with another text than {} has in this program: start the program that made \
                 the tables, or restore the step's file",
                step.name
            );
            return Ok(Err(refused(why, "changed_step")));
        }
    }
    Ok(Ok(&steps[taken.len()..]))
}

fn refused(why: String, code: &'static str) -> Error {
    Error::new(Kind::Rejected, OPEN, why).at("social.url", code)
}

pub(super) fn checksum(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::with_capacity(64), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("text takes all that is written to it");
        hex
    })
}
