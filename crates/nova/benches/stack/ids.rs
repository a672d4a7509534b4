//! Ids by number, the same here, in PostgreSQL and in ClickHouse.

use nova_core::model::{EventId, PostId, UserId};

const HIGH: u128 = 0x0190_0000_0000_7000_u128 << 64;

pub(crate) fn user(number: u64) -> UserId {
    UserId::from_bits(HIGH | u128::from(0x8000_u64 << 48 | number))
}

pub(crate) fn post(number: u64) -> PostId {
    PostId::from_bits(HIGH | u128::from(0x8001_u64 << 48 | number))
}

pub(crate) fn event(number: u64) -> EventId {
    EventId::from_bits(HIGH | u128::from(0x8002_u64 << 48 | number))
}

/// The number behind an id, in ClickHouse.
pub(crate) fn number_of(column: &str) -> String {
    format!("toUInt64(bitAnd({column}, toUInt128(281474976710655)))")
}

/// Spreads numbers over `0..below` in no order that a cache would like.
pub(crate) const fn spread(number: u64, below: u64) -> u64 {
    (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) % below
}
