//! The record exactly as [`super::encode`] writes it, read without a parser: twice as fast as the general
//! reader, and most of what a projection reads. Whatever differs by a byte is left to the general reader.

use std::borrow::Cow;

use nova_core::model::Id;

use super::RawEvent;

/// The members of a record in our own form; `None` for any other form, valid or not.
pub(super) fn read(record: &[u8]) -> Option<RawEvent<'_>> {
    let mut rest = Rest(record);
    rest.literal(b"{\"event_id\":\"")?;
    let event_id = rest.text()?;
    rest.literal(b",\"event_time\":\"")?;
    let event_time = rest.text()?.parse().ok()?;
    rest.literal(b",\"user_id\":\"")?;
    let user_id = rest.id()?;
    rest.literal(b",\"post_id\":\"")?;
    let post_id = rest.id()?;
    let author_id = match rest.literal(b",\"author_id\":\"") {
        Some(()) => Some(rest.id()?),
        None => None,
    };
    rest.literal(b",\"action\":\"")?;
    let action = rest.text()?.parse().ok()?;
    let dwell_ms = match rest.literal(b",\"dwell_ms\":") {
        Some(()) => Some(rest.number()?),
        None => None,
    };
    let mut label = |name: &[u8]| match rest.literal(name) {
        Some(()) => rest.text().map(|text| Some(Cow::Borrowed(text))),
        None => Some(None),
    };
    let device = label(b",\"device\":\"")?;
    let app_ver = label(b",\"app_ver\":\"")?;
    (rest.0 == b"}").then_some(RawEvent {
        index: 0,
        event_id: Some(Cow::Borrowed(event_id)),
        event_time: Some(event_time),
        user_id: Some(user_id),
        post_id: Some(post_id),
        author_id,
        action: Some(action),
        dwell_ms,
        device,
        app_ver,
        unknown_fields: 0,
    })
}

struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn literal(&mut self, literal: &[u8]) -> Option<()> {
        self.0 = self.0.strip_prefix(literal)?;
        Some(())
    }

    /// Up to the closing quote; with an escape in it the general reader is asked.
    fn text(&mut self) -> Option<&'a str> {
        let end = self.0.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..b' '))?;
        let (text, rest) = self.0.split_at(end);
        self.0 = rest.strip_prefix(b"\"")?;
        str::from_utf8(text).ok()
    }

    fn id(&mut self) -> Option<Id> {
        self.text()?.parse().ok()
    }

    /// At most nine digits, the first not zero unless it is alone: JSON's form of an integer.
    fn number(&mut self) -> Option<u64> {
        let digits = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (number, rest) = self.0.split_at(digits);
        self.0 = rest;
        let formed = (1..=9).contains(&digits) && (number[0] != b'0' || digits == 1);
        formed.then(|| number.iter().fold(0, |value, byte| value * 10 + u64::from(byte - b'0')))
    }
}
