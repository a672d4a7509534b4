//! The four ports, and what stands on them: what a handler or a job may use.

use std::sync::Arc;

use nova_core::clock::Clock;

use crate::api::cursor::Signer;
use crate::cache::Cache;
use crate::config::Config;
use crate::feed::FeedService;
use crate::log::{DeadLetters, EventLog};
use crate::project::{Fence, Progress};
use crate::social::Social;
use crate::store::FeedStore;

/// Shared by everything in the process.
#[derive(Clone)]
pub struct Ports {
    /// The application's tables.
    pub social: Arc<dyn Social>,
    /// The record of everything that entered.
    pub log: Arc<dyn EventLog>,
    /// What could not be applied.
    pub dead: Arc<dyn DeadLetters>,
    /// What can be asked.
    pub store: Arc<dyn FeedStore>,
    /// What is remembered briefly.
    pub cache: Arc<dyn Cache>,
    /// Pages, trending, suggestions.
    pub feed: Arc<FeedService>,
    /// How far the index is; a write waits here until it can be read back.
    pub progress: Arc<Progress>,
    /// Own events are read back.
    pub fence: Arc<Fence>,
    /// The present moment.
    pub clock: Arc<dyn Clock>,
    /// Signs the cursors of lists.
    pub signer: Signer,
    /// Every key.
    pub config: Arc<Config>,
}
