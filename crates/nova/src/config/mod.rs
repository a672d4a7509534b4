//! Configuration: valid by construction once [`crate::config::Config::load`] gave it.
//!
//! `config/nova.toml`, compiled in, has every key with its default; a file, the environment and flags override it in
//! this order. What is unknown or out of range stops the start with one line.

mod load;
mod mode;
mod range;
mod refusal;
mod section;
mod url;

pub use load::{ConfigError, DEFAULTS, Overrides};
pub use mode::Mode;
pub use refusal::LISTEN;
pub use section::{
    Auth, AuthMode, BreakerKeys, CacheKeys, EventKeys, Format, JobKeys, LogKeys, Logging, Server, SocialKeys,
    StoreKeys,
};
pub use url::Url;

use nova_core::ranking::RankingConfig;
use serde::Deserialize;

use crate::ingest::change::Mapping;

/// Every key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `[server]`
    pub server: Server,
    /// `[auth]`
    pub auth: Auth,
    /// `[social]`
    pub social: SocialKeys,
    /// `[log]`
    pub log: LogKeys,
    /// `[change]`
    pub change: Mapping,
    /// `[store]`
    pub store: StoreKeys,
    /// `[cache]`
    pub cache: CacheKeys,
    /// `[events]`
    pub events: EventKeys,
    /// `[jobs]`
    pub jobs: JobKeys,
    /// `[breaker]`
    pub breaker: BreakerKeys,
    /// `[logging]`
    pub logging: Logging,
    /// `[ranking]`
    pub ranking: RankingConfig,
}
