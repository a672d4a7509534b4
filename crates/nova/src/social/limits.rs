//! What a text of the social tables may be. HTTP is stricter in three: handles in small letters only, and its own
//! lengths of display names and media; imported history was made under somebody else's rules.

/// Characters of a handle.
pub const HANDLE_CHARS: std::ops::RangeInclusive<usize> = 3..=30;
/// Characters of a display name, trimmed.
pub const DISPLAY_NAME_CHARS: std::ops::RangeInclusive<usize> = 1..=80;
/// Characters of a post, trimmed.
pub const POST_CHARS: std::ops::RangeInclusive<usize> = 1..=5_000;
/// Characters of a comment, trimmed.
pub const COMMENT_CHARS: std::ops::RangeInclusive<usize> = 1..=2_000;
/// Topic words of a post.
pub const TOPICS_MAX: usize = 20;
/// Characters of a topic word, trimmed.
pub const TOPIC_CHARS: std::ops::RangeInclusive<usize> = 1..=50;
/// Bytes of the media array as JSON.
pub const MEDIA_BYTES_MAX: usize = 16_384;
/// Bytes of a language tag (BCP 47 recommends support for 35).
pub const LANG_BYTES: std::ops::RangeInclusive<usize> = 2..=35;

/// 3 to 30 of `[a-z0-9_]`, in any case; the case is kept, uniqueness ignores it.
///
/// # Errors
/// What is allowed.
pub fn handle(text: &str) -> Result<(), &'static str> {
    let formed = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if formed && HANDLE_CHARS.contains(&text.len()) {
        Ok(())
    } else {
        Err("must be 3 to 30 characters of a-z, 0-9 and _")
    }
}

/// The text without the white space around it, if its length is within `chars`.
#[must_use]
pub fn trimmed(text: &str, chars: &std::ops::RangeInclusive<usize>) -> Option<String> {
    let text = text.trim();
    chars.contains(&text.chars().count()).then(|| text.to_owned())
}

/// A JSON array of bounded size.
///
/// # Errors
/// What is allowed.
pub fn media(json: &str) -> Result<(), &'static str> {
    let array =
        json.len() <= MEDIA_BYTES_MAX && serde_json::from_str::<Vec<serde::de::IgnoredAny>>(json).is_ok();
    if array { Ok(()) } else { Err("must be an array of at most 16384 bytes") }
}
