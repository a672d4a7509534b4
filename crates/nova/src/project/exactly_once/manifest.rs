//! What the topics are, held against what they were when the store was filled from them.

use std::collections::BTreeMap;

use nova_core::error::{Error, Kind, Result};
use nova_core::model::Timestamp;

use super::Manifest;
use crate::log::{KafkaLog, Made, Topic};
use crate::store::clickhouse::ClickHouse;
use crate::store::clickhouse::topics::{Noted, note, noted};

const OP: &str = "project.manifest";

/// Every topic's place in the manifest; a topic that was never seen is noted.
///
/// # Errors
/// `Conflict` with a line for each topic that is not what it was: then nothing may be consumed. As the log and the store
/// otherwise.
pub async fn manifest(
    log: &KafkaLog,
    store: &ClickHouse,
    now: Timestamp,
) -> Result<BTreeMap<Topic, Manifest>> {
    let held = noted(store).await?;
    let (mut manifest, mut new, mut wrong) = (BTreeMap::new(), Vec::new(), Vec::new());
    for made in log.made().await? {
        let held = held.get(&made.topic).copied();
        if held.is_none() {
            new.push(Noted { made, epoch: 1 });
        }
        let held = held.unwrap_or(Noted { made, epoch: 1 });
        let name = log.config().topic(made.topic);
        if held.made.id != made.id {
            wrong.push(format!(
                "topic {name} was made anew ({} was {}): its offsets mean other records; when that is meant, `nova migrate --new-topics` begins a new epoch",
                made.id, held.made.id
            ));
        } else if held.made.partitions != made.partitions {
            wrong.push(format!(
                "topic {name} has {} partitions and had {}: keys have moved between partitions; grow by a new topic, not by more partitions",
                made.partitions, held.made.partitions
            ));
        }
        let Made { id, partitions, .. } = held.made;
        manifest.insert(made.topic, Manifest { id, epoch: held.epoch, partitions });
    }
    if !wrong.is_empty() {
        return Err(Error::new(Kind::Conflict, OP, wrong.join("; ")));
    }
    note(store, &new, now).await?;
    Ok(manifest)
}

/// Begins a new epoch for each topic that was made anew; gives their names. What the old one held and nobody had read is
/// lost, which is why an operator says so.
///
/// # Errors
/// As the log and the store.
pub async fn begin_epochs(log: &KafkaLog, store: &ClickHouse, now: Timestamp) -> Result<Vec<String>> {
    let held = noted(store).await?;
    let anew: Vec<Noted> = log
        .made()
        .await?
        .into_iter()
        .filter_map(|made| {
            let held = held.get(&made.topic)?;
            (held.made.id != made.id).then_some(Noted { made, epoch: held.epoch + 1 })
        })
        .collect();
    note(store, &anew, now).await?;
    Ok(anew.iter().map(|noted| log.config().topic(noted.made.topic)).collect())
}
