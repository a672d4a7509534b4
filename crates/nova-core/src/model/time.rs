//! Microseconds UTC.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// A moment: microseconds since 1970-01-01 UTC, from year 0001 to the end of 9999.
///
/// Read from RFC 3339 with any offset and 0 to 9 fraction digits (what is finer than a microsecond is cut off);
/// written in UTC with 6 fraction digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// Why a text is not a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TimestampError {
    /// Not RFC 3339.
    #[error("must be an RFC 3339 time such as 2026-01-02T03:04:05.678901Z")]
    Form,
    /// Outside the years 0001 to 9999.
    #[error("must lie between the years 0001 and 9999")]
    Range,
}

impl Timestamp {
    /// 0001-01-01T00:00:00Z.
    pub const MIN: Self = Self(-62_135_596_800_000_000);
    /// 9999-12-31T23:59:59.999999Z.
    pub const MAX: Self = Self(253_402_300_799_999_999);

    /// From microseconds since 1970 UTC; beyond the ends it is the nearest end.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        if micros < Self::MIN.0 {
            Self::MIN
        } else if micros > Self::MAX.0 {
            Self::MAX
        } else {
            Self(micros)
        }
    }

    /// From milliseconds since 1970 UTC; beyond the ends it is the nearest end.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self::from_micros(millis.saturating_mul(1_000))
    }

    /// Microseconds since 1970 UTC.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole days since 1970-01-01 UTC.
    #[must_use]
    pub const fn day(self) -> i32 {
        (self.0.div_euclid(86_400_000_000)) as i32
    }

    /// Microseconds from `earlier` to this; negative when `earlier` is later.
    #[must_use]
    pub const fn micros_since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// Hours from `earlier` to this; negative when `earlier` is later.
    #[must_use]
    pub fn hours_since(self, earlier: Self) -> f64 {
        (self.0 - earlier.0) as f64 / 3.6e9
    }

    /// Later by `duration`, at most [`Timestamp::MAX`].
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self::from_micros(self.0.saturating_add(micros_of(duration)))
    }

    /// Earlier by `duration`, at least [`Timestamp::MIN`].
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self::from_micros(self.0.saturating_sub(micros_of(duration)))
    }
}

fn micros_of(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        if let Some(time) = text.as_bytes().try_into().ok().and_then(Self::decode) {
            return Ok(time);
        }
        if !is_rfc3339(text.as_bytes()) {
            return Err(TimestampError::Form);
        }
        // Not `jiff::Timestamp`: that ends a day before the year 9999 does, to leave room for any offset.
        let pieces = jiff::fmt::temporal::Pieces::parse(text).map_err(|_| TimestampError::Form)?;
        let (Some(time), Some(offset)) = (pieces.time(), pieces.to_numeric_offset()) else {
            return Err(TimestampError::Form);
        };
        let local = pieces.date().to_datetime(time).duration_since(EPOCH);
        let utc = local - jiff::SignedDuration::from_secs(i64::from(offset.seconds()));
        let micros = utc.as_nanos().div_euclid(1_000);
        match i64::try_from(micros) {
            Ok(micros) if (Self::MIN.0..=Self::MAX.0).contains(&micros) => Ok(Self(micros)),
            _ => Err(TimestampError::Range),
        }
    }
}

const EPOCH: jiff::civil::DateTime = jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0);

/// Has the text the form of RFC 3339? jiff reads more (week dates, a space for the T, no seconds, a zone in
/// brackets); what the digits mean it decides.
fn is_rfc3339(text: &[u8]) -> bool {
    let digit_of_two = |tens: u8, ones: u8| tens.is_ascii_digit() && ones.is_ascii_digit();
    let Some((moment, rest)) = text.split_at_checked(19) else { return false };
    let formed = moment.iter().zip(b"0000-00-00T00:00:00").all(|(byte, form)| match form {
        b'0' => byte.is_ascii_digit(),
        form => byte.to_ascii_uppercase() == *form,
    });
    let zone = match rest {
        [b'.', fraction @ ..] => {
            let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if !(1..=9).contains(&digits) {
                return false;
            }
            &fraction[digits..]
        }
        rest => rest,
    };
    formed
        && match *zone {
            [b'Z' | b'z'] => true,
            [b'+' | b'-', h1, h2, b':', m1, m2] => {
                digit_of_two(h1, h2) && digit_of_two(m1, m2) && [h1, h2] <= *b"23"
            }
            _ => false,
        }
}

