//! An identity for events that came without one.

use nova_core::model::{Event, EventId};
use sha2::{Digest as _, Sha256};

/// The event id that follows from what an event says: the same line of history, imported twice, counts once.
///
/// SHA-256 over every field but the id, in the order of [`Event`], each with its length or presence in front;
/// the first 128 bits shaped as a UUID of version 8 (RFC 9562, section 5.8). Two events that say exactly the same
/// at the same microsecond are one.
#[must_use]
pub fn content_id(event: &Event) -> EventId {
    let mut hash = Sha256::new();
    hash.update(b"nova event 1\0");
    hash.update(event.time.micros().to_be_bytes());
    hash.update(event.user.bits().to_be_bytes());
    hash.update(event.post.bits().to_be_bytes());
    hash.update([u8::from(event.author.is_some())]);
    hash.update(event.author.map_or(0, |author| author.bits()).to_be_bytes());
    hash.update(event.action.name());
    hash.update([0, u8::from(event.dwell_ms.is_some())]);
    hash.update(event.dwell_ms.unwrap_or(0).to_be_bytes());
    for label in [&event.device, &event.app_ver] {
        hash.update([u8::from(label.is_some())]);
        let label = label.as_deref().unwrap_or("");
        hash.update((label.len() as u64).to_be_bytes());
        hash.update(label);
    }
    let digest = hash.finalize();
    let high = digest.iter().take(16).fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    let version = high & !(0xf << 76) | 0x8 << 76;
    // the version keeps it out of the range of integer ids, which read as version 0
    EventId::from_bits(version & !(0x3 << 62) | 0x2 << 62)
}
