//! The suite that every twin passes.
