//! Facts into the index. A pure function of the log: nothing here knows the time of day.

mod rows;
mod edges;
mod marks;
mod events;

use nova_core::error::{Error, Kind, Result};
use nova_core::model::{Change, Event, PostId, Row, RowKey, UserId};

use super::identity::{Arrival, Identity, Life};
use super::index::{Index, Ledger};
use super::letter::letter;
use super::post::PostMut;
use super::user::UserMut;
use crate::log::{Place, Positions, Reason, Topic};
use crate::store::{Applied, Fact, Placed};

/// Events that are looked up before they are applied: as many as stay in the first level cache until then.
const AHEAD: usize = 32;

/// One batch on its way into the index.
pub(super) struct Apply<'a> {
    index: &'a Index,
    ledger: &'a mut Ledger,
    life: Life,
    applied: Applied,
}

/// Did a row change anything?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Changed,
    /// An equal or newer version was there.
    Stale,
}

impl<'a> Apply<'a> {
    pub(super) fn new(index: &'a Index, ledger: &'a mut Ledger) -> Self {
        Self { index, ledger, life: Life::Present, applied: Applied::default() }
    }

    /// Applies a batch and stands at `upto`. When it fails, what came before the fact at fault is applied and is
    /// passed over when the batch is given again.
    pub(super) fn batch(mut self, facts: &[Placed], upto: &Positions) -> Result<Applied> {
        let facts = self.not_passed(facts);
        let mut cursor = Cursor::default();
        let applied = self.each(&facts, Some(&mut cursor));
        cursor.settle(&mut self.ledger.positions);
        applied?;
        self.give_up();
        self.ledger.positions.advance_all(upto);
        Ok(self.applied)
    }

    /// Applies facts that come from elsewhere than the log, whatever their places: where it stands, it stands still.
    pub(super) fn seed(mut self, facts: &[Placed], life: Life) -> Result<Applied> {
        self.life = life;
        let facts: Vec<&Placed> = facts.iter().collect();
        self.each(&facts, None)?;
        self.give_up();
        Ok(self.applied)
    }

    /// One after the other; `cursor` follows their places.
    fn each(&mut self, facts: &[&Placed], mut cursor: Option<&mut Cursor>) -> Result<()> {
        let mut identities = self.identities(facts)?.into_iter();
        for (index, &placed) in facts.iter().enumerate() {
            if index % AHEAD == 0 {
                self.look_ahead(&facts[index..]);
            }
            let identity = match counted(&placed.fact) {
                Some(_) => identities.next().unwrap_or(Identity::New),
                None => Identity::New,
            };
            if let Some(cursor) = &mut cursor {
                cursor.reach(&mut self.ledger.positions, placed.place);
            }
            self.ledger.log_time = self.ledger.log_time.max(placed.received_at);
            self.arrive(placed, identity)?;
            if let Some(cursor) = &mut cursor {
                cursor.pass();
            }
        }
        Ok(())
    }

    /// Looks at what the next events will change, so that it is near when they do: these loads depend on nothing and
    /// overlap, while those of one event wait for each other. Worth a fifth of the writer's time at a million users.
    fn look_ahead(&self, facts: &[&Placed]) {
        for placed in &facts[..AHEAD.min(facts.len())] {
            if let Fact::Event(event) = &placed.fact {
                let user = self.index.users.find(event.user);
                let post = self.index.posts.find(event.post);
                if let (Some((_, cell)), Some((row, post))) = (user, post) {
                    std::hint::black_box(cell.read(|kept| kept.seen.has(row, 0)));
                    std::hint::black_box(cell.follows().stands(post.author()));
                }
            }
        }
    }

