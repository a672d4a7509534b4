//! Kafka Connect, over its REST interface.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{Method, Request, StatusCode, header};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use nova_core::error::{Error, Kind, Result};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::deadline;

/// Of one call. A worker that joins its group answers late, and says so.
const DEADLINE: Duration = Duration::from_secs(30);
/// Bytes of an answer, at most: a stack trace of a failed task is the longest.
const ANSWER_BYTES_MAX: usize = 1 << 20;
/// Signs of somebody else's message that a line shows.
const SHOWN_MAX: usize = 500;

/// A Kafka Connect cluster: any of its workers.
pub struct Connect {
    base: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// How a connector is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Status {
    /// Of the connector itself.
    pub connector: TaskStatus,
    /// Of its tasks; Debezium's has one, or none while it is being started.
    pub tasks: Vec<TaskStatus>,
}

/// How a connector or a task is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TaskStatus {
    /// `RUNNING`, `FAILED`, `PAUSED`, `UNASSIGNED`, `RESTARTING`.
    pub state: String,
    /// Why it failed.
    #[serde(default)]
    pub trace: Option<String>,
}

impl Status {
    /// Does it capture?
    #[must_use]
    pub fn is_running(&self) -> bool {
        let runs = |part: &TaskStatus| part.state == "RUNNING";
        runs(&self.connector) && !self.tasks.is_empty() && self.tasks.iter().all(runs)
    }
}

impl Connect {
    /// The cluster at `http://host:port`; nothing is asked yet.
    #[must_use]
    pub fn at(url: &str) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { base: url.trim_end_matches('/').to_owned(), client }
    }

    /// Makes a connector, or changes one.
    ///
    /// # Errors
    /// `Rejected` with Connect's words when it does not take the configuration, `Unavailable` when it does not answer.
    pub async fn register(&self, name: &str, config: &Map<String, Value>) -> Result<()> {
        let body = serde_json::to_vec(config).unwrap_or_default();
        self.call(Method::PUT, &format!("/connectors/{name}/config"), body).await.map(drop)
    }

    /// How a connector is.
    ///
    /// # Errors
    /// `NotFound` when there is none of this name; as above.
    pub async fn status(&self, name: &str) -> Result<Status> {
        let answer = self.call(Method::GET, &format!("/connectors/{name}/status"), Vec::new()).await?;
        serde_json::from_slice(&answer).map_err(|error| {
            Error::new(Kind::Unavailable, "connect.status", "Kafka Connect's answer is none")
                .with_source(error)
        })
    }

    /// Starts what failed again.
    ///
    /// # Errors
    /// As above.
    pub async fn restart(&self, name: &str) -> Result<()> {
        let path = format!("/connectors/{name}/restart?includeTasks=true&onlyFailed=true");
        self.call(Method::POST, &path, Vec::new()).await.map(drop)
    }

    /// Takes a connector away. Its replication slot stays, and holds back PostgreSQL's log until it is dropped.
    ///
    /// # Errors
    /// As above.
    pub async fn remove(&self, name: &str) -> Result<()> {
        self.call(Method::DELETE, &format!("/connectors/{name}"), Vec::new()).await.map(drop)
    }

    async fn call(&self, method: Method, path: &str, body: Vec<u8>) -> Result<Bytes> {
        let failed = |kind, detail: String| Error::new(kind, "connect.call", detail);
        let uri = format!("{}{path}", self.base);
        let request = Request::builder()
            .method(method)
            .uri(&uri)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| failed(Kind::Rejected, format!("{uri} is no URL")).with_source(error))?;
        let asked = async {
            let answer = self.client.request(request).await.map_err(|error| {
                failed(Kind::Unavailable, format!("Kafka Connect at {} cannot be reached", self.base))
                    .with_source(error)
            })?;
            let status = answer.status();
            let body =
                Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await.map_err(|error| {
                    failed(Kind::Unavailable, "Kafka Connect's answer broke off".to_owned())
                        .with_source(std::io::Error::other(error))
                })?;
            Ok((status, body.to_bytes()))
        };
        let (status, body) = deadline::within(DEADLINE, asked).await.unwrap_or_else(|_| {
            Err(failed(Kind::Timeout, format!("{} did not answer in time", self.base)))
        })?;
        match status {
            status if status.is_success() => Ok(body),
            StatusCode::NOT_FOUND => Err(failed(Kind::NotFound, said(&body))),
            // 409: the workers are sharing out their work
            StatusCode::CONFLICT => Err(failed(Kind::Unavailable, said(&body))),
            status if status.is_client_error() => Err(failed(Kind::Rejected, said(&body))),
            _ => Err(failed(Kind::Unavailable, said(&body))),
        }
    }
}

/// What Connect says of an error, in one line.
fn said(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Said {
        message: String,
    }
    let said = serde_json::from_slice(body)
        .map_or_else(|_| String::from_utf8_lossy(body).into_owned(), |Said { message }| message);
    let line: String = said.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("Kafka Connect says: {}", line.chars().take(SHOWN_MAX).collect::<String>())
}
