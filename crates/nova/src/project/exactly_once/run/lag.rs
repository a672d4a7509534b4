//! How far this member is behind the log, told now and then.
//!
//! Asked of the log's own client, and not by the one that polls: a broker answers the requests of a connection one after
//! the other, so a question behind a fetch waits until records come, for each partition again, and polling with it.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use crate::log::{EventLog, Topic};
use crate::metrics;
use crate::project::exactly_once::Status;

/// Between two looks at the ends of the log.
const EVERY: Duration = Duration::from_secs(10);

/// For as long as it is polled.
pub(super) async fn tell(log: Arc<dyn EventLog>, status: Arc<Status>, topics: Vec<Topic>) -> Infallible {
    loop {
        sleep(EVERY).await;
        match log.ends().await {
            Ok(ends) => {
                let behind = status.behind(&ends);
                for topic in &topics {
                    metrics::consumer_lag(*topic, behind.get(topic).copied().unwrap_or(0));
                }
            }
            Err(error) => tracing::debug!(error = ?error, "how far the log reaches is asked again"),
        }
    }
}
