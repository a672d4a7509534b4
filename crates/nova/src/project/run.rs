//! The loop: one thread reads and decodes ahead, one applies. Snapshots are written beside them.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Fuse, FusedFuture};
use nova_core::clock::Clock;
use nova_core::error::{Error, Kind, Result};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Progress;
use super::decode::{self, Decoded};
use crate::ingest::change::Mapping;
use crate::log::{BatchLimit, DeadLetter, DeadLetters, EventLog, Positions, Topic};
use crate::metrics;
use crate::store::Projection;

/// Decoded batches that may wait for the applier: it never idles while there is work, and memory stays bounded.
const AHEAD_MAX: usize = 2;
/// How long the reader waits for the first record of a batch before it looks whether it must stop.
const WAIT: Duration = Duration::from_millis(500);
/// Between tries at something that must succeed before the loop may go on. At most this many seconds apart.
const RETRY_FIRST: Duration = Duration::from_millis(50);
const RETRY_MAX: Duration = Duration::from_secs(5);
/// The group under which the log knows what the index holds durably.
const GROUP: &str = "index";

/// How the loop works.
#[derive(Debug, Clone)]
pub struct ProjectorConfig {
    /// Records of one batch, at most.
    pub batch_records_max: usize,
    /// Between snapshots, when something changed.
    pub snapshot_every: Duration,
    /// Table and column names of the source.
    pub mapping: Mapping,
}

/// Carries records from the log into the store until it is stopped.
pub struct Projector {
    /// Where records come from.
    pub log: Arc<dyn EventLog>,
    /// Where those go that can never be applied. `None`: somebody else reads the same log and puts them aside, and this
    /// loop only passes them by.
    pub dead: Option<Arc<dyn DeadLetters>>,
    /// Where the others go.
    pub store: Arc<dyn Projection>,
    /// Told after every batch.
    pub progress: Arc<Progress>,
    /// For the time of burial and the age of records.
    pub clock: Arc<dyn Clock>,
    /// How the loop works.
    pub config: ProjectorConfig,
}

impl Projector {
    /// Runs until `stop`, then makes durable what was applied.
    ///
    /// Both halves compute for milliseconds at a time: they get threads of their own, so that requests never wait
    /// behind a batch.
    ///
    /// # Errors
    /// When the log cannot be read from where the store stands (it was trimmed or replaced): only an operator can
    /// decide what then.
    pub async fn run(self, stop: CancellationToken) -> Result<()> {
        let runtime = tokio::runtime::Handle::current();
        let (batches, decoded) = mpsc::channel(AHEAD_MAX);
        self.progress.advance(&self.store.positions());
        let mut reader = self.log.read(&Topic::ALL, &self.store.positions()).await?;
        let this = Arc::new(self);
        let reading = {
            let (this, runtime, stop) = (Arc::clone(&this), runtime.clone(), stop.clone());
            move || runtime.block_on(this.read(&mut *reader, &batches, &stop))
        };
        let applying = move || runtime.block_on(this.apply(decoded, &stop));
        let reader = tokio::task::spawn_blocking(reading);
        let applier = tokio::task::spawn_blocking(applying);
        let failed = |error| {
            Error::new(Kind::Unavailable, "project.run", "the projection ended early").with_source(error)
        };
        reader.await.map_err(failed)??;
        applier.await.map_err(failed)?
    }

