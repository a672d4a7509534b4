//! The sections. Each key's unit and reason stand in `config/nova.toml`.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::Url;

macro_rules! section {
    ($(#[$doc:meta] $name:ident { $($field:ident: $kind:ty),* $(,)? })*) => {$(
        #[$doc]
        #[derive(Debug, Clone, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[expect(missing_docs, reason = "config/nova.toml documents each key, its unit and its reason")]
        pub struct $name { $(pub $field: $kind),* }
    )*};
}

section! {
    /// `[server]`
    Server {
        listen: SocketAddr,
        data_dir: PathBuf,
        connections_max: usize,
        idle_s: u64,
        shutdown_s: u64,
        request_ms: u64,
        body_bytes_max: usize,
        read_your_writes_ms: u64,
        page_wait_ms: u64,
    }
    /// `[auth]`
    Auth { mode: AuthMode, secret: Secret, audience: String, issuer: String, leeway_s: u64 }
    /// `[social]`
    SocialKeys { url: Url, pool_max: usize, slot: String }
    /// `[log]`
    LogKeys {
        url: Url,
        prefix: String,
        events_partitions: u16,
        change_partitions: u16,
        replication: u16,
        retention_days: u32,
        batch_records_max: usize,
        dead_letter_days: u32,
        dead_letters_max: u64,
    }
    /// `[store]`
    StoreKeys {
        url: Url,
        hot_index: bool,
        snapshot_s: u64,
        waiting_max: usize,
        waiting_s: u64,
        deadline_ms: u64,
    }
    /// `[cache]`
    CacheKeys {
        url: Url,
        prefix: String,
        page_fresh_ms: u64,
        slate_s: u64,
        slate_bytes_max: u64,
        other_bytes_max: u64,
        body_bytes_max: u64,
    }
    /// `[events]`
    EventKeys {
        per_call_max: usize,
        body_bytes_max: usize,
        ahead_s: u64,
        back_s: u64,
        dedup_events_max: usize,
        dedup_filter_bytes_max: usize,
        dedup_s: u64,
    }
    /// `[jobs]`
    JobKeys {
        trending_1h_s: u64,
        trending_24h_s: u64,
        trending_7d_s: u64,
        suggest_s: u64,
        suggest_users_max: usize,
        trim_s: u64,
    }
    /// `[breaker]`
    BreakerKeys { failures_max: u32, open_ms: u64, open_ms_max: u64 }
    /// `[logging]`
    Logging { level: String, format: Format }
}

/// Who may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AuthMode {
    /// The caller names itself; loopback only.
    Open,
    /// A signed token names the caller.
    Jwt,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// A value that no log line and no error shows.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The value itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "(none)" } else { "(set)" })
    }
}

impl Server {
    /// How long a stop may take.
    #[must_use]
    pub const fn shutdown(&self) -> Duration {
        Duration::from_secs(self.shutdown_s)
    }

    /// How long a page waits for what its viewer did.
    #[must_use]
    pub const fn page_wait(&self) -> Duration {
        Duration::from_millis(self.page_wait_ms)
    }

    /// How long a write waits until it can be read back.
    #[must_use]
    pub const fn read_your_writes(&self) -> Duration {
        Duration::from_millis(self.read_your_writes_ms)
    }
}
