//! The service in this process, on a port of its own, with a clock that is set by hand.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use nova::app::{App, Ports, Roles, Services, Twins};
use nova::config::{Config, Overrides};
use nova::jobs::Job;
use nova_core::model::Timestamp;
use nova_core::testkit::ManualClock;
use tempfile::TempDir;

use crate::http::Http;
use crate::wait::PATIENCE;

/// When everything begins here.
pub(crate) const START: &str = "2026-06-01T12:00:00Z";

/// A service that ends with its test.
pub(crate) struct Service {
    pub(crate) http: Http,
    pub(crate) clock: Arc<ManualClock>,
    app: App,
    dir: Option<TempDir>,
}

impl Service {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// With other settings.
    pub(crate) async fn start_with(set: impl FnOnce(&mut Config)) -> Self {
        Self::start_wrapped(set, |twins| twins).await
    }

    /// The same, with something put around the twins.
    pub(crate) async fn start_wrapped(
        set: impl FnOnce(&mut Config),
        wrap: impl FnOnce(Twins) -> Twins,
    ) -> Self {
        let dir = TempDir::new().expect("a directory for the test");
        let clock = Arc::new(ManualClock::new(START.parse().expect("a time")));
        let mut service = Self::open(dir.path(), Arc::clone(&clock), set, wrap).await;
        service.dir = Some(dir);
        service
    }

    /// On a directory that is there already.
    pub(crate) async fn open(
        dir: &Path,
        clock: Arc<ManualClock>,
        set: impl FnOnce(&mut Config),
        wrap: impl FnOnce(Twins) -> Twins,
    ) -> Self {
        let app = App::open_with(Roles::ALL, config(dir, set), Arc::clone(&clock) as _, wrap)
            .await
            .expect("it opens");
        Self::serve(app, clock).await
    }

    /// The same, but the first trending lists, which a start makes, are made of the whole log.
    pub(crate) async fn caught_up_before_serving(
        dir: &Path,
        clock: Arc<ManualClock>,
        set: impl FnOnce(&mut Config),
    ) -> Self {
        let app = App::open(config(dir, set), Arc::clone(&clock) as _).await.expect("it opens");
        app.caught_up(PATIENCE).await.expect("the projection is through");
        Self::serve(app, clock).await
    }

    async fn serve(mut app: App, clock: Arc<ManualClock>) -> Self {
        let address = app.serve(None, axum::Router::new()).await.expect("a free port");
        Self { http: Http::new(address), clock, app, dir: None }
    }

    pub(crate) fn ports(&self) -> &Ports {
        self.app.ports()
    }

    pub(crate) fn services(&self) -> &Services {
        self.app.services()
    }

    pub(crate) fn jobs(&self) -> Vec<Arc<dyn Job>> {
        self.app.jobs()
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// Until the index has applied everything that the log holds.
    pub(crate) async fn caught_up(&self) {
        self.app.caught_up(PATIENCE).await.expect("the projection is through");
    }

    /// Ends as well as it can; gives the directory back.
    pub(crate) async fn give_up(self) -> Option<TempDir> {
        self.app.stop().await;
        self.dir
    }

    /// Ends in order; gives the directory back, so that another may be started on it.
    pub(crate) async fn stop(self) -> Option<TempDir> {
        assert!(self.app.stop().await, "everything was done before the deadline");
        self.dir
    }
}

/// The defaults, on a free port, in `dir`.
pub(crate) fn config(dir: &Path, set: impl FnOnce(&mut Config)) -> Config {
    let listen: SocketAddr = ([127, 0, 0, 1], 0).into();
    let flags = Overrides { listen: Some(listen), data_dir: Some(dir.to_owned()) };
    let mut config = Config::load(None, &flags).expect("the defaults are valid");
    // waiting threads of the file system are the slow part of a test's end
    config.server.shutdown_s = 10;
    // a busy machine may take longer than a reader would wait
    config.server.page_wait_ms = 2_500;
    set(&mut config);
    config
}

/// A moment so many seconds after [`START`].
pub(crate) fn at(seconds: i64) -> Timestamp {
    let start: Timestamp = START.parse().expect("a time");
    Timestamp::from_micros(start.micros() + seconds * 1_000_000)
}
