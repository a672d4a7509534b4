//! Headers of a record, as Kafka's client has them.

use bytes::Bytes;
use rdkafka::message::{BorrowedHeaders, Headers as _};

use crate::log::Headers;

/// Copies them.
pub(crate) fn headers(found: Option<&BorrowedHeaders>) -> Headers {
    let of = |found: &BorrowedHeaders| {
        let copy = |header: rdkafka::message::Header<'_, &[u8]>| {
            (header.key.to_owned(), header.value.map(Bytes::copy_from_slice))
        };
        found.iter().map(copy).collect()
    };
    found.map_or_else(Vec::new, of)
}
