//! The embedded twin.

/// The social tables in SQLite.
#[derive(Debug)]
pub struct SqliteSocial;
