//! The way to ClickHouse: its URL, how long it is waited for, and what its errors mean to a caller.
//!
//! What ClickHouse refuses for good is little: bytes and numbers that are none. Everything else (no memory, too many
//! parts, a wrong password, a table that is missing) is a state of the server that somebody can mend, and a caller
//! that holds records must wait for that rather than put them aside.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use clickhouse::error::Error as Fault;
use clickhouse::query::Query;
use clickhouse::{Client, Compression, RowOwned, RowRead};
use nova_core::error::{Error, Kind, Result};
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Characters of ClickHouse's answer that are kept; it may quote megabytes of what it was sent.
const FAULT_CHARS_MAX: usize = 500;

/// Questions of one process that ClickHouse works on at once; others wait here, where they cost nothing. It refuses what
/// is above its own bound (`max_concurrent_queries_for_user`), and two cores have enough to do with a few.
const QUESTIONS_MAX: usize = 32;

/// How a ClickHouse is reached.
#[derive(Clone)]
pub struct ClickHouseConfig {
    /// `clickhouse://user:password@host:port/database`, the port of the HTTP interface.
    pub url: String,
    /// A question that takes longer has failed, and is ended on the server too. Whole seconds on the server.
    pub deadline: Duration,
    /// The same for one insert with all its views, and for a statement that changes tables.
    pub insert_deadline: Duration,
}

impl fmt::Debug for ClickHouseConfig {
    /// Without the URL, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClickHouseConfig")
            .field("deadline", &self.deadline)
            .field("insert_deadline", &self.insert_deadline)
            .finish_non_exhaustive()
    }
}

/// A ClickHouse database. Cheap to clone; connections are made as they are needed and kept for two seconds.
#[derive(Clone)]
pub struct ClickHouse {
    client: Client,
    database: String,
    /// Of questions.
    deadline: Duration,
    /// Of inserts and of statements that change tables.
    insert_deadline: Duration,
    /// Places for questions, of all clones together.
    questions: Arc<Semaphore>,
}

impl fmt::Debug for ClickHouse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClickHouse").field("database", &self.database).finish_non_exhaustive()
    }
}

impl ClickHouse {
    /// Reads the URL; nothing is sent yet.
    ///
    /// # Errors
    /// `Rejected` when the URL is none.
    pub fn open(config: &ClickHouseConfig) -> Result<Self> {
        let Address { origin, user, password, database } = Address::parse(&config.url).ok_or_else(|| {
            let form = "store.url is not a ClickHouse URL: clickhouse://user:password@host:port/database";
            Error::new(Kind::Rejected, "store.open", form).at("store.url", "invalid")
        })?;
        let client = Client::default()
            .with_url(origin)
            .with_user(user)
            .with_password(password)
            .with_database(database.clone())
            // on a local link LZ4 costs more than it saves: 104 MB in 4 s against 0.16 s
            .with_compression(Compression::None)
            // a question that nobody waits for any more ends
            .with_setting("cancel_http_readonly_queries_on_client_close", "1");
        Ok(Self {
            client,
            database,
            deadline: config.deadline,
            insert_deadline: config.insert_deadline,
            questions: Arc::new(Semaphore::new(QUESTIONS_MAX)),
        })
    }

    /// The database's name.
    #[must_use]
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The configured client: for inserts, which set what they need themselves.
    #[must_use]
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// How long an insert may take.
    #[must_use]
    pub const fn insert_deadline(&self) -> Duration {
        self.insert_deadline
    }

    /// A question, sent as it is written; its values are bound with [`Query::param`] to `{name:Type}`.
    pub fn query(&self, sql: &str) -> Query {
        self.client
            .query_raw(sql)
            .with_setting("max_execution_time", seconds(self.deadline))
            .with_setting("max_threads", "2")
            // an answer of kilobytes is written before threads for it are there
            .with_setting("output_format_parallel_formatting", "0")
    }

    /// The rows of an answer; bounded by the question's own LIMIT.
    ///
    /// # Errors
    /// `Unavailable` and `Timeout` may be repeated; `Rejected` and `Corrupt` are for good.
    pub async fn rows<T: RowOwned + RowRead>(&self, op: &'static str, query: Query) -> Result<Vec<T>> {
        within(op, self.deadline, self.asked(named(op, query).fetch_all::<T>())).await
    }

