//! 128-bit ids that keep the form they came in: a UUID, or a 64-bit integer.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// An integer id carries these upper 64 bits. As a UUID they would read version 0, which no generator makes
/// (RFC 9562 starts at 1); a UUID with this prefix is refused, so an integer never equals a UUID.
const INTEGER_PREFIX: u64 = 0x6e6f_7661_0000_0000;

/// An identity: a UUID, or a 64-bit integer for products whose tables use integers.
///
/// Orders by its 128 bits; among integers that is their numeric order. Shown and serialised as it came: UUID text
/// or decimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(u128);

/// Why a text is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum IdError {
    /// Neither UUID text nor decimal digits.
    #[error("must be a UUID or decimal digits")]
    Form,
    /// Digits beyond 64 bits.
    #[error("integer ids end at 18446744073709551615")]
    TooLarge,
    /// A UUID in the range set aside for integers.
    #[error("this UUID is reserved for integer ids")]
    Reserved,
}

impl Id {
    /// The id of an integer key.
    #[must_use]
    pub const fn from_integer(value: u64) -> Self {
        Self(((INTEGER_PREFIX as u128) << 64) | value as u128)
    }

    /// The id of a UUID given as its 128 bits, most significant byte first.
    ///
    /// # Errors
    /// [`IdError::Reserved`] for the range that stands for integers.
    pub const fn from_uuid(bits: u128) -> Result<Self, IdError> {
        if (bits >> 64) as u64 == INTEGER_PREFIX { Err(IdError::Reserved) } else { Ok(Self(bits)) }
    }

    /// The id behind 128 bits that [`Id::bits`] gave. Every value is an id: this never fails.
    #[must_use]
    pub const fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// All 128 bits, integer prefix included. What storage keeps.
    #[must_use]
    pub const fn bits(self) -> u128 {
        self.0
    }

    /// The integer, if it came as one.
    #[must_use]
    pub const fn as_integer(self) -> Option<u64> {
        if (self.0 >> 64) as u64 == INTEGER_PREFIX { Some(self.0 as u64) } else { None }
    }
}

impl FromStr for Id {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        // 36 bytes: of the forms that the parser knows, only the one with hyphens is that long. Tried first: it is
        // the common case, and no run of digits parses as one.
        if text.len() == 36
            && let Ok(uuid) = uuid::Uuid::try_parse_ascii(text.as_bytes())
        {
            return Self::from_uuid(uuid.as_u128());
        }
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(IdError::Form);
        }
        text.parse().map(Self::from_integer).map_err(|_| IdError::TooLarge)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_integer() {
            Some(integer) => write!(f, "{integer}"),
            None => f.write_str(
                uuid::Uuid::from_u128(self.0).hyphenated().encode_lower(&mut uuid::Uuid::encode_buffer()),
            ),
        }
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.as_integer() {
            Some(_) => serializer.collect_str(self),
            None => serializer.serialize_str(
                uuid::Uuid::from_u128(self.0).hyphenated().encode_lower(&mut uuid::Uuid::encode_buffer()),
            ),
        }
    }
}

impl<'de> Deserialize<'de> for Id {
    /// From text, or from a JSON integer.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Id;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an id (a UUID or a 64-bit integer)")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Id, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Id, E> {
                Ok(Id::from_integer(value))
            }
            /// TOML knows no unsigned integers.
            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Id, E> {
                let value = u64::try_from(value).map_err(|_| E::custom(IdError::Form))?;
                Ok(Id::from_integer(value))
            }
        }
        deserializer.deserialize_any(Text)
    }
}

macro_rules! identity {
    ($(#[$doc:meta] $name:ident)*) => {$(
        #[$doc]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Id);

        impl $name {
            /// All 128 bits; see [`Id::bits`].
            #[must_use]
            pub const fn bits(self) -> u128 {
                self.0.bits()
            }
            /// Back from [`Id::bits`].
            #[must_use]
            pub const fn from_bits(bits: u128) -> Self {
                Self(Id::from_bits(bits))
            }
            /// The id of an integer key.
            #[must_use]
            pub const fn from_integer(value: u64) -> Self {
                Self(Id::from_integer(value))
            }
        }
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                text.parse().map(Self)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    )*};
}

