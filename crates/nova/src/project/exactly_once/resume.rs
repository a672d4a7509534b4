//! What stands still until somebody decides, and the decision to go on without what is gone.

use std::collections::BTreeMap;

use nova_core::error::{Error, Kind, Result};
use nova_core::model::Timestamp;

use super::{Entry, Found, Intent, Manifest, Pending, Range, Sink, Why, start};
use crate::log::{KafkaLog, Topic};
use crate::store::clickhouse::ClickHouse;
use crate::store::clickhouse::topics::{Noted, note, noted};

const OP: &str = "project.resume";
const LETTERS: &str = include_str!("letters.sql");

/// A partition that no consumer may go on with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standstill {
    /// The topic.
    pub topic: Topic,
    /// Its partition.
    pub partition: u16,
    /// Why.
    pub why: Why,
    /// In which epoch.
    epoch: u32,
    /// What was about to be written where it stands.
    pending: Option<Pending>,
}

/// Every partition that stands still for what its place says: as a consumer would find it. What it finds in records (a
/// flood of poison, a truncation) is not known here.
///
/// # Errors
/// As the log and the store.
pub async fn standstills(
    log: &KafkaLog,
    sink: &dyn Sink,
    topics: &BTreeMap<Topic, Manifest>,
    group: &str,
) -> Result<Vec<Standstill>> {
    // the group before the log: what is read meanwhile lies behind both
    let mut committed = log.noted(group).await?;
    let made: BTreeMap<_, _> = log.made().await?.into_iter().map(|made| (made.topic, made.id)).collect();
    let mut found = Vec::new();
    for ((topic, partition), (low, high)) in log.spans().await? {
        let (Some(&manifest), Some(&id)) = (topics.get(&topic), made.get(&topic)) else { continue };
        let committed = committed.remove(&(topic, partition));
        let place = committed.as_ref().and_then(|(_, metadata)| Intent::parse(metadata));
        let pending = place.filter(|intent| intent.epoch == manifest.epoch).and_then(|intent| intent.pending);
        let mut at = Found { committed, low, high, id, partitions: manifest.partitions, reached: None };
        if at.asks_the_store(topic, manifest) {
            at.reached = sink.reached(topic, manifest.epoch, partition).await?;
        }
        if let Err(why) = start(topic, manifest, &at) {
            found.push(Standstill { topic, partition, why, epoch: manifest.epoch, pending });
        }
    }
    Ok(found)
}

/// Accepts that what is gone is lost: a gap becomes an entry of the ledger, behind which the consumer goes on, within
/// seconds where it runs; a topic whose offsets cannot be trusted any more begins an epoch, which a consumer learns when
/// it starts. Gives a line for each that was done; again changes nothing.
///
/// # Errors
/// `Conflict` for what no acceptance mends; `Rejected`, with nothing done, for a range that stands in part. As the store
/// otherwise.
pub async fn accept(
    standstills: &[Standstill],
    log: &KafkaLog,
    sink: &dyn Sink,
    store: &ClickHouse,
    now: Timestamp,
) -> Result<Vec<String>> {
    let (mut entries, mut epochs, mut lines) = (Vec::new(), BTreeMap::<Topic, u32>::new(), Vec::new());
    for at in standstills {
        let place = format!("{}:{}", at.topic.name(), at.partition);
        match at.why {
            Why::Trimmed { next, low } => {
                let (from, ended) = at.ended(next, sink, store).await?;
                entries.extend(ended);
                if from < low {
                    entries.push(at.gap(from, low, now));
                    lines.push(format!("{place}: the gap {from} to {} is accepted", low - 1));
                }
            }
            Why::Ahead { .. } | Why::Epoch { .. } => {
                let behind = if let Why::Epoch { committed, .. } = at.why { committed } else { at.epoch };
                let epoch = epochs.entry(at.topic).or_default();
                *epoch = (*epoch).max(behind + 1);
            }
            _ => return Err(Error::new(Kind::Conflict, OP, format!("{place}: {}", at.why))),
        }
    }
    sink.record(&entries).await?;
    let mut begun: Vec<Noted> = noted(store).await?.into_values().collect();
    let made = log.made().await?;
    begun.retain(|noted| epochs.contains_key(&noted.made.topic) && made.contains(&noted.made));
    for noted in &mut begun {
        noted.epoch = epochs[&noted.made.topic];
        lines.push(format!(
            "{} begins epoch {}: start the consumers again",
            noted.made.topic.name(),
            noted.epoch
        ));
    }
    note(store, &begun, now).await?;
    Ok(lines)
}

impl Standstill {
    /// What was about to be written, where all of it stands: then it is done, and the gap begins behind it.
    async fn ended(&self, next: u64, sink: &dyn Sink, store: &ClickHouse) -> Result<(u64, Option<Entry>)> {
        let Some(pending) = self.pending else { return Ok((next, None)) };
        let standing = sink.standing(&self.range(pending.first, pending.last)).await?.len() as u64;
        if standing == 0 {
            return Ok((next, None));
        }
        if standing != pending.kept {
            let why = format!(
                "{}:{}: {standing} of the {} events of {}-{} stand, and the log has not all of them any more: see \
                 `nova audit`, and delete those that stand",
                self.topic.name(),
                self.partition,
                pending.kept,
                pending.first,
                pending.last
            );
            return Err(Error::new(Kind::Rejected, OP, why));
        }
        let Pending { first, last, records, kept, hash, sealed_at, .. } = pending;
        let letters = store
            .query(LETTERS)
            .param("topic", self.topic.name())
            .param("epoch", self.epoch)
            .param("partition", self.partition)
            .param("first", first)
            .param("last", last);
        let others = records.saturating_sub(kept);
        // they were put aside before the range was intended
        let buried = store.row::<u64>(OP, letters).await?.min(others);
        let entry = Entry {
            records,
            kept,
            duplicates: others - buried,
            buried,
            hash,
            sealed_at,
            attempts: 1,
            ..self.entry(first, last, sealed_at)
        };
        Ok((last.saturating_add(1), Some(entry)))
    }

    /// The entry that says so.
    fn gap(&self, from: u64, to: u64, now: Timestamp) -> Entry {
        self.entry(from, to - 1, now)
    }

    fn entry(&self, first: u64, last: u64, sealed_at: Timestamp) -> Entry {
        Entry {
            range: self.range(first, last),
            records: 0,
            kept: 0,
            duplicates: 0,
            buried: 0,
            skipped: 0,
            hash: 0,
            sealed_at,
            attempts: 0,
        }
    }

    const fn range(&self, first: u64, last: u64) -> Range {
        Range { topic: self.topic, epoch: self.epoch, partition: self.partition, first, last }
    }
}
