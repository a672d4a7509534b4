//! What is kept of a viewer: whom they do not want, what they like, hid and saw, whom they turn to.

use nova_core::model::{Stamp, Timestamp};
use nova_core::pipeline::Verdict;

use super::affinity::Affinity;
use super::packed::{RowMap, Split, seconds};
use super::register::Registers;

/// People remembered for each author as having turned to them lately: where suggestions look for similar taste.
const FANS_MAX: usize = 32;

/// The viewer blocks the other.
pub(super) const BLOCKS: u32 = 1;
/// The other blocks the viewer. Derived from the other's side: without a version of its own.
pub(super) const BLOCKED_BY: u32 = 1 << 1;
/// The viewer mutes the other.
pub(super) const MUTES: u32 = 1 << 2;
/// There is a version for the block.
pub(super) const BLOCK_KNOWN: u32 = 1 << 3;
/// There is a version for the mute.
pub(super) const MUTE_KNOWN: u32 = 1 << 4;

/// What stands between the viewer and another user.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bar {
    pub(super) flags: u32,
    pub(super) block_version: Split,
    pub(super) mute_version: Split,
}

impl Bar {
    /// As a verdict on the other's posts.
    #[inline]
    pub(super) const fn verdict(self) -> Verdict {
        Verdict::CLEAR
            .and_if(self.flags & (BLOCKS | BLOCKED_BY) != 0, Verdict::BLOCKED)
            .and_if(self.flags & MUTES != 0, Verdict::MUTED)
    }
}

/// A row of `blocks` or of `mutes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Barrier {
    Block,
    Mute,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Viewer {
    pub(super) bars: RowMap<Bar>,
    pub(super) likes: Registers,
    /// Rarely anything: boxed.
    pub(super) hidden: Option<Box<Registers>>,
    pub(super) seen: Seen,
    pub(super) affinity: Affinity,
    /// As an author: who turned to them lately. A sample, each to be checked against that user's own affinity.
    pub(super) fans: Vec<u32>,
}

impl Viewer {
    /// Sets a block or a mute; whether it changed, `None` for a version that is not newer.
    pub(super) fn bar(&mut self, other: u32, barrier: Barrier, stamp: Stamp, stands: bool) -> Option<bool> {
        let bar = self.bars.entry(other).or_default();
        let (flag, known, version) = match barrier {
            Barrier::Block => (BLOCKS, BLOCK_KNOWN, &mut bar.block_version),
            Barrier::Mute => (MUTES, MUTE_KNOWN, &mut bar.mute_version),
        };
        if bar.flags & known != 0 && version.get() >= stamp.version {
            return None;
        }
        *version = Split::new(stamp.version);
        let before = bar.flags & flag != 0;
        bar.flags = if stands { bar.flags | flag } else { bar.flags & !flag } | known;
        Some(before != stands)
    }

    /// The other side of a block.
    pub(super) fn blocked_by(&mut self, other: u32, stands: bool) {
        let bar = self.bars.entry(other).or_default();
        bar.flags = if stands { bar.flags | BLOCKED_BY } else { bar.flags & !BLOCKED_BY };
    }

    /// What stands between the viewer and an author.
    #[inline]
    pub(super) fn barred(&self, author: u32) -> Verdict {
        if self.bars.is_empty() {
            return Verdict::CLEAR;
        }
        self.bars.get(&author).map_or(Verdict::CLEAR, |bar| bar.verdict())
    }

    #[inline]
    pub(super) fn hides(&self, post: u32) -> bool {
        self.hidden.as_ref().is_some_and(|hidden| hidden.is_set(post))
    }

    /// Remembers a fan; of the [`FANS_MAX`] the one remembered longest makes room.
    pub(super) fn add_fan(&mut self, fan: u32) {
        if let Some(place) = self.fans.iter().position(|&held| held == fan) {
            self.fans.remove(place);
        } else if self.fans.len() == FANS_MAX {
            self.fans.remove(0);
        }
        self.fans.push(fan);
    }
}

/// The posts a viewer saw, with the second they saw them last.
#[derive(Debug, Default)]
pub(super) struct Seen(pub(super) RowMap<u32>);

impl Seen {
    /// Remembers that a post was seen at `at`. `since`: what was seen before cannot matter any more.
    pub(super) fn add(&mut self, post: u32, at: Timestamp, since: Timestamp, len_max: usize) {
        let at = seconds(at);
        if at < seconds(since) {
            return;
        }
        if let Some(held) = self.0.get_mut(&post) {
            *held = at.max(*held);
            return;
        }
        if self.0.len() == self.0.capacity() || self.0.len() >= len_max {
            self.prune(seconds(since), len_max);
        }
        self.0.insert(post, at);
    }

    /// Forgets what no longer matters, and where that does not make room, the oldest eighth.
    fn prune(&mut self, since: u32, len_max: usize) {
        self.0.retain(|_, at| *at >= since);
        if self.0.len() >= len_max {
            let mut times: Vec<u32> = self.0.values().copied().collect();
            let (_, &mut first, _) = times.select_nth_unstable(len_max / 8);
            self.0.retain(|_, at| *at > first);
        }
    }

    /// Was it seen at or after the second of `since`?
    #[inline]
    pub(super) fn has(&self, post: u32, since: u32) -> bool {
        !self.0.is_empty() && self.0.get(&post).is_some_and(|&at| at >= since)
    }
}
