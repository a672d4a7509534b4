//! Where a page starts: what a cursor holds.

use bytes::{Buf as _, BufMut as _};
use nova_core::model::{PostId, Timestamp};

use super::page::{FeedError, FeedRequest};
use super::service::FeedService;

/// Where a page starts.
pub(super) enum Position {
    /// At the top.
    Start,
    /// In a slate, at an index.
    InSlate(u128, usize),
    /// In a chronological list, after this post.
    Before(Timestamp, PostId),
}

const IN_SLATE: u8 = b's';
const BEFORE: u8 = b't';

pub(super) fn slate_payload(id: u128, next: usize) -> Vec<u8> {
    let mut payload = vec![IN_SLATE];
    payload.put_u128(id);
    payload.put_u16(u16::try_from(next).unwrap_or(u16::MAX));
    payload
}

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
        match (from.try_get_u8(), from.remaining()) {
            (Ok(IN_SLATE), 18) => Ok(Position::InSlate(from.get_u128(), usize::from(from.get_u16()))),
            (Ok(BEFORE), 24) => Ok(Position::Before(
                Timestamp::from_micros(from.get_i64()),
                PostId::from_bits(from.get_u128()),
            )),
            _ => Err(FeedError::CursorInvalid),
        }
    }
}
