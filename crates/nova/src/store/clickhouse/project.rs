//! Facts of any topics in one batch: how an import fills the store. It goes the consumer's way in, and looks every
//! identity up, since nobody remembers here what was kept.

use std::collections::{BTreeMap, HashSet};

use async_trait::async_trait;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use nova_core::error::Result;
use nova_core::model::Table;
use parking_lot::RwLock;
use tokio::sync::Mutex;

use super::rows::Position;
use super::{ClickHouse, ClickHouseStore};
use crate::log::{Positions, Topic};
use crate::project::exactly_once::{Block, Range, Sink as _};
use crate::store::{Applied, Fact, Placed, Projection};

const POSITIONS: &str =
    "SELECT topic, k_partition, max(next) AS next FROM positions GROUP BY topic, k_partition
                         LIMIT 100000";
/// Posts first: events and likes find their authors.
const ORDER: [Table; 8] = [
    Table::Users,
    Table::Posts,
    Table::Comments,
    Table::Likes,
    Table::Follows,
    Table::Blocks,
    Table::Mutes,
    Table::HiddenPosts,
];

/// How far an import came.
pub(super) struct Import {
    positions: RwLock<Positions>,
    /// One batch at a time; and the block of an insert that was not answered, which goes first, under its old token.
    unanswered: Mutex<Option<(Block, String)>>,
}

impl Import {
    /// Where none is meant.
    pub(super) fn none() -> Self {
        Self { positions: RwLock::new(Positions::default()), unanswered: Mutex::new(None) }
    }

    pub(super) async fn open(db: &ClickHouse) -> Result<Self> {
        let mut positions = Positions::default();
        for Position { topic, k_partition, next } in db.rows("store.open", db.query(POSITIONS)).await? {
            if let Some(topic) = Topic::named(&topic) {
                positions.advance(topic, k_partition, next);
            }
        }
        Ok(Self { positions: RwLock::new(positions), unanswered: Mutex::new(None) })
    }
}

#[async_trait]
impl Projection for ClickHouseStore {
    async fn apply(&self, facts: &[Placed], upto: &Positions) -> Result<Applied> {
        let applied = self.take_in(facts, upto).await;
        self.remembered.forget();
        applied
    }

    fn positions(&self) -> Positions {
        self.import.positions.read().clone()
    }

    fn durable(&self) -> Positions {
        self.positions()
    }

    /// What was applied is durable already; what is noted is up to where.
    fn persist(&self) -> BoxFuture<'static, Result<Positions>> {
        let (db, positions) = (self.db.clone(), self.positions());
        async move {
            let rows: Vec<Position> = positions
                .iter()
                .map(|((topic, k_partition), next)| Position {
                    topic: topic.name().to_owned(),
                    k_partition,
                    next,
                })
                .collect();
            db.insert::<Position>("store.persist", &rows, None).await?;
            Ok(positions)
        }
        .boxed()
    }
}

impl ClickHouseStore {
    async fn take_in(&self, facts: &[Placed], upto: &Positions) -> Result<Applied> {
        let mut unanswered = self.import.unanswered.lock().await;
        if let Some((block, token)) = &*unanswered {
            self.insert(block, token).await?;
            *unanswered = None;
        }
        let mut applied = Applied::default();
        let mut changes: BTreeMap<Table, Vec<Placed>> = BTreeMap::new();
        let mut events: Vec<&Placed> = Vec::new();
        {
            let mut positions = self.import.positions.read().clone();
            for placed in facts {
                let passed = positions.get(placed.place.topic, placed.place.partition).unwrap_or(0)
                    > placed.place.offset;
                match (&placed.fact, placed.place.topic) {
                    (Fact::Change(_), Topic::Change(table)) if !passed => {
                        changes.entry(table).or_default().push(placed.clone());
                    }
                    (Fact::Change(_), _) => applied.stale += 1,
                    (Fact::Event(_), _) if !passed => events.push(placed),
                    (Fact::Event(event), _) => applied.duplicates += u64::from(event.action.is_reported()),
                }
                positions.advance_all(&Positions::after(placed.place));
            }
        }
        for table in ORDER {
            if let Some(changes) = changes.get(&table) {
                self.put(table, changes).await?;
                applied.changes += changes.len() as u64;
            }
        }
        for block in self.blocks(&events, &mut applied).await? {
            let Range { partition, first, last, .. } = block.range;
            let token = format!("import:p{partition}:{first}-{last}");
            if let Err(error) = self.insert(&block, &token).await {
                if error.kind().retry() {
                    *unanswered = Some((block, token));
                }
                return Err(error);
            }
        }
        self.import.positions.write().advance_all(upto);
        Ok(applied)
    }

    /// The events that were not kept before, by partition and by the day on which they were received: one insert makes
    /// one part, whole or not at all.
    async fn blocks(&self, events: &[&Placed], applied: &mut Applied) -> Result<Vec<Block>> {
        let identities: Vec<_> = events
            .iter()
            .filter_map(|placed| match &placed.fact {
                Fact::Event(event) => Some((event.user, event.id)),
                Fact::Change(_) => None,
            })
            .collect();
        let kept = self.kept(&identities).await?;
        let mut met = HashSet::new();
        let mut blocks: BTreeMap<(u16, i32), Vec<Placed>> = BTreeMap::new();
        for ((placed, kept), identity) in events.iter().zip(kept).zip(identities) {
            let Fact::Event(event) = &placed.fact else { continue };
            let reported = u64::from(event.action.is_reported());
            if kept.is_some() || !met.insert(identity) {
                applied.duplicates += reported;
                continue;
            }
            applied.events += reported;
            let day = placed.received_at.day();
            blocks.entry((placed.place.partition, day)).or_default().push((*placed).clone());
        }
        Ok(blocks.into_iter().map(|((partition, _), events)| block(partition, events)).collect())
    }
}

fn block(partition: u16, events: Vec<Placed>) -> Block {
    let offsets = || events.iter().map(|placed| placed.place.offset);
    let (first, last) = (offsets().min().unwrap_or(0), offsets().max().unwrap_or(0));
    Block { range: Range { topic: Topic::Events, epoch: 0, partition, first, last }, events }
}
