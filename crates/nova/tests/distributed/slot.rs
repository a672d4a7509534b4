//! The replication slot of change capture is lost while the service runs.

use std::path::Path;

use tempfile::TempDir;

use crate::process::{Server, nova};
use crate::system::System;
use crate::testbed;

/// A process of its own: what it logs and measures is of nobody else.
fn started(system: &System, dir: &Path) -> Server {
    let file = dir.join("nova.toml");
    std::fs::write(&file, system.toml()).expect("a file");
    let (file, data) = (file.to_str().expect("UTF-8"), dir.join("data"));
    let data = data.to_str().expect("UTF-8");
    let roles = ["--role", "api,jobs", "--config", file, "--data-dir", data];
    Server::spawn(nova(&[&["serve", "--listen", "127.0.0.1:0"][..], &roles].concat(), &[]), data)
}

/// A gauge of the slot, once it was measured.
async fn measured(server: &Server, gauge: &str) -> Option<f64> {
    let text = server.http.get(0, "/metrics").await.text().to_owned();
    let line = text.lines().find(|line| line.starts_with(&format!("{gauge}{{")))?;
    line.rsplit(' ').next()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slot_that_is_lost_while_the_service_runs_is_told_and_measured() {
    let system = System::captured().await;
    let dir = TempDir::new().expect("a directory");
    let server = started(&system, dir.path());
    testbed::until("a slot that is whole and read", async || {
        let readers = measured(&server, "nova_slot_readers").await?;
        (readers == 1.0 && measured(&server, "nova_slot_state").await? == 0.0).then_some(())
    })
    .await;
    assert!(measured(&server, "nova_slot_kept_bytes").await.is_some_and(|bytes| bytes > 0.0));
    let slot = &system.place.connector.slot;
    let dropped = format!("there is no replication slot {slot}");
    assert!(!server.log().contains(&dropped), "{}", server.log());

    system.place.connect.remove(&system.place.connector.name).await.expect("removed");
    let client = system.place.client().await;
    testbed::until("a slot that is dropped", async || {
        client.batch_execute(&format!("select pg_drop_replication_slot('{slot}')")).await.ok()
    })
    .await;
    testbed::until("that it is gone", async || {
        (measured(&server, "nova_slot_state").await? == 3.0).then_some(())
    })
    .await;
    assert_eq!(measured(&server, "nova_slot_readers").await, Some(0.0));
    let log = server.log();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains(&dropped)).collect();
    assert_eq!(lines.len(), 1, "once, with its cure: {log}");
    assert!(lines[0].contains("nova connector register"), "{lines:?}");
}
