//! The embedded twin.

/// The cache in this process.
#[derive(Debug)]
pub struct MemoryCache;
