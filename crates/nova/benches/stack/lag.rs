//! How long numbered things take from being sent until the store shows them.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use anyhow::Result;
use nova::store::clickhouse::ClickHouse;
use nova_lab::histogram::Histogram;
use tokio::time::Instant;

use crate::wait::until;

/// When each was sent.
pub(crate) struct Lag {
    base: Instant,
    /// Microseconds since `base`, and one; 0: not yet.
    sent: Vec<AtomicU64>,
}

impl Lag {
    /// Of so many at most.
    pub(crate) fn of(count: usize) -> Self {
        Self { base: Instant::now(), sent: (0..count).map(|_| AtomicU64::new(0)).collect() }
    }

    /// This one is sent now.
    pub(crate) fn sent(&self, number: usize) {
        let micros = u64::try_from(self.base.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.sent[number].store(micros + 1, Relaxed);
    }

    /// Asks the store again and again until it shows all of them. `sql` gives the numbers from `{from:UInt64}` on that
    /// are there.
    pub(crate) async fn watch(&self, store: &ClickHouse, sql: &str) -> Result<Histogram> {
        let (histogram, mut from) = (Histogram::default(), 0);
        let mut shown = vec![false; self.sent.len()];
        let look = async || {
            let there: Vec<u64> = store.rows("bench", store.query(sql).param("from", from as u64)).await?;
            let now = self.base.elapsed();
            for number in there {
                let number = number as usize;
                let Some(is_new) = shown.get_mut(number).filter(|shown| !**shown) else { continue };
                // rows may show before their commit is answered
                let sent = match self.sent[number].load(Relaxed) {
                    0 => now,
                    micros => Duration::from_micros(micros - 1),
                };
                *is_new = true;
                histogram.record(now.saturating_sub(sent));
            }
            from = shown.iter().position(|shown| !shown).unwrap_or(shown.len());
            Ok((from == shown.len()).then_some(()))
        };
        until("everything that was sent is shown", look).await?;
        Ok(histogram)
    }
}
