//! The in-process index.

/// The index.
#[derive(Debug)]
pub struct MemoryStore;
/// Its bounds.
#[derive(Debug)]
pub struct MemoryStoreConfig;
/// What a snapshot holds.
#[derive(Debug)]
pub struct SnapshotInfo;
