//! Where the real services of the tests are. `cargo xtask stack up` starts them and writes `target/stack/env`.
//!
//! A service that cannot be had fails the test that needs it: nothing is passed over in silence. Tests share the
//! services, not what they hold: each works in databases, topics and keys of its own, see [`unique`]; and whoever
//! wants a service to fail puts a [`Proxy`] before it.

mod broker;
mod proxy;
// as the tests of the whole service do it
#[path = "../../tests/it/wait.rs"]
pub(crate) mod wait;

pub(crate) use broker::Broker;
pub(crate) use proxy::{Proxy, Way};
pub(crate) use wait::until;

#[expect(clippy::disallowed_methods, reason = "tests are told by the environment where the services are")]
fn url(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} is not set: start the services with `cargo xtask stack up`, then `source target/stack/env`")
    })
}

/// `postgres://user:password@host:port/database`, of somebody who may create databases and roles.
pub(crate) fn postgres() -> String {
    url("NOVA_TEST_POSTGRES_URL")
}

/// `kafka://host:port`.
pub(crate) fn kafka() -> String {
    url("NOVA_TEST_KAFKA_URL")
}

/// `http://host:port` of Kafka Connect with Debezium's PostgreSQL connector.
pub(crate) fn connect() -> String {
    url("NOVA_TEST_CONNECT_URL")
}

/// `clickhouse://user:password@host:port/database`, of somebody who may create databases.
pub(crate) fn clickhouse() -> String {
    url("NOVA_TEST_CLICKHOUSE_URL")
}

/// `redis://host:port/db`.
pub(crate) fn redis() -> String {
    url("NOVA_TEST_REDIS_URL")
}

/// `host:port` of a URL with an account and a database.
pub(crate) fn host(url: &str) -> &str {
    url.rsplit_once('@').expect("an account").1.split_once('/').expect("a database").0
}

/// Another database of the same server.
pub(crate) fn sibling(url: &str, database: &str) -> String {
    let (server, _) = url.rsplit_once('/').expect("a URL with a database");
    format!("{server}/{database}")
}

/// For what a test leaves behind when its value is dropped: there nothing can be waited for, and the test's own runtime
/// may be the one that is ending. It is waited for all the same, so that the next test finds nothing.
pub(crate) fn at_end<T: Send>(work: impl AsyncFnOnce() -> T + Send) -> std::thread::Result<T> {
    std::thread::scope(|scope| {
        let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build();
        scope.spawn(move || runtime().expect("a runtime").block_on(work())).join()
    })
}

/// A name that no other test and no earlier run has.
pub(crate) fn unique(stem: &str) -> String {
    format!("{stem}{:016x}", rand::random::<u64>())
}
