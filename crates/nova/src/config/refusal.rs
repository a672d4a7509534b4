//! Why a configuration was refused, in one line for each key: the key, where its value came from, what is allowed.

use figment::Figment;
use figment::error::{Actual, Kind};

/// What an address may be, for the key and for flags.
pub const LISTEN: &str = "an IP address and a port, such as 127.0.0.1:8080 or [::1]:8080";

/// How the defaults, which are compiled in, name themselves.
const DEFAULT_NAME: &str = "TOML source string";
/// What no line shows.
const SECRETS: [&str; 1] = ["auth.secret"];

/// One line about a key.
pub(super) fn line(layers: &Figment, key: &str, problem: &str) -> String {
    format!("{key}{}: {problem}", layers.find_metadata(key).map(origin).unwrap_or_default())
}

/// One line about what could not be read, and the key at fault.
pub(super) fn unreadable(layers: &Figment, error: &figment::Error) -> (String, String) {
    let path = error.path.join(".");
    let from = error.metadata.as_ref().map(origin).unwrap_or_default();
    let key = match &error.kind {
        Kind::UnknownField(name, _) => {
            let section = path.strip_suffix(name.as_str()).unwrap_or(&path).trim_end_matches('.');
            if section.is_empty() { name.clone() } else { format!("{section}.{name}") }
        }
        _ => path,
    };
    let line = match &error.kind {
        Kind::UnknownField(_, known) => {
            format!("{key}{from}: there is no such key; known here: {}", known.join(", "))
        }
        Kind::UnknownVariant(given, known) => {
            format!("{key}{from}: must be one of {}, not \"{given}\"", known.join(", "))
        }
        Kind::InvalidType(given, expected) | Kind::InvalidValue(given, expected) => {
            let given =
                if SECRETS.contains(&&*key) { String::new() } else { format!(", not {}", shown(given)) };
            format!("{key}{from}: must be {}{given}", allowed(&key, expected))
        }
        // something that is no section stands in the place of one, in a layer above the defaults
        Kind::MissingField(_) => format!("{key}: must be a section, as in [{key}]"),
        _ if key.is_empty() => format!("configuration{from}: {}", flat(&error.kind.to_string())),
        other => match layers.find_value(&key) {
            Ok(given) => {
                let (allowed, given) = (allowed(&key, &flat(&other.to_string())), shown(&given.to_actual()));
                format!("{key}{from}: must be {allowed}, not {given}")
            }
            Err(_) => format!("{key}{from}: {}", flat(&other.to_string())),
        },
    };
    (key, line)
}

/// A value as somebody wrote it.
pub(super) fn shown(given: &Actual) -> String {
    match given {
        Actual::Bool(value) => value.to_string(),
        Actual::Unsigned(value) => value.to_string(),
        Actual::Signed(value) => value.to_string(),
        Actual::Float(value) => value.to_string(),
        Actual::Char(value) => format!("\"{value}\""),
        Actual::Str(value) => format!("\"{value}\""),
        Actual::Seq => "a list".to_owned(),
        Actual::Map => "a section".to_owned(),
        other => other.to_string(),
    }
}

/// What a key may be: in our words where the parser has only those of its types.
fn allowed(key: &str, expected: &str) -> String {
    let words = match (key, expected) {
        ("server.listen", _) => LISTEN,
        ("auth.mode", _) => "one of open, jwt",
        ("logging.format", _) => "one of text, json",
        ("ranking.seen.on", _) => "one of events, served",
        (_, "a boolean") => "true or false",
        (_, "a string") => "text, in quotes",
        (_, "path string") => "a path, in quotes",
        (_, "f32" | "f64") => "a number",
        (_, "u8" | "u16" | "u32" | "u64" | "usize") => "a whole number from 0 on",
        (_, expected) if expected.starts_with("struct ") => return format!("a section, as in [{key}]"),
        (_, expected) => expected,
    };
    words.to_owned()
}

/// A parser's words in one line, without the picture of the place: it would show what stands there, a secret too.
fn flat(text: &str) -> String {
    let picture = |line: &&str| {
        line.trim_start().trim_start_matches(|c: char| c.is_ascii_digit()).trim_start().starts_with('|')
    };
    let lines: Vec<&str> =
        text.lines().filter(|line| !picture(line)).map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join(": ")
}

fn origin(metadata: &figment::Metadata) -> String {
    match &metadata.source {
        _ if metadata.name == DEFAULT_NAME => String::new(),
        Some(figment::Source::File(path)) => format!(" (from {})", path.display()),
        _ if metadata.name.contains("environment") => " (from the environment)".to_owned(),
        _ => " (from a flag)".to_owned(),
    }
}
