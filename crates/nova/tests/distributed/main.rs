//! The distributed mode on the real systems, from outside.

#[expect(dead_code, reason = "the tests of the embedded mode use more of it")]
#[path = "../it/answer.rs"]
mod answer;
mod audit;
mod chain;
mod commands;
mod community;
mod core_flow;
mod derived;
mod equality;
#[expect(dead_code, reason = "the tests of the embedded mode use more of it")]
#[path = "../it/faulty.rs"]
mod faulty;
mod failure;
mod further;
#[expect(dead_code, reason = "the tests of the embedded mode use more of it")]
#[path = "../it/http.rs"]
mod http;
mod hot_index;
mod kills;
mod known_issues_regression;
mod mapped;
mod outage;
mod own_writes;
mod performance_benchmark;
mod place;
mod poison;
#[expect(dead_code, reason = "the tests of the embedded mode use more of it")]
#[path = "../it/process.rs"]
mod process;
mod product;
mod resume;
mod services;
mod slot;
mod slow_log;
mod start;
mod stream;
mod system;
#[path = "../../src/testbed/mod.rs"]
mod testbed;
mod vanished;

// as the tests of the embedded mode name it
use testbed::wait;
