//! The ports and what stands on them, opened by URL; the roles; an orderly end.

mod clock;
mod dir;
mod ports;
mod roles;
mod run;
mod services;
mod tasks;
mod twins;

pub use clock::SystemClock;
pub use dir::DataDir;
pub use ports::Ports;
pub use roles::Roles;
pub use run::App;
pub use services::Services;
pub use tasks::Tasks;
#[cfg(feature = "distributed")]
pub(crate) use twins::distributed;
#[cfg(feature = "distributed")]
pub use twins::distributed::consumer_lane;
pub use twins::{Consumer, Halted, Run, Twins};