    /// Without what was applied before.
    fn not_passed<'f>(&mut self, facts: &'f [Placed]) -> Vec<&'f Placed> {
        let mut positions = self.ledger.positions.clone();
        let mut cursor = Cursor::default();
        let mut kept = Vec::with_capacity(facts.len());
        for placed in facts {
            match placed.fact {
                _ if cursor.reach(&mut positions, placed.place) => {
                    cursor.pass();
                    kept.push(placed);
                }
                Fact::Event(_) => self.applied.duplicates += u64::from(counted(&placed.fact).is_some()),
                Fact::Change(_) => self.applied.stale += 1,
            }
        }
        kept
    }

    /// One for each event that counts among the facts, in their order.
    fn identities(&mut self, facts: &[&Placed]) -> Result<Vec<Identity>> {
        let arrivals: Vec<Arrival<'_>> = facts
            .iter()
            .filter_map(|placed| {
                let event = counted(&placed.fact)?;
                Some(Arrival { place: placed.place, life: self.life, received_at: placed.received_at, event })
            })
            .collect();
        self.ledger.identities.decide(&arrivals)
    }

    /// A fact that the log gives for the first time.
    fn arrive(&mut self, placed: &Placed, identity: Identity) -> Result<()> {
        match identity {
            Identity::New => {}
            Identity::Duplicate => {
                self.applied.duplicates += 1;
                return Ok(());
            }
            Identity::TooOld => {
                let detail = "event_time is too old to tell the event from a duplicate";
                self.bury(placed, Reason::TooOld, detail);
                return Ok(());
            }
        }
        match awaited(&placed.fact) {
            None => self.settle(placed, None),
            Some(id) => match self.index.posts.find_mut(id, self.ledger.moment.as_mut()) {
                Some(post) => self.settle(placed, Some(post)),
                None => self.hold(id, placed),
            },
        }
    }

    /// A fact whose post is not known.
    fn hold(&mut self, id: PostId, placed: &Placed) -> Result<()> {
        if let Fact::Change(Change::Put { row: Row::Comment(comment), stamp }) = &placed.fact
            && self.comment_awaits(comment.id, *stamp)? == Outcome::Stale
        {
            self.applied.stale += 1;
            return Ok(());
        }
        self.ledger.waiting.hold(id, placed.clone());
        Ok(())
    }

    /// A fact whose post, if it has one, is known.
    fn settle(&mut self, placed: &Placed, post: Option<(u32, PostMut<'a>)>) -> Result<()> {
        let outcome = match (&placed.fact, post) {
            (Fact::Event(event), Some((row, _))) if counted(&placed.fact).is_none() => {
                return self.served(event, row);
            }
            (Fact::Event(event), Some((row, post))) => {
                self.event(event, placed.received_at, row, post)?;
                self.applied.events += 1;
                return Ok(());
            }
            (Fact::Event(_), None) => return Ok(()),
            (Fact::Change(change), post) => self.change(change, post)?,
        };
        match outcome {
            Outcome::Changed => self.applied.changes += 1,
            Outcome::Stale => self.applied.stale += 1,
        }
        Ok(())
    }

    fn change(&mut self, change: &Change, post: Option<(u32, PostMut<'a>)>) -> Result<Outcome> {
        match change {
            Change::Put { row, stamp } => match (row, post) {
                (Row::User(user), _) => self.user(user.id, user.deleted_at.is_some(), *stamp),
                (Row::Post(post), _) => self.post(post, *stamp),
                (Row::Follow(edge), _) => self.follow(edge.from, edge.to, *stamp, true),
                (Row::Block(edge), _) => self.block(edge.from, edge.to, *stamp, true),
                (Row::Mute(edge), _) => self.mute(edge.from, edge.to, *stamp, true),
                (Row::Like(like), Some(post)) => {
                    self.like_row(like.user, post, *stamp, true, like.created_at.day())
                }
                (Row::Hidden(hide), Some(post)) => self.hide_row(hide.user, post.0, *stamp, true),
                (Row::Comment(comment), Some(post)) => self.comment(comment, post, *stamp),
                (Row::Like(_) | Row::Hidden(_) | Row::Comment(_), None) => Ok(Outcome::Stale),
            },
            Change::Delete { key, stamp } => match (*key, post) {
                (RowKey::User(id), _) => self.user(id, true, *stamp),
                (RowKey::Post(id), _) => self.post_removed(id, *stamp),
                (RowKey::Follow(from, to), _) => self.follow(from, to, *stamp, false),
                (RowKey::Block(from, to), _) => self.block(from, to, *stamp, false),
                (RowKey::Mute(from, to), _) => self.mute(from, to, *stamp, false),
                (RowKey::Comment(id), _) => self.comment_removed(id, *stamp),
                (RowKey::Like(_, user), Some(post)) => self.like_row(user, post, *stamp, false, 0),
                (RowKey::Hidden(_, user), Some(post)) => self.hide_row(user, post.0, *stamp, false),
                (RowKey::Like(..) | RowKey::Hidden(..), None) => Ok(Outcome::Stale),
            },
        }
    }

    /// The post came: so does what waited for it.
    fn arrived(&mut self, id: PostId, row: u32, post: PostMut<'a>) -> Result<()> {
        for placed in self.ledger.waiting.take(id, self.ledger.moment.as_mut()) {
            self.settle(&placed, Some((row, post)))?;
        }
        Ok(())
    }

    /// Puts aside what waited too long, or is too much.
    fn give_up(&mut self) {
        loop {
            let Ledger { waiting, moment, log_time, .. } = &mut *self.ledger;
            let Some(placed) = waiting.give_up(*log_time, &self.index.config, moment.as_mut()) else { break };
            match (&placed.fact, counted(&placed.fact)) {
                (_, Some(event)) => self.ledger.identities.forget(placed.place, event),
                // that a post was served which never came is worth nobody's time
                (Fact::Event(_), None) => continue,
                (Fact::Change(_), None) => {}
            }
            self.bury(&placed, Reason::PostUnknown, "post_id names a post that did not appear in time");
        }
    }

    fn bury(&mut self, placed: &Placed, reason: Reason, detail: &str) {
        self.applied.dead.push(letter(placed, reason, detail, self.ledger.log_time));
    }

    fn user_of(&mut self, id: UserId) -> Result<(u32, UserMut<'a>)> {
        self.index.users.make_mut(id, self.ledger.moment.as_mut()).ok_or_else(full)
    }

    fn user_at(&mut self, number: u32) -> Option<UserMut<'a>> {
        self.index.users.get_mut(number, self.ledger.moment.as_mut())
    }

    fn post_at(&mut self, row: u32) -> Option<PostMut<'a>> {
        self.index.posts.get_mut(row, self.ledger.moment.as_mut())
    }
}

