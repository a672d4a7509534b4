//! Requests in somebody's name, with patience.

use std::time::Duration;

use bytes::Bytes;
use hyper::Method;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep, sleep_until};

use super::crowd::Crowd;
use crate::chance::Chance;
use crate::client::{Answer, Client};

/// How often a request is tried before the visit is given up.
const TRIES_MAX: u32 = 5;
/// The rest after the first failure; it doubles, and a random half of it is left out so that not all come back at once.
const BACK_OFF: Duration = Duration::from_millis(50);
/// No rest is longer, whatever `Retry-After` says.
const BACK_OFF_MAX: Duration = Duration::from_secs(3);
/// How long one try may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// Why a visit ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// The community is stopped.
    Stopped,
    /// The server did not answer as it should, several times over.
    GaveUp,
}

/// Which latencies a request is counted among.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Feed,
    Write,
    Other,
}

/// A connection, and the name it is used in.
#[derive(Debug)]
pub(super) struct Caller<'a> {
    crowd: &'a Crowd,
    client: Client,
    chance: Chance,
    name: (&'static str, String),
}

impl<'a> Caller<'a> {
    pub(super) fn new(crowd: &'a Crowd, chance: Chance) -> Self {
        let client = Client::new(crowd.target.address, DEADLINE);
        Self { crowd, client, chance, name: ("x-nova-user", String::new()) }
    }

    /// Speaks for `person` from now on.
    pub(super) fn become_person(&mut self, person: u32) {
        self.name = self.crowd.target.auth.header(self.crowd.world.people()[person as usize].id);
    }

    /// Waits for the moment to do `count` things.
    pub(super) async fn turn(&self, count: u32) -> Result<(), Left> {
        let moment = self.crowd.pacer.moment(count);
        self.until_stopped(sleep_until(moment)).await
    }

    /// Rests after a visit that failed, longer the more failed in a row.
    pub(super) async fn rest(&mut self, failed: u32) -> Result<(), Left> {
        let pause = self.back_off(failed);
        self.until_stopped(sleep(pause)).await
    }

    async fn until_stopped<T>(&self, work: impl Future<Output = T>) -> Result<T, Left> {
        self.crowd.stop.run_until_cancelled(work).await.ok_or(Left::Stopped)
    }

    /// The answer read as JSON. `None` if it was refused, or is not what it should be.
    pub(super) async fn read<T: DeserializeOwned>(
        &mut self,
        purpose: Purpose,
        method: Method,
        path: &str,
        body: Vec<u8>,
    ) -> Result<Option<T>, Left> {
        let Some(answer) = self.call(purpose, method, path, body).await? else { return Ok(None) };
        let read = serde_json::from_slice(&answer.body).ok();
        self.crowd.stats.malformed.add(usize::from(read.is_none()));
        Ok(read)
    }

    /// A good answer; `None` for one of 400 to 499 that trying again would not change. Everything else is tried again.
    pub(super) async fn call(
        &mut self,
        purpose: Purpose,
        method: Method,
        path: &str,
        body: Vec<u8>,
    ) -> Result<Option<Answer>, Left> {
        let (crowd, body) = (self.crowd, Bytes::from(body));
        for tried in 0..TRIES_MAX {
            let (name, start) = ((self.name.0, self.name.1.as_str()), Instant::now());
            let names = [name];
            let asked = self.client.request(method.clone(), path, &names, body.clone());
            let answer = crowd.stop.run_until_cancelled(asked).await.ok_or(Left::Stopped)?;
            crowd.stats.requests.add(1);
            let wanted = match answer {
                Ok(answer) if (200..300).contains(&answer.status) => {
                    match purpose {
                        Purpose::Feed => crowd.stats.feed_latency.record(start.elapsed()),
                        Purpose::Write => crowd.stats.write_latency.record(start.elapsed()),
                        Purpose::Other => {}
                    }
                    return Ok(Some(answer));
                }
                Ok(answer) => {
                    crowd.stats.unwelcome(answer.status);
                    if matches!(answer.status, 400..=499) && answer.status != 429 {
                        return Ok(None);
                    }
                    retry_after(&answer)
                }
                Err(error) => {
                    crowd.stats.unreachable.add(1);
                    tracing::debug!(error = %error, "no answer");
                    None
                }
            };
            if tried + 1 < TRIES_MAX {
                crowd.stats.retries.add(1);
                let pause = wanted.unwrap_or_else(|| self.back_off(tried)).min(BACK_OFF_MAX);
                self.until_stopped(sleep(pause)).await?;
            }
        }
        Err(Left::GaveUp)
    }

    fn back_off(&mut self, tried: u32) -> Duration {
        let full = BACK_OFF.saturating_mul(1 << tried.min(10)).min(BACK_OFF_MAX);
        full.mul_f64(self.chance.between(0.5, 1.0))
    }
}

/// `Retry-After` in its form of seconds, 0 included.
fn retry_after(answer: &Answer) -> Option<Duration> {
    let value = answer.headers.get(hyper::header::RETRY_AFTER)?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}
