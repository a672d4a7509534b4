//! The contract, on the real ClickHouse, and what only this twin promises.

use std::sync::Arc;

use async_trait::async_trait;

use super::testing::Scratch;
use super::{ClickHouseStore, ClickHouseStoreConfig};
use crate::log::Positions;
use crate::store::Projection as _;
use crate::store::contract::{Store, Twin, store_contract};

struct OnClickHouse {
    store: Arc<ClickHouseStore>,
    scratch: Scratch,
}

async fn open(scratch: &Scratch) -> Arc<ClickHouseStore> {
    let opened = ClickHouseStore::open(scratch.store(), ClickHouseStoreConfig::default()).await;
    Arc::new(opened.expect("opened"))
}

#[async_trait]
impl Twin for OnClickHouse {
    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store) as _
    }

    async fn settle(&self, _: &Positions) {
        while self.store.sweep_authors(1_000).await.expect("swept") > 0 {}
    }

    async fn reopen(&mut self) {
        self.store.persist().await.expect("persisted");
        self.store = open(&self.scratch).await;
    }

    fn looks_first(&self) -> bool {
        false
    }
}

async fn on_clickhouse() -> Box<dyn Twin> {
    let scratch = Scratch::migrated().await;
    Box::new(OnClickHouse { store: open(&scratch).await, scratch })
}

mod contract {
    use super::on_clickhouse;

    super::store_contract!(on_clickhouse, 1);
}

mod columns;
mod posts;
mod questions;
mod sink;
mod unanswered;
