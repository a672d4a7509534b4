//! Clients that open connections and do not use them as they should.

use std::collections::VecDeque;
use std::io;

use nova::config::Config;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::service::Service;
use crate::wait::PATIENCE;

const LIVE: &[u8] = b"GET /health/live HTTP/1.1\r\nhost: nova\r\n\r\n";
const IS_LIVE: &[u8] = br#"{"status":"live"}"#;

async fn connect(service: &Service) -> TcpStream {
    TcpStream::connect(service.http.address()).await.expect("connects")
}

/// Until the server closes; a connection that it reset is closed too.
async fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    drop(timeout(PATIENCE, stream.read_to_end(&mut rest)).await.expect("it is closed"));
    rest
}

/// One exchange on a connection that stays open.
async fn ask(stream: &mut TcpStream) {
    stream.write_all(LIVE).await.expect("takes the request");
    answered(stream).await;
}

async fn answered(stream: &mut TcpStream) {
    let mut answer = Vec::new();
    let reading = async {
        while !answer.ends_with(IS_LIVE) {
            assert!(stream.read_buf(&mut answer).await.expect("an answer") > 0, "closed instead");
        }
    };
    timeout(PATIENCE, reading).await.expect("an answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_request_is_not_waited_for_for_ever() {
    let service = Service::start_with(|config| config.server.idle_s = 1).await;
    let mut stream = connect(&service).await;
    stream.write_all(&LIVE[..30]).await.expect("takes it");
    assert_eq!(rest(&mut stream).await, b"", "nothing to answer");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_asks_nothing_more_ends() {
    let service = Service::start_with(|config| config.server.idle_s = 1).await;
    let mut stream = connect(&service).await;
    ask(&mut stream).await;
    ask(&mut stream).await;
    assert!(service.http.metric("nova_http_connections", &[]).await >= 1.0);
    assert_eq!(rest(&mut stream).await, b"");
    service.stop().await;
}

/// Asks on and on and reads nothing, until the server ends it.
#[tokio::test(flavor = "multi_thread")]
async fn answers_that_nobody_takes_end_the_connection() {
    let service = Service::start_with(|config| config.server.idle_s = 1).await;
    let mut stream = connect(&service).await;
    let document = b"GET /openapi.json HTTP/1.1\r\nhost: nova\r\n\r\n".repeat(100);
    let asking = async {
        loop {
            if let Err(error) = stream.write_all(&document).await {
                return error.kind();
            }
        }
    };
    let ended = timeout(PATIENCE, asking).await.expect("it is closed");
    assert!(matches!(ended, io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe), "{ended}");
    service.stop().await;
}

/// Whether it waits for its next request or sends half of one, the oldest makes room.
#[tokio::test(flavor = "multi_thread")]
async fn for_one_connection_too_many_the_oldest_leaves() {
    let bounds = |config: &mut Config| {
        config.server.connections_max = 3;
        config.server.request_ms = 200;
    };
    let service = Service::start_with(bounds).await;
    let mut open = VecDeque::new();
    for number in 0..12 {
        let mut stream = connect(&service).await;
        ask(&mut stream).await;
        if number % 2 == 0 {
            stream.write_all(&LIVE[..30]).await.expect("takes it");
        }
        open.push_back(stream);
        if open.len() > 3 {
            let mut oldest = open.pop_front().expect("one of four");
            assert_eq!(rest(&mut oldest).await, b"");
        }
    }
    service.stop().await;
}

/// More clients than connections, all at once: everybody has an answer.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_answered_makes_room() {
    let service = Service::start_with(|config| config.server.connections_max = 4).await;
    let client = async || {
        let mut stream = connect(&service).await;
        ask(&mut stream).await;
        // kept open: nobody leaves without being asked
        stream
    };
    let streams = futures_util::future::join_all((0..64).map(|_| client())).await;
    assert_eq!(streams.len(), 64);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_waits_for_requests_but_not_for_halves_of_them() {
    let service = Service::start_with(|config| config.server.request_ms = 200).await;
    let mut stream = connect(&service).await;
    ask(&mut stream).await;
    stream.write_all(&LIVE[..30]).await.expect("takes it");
    service.stop().await;
    assert_eq!(rest(&mut stream).await, b"");
}
