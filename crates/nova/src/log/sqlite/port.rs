//! The port, by the parts beside this file.

use std::sync::Arc;

use async_trait::async_trait;
use nova_core::error::{Error, Kind, Result};
use nova_core::model::Timestamp;
use rusqlite::Transaction;

use super::reader::Reader;
use super::{Home, SqliteLog, frame, group, trim};
use crate::log::{EventLog, LogReader, Positions, Record, Topic};
use crate::sqlite::failure;

#[async_trait]
impl EventLog for SqliteLog {
    async fn append(&self, topic: Topic, records: Vec<Record>) -> Result<Positions> {
        let clock = Arc::clone(&self.clock);
        self.write(topic, records, move |transaction, bodies| {
            frame::write(transaction, topic, bodies, clock.now())
        })
        .await
    }

    async fn read(&self, topics: &[Topic], from: &Positions) -> Result<Box<dyn LogReader>> {
        let files: Vec<_> = [Home::Social, Home::Events]
            .into_iter()
            .map(|home| {
                let topics = topics.iter().copied().filter(|&topic| Home::of(topic) == home);
                (self.file(home).path.clone(), topics.collect::<Vec<_>>(), self.wake.listen())
            })
            .filter(|(_, topics, _)| !topics.is_empty())
            .collect();
        let from = from.clone();
        let started = tokio::task::spawn_blocking(move || Reader::start(files, &from)).await;
        let reader = started.map_err(|broken| {
            Error::new(Kind::Unavailable, "log.read", "the reader did not start").with_source(broken)
        })??;
        Ok(Box::new(reader))
    }

    async fn ends(&self) -> Result<Positions> {
        let mut ends = self.ask("log.ends", Home::Social, frame::ends).await?;
        ends.advance_all(&self.ask("log.ends", Home::Events, frame::ends).await?);
        Ok(ends)
    }

    async fn starts(&self) -> Result<Positions> {
        let mut starts = self.ask("log.starts", Home::Social, frame::starts).await?;
        starts.advance_all(&self.ask("log.starts", Home::Events, frame::starts).await?);
        Ok(starts)
    }

    async fn commit(&self, group: &str, positions: &Positions) -> Result<()> {
        let (group, positions) = (group.to_owned(), positions.clone());
        self.events
            .submit("log.commit", move |transaction| group::commit(transaction, &group, &positions))
            .await
    }

    async fn committed(&self, group: &str) -> Result<Option<Positions>> {
        let group = group.to_owned();
        self.ask("log.committed", Home::Events, move |connection| group::committed(connection, &group)).await
    }

    async fn trim(&self, now: Timestamp) -> Result<u64> {
        let held = self.ask("log.trim", Home::Events, group::held).await?;
        let before = now.minus(self.retention);
        let (mut social_left, mut events_left) = (trim::CALL_FRAMES_MAX, trim::CALL_FRAMES_MAX);
        let mut records = 0;
        for (topic, held) in held {
            let left = match Home::of(topic) {
                Home::Social => &mut social_left,
                Home::Events => &mut events_left,
            };
            records += self.trim_topic(topic, held, before, left).await?;
        }
        Ok(records)
    }

    async fn check(&self) -> Result<()> {
        for home in [Home::Social, Home::Events] {
            self.ask("log.check", home, |connection| frame::ends(connection).map(drop)).await?;
            self.writer(home).submit("log.check", touch).await?;
        }
        Ok(())
    }
}

impl SqliteLog {
    /// Drops frames of one topic until nothing is left to drop or `frames_left` is used up.
    async fn trim_topic(
        &self,
        topic: Topic,
        held: u64,
        before: Timestamp,
        frames_left: &mut usize,
    ) -> Result<u64> {
        let mut records = 0;
        while *frames_left > 0 {
            let step = move |transaction: &Transaction<'_>| trim::step(transaction, topic, held, before);
            let dropped = self.writer(Home::of(topic)).submit("log.trim", step).await?;
            records += dropped.records;
            *frames_left = frames_left.saturating_sub(dropped.frames);
            if dropped.frames < trim::STEP_FRAMES_MAX {
                break;
            }
        }
        Ok(records)
    }
}

/// Writes without changing anything: fails where an append would.
fn touch(transaction: &Transaction<'_>) -> Result<()> {
    transaction
        .execute("insert or replace into log_check (one) values (1)", [])
        .map(drop)
        .map_err(|error| failure("log.check", error))
}
