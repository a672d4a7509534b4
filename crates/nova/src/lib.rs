//! Nova, the service. Modules in the order of the data's way:

/// 1. What enters: change records and behaviour events, decoded and checked.
pub mod ingest;
/// 2. The ordered, replayable record of everything that entered.
pub mod log;
/// The application's own tables, whose writes leave change records in the log.
pub mod social;

/// How the changes of those tables come into the log in the distributed mode: the Debezium connector.
#[cfg(feature = "distributed")]
pub mod capture;

/// 3. From the log into the store: decode, deduplicate, apply.
pub mod project;
/// 4. What can be asked.
pub mod store;

/// 5. Candidates in, slate out: the recipe.
pub mod feed;
/// 6. What is remembered briefly.
pub mod cache;
/// 7. What leaves: HTTP.
pub mod api;

/// What is written down twice, held against itself in the distributed mode: nothing lost, nothing double.
#[cfg(feature = "distributed")]
pub mod audit;

/// Beside the flow: what is done on a timer.
pub mod jobs;

/// How the embedded twins keep things on disk.
mod sqlite;
/// How long anything is waited for.
mod deadline;
/// How old a server of the distributed mode may be.
#[cfg(feature = "distributed")]
mod version;
/// What a part that fails costs.
pub mod guard;

/// Every key, its default and where it came from.
pub mod config;
/// Every metric.
pub mod metrics;
/// Opens the ports, runs the roles, drains, stops.
pub mod app;
/// The command line.
pub mod cli;

/// Where the real services of the tests are.
#[cfg(all(test, feature = "distributed"))]
mod testbed;