/// The event that counts, and so must be told from its duplicates. What was served is a mark, the same however often
/// it is set.
fn counted(fact: &Fact) -> Option<&Event> {
    match fact {
        Fact::Event(event) if event.action.is_reported() => Some(event),
        Fact::Event(_) | Fact::Change(_) => None,
    }
}

/// The post that a fact cannot be applied without.
pub(super) fn awaited(fact: &Fact) -> Option<PostId> {
    match fact {
        Fact::Event(event) => Some(event.post),
        Fact::Change(Change::Put { row: Row::Like(like) | Row::Hidden(like), .. }) => Some(like.post),
        Fact::Change(Change::Put { row: Row::Comment(comment), .. }) => Some(comment.post),
        Fact::Change(Change::Delete { key: RowKey::Like(post, _) | RowKey::Hidden(post, _), .. }) => {
            Some(*post)
        }
        Fact::Change(_) => None,
    }
}

fn full() -> Error {
    Error::new(
        Kind::Unavailable,
        "store.apply",
        "the index holds as many users, posts or comments as it can number",
    )
}

/// Follows the places of a batch; records of one partition mostly come in a row.
#[derive(Debug, Default)]
struct Cursor {
    /// The partition, and its next offset.
    at: Option<(Topic, u16, u64)>,
}

impl Cursor {
    /// Goes to a fact; `false` if it was passed before.
    fn reach(&mut self, positions: &mut Positions, place: Place) -> bool {
        let next = match self.at {
            Some((topic, partition, next)) if (topic, partition) == (place.topic, place.partition) => next,
            _ => {
                self.settle(positions);
                positions.get(place.topic, place.partition).unwrap_or(0)
            }
        };
        let new = place.offset >= next;
        self.at = Some((place.topic, place.partition, if new { place.offset } else { next }));
        new
    }

    /// The fact that was reached is applied.
    fn pass(&mut self) {
        if let Some((_, _, next)) = &mut self.at {
            *next += 1;
        }
    }

    fn settle(&mut self, positions: &mut Positions) {
        if let Some((topic, partition, next)) = self.at.take().filter(|&(.., next)| next > 0) {
            positions.advance(topic, partition, next);
        }
    }
}
