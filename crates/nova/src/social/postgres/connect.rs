//! Connections: how many, how long, and when one is thrown away.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use deadpool_postgres::{
    ClientWrapper, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime, TimeoutType,
};
use futures_util::future::BoxFuture;
use nova_core::error::{Error, Kind, Result};
use tokio_postgres::NoTls;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::PostgresSocialConfig;
use super::failure::{OPEN, failure};
use crate::deadline;

/// A connection that says nothing for so long is asked whether it is still there.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(15);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);
const KEEPALIVE_RETRIES: u32 = 3;

/// What every session is set to.
///
/// Every question here is a few look-ups in indexes, whatever the statistics say: those of a table that was just
/// filled say that it is empty, and a plan made for an empty table reads all of a full one.
const SESSION: &str = "-c search_path=public -c timezone=UTC -c default_transaction_isolation=read\\ committed \
    -c jit=off -c max_parallel_workers_per_gather=0 \
    -c enable_seqscan=off -c enable_bitmapscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c nova.writes=on";

/// The connections of this process; made when they are needed.
pub(super) struct Connections {
    pool: Pool,
    answer_deadline: Duration,
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections").field("pool", &self.pool.status()).finish_non_exhaustive()
    }
}

impl Connections {
    /// Prepares them, without asking the server.
    pub(super) fn new(config: PostgresSocialConfig) -> Result<Self> {
        const FORM: &str = "social.url is not a PostgreSQL URL: postgres://user:password@host:port/database";
        let refused = || Error::new(Kind::Rejected, OPEN, FORM).at("social.url", "invalid");
        let mut to: tokio_postgres::Config =
            config.url.parse().map_err(|error| refused().with_source(error))?;
        if to.get_hosts().is_empty() || to.get_dbname().is_none() {
            return Err(refused());
        }
        let theirs = to.get_options().unwrap_or_default().to_owned();
        to.options(format!("{SESSION} -c statement_timeout={} {theirs}", config.answer_deadline.as_millis()))
            .application_name("nova")
            .connect_timeout(config.connect_deadline)
            .keepalives(true)
            .keepalives_idle(KEEPALIVE_IDLE)
            .keepalives_interval(KEEPALIVE_INTERVAL)
            .keepalives_retries(KEEPALIVE_RETRIES)
            .tcp_user_timeout(config.answer_deadline * 2);
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let pool = Pool::builder(Manager::from_config(to, NoTls, recycling))
            .max_size(config.pool_max.max(1))
            .wait_timeout(Some(config.answer_deadline))
            .create_timeout(Some(config.connect_deadline))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| refused().with_source(error))?;
        Ok(Self { pool, answer_deadline: config.answer_deadline })
    }

    /// A connection for one call.
    pub(super) async fn lease(&self, op: &'static str) -> Result<Lease> {
        let object = self.pool.get().await.map_err(|error| refused(op, error))?;
        Ok(Lease {
            object: Some(object),
            answered: AtomicBool::new(false),
            op,
            deadline: self.answer_deadline,
        })
    }
}

fn refused(op: &'static str, error: PoolError) -> Error {
    match error {
        PoolError::Backend(error) => failure(op, error),
        PoolError::Timeout(TimeoutType::Wait) => Error::new(
            Kind::Timeout,
            op,
            "all connections to PostgreSQL were at work for too long: raise social.pool_max",
        ),
        PoolError::Timeout(_) => {
            Error::new(Kind::Timeout, op, "PostgreSQL did not take the connection within its deadline")
        }
        other => Error::new(Kind::Unavailable, op, "there is no connection to PostgreSQL").with_source(other),
    }
}

/// A connection while one call has it.
///
/// It goes back only after everything that was asked was answered. Otherwise (the deadline passed, the caller left)
/// it is closed: the next caller would wait behind what nobody listens to any more.
pub(super) struct Lease {
    object: Option<Object>,
    answered: AtomicBool,
    op: &'static str,
    deadline: Duration,
}

impl Lease {
    pub(super) fn client(&self) -> &ClientWrapper {
        self.object.as_ref().expect("taken out in drop alone")
    }

    /// A question and all of its answer within the deadline of one, and the last of this lease.
    pub(super) async fn answered<T>(
        &self,
        question: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T> {
        self.answered_within(self.deadline, question).await
    }

    /// The same with a deadline of its own.
    pub(super) async fn answered_within<T>(
        &self,
        deadline: Duration,
        question: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T> {
        let outcome = self.waited(deadline, question).await?;
        if outcome.as_ref().err().is_none_or(is_answer) {
            self.whole();
        }
        outcome.map_err(|error| failure(self.op, error))
    }

    /// One step of several; the lease is not over.
    pub(super) async fn step<T>(&self, step: impl Future<Output = T>) -> Result<T> {
        self.waited(self.deadline, step).await
    }

    async fn waited<T>(&self, deadline: Duration, answer: impl Future<Output = T>) -> Result<T> {
        deadline::within(deadline, answer)
            .await
            .map_err(|_| Error::new(Kind::Timeout, self.op, "PostgreSQL did not answer within its deadline"))
    }

    /// Nothing is outstanding: another may have the connection.
    pub(super) fn whole(&self) {
        self.answered.store(true, Ordering::Relaxed);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if !*self.answered.get_mut()
            && let Some(object) = self.object.take()
        {
            drop(Object::take(object));
        }
    }
}

/// Did PostgreSQL answer, and may the connection be asked again? Not where its prepared statements are of tables that
/// have another shape by now.
fn is_answer(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|state| !matches!(state.code(), "0A000" | "26000"))
}

/// A parameter of a statement.
pub(super) type Value<'v> = &'v (dyn ToSql + Sync);

/// All rows of an answer. A statement that the connection knows already is sent when this is first polled: questions
/// polled together go out in one write. Boxed: the client's futures are kilobytes, and callers hold several.
pub(super) fn rows<'a>(
    client: &'a ClientWrapper,
    sql: &'a str,
    values: &'a [Value<'a>],
) -> BoxFuture<'a, Result<Vec<Row>, tokio_postgres::Error>> {
    Box::pin(async move { client.query(&client.prepare_cached(sql).await?, values).await })
}

/// At most one row.
pub(super) fn row<'a>(
    client: &'a ClientWrapper,
    sql: &'a str,
    values: &'a [Value<'a>],
) -> BoxFuture<'a, Result<Option<Row>, tokio_postgres::Error>> {
    Box::pin(async move { client.query_opt(&client.prepare_cached(sql).await?, values).await })
}
