//! One HTTP/1.1 connection that mends itself.
//!
//! The connection's own work is done while a request waits for its answer, in the same task: nothing is spawned,
//! and dropping a client drops all of it.

use std::future::{Future, poll_fn};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{HeaderMap, Method, Request, header};
use hyper_util::rt::TokioIo;
use thiserror::Error;
use tokio::net::TcpStream;

/// The longest answer that is read.
const ANSWER_BYTES_MAX: usize = 16 << 20;

type Driver = Pin<Box<http1::Connection<TokioIo<TcpStream>, Full<Bytes>>>>;

/// A keep-alive connection to one address. One request at a time; made when first needed, and again after it broke.
#[derive(Debug)]
pub struct Client {
    target: SocketAddr,
    host: String,
    deadline: Duration,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    sender: SendRequest<Full<Bytes>>,
    driver: Driver,
}

/// What a server said.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// All headers.
    pub headers: HeaderMap,
    /// The whole body, at most 16 MiB.
    pub body: Bytes,
}

/// Why there is no answer. After any of these the next request connects anew.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The path, a header name or a header value cannot be sent.
    #[error("the request is malformed")]
    Request(#[source] hyper::http::Error),
    /// Nobody listens there, or not for us.
    #[error("cannot connect")]
    Connect(#[source] std::io::Error),
    /// The connection broke, or what came is not HTTP.
    #[error("the exchange broke")]
    Exchange(#[source] hyper::Error),
    /// The body broke off or is longer than 16 MiB.
    #[error("the body broke off or is too long")]
    Body(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No whole answer within the deadline.
    #[error("no answer in time")]
    Deadline,
}

impl Client {
    /// Connects with the first request. `deadline` bounds each request from connecting to the last byte.
    #[must_use]
    pub fn new(target: SocketAddr, deadline: Duration) -> Self {
        Self { target, host: target.to_string(), deadline, open: None }
    }

    /// Sends and waits for the whole answer.
    ///
    /// A request whose kept connection turns out closed is sent once more on a new one, unless it is a `POST` that
    /// may have been taken. `path` is the path with its query. Cancelling closes the connection.
    ///
    /// # Errors
    /// [`ClientError`]; a status of 400 or more is an answer, not an error.
    pub async fn request(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<Answer, ClientError> {
        let exchange = async {
            if let Some(open) = self.open.take() {
                let request = render(&self.host, &method, path, headers, body.clone())?;
                match open.exchange(request).await {
                    Err(ClientError::Exchange(error)) if gone(&error, method == Method::POST) => {}
                    done => return done,
                }
            }
            let request = render(&self.host, &method, path, headers, body)?;
            Open::connect(self.target).await?.exchange(request).await
        };
        let (answer, open) =
            tokio::time::timeout(self.deadline, exchange).await.map_err(|_| ClientError::Deadline)??;
        self.open = open;
        Ok(answer)
    }
}

fn render(
    host: &str,
    method: &Method,
    path: &str,
    headers: &[(&str, &str)],
    body: Bytes,
) -> Result<Request<Full<Bytes>>, ClientError> {
    let mut request = Request::builder().method(method).uri(path).header(header::HOST, host);
    if !body.is_empty() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Full::new(body)).map_err(ClientError::Request)
}

/// Whether a kept connection was closed under the request, so that sending it again is no repetition (or, but for a
/// `POST`, a harmless one).
fn gone(error: &hyper::Error, post: bool) -> bool {
    let broke = || {
        let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<io::Error>());
        cause.is_some_and(|cause| matches!(cause.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe))
    };
    error.is_canceled() || error.is_closed() || (!post && (error.is_incomplete_message() || broke()))
}

impl Open {
    async fn connect(target: SocketAddr) -> Result<Self, ClientError> {
        let stream = TcpStream::connect(target).await.map_err(ClientError::Connect)?;
        stream.set_nodelay(true).map_err(ClientError::Connect)?;
        let (sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(ClientError::Exchange)?;
        Ok(Self { sender, driver: Box::pin(connection) })
    }

    /// One request; gives itself back if the connection can serve another.
    async fn exchange(
        mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<(Answer, Option<Self>), ClientError> {
        let sender = &mut self.sender;
        let whole = async move {
            sender.ready().await.map_err(ClientError::Exchange)?;
            let (head, body) =
                sender.send_request(request).await.map_err(ClientError::Exchange)?.into_parts();
            let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await.map_err(ClientError::Body)?;
            Ok(Answer { status: head.status.as_u16(), headers: head.headers, body: body.to_bytes() })
        };
        let (answer, ended) = driven(&mut self.driver, whole).await;
        let open = !ended && !self.sender.is_closed();
        Ok((answer?, open.then_some(self)))
    }
}

/// Runs `work` with the connection beneath it; tells whether the connection has ended. One that has must not be run again.
async fn driven<T>(driver: &mut Driver, work: impl Future<Output = T>) -> (T, bool) {
    let (mut work, mut ended) = (pin!(work), false);
    poll_fn(|context| {
        // an end with an error reaches `work` too, through the sender
        ended = ended || driver.as_mut().poll(context).is_ready();
        if let Poll::Ready(done) = work.as_mut().poll(context) {
            return Poll::Ready((done, ended));
        }
        // what `work` has just sent leaves at once
        ended = ended || driver.as_mut().poll(context).is_ready();
        Poll::Pending
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testserver::{Reply, TestServer};

    fn client(server: &TestServer) -> Client {
        Client::new(server.address(), Duration::from_secs(5))
    }

    #[tokio::test]
    async fn an_answer_comes_whole_over_one_kept_connection() {
        let server = TestServer::start(|request| {
            let text = format!("{} {} {}", request.line, request.header("x-nova-user"), request.body.len());
            Reply::new(201, text).header("x-request-id", "abc")
        });
        let mut client = client(&server);
        for _ in 0..3 {
            let body = Bytes::from_static(b"{}");
            let answer =
                client.request(Method::POST, "/p?q=1", &[("X-Nova-User", "42")], body).await.expect("answer");
            assert_eq!((answer.status, answer.body.as_ref()), (201, b"POST /p?q=1 42 2".as_slice()));
            assert_eq!(answer.headers["x-request-id"], "abc");
        }
        assert_eq!(server.connections(), 1);
    }

    #[tokio::test]
    async fn a_connection_that_was_closed_is_made_again() {
        let server = TestServer::start(|_| Reply::new(200, "ok").then_close());
        let mut client = client(&server);
        for _ in 0..3 {
            let answer = client.request(Method::GET, "/", &[], Bytes::new()).await.expect("answer");
            assert_eq!(answer.status, 200);
        }
        assert_eq!(server.connections(), 3);
    }

    #[tokio::test]
    async fn failures_are_errors_that_the_next_request_survives() {
        let server = TestServer::start(|request| match request.line.as_str() {
            "GET /garbage" => Reply::raw("this is not HTTP\r\n\r\n"),
            "GET /cut" => Reply::raw("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort"),
            _ => Reply::new(200, "fine"),
        });
        let mut client = client(&server);
        let garbage = client.request(Method::GET, "/garbage", &[], Bytes::new()).await;
        assert!(matches!(garbage, Err(ClientError::Exchange(_))), "{garbage:?}");
        let cut = client.request(Method::GET, "/cut", &[], Bytes::new()).await;
        assert!(matches!(cut, Err(ClientError::Body(_))), "{cut:?}");
        let bad = client.request(Method::GET, "/", &[("bad name", "x")], Bytes::new()).await;
        assert!(matches!(bad, Err(ClientError::Request(_))), "{bad:?}");
        let fine = client.request(Method::GET, "/", &[], Bytes::new()).await.expect("answer");
        assert_eq!(fine.body.as_ref(), b"fine");
    }

    #[tokio::test]
    async fn nobody_there_and_nobody_answering_are_told_apart() {
        let server = TestServer::start(|_| Reply::silence());
        let mut silent = Client::new(server.address(), Duration::from_millis(20));
        let answer = silent.request(Method::GET, "/", &[], Bytes::new()).await;
        assert!(matches!(answer, Err(ClientError::Deadline)), "{answer:?}");
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound");
        let answer =
            Client::new(free, Duration::from_secs(5)).request(Method::GET, "/", &[], Bytes::new()).await;
        assert!(matches!(answer, Err(ClientError::Connect(_))), "{answer:?}");
    }
}
