//! The port, by the parts beside this file.

use async_trait::async_trait;
use nova_core::error::{Error, Kind, Result};
use nova_core::model::Timestamp;
use rdkafka::consumer::Consumer as _;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::KafkaLog;
use super::offsets::{Offsets, Side, offsets};
use super::read::{Reader, begin};
use crate::log::{EventLog, LogReader, Positions, Record, Topic};

#[async_trait]
impl EventLog for KafkaLog {
    async fn append(&self, topic: Topic, records: Vec<Record>) -> Result<Positions> {
        self.writer.append(&self.config.topic(topic), topic, &records).await
    }

    async fn read(&self, topics: &[Topic], from: &Positions) -> Result<Box<dyn LogReader>> {
        const OP: &str = "log.read";
        // the start first: it only rises, and what it rises past in between is told by the first fetch
        let starts = offsets(&self.config, &self.asker, OP, topics, Side::Start).await?;
        let ends = offsets(&self.config, &self.asker, OP, topics, Side::End).await?;
        let positions = begin(topics, from, &starts, &ends)?;
        Ok(Box::new(Reader::start(&self.config, from, &positions, &ends)?))
    }

    async fn ends(&self) -> Result<Positions> {
        let ends = offsets(&self.config, &self.asker, "log.ends", &Topic::ALL, Side::End).await?;
        Ok(used(&ends, &ends))
    }

    async fn starts(&self) -> Result<Positions> {
        const OP: &str = "log.starts";
        let starts = offsets(&self.config, &self.asker, OP, &Topic::ALL, Side::Start).await?;
        let ends = offsets(&self.config, &self.asker, OP, &Topic::ALL, Side::End).await?;
        Ok(used(&starts, &ends))
    }

    async fn commit(&self, group: &str, positions: &Positions) -> Result<()> {
        self.groups.commit(&self.config, group, positions).await
    }

    async fn committed(&self, group: &str) -> Result<Option<Positions>> {
        self.groups.committed(&self.config, group).await
    }

    /// Kafka drops what is older than the topic's retention by itself.
    async fn trim(&self, _now: Timestamp) -> Result<u64> {
        Ok(0)
    }

    /// Every partition of `events` has a leader with as many copies as are wanted, and tells its end; the producer is
    /// whole. Nothing is written.
    async fn check(&self) -> Result<()> {
        const OP: &str = "log.check";
        self.writer.check()?;
        let (name, partitions) = (self.config.topic(Topic::Events), self.config.events_partitions);
        let copies = self.config.min_insync.map_or(1, usize::from);
        let asked = name.clone();
        let weak = self.asker.ask(OP, move |client, deadline| {
            let metadata = client.fetch_metadata(Some(&asked), deadline)?;
            let unknown = KafkaError::MetadataFetch(RDKafkaErrorCode::UnknownTopicOrPartition);
            let topic = metadata.topics().first().ok_or(unknown)?;
            if let Some(code) = topic.error() {
                return Err(KafkaError::MetadataFetch(code.into()));
            }
            let weak = topic.partitions().iter().filter(|it| it.leader() < 0 || it.isr().len() < copies);
            Ok((
                topic.partitions().len(),
                weak.map(rdkafka::metadata::MetadataPartition::id).collect::<Vec<_>>(),
            ))
        });
        let (found, weak) = weak.await?;
        if found != usize::from(partitions) {
            let why = format!(
                "topic {name} has {found} partitions now, had {partitions}: a key's partition changed"
            );
            return Err(Error::new(Kind::Corrupt, OP, why));
        }
        if !weak.is_empty() {
            let why = format!(
                "topic {name}: partitions {weak:?} have no leader, or fewer copies in sync than {copies}"
            );
            return Err(Error::new(Kind::Unavailable, OP, why));
        }
        offsets(&self.config, &self.asker, OP, &[Topic::Events], Side::End).await.map(drop)
    }
}

/// Of partitions that hold anything, or did.
fn used(offsets: &Offsets, ends: &Offsets) -> Positions {
    let mut positions = Positions::default();
    for (&(topic, partition), &offset) in offsets {
        if ends.get(&(topic, partition)).is_some_and(|&end| end > 0) {
            positions.advance(topic, partition, offset);
        }
    }
    positions
}
