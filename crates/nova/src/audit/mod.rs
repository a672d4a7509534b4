//! Exactly once, shown: everything that is written down twice is held against itself.
//!
//! ```text
//!   PostgreSQL ----- rows -----.                 .-- sums ----> post_metrics_1h post_totals metrics_1d
//!                              v                 |
//!   Kafka -- offsets --> ledger --- events --> events
//!                              '--- letters --> dead_letters
//!                        *_cdc, events --- derived --> every table that replaces itself
//! ```
//!
//! The systems go on while they are compared, so what differs at one look may only be on its way. What differs is
//! looked at again until it is gone or patience ends; what counts is what the last two looks found alike.
//!
//! Each question is bounded: pages by key or by range, shares of the users, whole days; and so is what is held of an
//! answer. What is not compared: rows of derived tables that nothing speaks for (of sums they show), texts, which the
//! store does not keep, and what is about to expire.

mod derived;
mod difference;
mod gaps;
mod group;
mod ledger;
mod offsets;
mod repair;
mod report;
mod rows;
mod sums;
mod tiles;

use std::sync::Arc;
use std::time::Duration;

use nova_core::clock::Clock;
use nova_core::error::Result;
use tokio::time::{Instant, sleep};

pub use self::derived::Derived;
pub use self::difference::{Check, Difference};
use self::ledger::Kept;
use self::repair::days_before;
pub use self::repair::{Repair, Repaired};
pub use self::report::{Findings, Gap, Report};
pub use self::rows::Key;
pub use self::sums::{Figure, Metrics, Totals};
use crate::ingest::change::Mapping;
use crate::log::KafkaLog;
use crate::social::PostgresSocial;
use crate::store::clickhouse::ClickHouse;

/// Days for which the store keeps events and ranges.
const EVENT_DAYS: u32 = 30;

/// What an audit is made of.
#[derive(Debug, Clone)]
pub struct AuditConfig {
    /// How long what differs is looked at again.
    pub patience: Duration,
    /// Between two looks.
    pub every: Duration,
    /// Days back for which sums are compared: 1 to 28.
    pub days: u32,
    /// The consumer's group, without the log's prefix.
    pub group: String,
    /// For how many days the log keeps records: a consumer may be so late.
    pub retention_days: u32,
    /// For how many days letters are kept.
    pub letter_days: u32,
    /// Table and column names of the source.
    pub mapping: Mapping,
}

/// The systems that are held against each other.
pub struct Audit {
    /// The log.
    pub log: Arc<KafkaLog>,
    /// The source.
    pub social: PostgresSocial,
    /// The store.
    pub store: ClickHouse,
    /// For what has expired.
    pub clock: Arc<dyn Clock>,
    /// How.
    pub config: AuditConfig,
}

impl Audit {
    /// Compares everything, again and again until nothing differs or patience ends; at least twice. What differed at
    /// the last two looks alike is what counts.
    ///
    /// # Errors
    /// As the systems: what cannot be asked is not equal.
    pub async fn look(&self) -> Result<Report> {
        let until = Instant::now() + self.config.patience;
        let mut before = self.look_once().await?;
        let mut standing = before.clone();
        let mut looked_again = false;
        while !before.is_equal() && (!looked_again || Instant::now() < until) {
            sleep(self.config.every).await;
            let now = self.look_once().await?;
            standing = now.clone().standing_since(&before);
            (before, looked_again) = (now, true);
        }
        Ok(standing)
    }

    async fn look_once(&self) -> Result<Report> {
        let mut report = Report::default();
        for check in Check::ALL {
            report.findings.push((check, self.check(check).await?));
        }
        report.gaps = gaps::accepted(&self.store).await?;
        Ok(report)
    }

    async fn check(&self, check: Check) -> Result<Findings> {
        let Self { log, store, config, .. } = self;
        let now = self.clock.now();
        let kept = Kept {
            // what was closed late was received that much earlier
            events: days_before(now, EVENT_DAYS.saturating_sub(config.retention_days + 1).max(1)),
            letters: days_before(now, config.letter_days.saturating_sub(1)),
        };
        match check {
            Check::Offsets => group::check(log, store, &config.group).await,
            Check::Ledger | Check::Events | Check::Letters => ledger::check(store, check, kept).await,
            Check::Sums => sums::check(store, days_before(now, config.days.clamp(1, EVENT_DAYS - 2))).await,
            Check::Derived => derived::check(store, now).await,
            Check::Rows => self.rows().check().await,
        }
    }
}
