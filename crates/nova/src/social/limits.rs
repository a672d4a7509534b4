//! What a value of the social tables may be. Every door asks here: HTTP and `nova import` take and refuse the same.

use std::ops::RangeInclusive;

use serde_json::Value;

/// Characters of a handle.
pub const HANDLE_CHARS: RangeInclusive<usize> = 3..=30;
/// Characters of a display name, trimmed.
pub const DISPLAY_NAME_CHARS: RangeInclusive<usize> = 1..=100;
/// Characters of a post, trimmed.
pub const POST_CHARS: RangeInclusive<usize> = 1..=5_000;
/// Characters of a comment, trimmed.
pub const COMMENT_CHARS: RangeInclusive<usize> = 1..=2_000;
/// Topic words of a post.
pub const TOPICS_MAX: usize = 20;
/// Characters of a topic word, trimmed.
pub const TOPIC_CHARS: RangeInclusive<usize> = 1..=50;
/// Entries of `media`.
pub const MEDIA_MAX: usize = 20;
/// Bytes of all of them as JSON without white space: every feed page carries them.
pub const MEDIA_BYTES_MAX: usize = 8_192;
/// Bytes of a language tag: RFC 5646 asks for room for 35.
pub const LANG_BYTES: RangeInclusive<usize> = 2..=35;

/// What is wrong with a value: a stable word, and how the sentence goes on after the field's name.
pub type Refusal = (&'static str, String);

/// A handle: small letters only, so that no two look alike.
///
/// # Errors
/// `handle_invalid`.
pub fn handle(text: &str) -> Result<(), Refusal> {
    let formed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    if HANDLE_CHARS.contains(&text.len()) && text.bytes().all(formed) {
        return Ok(());
    }
    let (min, max) = (HANDLE_CHARS.start(), HANDLE_CHARS.end());
    Err(("handle_invalid", format!("must be {min} to {max} characters of a-z, 0-9 and _")))
}

/// A name as people read it, trimmed.
///
/// # Errors
/// `display_name_length`.
pub fn display_name(text: &str) -> Result<String, Refusal> {
    trimmed(text, &DISPLAY_NAME_CHARS, "display_name_length")
}

/// The text of a post, trimmed.
///
/// # Errors
/// `text_length`.
pub fn post_text(text: &str) -> Result<String, Refusal> {
    trimmed(text, &POST_CHARS, "text_length")
}

/// The text of a comment, trimmed.
///
/// # Errors
/// `text_length`.
pub fn comment_text(text: &str) -> Result<String, Refusal> {
    trimmed(text, &COMMENT_CHARS, "text_length")
}

/// The entries of `media` as the JSON that is kept: one text for all ways of writing the same.
///
/// # Errors
/// `media_too_large`.
pub fn media(entries: &[Value]) -> Result<String, Refusal> {
    let too_large =
        || ("media_too_large", format!("must have at most {MEDIA_MAX} entries and {MEDIA_BYTES_MAX} bytes"));
    if entries.len() > MEDIA_MAX {
        return Err(too_large());
    }
    let json = serde_json::to_string(entries).map_err(|_| too_large())?;
    if json.len() > MEDIA_BYTES_MAX { Err(too_large()) } else { Ok(json) }
}

/// A language tag in the form of BCP 47: words of 1 to 8 letters and digits, the first of 2 or more letters.
///
/// # Errors
/// `lang_invalid`.
pub fn lang(tag: &str) -> Result<(), Refusal> {
    let word = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    let language = tag.split('-').next().unwrap_or_default();
    let named = language.len() >= 2 && language.bytes().all(|b| b.is_ascii_alphabetic());
    if named && LANG_BYTES.contains(&tag.len()) && tag.split('-').all(word) {
        return Ok(());
    }
    Err(("lang_invalid", "must be a BCP 47 tag such as en or pt-BR".to_owned()))
}

/// Topic words, each trimmed.
///
/// # Errors
/// `topics_invalid`.
pub fn topics<S: AsRef<str>>(words: &[S]) -> Result<Vec<String>, Refusal> {
    const CODE: &str = "topics_invalid";
    let invalid = || {
        let (min, max) = (TOPIC_CHARS.start(), TOPIC_CHARS.end());
        (CODE, format!("must be at most {TOPICS_MAX} words of {min} to {max} characters"))
    };
    if words.len() > TOPICS_MAX {
        return Err(invalid());
    }
    let word = |word: &S| trimmed(word.as_ref(), &TOPIC_CHARS, CODE).map_err(|_| invalid());
    words.iter().map(word).collect()
}

/// Without the white space around it, of a length in characters. NUL is refused: PostgreSQL cannot keep it.
fn trimmed(text: &str, chars: &RangeInclusive<usize>, code: &'static str) -> Result<String, Refusal> {
    let text = text.trim();
    // four bytes are the longest character: beyond that nothing need be counted
    if text.len() > chars.end() * 4 || !chars.contains(&text.chars().count()) {
        return Err((code, format!("must have {} to {} characters", chars.start(), chars.end())));
    }
    if text.contains('\0') {
        return Err((code, "must not contain the character NUL".to_owned()));
    }
    Ok(text.to_owned())
}