/// Civil date of a day number: Howard Hinnant's `civil_from_days` (public domain), for years 1 to 9999.
fn civil(day: i64) -> (u32, u32, u32) {
    let z = day + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    (year as u32, month as u32, (doy - (153 * mp + 2) / 5 + 1) as u32)
}

/// Days since 1970-01-01 of a civil date: the inverse of [`civil`], from the same source.
const fn day_of(year: u32, month: u32, date: u32) -> i64 {
    let year = year as i64 - (month <= 2) as i64;
    let era = year.div_euclid(400);
    let yoe = year.rem_euclid(400);
    let mp = (month as i64 + 9) % 12;
    let doy = (153 * mp + 2) / 5 + date as i64 - 1;
    era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
}

impl Timestamp {
    /// Reads what [`Timestamp::encode`] writes, and nothing else: every event in the log has a time in this form.
    /// `None` leaves the judgement to the full parser (leap seconds, the year 0000, what is no time).
    fn decode(text: &[u8; 27]) -> Option<Self> {
        let number = |from: usize, to: usize| {
            text[from..to].iter().try_fold(0_u32, |value, byte| {
                let digit = byte.wrapping_sub(b'0');
                (digit < 10).then(|| value * 10 + u32::from(digit))
            })
        };
        let marks = [text[4], text[7], text[10], text[13], text[16], text[19], text[26]];
        if marks != *b"--T::.Z" {
            return None;
        }
        let (year, month, date) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            2 => 28 + u32::from(leap),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        let civil = year >= 1 && (1..=12).contains(&month) && (1..=days).contains(&date);
        if !civil || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let seconds = day_of(year, month, date) * 86_400 + i64::from(hour * 3_600 + minute * 60 + second);
        Some(Self(seconds * 1_000_000 + i64::from(number(20, 26)?)))
    }

