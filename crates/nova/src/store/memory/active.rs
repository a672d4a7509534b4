//! Who did something lately.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use nova_core::model::{Timestamp, UserId};
use parking_lot::Mutex;

use super::packed::seconds;
use super::users::Users;

/// Entries kept, but for those of the last minute: several times the users that are ever asked for.
const ENTRIES_MAX: usize = 262_144;

/// Users by the minute of their last event. A user who acts again in a later minute is entered there too; the
/// earlier entry is passed over when it is read.
#[derive(Debug, Default)]
pub(super) struct Active {
    minutes: Mutex<Minutes>,
}

#[derive(Debug, Default)]
struct Minutes {
    users: BTreeMap<u32, Vec<u32>>,
    entries: usize,
}

fn minute(time: Timestamp) -> u32 {
    seconds(time) / 60
}

impl Active {
    /// `user` acted at `at`, before that at `last`.
    pub(super) fn acted(&self, user: u32, last: Option<Timestamp>, at: Timestamp) {
        if last.is_some_and(|last| minute(last) >= minute(at)) {
            return;
        }
        let mut minutes = self.minutes.lock();
        minutes.users.entry(minute(at)).or_default().push(user);
        minutes.entries += 1;
        // the last minute stays whole, however many acted in it
        if minutes.entries > ENTRIES_MAX
            && minutes.users.len() > 1
            && let Some((_, oldest)) = minutes.users.pop_first()
        {
            minutes.entries -= oldest.len();
        }
    }

    /// The latest `limit` users with an event since `since`, latest first, then by id.
    pub(super) fn latest(&self, users: &Users, since: Timestamp, limit: usize) -> Vec<UserId> {
        let mut found: Vec<UserId> = Vec::new();
        let mut end = u32::MAX;
        while found.len() < limit {
            // one minute at a time, so that the writer is not held up
            let (start, entered) = {
                let minutes = self.minutes.lock();
                let Some((&start, entered)) = minutes.users.range(minute(since)..end).next_back() else {
                    break;
                };
                (start, entered.clone())
            };
            end = start;
            let mut within: Vec<_> = entered
                .into_iter()
                .filter_map(|user| users.get(user))
                .filter(|user| !user.is_gone())
                .filter_map(|user| Some((Reverse(user.last_event()?), user.id())))
                .filter(|&(Reverse(last), _)| minute(last) == start && last >= since)
                .collect();
            within.sort_unstable();
            found.extend(within.into_iter().map(|(_, id)| id));
        }
        found.truncate(limit);
        found
    }
}
