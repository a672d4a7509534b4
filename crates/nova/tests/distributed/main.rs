//! The distributed mode on the real systems, from outside.

mod derived;
mod mapped;
mod place;
mod services;
mod stream;
#[path = "../../src/testbed/mod.rs"]
mod testbed;
