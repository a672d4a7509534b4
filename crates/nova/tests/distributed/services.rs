//! The services as a whole: used by many tests at once, and broken by one alone.

use std::process::{Command, Output};

use crate::testbed::Proxy;
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

/// The services are somebody's own.
const OURS_ARE_NONE: &str = "none";

static SERVICES: RwLock<()> = RwLock::const_new(());

/// For a test that needs them to work.
pub(crate) async fn used() -> RwLockReadGuard<'static, ()> {
    SERVICES.read().await
}

/// For a test that breaks one of them: nobody else uses any of them meanwhile. `None` where they are somebody's own:
/// then whoever started the tests has been told.
pub(crate) async fn broken() -> Option<Breaking> {
    let program = program();
    if program == OURS_ARE_NONE {
        return None;
    }
    Some(Breaking { program, _alone: SERVICES.write().await })
}

/// Breaks services, and mends them when it is dropped.
pub(crate) struct Breaking {
    program: String,
    _alone: RwLockWriteGuard<'static, ()>,
}

impl Breaking {
    /// `kill`, `start`, `freeze`, `thaw`, and `postgres`, `kafka`, `connect`, `clickhouse` or `redis`.
    pub(crate) fn does(&self, what: &str, service: &str) {
        self.stack(&[what, service]);
    }

    fn stack(&self, arguments: &[&str]) {
        let done = self.try_stack(arguments).expect("the program runs");
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "stack {arguments:?}: {said}");
    }

    fn try_stack(&self, arguments: &[&str]) -> std::io::Result<Output> {
        Command::new(&self.program).arg("stack").args(arguments).output()
    }
}

impl Drop for Breaking {
    fn drop(&mut self) {
        for service in ["postgres", "kafka", "connect", "clickhouse", "redis"] {
            // nothing to do for one that is not held
            drop(self.try_stack(&["thaw", service]));
        }
        self.stack(&["up"]);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests are told by the environment what may break the services"
)]
fn program() -> String {
    std::env::var("NOVA_TEST_STACK").unwrap_or_else(|_| {
        panic!("NOVA_TEST_STACK is not set: start the services with `cargo xtask stack up`, then `source target/stack/env`")
    })
}

/// A proxy before the server of a URL, and the URL by it.
pub(crate) async fn on_the_way(url: &str) -> (Proxy, String) {
    let (scheme, rest) = url.split_once("://").expect("a URL");
    let (server, path) = rest.split_once('/').map_or((rest, None), |(server, path)| (server, Some(path)));
    let (account, target) = server.rsplit_once('@').map_or((None, server), |(who, at)| (Some(who), at));
    let proxy = Proxy::before(target).await;
    let account = account.map_or(String::new(), |who| format!("{who}@"));
    let path = path.map_or(String::new(), |path| format!("/{path}"));
    let url = format!("{scheme}://{account}{}{path}", proxy.address());
    (proxy, url)
}
