//! Where the real services of the tests are. `cargo xtask stack up` starts them and writes `target/stack/env`.
//!
//! A service that cannot be had fails the test that needs it: nothing is passed over in silence.

#[expect(clippy::disallowed_methods, reason = "tests are told by the environment where the services are")]
fn url(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} is not set: start the services with `cargo xtask stack up`, then `source target/stack/env`")
    })
}

/// `redis://host:port/db`.
pub(crate) fn redis() -> String {
    url("NOVA_TEST_REDIS_URL")
}

/// A name that no other test and no earlier run has: tests share the services, not what they hold.
pub(crate) fn unique(stem: &str) -> String {
    format!("{stem}{:016x}", rand::random::<u64>())
}
