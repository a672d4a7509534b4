//! What a lane does with a range whose intent is committed.

use super::super::batch::Decided;
use super::super::flight::{Flight, Verdict};
use super::super::stage::Stage;
use super::super::step::Notice;
use super::super::{Entry, Why};
use super::Lane;

/// Fresh tokens for one part at most: a store that forgets as often as that is broken.
const RETRIES_MAX: u32 = 5;

impl Lane {
    /// The group knows what is about to be written, and that what came before is done.
    pub(super) fn intended(&mut self, decided: Decided) -> bool {
        self.owed = None;
        if self.leaving {
            self.end();
            return false;
        }
        let flight = Flight::new(decided, self.replay.is_some());
        if flight.repeated { self.enter(Stage::Surveying(flight)) } else { self.next_of(flight) }
    }

    /// Nobody knows what became of an insert: it is weighed before it is repeated.
    pub(super) fn unanswered(&mut self, mut flight: Flight) -> bool {
        self.attempts += 1;
        let failed = flight.doubt();
        let given = self.enter(Stage::Weighing(flight));
        self.attempt = failed;
        given
    }

    /// So many blocks were taken since the range was closed: is the part's token surely remembered?
    pub(super) fn weighed(&mut self, flight: Flight, blocks: u64) -> bool {
        let remembered = blocks < self.config.limits.blocks_max;
        self.enter(if remembered { Stage::Inserting(flight) } else { Stage::Looking(flight) })
    }

    /// What a range that is committed needs next.
    pub(super) fn next_of(&mut self, flight: Flight) -> bool {
        let stage = if flight.is_in_doubt() {
            Stage::Weighing(flight)
        } else if flight.part().is_some() {
            Stage::Inserting(flight)
        } else if !flight.refused().is_empty() {
            Stage::Refusing(flight)
        } else if flight.stood {
            Stage::Completing(flight)
        } else {
            Stage::Recording(flight)
        };
        self.enter(stage)
    }

    pub(super) fn surveyed(&mut self, mut flight: Flight, standing: &[u64]) -> bool {
        match flight.survey(standing, self.replay) {
            Verdict::Wrong => self.wrong(&flight, standing),
            Verdict::Stands | Verdict::Missing | Verdict::Rest => self.next_of(flight),
        }
    }

    pub(super) fn looked(&mut self, mut flight: Flight, standing: &[u64]) -> bool {
        let refused = flight.is_refused();
        match flight.look(standing) {
            Verdict::Wrong => self.wrong(&flight, standing),
            Verdict::Missing if refused => self.divide(flight),
            Verdict::Missing if !flight.is_answered() => self.enter(Stage::Inserting(flight)),
            Verdict::Missing => match flight.renew(RETRIES_MAX) {
                Some(token) => {
                    self.notices.push(Notice::Vanished(token));
                    self.enter(Stage::Inserting(flight))
                }
                None => self.halt(Why::Vanishing { range: flight.entry().range }),
            },
            Verdict::Stands => {
                self.poison.accepted();
                self.next_of(flight)
            }
            Verdict::Rest => self.next_of(flight),
        }
    }

    pub(super) fn written(&mut self, mut flight: Flight) -> bool {
        flight.written();
        self.poison.accepted();
        self.next_of(flight)
    }

    /// A part is refused: the event that is the reason is looked for, unless too many are.
    pub(super) fn divide(&mut self, mut flight: Flight) -> bool {
        if flight.divide() && self.poison.refused() {
            let detail = flight.refused().last().map_or_else(String::new, |refused| refused.detail.clone());
            return self.halt(Why::Refused { range: flight.entry().range, detail });
        }
        self.next_of(flight)
    }

    fn wrong(&mut self, flight: &Flight, standing: &[u64]) -> bool {
        let Entry { range, kept, .. } = flight.entry();
        self.halt(Why::Partial { range, standing: standing.len() as u64, kept })
    }
}