    /// The 27 bytes of the RFC 3339 form. A page holds dozens of times: this path is hot.
    fn encode(self) -> [u8; 27] {
        fn put(out: &mut [u8], mut value: u32) {
            for byte in out.iter_mut().rev() {
                *byte = b'0' + (value % 10) as u8;
                value /= 10;
            }
        }
        let (day, rest) = (self.0.div_euclid(86_400_000_000), self.0.rem_euclid(86_400_000_000));
        let (year, month, date) = civil(day);
        let (second, micro) = ((rest / 1_000_000) as u32, (rest % 1_000_000) as u32);
        let mut text = *b"0000-00-00T00:00:00.000000Z";
        put(&mut text[0..4], year);
        put(&mut text[5..7], month);
        put(&mut text[8..10], date);
        put(&mut text[11..13], second / 3_600);
        put(&mut text[14..16], second / 60 % 60);
        put(&mut text[17..19], second % 60);
        put(&mut text[20..26], micro);
        text
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.encode()).unwrap_or_default())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(std::str::from_utf8(&self.encode()).unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Timestamp;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an RFC 3339 time")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn any_offset_and_fraction_is_read() {
        for (text, utc) in [
            ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000000Z"),
            ("2026-01-02T03:04:05.1+02:30", "2026-01-02T00:34:05.100000Z"),
            ("2026-01-02t03:04:05.123456789z", "2026-01-02T03:04:05.123456Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"),
            ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
            ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
            ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000000Z"),
        ] {
            assert_eq!(text.parse::<Timestamp>().expect(text).to_string(), utc);
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "now",
            "2026-01-02",
            "2026-01-02T03:04:05",
            "2026-02-30T00:00:00Z",
            "2026-01-02 03:04:05Z",
            "2026-01-02T03:04+02:30",
            "2026-01-02T03:04:05.Z",
            "2026-01-02T03:04:05.1234567890Z",
            "2026-01-02T03:04:05,1Z",
            "2026-01-02T03:04:05+0230",
            "2026-01-02T03:04:05+24:00",
            "2026-01-02T03:04:05+02:30[UTC]",
            "2026-01-02T24:00:00Z",
            "2026-W01-5T03:04:05Z",
            "２026-01-02T03:04:05Z",
        ] {
            assert_eq!(text.parse::<Timestamp>(), Err(TimestampError::Form), "{text}");
        }
        for text in ["0000-01-01T00:00:00Z", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01"] {
            assert_eq!(text.parse::<Timestamp>(), Err(TimestampError::Range), "{text}");
        }
    }

    #[test]
    fn arithmetic_stops_at_the_ends() {
        assert_eq!(Timestamp::MAX.plus(Duration::from_micros(1)), Timestamp::MAX);
        assert_eq!(Timestamp::MIN.minus(Duration::MAX), Timestamp::MIN);
        assert_eq!(Timestamp::from_millis(i64::MAX), Timestamp::MAX);
        assert_eq!(Timestamp::from_micros(-1).day(), -1);
        assert_eq!(Timestamp::MAX.micros_since(Timestamp::MIN), Timestamp::MAX.0 - Timestamp::MIN.0);
    }

    proptest! {
        /// The quick reader of our own form may not know better than the full one.
        #[test]
        fn both_readers_agree(mut text in "[0-9]{4}-[0-1][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9]\\.[0-9]{6}Z",
            at in 0_usize..27, byte in 0x20_u8..0x7f, damage in prop::bool::weighted(0.2)) {
            if damage {
                text.replace_range(at..=at, &char::from(byte).to_string());
            }
            if let Some(quick) = text.as_bytes().try_into().ok().and_then(Timestamp::decode) {
                prop_assert_eq!(quick.to_string(), text.clone());
                // jiff ends a day before we do
                if quick.micros() < Timestamp::MAX.0 - 86_400_000_000 * 2 {
                    let full = text.parse::<jiff::Timestamp>().expect("the full reader takes it too");
                    prop_assert_eq!(quick.micros(), full.as_microsecond());
                }
            }
        }

        #[test]
        fn text_and_back(micros in Timestamp::MIN.0..=Timestamp::MAX.0) {
            let time = Timestamp::from_micros(micros);
            prop_assert_eq!(time.to_string().parse::<Timestamp>(), Ok(time));
            let json = serde_json::to_string(&time).expect("json");
            prop_assert_eq!(serde_json::from_str::<Timestamp>(&json).expect("json"), time);
        }

        #[test]
        fn text_orders_as_time_does(a in Timestamp::MIN.0..=Timestamp::MAX.0, b in Timestamp::MIN.0..=Timestamp::MAX.0) {
            let (a, b) = (Timestamp::from_micros(a), Timestamp::from_micros(b));
            prop_assert_eq!(a.to_string().cmp(&b.to_string()), a.cmp(&b));
        }

        #[test]
        fn an_offset_moves_the_moment_and_nothing_else(
            micros in -30_000_000_000_000_000_i64..200_000_000_000_000_000,
            minutes in -1_439_i64..=1_439,
        ) {
            let local = Timestamp::from_micros(micros).to_string();
            let sign = if minutes < 0 { '-' } else { '+' };
            let text = format!(
                "{}{sign}{:02}:{:02}",
                local.trim_end_matches('Z'), minutes.abs() / 60, minutes.abs() % 60
            );
            let utc = Timestamp::from_micros(micros - minutes * 60_000_000);
            prop_assert_eq!(text.parse::<Timestamp>(), Ok(utc));
        }

        #[test]
        fn any_text_is_answered(text in "\\PC{0,40}") {
            let _ = text.parse::<Timestamp>();
        }

        #[test]
        fn nearly_a_time_is_answered(text in "[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{0,10})?([Zz]|[+-][0-9]{2}:[0-9]{2})") {
            if let Ok(time) = text.parse::<Timestamp>() {
                prop_assert!((Timestamp::MIN..=Timestamp::MAX).contains(&time));
            }
        }

        #[test]
        fn plus_and_minus_undo_each_other(micros in 0_i64..4_000_000_000_000_000, by in 0_u64..4_000_000_000_000_000) {
            let (time, by) = (Timestamp::from_micros(micros), Duration::from_micros(by));
            prop_assert_eq!(time.plus(by).minus(by), time);
            prop_assert_eq!(time.plus(by).micros_since(time), by.as_micros() as i64);
        }
    }
}
