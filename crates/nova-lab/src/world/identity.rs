//! Ids made from the seed.
//!
//! People keep theirs whenever their history is told, so those are UUIDs of version 8 (RFC 9562: the bits are the
//! maker's own). What happens in a history has a time, so posts, comments and events are version 7, which sorts by
//! time and keeps the tables' trees growing at one end.

use nova_core::model::{Id, Timestamp, UserId};

use crate::chance::mix;

const VARIANT: u64 = 0b10 << 62;

/// What a numbered id is for; part of its bits, so that no two kinds share one.
#[derive(Debug, Clone, Copy)]
#[repr(u64)]
pub(super) enum Kind {
    /// Posts.
    Post = 1,
    /// Comments.
    Comment = 2,
    /// Behaviour events.
    Event = 3,
}

/// The id of person `number` in the community of this seed.
pub(super) fn user(seed: u64, number: u32) -> UserId {
    let high = mix(seed ^ 0x7065_6f70_6c65) ^ mix(u64::from(number));
    UserId(versioned(high, mix(high ^ seed.rotate_left(32)), 8))
}

/// The id of thing `number` of a kind, which came to be at `time`, in the history that `salt` names. Times before
/// 1970 count as 1970.
pub(super) fn dated(salt: u64, kind: Kind, number: u64, time: Timestamp) -> Id {
    let millis = u64::try_from(time.micros() / 1_000).unwrap_or(0);
    // 12 bits of fraction, then 62 that only this number of this kind gives (mix is a bijection; two bits are lost)
    let fraction = (time.micros().rem_euclid(1_000) as u64) << 2;
    let low = mix(salt ^ ((kind as u64) << 60) ^ number);
    versioned((millis << 16) | fraction, low, 7)
}

fn versioned(high: u64, low: u64, version: u64) -> Id {
    let high = (high & !0xf000) | (version << 12);
    let low = (low >> 2) | VARIANT;
    let bits = (u128::from(high) << 64) | u128::from(low);
    Id::from_uuid(bits).expect("integers are kept under version 0, these have version 7 or 8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_uuids_of_their_version_and_never_meet() {
        let now = Timestamp::from_millis(1_780_000_000_000);
        let mut all = std::collections::HashSet::new();
        for number in 0..2_000_u32 {
            let user = user(7, number).to_string();
            assert_eq!((&user[14..15], user.len()), ("8", 36));
            assert!("89ab".contains(&user[19..20]), "{user}");
            assert!(all.insert(user));
            for kind in [Kind::Post, Kind::Comment, Kind::Event] {
                let id = dated(7, kind, u64::from(number), now).to_string();
                assert_eq!(&id[14..15], "7");
                assert!(all.insert(id));
            }
        }
    }

    #[test]
    fn what_happened_later_sorts_later() {
        let time = |millis: i64| Timestamp::from_millis(1_780_000_000_000 + millis);
        assert!(dated(1, Kind::Post, 9, time(0)) < dated(1, Kind::Post, 1, time(1)));
        assert!(dated(1, Kind::Post, 9, time(0)).bits() >> 80 == time(0).micros() as u128 / 1_000);
    }
}
