//! A dead letter as a record of its topic: key and value as they were, everything else in headers.

use crate::log::DeadLetter;
use crate::log::kafka::write::Message;

/// Characters of the sentence for people that go along; the table has all of it.
const DETAIL_CHARS_MAX: usize = 512;

/// The record that stands for a letter. Everything needed to put it back is in it.
pub(super) fn message(letter: &DeadLetter, epoch: u32) -> Message {
    let headers = vec![
        ("nova-topic", letter.place.topic.name().to_owned()),
        ("nova-partition", letter.place.partition.to_string()),
        ("nova-offset", letter.place.offset.to_string()),
        ("nova-epoch", epoch.to_string()),
        ("nova-reason", letter.reason.name().to_owned()),
        ("nova-detail", letter.detail.chars().take(DETAIL_CHARS_MAX).collect()),
        ("nova-received-at", letter.received_at.to_string()),
        ("nova-buried-at", letter.buried_at.to_string()),
    ];
    Message { record: letter.record(), headers }
}

/// The record itself once more, told from its first time by the letter's name.
pub(super) fn again(letter: &DeadLetter) -> Message {
    Message { record: letter.record(), headers: vec![("nova-replay-of", DeadLetter::id(letter.place))] }
}