identity! {
    /// A person: viewer or author.
    UserId
    /// A post.
    PostId
    /// A comment.
    CommentId
    /// What makes a behaviour event idempotent.
    EventId
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_id_keeps_the_form_it_came_in() {
        for text in ["0", "42", "18446744073709551615", "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"] {
            assert_eq!(text.parse::<Id>().expect(text).to_string(), text);
            let json = serde_json::to_string(&text.parse::<Id>().expect(text)).expect("json");
            assert_eq!(json, format!("\"{text}\""));
        }
        assert_eq!(serde_json::from_str::<Id>("42").expect("number"), Id::from_integer(42));
    }

    #[test]
    fn what_is_no_id_is_refused_with_its_reason() {
        for (text, why) in [
            ("", IdError::Form),
            ("-1", IdError::Form),
            ("18446744073709551616", IdError::TooLarge),
            ("123456789012345678901234567890123456", IdError::TooLarge),
            ("0190a1b2c3d47e5f8a9b0c1d2e3f4a5b", IdError::Form),
            ("6e6f7661-0000-0000-0000-00000000002a", IdError::Reserved),
        ] {
            assert_eq!(text.parse::<Id>(), Err(why), "{text}");
        }
        for json in ["-1", "1.5", "1e3", "true", "null", "[]", "{}", "\"x\"", "18446744073709551616"] {
            assert!(serde_json::from_str::<Id>(json).is_err(), "{json}");
        }
    }

    proptest! {
        #[test]
        fn integers_come_back_and_order_as_numbers(a: u64, b: u64) {
            let id = Id::from_integer(a);
            prop_assert_eq!(id.as_integer(), Some(a));
            prop_assert_eq!(id.to_string(), a.to_string());
            prop_assert_eq!(id.to_string().parse::<Id>(), Ok(id));
            prop_assert_eq!(serde_json::from_str::<Id>(&a.to_string()).expect("number"), id);
            prop_assert_eq!(id.cmp(&Id::from_integer(b)), a.cmp(&b));
        }

        #[test]
        fn uuids_come_back_and_are_no_integers(bits: u128) {
            let id = Id::from_uuid(bits).expect("chance does not hit the reserved prefix");
            let text = id.to_string();
            prop_assert_eq!(id.as_integer(), None);
            prop_assert_eq!(text.parse::<Id>(), Ok(id));
            prop_assert_eq!(text.to_uppercase().parse::<Id>(), Ok(id));
            prop_assert_eq!(Id::from_bits(id.bits()), id);
            let json = serde_json::to_string(&PostId(id)).expect("json");
            prop_assert_eq!(serde_json::from_str::<PostId>(&json).expect("json"), PostId(id));
        }

        /// What the integers took cannot come in as a UUID: the two forms never meet.
        #[test]
        fn the_range_of_the_integers_is_closed_to_uuids(value: u64) {
            let bits = Id::from_integer(value).bits();
            prop_assert_eq!(Id::from_uuid(bits), Err(IdError::Reserved));
            let text = uuid::Uuid::from_u128(bits).to_string();
            prop_assert_eq!(text.parse::<Id>(), Err(IdError::Reserved));
        }

        #[test]
        fn any_text_is_answered(text in "\\PC{0,40}") {
            let _ = text.parse::<Id>();
        }

        #[test]
        fn a_damaged_uuid_is_refused_or_means_what_it_says(bits: u128, at in 0..36_usize, byte in b' '..b'\x7f') {
            let mut text = uuid::Uuid::from_u128(bits).to_string();
            text.replace_range(at..=at, &char::from(byte).to_string());
            if let Ok(id) = text.parse::<Id>() {
                prop_assert_eq!(id.to_string(), text.to_lowercase());
            }
        }
    }
}
