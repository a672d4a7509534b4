//! How old a server beside Nova may be: told in one line at the start, not found out by the first thing that it cannot do.

/// Characters that are shown of what a server says of itself.
const SHOWN_CHARS_MAX: usize = 40;

/// The oldest version of a server that does what Nova asks of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Oldest {
    /// As people call it.
    pub(crate) server: &'static str,
    /// Major and minor number.
    pub(crate) version: (u32, u32),
    /// What an older one lacks.
    pub(crate) lacks: &'static str,
}

impl Oldest {
    /// What is wrong with a server that says this of its version, cause and cure in one line: it is older, or it cannot
    /// be read what it is.
    pub(crate) fn wrong(&self, found: &str) -> Option<String> {
        let Self { server, version: (major, minor), lacks } = self;
        let shown: String = found.chars().filter(|c| !c.is_control()).take(SHOWN_CHARS_MAX).collect();
        match read(found) {
            Some(version) if version >= self.version => None,
            Some(_) => Some(format!(
                "{server} {shown} is too old: it lacks {lacks}; upgrade it to {major}.{minor} or later"
            )),
            None => Some(format!(
                "{server} calls its version \"{shown}\", which cannot be read: run {server} {major}.{minor} or later"
            )),
        }
    }
}

/// The first two numbers of `26.7.2.1`; what stands behind their digits is passed over (`7.2-rc1`).
fn read(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.trim().split('.');
    let mut number = |part: &str| part.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok();
    let major = number(parts.next()?)?;
    let minor = parts.next().map_or(Some(0), &mut number)?;
    Some((major, minor))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLDEST: Oldest = Oldest { server: "Server", version: (6, 2), lacks: "a thing" };

    #[test]
    fn versions_are_judged_as_servers_write_them() {
        for found in ["6.2", "6.2.0", "6.10", "7", "7.0.15", "26.7.2.1", "7.2-rc1", "6.2.1\n"] {
            assert_eq!(OLDEST.wrong(found), None, "{found}");
        }
        for found in ["6.1.9", "6", "5.0.7", "0.0", "6.1-beta99"] {
            let line = OLDEST.wrong(found).expect(found);
            assert_eq!(
                line,
                format!("Server {found} is too old: it lacks a thing; upgrade it to 6.2 or later")
            );
        }
    }

    #[test]
    fn what_is_no_version_is_told_and_not_taken_for_a_new_one() {
        for found in ["", "x", "v7.0", "-7.0", "7.x", ".9", "99999999999.1", "\u{1f980}", "\n\r\0"] {
            let line = OLDEST.wrong(found).expect(found);
            assert!(line.contains("cannot be read: run Server 6.2 or later"), "{line}");
            assert!(!line.contains(char::is_control), "{line:?}");
        }
        assert!(OLDEST.wrong(&"x".repeat(9_000)).expect("rubbish").chars().count() < 200);
    }
}
