//! What each viewer did last and may not be applied yet.

use std::sync::Arc;

use hashbrown::HashMap;
use nova_core::model::UserId;
use parking_lot::RwLock;

use super::Progress;
use crate::log::Positions;

/// Viewers of a generation before it may be followed by the next: in health a few milliseconds' worth.
const GENERATION_MIN: usize = 1_024;
/// Viewers of a generation at most. Two of them take about 60 MB, and only while nothing is applied.
const GENERATION_MAX: usize = 100_000;

/// The last positions of viewers, in two generations: once all that the older one waits for is applied, it goes as a
/// whole, and nobody has to look at each viewer.
///
/// When nothing is applied and both are full, the older one goes all the same, and what it waited for is waited for
/// by everybody: too much waiting, never too little.
#[derive(Debug, Default)]
pub(super) struct Pending(RwLock<Generations>);

#[derive(Debug, Default)]
struct Generations {
    young: Generation,
    old: Generation,
    /// For everybody.
    floor: Positions,
}

#[derive(Debug, Default)]
struct Generation {
    viewers: HashMap<UserId, Arc<Positions>>,
    /// With this applied, all of it is.
    upto: Positions,
}

impl Pending {
    /// What these viewers did ends at `position`; what they did before is waited for as well.
    pub(super) fn raise(
        &self,
        viewers: impl IntoIterator<Item = UserId>,
        position: Positions,
        progress: &Progress,
    ) {
        let position = Arc::new(position);
        let mut all = self.0.write();
        for viewer in viewers {
            all.make_room(progress);
            all.young.raise(viewer, &position);
        }
    }

    /// What this viewer's request must wait for; `None` when all of it is applied.
    pub(super) fn of(&self, viewer: UserId, progress: &Progress) -> Option<Positions> {
        let all = self.0.read();
        let mut awaited = all.floor.clone();
        for generation in [&all.old, &all.young] {
            if let Some(position) = generation.viewers.get(&viewer) {
                awaited.advance_all(position);
            }
        }
        // most viewers did nothing lately: then nobody is asked how far the projection is
        (!awaited.is_empty() && !progress.covers(&awaited)).then_some(awaited)
    }
}

impl Generations {
    fn make_room(&mut self, progress: &Progress) {
        let held = self.young.viewers.len();
        if held < GENERATION_MIN {
            return;
        }
        let applied = progress.covers(&self.old.upto);
        if applied || held >= GENERATION_MAX {
            let old = std::mem::replace(&mut self.old, std::mem::take(&mut self.young));
            if progress.covers(&self.floor) {
                self.floor = Positions::default();
            }
            if !applied {
                self.floor.advance_all(&old.upto);
            }
        }
    }
}

impl Generation {
    fn raise(&mut self, viewer: UserId, position: &Arc<Positions>) {
        self.upto.advance_all(position);
        let held = self.viewers.entry(viewer).or_insert_with(|| Arc::clone(position));
        if !position.covers(held) {
            let mut both = Positions::clone(held);
            both.advance_all(position);
            *held = Arc::new(both);
        } else if !Arc::ptr_eq(held, position) {
            *held = Arc::clone(position);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Topic;

    fn at(topic: Topic, next: u64) -> Positions {
        let mut positions = Positions::default();
        positions.advance(topic, 0, next);
        positions
    }

    fn viewer(number: usize) -> UserId {
        UserId::from_integer(number as u64)
    }

    #[test]
    fn what_was_done_before_in_another_topic_is_waited_for_too() {
        let (pending, progress) = (Pending::default(), Progress::default());
        let blocks = Topic::Change(nova_core::model::Table::Blocks);
        pending.raise([viewer(1)], at(blocks, 5), &progress);
        pending.raise([viewer(1)], at(Topic::Events, 9), &progress);
        progress.advance(&at(Topic::Events, 9));
        assert!(pending.of(viewer(1), &progress).is_some_and(|awaited| awaited.get(blocks, 0) == Some(5)));
        assert_eq!(pending.of(viewer(2), &progress), None);
        progress.advance(&at(blocks, 5));
        assert_eq!(pending.of(viewer(1), &progress), None);
    }

    #[test]
    fn what_is_applied_is_forgotten_in_time() {
        let (pending, progress) = (Pending::default(), Progress::default());
        for number in 0..10 * GENERATION_MIN {
            pending.raise([viewer(number)], at(Topic::Events, number as u64 + 1), &progress);
            progress.advance(&at(Topic::Events, number as u64 + 1));
        }
        let all = pending.0.read();
        assert!(all.young.viewers.len() + all.old.viewers.len() <= 2 * GENERATION_MIN);
        assert!(all.floor.is_empty());
    }

    #[test]
    fn whoever_is_forgotten_too_early_waits_with_everybody() {
        let (pending, progress) = (Pending::default(), Progress::default());
        let last = GENERATION_MIN + GENERATION_MAX;
        for number in 0..=last {
            pending.raise([viewer(number)], at(Topic::Events, number as u64 + 1), &progress);
        }
        // the first generation is forgotten: somebody who did nothing waits for all of it
        let forgotten = at(Topic::Events, GENERATION_MIN as u64);
        assert_eq!(pending.of(viewer(last + 1), &progress), Some(forgotten.clone()));
        assert_eq!(pending.of(viewer(0), &progress), Some(forgotten.clone()));
        assert_eq!(pending.of(viewer(last), &progress), Some(at(Topic::Events, last as u64 + 1)));
        progress.advance(&forgotten);
        assert_eq!(pending.of(viewer(0), &progress), None);
        assert!(pending.of(viewer(last), &progress).is_some());
    }
}
