//! Whether topics are still those that the store was filled from.
//!
//! Kafka's client goes on at the same offset where a topic was removed and made anew under it, and says nothing; the
//! group has lost its place there, and where it looks is an end of other records. So it is looked each time partitions
//! are assigned, and now and then while they are read. What was read of a new topic before that was noticed stands in
//! the old epoch; the new one reads it again and knows it as copies.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use crate::log::kafka::made;
use crate::log::{KafkaLogConfig, Topic};
use crate::project::exactly_once::{Manifest, Status};

/// Between two looks: one request of some hundred bytes.
const EVERY: Duration = Duration::from_secs(2);

/// For as long as it is polled. A topic that is not there at all is the client's to tell.
pub(super) async fn watch(
    kafka: KafkaLogConfig,
    manifest: BTreeMap<Topic, Manifest>,
    status: Arc<Status>,
) -> Infallible {
    let topics: Vec<Topic> = manifest.keys().copied().collect();
    loop {
        sleep(EVERY).await;
        match made(&kafka, &topics).await {
            Ok(found) => {
                let anew = found.iter().filter(|made| manifest[&made.topic].id != made.id);
                status.made_anew(anew.map(|made| made.topic).collect::<BTreeSet<_>>());
            }
            Err(error) => tracing::debug!(error = ?error, "whether topics were made anew is asked again"),
        }
    }
}
