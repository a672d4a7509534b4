//! Whom a user follows: sorted, with versions.

use super::packed::{Split, room};

/// Set on an edge that was removed; it stays, with its version, so that an older change cannot bring it back.
const REMOVED: u32 = 1 << 31;

/// A row of `follows`, seen from the follower: 12 bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Follow {
    to: u32,
    version: Split,
}

impl Follow {
    pub(super) const fn new(to: u32, version: u64, stands: bool) -> Self {
        Self { to: if stands { to } else { to | REMOVED }, version: Split::new(version) }
    }

    #[inline]
    pub(super) const fn to(self) -> u32 {
        self.to & !REMOVED
    }

    #[inline]
    pub(super) const fn stands(self) -> bool {
        self.to & REMOVED == 0
    }

    /// As a snapshot holds it.
    pub(super) fn to_bytes(self) -> [u8; 12] {
        let mut bytes = [0; 12];
        bytes[..4].copy_from_slice(&self.to.to_le_bytes());
        bytes[4..].copy_from_slice(&self.version().to_le_bytes());
        bytes
    }

    pub(super) fn from_bytes(bytes: [u8; 12]) -> Self {
        let [a, b, c, d, version @ ..] = bytes;
        Self { to: u32::from_le_bytes([a, b, c, d]), version: Split::new(u64::from_le_bytes(version)) }
    }

    pub(super) const fn version(self) -> u64 {
        self.version.get()
    }
}

/// By followed user, ascending, each once.
#[derive(Debug, Default)]
pub(super) struct Follows(Vec<Follow>);

impl Follows {
    /// Sets the edge; gives whether it stood before and stands now, `None` for a version that is not newer.
    pub(super) fn set(&mut self, to: u32, version: u64, stands: bool) -> Option<(bool, bool)> {
        let edge = Follow::new(to, version, stands);
        match self.0.binary_search_by_key(&to, |held| held.to()) {
            Ok(place) if self.0[place].version() >= version => None,
            Ok(place) => {
                let before = self.0[place].stands();
                self.0[place] = edge;
                Some((before, stands))
            }
            Err(place) => {
                room(&mut self.0);
                self.0.insert(place, edge);
                Some((false, stands))
            }
        }
    }

    #[inline]
    pub(super) fn stands(&self, to: u32) -> bool {
        self.0.binary_search_by_key(&to, |held| held.to()).is_ok_and(|place| self.0[place].stands())
    }

    /// Those that stand.
    #[inline]
    pub(super) fn standing(&self) -> impl Iterator<Item = u32> {
        self.0.iter().filter(|edge| edge.stands()).map(|edge| edge.to())
    }

    /// All, removed ones too.
    pub(super) fn all(&self) -> &[Follow] {
        &self.0
    }

    /// From a snapshot: put in order if it is not.
    pub(super) fn restore(mut list: Vec<Follow>) -> Self {
        if !list.is_sorted_by_key(|edge| edge.to()) {
            list.sort_by_key(|edge| edge.to());
        }
        list.dedup_by_key(|edge| edge.to());
        Self(list)
    }
}
