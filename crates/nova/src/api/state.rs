//! What every handler is handed.

use std::sync::Arc;
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusHandle;
use nova_core::model::{Timestamp, UserId};
use uuid::{NoContext, Uuid};

use super::advice::Advice;
use super::auth::Auth;
use super::docs::Document;
use super::error::{Problem, Result};
use crate::app::{Ports, Services};
use crate::config::Mode;
use crate::social::{Write, Written};

/// The state of the router.
pub(crate) type Shared = Arc<Api>;

/// What every handler is handed.
pub(crate) struct Api {
    pub(crate) ports: Ports,
    pub(crate) services: Services,
    pub(crate) auth: Auth,
    pub(crate) document: Document,
    pub(crate) metrics: PrometheusHandle,
    pub(crate) advice: Advice,
    /// Are there routes beside those of operators?
    pub(crate) product: bool,
}

impl Api {
    pub(crate) fn new(
        ports: Ports,
        services: Services,
        document: Document,
        metrics: PrometheusHandle,
        product: bool,
    ) -> Self {
        let auth = Auth::new(&services.config.auth);
        let shared = (services.config.mode() == Mode::Distributed)
            .then(|| (Arc::clone(&ports.cache), Duration::from_secs(services.config.events.dedup_s)));
        Self { ports, services, auth, document, metrics, advice: Advice::new(shared), product }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.services.clock.now()
    }

    /// Bits of a UUIDv7: sorts by time, as B-trees like it, and cannot be guessed.
    pub(crate) fn new_id(&self) -> u128 {
        let micros = u64::try_from(self.now().micros()).unwrap_or(0);
        let time =
            uuid::Timestamp::from_unix(NoContext, micros / 1_000_000, (micros % 1_000_000) as u32 * 1_000);
        Uuid::new_v7(time).as_u128()
    }

    /// Carries out a write, and answers once its writer can read it back.
    ///
    /// # Errors
    /// Those of the write; 503 `projection_lagging` when it is done but cannot be read back yet.
    pub(crate) async fn write(&self, write: Write) -> Result<Written> {
        let writer = write.by();
        // a block is the other's affair as well: their pages must not show the writer either
        let other = match &write {
            Write::Block(_, other, _) => Some(*other),
            _ => None,
        };
        let mut written = self.ports.social.write(vec![write]).await?;
        let written = written.pop().ok_or_else(|| Problem::internal("a write was not answered"))??;
        let news = match (self.services.config.mode(), written.position()) {
            // the tables have it, and they judge every page: nobody waits for the connector
            (Mode::Distributed, _) => true,
            (Mode::Embedded, position) => {
                let awaited = match position {
                    Some(position) => position.clone(),
                    // nothing new to the tables, but what was set before may still be on its way
                    None => self.ports.log.ends().await?,
                };
                // also when it takes too long: the writer's next page must not show what this was to end
                self.services.fence.raise(std::iter::once(writer).chain(other), awaited);
                self.services.fence.confirm(writer).await?;
                position.is_some()
            }
        };
        if news {
            self.outdate(writer).await;
        }
        Ok(written)
    }

    /// The user did something: the next first page is made anew.
    pub(crate) async fn outdate(&self, user: UserId) {
        if let Err(error) = self.services.feed.outdate(user).await {
            tracing::warn!(error = ?error, "a viewer's reusable page could not be dropped; it expires by itself");
        }
    }

    /// The viewer's circle changed: a page and suggestions made before do not fit any more. Every page is checked
    /// again when it is read, so a cache that cannot forget costs freshness, not safety.
    pub(crate) async fn circle_changed(&self, viewer: UserId) {
        self.services.feed.wrote(viewer).await;
        if let Err(error) = self.services.feed.invalidate(viewer).await {
            tracing::warn!(error = ?error, "a viewer's cached pages could not be dropped");
        }
    }
}