    /// The one row of an answer that has exactly one.
    ///
    /// # Errors
    /// `Unavailable` and `Timeout` may be repeated; `Rejected` and `Corrupt` are for good.
    pub async fn row<T: RowOwned + RowRead>(&self, op: &'static str, query: Query) -> Result<T> {
        within(op, self.deadline, self.asked(named(op, query).fetch_one::<T>())).await
    }

    /// Waits for a place, which is a part of the question's time.
    async fn asked<T>(
        &self,
        question: impl Future<Output = clickhouse::error::Result<T>>,
    ) -> clickhouse::error::Result<T> {
        let _place = self.questions.acquire().await.map_err(|closed| Fault::Other(Box::new(closed)))?;
        question.await
    }

    /// A statement that changes something. An error with `kind().retry()` leaves open whether it did.
    ///
    /// # Errors
    /// `Unavailable` and `Timeout` may be repeated; `Rejected` and `Corrupt` are for good.
    pub async fn run(&self, op: &'static str, sql: &str) -> Result<()> {
        self.run_query(op, self.statement(sql)).await
    }

    /// As [`Self::run`], with values bound.
    ///
    /// # Errors
    /// `Unavailable` and `Timeout` may be repeated; `Rejected` and `Corrupt` are for good.
    pub async fn run_query(&self, op: &'static str, query: Query) -> Result<()> {
        within(op, self.insert_deadline, query.execute()).await
    }

    /// A statement under the deadline of inserts.
    pub fn statement(&self, sql: &str) -> Query {
        self.client.query_raw(sql).with_setting("max_execution_time", seconds(self.insert_deadline))
    }

    /// The same server and account without a database: for creating it.
    #[must_use]
    pub fn without_database(&self) -> Self {
        let mut server = self.clone();
        server.client = server.client.with_database("system");
        server
    }
}

/// `system.query_log` has a question's name in `log_comment`.
fn named(op: &'static str, query: Query) -> Query {
    query.with_setting("log_comment", op)
}

/// Waits at most so long.
///
/// # Errors
/// `Timeout` past the deadline: what was asked for may be done or not. otherwise what may be repeated.
pub(crate) async fn within<T>(
    op: &'static str,
    deadline: Duration,
    call: impl Future<Output = clickhouse::error::Result<T>>,
) -> Result<T> {
    match timeout(deadline, call).await {
        Ok(answer) => answer.map_err(failed(op)),
        Err(_) => {
            let detail = format!("ClickHouse did not answer within {} ms", deadline.as_millis());
            Err(Error::new(Kind::Timeout, op, detail))
        }
    }
}

/// Whole seconds, at least one: what ClickHouse counts in. A little later than the caller gives up.
pub(crate) fn seconds(deadline: Duration) -> String {
    deadline.as_secs().saturating_add(1).to_string()
}

/// What a failure means. `Unavailable` and `Timeout` may be repeated, and leave open whether it was done; `Rejected`
/// was understood and will never be taken; `Corrupt` is an answer of another shape than the question's.
pub(crate) fn failed(op: &'static str) -> impl Fn(Fault) -> Error {
    move |fault| {
        let text = cut(&fault.to_string());
        let (kind, detail) = match &fault {
            Fault::TimedOut => (Kind::Timeout, "ClickHouse did not answer in time"),
            Fault::BadResponse(answer) => judge(code(answer), answer.contains("while pushing to view")),
            Fault::InvalidParams(_) | Fault::Unsupported(_) | Fault::SequenceMustHaveLength => {
                (Kind::Rejected, "the request cannot be written for ClickHouse")
            }
            Fault::Network(_) | Fault::Other(_) => (Kind::Unavailable, "ClickHouse cannot be reached"),
            _ => (Kind::Corrupt, "ClickHouse answered in another shape than was asked for"),
        };
        // the text, not the fault: it is bounded
        Error::new(kind, op, detail).with_source(text)
    }
}

