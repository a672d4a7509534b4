//! No room: events are refused for as long as there is none, and taken again by themselves.

#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::answer::Answer;
use crate::http::{Http, event};
use crate::process::{Server, nova};
use crate::wait::until;

const SETTINGS: [(&str, &str); 1] = [("NOVA__STORE__SNAPSHOT_S", "1")];
/// Calls until the room is used up, at most: 100 events take 10 KB at least.
const CALLS_MAX: u128 = 2_000;

/// A call of 100 events, each with an id of its own.
async fn report(http: &Http, call: u128) -> Answer {
    let events: Vec<Value> = (0..100).map(|index| event(call * 100 + index, "share", 10)).collect();
    http.report(2, &events).await
}

/// Fills the disk, and leaves it full: gives the number of calls that were taken.
async fn fill(server: &Server) -> u128 {
    let http = &server.http;
    for call in 0..CALLS_MAX {
        let answer = report(http, call).await;
        if answer.status == 202 {
            continue;
        }
        let refused = answer.expect(503);
        assert_eq!(refused.headers["retry-after"], "1");
        assert!(refused.json().get("accepted").is_none(), "nothing is named as accepted");
        return call;
    }
    panic!("the disk is not full after {CALLS_MAX} calls");
}

/// What holds while there is no room and after there is again; `make_room` makes it.
async fn refuses_and_recovers(server: Server, make_room: impl FnOnce(&Server)) {
    let http = &server.http;
    http.people([1, 2, 3]).await;
    http.write(1, 10).await;
    http.follow(3, 1).await;
    let taken = fill(&server).await;
    assert!(taken > 0);
    for _ in 0..3 {
        report(http, taken).await.expect(503);
    }
    // what needs no room goes on
    http.get(0, "/health/live").await.expect(200);
    let shares = async || http.feed(3, "").await.item(10).expect("followed")["counts"]["shares"].clone();
    until("everything that was taken", async || (shares().await == taken as u64 * 100).then_some(())).await;

    make_room(&server);
    until("room", async || (report(http, taken).await.status == 202).then_some(())).await;
    report(http, taken + 1).await.expect(202);
    http.write(1, 11).await;
    until("the rest", async || (shares().await == (taken as u64 + 2) * 100).then_some(())).await;
    until("a part that is well again", async || {
        (http.get(0, "/health/ready").await.status == 200).then_some(())
    })
    .await;
    server.stop().await;
}

/// Everything that was taken is there after an orderly end, once.
async fn has_everything(data: &Path, shares: impl Fn(u64) -> bool) {
    let again = Server::start(data, &[]);
    again.ready().await;
    let item = again.http.feed(3, "").await.item(10).expect("followed");
    assert!(shares(item["counts"]["shares"].as_u64().expect("a count")), "{item}");
    again.stop().await;
}

/// The nearest to a full disk that needs no rights: files may not grow beyond a size.
#[tokio::test(flavor = "multi_thread")]
async fn files_that_may_not_grow_refuse_events_until_they_may() {
    let dir = TempDir::new().expect("a directory");
    let data = dir.path().join("data");
    let text = data.to_str().expect("UTF-8").to_owned();
    // without the trap the first write too many would be a deadly signal
    let program = nova(&["serve", "--listen", "127.0.0.1:0", "--data-dir", &text], &SETTINGS);
    let mut limited = Command::new("/bin/sh");
    limited.args(["-c", "trap '' XFSZ; exec prlimit --fsize=1000000:unlimited \"$@\"", "sh"]);
    limited.arg(program.get_program()).args(program.get_args());
    limited.env("NOVA__LOGGING__LEVEL", "error").envs(SETTINGS);
    let server = Server::spawn(limited, &text);
    refuses_and_recovers(server, |server| {
        let done =
            Command::new("prlimit").args(["--pid", &server.id().to_string(), "--fsize=unlimited"]).status();
        assert!(done.expect("prlimit is there").success());
    })
    .await;
    has_everything(&data, |shares| shares > 0 && shares.is_multiple_of(100)).await;
}

/// A file system of its own, which is really full. Needs a user namespace; where there is none, the test above has
/// to do.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_events_and_recovers_by_itself() {
    let dir = TempDir::new().expect("a directory");
    let data = dir.path().join("data");
    fs::create_dir(&data).expect("made");
    let text = data.to_str().expect("UTF-8").to_owned();
    let mount =
        "mount -t tmpfs -o size=6m tmpfs \"$1\" && head -c 3000000 /dev/zero > \"$1/ballast\" && shift";
    let inside = |then: &str| {
        let mut command = Command::new("unshare");
        command.args(["-rm", "/bin/sh", "-c", &format!("{mount} && {then}"), "sh", &text]);
        command
    };
    if !inside("true").status().is_ok_and(|status| status.success()) {
        eprintln!("no user namespaces here: not tested on a disk that is really full");
        return;
    }
    let program = nova(&["serve", "--listen", "127.0.0.1:0", "--data-dir", &text], &SETTINGS);
    let mut command = inside("exec \"$@\"");
    command.arg(program.get_program()).args(program.get_args());
    command.env("NOVA__LOGGING__LEVEL", "error").envs(SETTINGS);
    let server = Server::spawn(command, &format!("{text}-full"));
    // its mounts are seen from outside through its process
    let ballast = PathBuf::from(format!("/proc/{}/root{text}/ballast", server.id()));
    refuses_and_recovers(server, |_| fs::remove_file(ballast).expect("room is made")).await;
}
