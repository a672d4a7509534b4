//! From the log into the store: read, decode, apply, put aside what can never be applied.
//!
//! Nothing else writes to the store. Where it stands is kept with the store's own snapshot, so that both are of one
//! moment; after a crash the log is read again from there, and what was applied before changes nothing.

mod decode;
#[cfg(feature = "distributed")]
pub mod exactly_once;
mod fence;
mod patience;
mod pending;
mod progress;
mod run;
mod start;

pub use fence::{Fence, FenceConfig, Index};
pub use progress::Progress;
pub use run::{Projector, ProjectorConfig};
pub use start::Start;
