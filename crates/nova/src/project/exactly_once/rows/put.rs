//! Rows into the store, and those of them that it will never take out of their way.

use std::collections::BTreeMap;
use std::sync::Arc;

use nova_core::error::Kind;

use super::{End, Rows, RowsSeat};
use crate::log::Topic;
use crate::metrics;
use crate::project::exactly_once::run::said;
use crate::project::exactly_once::{Range, Refused, Why};
use crate::store::Placed;

impl Rows {
    /// Writes changes, whatever of them the store takes; gives what it refused, by partition and offset. Halves what is
    /// refused until single changes are left: `2 log2 n` calls for one of `n`, and the stop rule bounds how many.
    pub(super) async fn put(&mut self, changes: Vec<Placed>) -> Result<BTreeMap<u16, Vec<Refused>>, End> {
        let (mut open, mut refused) = (vec![changes], BTreeMap::<u16, Vec<Refused>>::new());
        while let Some(mut part) = open.pop() {
            let Some(first) = part.first().map(|placed| placed.place) else { continue };
            let (ground, table) = (Arc::clone(&self.ground), self.table);
            let put = || ground.sink.put(table, &part);
            match self.attempt("put", put, |error| error.kind() == Kind::Rejected).await? {
                Ok(()) => {
                    metrics::rows_written(part.len());
                    self.seats.values_mut().for_each(|(_, poison)| poison.accepted());
                }
                Err(_) if part.len() > 1 => {
                    let other = part.split_off(part.len() / 2);
                    open.extend([other, part]);
                }
                Err(error) => {
                    let detail = said(&error);
                    let (partition, offset) = (first.partition, first.offset);
                    let Some((seat, poison)) = self.seats.get_mut(&partition) else { continue };
                    if poison.refused() {
                        let RowsSeat { epoch, .. } = *seat;
                        let topic = Topic::Change(table);
                        let range = Range { topic, epoch, partition, first: offset, last: offset };
                        return Err(End::Halted(partition, Why::Refused { range, detail }));
                    }
                    let refused = refused.entry(partition).or_default();
                    refused.extend(part.into_iter().map(|placed| Refused { placed, detail: detail.clone() }));
                }
            }
        }
        refused.values_mut().for_each(|of| of.sort_by_key(|refused| refused.placed.place.offset));
        Ok(refused)
    }
}
