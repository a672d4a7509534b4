//! Nova on the real systems, with a database, topics and keys of one test's own.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use figment::Figment;
use figment::providers::{Format as _, Toml};
use nova::app::{App, Ports, Roles, Services, SystemClock};
use nova::config::{Config, Overrides};
use nova::ingest::change::Mapping;
use nova::log::EventLog as _;
use nova::project::exactly_once::GROUP;
use nova::store::clickhouse::{ClickHouse, ClickHouseConfig};
use nova_core::clock::Clock;
use tempfile::TempDir;
use tokio::sync::RwLockReadGuard;

use crate::http::Http;
use crate::place::Place;
use crate::services::Breaking;
use crate::{services, testbed};

const PATIENCE: Duration = Duration::from_secs(30);

/// What a replica is beside the others.
pub(crate) struct Replica {
    pub(crate) app: App,
    pub(crate) http: Http,
    dir: Option<TempDir>,
}

/// One installation: its replicas share everything but their directories.
pub(crate) struct System {
    pub(crate) place: Place,
    clickhouse: String,
    /// Where the services are reached, if not directly: key of the configuration, URL.
    by: Vec<(&'static str, String)>,
    /// What its configuration says of a product's tables.
    change: String,
    _used: Option<RwLockReadGuard<'static, ()>>,
}

impl System {
    pub(crate) async fn new() -> Self {
        Self::with(Some(services::used().await), "").await
    }

    /// Of a product that has tables of its own, by these sections of the configuration; they are not there yet.
    pub(crate) async fn of_product(change: &str) -> Self {
        Self::with(Some(services::used().await), change).await
    }

    /// For a test that has the services for itself.
    pub(crate) async fn alone(_: &Breaking) -> Self {
        Self::with(None, "").await
    }

    async fn with(used: Option<RwLockReadGuard<'static, ()>>, change: &str) -> Self {
        let mapping = Figment::from(Toml::string(change)).extract_inner("change");
        let mapping = if change.is_empty() { Mapping::default() } else { mapping.expect("a mapping") };
        let place = Place::new(mapping).await;
        let clickhouse = testbed::sibling(&testbed::clickhouse(), &place.database);
        Self { place, clickhouse, by: Vec::new(), change: change.to_owned(), _used: used }
    }

    /// The same, its changes captured.
    pub(crate) async fn captured() -> Self {
        Self::new().await.capture().await
    }

    /// Its changes are captured from now on.
    pub(crate) async fn capture(self) -> Self {
        self.place.migrated().await;
        self.place.register().await;
        self.place.is_running().await;
        self
    }

    /// A service is reached by this URL from now on.
    pub(crate) fn reached_by(&mut self, key: &'static str, url: String) {
        self.by.push((key, url));
    }

    pub(crate) fn clickhouse(&self) -> &str {
        &self.clickhouse
    }

    /// The database of the store, asked directly.
    pub(crate) fn database(&self) -> ClickHouse {
        let config =
            ClickHouseConfig { url: self.clickhouse.clone(), deadline: PATIENCE, insert_deadline: PATIENCE };
        ClickHouse::open(&config).expect("a URL")
    }

    /// Until the consumer has committed everything that the log holds now.
    pub(crate) async fn consumed(&self) {
        let mut stands = String::new();
        let came = testbed::wait::until_or_none(async || {
            let (ends, committed) = (self.place.log.ends().await, self.place.log.committed(GROUP).await);
            stands = format!("the log ends at {ends:?}, and {committed:?} is committed");
            committed.ok()??.covers(&ends.ok()?).then_some(())
        });
        assert!(came.await.is_some(), "in vain: {stands}");
    }

    /// The configuration of a process of this installation.
    pub(crate) fn config(&self, dir: &Path, set: impl FnOnce(&mut Config)) -> Config {
        let flags = Overrides { listen: Some(([127, 0, 0, 1], 0).into()), data_dir: Some(dir.to_owned()) };
        let file = dir.join("nova.toml");
        std::fs::write(&file, self.toml()).expect("a file");
        let mut config = Config::load(Some(&file), &flags).expect("a configuration");
        set(&mut config);
        config
    }

    /// What a file of this installation says.
    pub(crate) fn toml(&self) -> String {
        let url = |key: &str, own: String| {
            self.by.iter().rev().find(|(by, _)| *by == key).map_or(own, |(_, url)| url.clone())
        };
        format!(
            "[social]\nurl = \"{}\"\nslot = \"{}\"\n[log]\nurl = \"{}\"\nprefix = \"{}\"\nevents_partitions = {}\n\
             change_partitions = {}\n[store]\nurl = \"{}\"\n[cache]\nurl = \"{}\"\nprefix = \"{}:\"\n{}",
            url("social", self.place.url()),
            self.place.connector.slot,
            url("log", testbed::kafka()),
            self.place.connector.prefix,
            self.place.log.config().events_partitions,
            self.place.log.config().change_partitions,
            url("store", self.clickhouse.clone()),
            url("cache", testbed::redis()),
            self.place.database,
            self.change,
        )
    }

    /// A replica that does everything.
    pub(crate) async fn replica(&self, set: impl FnOnce(&mut Config)) -> Replica {
        self.replica_as(Roles::ALL, set).await
    }

    pub(crate) async fn replica_as(&self, roles: Roles, set: impl FnOnce(&mut Config)) -> Replica {
        let dir = TempDir::new().expect("a directory");
        let config = self.config(dir.path(), set);
        let mut app = App::open_as(roles, config, Arc::new(SystemClock)).await.expect("it opens");
        let address = app.serve(None, axum::Router::new()).await.expect("a port");
        Replica { app, http: Http::new(address), dir: Some(dir) }
    }
}

impl Drop for System {
    fn drop(&mut self) {
        let url = self.clickhouse.clone();
        let config = ClickHouseConfig { url, deadline: PATIENCE, insert_deadline: PATIENCE };
        let server = ClickHouse::open(&config).expect("a URL").without_database();
        let sql = format!("drop database if exists {}", self.place.database);
        drop(testbed::at_end(async || server.run("test", &sql).await));
    }
}

impl Replica {
    pub(crate) fn ports(&self) -> &Ports {
        self.app.ports()
    }

    pub(crate) fn services(&self) -> &Services {
        self.app.services()
    }

    pub(crate) fn now(&self) -> nova_core::model::Timestamp {
        SystemClock.now()
    }

    /// Ends in order; gives the directory back.
    pub(crate) async fn stop(mut self) -> Option<TempDir> {
        assert!(self.app.stop().await, "everything was done before the deadline");
        self.dir.take()
    }
}

/// A part that fails is given up soon, and tried again soon.
pub(crate) fn quick(config: &mut Config) {
    config.server.request_ms = crate::community::REQUEST_MS;
    // that of a service is shorter; a test's machine has more to do
    config.store.deadline_ms = 1_500;
    config.breaker.open_ms = 1_000;
    config.breaker.open_ms_max = 1_000;
}