    async fn read(
        &self,
        reader: &mut dyn crate::log::LogReader,
        batches: &mpsc::Sender<Decoded>,
        stop: &CancellationToken,
    ) -> Result<()> {
        let limit = BatchLimit { records_max: self.config.batch_records_max, wait_max: WAIT };
        let mut pause = RETRY_FIRST;
        while !stop.is_cancelled() {
            let next = tokio::select! {
                next = reader.next(limit) => next,
                () = stop.cancelled() => break,
            };
            match next {
                Ok(batch) if batch.entries.is_empty() => {}
                Ok(batch) => {
                    pause = RETRY_FIRST;
                    if batches
                        .send(decode::batch(&self.config.mapping, batch, self.clock.now()))
                        .await
                        .is_err()
                    {
                        break;
                    }
                }
                Err(error) if error.kind().retry() => {
                    tracing::warn!(error = ?error, "the log could not be read, trying again");
                    metrics::projection_retried("read");
                    tokio::select! {
                        () = tokio::time::sleep(pause) => pause = (pause * 2).min(RETRY_MAX),
                        () = stop.cancelled() => break,
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn apply(&self, mut batches: mpsc::Receiver<Decoded>, stop: &CancellationToken) -> Result<()> {
        let mut held = self.store.durable();
        let mut due = Instant::now();
        if self.store.positions() == held {
            due += self.config.snapshot_every;
        }
        let mut writing: Fuse<BoxFuture<'_, Result<Positions>>> = Fuse::terminated();
        let through = loop {
            tokio::select! {
                biased;
                written = &mut writing, if !writing.is_terminated() => {
                    held = written.unwrap_or(held);
                    due = Instant::now() + self.config.snapshot_every;
                }
                batch = batches.recv() => {
                    let Some(batch) = batch else { break Some(()) };
                    if self.one(batch, stop).await.is_none() {
                        break None;
                    }
                }
                () = tokio::time::sleep_until(due), if writing.is_terminated() => {}
            }
            // looked at after every batch too: under load the timer alone would never win
            if writing.is_terminated() && Instant::now() >= due {
                if self.store.positions() == held {
                    due = Instant::now() + self.config.snapshot_every;
                } else {
                    writing = self.persist().fuse();
                }
            }
        };
        if !writing.is_terminated() {
            held = writing.await.unwrap_or(held);
        }
        match through {
            Some(()) if self.store.positions() != held => self.persist().await.map(drop),
            // without a batch that could not be applied: a snapshot would stand after a letter that was not kept
            Some(()) | None => Ok(()),
        }
    }

    /// One batch. Poison is durable in the dead letters before the store moves past it. `None`: it could not be
    /// applied, and there is no time left; it is read again at the next start.
    async fn one(&self, batch: Decoded, stop: &CancellationToken) -> Option<()> {
        let started = Instant::now();
        let oldest = batch.facts.first().map(|fact| fact.received_at);
        self.bury(batch.letters, stop).await?;
        let apply = async || {
            let applied = self.store.apply(&batch.facts, &batch.upto).await;
            applied.inspect_err(|_| self.progress.falter())
        };
        let applied = self.insist("apply", stop, apply).await?;
        self.bury(applied.dead.clone(), stop).await?;
        self.progress.advance(&batch.upto);
        metrics::projected(&applied, batch.facts.len(), started.elapsed());
        if let Some(received_at) = oldest {
            metrics::visible_after(self.clock.now().micros_since(received_at));
        }
        Some(())
    }

    async fn bury(&self, letters: Vec<DeadLetter>, stop: &CancellationToken) -> Option<()> {
        let Some(dead) = self.dead.as_ref().filter(|_| !letters.is_empty()) else { return Some(()) };
        for letter in &letters {
            metrics::buried(letter.reason);
            tracing::warn!(
                letter.id = %DeadLetter::id(letter.place), letter.reason = letter.reason.name(), letter.detail = %letter.detail,
                "a record cannot be applied and was put aside; see `nova dead-letters`"
            );
        }
        self.insist("bury", stop, || dead.bury(letters.clone())).await
    }

    /// A snapshot of this moment, between two batches: no letter that it stands after is still to be kept. The
    /// projection goes on while it is written.
    fn persist(&self) -> BoxFuture<'_, Result<Positions>> {
        let started = Instant::now();
        let writing = self.store.persist();
        async move {
            let held = match writing.await {
                Ok(held) => held,
                Err(error) => {
                    metrics::snapshot_failed();
                    tracing::error!(error = ?error, "the index could not be written to disk; the log is kept until it can");
                    return Err(error);
                }
            };
            metrics::snapshot_written(started.elapsed());
            self.log.commit(GROUP, &held).await?;
            Ok(held)
        }
        .boxed()
    }

    /// Repeats until it works, or nobody can wait any more: going on without would lose records.
    async fn insist<T, F: Future<Output = Result<T>>>(
        &self,
        what: &'static str,
        stop: &CancellationToken,
        call: impl Fn() -> F,
    ) -> Option<T> {
        let mut pause = RETRY_FIRST;
        loop {
            match call().await {
                Ok(done) => return Some(done),
                Err(error) => {
                    tracing::error!(error = ?error, step = what, "the projection stands still until this works");
                    metrics::projection_retried(what);
                }
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(RETRY_MAX),
                () = stop.cancelled() => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use nova_core::model::Timestamp;
    use nova_core::testkit::ManualClock;

    use super::*;
    use crate::log::{Record, SqliteLog, SqliteLogConfig};
    use crate::store::{EveryEvent, MemoryStore, MemoryStoreConfig};

    fn clock() -> Arc<ManualClock> {
        Arc::new(ManualClock::new(Timestamp::from_millis(1_800_000_000_000)))
    }

    fn projector(log: &Arc<SqliteLog>, store: MemoryStore, clock: Arc<ManualClock>) -> Projector {
        Projector {
            log: Arc::clone(log) as _,
            dead: None,
            store: Arc::new(store),
            progress: Arc::default(),
            clock,
            config: ProjectorConfig {
                batch_records_max: 10,
                snapshot_every: Duration::from_secs(3_600),
                mapping: Mapping::default(),
            },
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_was_not_brought_by_the_log_is_written_at_once() {
        let (dir, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let clock = clock();
        let log = SqliteLog::open(dir.path(), SqliteLogConfig::default(), Arc::clone(&clock) as _).unwrap();
        let log = Arc::new(log);
        log.append(Topic::Events, vec![Record { key: "a".into(), value: None }]).await.unwrap();
        let config = MemoryStoreConfig::of(&Default::default());
        let none = || -> Result<Box<dyn crate::store::Identities>> { Ok(Box::new(EveryEvent::default())) };
        let (store, _) = MemoryStore::open(Some(kept.path()), config.clone(), &none).unwrap();
        store.jump(&log.ends().await.unwrap());
        let stop = CancellationToken::new();
        let running = projector(&log, store, clock).run(stop.clone());
        let written = async {
            while !MemoryStore::is_kept_in(kept.path()) {
                tokio::task::yield_now().await;
            }
            stop.cancel();
        };
        let both = async { tokio::join!(running, written) };
        let (ended, ()) = tokio::time::timeout(Duration::from_secs(20), both).await.expect("a snapshot");
        ended.unwrap();
        let (store, _) = MemoryStore::open(Some(kept.path()), config, &none).unwrap();
        assert_eq!(store.durable(), log.ends().await.unwrap());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_somebody_else_puts_aside_is_passed_by() {
        let dir = tempfile::tempdir().unwrap();
        let clock = clock();
        let log = Arc::new(
            SqliteLog::open(dir.path(), SqliteLogConfig::default(), Arc::clone(&clock) as _).unwrap(),
        );
        let poison = Record { key: "a".into(), value: Some("{".into()) };
        log.append(Topic::Events, vec![poison]).await.unwrap();
        let ends = log.ends().await.unwrap();
        for (dead, letters) in [(None, 0), (Some(Arc::clone(&log) as Arc<dyn DeadLetters>), 1)] {
            let config = MemoryStoreConfig::of(&Default::default());
            let (store, _) =
                MemoryStore::open(None, config, &|| Ok(Box::new(EveryEvent::default()))).unwrap();
            let projector = Projector { dead, ..projector(&log, store, Arc::clone(&clock)) };
            let progress = Arc::clone(&projector.progress);
            let stop = CancellationToken::new();
            let running = projector.run(stop.clone());
            let waiting = async {
                progress.wait(&ends, Duration::from_secs(20)).await.unwrap();
                stop.cancel();
            };
            let (ended, ()) = tokio::join!(running, waiting);
            ended.unwrap();
            assert_eq!(log.list(10, None).await.unwrap().len(), letters);
        }
    }
}
