//! The four ports.

use std::sync::Arc;

use crate::cache::Cache;
use crate::log::{DeadLetters, EventLog};
use crate::social::Social;
use crate::store::FeedStore;

/// What answers behind each port. Nothing here writes to the store: see [`super::Twins`].
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
}