/// What one of ClickHouse's codes means to a caller. A view that fails has left the source written: never `Rejected`.
fn judge(code: Option<u32>, in_view: bool) -> (Kind, &'static str) {
    match code {
        // timeout exceeded, too slow, socket timeout
        Some(159 | 160 | 209) => (Kind::Timeout, "ClickHouse did not finish in time"),
        Some(516) => {
            (Kind::Unavailable, "ClickHouse refuses the account: correct user and password in store.url")
        }
        Some(81) => (
            Kind::Unavailable,
            "the database is not there: correct its name in store.url, or create it with nova migrate",
        ),
        // no column, unknown identifier, unknown table, syntax
        Some(16 | 47 | 60 | 62) => {
            (Kind::Unavailable, "the tables are not those of this version: run nova migrate")
        }
        // readonly, no such right
        Some(164 | 497) => {
            (Kind::Unavailable, "the account may not do this in ClickHouse: give it the right")
        }
        Some(252) => (Kind::Unavailable, "ClickHouse has too many parts to merge and takes no more for now"),
        Some(241) => (Kind::Unavailable, "ClickHouse has no memory left for this"),
        Some(202 | 203) => (Kind::Unavailable, "ClickHouse has as many queries as it takes"),
        Some(242) => (Kind::Unavailable, "the table is read-only for now"),
        Some(243) => (Kind::Unavailable, "ClickHouse's disk is full"),
        // cannot parse text, quoted string, date, number, datetime, UUID; cannot read all data, array; type mismatch;
        // out of bound; cannot convert; incorrect data; string too large; null in a non-null; a rule of the table;
        // unknown enum element
        Some(6 | 26 | 27 | 33 | 38 | 41 | 53 | 69 | 70 | 72 | 117 | 131 | 349 | 376 | 457 | 469 | 691)
            if !in_view =>
        {
            (Kind::Rejected, "ClickHouse cannot read what it was sent")
        }
        _ => (Kind::Unavailable, "ClickHouse did not do it"),
    }
}

