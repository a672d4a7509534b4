//! What each group of readers holds durably.

use std::collections::BTreeMap;

use nova_core::error::{Error, Kind, Result};
use rusqlite::{Connection, params};

use super::frame;
use crate::log::{Positions, Topic};
use crate::sqlite::failure;

/// Moves a group forward, never back.
pub(super) fn commit(transaction: &Connection, group: &str, positions: &Positions) -> Result<()> {
    const OP: &str = "log.commit";
    let mut statement =
        transaction.prepare_cached(include_str!("commit.sql")).map_err(|error| failure(OP, error))?;
    for ((topic, partition), next) in positions.iter() {
        if partition != frame::PARTITION {
            let why = format!("{} has no partition {partition}", topic.name());
            return Err(Error::new(Kind::Rejected, OP, why).at("positions", "unknown_partition"));
        }
        statement
            .execute(params![group, topic.name(), frame::column(next)])
            .map_err(|error| failure(OP, error))?;
    }
    Ok(())
}

/// What a group committed last, if it ever did.
pub(super) fn committed(connection: &Connection, group: &str) -> Result<Option<Positions>> {
    let mut all = groups(connection)?;
    Ok(all.remove(group))
}

/// For each topic that every group committed, what all of them hold. Nothing without a group: nobody has read yet.
pub(super) fn held(connection: &Connection) -> Result<BTreeMap<Topic, u64>> {
    let groups: Vec<_> = groups(connection)?.into_values().collect();
    let held = |topic| groups.iter().map(|group| group.get(topic, frame::PARTITION)).min().flatten();
    Ok(Topic::ALL.into_iter().filter_map(|topic| Some((topic, held(topic)?))).collect())
}

fn groups(connection: &Connection) -> Result<BTreeMap<String, Positions>> {
    const OP: &str = "log.committed";
    let rows = || -> rusqlite::Result<Vec<(String, String, i64)>> {
        connection
            .prepare_cached("select name, topic, next_offset from log_groups")?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect()
    };
    let mut groups = BTreeMap::<String, Positions>::new();
    for (group, topic, next) in rows().map_err(|error| failure(OP, error))? {
        let topic = frame::named(OP, &topic)?;
        groups.entry(group).or_default().advance(topic, frame::PARTITION, frame::offset(topic, next)?);
    }
    Ok(groups)
}
