//! Where history is read from: files, plain or compressed, or lines that are made on the spot.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use flate2::read::MultiGzDecoder;
use nova_core::model::Timestamp;
use sha2::{Digest as _, Sha256};

use super::line;

/// Bytes of one line; a longer one is refused, not read.
const LINE_BYTES_MAX: u64 = 1 << 20;
const BUFFER_BYTES: usize = 1 << 18;

/// Lines that can be gone through several times.
#[derive(Clone)]
pub enum Source {
    /// Files one after another; lines are numbered through all of them.
    Files(Vec<PathBuf>),
    /// Lines made on the spot, the same each time.
    Made(Arc<dyn Fn() -> Box<dyn Iterator<Item = String> + Send> + Send + Sync>),
}

impl Source {
    /// Calls `each` with the number (from 1) and text of every line that is not blank, until it says to stop.
    ///
    /// # Errors
    /// When a file cannot be read; the text of a line that cannot be one is an error for `each`.
    pub fn each_line(&self, each: &mut dyn FnMut(u64, Result<&str, String>) -> bool) -> Result<()> {
        match self {
            Self::Made(lines) => {
                for (index, line) in lines().enumerate() {
                    if !each(index as u64 + 1, Ok(&line)) {
                        return Ok(());
                    }
                }
                Ok(())
            }
            Self::Files(files) => {
                let mut number = 0;
                for file in files {
                    if !file_lines(file, &mut number, each)? {
                        return Ok(());
                    }
                }
                Ok(())
            }
        }
    }
}

fn open(file: &Path) -> Result<Box<dyn BufRead>> {
    let opened = File::open(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let mut reader = BufReader::with_capacity(BUFFER_BYTES, opened);
    let start = reader.fill_buf().with_context(|| format!("{} cannot be read", file.display()))?;
    if start.starts_with(&[0x1f, 0x8b]) {
        return Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, MultiGzDecoder::new(reader))));
    }
    Ok(Box::new(reader))
}

fn file_lines(
    file: &Path,
    number: &mut u64,
    each: &mut dyn FnMut(u64, Result<&str, String>) -> bool,
) -> Result<bool> {
    let mut reader = open(file)?;
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        let read = (&mut reader)
            .take(LINE_BYTES_MAX + 1)
            .read_until(b'\n', &mut bytes)
            .with_context(|| format!("{} ends in the middle (after line {number})", file.display()))?;
        if read == 0 {
            return Ok(true);
        }
        *number += 1;
        let text = if bytes.len() as u64 > LINE_BYTES_MAX {
            reader.skip_until(b'\n').with_context(|| format!("{} cannot be read", file.display()))?;
            Err(format!("longer than {LINE_BYTES_MAX} bytes"))
        } else {
            std::str::from_utf8(&bytes).map(str::trim).map_err(|error| format!("not UTF-8: {error}"))
        };
        if text != Ok("") && !each(*number, text) {
            return Ok(false);
        }
    }
}

/// See [`super::shift_to_now`]. The note is a file named by the content's digest.
pub(super) fn shift(source: &Source, now: Timestamp, dir: &Path) -> Result<i64> {
    let mut digest = Sha256::new();
    let mut newest = None;
    source.each_line(&mut |_, text| {
        if let Ok(text) = text {
            digest.update(text.as_bytes());
            digest.update(b"\n");
            newest = newest.max(line::latest(text));
        }
        true
    })?;
    let Some(newest) = newest else { return Ok(0) };
    let digest = digest.finalize();
    let name: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    let note = dir.join(format!("import-{name}.shift"));
    if let Ok(text) = fs::read_to_string(&note) {
        return text
            .trim()
            .parse()
            .with_context(|| format!("{} is damaged: it must hold a number", note.display()));
    }
    let shift = now.micros_since(newest);
    fs::write(&note, shift.to_string()).with_context(|| format!("{} cannot be written", note.display()))?;
    Ok(shift)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn lines_of(source: &Source) -> Vec<(u64, Result<String, String>)> {
        let mut lines = Vec::new();
        source
            .each_line(&mut |number, text| {
                lines.push((number, text.map(str::to_owned)));
                true
            })
            .expect("readable");
        lines
    }

    #[test]
    fn plain_and_compressed_files_give_the_same_lines_in_one_numbering() {
        let dir = tempfile::tempdir().expect("dir");
        let (plain, packed) = (dir.path().join("a.jsonl"), dir.path().join("b"));
        fs::write(&plain, "one\n\n two \nthree").expect("write");
        let mut gz = flate2::write::GzEncoder::new(
            File::create(&packed).expect("create"),
            flate2::Compression::fast(),
        );
        gz.write_all(b"four\r\nfive\n").expect("write");
        gz.finish().expect("finish");
        let lines: Vec<_> = lines_of(&Source::Files(vec![plain, packed]))
            .into_iter()
            .map(|(n, t)| (n, t.expect("text")))
            .collect();
        let expected = [(1, "one"), (3, "two"), (4, "three"), (5, "four"), (6, "five")];
        assert_eq!(lines, expected.map(|(n, t)| (n, t.to_owned())));
    }

    #[test]
    fn what_is_no_line_is_named_and_the_rest_is_read() {
        let dir = tempfile::tempdir().expect("dir");
        let file = dir.path().join("bad");
        let mut bytes = b"a\n\xff\xfe\n".to_vec();
        bytes.extend(std::iter::repeat_n(b'x', 3 << 20));
        bytes.extend_from_slice(b"\nz\n");
        fs::write(&file, bytes).expect("write");
        let lines = lines_of(&Source::Files(vec![file]));
        assert_eq!(lines.len(), 4);
        assert!(lines[1].1.as_ref().expect_err("not UTF-8").contains("not UTF-8"));
        assert!(lines[2].1.as_ref().expect_err("too long").contains("longer than"));
        assert_eq!(lines[3], (4, Ok("z".to_owned())));
    }

    #[test]
    fn a_cut_archive_is_an_error_that_names_the_file() {
        let dir = tempfile::tempdir().expect("dir");
        let file = dir.path().join("cut.gz");
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(&b"line\n".repeat(10_000)).expect("write");
        let bytes = gz.finish().expect("finish");
        fs::write(&file, &bytes[..bytes.len() / 2]).expect("write");
        let error = Source::Files(vec![file]).each_line(&mut |_, _| true).expect_err("cut");
        assert!(format!("{error:#}").contains("cut.gz"), "{error:#}");
    }

    #[test]
    fn the_same_source_keeps_its_shift() {
        let dir = tempfile::tempdir().expect("dir");
        let line = r#"{"type":"like","post_id":"1","user_id":"2","created_at":"2010-01-01T00:00:00Z"}"#;
        let source = Source::Made(Arc::new(move || Box::new(std::iter::once(line.to_owned()))));
        let at = |text: &str| text.parse::<Timestamp>().expect("time");
        let first = shift(&source, at("2020-01-01T00:00:00Z"), dir.path()).expect("shift");
        assert_eq!(first, at("2020-01-01T00:00:00Z").micros_since(at("2010-01-01T00:00:00Z")));
        assert_eq!(shift(&source, at("2021-01-01T00:00:00Z"), dir.path()).expect("shift"), first);
    }
}
