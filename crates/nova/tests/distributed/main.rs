//! The distributed mode on the real systems, from outside.

#[path = "../it/answer.rs"]
mod answer;
mod audit;
mod chain;
mod commands;
mod derived;
mod equality;
#[path = "../it/http.rs"]
mod http;
mod mapped;
mod place;
mod services;
mod stream;
mod system;
#[path = "../../src/testbed/mod.rs"]
mod testbed;
