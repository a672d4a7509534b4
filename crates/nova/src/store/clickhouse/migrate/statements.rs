//! A file of statements, one after the other.

/// The statements of a text, without what separates them. A semicolon within quotes or a comment separates nothing.
pub(super) fn split(sql: &str) -> Vec<&str> {
    let bytes = sql.as_bytes();
    let (mut found, mut start, mut at) = (Vec::new(), 0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'\'' | b'"' | b'`' => at = quoted(bytes, at),
            b'-' if bytes.get(at + 1) == Some(&b'-') => at = until(bytes, at, b"\n"),
            b'/' if bytes.get(at + 1) == Some(&b'*') => at = until(bytes, at + 2, b"*/"),
            b';' => {
                found.push(&sql[start..at]);
                at += 1;
                start = at;
            }
            _ => at += 1,
        }
    }
    found.push(&sql[start..]);
    found.retain(|statement| says_something(statement));
    found.into_iter().map(str::trim).collect()
}

/// The place after the closing quote; a backslash takes the next byte with it.
fn quoted(bytes: &[u8], open: usize) -> usize {
    let mut at = open + 1;
    while at < bytes.len() && bytes[at] != bytes[open] {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(bytes.len())
}

/// The place after the end mark, or the end.
fn until(bytes: &[u8], from: usize, end: &[u8]) -> usize {
    let rest = &bytes[from.min(bytes.len())..];
    rest.windows(end.len()).position(|piece| piece == end).map_or(bytes.len(), |at| from + at + end.len())
}

/// Is there anything besides comments?
fn says_something(statement: &str) -> bool {
    let bytes = statement.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'-' if bytes.get(at + 1) == Some(&b'-') => at = until(bytes, at, b"\n"),
            b'/' if bytes.get(at + 1) == Some(&b'*') => at = until(bytes, at + 2, b"*/"),
            byte if byte.is_ascii_whitespace() => at += 1,
            _ => return true,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn a_semicolon_separates_only_where_it_stands_alone() {
        let sql = "-- one; two\nSELECT ';', \"a;b\", `c;d` /* ; */;\n\nSELECT 'it\\'s; fine'; -- the end;\n";
        assert_eq!(split(sql), ["-- one; two\nSELECT ';', \"a;b\", `c;d` /* ; */", "SELECT 'it\\'s; fine'"]);
        for (sql, count) in
            [("", 0), (" ; ;\n-- no;\n", 0), ("SELECT 1", 1), ("SELECT '", 1), ("SELECT 1 /*", 1)]
        {
            assert_eq!(split(sql).len(), count, "{sql}");
        }
    }
}
