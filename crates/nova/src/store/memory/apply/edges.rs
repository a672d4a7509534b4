//! From one account to another: follows, blocks, mutes.

use std::sync::atomic::Ordering;

use nova_core::error::Result;
use nova_core::model::{Stamp, UserId};

use super::{Apply, Outcome};
use crate::store::memory::viewer::Barrier;

impl Apply<'_> {
    pub(super) fn follow(&mut self, from: UserId, to: UserId, stamp: Stamp, stands: bool) -> Result<Outcome> {
        let (_, follower) = self.user_of(from)?;
        let (followed, _) = self.user_of(to)?;
        let Some(shift) = follower.change_follows(|follows| follows.set(followed, stamp.version, stands))
        else {
            return Ok(Outcome::Stale);
        };
        match shift {
            (false, true) => {
                self.index.users.add_followers(followed, 1);
                self.index.follows.fetch_add(1, Ordering::Relaxed);
            }
            (true, false) => {
                self.index.users.add_followers(followed, -1);
                self.index.follows.fetch_sub(1, Ordering::Relaxed);
            }
            (true, true) | (false, false) => {}
        }
        Ok(Outcome::Changed)
    }

    pub(super) fn block(&mut self, from: UserId, to: UserId, stamp: Stamp, stands: bool) -> Result<Outcome> {
        let (blocking, blocker) = self.user_of(from)?;
        let (blocked, other) = self.user_of(to)?;
        let Some(changed) = blocker.change(|viewer| viewer.bar(blocked, Barrier::Block, stamp, stands))
        else {
            return Ok(Outcome::Stale);
        };
        if changed {
            other.change(|viewer| viewer.blocked_by(blocking, stands));
        }
        Ok(Outcome::Changed)
    }

    pub(super) fn mute(&mut self, from: UserId, to: UserId, stamp: Stamp, stands: bool) -> Result<Outcome> {
        let (_, muter) = self.user_of(from)?;
        let (muted, _) = self.user_of(to)?;
        let changed = muter.change(|viewer| viewer.bar(muted, Barrier::Mute, stamp, stands));
        Ok(if changed.is_some() { Outcome::Changed } else { Outcome::Stale })
    }
}
