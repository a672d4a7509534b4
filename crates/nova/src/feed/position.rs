//! Where a page starts: what a cursor holds.

use bytes::{Buf as _, BufMut as _};
use nova_core::model::{PostId, Timestamp};

use super::page::{FeedError, FeedRequest};
use super::service::FeedService;

/// Where a page starts.
pub(super) enum Position {
    /// At the top.
    Start,
    /// In a slate.
    InSlate(Place),
    /// In a chronological list, after this post.
    Before(Timestamp, PostId),
}

/// A place in a slate.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) slate: u128,
    pub(super) index: usize,
    /// A further page was read before this one.
    scrolled: bool,
}

impl Place {
    /// Where the second page starts; index 0 is the first page itself.
    pub(super) const fn after_first(slate: u128, index: usize) -> Self {
        Self { slate, index, scrolled: false }
    }

    /// Where the page after this one starts.
    pub(super) const fn then(self, index: usize) -> Self {
        Self { index, scrolled: self.index > 0, ..self }
    }

    /// Is this the page that makes a scroll of a first page? Only that one has to be noted.
    pub(super) const fn begins_scroll(self) -> bool {
        self.index > 0 && !self.scrolled
    }

    /// For a cursor.
    pub(super) fn payload(self) -> Vec<u8> {
        let mut payload = Vec::with_capacity(SLATE_BYTES);
        payload.put_u8(if self.scrolled { SCROLLED } else { IN_SLATE });
        payload.put_u128(self.slate);
        payload.put_u16(u16::try_from(self.index).unwrap_or(u16::MAX));
        payload
    }
}

const IN_SLATE: u8 = b's';
const SCROLLED: u8 = b'r';
const BEFORE: u8 = b't';
/// Kind, slate, index; kind, time, post.
const SLATE_BYTES: usize = 1 + 16 + 2;
const BEFORE_BYTES: usize = 1 + 8 + 16;

pub(super) fn before_payload(time: Timestamp, post: PostId) -> Vec<u8> {
    let mut payload = vec![BEFORE];
    payload.put_i64(time.micros());
    payload.put_u128(post.bits());
    payload
}

fn scope(request: &FeedRequest) -> String {
    format!("feed|{}|{}|{}", request.viewer, request.algo.name(), request.explain)
}

impl FeedService {
    pub(super) fn cursor(&self, request: &FeedRequest, payload: &[u8]) -> String {
        self.signer.seal(&scope(request), payload)
    }

    pub(super) fn position(&self, request: &FeedRequest) -> Result<Position, FeedError> {
        let Some(cursor) = request.cursor.as_deref().filter(|cursor| !cursor.is_empty()) else {
            return Ok(Position::Start);
        };
        let payload = self.signer.open(&scope(request), cursor).ok_or(FeedError::CursorInvalid)?;
        let mut from = payload.as_slice();
        match (from.try_get_u8(), payload.len()) {
            (Ok(kind @ (IN_SLATE | SCROLLED)), SLATE_BYTES) => Ok(Position::InSlate(Place {
                slate: from.get_u128(),
                index: usize::from(from.get_u16()),
                scrolled: kind == SCROLLED,
            })),
            (Ok(BEFORE), BEFORE_BYTES) => Ok(Position::Before(
                Timestamp::from_micros(from.get_i64()),
                PostId::from_bits(from.get_u128()),
            )),
            _ => Err(FeedError::CursorInvalid),
        }
    }
}
