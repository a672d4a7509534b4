//! A database for one test.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use nova_core::error::{Error, Result};
use nova_core::model::{Id, Timestamp};
use nova_core::ranking::RankingConfig;
use tokio::sync::OnceCell;

use crate::social::contract::Twin;
use crate::social::postgres::connect::{Connections, Lease};
use crate::social::postgres::migrate::{STEPS, checksum};
use crate::social::postgres::{PostgresSocial, PostgresSocialConfig};
use crate::social::{Social, Write, Written};
use crate::testbed;

/// The migrated database that the others are copies of; one for each shape of the tables, kept between runs.
static TEMPLATE: OnceCell<String> = OnceCell::const_new();

/// A server under load may take long for what it does in milliseconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// Attempts to drop a database, each a way to the server and back.
const DROPS_MAX: usize = 10_000;

/// A database that goes with the value.
pub(super) struct Here {
    name: String,
}

impl Here {
    /// Only a name; nothing is made yet.
    pub(super) fn new() -> Self {
        Self { name: testbed::unique("nova_social_") }
    }

    /// A copy of the migrated tables, empty.
    pub(super) async fn migrated() -> Self {
        let here = Self::new();
        here.make().await;
        here
    }

    /// A database without any table.
    pub(super) async fn empty() -> Self {
        let here = Self::new();
        server().await.run(&format!("create database {}", here.name)).await;
        here
    }

    async fn make(&self) {
        let template = TEMPLATE.get_or_init(template).await;
        server().await.run(&format!("create database {} template {template}", self.name)).await;
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn config(&self) -> PostgresSocialConfig {
        config(&self.name)
    }

    /// The twin over it, with the default number of connections.
    pub(super) async fn social(&self) -> Arc<PostgresSocial> {
        Arc::new(opened(self.config()).await.expect("open"))
    }

    /// Beside the code under test.
    pub(super) async fn client(&self) -> Direct {
        Direct(Connections::new(self.config()).expect("URL").lease("test").await.expect("connect"))
    }
}

pub(super) async fn opened(config: PostgresSocialConfig) -> Result<PostgresSocial> {
    PostgresSocial::open(config, RankingConfig::default().early_tolerance()).await
}

/// The same server, another database.
fn config(database: &str) -> PostgresSocialConfig {
    patient(testbed::sibling(&testbed::postgres(), database))
}

fn patient(url: String) -> PostgresSocialConfig {
    PostgresSocialConfig {
        connect_deadline: PATIENCE,
        answer_deadline: PATIENCE,
        ..PostgresSocialConfig::of(url)
    }
}

async fn server() -> Direct {
    Direct(Connections::new(patient(testbed::postgres())).expect("URL").lease("test").await.expect("connect"))
}

/// Makes the template where no earlier run has, under another name at first: whoever finds it finds it whole.
async fn template() -> String {
    let text: String = STEPS.iter().map(|step| step.sql).collect();
    let name = format!("nova_social_template_{}", &checksum(&text)[..16]);
    let server = server().await;
    server.run("select pg_advisory_lock(478428037125)").await;
    if server.count(&format!("select count(*) from pg_database where datname = '{name}'")).await == 0 {
        let draft = Here::empty().await;
        PostgresSocial::migrate(draft.config()).await.expect("migrate");
        let others = format!("select count(*) from pg_stat_activity where datname = '{}'", draft.name);
        while server.count(&others).await > 0 {
            tokio::task::yield_now().await;
        }
        server.run(&format!("alter database {} rename to {name}", draft.name)).await;
    }
    server.run("select pg_advisory_unlock(478428037125)").await;
    name
}

#[async_trait]
impl Twin for Here {
    async fn open(&self) -> Arc<dyn Social> {
        self.make().await;
        self.social().await
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        let gone = format!("drop database if exists {} with (force)", self.name);
        // a test that failed already says why
        drop(testbed::at_end(async || {
            let server = server().await;
            // a session of the test that ends just now may hold a replication slot for a moment more
            for _ in 0..DROPS_MAX {
                if server.try_run(&gone).await.is_ok() {
                    break;
                }
            }
        }));
    }
}

/// A connection for statements of the test.
pub(super) struct Direct(Lease);

impl Direct {
    pub(super) async fn run(&self, statements: &str) {
        self.try_run(statements).await.unwrap_or_else(|error| panic!("{statements}: {error:?}"));
    }

    pub(super) async fn try_run(&self, statements: &str) -> Result<(), tokio_postgres::Error> {
        self.0.client().batch_execute(statements).await
    }

    pub(super) async fn count(&self, question: &str) -> i64 {
        self.0
            .client()
            .query_one(question, &[])
            .await
            .unwrap_or_else(|error| panic!("{question}: {error:?}"))
            .get(0)
    }

    pub(super) async fn texts(&self, question: &str) -> Vec<String> {
        let rows = self.0.client().query(question, &[]).await;
        rows.unwrap_or_else(|error| panic!("{question}: {error:?}")).iter().map(|row| row.get(0)).collect()
    }
}

/// The n-th of this world's ids.
pub(super) fn id(n: u64) -> Id {
    Id::from_uuid(0x0190_a1b2_c3d4_7000_8000_0000_0000_0000 + u128::from(n)).expect("not reserved")
}

/// So many seconds after a fixed moment.
pub(super) fn at(second: u64) -> Timestamp {
    Timestamp::from_micros(1_800_000_000_123_456).plus(Duration::from_secs(second))
}

pub(super) async fn one(social: &dyn Social, write: Write) -> Result<Written, Error> {
    social.write(vec![write]).await?.remove(0)
}

/// Counts that differ from their tables.
pub(super) async fn wrong_totals(here: &Here) -> i64 {
    here.client().await.count(include_str!("../../contract/wrong_totals.sql")).await
}
