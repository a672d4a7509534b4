//! One connection of a load generator.

use std::thread;
use std::time::Duration;

use tokio::time::Instant;

use super::report::Tally;
use super::wire::Wire;
use super::{Plan, Requests};

/// Rest before connecting anew after an error, so that a dead server does not cost a whole core.
const AFTER_ERROR: Duration = Duration::from_millis(5);

pub(super) struct Worker<'a> {
    plan: &'a Plan,
    tally: &'a Tally,
    wire: Option<Wire>,
    request: Vec<u8>,
}

impl<'a> Worker<'a> {
    pub(super) fn new(plan: &'a Plan, tally: &'a Tally) -> Self {
        // connecting beforehand keeps it out of the first latency; an error comes up again with the first request
        let wire = Wire::connect(plan.target, plan.deadline).ok();
        Self { plan, tally, wire, request: Vec::with_capacity(1 << 10) }
    }

    /// Sends request `number`, which was to start at `start`, and counts what comes of it.
    pub(super) fn send(&mut self, number: u64, start: Instant, requests: &impl Requests) {
        self.request.clear();
        requests(number, &mut self.request);
        self.tally.sent(start.elapsed());
        let wire = match self.wire.take() {
            Some(wire) => Ok(wire),
            None => Wire::connect(self.plan.target, self.plan.deadline),
        };
        let done = wire.and_then(|mut wire| Ok((wire.exchange(&self.request)?, wire)));
        match done {
            Ok((reply, wire)) => {
                self.tally.answered(reply.status, start.elapsed());
                self.wire = reply.keeps.then_some(wire);
            }
            // sent and not answered: that is how the report knows it
            Err(_) => thread::sleep(AFTER_ERROR),
        }
    }
}
