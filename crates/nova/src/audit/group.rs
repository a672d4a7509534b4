//! Asks the log and the store how the group stands.

use std::collections::BTreeMap;

use nova_core::error::Result;

use super::offsets::{Seen, differences};
use super::report::Findings;
use super::{Check, Difference, ledger};
use crate::log::{KafkaLog, Topic};
use crate::store::clickhouse::ClickHouse;
use crate::store::clickhouse::topics::noted;

/// Every partition of every topic.
pub(super) async fn check(log: &KafkaLog, store: &ClickHouse, group: &str) -> Result<Findings> {
    let mut found = Findings::default();
    let held = noted(store).await?;
    for made in log.made().await? {
        let name = log.config().topic(made.topic);
        let told = match held.get(&made.topic) {
            None => Some(("the store was never filled from it".to_owned(), "nova migrate notes it")),
            Some(held) if held.made.id != made.id => Some((
                format!("it was made anew: {} was {}", made.id, held.made.id),
                "when that is meant: nova migrate --new-topics",
            )),
            Some(held) if held.made.partitions != made.partitions => Some((
                format!("it has {} partitions and had {}", made.partitions, held.made.partitions),
                "keys have moved: make a new topic instead of more partitions",
            )),
            Some(_) => None,
        };
        if let Some((what, cure)) = told {
            found.add(Difference::new(Check::Offsets, format!("topic {name}"), what, cure));
        }
    }
    let epoch = |topic: Topic| held.get(&topic).map_or(1, |held| held.epoch);
    let ledger: BTreeMap<u16, (u64, u64)> = ledger::partitions(store)
        .await?
        .into_iter()
        .filter(|partition| partition.ranges > 0 && partition.k_epoch == epoch(Topic::Events))
        .map(|partition| (partition.k_partition, (partition.ledger_first, partition.ledger_end)))
        .collect();
    // the group before the log: what is read meanwhile lies behind both
    let mut committed = log.noted(group).await?;
    for ((topic, partition), span) in log.spans().await? {
        found.compared += 1;
        let seen = Seen {
            topic,
            partition,
            epoch: epoch(topic),
            log: span,
            committed: committed.remove(&(topic, partition)),
            ledger: ledger.get(&partition).copied().filter(|_| topic == Topic::Events),
        };
        differences(&seen).into_iter().for_each(|difference| found.add(difference));
    }
    Ok(found)
}