/// The code of `Code: 516. DB::Exception: ...`, wherever it stands in the answer.
fn code(answer: &str) -> Option<u32> {
    let (_, rest) = answer.split_once("Code: ")?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(FAULT_CHARS_MAX) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

/// What a URL says.
struct Address {
    /// `http://host:port`
    origin: String,
    user: String,
    password: String,
    database: String,
}

impl Address {
    fn parse(url: &str) -> Option<Self> {
        let rest = url.strip_prefix("clickhouse://")?;
        let (authority, database) = rest.split_once('/')?;
        let (account, host) = authority.rsplit_once('@').unwrap_or(("default", authority));
        let (user, password) = account.split_once(':').unwrap_or((account, ""));
        let named = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if database.is_empty() || !database.chars().all(named) || user.is_empty() {
            return None;
        }
        let origin = format!("http://{host}");
        let parsed: hyper::Uri = origin.parse().ok()?;
        parsed.port_u16().filter(|_| parsed.path() == "/" && parsed.query().is_none())?;
        Some(Self { origin, user: decode(user), password: decode(password), database: database.to_owned() })
    }
}

/// Undoes `%40` and the like, as a password in a URL needs it; a plus is a plus.
fn decode(text: &str) -> String {
    let query = text.replace('+', "%2B").replace('&', "%26");
    form_urlencoded::parse(format!("v={}", query.replace('=', "%3D")).as_bytes())
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testbed::{self, Proxy, Way};

    fn config(url: String) -> ClickHouseConfig {
        let deadline = Duration::from_secs(20);
        ClickHouseConfig { url, deadline, insert_deadline: deadline }
    }

    async fn ask(url: String, deadline: Duration, sql: &str) -> Result<u8> {
        let store = ClickHouse::open(&ClickHouseConfig { deadline, ..config(url) })?;
        store.row("test", store.query(sql)).await
    }

    async fn error(url: String, sql: &str) -> Error {
        ask(url, Duration::from_secs(20), sql).await.expect_err("refused")
    }

    #[test]
    fn a_url_is_read_or_refused() {
        let address = Address::parse("clickhouse://me:a%40b+c%2F=&@host:8123/feed").expect("a URL");
        assert_eq!((address.user.as_str(), address.password.as_str()), ("me", "a@b+c/=&"));
        assert_eq!((address.origin.as_str(), address.database.as_str()), ("http://host:8123", "feed"));
        assert_eq!(Address::parse("clickhouse://host:8123/feed").expect("a URL").user, "default");
        for wrong in [
            "http://u:p@h:1/d",
            "clickhouse://u:p@h:1/",
            "clickhouse://u:p@h:1",
            "clickhouse://u:p@h/d",
            "clickhouse://u:p@h:1/d;drop",
            "clickhouse://:p@h:1/d",
        ] {
            let refused = ClickHouse::open(&config(wrong.to_owned())).expect_err(wrong);
            assert_eq!((refused.kind(), refused.field()), (Kind::Rejected, "store.url"), "{wrong}");
        }
        let shown = format!("{:?}", config("clickhouse://u:secret@h:1/d".to_owned()));
        assert!(!shown.contains("secret"), "{shown}");
    }

    #[tokio::test]
    async fn what_the_server_refuses_says_cause_and_cure() {
        let url = testbed::clickhouse();
        let database = url.rsplit_once('/').expect("a database").1;
        let elsewhere = url.replace(&format!("/{database}"), "/nova_not_there");
        let stranger = format!("clickhouse://nova:wrong@{}", url.rsplit_once('@').expect("an account").1);
        for (url, sql, kind, says) in [
            (stranger, "SELECT 1", Kind::Unavailable, "user and password"),
            (elsewhere, "SELECT 1", Kind::Unavailable, "nova migrate"),
            (url.clone(), "SELECT nope FROM nope", Kind::Unavailable, "nova migrate"),
            (url.clone(), "SELECT toUInt8('x')", Kind::Rejected, "cannot read"),
            (url.clone(), "SELECT throwIf(1)", Kind::Unavailable, "did not do it"),
            (url.clone(), "SELECT repeat('x', 99)", Kind::Corrupt, "another shape"),
        ] {
            let error = error(url, sql).await;
            assert_eq!(error.kind(), kind, "{sql}: {error:?}");
            assert!(error.detail().contains(says), "{sql}: {error:?}");
        }
        let long = format!("SELECT toUInt8('{}')", "x".repeat(5_000));
        let cause = std::error::Error::source(&error(url, &long).await).expect("a cause").to_string();
        assert!(cause.chars().count() <= FAULT_CHARS_MAX + 3, "{cause}");
    }

    #[tokio::test]
    async fn what_is_not_answered_may_be_repeated() {
        let url = testbed::clickhouse();
        let target = testbed::host(&url);
        let proxy = Proxy::before(target).await;
        let through = url.replace(target, &proxy.address().to_string());
        assert_eq!(ask(through.clone(), Duration::from_secs(20), "SELECT 1").await.expect("answered"), 1);
        for (way, kind) in [(Way::Mute, Kind::Timeout), (Way::Cut, Kind::Unavailable)] {
            proxy.set(way);
            let error =
                ask(through.clone(), Duration::from_millis(200), "SELECT 1").await.expect_err("no answer");
            assert_eq!(error.kind(), kind, "{way:?}: {error:?}");
        }
        let slow = "SELECT toUInt8(sum(sleepEachRow(0.5))) FROM numbers(9) SETTINGS max_block_size = 1, max_execution_time = 1";
        let error = ask(url, Duration::from_secs(20), slow).await.expect_err("the server gives up");
        assert_eq!(error.kind(), Kind::Timeout, "{error:?}");
    }

    #[test]
    fn a_failing_view_is_no_refusal() {
        let answer = "Code: 70. DB::Exception: no: while pushing to view d.v. (CANNOT_CONVERT_TYPE)";
        assert_eq!(failed("test")(Fault::BadResponse(answer.to_owned())).kind(), Kind::Unavailable);
        let answer = "Code: 252. DB::Exception: Too many parts";
        assert_eq!(failed("test")(Fault::BadResponse(answer.to_owned())).kind(), Kind::Unavailable);
        assert_eq!(failed("test")(Fault::BadResponse("no code".to_owned())).kind(), Kind::Unavailable);
    }
}
