//! A snapshot file of the index. Behind a first byte `c` stands its content, which is put into frames with true
//! checksums; behind any other the whole file.

use std::fs;
use std::path::PathBuf;

use nova::store::{MemoryStore, Projection as _};
use nova_core::model::UserId;
use tempfile::TempDir;

use crate::change::RECEIVED_AT;
use crate::{history, index};

const HEADER_BYTES: usize = 16;
const FRAME_BYTES_MAX: usize = 1 << 20;

thread_local! {
    static DIR: TempDir = tempfile::tempdir().expect("a directory");
}

pub(crate) fn run(bytes: &[u8]) {
    let Some((&form, rest)) = bytes.split_first() else { return };
    let file = if form == b'c' { framed(rest) } else { rest.to_vec() };
    let dir = DIR.with(|dir| dir.path().to_owned());
    for entry in fs::read_dir(&dir).expect("the directory") {
        fs::remove_file(entry.expect("an entry").path()).expect("removed");
    }
    fs::write(dir.join("snapshot-1"), file).expect("written");
    // a snapshot of another format is refused, a damaged one put aside
    let Ok((store, opened)) = MemoryStore::open(Some(&dir), index::bounds(), &index::identities) else {
        return;
    };
    assert_eq!(opened.from.is_some(), opened.damaged.is_empty());
    for user in 1..=3 {
        index::ask(&store, UserId::from_integer(user), RECEIVED_AT);
    }
    if opened.from.is_some() {
        // what is written back is read back
        index::wait(async { store.persist().await }).expect("written");
        let (again, opened) =
            MemoryStore::open(Some(&dir), index::bounds(), &index::identities).expect("it opens again");
        assert!(opened.damaged.is_empty(), "{opened:?}");
        assert_eq!(again.positions(), store.positions());
    }
}

/// The layout that this target knows.
const FORMAT: u32 = 2;

fn checksum(number: u64, bytes: &[u8]) -> [u8; 4] {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&number.to_le_bytes());
    hasher.update(bytes);
    hasher.finalize().to_le_bytes()
}

/// The file with this content.
fn framed(content: &[u8]) -> Vec<u8> {
    let mut file = b"novaindx".to_vec();
    file.extend_from_slice(&FORMAT.to_le_bytes());
    file.extend_from_slice(&checksum(u64::from(FORMAT), b"novaindx"));
    for (number, frame) in (0..).zip(content.chunks(FRAME_BYTES_MAX).chain([&[][..]])) {
        file.extend_from_slice(&(frame.len() as u32).to_le_bytes());
        file.extend_from_slice(&checksum(number, frame));
        file.extend_from_slice(frame);
    }
    file
}

/// The content of a file with one frame.
fn content(file: &[u8]) -> Vec<u8> {
    let length = u32::from_le_bytes(file[HEADER_BYTES..][..4].try_into().expect("4 bytes")) as usize;
    file[HEADER_BYTES + 8..][..length].to_vec()
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for piece in history::seeds() {
        let dir = tempfile::tempdir().expect("a directory");
        let store =
            MemoryStore::open(Some(dir.path()), index::bounds(), &index::identities).expect("opens").0;
        index::apply(&store, &history::facts(&piece), 100);
        index::wait(async { store.persist().await }).expect("written");
        let written: PathBuf = dir.path().join("snapshot-1");
        let file = fs::read(written).expect("a snapshot");
        let content = content(&file);
        assert!(framed(&content) == file, "this target knows the format of a snapshot");
        seeds.push([b"c", content.as_slice()].concat());
        seeds.push([b"f", file.as_slice()].concat());
    }
    seeds
}
