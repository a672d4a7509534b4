use super::*;
use crate::testserver::{Reply, TestServer};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

fn plan(server: &TestServer, connections: usize, millis: u64) -> Plan {
    Plan {
        target: server.address(),
        connections,
        duration: Duration::from_millis(millis),
        deadline: Duration::from_secs(5),
    }
}

fn get(number: u64, out: &mut Vec<u8>) {
    wire::render(out, "GET", &format!("/{number}"), &[], b"");
}

#[test]
fn a_closed_loop_asks_as_fast_as_it_is_answered() {
    let server = TestServer::start(|_| Reply::new(200, "ok"));
    let report = closed_loop(&plan(&server, 2, 100), &get);
    assert!(report.ok > 50 && report.ok == report.sent, "{report}");
    assert_eq!((report.errors, report.unsent, server.connections()), (0, 0, 2));
    assert!(report.p50 <= report.p95 && report.p95 <= report.p99 && report.p99 <= report.max, "{report}");
}

#[test]
fn an_open_loop_sends_what_was_planned_each_request_once() {
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let lines = Arc::clone(&seen);
    let server = TestServer::start(move |request| {
        lines.lock().expect("lock").push(request.line.clone());
        Reply::new(204, "")
    });
    let report = open_loop(&plan(&server, 4, 200), 500.0, &get);
    assert_eq!((report.sent, report.ok, report.unsent), (100, 100, 0), "{report}");
    assert!(report.seconds >= 0.19, "{report}");
    let mut lines = seen.lock().expect("lock").clone();
    lines.sort_unstable();
    lines.dedup();
    assert_eq!(lines.len(), 100);
}

#[test]
fn a_stall_counts_for_everybody_who_waited_for_it() {
    let stalled = AtomicBool::new(false);
    let stall = Duration::from_millis(150);
    let server = TestServer::start(move |_| {
        if !stalled.swap(true, Relaxed) {
            std::thread::sleep(stall);
        }
        Reply::new(200, "ok")
    });
    // one connection: all that was to start within the stall starts after it
    let report = open_loop(&plan(&server, 1, 300), 200.0, &get);
    assert_eq!((report.sent, report.unsent), (60, 0), "{report}");
    assert!(report.max >= stall, "{report}");
    // 30 of 60 were to start during the stall; a quarter of all waited half of it or more
    assert!(report.late_p99 >= stall / 2, "{report}");
    assert!(report.p95 >= stall / 2, "{report}");
}

#[test]
fn what_is_refused_or_broken_is_an_error() {
    let server = TestServer::start(|request| match request.line.as_str() {
        "GET /0" => Reply::new(503, "no"),
        "GET /1" => Reply::raw("garbage\r\n\r\n"),
        "GET /2" => Reply::new(200, "ok").then_close(),
        _ => Reply::new(200, "ok"),
    });
    let report = open_loop(&plan(&server, 1, 100), 100.0, &get);
    assert_eq!(report.sent, 10, "{report}");
    assert_eq!(report.statuses.get(&503), Some(&1));
    // the close after request 2 is met by request 3
    assert_eq!((report.ok, report.errors), (7, 3), "{report}");
}

#[test]
fn what_finds_no_free_connection_is_said_to_be_unsent() {
    let server = TestServer::start(|_| Reply::silence());
    let brief = Plan { deadline: Duration::from_millis(20), ..plan(&server, 1, 20) };
    let report = open_loop(&brief, 1_000.0, &get);
    assert_eq!(report.sent + report.unsent, 20, "{report}");
    assert!(report.unsent > 0 && report.ok == 0, "{report}");
}

#[test]
fn a_dead_server_is_survived() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound");
    let plan = Plan {
        target: free,
        connections: 2,
        duration: Duration::from_millis(30),
        deadline: Duration::from_secs(1),
    };
    let report = closed_loop(&plan, &get);
    assert!(report.errors > 0 && report.ok == 0, "{report}");
}
