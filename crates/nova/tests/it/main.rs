//! Nova from outside: the embedded service on a port of its own, spoken to over HTTP; and the program itself.
#![expect(clippy::print_stderr, reason = "a test says which seed it runs, and what it could not do here")]

mod wait;
mod answer;
mod http;
mod service;
mod session;
mod faulty;
mod process;

// the API, endpoint by endpoint
mod accounts;
mod posts;
mod comments;
mod edges;
mod likes;
mod settings;
mod lists;
mod feed;
mod events;
mod visibility;
mod cursors;
mod auth;
mod problems;
mod input;
mod doors;
mod operations;
mod connections;
mod document;
mod broken;

// the whole, in health and otherwise
mod core_flow;
mod known_issues_regression;
mod performance_benchmark;
mod degraded;
mod cursor;
mod replay;
mod served;
mod cli;
mod crash;
mod full_disk;
