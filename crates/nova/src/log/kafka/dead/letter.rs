//! A dead letter as a record of its topic: key, value and headers as they were, everything else in headers behind them.

use bytes::Bytes;

use crate::log::kafka::write::Message;
use crate::log::{DeadLetter, Headers};

/// Names a record that was put back by the letter that it was.
const REPLAY_OF: &str = "nova-replay-of";
/// Characters of the sentence for people that go along; the table has all of it.
const DETAIL_CHARS_MAX: usize = 512;

/// The record that stands for a letter. Everything needed to put it back is in it.
pub(super) fn message(letter: &DeadLetter, epoch: u32) -> Message {
    let own = [
        ("nova-topic", letter.place.topic.name().to_owned()),
        ("nova-partition", letter.place.partition.to_string()),
        ("nova-offset", letter.place.offset.to_string()),
        ("nova-epoch", epoch.to_string()),
        ("nova-reason", letter.reason.name().to_owned()),
        ("nova-detail", letter.detail.chars().take(DETAIL_CHARS_MAX).collect()),
        ("nova-received-at", letter.received_at.to_string()),
        ("nova-buried-at", letter.buried_at.to_string()),
    ];
    let own = own.map(|(name, value)| (name.to_owned(), Some(Bytes::from(value))));
    Message { record: letter.record(), headers: letter.headers.iter().cloned().chain(own).collect() }
}

/// The record itself once more, told from its first time by the letter's name.
pub(super) fn again(letter: &DeadLetter) -> Message {
    let mut headers: Headers = letter.headers.iter().filter(|(name, _)| name != REPLAY_OF).cloned().collect();
    headers.push((REPLAY_OF.to_owned(), Some(Bytes::from(DeadLetter::id(letter.place)))));
    Message { record: letter.record(), headers }
}
